//! Orders: each reader's own, and one with its history.

use axum::Json;
use axum::extract::State;
use designia_core::account::Role;
use designia_core::id::OrderId;
use designia_core::order::{Order, OrderStatus};
use designia_core::ports::{Cursor, OrderFilter, PageRequest, Ports};
use designia_core::service::accounts::Accounts;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::paging::{PageQuery, PageView, Wanted, rows_for};
use super::view::order::{OrderView, Reader, status};
use super::view::person::People;
use super::view::timeline::{Entry, timeline};
use crate::http::auth::{Caller, Seller};
use crate::http::extract::{Path, Query};
use crate::problem::{Problem, ProblemBody};

/// Rows read from the store at a time.
const CHUNK: u32 = 100;

/// Most rows looked at for one page of orders in one status, as the reader is told it.
const MAX_LOOKED_AT: usize = 2000;

/// Which orders.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct StatusQuery {
    /// Only orders in this status.
    status: Option<String>,
}

/// An order with its history.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct OrderDetail {
    #[serde(flatten)]
    order: OrderView,
    /// What happened, oldest first.
    timeline: Vec<Entry>,
}

/// The caller's own orders, newest first.
#[utoipa::path(get, path = "/api/marketplace/orders/", tag = "orders", params(StatusQuery, PageQuery),
    security(("token" = [])), responses((status = 200, body = PageView<OrderView>),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"), (status = 401, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn mine(
    State(ports): State<Ports>,
    State(accounts): State<Accounts>,
    caller: Caller,
    Query(filter): Query<StatusQuery>,
    Query(query): Query<PageQuery>,
) -> Result<Json<PageView<OrderView>>, Problem> {
    let scope = OrderFilter { buyer: Some(caller.account.buyer()), ..OrderFilter::default() };
    page(&ports, &accounts, scope, Reader::Buyer, &filter, query).await
}

/// Orders in which the caller sells something, newest first, each as far as the caller's part goes.
#[utoipa::path(get, path = "/api/marketplace/orders/seller_orders/", tag = "selling", params(StatusQuery, PageQuery),
    security(("token" = [])), responses((status = 200, body = PageView<OrderView>),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"), (status = 401, body = ProblemBody, content_type = "application/problem+json"), (status = 403, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn of_seller(
    State(ports): State<Ports>,
    State(accounts): State<Accounts>,
    Seller(caller): Seller,
    Query(filter): Query<StatusQuery>,
    Query(query): Query<PageQuery>,
) -> Result<Json<PageView<OrderView>>, Problem> {
    let seller = caller.account.seller();
    let scope = OrderFilter { seller: Some(seller), ..OrderFilter::default() };
    page(&ports, &accounts, scope, Reader::Seller(seller), &filter, query).await
}

/// One order with its history, for its buyer, its sellers and the admin.
#[utoipa::path(get, path = "/api/marketplace/orders/{id}/", tag = "orders", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The order")),
    responses((status = 200, body = OrderDetail), (status = 401, body = ProblemBody, content_type = "application/problem+json"), (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn show(
    State(ports): State<Ports>,
    State(accounts): State<Accounts>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<Json<OrderDetail>, Problem> {
    let (order, reader) = readable(&ports, &caller, OrderId::from_uuid(id)).await?;
    detail(&ports, &accounts, &order, reader).await.map(Json)
}

/// An order with its history as `reader` may see it.
pub(super) async fn detail(
    ports: &Ports,
    accounts: &Accounts,
    order: &Order,
    reader: Reader,
) -> Result<OrderDetail, Problem> {
    let people = People::in_orders(accounts, &[order]).await?;
    let history = ports.queries.history(order.id()).await?;
    let order = OrderView::of(order, reader, &people, ports.clock.now());
    Ok(OrderDetail { order, timeline: timeline(&history, reader, &people) })
}

/// The order, if the caller may read it. To everybody else it looks as if it were not there.
pub(super) async fn readable(ports: &Ports, caller: &Caller, id: OrderId) -> Result<(Order, Reader), Problem> {
    let order = ports.orders.load(id).await?.ok_or_else(|| Problem::not_found("order"))?;
    let reader = reader(&order, caller).ok_or_else(|| Problem::not_found("order"))?;
    Ok((order, reader))
}

fn reader(order: &Order, caller: &Caller) -> Option<Reader> {
    let seller = caller.account.seller();
    if order.buyer() == caller.account.buyer() {
        return Some(Reader::Buyer);
    }
    match caller.role {
        Role::Admin => Some(Reader::Admin),
        Role::Seller => order.consignment(seller).map(|_| Reader::Seller(seller)),
        Role::Customer => None,
    }
}

async fn page(
    ports: &Ports,
    accounts: &Accounts,
    scope: OrderFilter,
    reader: Reader,
    filter: &StatusQuery,
    query: PageQuery,
) -> Result<Json<PageView<OrderView>>, Problem> {
    let only = filter.status.as_deref().filter(|word| !word.is_empty()).map(str::parse::<OrderStatus>).transpose();
    let only = only.map_err(|error| Problem::field("status", error.to_string()))?;
    let now = ports.clock.now();
    let cursor = |order: &Order| Cursor { at: order.contents().placed_at, id: order.id().to_string() }.to_string();
    let rows = |after, limit| matching(ports, scope, reader, only, after, limit);
    let page = match query.wanted()? {
        Wanted::After { cursor: text, size } => {
            let after = text.parse::<Cursor>().map_err(|error| Problem::field("after", error.to_string()))?;
            PageView::after(rows(Some(after), size + 1).await?, size, cursor)
        }
        Wanted::Number { page, size } => {
            PageView::numbered(rows(None, rows_for(page, size) + 1).await?, page, size, cursor)
        }
    };
    let people = People::in_orders(accounts, &page.results.iter().collect::<Vec<_>>()).await?;
    Ok(Json(page.map(|order| OrderView::of(&order, reader, &people, now))))
}

/// Up to `limit` orders after a cursor that are in a status as the reader is told it.
async fn matching(
    ports: &Ports,
    scope: OrderFilter,
    reader: Reader,
    only: Option<OrderStatus>,
    mut after: Option<Cursor>,
    limit: u32,
) -> Result<Vec<Order>, Problem> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    // The store knows the order's status; a seller is told that of the own part, so it is compared here.
    let is_compared_here = only.is_some() && matches!(reader, Reader::Seller(_));
    let scope = OrderFilter { status: only.filter(|_| !is_compared_here), ..scope };
    let (mut found, mut looked_at) = (Vec::new(), 0);
    while found.len() < limit && looked_at < MAX_LOOKED_AT {
        let missing = u32::try_from(limit - found.len()).unwrap_or(CHUNK).min(CHUNK);
        let chunk = PageRequest { after, limit: if is_compared_here { CHUNK } else { missing } };
        let page = ports.queries.orders(&scope, chunk).await?;
        looked_at += page.rows.len();
        found.extend(
            page.rows.into_iter().filter(|order| only.is_none_or(|only| fits(status(order, reader), only, reader))),
        );
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    found.truncate(limit);
    Ok(found)
}

/// Whether an order stands as was asked for. To a seller, whatever is paid waits to be shipped, whether its packing has begun or not.
fn fits(stands: OrderStatus, only: OrderStatus, reader: Reader) -> bool {
    let is_waiting = stands == OrderStatus::PaymentConfirmed && only == OrderStatus::AwaitingShipment;
    stands == only || (is_waiting && matches!(reader, Reader::Seller(_)))
}
