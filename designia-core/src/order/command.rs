//! What people and timers ask of an order. A command may be refused; see [`Refusal`](super::Refusal).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Tracking;
use crate::id::{BuyerId, RefundNo, SellerId};
use crate::payment::PaymentMethod;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// The buyer, who must be the order's.
    Buyer(BuyerId),
    /// A seller, who may act on the own part only.
    Seller(SellerId),
    /// The marketplace's own people.
    Operator,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Buyer(_) => f.write_str("the buyer"),
            Self::Seller(_) => f.write_str("the seller"),
            Self::Operator => f.write_str("the marketplace"),
        }
    }
}

/// Why an order, or one seller's part, was cancelled.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelReason {
    /// It was not paid in time.
    PaymentTimeout,
    /// Somebody asked for it.
    Requested {
        /// Who.
        by: Actor,
        /// In their words, or a code such as `changed_mind`.
        reason: String,
    },
    /// All its money went back by a refund made at the provider, past us.
    RefundedElsewhere,
}

impl fmt::Display for CancelReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PaymentTimeout => f.write_str("not paid in time"),
            Self::Requested { by, reason } if reason.is_empty() => write!(f, "cancelled by {by}"),
            Self::Requested { by, reason } => write!(f, "cancelled by {by}: {reason}"),
            Self::RefundedElsewhere => f.write_str("refunded in full at the payment provider"),
        }
    }
}

/// What is asked of an order.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Begin a payment attempt.
    StartPayment {
        /// How the buyer means to pay.
        method: PaymentMethod,
    },
    /// Cancel everything that has not shipped; refused if anything has.
    Cancel {
        /// Who asks.
        by: Actor,
        /// Why.
        reason: String,
    },
    /// Cancel one seller's part, if it has not shipped.
    CancelConsignment {
        /// Whose part.
        seller: SellerId,
        /// Who asks.
        by: Actor,
        /// Why.
        reason: String,
    },
    /// A seller begins to pack.
    Prepare {
        /// Whose part.
        seller: SellerId,
        /// Who says so.
        by: Actor,
    },
    /// A seller has handed a part over, or corrects the tracking of one that is on its way.
    Ship {
        /// Whose part.
        seller: SellerId,
        /// Who says so.
        by: Actor,
        /// Who carries it.
        tracking: Tracking,
    },
    /// A part has arrived.
    Deliver {
        /// Whose part.
        seller: SellerId,
        /// Who says so.
        by: Actor,
    },
    /// Try a failed refund anew.
    RetryRefund {
        /// Which.
        refund: RefundNo,
    },
    /// Give held late money back now.
    ReturnHeld,
    /// Let the order stand for held late money; its stock is reserved again, or the commit fails.
    AcceptHeld,
    /// Do what is due by now: remind, expire, ask, retry. Sent by a timer; early, late and repeated ones are harmless.
    Tick,
}
