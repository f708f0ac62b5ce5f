//! The table of transitions: what every command and every fact can do to an order in every status.
//!
//! The rules themselves are in [`Order::decide`](super::Order::decide) and [`Order::record`](super::Order::record), because
//! what happens depends on more than the status: on the attempts, the parts, the money, the clock and on who asks. This table
//! says what *can* happen, with the reason. A test compares it with the rules over every pair, both ways: nothing else ever
//! happens, and everything that it names does. The documentation's tables and diagram are made from it.

mod table;
mod text;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::status::{UnknownWord, words};
use super::{Command, OrderStatus};
use crate::payment::{Fact, PaymentNews, RefundState, RefundSubject};

pub use text::{diagram, markdown};

words! {
    /// What may change an order: a command, or a fact.
    Trigger {
        /// A payment attempt is to begin.
        StartPayment = "start_payment",
        /// Everything is to be cancelled.
        Cancel = "cancel",
        /// One seller's part is to be cancelled.
        CancelConsignment = "cancel_consignment",
        /// A seller begins to pack.
        Prepare = "prepare",
        /// A seller hands a part over, or corrects its tracking.
        Ship = "ship",
        /// A part has arrived.
        Deliver = "deliver",
        /// A failed refund is to be tried anew.
        RetryRefund = "retry_refund",
        /// Held late money is to go back.
        ReturnHeld = "return_held",
        /// The order is to stand for held late money.
        AcceptHeld = "accept_held",
        /// A timer came.
        Tick = "tick",
        /// An attempt exists at the provider.
        PaymentOpened = "payment_opened",
        /// A card was refused.
        PaymentDeclined = "payment_declined",
        /// A delayed payment was promised.
        PaymentPromised = "payment_promised",
        /// Money came in.
        PaymentCaptured = "payment_captured",
        /// An attempt can no longer be paid.
        PaymentClosed = "payment_closed",
        /// A refund that we asked for is under way or has succeeded.
        RefundMade = "refund_made",
        /// A refund that we asked for has failed.
        RefundFailed = "refund_failed",
        /// A refund was made at the provider, past us.
        ForeignRefundMade = "foreign_refund_made",
        /// A refund made past us has failed.
        ForeignRefundFailed = "foreign_refund_failed",
    }
}

impl Trigger {
    /// Which trigger a command is.
    #[must_use]
    pub const fn of_command(command: &Command) -> Self {
        match command {
            Command::StartPayment { .. } => Self::StartPayment,
            Command::Cancel { .. } => Self::Cancel,
            Command::CancelConsignment { .. } => Self::CancelConsignment,
            Command::Prepare { .. } => Self::Prepare,
            Command::Ship { .. } => Self::Ship,
            Command::Deliver { .. } => Self::Deliver,
            Command::RetryRefund { .. } => Self::RetryRefund,
            Command::ReturnHeld => Self::ReturnHeld,
            Command::AcceptHeld => Self::AcceptHeld,
            Command::Tick => Self::Tick,
        }
    }

    /// Which trigger a fact is.
    #[must_use]
    pub const fn of_fact(fact: &Fact) -> Self {
        match fact {
            Fact::Payment { attempt: _, refs: _, news } => match news {
                PaymentNews::Open => Self::PaymentOpened,
                PaymentNews::Declined(_) => Self::PaymentDeclined,
                PaymentNews::Settling { .. } => Self::PaymentPromised,
                PaymentNews::Captured { .. } => Self::PaymentCaptured,
                PaymentNews::Closed(_) => Self::PaymentClosed,
            },
            Fact::Refund { refund, news } => match (refund, news.state) {
                (RefundSubject::Ours(_), RefundState::Failed) => Self::RefundFailed,
                (RefundSubject::Ours(_), RefundState::Requested | RefundState::Pending | RefundState::Succeeded) => {
                    Self::RefundMade
                }
                (RefundSubject::Foreign { .. }, RefundState::Failed) => Self::ForeignRefundFailed,
                (
                    RefundSubject::Foreign { .. },
                    RefundState::Requested | RefundState::Pending | RefundState::Succeeded,
                ) => Self::ForeignRefundMade,
            },
        }
    }

    /// Whether it is a request, which may be refused, rather than a fact, which may not.
    #[must_use]
    pub const fn is_command(self) -> bool {
        match self {
            Self::StartPayment
            | Self::Cancel
            | Self::CancelConsignment
            | Self::Prepare
            | Self::Ship
            | Self::Deliver
            | Self::RetryRefund
            | Self::ReturnHeld
            | Self::AcceptHeld
            | Self::Tick => true,
            Self::PaymentOpened
            | Self::PaymentDeclined
            | Self::PaymentPromised
            | Self::PaymentCaptured
            | Self::PaymentClosed
            | Self::RefundMade
            | Self::RefundFailed
            | Self::ForeignRefundMade
            | Self::ForeignRefundFailed => false,
        }
    }
}

/// One thing that can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The request is refused, with a reason.
    Refused,
    /// It is known or done already: no event.
    Nothing,
    /// It is recorded, and then the order is in this status, perhaps the same as before.
    Becomes(OrderStatus),
}

/// What can happen to an order in one status by one trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Rule {
    /// Everything that can happen, each once, in the order of [`Outcome`].
    pub outcomes: &'static [Outcome],
    /// Why, in one line.
    pub why: &'static str,
}

impl Rule {
    /// Whether it can never be carried out.
    #[must_use]
    pub const fn is_refused(&self) -> bool {
        matches!(self.outcomes, [Outcome::Refused])
    }
}

/// What a trigger can do to an order in this status.
#[must_use]
pub const fn rule(status: OrderStatus, trigger: Trigger) -> Rule {
    table::rule(status, trigger)
}
