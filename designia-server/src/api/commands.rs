//! What buyer, sellers and admin ask of an order: cancel, prepare, ship, deliver.

use axum::Json;
use axum::extract::State;
use designia_core::id::{OrderId, SellerId};
use designia_core::order::{Actor, Command, FulfilmentStatus, Order, Tracking};
use designia_core::service::Engine;
use designia_core::service::accounts::Accounts;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::fields::optional_text;
use super::orders::{OrderDetail, detail, readable};
use super::view::order::Reader;
use crate::http::auth::{Admin, Caller};
use crate::http::extract::{Json as JsonBody, OptionalJson, Path};
use crate::problem::{Problem, ProblemBody};
use crate::runtime::Wake;

/// How often an order's own outside calls are made at once after a request; the rest is left to the worker.
const EFFECTS_AT_ONCE: u32 = 16;

/// Why to cancel.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub(crate) struct CancelBody {
    /// Such as `changed_mind`, `found_cheaper`, `ordered_by_mistake`, `shipping_too_slow` or `other`.
    #[serde(alias = "cancellation_reason")]
    reason: Option<String>,
    /// In one's own words.
    comment: Option<String>,
}

/// Whose part of the order, where the caller does not say it already.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub(crate) struct PartBody {
    /// The seller; for the admin, and for a buyer who got one of several parts.
    seller_id: Option<Uuid>,
}

/// How a part is shipped.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub(crate) struct ShipBody {
    /// Who carries it.
    #[schema(example = "DHL", min_length = 1, max_length = 100)]
    shipping_carrier: String,
    /// Under which number.
    #[schema(example = "JD014600003RU", min_length = 1, max_length = 100)]
    tracking_number: String,
    /// The carrier's code in a tracking service; taken and not used.
    #[serde(rename = "carrier_code")]
    _carrier_code: Option<String>,
    /// The seller; for the admin.
    seller_id: Option<Uuid>,
}

