//! What the staff is told of an order, beyond what its buyer sees.

use designia_core::effect::{EffectCall, EffectRecord};
use designia_core::order::{Order, Upcoming};
use designia_core::payment::{Attempt, CloseReason, RefundReason};
use designia_core::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::admin::webhooks::WebhookRow;
use crate::api::view::dry_run::DryRun;
use crate::api::view::order::OrderView;
use crate::api::view::person::{People, Person};
use crate::api::view::timeline::Entry;
use crate::api::view::when::When;

/// An order in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct OrderRow {
    pub(crate) id: Uuid,
    #[schema(example = "pending_payment")]
    pub(crate) status: &'static str,
    #[schema(example = "pending")]
    pub(crate) payment_status: &'static str,
    pub(crate) buyer: Person,
    /// The names of those who sell.
    pub(crate) sellers: Vec<String>,
    #[schema(example = "49.90")]
    pub(crate) total: String,
    #[schema(example = "EUR")]
    pub(crate) currency: &'static str,
    pub(crate) placed_at: When,
    /// When something happens by itself, if anything does.
    pub(crate) next_at: Option<When>,
    /// What happens then.
    pub(crate) next: Option<String>,
    /// What a person should look at.
    pub(crate) attention: Vec<String>,
}

/// An order with everything that explains it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Explained {
    /// The order as its admin sees it.
    pub(crate) order: OrderView,
    /// How many events it has: an action names it, so that nobody acts on what they have not seen.
    pub(crate) version: u32,
    /// What happened, and why.
    pub(crate) timeline: Vec<Entry>,
    /// What happens by itself, the next first.
    pub(crate) upcoming: Vec<UpcomingRow>,
    /// What may be done now, each with what it would do.
    pub(crate) actions: Vec<DryRun>,
    pub(crate) payments: Vec<PaymentRow>,
    pub(crate) refunds: Vec<RefundRow>,
    /// Every call that the order has planned.
    pub(crate) calls: Vec<CallRow>,
    /// The provider's events that changed it.
    pub(crate) webhooks: Vec<WebhookRow>,
}

/// Something that an order will do by itself.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct UpcomingRow {
    pub(crate) at: When,
    pub(crate) what: String,
}

/// One try to pay.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PaymentRow {
    pub(crate) no: u16,
    pub(crate) method: String,
    #[schema(example = "49.90 EUR")]
    pub(crate) amount: String,
    #[schema(example = "49.90 EUR")]
    pub(crate) captured: String,
    #[schema(example = "open")]
    pub(crate) state: &'static str,
    pub(crate) session: Option<String>,
    pub(crate) payment: Option<String>,
    pub(crate) started_at: When,
    pub(crate) expires_at: When,
    pub(crate) settles_by: Option<When>,
    /// Why it can no longer be paid.
    pub(crate) closed: Option<String>,
    /// Cards that were refused, with the provider's reason.
    pub(crate) declines: Vec<String>,
}

/// Money that goes back.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RefundRow {
    /// Its number within the order; absent for one that was made at the provider, past us.
    pub(crate) no: Option<u16>,
    #[schema(example = "49.90 EUR")]
    pub(crate) amount: String,
    #[schema(example = "succeeded")]
    pub(crate) state: &'static str,
    pub(crate) reason: String,
    pub(crate) provider_id: Option<String>,
    pub(crate) requested_at: Option<When>,
    pub(crate) failed_at: Option<When>,
}

/// A call to the outside.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct CallRow {
    #[schema(example = "019ab1a2-7c50-7d7e-9d67-0d3d4f2f1a11.3.0")]
    pub(crate) id: String,
    pub(crate) order_id: Uuid,
    /// Which event of the order planned it.
    pub(crate) event: u32,
    #[schema(example = "refund")]
    pub(crate) kind: &'static str,
    #[schema(example = "unknown")]
    pub(crate) state: &'static str,
    /// How often it was taken up.
    pub(crate) claims: u32,
    pub(crate) planned_at: When,
    pub(crate) first_sent_at: Option<When>,
    /// When it is next taken up, while it is not settled.
    pub(crate) due_at: Option<When>,
    pub(crate) note: Option<String>,
    /// The latest sends and look-ups, the oldest first.
    pub(crate) log: Vec<CallStep>,
}

/// One send or look-up.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct CallStep {
    pub(crate) at: When,
    /// `send` or `look_up`.
    pub(crate) what: &'static str,
    /// What came of it; absent while no answer is recorded.
    pub(crate) outcome: Option<&'static str>,
    pub(crate) note: Option<String>,
}

