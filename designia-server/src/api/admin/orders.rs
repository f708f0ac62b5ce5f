//! Orders for the staff: found by anything that a person may hold in hand, and explained.

pub(super) mod acting;
pub(super) mod export;
mod find;
mod view;

use axum::Json;
use axum::extract::State;
use designia_core::id::OrderId;
use designia_core::order::Actor;
use designia_core::ports::{Cursor, PageRequest};
use uuid::Uuid;

pub(crate) use acting::{ActionBody, perform};
pub(crate) use export::csv;
pub(crate) use find::OrderSearch;
pub(crate) use view::{CallRow, Explained, OrderRow, PaymentRow, RefundRow, refunds};

use crate::api::paging::{PageQuery, PageView, cursor_of};
use crate::api::view::order::{OrderView, Reader};
use crate::api::view::person::People;
use crate::api::view::timeline::timeline;
use crate::app::App;
use crate::http::auth::Staff;
use crate::http::extract::{Path, Query};
use crate::problem::{Problem, ProblemBody};

/// Orders, the latest first; or, with `list`, those that are due, the most urgent first.
///
/// With a search or a range of amounts a page may be short although there are more: it says so with `next`.
#[utoipa::path(get, path = "/api/admin/orders/", tag = "admin", params(OrderSearch, PageQuery), security(("token" = [])),
    responses((status = 200, body = PageView<OrderRow>),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(app): State<App>,
    _: Staff,
    Query(search): Query<OrderSearch>,
    Query(query): Query<PageQuery>,
) -> Result<Json<PageView<OrderRow>>, Problem> {
    load_page(&app, &search, query).await.map(Json)
}

/// An order explained: what happened and why, what happens next, and what each action would do.
#[utoipa::path(get, path = "/api/admin/orders/{id}/", tag = "admin", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The order")),
    responses((status = 200, body = Explained), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"), (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn show(State(app): State<App>, _: Staff, Path(id): Path<Uuid>) -> Result<Json<Explained>, Problem> {
    load(&app, OrderId::from_uuid(id)).await.map(Json)
}

/// A page of rows.
pub(crate) async fn load_page(
    app: &App,
    search: &OrderSearch,
    query: PageQuery,
) -> Result<PageView<OrderRow>, Problem> {
    let (after, size) = query.onward()?;
    let after = after.as_deref().map(cursor_of::<OrderId>).transpose()?;
    let found = find::find(app, search, PageRequest { after, limit: size }).await?;
    let people = People::in_orders(&app.accounts, &found.rows.iter().collect::<Vec<_>>()).await?;
    let rows = found.rows.iter().map(|order| OrderRow::of(order, &people)).collect();
    Ok(PageView::cut(rows, size, found.next.as_ref().map(Cursor::to_string)))
}

/// An order with everything that explains it.
pub(crate) async fn load(app: &App, id: OrderId) -> Result<Explained, Problem> {
    let ports = app.engine.ports();
    let order = ports.orders.load(id).await?.ok_or_else(|| Problem::not_found("order"))?;
    let people = People::in_orders(&app.accounts, &[&order]).await?;
    let (history, effects) = (ports.queries.history(id).await?, ports.queries.effects(id).await?);
    let events = ports.inbox.events_of(id).await?;
    let now = ports.clock.now();
    let allowed = order.allowed_actions(Actor::Operator, now);
    Ok(Explained {
        version: order.version(),
        timeline: timeline(&history, Reader::Admin, &people),
        upcoming: view::upcoming(&order),
        actions: crate::api::view::dry_run::dry_runs(&order, &allowed, &people),
        payments: order.attempts().iter().map(view::PaymentRow::of).collect(),
        refunds: view::refunds(&order),
        calls: effects.into_iter().map(view::CallRow::of).collect(),
        webhooks: events.into_iter().map(super::webhooks::WebhookRow::of).collect(),
        order: OrderView::of(&order, Reader::Admin, &people, now),
    })
}
