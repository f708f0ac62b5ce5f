//! The payment provider's webhooks: verified over the raw bytes, stored, answered. Folding comes after the answer.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use designia_core::ports::WebhookRequest;
use designia_core::service::Engine;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::extract::Raw;
use crate::problem::{Problem, ProblemBody};
use crate::runtime::Wake;

/// The event was stored.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ReceiptView {
    received: bool,
    /// The provider's id of the event.
    #[schema(example = "evt_1PqT")]
    event: String,
    /// Whether it had been stored before.
    duplicate: bool,
}

/// Takes an event of the payment provider. Events of any type are stored; those that concern no order change nothing.
#[utoipa::path(post, path = "/api/payments/stripe_webhook/", tag = "webhooks",
    params(("Stripe-Signature" = String, Header, description = "The provider's signature over the raw body")),
    request_body(content = String, content_type = "application/json"),
    responses((status = 200, body = ReceiptView), (status = 400, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn receive(
    State(engine): State<Engine>,
    State(wake): State<Wake>,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<Json<ReceiptView>, Problem> {
    let headers: Vec<(&str, &[u8])> = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let receipt = engine.receive_webhook(&WebhookRequest { headers: &headers, body: &body }).await?;
    tracing::info!(event = receipt.event, kind = receipt.kind, new = receipt.is_new, "stored a webhook event");
    wake.inbox();
    Ok(Json(ReceiptView { received: true, event: receipt.event, duplicate: !receipt.is_new }))
}
