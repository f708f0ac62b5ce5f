//! What happened to an order. Events are history: they are never changed, and [`Order::evolve`](super::Order::evolve) makes
//! the order from them.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Actor, CancelReason, Contents, Tracking};
use crate::effect::EffectId;
use crate::id::{AttemptNo, RefundNo, SellerId};
use crate::money::Money;
use crate::payment::{CloseReason, Decline, PaymentMethod, ProviderRefs, RefundReason, RefundState};
use crate::time::Timestamp;

/// What happened to an order.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// The buyer ordered, and the stock was reserved.
    Placed {
        /// What was ordered.
        contents: Arc<Contents>,
    },
    /// The buyer was reminded to pay.
    Reminded {
        /// How many of the policy's reminders are thereby done.
        number: u8,
    },
    /// A payment attempt was begun.
    PaymentStarted {
        /// Which.
        attempt: AttemptNo,
        /// How the buyer means to pay.
        method: PaymentMethod,
        /// How much.
        amount: Money,
        /// When its page closes.
        expires_at: Timestamp,
    },
    /// The attempt exists at the provider, or more of the provider's names for it became known.
    AttemptOpened {
        /// Which.
        attempt: AttemptNo,
        /// The names.
        refs: ProviderRefs,
    },
    /// A card was refused; the attempt stays open.
    PaymentDeclined {
        /// Which attempt.
        attempt: AttemptNo,
        /// What was refused.
        decline: Decline,
    },
    /// The buyer promised to pay by a delayed method.
    PaymentPromised {
        /// Which attempt.
        attempt: AttemptNo,
        /// When it will have settled or failed.
        by: Timestamp,
    },
    /// Money came in.
    PaymentCaptured {
        /// Through which attempt.
        attempt: AttemptNo,
        /// How much came in now.
        received: Money,
        /// How much has come in through this attempt in all.
        total: Money,
    },
    /// The attempt can no longer be paid.
    AttemptClosed {
        /// Which.
        attempt: AttemptNo,
        /// Why.
        reason: CloseReason,
    },
    /// The provider is to be asked what became of an attempt.
    PaymentAsked {
        /// Which.
        attempt: AttemptNo,
    },
    /// The order takes no new payment; what becomes of it depends on what the provider says about the attempt under way.
    ClosingBegan {
        /// Why.
        cause: CancelReason,
    },
    /// The provider is to close an attempt.
    VoidRequested {
        /// Which.
        attempt: AttemptNo,
    },
    /// The money covers the order.
    Confirmed,
    /// The order was cancelled before it was confirmed; the stock is free again.
    Cancelled {
        /// Why.
        cause: CancelReason,
    },
    /// Late money came and the stock was reserved again: the order stands.
    Reinstated,
    /// A seller began to pack.
    ConsignmentPrepared {
        /// Whose part.
        seller: SellerId,
        /// Who said so.
        by: Actor,
    },
    /// A seller handed a part over, or corrected its tracking.
    ConsignmentShipped {
        /// Whose part.
        seller: SellerId,
        /// Who said so.
        by: Actor,
        /// Who carries it.
        tracking: Tracking,
    },
    /// A part arrived.
    ConsignmentDelivered {
        /// Whose part.
        seller: SellerId,
        /// Who said so.
        by: Actor,
    },
    /// One seller's part was cancelled; its stock is free again.
    ConsignmentCancelled {
        /// Whose part.
        seller: SellerId,
        /// Why.
        reason: CancelReason,
    },
    /// Money is to go back.
    RefundRequested {
        /// Which refund.
        refund: RefundNo,
        /// The attempt whose money goes back.
        attempt: AttemptNo,
        /// How much.
        amount: Money,
        /// Why.
        reason: RefundReason,
    },
    /// There is news of a refund.
    RefundMoved {
        /// Which.
        refund: RefundNo,
        /// How far it had come.
        from: RefundState,
        /// How far it has come.
        to: RefundState,
        /// The provider's name for it.
        provider_id: Option<String>,
    },
    /// The provider is to be asked what became of a refund.
    RefundAsked {
        /// Which.
        refund: RefundNo,
    },
    /// A failed refund needs no other: its money went back another way.
    RefundDropped {
        /// Which.
        refund: RefundNo,
    },
    /// There is news of a refund that was made at the provider, past us.
    ForeignRefundMoved {
        /// The provider's name for it.
        provider_id: String,
        /// The attempt whose money went back.
        attempt: AttemptNo,
        /// How much.
        amount: Money,
        /// How far it had come, if it was known.
        from: Option<RefundState>,
        /// How far it has come.
        to: RefundState,
    },
    /// Late money waits for a person.
    MoneyHeld {
        /// How much waits in all.
        amount: Money,
        /// When it goes back by itself.
        until: Timestamp,
    },
    /// Held money waits no longer: it goes back.
    HoldEnded,
    /// A report about money can't be believed; it waits for a person.
    Quarantined {
        /// What was reported.
        report: Quarantine,
    },
}

/// A report about money that contradicts what is known. Nothing is done on its word alone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quarantine {
    /// Money for an attempt that this order never began.
    UnknownAttempt {
        /// Which.
        attempt: AttemptNo,
        /// In minor units.
        minor: i64,
        /// Of which currency.
        currency: String,
    },
    /// Money in another currency than the attempt's.
    OtherCurrency {
        /// Through which attempt.
        attempt: AttemptNo,
        /// In minor units.
        minor: i64,
        /// Of which currency.
        currency: String,
    },
    /// Money under another name than the attempt's.
    OtherPayment {
        /// For which attempt.
        attempt: AttemptNo,
        /// The names it came under.
        refs: ProviderRefs,
    },
    /// A refund made past us, of an attempt that this order never began, in another currency than the attempt's, or in
    /// another amount than it had at first.
    UnplacedRefund {
        /// Of which attempt.
        attempt: AttemptNo,
        /// The provider's name for it.
        provider_id: String,
        /// In minor units.
        minor: i64,
        /// Of which currency.
        currency: String,
    },
    /// A refund that doesn't match the one we asked for, or that we never asked for.
    OtherRefund {
        /// Which.
        refund: RefundNo,
        /// The provider's name for it.
        provider_id: Option<String>,
    },
}

impl fmt::Display for Quarantine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownAttempt { attempt, minor, currency } => {
                write!(f, "{minor} minor units of {currency} came for attempt {attempt}, which was never begun")
            }
            Self::OtherCurrency { attempt, minor, currency } => {
                write!(f, "{minor} minor units of {currency} came for attempt {attempt}, which is in another currency")
            }
            Self::OtherPayment { attempt, refs: _ } => {
                write!(f, "money came for attempt {attempt} under another payment's name")
            }
            Self::UnplacedRefund { attempt, provider_id, minor, currency } => {
                write!(
                    f,
                    "refund {provider_id} of {minor} minor units of {currency} doesn't fit what is known of attempt {attempt}"
                )
            }
            Self::OtherRefund { refund, provider_id: _ } => {
                write!(f, "the provider's word on refund {refund} doesn't match what was asked")
            }
        }
    }
}

/// Why something happened: the request, webhook, effect or timer behind an event.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Somebody asked.
    Request(Actor),
    /// The provider told us.
    Webhook {
        /// The provider's id of the event.
        event: String,
    },
    /// The provider answered.
    Effect(EffectId),
    /// A deadline came.
    Timer,
}

/// An event with its place in the order's history.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Recorded {
    /// Its number, from 1. The order's version is the number of its latest event.
    pub seq: u32,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub cause: Cause,
    /// What.
    pub event: Event,
}
