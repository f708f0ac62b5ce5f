//! An order's history as a person reads it: what happened, why, and what the order was from then on.

use designia_core::money::Money;
use designia_core::order::{Cause, Event, Order, Recorded};
use designia_core::payment::{Attempt, RefundReason, RefundState};
use designia_core::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::order::{Reader, status};
use super::person::People;
use super::when::When;

/// One thing that happened.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Entry {
    /// Its number in the order's history.
    pub(crate) seq: u32,
    /// When it happened.
    pub(crate) at: When,
    /// What happened, for programs.
    #[serde(rename = "type")]
    #[schema(example = "placed")]
    pub(crate) kind: String,
    /// What happened, for people.
    pub(crate) text: String,
    /// `request`, `webhook`, `provider_answer` or `timer`.
    pub(crate) cause: &'static str,
    /// Who asked, which event of the provider, which call it answers. For the staff only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "the marketplace")]
    pub(crate) caused_by: Option<String>,
    /// How the order stood from then on.
    #[schema(example = "payment_confirmed")]
    pub(crate) status: &'static str,
    /// How its money stood from then on.
    #[schema(example = "paid")]
    pub(crate) payment_status: &'static str,
}

/// The history as `reader` may see it. A seller is not told about money or about other sellers' parts.
pub(crate) fn timeline(history: &[Recorded], reader: Reader, people: &People) -> Vec<Entry> {
    let mut entries = Vec::with_capacity(history.len());
    let mut order: Option<Order> = None;
    for recorded in history {
        let text = match &recorded.event {
            // The provider's names for an attempt become known one after the other.
            Event::AttemptOpened { attempt, .. }
                if order.as_ref().and_then(|it| it.attempt(*attempt)).is_some_and(Attempt::is_opened) =>
            {
                format!("the provider named payment {attempt}")
            }
            event => text(event, people),
        };
        let next = match order.take() {
            None => Order::replay([(&recorded.event, recorded.at)]),
            Some(order) => Some(order.evolve(&recorded.event, recorded.at)),
        };
        if let Some(order) = next.as_ref().filter(|_| may_read(&recorded.event, reader)) {
            entries.push(Entry {
                seq: recorded.seq,
                at: When(recorded.at),
                kind: kind(&recorded.event),
                text,
                cause: cause(&recorded.cause),
                caused_by: match reader {
                    Reader::Admin => caused_by(&recorded.cause),
                    Reader::Buyer | Reader::Seller(_) => None,
                },
                status: status(order, reader).as_str(),
                payment_status: order.payment_status().as_str(),
            });
        }
        order = next;
    }
    entries
}

fn may_read(event: &Event, reader: Reader) -> bool {
    let Reader::Seller(own) = reader else { return true };
    match event {
        Event::Placed { .. }
        | Event::Confirmed
        | Event::ClosingBegan { .. }
        | Event::Cancelled { .. }
        | Event::Reinstated => true,
        Event::ConsignmentPrepared { seller, .. }
        | Event::ConsignmentShipped { seller, .. }
        | Event::ConsignmentDelivered { seller, .. }
        | Event::ConsignmentCancelled { seller, .. } => *seller == own,
        Event::Reminded { .. }
        | Event::PaymentStarted { .. }
        | Event::AttemptOpened { .. }
        | Event::PaymentDeclined { .. }
        | Event::PaymentPromised { .. }
        | Event::PaymentCaptured { .. }
        | Event::AttemptClosed { .. }
        | Event::PaymentAsked { .. }
        | Event::VoidRequested { .. }
        | Event::RefundRequested { .. }
        | Event::RefundMoved { .. }
        | Event::RefundAsked { .. }
        | Event::RefundDropped { .. }
        | Event::ForeignRefundMoved { .. }
        | Event::MoneyHeld { .. }
        | Event::HoldEnded
        | Event::Quarantined { .. } => false,
    }
}

/// The event's name as it is stored, which stays the same.
fn kind(event: &Event) -> String {
    let stored = serde_json::to_value(event).ok();
    stored.as_ref().and_then(|it| it["type"].as_str()).unwrap_or_default().to_owned()
}

