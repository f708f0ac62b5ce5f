//! What an order does when time passes: remind, expire, ask again, try again, give back.

use std::fmt;

use super::decide::begin_closing;
use super::{CancelReason, Decision, Event, Order, Stage};
use crate::id::{AttemptNo, RefundNo};
use crate::payment::{Attempt, AttemptState, PaymentMethod, Refund, RefundReason};
use crate::time::Timestamp;

/// Something that an order will do by itself when its time comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Upcoming {
    /// The buyer is reminded to pay.
    Reminder,
    /// The time to pay is over: no new payment can start, and the provider is asked.
    Expiry,
    /// The provider is asked what became of a payment, or to close its page.
    AskPayment(AttemptNo),
    /// The provider is asked what became of a refund.
    AskRefund(RefundNo),
    /// A refund that failed is tried anew.
    RetryRefund(RefundNo),
    /// Money that waits for a person goes back.
    ReturnHeld,
}

impl fmt::Display for Upcoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reminder => f.write_str("the buyer is reminded to pay"),
            Self::Expiry => {
                f.write_str("the time to pay is over: the payment page is closed, then the order is cancelled")
            }
            Self::AskPayment(attempt) => write!(f, "the provider is asked what became of payment {attempt}"),
            Self::AskRefund(refund) => write!(f, "the provider is asked what became of refund {refund}"),
            Self::RetryRefund(refund) => write!(f, "refund {refund}, which failed, is tried anew"),
            Self::ReturnHeld => f.write_str("the held money goes back, unless a person has decided before"),
        }
    }
}

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
        let promised = self.live_attempt().and_then(Attempt::settles_by);
        Some(promised.map_or(enforced, |by| enforced.max(by)))
    }

    /// When the order next wants [`Command::Tick`](super::Command::Tick); the earliest of everything that it waits for.
    /// This is the deadline that stores index.
    #[must_use]
    pub fn next_tick_at(&self) -> Option<Timestamp> {
        self.upcoming().map(|(at, _)| at).min()
    }

    /// Everything that this order will do by itself unless something happens before, in no particular order.
    pub fn upcoming(&self) -> impl Iterator<Item = (Timestamp, Upcoming)> {
        let asks = self.live_attempt().and_then(|it| Some((it.next_ask_at()?, Upcoming::AskPayment(it.no()))));
        let refunds = self.refunds.iter().filter_map(|it| match it.next_ask_at() {
            Some(at) => Some((at, Upcoming::AskRefund(it.no))),
            None => Some((it.retry_at()?, Upcoming::RetryRefund(it.no))),
        });
        refunds
            .chain(self.next_reminder_at().map(|at| (at, Upcoming::Reminder)))
            .chain(self.expires_at().map(|at| (at, Upcoming::Expiry)))
            .chain(asks)
            .chain(self.hold.map(|hold| (hold.until, Upcoming::ReturnHeld)))
    }

    fn next_reminder_at(&self) -> Option<Timestamp> {
        let next = self.reminders().nth(usize::from(self.reminders_sent))?;
        (self.stage == Stage::Pending).then_some(next)
    }

    /// Only so many as can be counted are ever sent.
    fn reminders(&self) -> impl Iterator<Item = Timestamp> {
        let reminders = self.contents.terms.timeout.reminders.iter().take(usize::from(u8::MAX));
        reminders.map(|after| self.contents.placed_at + *after)
    }

    fn latest_method(&self) -> Option<&PaymentMethod> {
        self.attempts.last().map(Attempt::method)
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
    let due = draft.order.reminders().take_while(|due| *due <= now).count();
    draft.push(Event::Reminded { number: u8::try_from(due).unwrap_or(u8::MAX) });
}

fn ask_payment(draft: &mut Decision, now: Timestamp) {
    let Some(attempt) = draft.order.live_attempt() else { return };
    if attempt.next_ask_at().is_none_or(|due| due > now) {
        return;
    }
    let no = attempt.no();
    match (&draft.order.stage, attempt.state()) {
        // A page that should be closed by now is closed again, which also says how it stands.
        (Stage::Closing { .. } | Stage::Confirmed { .. } | Stage::Cancelled { .. }, AttemptState::Open) => {
            draft.push(Event::VoidRequested { attempt: no });
        }
        (Stage::Pending, AttemptState::Open) | (_, AttemptState::Settling) => {
            draft.push(Event::PaymentAsked { attempt: no });
        }
        (_, AttemptState::Opening | AttemptState::Closed | AttemptState::Captured) => {}
    }
}

fn ask_refunds(draft: &mut Decision, now: Timestamp) {
    let due = |it: &&Refund| it.next_ask_at().is_some_and(|due| due <= now);
    let refunds: Vec<_> = draft.order.refunds.iter().filter(due).map(|refund| refund.no).collect();
    for refund in refunds {
        draft.push(Event::RefundAsked { refund });
    }
}

fn retry_refunds(draft: &mut Decision, now: Timestamp) {
    let due = |it: &&Refund| it.retry_at().is_some_and(|due| due <= now);
    let stuck: Vec<_> = draft.order.refunds.iter().filter(due).cloned().collect();
    for earlier in stuck {
        let refund = draft.order.next_refund();
        let reason = RefundReason::Retry(earlier.no);
        draft.push(Event::RefundRequested { refund, attempt: earlier.attempt, amount: earlier.amount, reason });
    }
}
