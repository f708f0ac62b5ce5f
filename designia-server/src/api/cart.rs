//! The caller's cart. A guest keeps one of their own and brings it along.
//!
//! Sums are those of the sellers' prices, per currency. What they come to in the buyer's currency is told as of the moment, and pinned by the
//! checkout. There is neither tax nor shipping in them: nobody has said yet where to.

mod view;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use designia_core::id::ProductId;
use designia_core::service::Engine;
use designia_core::service::cart::{Carts, Merged, PricedCart};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use self::view::{CartView, Issue};
use super::catalog::{Asked, Pairs};
use super::view::when::When;
use crate::app::App;
use crate::http::auth::Caller;
use crate::http::extract::{Json as JsonBody, Query};
use crate::http::idempotency::idempotent;
use crate::problem::{Problem, ProblemBody};
use crate::shop::Shop;

/// Most lines of a guest's cart that are looked at.
const MAX_GUEST_LINES: usize = 200;

/// The documented routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(show))
        .routes(idempotent(routes!(add)))
        .routes(routes!(update))
        .routes(routes!(remove))
        .routes(routes!(clear))
        .routes(routes!(status))
        .routes(routes!(validate))
        .routes(routes!(merge))
}

/// So many of a product.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[schema(example = json!({"product_id": "0192f3c4-0000-7000-8000-000000000001", "quantity": 1}))]
pub(crate) struct LineBody {
    product_id: Uuid,
    /// 1 if left out.
    #[schema(minimum = 1, maximum = 999)]
    quantity: Option<u32>,
}

/// A product.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[schema(example = json!({"product_id": "0192f3c4-0000-7000-8000-000000000001"}))]
pub(crate) struct ProductBody {
    product_id: Uuid,
}

/// What a guest had gathered.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(example = json!({"items": [{"product_id": "0192f3c4-0000-7000-8000-000000000001", "quantity": 2}]}))]
pub(crate) struct MergeBody {
    items: Vec<LineBody>,
}

/// The cart afterwards, and what became of each line.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct MergeView {
    #[serde(flatten)]
    cart: CartView,
    merged: Vec<MergedLine>,
}

/// What became of a guest's line.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct MergedLine {
    product_id: Uuid,
    /// How many the guest had.
    requested: u32,
    /// How many are in the cart now.
    quantity: u32,
    /// `not_for_sale`, `out_of_stock` or `insufficient_stock`, if that is less than was asked for.
    issue: Option<&'static str>,
}

/// How the cart stands, in short.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct StatusView {
    id: String,
    total_items: u32,
    /// Of the first currency in the cart; the cart itself has all.
    #[schema(example = "77.00")]
    total_amount: String,
    #[schema(example = "EUR")]
    currency: Option<&'static str>,
    can_modify: bool,
    is_locked: bool,
    updated_at: When,
}

/// Whether everything in the cart can be ordered.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ValidView {
    valid: bool,
    issues: Vec<Issue>,
    items_count: usize,
    total_items: u32,
    checked_at: When,
}

