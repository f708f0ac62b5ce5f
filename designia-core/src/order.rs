//! The order: what was sold, how far each seller's part has come, and every minor unit that was paid for it.
//!
//! Payments and refunds live inside the order, so one version guards them all. [`Order::decide`] holds the rules for
//! requests, which may be refused; [`Order::record`] takes facts, which may not; [`Order::evolve`] replays what was
//! decided and knows no rules. None of them reads a clock or touches the world: what the world is to do follows from the
//! events, see [`Changes`].

mod allowed;
mod changes;
mod command;
mod conclude;
mod contents;
mod decide;
mod draft;
mod event;
mod evolve;
mod fulfilment;
mod money_view;
mod record;
mod refusal;
mod status;
mod stored;
mod tick;
pub mod timeout;
pub mod transition;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use allowed::AllowedAction;
pub use changes::{Changes, StockMovement, StockReason};
pub use command::{Actor, CancelReason, Command};
pub use contents::{Consignment, Contents, Line, Placement, ShippingAddress};
pub use draft::Decision;
pub use event::{Cause, Event, Quarantine, Recorded};
pub use fulfilment::{Fulfilment, FulfilmentStatus, Tracking};
pub use money_view::{Attention, MoneyView};
pub use record::Surroundings;
pub use refusal::Refusal;
pub use status::{OrderStatus, PaymentStatus};
pub use tick::Upcoming;
pub use timeout::{LatePaymentPolicy, Terms, TimeoutPolicy};

use crate::id::{AttemptNo, BuyerId, OrderId, RefundNo, SellerId};
use crate::money::{Currency, Money};
use crate::payment::{Attempt, ForeignRefund, Refund};
use crate::time::Timestamp;

/// One order of one buyer.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Order {
    contents: Arc<Contents>,
    version: u32,
    stage: Stage,
    fulfilments: Vec<Fulfilment>,
    attempts: Vec<Attempt>,
    refunds: Vec<Refund>,
    foreign_refunds: BTreeMap<String, ForeignRefund>,
    #[serde(with = "stored::pairs")]
    quarantined: BTreeMap<Quarantine, Timestamp>,
    hold: Option<Hold>,
    reminders_sent: u8,
    stock_round: u16,
    updated_at: Timestamp,
}

/// Where the order as a whole stands; what people call its status is derived from this and the sellers' parts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stage {
    /// Waiting for money.
    Pending,
    /// No new payment can start; the provider is being asked whether the last one was paid.
    Closing { cause: CancelReason, since: Timestamp },
    /// Paid. From here each seller's part goes its own way.
    Confirmed { at: Timestamp },
    /// Cancelled without ever having been confirmed.
    Cancelled { cause: CancelReason, at: Timestamp },
}

/// Late money that waits for a person to decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Hold {
    /// How much.
    pub amount: Money,
    /// When it goes back by itself.
    pub until: Timestamp,
}

impl Order {
    /// The order's id.
    #[must_use]
    pub fn id(&self) -> OrderId {
        self.contents.id
    }

    /// Who ordered.
    #[must_use]
    pub fn buyer(&self) -> BuyerId {
        self.contents.buyer
    }

    /// What was ordered, on which terms. It never changes.
    #[must_use]
    pub fn contents(&self) -> &Contents {
        &self.contents
    }

    /// The presentment currency: what the buyer sees and pays.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.contents.currency
    }

    /// How many events have made the order what it is. A commit against an older version is refused.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// When the latest event happened.
    #[must_use]
    pub const fn updated_at(&self) -> Timestamp {
        self.updated_at
    }

    /// Each seller's part, with how far it has come.
    pub fn consignments(&self) -> impl Iterator<Item = (&Consignment, &Fulfilment)> {
        self.contents.consignments.iter().zip(&self.fulfilments)
    }

    /// One seller's part.
    #[must_use]
    pub fn consignment(&self, seller: SellerId) -> Option<(&Consignment, &Fulfilment)> {
        self.consignments().find(|(consignment, _)| consignment.seller == seller)
    }

    /// The payment attempts, oldest first.
    #[must_use]
    pub fn attempts(&self) -> &[Attempt] {
        &self.attempts
    }

    /// One payment attempt.
    #[must_use]
    pub fn attempt(&self, no: AttemptNo) -> Option<&Attempt> {
        usize::from(no.get()).checked_sub(1).and_then(|index| self.attempts.get(index))
    }

    /// The attempt through which money may still arrive in the ordinary way, if there is one.
    #[must_use]
    pub fn live_attempt(&self) -> Option<&Attempt> {
        self.attempts.iter().rev().find(|attempt| attempt.state().is_live())
    }

    /// The refunds that the order asked for, oldest first.
    #[must_use]
    pub fn refunds(&self) -> &[Refund] {
        &self.refunds
    }

    /// One refund that the order asked for.
    #[must_use]
    pub fn refund(&self, no: RefundNo) -> Option<&Refund> {
        usize::from(no.get()).checked_sub(1).and_then(|index| self.refunds.get(index))
    }

    /// Refunds made at the provider past us, by the provider's name for each.
    #[must_use]
    pub const fn foreign_refunds(&self) -> &BTreeMap<String, ForeignRefund> {
        &self.foreign_refunds
    }

    /// Reports about money that could not be believed and wait for a person, and since when.
    #[must_use]
    pub const fn quarantined(&self) -> &BTreeMap<Quarantine, Timestamp> {
        &self.quarantined
    }

    /// Late money that waits for a person.
    #[must_use]
    pub const fn hold(&self) -> Option<Hold> {
        self.hold
    }

    /// When it was confirmed as paid, if it was.
    #[must_use]
    pub const fn confirmed_at(&self) -> Option<Timestamp> {
        match self.stage {
            Stage::Confirmed { at } => Some(at),
            Stage::Pending | Stage::Closing { .. } | Stage::Cancelled { .. } => None,
        }
    }

    /// Why and when it was cancelled: before it was paid, or, if every part was cancelled later, with the last part.
    #[must_use]
    pub fn cancellation(&self) -> Option<(&CancelReason, Timestamp)> {
        match &self.stage {
            Stage::Cancelled { cause, at } => Some((cause, *at)),
            Stage::Confirmed { .. } if self.fulfilments.iter().all(Fulfilment::is_cancelled) => {
                self.fulfilments.iter().filter_map(Fulfilment::cancellation).max_by_key(|(_, at)| *at)
            }
            Stage::Pending | Stage::Closing { .. } | Stage::Confirmed { .. } => None,
        }
    }
}
