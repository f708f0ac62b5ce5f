//! Payments of all orders: the tries to pay, and the money that goes back.

use axum::Json;
use axum::extract::State;
use designia_core::id::OrderId;
use designia_core::order::Order;
use designia_core::payment::{AttemptState, RefundState};
use designia_core::ports::{PaymentList, Ports};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::orders::{PaymentRow, RefundRow};
use crate::api::paging::{PageQuery, PageView, Wanted};
use crate::http::auth::Staff;
use crate::http::extract::Query;
use crate::problem::{Problem, ProblemBody};

/// Which payments.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PaymentSearch {
    /// `attempts` to pay, or `refunds`. By default `attempts`.
    #[param(example = "refunds")]
    #[serde(default)]
    pub(crate) list: String,
    /// Of attempts `opening`, `open`, `settling`, `closed` or `captured`; of refunds `requested`, `pending`, `succeeded` or `failed`.
    /// By default `captured` and `succeeded`.
    #[param(example = "failed")]
    #[serde(default)]
    pub(crate) state: String,
}

/// An order with those of its payments that are in the state that was asked for.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct OrderPayments {
    pub(crate) order_id: Uuid,
    /// The order's own state.
    #[schema(example = "payment_confirmed")]
    pub(crate) status: &'static str,
    pub(crate) attempts: Vec<PaymentRow>,
    pub(crate) refunds: Vec<RefundRow>,
}

/// The orders that have a payment in a state, the latest first, each with those payments.
#[utoipa::path(get, path = "/api/admin/payments/", tag = "admin", params(PaymentSearch, PageQuery), security(("token" = [])),
    responses((status = 200, body = PageView<OrderPayments>),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(ports): State<Ports>,
    _: Staff,
    Query(search): Query<PaymentSearch>,
    Query(query): Query<PageQuery>,
) -> Result<Json<PageView<OrderPayments>>, Problem> {
    load_page(&ports, search.checked()?, query).await.map(Json)
}

/// A page of orders with payments.
pub(crate) async fn load_page(
    ports: &Ports,
    of: PaymentList,
    query: PageQuery,
) -> Result<PageView<OrderPayments>, Problem> {
    let (below, size) = match query.wanted()? {
        Wanted::After { cursor, size } => {
            let below = cursor.parse::<OrderId>().map_err(|error| Problem::field("after", error.to_string()))?;
            (Some(below), size)
        }
        Wanted::Number { page: 1, size } => (None, size),
        Wanted::Number { .. } => return Err(Problem::field("page", "go on with after")),
    };
    let orders = ports.queries.with_payments(of, below, size + 1).await?;
    let page = PageView::after(orders, size, |order: &Order| order.id().to_string());
    Ok(page.map(|order| OrderPayments::of(&order, of)))
}

impl PaymentSearch {
    /// The list that is meant.
    pub(crate) fn checked(&self) -> Result<PaymentList, Problem> {
        match self.list.as_str() {
            "" | "attempts" => {
                let state = word(&self.state, AttemptState::Captured, AttemptState::ALL, AttemptState::as_str);
                state.map(PaymentList::Attempts)
            }
            "refunds" => {
                let state = word(&self.state, RefundState::Succeeded, RefundState::ALL, RefundState::as_str);
                state.map(PaymentList::Refunds)
            }
            _ => Err(Problem::field("list", "must be one of attempts, refunds")),
        }
    }
}

fn word<S: Copy, const N: usize>(text: &str, usual: S, all: [S; N], name: fn(S) -> &'static str) -> Result<S, Problem> {
    if text.is_empty() {
        return Ok(usual);
    }
    let known = || format!("must be one of {}", all.map(name).join(", "));
    all.into_iter().find(|state| name(*state) == text).ok_or_else(|| Problem::field("state", known()))
}

impl OrderPayments {
    fn of(order: &Order, of: PaymentList) -> Self {
        let (mut attempts, mut refunds) = (Vec::new(), Vec::new());
        match of {
            PaymentList::Attempts(_) => attempts.extend(order.attempts().iter().map(PaymentRow::of)),
            PaymentList::Refunds(_) => refunds = super::orders::refunds(order),
        }
        attempts.retain(|attempt| attempt.state == of.state());
        refunds.retain(|refund| refund.state == of.state());
        Self { order_id: order.id().as_uuid(), status: order.status().as_str(), attempts, refunds }
    }
}