impl OrderRow {
    pub(crate) fn of(order: &Order, people: &People) -> Self {
        let contents = order.contents();
        let next = order.upcoming().min();
        Self {
            id: order.id().as_uuid(),
            status: order.status().as_str(),
            payment_status: order.payment_status().as_str(),
            buyer: Person { email: contents.email.clone(), ..people.person(order.buyer()) },
            sellers: order.consignments().map(|(part, _)| people.person(part.seller).username).collect(),
            total: contents.total.amount(),
            currency: order.currency().code(),
            placed_at: When(contents.placed_at),
            next_at: next.map(|(at, _)| When(at)),
            next: next.map(|(_, what)| what.to_string()),
            attention: order.attention().into_iter().map(|it| it.what).collect(),
        }
    }
}

/// What an order will do by itself, the next first.
pub(super) fn upcoming(order: &Order) -> Vec<UpcomingRow> {
    let mut all: Vec<(Timestamp, Upcoming)> = order.upcoming().collect();
    all.sort_unstable();
    all.into_iter().map(|(at, what)| UpcomingRow { at: When(at), what: what.to_string() }).collect()
}

impl PaymentRow {
    pub(crate) fn of(attempt: &Attempt) -> Self {
        Self {
            no: attempt.no().get(),
            method: attempt.method().to_string(),
            amount: attempt.amount().to_string(),
            captured: attempt.captured().to_string(),
            state: attempt.state().as_str(),
            session: attempt.refs().session.clone(),
            payment: attempt.refs().payment.clone(),
            started_at: When(attempt.started_at()),
            expires_at: When(attempt.expires_at()),
            settles_by: attempt.settles_by().map(When),
            closed: attempt.close_reason().map(closed),
            declines: attempt.declines().iter().map(|decline| decline.code.clone()).collect(),
        }
    }
}

fn closed(reason: &CloseReason) -> String {
    match reason {
        CloseReason::Refused(why) => format!("the provider refused to open it: {why}"),
        CloseReason::NeverOpened => "it was never opened".to_owned(),
        CloseReason::SettlementFailed => "the promised payment failed".to_owned(),
        CloseReason::Unpaid => "it was closed unpaid".to_owned(),
    }
}

/// Every refund, those made past us at the end.
pub(crate) fn refunds(order: &Order) -> Vec<RefundRow> {
    let ours = order.refunds().iter().map(|refund| RefundRow {
        no: Some(refund.no.get()),
        amount: refund.amount.to_string(),
        state: refund.state.as_str(),
        reason: match &refund.reason {
            RefundReason::LatePayment => "it came after the cancellation".to_owned(),
            RefundReason::Overpaid => "it was paid too much".to_owned(),
            RefundReason::OrderCancelled => "the order was cancelled".to_owned(),
            RefundReason::ConsignmentCancelled(_) => "a part was cancelled".to_owned(),
            RefundReason::Retry(no) => format!("refund {no} failed"),
        },
        provider_id: refund.provider_id.clone(),
        requested_at: Some(When(refund.requested_at)),
        failed_at: refund.failed_at.map(When),
    });
    let foreign = order.foreign_refunds().iter().map(|(id, refund)| RefundRow {
        no: None,
        amount: refund.amount.to_string(),
        state: refund.state.as_str(),
        reason: "made at the provider".to_owned(),
        provider_id: Some(id.clone()),
        requested_at: None,
        failed_at: None,
    });
    ours.chain(foreign).collect()
}

impl CallRow {
    pub(crate) fn of(record: EffectRecord) -> Self {
        let EffectRecord { effect, state, claims, due_at, first_sent_at, note, calls, .. } = record;
        Self {
            id: effect.id.to_string(),
            order_id: effect.id.order.as_uuid(),
            event: effect.id.event,
            kind: effect.request.kind(),
            state: state.as_str(),
            claims,
            planned_at: When(effect.planned_at),
            first_sent_at: first_sent_at.map(When),
            due_at: (!state.is_final()).then_some(When(due_at)),
            note,
            log: calls.into_iter().map(CallStep::of).collect(),
        }
    }
}

impl CallStep {
    fn of(call: EffectCall) -> Self {
        Self {
            at: When(call.at),
            what: call.what.as_str(),
            outcome: call.outcome.map(designia_core::effect::EffectState::as_str),
            note: call.note,
        }
    }
}