fn cause(cause: &Cause) -> &'static str {
    match cause {
        Cause::Request(_) => "request",
        Cause::Webhook { .. } => "webhook",
        Cause::Effect(_) => "provider_answer",
        Cause::Timer => "timer",
    }
}

fn caused_by(cause: &Cause) -> Option<String> {
    match cause {
        Cause::Request(by) => Some(by.to_string()),
        Cause::Webhook { event } => Some(event.clone()),
        Cause::Effect(id) => Some(id.to_string()),
        Cause::Timer => None,
    }
}

pub(super) fn text(event: &Event, people: &People) -> String {
    let name = |seller: &designia_core::id::SellerId| people.person(*seller).username;
    match event {
        Event::Placed { .. } => "ordered; the stock is reserved".to_owned(),
        Event::Reminded { number } => format!("reminded to pay ({number})"),
        Event::PaymentStarted { attempt, method, amount, expires_at } => {
            format!("payment {attempt} of {amount} by {method} begun, its page closes at {}", whole(*expires_at))
        }
        Event::AttemptOpened { attempt, .. } => format!("the provider opened payment {attempt}"),
        Event::PaymentDeclined { attempt, decline } => format!("payment {attempt} was declined: {}", decline.code),
        Event::PaymentPromised { attempt, by } => {
            format!("payment {attempt} is promised and settles by {}", whole(*by))
        }
        Event::PaymentCaptured { attempt, received, .. } => format!("{received} came in through payment {attempt}"),
        Event::AttemptClosed { attempt, .. } => format!("payment {attempt} is closed and can no longer be paid"),
        Event::PaymentAsked { attempt } => format!("the provider is asked what became of payment {attempt}"),
        Event::ClosingBegan { cause } => format!("no new payment can start ({cause}); the provider is asked first"),
        Event::VoidRequested { attempt } => format!("the provider is asked to close payment {attempt}"),
        Event::Confirmed => "paid in full".to_owned(),
        Event::Cancelled { cause } => format!("cancelled ({cause}); the stock is free again"),
        Event::Reinstated => "late money came and the stock was still there: the order stands again".to_owned(),
        Event::ConsignmentPrepared { seller, .. } => format!("{} is preparing the part", name(seller)),
        Event::ConsignmentShipped { seller, tracking, .. } => {
            format!("{} shipped with {}, {}", name(seller), tracking.carrier, tracking.number)
        }
        Event::ConsignmentDelivered { seller, .. } => format!("the part of {} arrived", name(seller)),
        Event::ConsignmentCancelled { seller, reason } => {
            format!("the part of {} was cancelled ({reason})", name(seller))
        }
        Event::RefundRequested { refund, amount, reason, .. } => refund_text(refund.get(), *amount, reason),
        Event::RefundMoved { refund, to, .. } => format!("refund {refund} {}", moved(*to)),
        Event::RefundAsked { refund } => format!("the provider is asked what became of refund {refund}"),
        Event::RefundDropped { refund } => format!("refund {refund} needs no other: its money went back another way"),
        Event::ForeignRefundMoved { amount, to, .. } => {
            format!("a refund of {amount} made at the provider {}", moved(*to))
        }
        Event::MoneyHeld { amount, until } => {
            format!("{amount} came late and waits for a person until {}", whole(*until))
        }
        Event::HoldEnded => "the held money goes back".to_owned(),
        Event::Quarantined { report } => format!("not believed: {report}"),
    }
}

/// For people, whole seconds will do.
fn whole(at: Timestamp) -> Timestamp {
    Timestamp::from_secs(at.as_secs())
}

fn refund_text(no: u16, amount: Money, reason: &RefundReason) -> String {
    let why = match reason {
        RefundReason::LatePayment => "it came after the cancellation",
        RefundReason::Overpaid => "it was paid too much",
        RefundReason::OrderCancelled => "the order was cancelled",
        RefundReason::ConsignmentCancelled(_) => "a part was cancelled",
        RefundReason::Retry(_) => "an earlier refund failed",
    };
    format!("refund {no} of {amount} is on its way: {why}")
}

const fn moved(to: RefundState) -> &'static str {
    match to {
        RefundState::Requested => "was decided",
        RefundState::Pending => "is being worked on",
        RefundState::Succeeded => "went through",
        RefundState::Failed => "failed",
    }
}
