//! Orders: found, explained, and acted upon.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use designia_core::id::OrderId;
use designia_core::order::OrderStatus;
use serde::Deserialize;
use uuid::Uuid;

use super::diagram;
use super::gate::{Act, Visitor};
use super::live::follow;
use super::page::{AfterQuery, Frame, ROWS, Section, Trouble, back, nothing_done, page};
use crate::api::admin::orders::{ActionBody, Explained, OrderRow, OrderSearch, load, load_page, perform};
use crate::api::paging::{PageQuery, PageView};
use crate::app::App;
use crate::http::extract::{Path, Query};
use crate::problem::{Code, Problem};

#[derive(Template)]
#[template(path = "console/orders.html")]
struct OrdersPage<'p> {
    frame: Frame,
    search: &'p OrderSearch,
    statuses: &'static [OrderStatus],
    orders: PageView<OrderRow>,
    /// The address of the next page, and of the whole list as a file.
    next: Option<String>,
    export: String,
    wrong: Option<&'p str>,
}

#[derive(Template)]
#[template(path = "console/order.html")]
struct OrderPage {
    frame: Frame,
    it: Explained,
    diagram: String,
}

#[derive(Template)]
#[template(path = "console/order_live.html")]
struct OrderLive<'p> {
    frame: &'p Frame,
    it: &'p Explained,
    diagram: &'p str,
}

/// The list.
pub(super) async fn list(
    State(app): State<App>,
    visitor: Visitor,
    Query(search): Query<OrderSearch>,
    Query(AfterQuery { after }): Query<AfterQuery>,
) -> Result<Response, Trouble> {
    let now = app.engine.ports().clock.now();
    let frame = Frame::new(&visitor, Section::Orders, "Orders", now);
    let found = load_page(&app, &search, PageQuery::of(after, ROWS)).await;
    let (orders, wrong) = match found {
        Ok(orders) => (orders, None),
        // What was typed wrong is said above the form that it was typed into.
        Err(problem) if problem.code() == Code::InvalidField => (PageView::empty(ROWS), Some(problem)),
        Err(problem) => return Err(problem.into()),
    };
    let query = serde_urlencoded::to_string(search.given().collect::<Vec<_>>()).map_err(Problem::internal)?;
    let next = orders.next.as_ref().map(|after| format!("/admin/orders/?{query}&after={after}"));
    let wrong = wrong.as_ref().map(Problem::detail);
    let export = format!("/admin/orders/export/?{query}");
    Ok(page(&OrdersPage { frame, search: &search, statuses: OrderStatus::ALL, orders, next, export, wrong }))
}

/// The same as a file.
pub(super) async fn export(
    State(app): State<App>,
    _: Visitor,
    Query(search): Query<OrderSearch>,
) -> Result<Response, Trouble> {
    Ok(crate::api::admin::orders::csv(app, search).await?)
}

/// One order, explained.
pub(super) async fn show(State(app): State<App>, visitor: Visitor, Path(id): Path<Uuid>) -> Result<Response, Trouble> {
    Ok(page(&explained(&app, &visitor, id).await?))
}

/// The live part of it.
pub(super) async fn live(State(app): State<App>, visitor: Visitor, Path(id): Path<Uuid>) -> Response {
    follow(app, visitor, move |app, visitor| async move {
        let page = explained(&app, &visitor, id).await?;
        let live = OrderLive { frame: &page.frame, it: &page.it, diagram: &page.diagram };
        live.render().map_err(Problem::internal)
    })
}

/// Carries out one of its actions.
pub(super) async fn act(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Act { visitor, form }: Act<ActionForm>,
) -> Result<Response, Trouble> {
    let body = form.body()?;
    let here = format!("/admin/orders/{id}/");
    let performed = perform(&app, &visitor.doer, OrderId::from_uuid(id), &body).await;
    performed
        .map(|()| back(&here, "Done. The order below is as it stands now."))
        .or_else(|problem| nothing_done(&here, problem))
}

/// An action as a form sends it: what is empty was not given.
#[derive(Debug, Deserialize)]
pub(super) struct ActionForm {
    action: String,
    version: u32,
    #[serde(default)]
    seller_id: String,
    #[serde(default)]
    refund: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    carrier: String,
    #[serde(default)]
    tracking_number: String,
}

impl ActionForm {
    fn body(self) -> Result<ActionBody, Problem> {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let seller = given(&self.seller_id).map(|text| text.parse()).transpose();
        let refund = given(&self.refund).map(|text| text.parse()).transpose();
        Ok(ActionBody {
            action: self.action,
            version: self.version,
            seller_id: seller.map_err(|_| Problem::field("seller_id", "must be an id"))?,
            refund: refund.map_err(|_| Problem::field("refund", "must be a number"))?,
            reason: self.reason,
            carrier: self.carrier,
            tracking_number: self.tracking_number,
        })
    }
}

async fn explained(app: &App, visitor: &Visitor, id: Uuid) -> Result<OrderPage, Problem> {
    let it = load(app, OrderId::from_uuid(id)).await?;
    let now = app.engine.ports().clock.now();
    let frame = Frame::new(visitor, Section::Orders, format!("Order {id}"), now);
    let been: Vec<&str> = it.timeline.iter().map(|entry| entry.status).collect();
    let diagram = diagram::of_order(&been);
    Ok(OrderPage { frame, it, diagram })
}
