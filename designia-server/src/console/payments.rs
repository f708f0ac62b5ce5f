//! Payments of all orders: who has paid, whose money is on its way back, and what came to nothing.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use designia_core::payment::{AttemptState, RefundState};
use designia_core::ports::PaymentList;

use super::gate::Visitor;
use super::page::{AfterQuery, Frame, ROWS, Section, Trouble, page};
use crate::api::admin::payments::{OrderPayments, PaymentSearch, load_page};
use crate::api::paging::{PageQuery, PageView};
use crate::app::App;
use crate::http::extract::Query;

#[derive(Template)]
#[template(path = "console/payments.html")]
struct PaymentsPage {
    frame: Frame,
    lists: [List; 2],
    orders: PageView<OrderPayments>,
    next: Option<String>,
}

/// A list by each of its states, of which one may be looked at.
struct List {
    label: &'static str,
    name: &'static str,
    states: Vec<(&'static str, bool)>,
}

/// The list.
pub(super) async fn list(
    State(app): State<App>,
    visitor: Visitor,
    Query(search): Query<PaymentSearch>,
    Query(AfterQuery { after }): Query<AfterQuery>,
) -> Result<Response, Trouble> {
    let ports = app.engine.ports();
    let frame = Frame::new(&visitor, Section::Payments, "Payments", ports.clock.now());
    let of = search.checked()?;
    let orders = load_page(ports, of, PageQuery::of(after, ROWS)).await?;
    let attempts = AttemptState::ALL.map(|state| (state.as_str(), of == PaymentList::Attempts(state)));
    let refunds = RefundState::ALL.map(|state| (state.as_str(), of == PaymentList::Refunds(state)));
    let lists = [
        List { label: "Attempts to pay", name: "attempts", states: attempts.to_vec() },
        List { label: "Refunds", name: "refunds", states: refunds.to_vec() },
    ];
    let name = match of {
        PaymentList::Attempts(_) => "attempts",
        PaymentList::Refunds(_) => "refunds",
    };
    let next = orders.next.as_ref().map(|after| {
        let state = of.state();
        format!("/admin/payments/?list={name}&state={state}&after={after}")
    });
    Ok(page(&PaymentsPage { frame, lists, orders, next }))
}
