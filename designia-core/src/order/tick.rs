//! What an order does when time passes: remind, expire, ask again, try again, give back.

use super::decide::begin_closing;
use super::{CancelReason, Decision, Event, Order, Stage};
use crate::payment::{AttemptState, PaymentMethod, RefundReason};
use crate::time::Timestamp;

impl Order {
    /// The deadline that people are told, while the order waits for money.
    #[must_use]
    pub fn pay_by(&self) -> Option<Timestamp> {
        let shown = || self.contents.terms.timeout.shown_at(self.contents.placed_at, self.latest_method());
        matches!(self.stage, Stage::Pending).then(shown)
    }

    /// The deadline at which the order expires, while it waits for money. A promised payment moves it to the end of its
    /// settlement.
    #[must_use]
    pub fn expires_at(&self) -> Option<Timestamp> {
        if self.stage != Stage::Pending {
            return None;
        }
        let enforced = self.contents.terms.timeout.enforced_at(self.contents.placed_at, self.latest_method());
        let promised = self.live_attempt().and_then(crate::payment::Attempt::settles_by);
        Some(promised.map_or(enforced, |by| enforced.max(by)))
    }

    /// When the order next wants [`Command::Tick`](super::Command::Tick); the earliest of everything that it waits for.
    /// This is the deadline that stores index.
    #[must_use]
    pub fn next_tick_at(&self) -> Option<Timestamp> {
        let asks = match self.stage {
            Stage::Pending | Stage::Closing { .. } => self.live_attempt().and_then(|attempt| attempt.next_ask_at()),
            Stage::Confirmed { .. } | Stage::Cancelled { .. } => None,
        };
        let refunds = self.refunds.iter().filter_map(|refund| refund.next_ask_at().or(refund.retry_at()));
        refunds
            .chain(self.next_reminder_at())
            .chain(self.expires_at())
            .chain(asks)
            .chain(self.hold.map(|hold| hold.until))
            .min()
    }

    fn next_reminder_at(&self) -> Option<Timestamp> {
        let reminders = &self.contents.terms.timeout.reminders;
        let next = reminders.get(usize::from(self.reminders_sent))?;
        (self.stage == Stage::Pending).then(|| self.contents.placed_at + *next)
    }

    fn latest_method(&self) -> Option<&PaymentMethod> {
        self.attempts.last().map(crate::payment::Attempt::method)
    }
}

pub(super) fn tick(draft: &mut Decision, now: Timestamp) {
    if draft.order.expires_at().is_some_and(|deadline| deadline <= now) {
        begin_closing(draft, CancelReason::PaymentTimeout);
    } else if draft.order.next_reminder_at().is_some_and(|due| due <= now) {
        remind(draft, now);
    }
    ask_payment(draft, now);
    ask_refunds(draft, now);
    retry_refunds(draft, now);
    if draft.order.hold.is_some_and(|hold| hold.until <= now) {
        draft.push(Event::HoldEnded);
    }
}

/// After a long silence one reminder is enough: those that were missed are done with it.
fn remind(draft: &mut Decision, now: Timestamp) {
    let placed_at = draft.order.contents.placed_at;
    let due = draft.order.contents.terms.timeout.reminders.iter().filter(|after| placed_at + **after <= now).count();
    draft.push(Event::Reminded { number: u8::try_from(due).unwrap_or(u8::MAX) });
}

fn ask_payment(draft: &mut Decision, now: Timestamp) {
    match draft.order.stage {
        Stage::Pending | Stage::Closing { .. } => {}
        Stage::Confirmed { .. } | Stage::Cancelled { .. } => return,
    }
    let Some(attempt) = draft.order.live_attempt() else { return };
    if attempt.next_ask_at().is_none_or(|due| due > now) {
        return;
    }
    let no = attempt.no();
    match (&draft.order.stage, attempt.state()) {
        // A page that should be closed by now is closed again, which also says how it stands.
        (Stage::Closing { .. }, AttemptState::Open) => draft.push(Event::VoidRequested { attempt: no }),
        (
            Stage::Pending | Stage::Closing { .. },
            AttemptState::Open | AttemptState::Settling | AttemptState::Opening,
        ) => draft.push(Event::PaymentAsked { attempt: no }),
        (Stage::Confirmed { .. } | Stage::Cancelled { .. }, _) | (_, AttemptState::Closed | AttemptState::Captured) => {
        }
    }
}

fn ask_refunds(draft: &mut Decision, now: Timestamp) {
    let due = |it: &&crate::payment::Refund| it.next_ask_at().is_some_and(|due| due <= now);
    let refunds: Vec<_> = draft.order.refunds.iter().filter(due).map(|refund| refund.no).collect();
    for refund in refunds {
        draft.push(Event::RefundAsked { refund });
    }
}

fn retry_refunds(draft: &mut Decision, now: Timestamp) {
    let due = |it: &&crate::payment::Refund| it.retry_at().is_some_and(|due| due <= now);
    let stuck: Vec<_> = draft.order.refunds.iter().filter(due).cloned().collect();
    for earlier in stuck {
        let refund = draft.order.next_refund();
        let reason = RefundReason::Retry(earlier.no);
        draft.push(Event::RefundRequested { refund, attempt: earlier.attempt, amount: earlier.amount, reason });
    }
}
