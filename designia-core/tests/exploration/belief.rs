//! What the search needs to know of an order, and when two orders are the same to every rule.

use std::time::Duration;

use designia_core::id::AttemptNo;
use designia_core::money::Money;
use designia_core::order::{CancelReason, Event, FulfilmentStatus, LatePaymentPolicy, Order, OrderStatus};
use designia_core::payment::{AttemptState, CloseReason, RefundState};
use designia_core::time::{DAY, Timestamp};

use super::bounds::{LAST, UNITS, instant};

/// What an order doesn't show and yet matters; gathered from its events.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub(super) struct Trail {
    reinstated: u8,
    reminders: u8,
    closing: Option<CancelReason>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Pending,
    Closing,
    Confirmed,
    Cancelled,
}

#[derive(Clone, Debug)]
pub(crate) struct Belief {
    pub(crate) stage: Stage,
    pub(crate) is_cancelled: bool,
    pub(crate) attempts: Vec<BeliefAttempt>,
    pub(crate) refunds: Vec<BeliefRefund>,
    pub(crate) dashboard: Option<RefundState>,
    pub(crate) owed: i64,
    pub(crate) waits: i64,
    pub(crate) next_tick: Option<Timestamp>,
    pub(crate) reserved: [u8; 2],
}

#[derive(Clone, Debug)]
pub(crate) struct BeliefAttempt {
    pub(crate) state: AttemptState,
    pub(crate) amount: u8,
    pub(crate) captured: u8,
    pub(crate) expires_at: Timestamp,
}

#[derive(Clone, Debug)]
pub(crate) struct BeliefRefund {
    pub(crate) attempt: usize,
    pub(crate) amount: u8,
    pub(crate) state: RefundState,
    /// Whether its failure would still be found out by asking.
    pub(crate) is_watched: bool,
}

/// What makes two orders the same to every rule.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Key {
    trail: Trail,
    status: OrderStatus,
    is_confirmed: bool,
    cancelled: Option<(CancelReason, u8)>,
    parts: Vec<FulfilmentStatus>,
    attempts: Vec<AttemptKey>,
    refunds: Vec<RefundKey>,
    dashboard: Vec<(AttemptNo, Money, RefundState)>,
    quarantined: usize,
    hold: Option<(Money, u8)>,
}

#[derive(PartialEq, Eq, Hash)]
struct AttemptKey {
    amount: Money,
    expires_at: u8,
    is_named: bool,
    state: AttemptState,
    captured: Money,
    settles_by: Option<u8>,
    closed: Option<CloseReason>,
    is_declined: bool,
    is_void_requested: bool,
    next_ask: Option<u8>,
}

#[derive(PartialEq, Eq, Hash)]
struct RefundKey {
    attempt: AttemptNo,
    amount: Money,
    state: RefundState,
    is_named: bool,
    superseded: bool,
    requested: u8,
    next_ask: Option<u8>,
    retry: Option<u8>,
}

impl Trail {
    pub(super) fn after(mut self, events: &[Event]) -> Self {
        for event in events {
            match event {
                Event::Reinstated => self.reinstated += 1,
                Event::Reminded { number } => self.reminders = *number,
                Event::ClosingBegan { cause } => self.closing = Some(cause.clone()),
                Event::Confirmed | Event::Cancelled { .. } => self.closing = None,
                _ => {}
            }
        }
        self
    }
}

/// The first of the explored instants at which something is due: no rule can tell two moments apart that share it.
fn due(at: Timestamp) -> u8 {
    (0..=LAST).find(|index| instant(*index) >= at).unwrap_or(LAST + 1)
}

/// The last instant at which late money would make a cancelled order stand again.
fn reinstatable_until(order: &Order, cancelled_at: Timestamp) -> u8 {
    match order.contents().terms.late_payment {
        LatePaymentPolicy::Reinstate { within } => due(cancelled_at + within + Duration::from_micros(1)),
        LatePaymentPolicy::Refund | LatePaymentPolicy::Hold { .. } => 0,
    }
}

impl Key {
    pub(super) fn of(order: &Order, trail: &Trail) -> Self {
        Self {
            trail: trail.clone(),
            status: order.status(),
            is_confirmed: order.confirmed_at().is_some(),
            cancelled: order.cancellation().map(|(cause, at)| (cause.clone(), reinstatable_until(order, at))),
            parts: order.consignments().map(|(_, fulfilment)| fulfilment.status()).collect(),
            attempts: order
                .attempts()
                .iter()
                .map(|attempt| AttemptKey {
                    amount: attempt.amount(),
                    expires_at: due(attempt.expires_at()),
                    is_named: !attempt.refs().is_empty(),
                    state: attempt.state(),
                    captured: attempt.captured(),
                    settles_by: attempt.settles_by().map(due),
                    closed: attempt.close_reason().cloned(),
                    is_declined: !attempt.declines().is_empty(),
                    is_void_requested: attempt.is_void_requested(),
                    next_ask: attempt.next_ask_at().map(due),
                })
                .collect(),
            refunds: order
                .refunds()
                .iter()
                .map(|refund| RefundKey {
                    attempt: refund.attempt,
                    amount: refund.amount,
                    state: refund.state,
                    is_named: refund.provider_id.is_some(),
                    superseded: refund.superseded,
                    requested: due(refund.requested_at + DAY),
                    next_ask: refund.next_ask_at().map(due),
                    retry: refund.retry_at().map(due),
                })
                .collect(),
            dashboard: order.foreign_refunds().values().map(|it| (it.attempt, it.amount, it.state)).collect(),
            quarantined: order.quarantined().len(),
            hold: order.hold().map(|hold| (hold.amount, due(hold.until))),
        }
    }
}

fn small(minor: i64) -> u8 {
    u8::try_from(minor).expect("small amounts")
}

impl Belief {
    pub(super) fn of(order: &Order) -> Self {
        let status = order.status();
        let stage = if order.confirmed_at().is_some() {
            Stage::Confirmed
        } else if status == OrderStatus::PendingPayment {
            Stage::Pending
        } else if status == OrderStatus::Expiring {
            Stage::Closing
        } else {
            Stage::Cancelled
        };
        let money = order.money();
        let mut reserved = [0; 2];
        for (index, (_, fulfilment)) in order.consignments().enumerate() {
            if stage != Stage::Cancelled && !fulfilment.is_cancelled() {
                reserved[index] = UNITS[index];
            }
        }
        Self {
            stage,
            is_cancelled: matches!(status, OrderStatus::Cancelled | OrderStatus::Refunded),
            attempts: order
                .attempts()
                .iter()
                .map(|attempt| BeliefAttempt {
                    state: attempt.state(),
                    amount: small(attempt.amount().minor()),
                    captured: small(attempt.captured().minor()),
                    expires_at: attempt.expires_at(),
                })
                .collect(),
            refunds: order
                .refunds()
                .iter()
                .map(|refund| BeliefRefund {
                    attempt: usize::from(refund.attempt.get()) - 1,
                    amount: small(refund.amount.minor()),
                    state: refund.state,
                    is_watched: refund.state != RefundState::Succeeded || refund.next_ask_at().is_some(),
                })
                .collect(),
            dashboard: order.foreign_refunds().values().next().map(|refund| refund.state),
            owed: money.owed,
            waits: money.stuck + money.held,
            next_tick: order.next_tick_at(),
            reserved,
        }
    }
}