/// The caller's cart.
#[utoipa::path(get, path = "/api/marketplace/cart/", tag = "cart", security(("token" = [])),
    params(("currency" = Option<String>, Query, description = "In which currency to tell what it comes to; by default the profile's")),
    responses((status = 200, body = CartView), (status = 401, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn show(
    State(shop): State<Shop>,
    State(carts): State<Carts>,
    caller: Caller,
    Query(pairs): Query<Pairs>,
) -> Result<Json<CartView>, Problem> {
    let cart = carts.cart(caller.account).await?;
    view(&shop, &caller, &pairs, cart).await.map(Json)
}

/// Puts more of a product into the cart.
#[utoipa::path(post, path = "/api/marketplace/cart/add_item/", tag = "cart", security(("token" = [])), request_body = LineBody,
    responses((status = 200, body = CartView), (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"), (status = 409, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn add(
    State(shop): State<Shop>,
    State(carts): State<Carts>,
    caller: Caller,
    Query(pairs): Query<Pairs>,
    JsonBody(body): JsonBody<LineBody>,
) -> Result<Json<CartView>, Problem> {
    let cart = carts.add(caller.account, body.product(), body.quantity.unwrap_or(1)).await?;
    view(&shop, &caller, &pairs, cart).await.map(Json)
}

/// Sets how many of a product are in the cart.
#[utoipa::path(patch, path = "/api/marketplace/cart/update_item/", tag = "cart", security(("token" = [])), request_body = LineBody,
    responses((status = 200, body = CartView), (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"), (status = 409, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn update(
    State(shop): State<Shop>,
    State(carts): State<Carts>,
    caller: Caller,
    Query(pairs): Query<Pairs>,
    JsonBody(body): JsonBody<LineBody>,
) -> Result<Json<CartView>, Problem> {
    let quantity = body.quantity.ok_or_else(|| Problem::field("quantity", "is missing"))?;
    let cart = carts.set(caller.account, body.product(), quantity).await?;
    view(&shop, &caller, &pairs, cart).await.map(Json)
}

/// Takes a product out of the cart.
#[utoipa::path(delete, path = "/api/marketplace/cart/remove_item/", tag = "cart", security(("token" = [])), request_body = ProductBody,
    responses((status = 200, body = CartView), (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn remove(
    State(shop): State<Shop>,
    State(carts): State<Carts>,
    caller: Caller,
    Query(pairs): Query<Pairs>,
    JsonBody(body): JsonBody<ProductBody>,
) -> Result<Json<CartView>, Problem> {
    let cart = carts.remove(caller.account, ProductId::from_uuid(body.product_id)).await?;
    view(&shop, &caller, &pairs, cart).await.map(Json)
}

/// Empties the cart.
#[utoipa::path(delete, path = "/api/marketplace/cart/clear/", tag = "cart", security(("token" = [])),
    responses((status = 204), (status = 401, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn clear(State(carts): State<Carts>, caller: Caller) -> Result<StatusCode, Problem> {
    carts.clear(caller.account).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How the cart stands, in short.
#[utoipa::path(get, path = "/api/marketplace/cart/status/", tag = "cart", security(("token" = [])),
    responses((status = 200, body = StatusView), (status = 401, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn status(State(carts): State<Carts>, caller: Caller) -> Result<Json<StatusView>, Problem> {
    let cart = carts.cart(caller.account).await?;
    let first = cart.totals().map_err(|error| Problem::internal(&error))?.first().copied();
    Ok(Json(StatusView {
        id: caller.account.to_string(),
        total_items: cart.cart.pieces(),
        total_amount: first.map_or_else(|| "0".to_owned(), designia_core::money::Money::amount),
        currency: first.map(|sum| sum.currency().code()),
        can_modify: true,
        is_locked: false,
        updated_at: When(cart.cart.updated_at),
    }))
}

/// Looks whether everything in the cart can be ordered, and says what can't.
#[utoipa::path(post, path = "/api/marketplace/cart/validate_stock/", tag = "cart", security(("token" = [])),
    responses((status = 200, body = ValidView), (status = 401, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn validate(
    State(engine): State<Engine>,
    State(carts): State<Carts>,
    caller: Caller,
) -> Result<Json<ValidView>, Problem> {
    let cart = carts.cart(caller.account).await?;
    let issues: Vec<_> = cart.lines.iter().filter_map(Issue::of).collect();
    Ok(Json(ValidView {
        valid: issues.is_empty(),
        issues,
        items_count: cart.lines.len(),
        total_items: cart.cart.pieces(),
        checked_at: When(engine.ports().clock.now()),
    }))
}

/// Takes in what a guest had gathered: of each product the larger number counts, as far as there is stock. Doing it twice is
/// doing it once.
#[utoipa::path(post, path = "/api/marketplace/cart/merge/", tag = "cart", security(("token" = [])), request_body = MergeBody,
    responses((status = 200, body = MergeView), (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn merge(
    State(shop): State<Shop>,
    State(carts): State<Carts>,
    caller: Caller,
    Query(pairs): Query<Pairs>,
    JsonBody(body): JsonBody<MergeBody>,
) -> Result<Json<MergeView>, Problem> {
    if body.items.len() > MAX_GUEST_LINES {
        return Err(Problem::field("items", format!("must be at most {MAX_GUEST_LINES}")));
    }
    let lines: Vec<_> = body.items.iter().map(|line| (line.product(), line.quantity.unwrap_or(1))).collect();
    if let Some(place) = lines.iter().position(|line| line.1 == 0) {
        return Err(Problem::field(format!("items[{place}].quantity"), "must be at least 1"));
    }
    let (cart, merged) = carts.merge(caller.account, &lines).await?;
    let cart = view(&shop, &caller, &pairs, cart).await?;
    Ok(Json(MergeView { cart, merged: merged.iter().map(MergedLine::of).collect() }))
}

async fn view(shop: &Shop, caller: &Caller, pairs: &Pairs, cart: PricedCart) -> Result<CartView, Problem> {
    let eyes = shop.eyes(Asked(pairs), Some(caller)).await?;
    let cards: Vec<_> = cart.lines.iter().filter_map(|line| line.product.clone()).collect();
    let cards = shop.cards(&cards, &eyes, Some(caller)).await?;
    CartView::of(&cart, cards, &eyes, &shop.engine).await
}

impl LineBody {
    const fn product(self) -> ProductId {
        ProductId::from_uuid(self.product_id)
    }
}

impl MergedLine {
    fn of(merged: &Merged) -> Self {
        Self {
            product_id: merged.product.as_uuid(),
            requested: merged.wanted,
            quantity: merged.kept,
            issue: merged.fault.map(view::issue),
        }
    }
}
