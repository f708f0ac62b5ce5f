//! Money going back to the buyer: refunds that the order asked for, and those somebody made at the provider.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::{AttemptNo, RefundNo, SellerId};
use crate::money::Money;
use crate::time::{DAY, Timestamp};

/// How far a refund has come. Later variants win over earlier ones however the reports are ordered; a refund that
/// succeeded can still fail days later, when the buyer's bank sends the money back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundState {
    /// Decided; the provider has not confirmed that it knows.
    Requested,
    /// The provider knows and is working on it.
    Pending,
    /// The money is on its way to the buyer.
    Succeeded,
    /// The money is back with the platform: a person or the next retry has to act.
    Failed,
}

impl RefundState {
    /// Every state, in the order in which a refund comes to them.
    pub const ALL: [Self; 4] = [Self::Requested, Self::Pending, Self::Succeeded, Self::Failed];

    /// The state as stores and interfaces spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }
}

/// Why money goes back.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundReason {
    /// The buyer's money arrived after the order was cancelled.
    LatePayment,
    /// More was paid than was owed: two attempts both paid, or an overpaid transfer.
    Overpaid,
    /// The order, or everything of it that was still open, was cancelled after something had been paid.
    OrderCancelled,
    /// One seller's part was cancelled after it was paid.
    ConsignmentCancelled(SellerId),
    /// An earlier refund failed and is tried anew.
    Retry(RefundNo),
}

/// A refund that the order asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Refund {
    /// Its number within the order.
    pub no: RefundNo,
    /// The attempt whose money goes back.
    pub attempt: AttemptNo,
    /// How much.
    pub amount: Money,
    /// Why.
    pub reason: RefundReason,
    /// When it was decided.
    pub requested_at: Timestamp,
    /// How far it has come.
    pub state: RefundState,
    /// The provider's name for it (`re_…` at Stripe), once known.
    pub provider_id: Option<String>,
    /// Whether a later refund has taken its place after it failed.
    pub superseded: bool,
    /// When the provider was last asked about it, because no news came.
    pub asked_at: Option<Timestamp>,
    /// When it was found to have succeeded.
    pub succeeded_at: Option<Timestamp>,
    /// When it was found to have failed.
    pub failed_at: Option<Timestamp>,
}

/// How long a failed refund waits for a person before it is tried anew by itself.
const RETRY_AFTER: Duration = Duration::from_secs(3 * DAY.as_secs());

/// How long after a refund succeeded the buyer's bank may still send its money back.
const SETTLED_AFTER: Duration = Duration::from_secs(30 * DAY.as_secs());

impl Refund {
    /// Whether its money counts as gone or going back.
    #[must_use]
    pub const fn counts(&self) -> bool {
        match self.state {
            RefundState::Requested | RefundState::Pending | RefundState::Succeeded => true,
            RefundState::Failed => false,
        }
    }

    /// Whether it failed and nothing has taken its place: money that sits with the platform and belongs to the buyer.
    #[must_use]
    pub const fn is_stuck(&self) -> bool {
        matches!(self.state, RefundState::Failed) && !self.superseded
    }

    /// When it is tried anew by itself, while it is stuck.
    #[must_use]
    pub fn retry_at(&self) -> Option<Timestamp> {
        self.is_stuck().then(|| self.failed_at.unwrap_or(self.requested_at) + RETRY_AFTER)
    }

    /// When to ask the provider about it: daily while it is pending, and once more long after it succeeded, in case the
    /// news that the buyer's bank sent the money back was lost.
    #[must_use]
    pub fn next_ask_at(&self) -> Option<Timestamp> {
        match self.state {
            RefundState::Pending => Some(self.asked_at.unwrap_or(self.requested_at) + DAY),
            RefundState::Succeeded => {
                let due = self.succeeded_at.unwrap_or(self.requested_at) + SETTLED_AFTER;
                self.asked_at.is_none_or(|asked| asked < due).then_some(due)
            }
            RefundState::Requested | RefundState::Failed => None,
        }
    }
}

/// A refund that somebody made at the provider, past us: in its dashboard or by its API.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ForeignRefund {
    /// The attempt whose money went back.
    pub attempt: AttemptNo,
    /// How much.
    pub amount: Money,
    /// How far it has come.
    pub state: RefundState,
}

impl ForeignRefund {
    /// Whether its money counts as gone or going back.
    #[must_use]
    pub const fn counts(&self) -> bool {
        !matches!(self.state, RefundState::Failed)
    }
}
