//! What follows from where an order stands, whatever brought it there.
//!
//! Every command and every fact ends here. Because the conclusions depend only on the state, the order in which facts
//! arrive can't matter to them. The last one is the promise in one line: money that is accounted for by nothing else goes
//! back.

use super::{CancelReason, Decision, Event, FulfilmentStatus, LatePaymentPolicy, Order, Stage, Surroundings};
use crate::id::RefundNo;
use crate::money::Money;
use crate::payment::{AttemptState, Refund, RefundReason};

pub(super) fn conclude(draft: &mut Decision, around: &Surroundings) {
    confirm(draft);
    void(draft);
    finish_closing(draft);
    cancel_what_was_refunded_elsewhere(draft);
    forget_what_went_back_another_way(draft);
    place_excess(draft, around);
}

/// The money covers the order: it stands, whatever its deadline. Somebody who had asked to cancel it gets just that.
fn confirm(draft: &mut Decision) {
    let cause = match &draft.order.stage {
        Stage::Pending => None,
        Stage::Closing { cause, since: _ } => Some(cause.clone()),
        Stage::Confirmed { .. } | Stage::Cancelled { .. } => return,
    };
    let money = draft.order.money();
    if money.captured == 0 || money.captured < money.cost {
        return;
    }
    draft.push(Event::Confirmed);
    match cause {
        Some(cause @ CancelReason::Requested { .. }) => cancel_live_parts(draft, &cause),
        Some(CancelReason::PaymentTimeout | CancelReason::RefundedElsewhere) | None => {}
    }
}

/// While closing, and once the order is paid, an attempt that can still be paid is to be closed at the provider, as soon as
/// it is known to exist there.
fn void(draft: &mut Decision) {
    match draft.order.stage {
        Stage::Closing { .. } | Stage::Confirmed { .. } => {}
        Stage::Pending | Stage::Cancelled { .. } => return,
    }
    let voidable = |state| match state {
        AttemptState::Open | AttemptState::Settling => true,
        AttemptState::Opening | AttemptState::Closed | AttemptState::Captured => false,
    };
    let attempt = draft.order.live_attempt().filter(|it| voidable(it.state()) && !it.is_void_requested());
    if let Some(attempt) = attempt.map(crate::payment::Attempt::no) {
        draft.push(Event::VoidRequested { attempt });
    }
}

/// No money can arrive in the ordinary way any more: now it is safe to cancel.
fn finish_closing(draft: &mut Decision) {
    if let Stage::Closing { cause, since: _ } = &draft.order.stage
        && draft.order.live_attempt().is_none()
    {
        let cause = cause.clone();
        draft.push(Event::Cancelled { cause });
    }
}

/// Somebody gave everything back at the provider: nothing may be shipped for it.
fn cancel_what_was_refunded_elsewhere(draft: &mut Decision) {
    if matches!(draft.order.stage, Stage::Confirmed { .. }) && draft.order.is_refunded_elsewhere() {
        cancel_live_parts(draft, &CancelReason::RefundedElsewhere);
    }
}

fn cancel_live_parts(draft: &mut Decision, reason: &CancelReason) {
    let cancellable = |status| match status {
        FulfilmentStatus::Waiting | FulfilmentStatus::Preparing => true,
        FulfilmentStatus::Shipped | FulfilmentStatus::Delivered | FulfilmentStatus::Cancelled => false,
    };
    let sellers: Vec<_> = draft
        .order
        .consignments()
        .filter(|(_, fulfilment)| cancellable(fulfilment.status()))
        .map(|(consignment, _)| consignment.seller)
        .collect();
    for seller in sellers {
        draft.push(Event::ConsignmentCancelled { seller, reason: reason.clone() });
    }
}

