//! What one exploration covers, and the bugs that can be planted into it.

use designia_core::order::LatePaymentPolicy;

use super::moves::Move;
use super::words::{Heard, Request};

/// What may happen in one exploration.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    pub(crate) late_payment: LatePaymentPolicy,
    /// Whether the clock goes from the beginning straight to the last instant, because no deadline lies between.
    pub(crate) skips_deadlines: bool,
    /// What has happened before it begins.
    pub(crate) before: Vec<Move>,
    /// What people may ask, at any time and any number of times.
    pub(crate) people: Vec<Request>,
    /// How many payment attempts people begin, at most [`ATTEMPTS`](super::bounds::ATTEMPTS).
    pub(crate) attempts: usize,
    /// Whether cards are declined, parts of the sum paid, payments promised, pages refused.
    pub(crate) declines: bool,
    pub(crate) parts: bool,
    pub(crate) promises: bool,
    pub(crate) refusals: bool,
    /// Whether refunds are first pending.
    pub(crate) slow_refunds: bool,
    /// How many refunds fail, at once or after they had succeeded.
    pub(crate) refund_failures: u8,
    /// How many payments land through a page that the provider had closed.
    pub(crate) landings: u8,
    /// How many refunds somebody makes in the provider's dashboard.
    pub(crate) dashboard: u8,
    /// Whether others may buy the stock that is free.
    pub(crate) others_buy: bool,
    /// How many times a second request decides on an order that it loaded earlier.
    pub(crate) writers: u8,
    /// Whether the provider still remembers idempotency keys (Stripe: for 24 hours).
    pub(crate) keys_are_remembered: bool,
    pub(crate) bug: Bug,
}

/// A bug planted into what is modelled around the production rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bug {
    None,
    /// At the deadline, and when somebody cancels, an attempt under way is believed to be unpaid.
    CancelsWithoutAsking,
    /// The store doesn't compare versions.
    NoVersionCheck,
    /// What may have been sent is sent again without looking it up.
    SendsWithoutLookingUp,
    /// Likewise, and under another key.
    SendsUnderANewKey,
    /// A lost reply is taken for a refusal.
    LostReplyIsFailure,
    /// The store applies a movement of stock that it has applied before.
    ReleasesTwice,
    /// A declined card cancels the order.
    DeclineCancels,
    /// A webhook is the only way to learn of a payment: timers ask nothing.
    TrustsWebhooks,
}

impl Default for Scope {
    fn default() -> Self {
        Self {
            late_payment: LatePaymentPolicy::Refund,
            skips_deadlines: false,
            before: Vec::new(),
            people: Vec::new(),
            attempts: super::bounds::ATTEMPTS,
            declines: false,
            parts: false,
            promises: false,
            refusals: false,
            slow_refunds: false,
            refund_failures: 0,
            landings: 0,
            dashboard: 0,
            others_buy: false,
            writers: 0,
            keys_are_remembered: false,
            bug: Bug::None,
        }
    }
}

/// One attempt was opened and paid, and everybody knows.
pub(crate) fn paid() -> Vec<Move> {
    let mut moves = opened();
    moves.extend([Move::BuyerPays(0), Move::Webhook(Heard::Captured(0, super::bounds::TOTAL))]);
    moves
}

/// One attempt was opened, and everybody knows.
pub(crate) fn opened() -> Vec<Move> {
    vec![Move::Ask(Request::Pay), Move::Claim(0), Move::Send(0), Move::Answer(0)]
}

/// One attempt was opened and ran out; a second one was opened and paid, and then the first was paid all the same.
pub(crate) fn paid_twice() -> Vec<Move> {
    let mut moves = opened();
    moves.extend([Move::PageExpires(0), Move::Webhook(Heard::Closed(0, super::words::Why::Unpaid))]);
    moves.extend(opened());
    for (index, pays) in [(1, Move::BuyerPays(1)), (0, Move::Lands(0))] {
        moves.extend([pays, Move::Webhook(Heard::Captured(index, super::bounds::TOTAL))]);
    }
    moves
}