/// Cancels: the buyer and the admin everything that has not shipped, a seller the own part.
///
/// If a payment is under way, the order is `expiring` until the provider has said whether it was paid.
#[utoipa::path(post, path = "/api/marketplace/orders/{id}/cancel/", tag = "orders", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The order")), request_body = Option<CancelBody>,
    responses((status = 200, body = OrderDetail), (status = 401, body = ProblemBody, content_type = "application/problem+json"), (status = 404, body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn cancel(
    State(engine): State<Engine>,
    State(accounts): State<Accounts>,
    State(wake): State<Wake>,
    caller: Caller,
    Path(id): Path<Uuid>,
    OptionalJson(body): OptionalJson<CancelBody>,
) -> Result<Json<OrderDetail>, Problem> {
    let (order, reader) = readable(engine.ports(), &caller, OrderId::from_uuid(id)).await?;
    let reason = optional_text("reason", body.reason, 100)?;
    let comment = optional_text("comment", body.comment, 1000)?;
    let reason = if comment.is_empty() { reason } else { format!("{reason}: {comment}") };
    let by = actor(&order, reader);
    let command = match reader {
        Reader::Buyer | Reader::Admin => Command::Cancel { by, reason },
        Reader::Seller(seller) => Command::CancelConsignment { seller, by, reason },
    };
    engine.command(order.id(), &command, by).await?;
    // The provider is asked right away, so that the answer usually tells the end of it.
    if let Err(error) = engine.run_effects(Some(order.id()), EFFECTS_AT_ONCE).await {
        tracing::warn!(order = %order.id(), %error, "the effects of a cancellation are left to the worker");
    }
    // The provider's answers may have planned more.
    wake.effects();
    answer(&engine, &accounts, order.id(), reader).await
}

/// A seller begins to pack the own part.
#[utoipa::path(post, path = "/api/marketplace/orders/{id}/prepare/", tag = "selling", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The order")), request_body = Option<PartBody>,
    responses((status = 200, body = OrderDetail), (status = 401, body = ProblemBody, content_type = "application/problem+json"), (status = 403, body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, body = ProblemBody, content_type = "application/problem+json"), (status = 409, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn prepare(
    State(engine): State<Engine>,
    State(accounts): State<Accounts>,
    caller: Caller,
    Path(id): Path<Uuid>,
    OptionalJson(body): OptionalJson<PartBody>,
) -> Result<Json<OrderDetail>, Problem> {
    let (order, reader) = readable(engine.ports(), &caller, OrderId::from_uuid(id)).await?;
    let (seller, by) = (part(&order, reader, body.seller_id)?, actor(&order, reader));
    engine.command(order.id(), &Command::Prepare { seller, by }, by).await?;
    answer(&engine, &accounts, order.id(), reader).await
}

/// A seller hands the own part over, or corrects its tracking.
#[utoipa::path(post, path = "/api/marketplace/orders/{id}/ship/", tag = "selling", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The order")), request_body = ShipBody,
    responses((status = 200, body = OrderDetail), (status = 400, body = ProblemBody, content_type = "application/problem+json"), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"), (status = 404, body = ProblemBody, content_type = "application/problem+json"), (status = 409, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn ship(
    State(engine): State<Engine>,
    State(accounts): State<Accounts>,
    State(wake): State<Wake>,
    caller: Caller,
    Path(id): Path<Uuid>,
    JsonBody(body): JsonBody<ShipBody>,
) -> Result<Json<OrderDetail>, Problem> {
    let (order, reader) = readable(engine.ports(), &caller, OrderId::from_uuid(id)).await?;
    let (seller, by) = (part(&order, reader, body.seller_id)?, actor(&order, reader));
    let tracking = Tracking { carrier: body.shipping_carrier, number: body.tracking_number };
    engine.command(order.id(), &Command::Ship { seller, by, tracking }, by).await?;
    wake.effects();
    answer(&engine, &accounts, order.id(), reader).await
}

/// The same as `ship`, under the name and method that the web client uses.
#[utoipa::path(patch, path = "/api/marketplace/orders/{id}/update_shipping/", tag = "selling", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The order")), request_body = ShipBody,
    responses((status = 200, body = OrderDetail), (status = 400, body = ProblemBody, content_type = "application/problem+json"), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"), (status = 404, body = ProblemBody, content_type = "application/problem+json"), (status = 409, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn update_shipping(
    engine: State<Engine>,
    accounts: State<Accounts>,
    wake: State<Wake>,
    caller: Caller,
    id: Path<Uuid>,
    body: JsonBody<ShipBody>,
) -> Result<Json<OrderDetail>, Problem> {
    ship(engine, accounts, wake, caller, id, body).await
}

/// A part has arrived: said by its seller, or by the buyer of everything that is on its way.
#[utoipa::path(post, path = "/api/marketplace/orders/{id}/deliver/", tag = "selling", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The order")), request_body = Option<PartBody>,
    responses((status = 200, body = OrderDetail), (status = 401, body = ProblemBody, content_type = "application/problem+json"), (status = 403, body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, body = ProblemBody, content_type = "application/problem+json"), (status = 409, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn deliver(
    State(engine): State<Engine>,
    State(accounts): State<Accounts>,
    caller: Caller,
    Path(id): Path<Uuid>,
    OptionalJson(body): OptionalJson<PartBody>,
) -> Result<Json<OrderDetail>, Problem> {
    let (order, reader) = readable(engine.ports(), &caller, OrderId::from_uuid(id)).await?;
    let by = actor(&order, reader);
    let on_the_way = order.consignments().filter(|(_, it)| it.status() == FulfilmentStatus::Shipped);
    let on_the_way: Vec<SellerId> = on_the_way.map(|(part, _)| part.seller).collect();
    let parts = match (reader, body.seller_id) {
        (Reader::Buyer, None) if !on_the_way.is_empty() => on_the_way,
        (Reader::Buyer | Reader::Seller(_) | Reader::Admin, given) => vec![part(&order, reader, given)?],
    };
    for seller in parts {
        engine.command(order.id(), &Command::Deliver { seller, by }, by).await?;
    }
    answer(&engine, &accounts, order.id(), reader).await
}

/// What becomes of late money that is held: it goes back now.
#[utoipa::path(post, path = "/api/marketplace/orders/{id}/return_held/", tag = "admin", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The order")),
    responses((status = 200, body = OrderDetail), (status = 401, body = ProblemBody, content_type = "application/problem+json"), (status = 403, body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, body = ProblemBody, content_type = "application/problem+json"), (status = 409, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn return_held(
    State(engine): State<Engine>,
    State(accounts): State<Accounts>,
    State(wake): State<Wake>,
    Admin(_): Admin,
    Path(id): Path<Uuid>,
) -> Result<Json<OrderDetail>, Problem> {
    held(&engine, &accounts, &wake, id, &Command::ReturnHeld).await
}

/// What becomes of late money that is held: the order stands again, if its stock is still there.
#[utoipa::path(post, path = "/api/marketplace/orders/{id}/accept_held/", tag = "admin", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The order")),
    responses((status = 200, body = OrderDetail), (status = 401, body = ProblemBody, content_type = "application/problem+json"), (status = 403, body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, body = ProblemBody, content_type = "application/problem+json"), (status = 409, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn accept_held(
    State(engine): State<Engine>,
    State(accounts): State<Accounts>,
    State(wake): State<Wake>,
    Admin(_): Admin,
    Path(id): Path<Uuid>,
) -> Result<Json<OrderDetail>, Problem> {
    held(&engine, &accounts, &wake, id, &Command::AcceptHeld).await
}

async fn held(
    engine: &Engine,
    accounts: &Accounts,
    wake: &Wake,
    id: Uuid,
    command: &Command,
) -> Result<Json<OrderDetail>, Problem> {
    let id = OrderId::from_uuid(id);
    engine.command(id, command, Actor::Operator).await?;
    wake.effects();
    answer(engine, accounts, id, Reader::Admin).await
}

fn actor(order: &Order, reader: Reader) -> Actor {
    match reader {
        Reader::Buyer => Actor::Buyer(order.buyer()),
        Reader::Seller(seller) => Actor::Seller(seller),
        Reader::Admin => Actor::Operator,
    }
}

/// Whose part: a seller's own, the one that is named, or the only one there is.
fn part(order: &Order, reader: Reader, given: Option<Uuid>) -> Result<SellerId, Problem> {
    let mut sellers = order.consignments().map(|(part, _)| part.seller);
    match (reader, given) {
        (Reader::Seller(own), _) => Ok(own),
        (Reader::Buyer | Reader::Admin, Some(seller)) => Ok(SellerId::from_uuid(seller)),
        (Reader::Buyer | Reader::Admin, None) => match (sellers.next(), sellers.next()) {
            (Some(only), None) => Ok(only),
            _ => Err(Problem::field("seller_id", "must say whose part; the order has several")),
        },
    }
}

async fn answer(
    engine: &Engine,
    accounts: &Accounts,
    id: OrderId,
    reader: Reader,
) -> Result<Json<OrderDetail>, Problem> {
    detail(engine.ports(), accounts, &engine.order(id).await?, reader).await.map(Json)
}
