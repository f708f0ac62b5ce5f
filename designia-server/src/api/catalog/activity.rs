//! What people do with products, as their browsers tell it.
//!
//! Anybody may tell, so it is only counted, and little of it: the same account choosing the same product counts once in half an
//! hour, and browsers without an account that look alike once in a second. A view is counted with the page itself and needs no telling.

use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use designia_core::catalog::Activity;
use designia_core::id::ProductId;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::auth::MaybeCaller;
use crate::http::extract::Json as JsonBody;
use crate::problem::{Problem, ProblemBody};
use crate::shop::Shop;

/// The same account counts once in so long.
const ONCE_IN: Duration = Duration::from_secs(30 * 60);

/// Browsers that can't be told apart count once in so long.
const STRANGERS: Duration = Duration::from_secs(1);

/// What somebody did.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(example = json!({"product_id": "0192f3c4-0000-7000-8000-000000000001", "action": "click"}))]
pub(crate) struct TrackBody {
    product_id: Uuid,
    /// `click`: chosen from a list. `view`, `favorite` and `cart_add` are understood, and counted where they happen.
    action: String,
}

/// Tells that a product was chosen from a list.
#[utoipa::path(post, path = "/api/activity/track/", tag = "products", request_body = TrackBody,
    responses((status = 202, description = "Counted, or known already"),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"), (status = 429, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn track(
    State(shop): State<Shop>,
    MaybeCaller(caller): MaybeCaller,
    headers: HeaderMap,
    JsonBody(body): JsonBody<TrackBody>,
) -> Result<StatusCode, Problem> {
    match body.action.as_str() {
        "click" => {}
        "view" | "favorite" | "cart_add" => return Ok(StatusCode::ACCEPTED),
        _ => return Err(Problem::field("action", "must be one of: click, view, favorite, cart_add")),
    }
    let product = ProductId::from_uuid(body.product_id);
    let browser = || headers.get(header::USER_AGENT).and_then(|it| it.to_str().ok()).unwrap_or_default().to_owned();
    let (who, once_in) = match caller {
        Some(caller) => (caller.account.to_string(), ONCE_IN),
        None => (browser(), STRANGERS),
    };
    let key = format!("click:{product}:{}", Uuid::new_v5(&Uuid::NAMESPACE_OID, who.as_bytes()).simple());
    let now = shop.engine.ports().clock.now();
    // A cache that does not answer costs a count, not the request.
    if matches!(shop.cache.get(&key, now).await, Ok(None)) {
        shop.views.note(Activity::Click, product);
        if let Err(error) = shop.cache.put(&key, b"1", once_in, now).await {
            tracing::debug!(%error, "a click may be counted again");
        }
    }
    Ok(StatusCode::ACCEPTED)
}
