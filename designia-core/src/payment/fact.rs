//! What the world tells an order about its money. A fact is never refused: see `order::record`.

use serde::{Deserialize, Serialize};

use super::{CloseReason, Decline, ProviderRefs, RefundState};
use crate::id::{AttemptNo, RefundNo};
use crate::money::Money;
use crate::time::Timestamp;

/// A fact about an order's money, from a webhook, from an answer of the provider, or from a look-up.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// Something is known about a payment attempt.
    Payment {
        /// Which attempt.
        attempt: AttemptNo,
        /// The provider's names for it, as far as the message carried them.
        refs: ProviderRefs,
        /// What is known.
        news: PaymentNews,
    },
    /// Something is known about a refund.
    Refund {
        /// Which refund.
        refund: RefundSubject,
        /// What is known.
        news: RefundNews,
    },
}

/// What is known about a payment attempt.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentNews {
    /// It exists at the provider and can be paid.
    Open,
    /// A card was refused; the attempt stays open.
    Declined(Decline),
    /// The buyer has promised to pay by a delayed method.
    Settling {
        /// When it will have settled or failed, if the provider said; otherwise the policy's window applies.
        by: Option<Timestamp>,
    },
    /// Money has been captured: the whole sum captured through this attempt so far, not an increment.
    Captured {
        /// The sum.
        total: Money,
    },
    /// It can no longer be paid. Whoever reports this has reported what was captured before, or reports it along with this:
    /// nobody asks about a closed attempt.
    Closed(CloseReason),
}

/// Which refund a fact is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundSubject {
    /// One that the order asked for.
    Ours(RefundNo),
    /// One made at the provider by somebody else.
    Foreign {
        /// The attempt whose money went back.
        attempt: AttemptNo,
    },
}

/// What is known about a refund.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RefundNews {
    /// The provider's name for it; absent only when the provider refused to make one.
    pub provider_id: Option<String>,
    /// How much it is.
    pub amount: Money,
    /// How far it has come.
    pub state: RefundState,
}