/// Money that somebody gave back past us waits neither to be given back again nor for a person.
fn forget_what_went_back_another_way(draft: &mut Decision) {
    let does_not_fit = |order: &Order, refund: &Refund| order.refundable(refund.attempt) < 0;
    while let Some(refund) = latest_stuck(&draft.order, does_not_fit) {
        draft.push(Event::RefundDropped { refund });
    }
    let missing = -draft.order.money().excess();
    if let Some(hold) = draft.order.hold.filter(|_| missing > 0) {
        let left = hold.amount.minor().saturating_sub(missing);
        let amount = Money::new(left, draft.order.currency());
        draft.push(if left > 0 { Event::MoneyHeld { amount, until: hold.until } } else { Event::HoldEnded });
    }
    let is_needless = |order: &Order, _: &Refund| order.money().excess() < 0;
    while let Some(refund) = latest_stuck(&draft.order, is_needless) {
        draft.push(Event::RefundDropped { refund });
    }
}

fn latest_stuck(order: &Order, which: impl Fn(&Order, &Refund) -> bool) -> Option<RefundNo> {
    order.refunds.iter().rev().find(|refund| refund.is_stuck() && which(order, refund)).map(|refund| refund.no)
}

/// Money that is neither owed as goods, nor on its way back, nor waiting visibly, goes back, or waits visibly.
fn place_excess(draft: &mut Decision, around: &Surroundings) {
    let excess = draft.order.money().excess();
    if excess <= 0 {
        return;
    }
    let late = match &draft.order.stage {
        Stage::Cancelled { cause: CancelReason::PaymentTimeout, at } => Some(*at),
        Stage::Cancelled { .. } | Stage::Pending | Stage::Closing { .. } | Stage::Confirmed { .. } => None,
    };
    let covers = excess >= draft.order.money().cost;
    match (late, draft.order.contents.terms.late_payment) {
        (Some(cancelled_at), LatePaymentPolicy::Reinstate { within })
            if around.restock && covers && around.now <= cancelled_at + within =>
        {
            draft.push(Event::Reinstated);
            // What came beyond the order's cost goes back.
            place_excess(draft, around);
        }
        (Some(_), LatePaymentPolicy::Hold { within }) if !within.is_zero() && !draft.hold_has_ended() => {
            let held = draft.order.hold;
            let amount = Money::new(excess + held.map_or(0, |hold| hold.amount.minor()), draft.order.currency());
            let until = held.map_or(around.now + within, |hold| hold.until);
            draft.push(Event::MoneyHeld { amount, until });
        }
        (Some(_) | None, _) => give_back(draft, excess),
    }
}

impl Decision {
    fn hold_has_ended(&self) -> bool {
        self.events.contains(&Event::HoldEnded)
    }
}

/// Takes the excess from the latest attempts first: the earliest payment is the one that confirmed the order.
fn give_back(draft: &mut Decision, mut excess: i64) {
    let attempts: Vec<_> = draft.order.attempts.iter().rev().map(crate::payment::Attempt::no).collect();
    for attempt in attempts {
        let amount = draft.order.refundable(attempt).min(excess);
        if amount > 0 {
            let event = Event::RefundRequested {
                refund: draft.order.next_refund(),
                attempt,
                amount: Money::new(amount, draft.order.currency()),
                reason: draft.order.refund_reason(draft),
            };
            draft.push(event);
            excess -= amount;
        }
    }
}

impl Order {
    /// Why the excess of this decision goes back, for people to read.
    fn refund_reason(&self, draft: &Decision) -> RefundReason {
        let cancelled: Vec<_> = draft
            .events
            .iter()
            .filter_map(|event| match event {
                Event::ConsignmentCancelled { seller, reason: _ } => Some(*seller),
                _ => None,
            })
            .collect();
        let all_cancelled = self.fulfilments.iter().all(super::Fulfilment::is_cancelled);
        let is_cancelled_now = draft.events.iter().any(|event| matches!(event, Event::Cancelled { .. }));
        match (&self.stage, cancelled.as_slice()) {
            (Stage::Cancelled { .. }, _) if is_cancelled_now => RefundReason::OrderCancelled,
            (Stage::Cancelled { .. }, _) => RefundReason::LatePayment,
            (_, [seller]) if !all_cancelled => RefundReason::ConsignmentCancelled(*seller),
            (_, [_, ..]) => RefundReason::OrderCancelled,
            (Stage::Confirmed { .. }, []) if all_cancelled => RefundReason::LatePayment,
            (Stage::Pending | Stage::Closing { .. } | Stage::Confirmed { .. }, []) => RefundReason::Overpaid,
        }
    }
}
