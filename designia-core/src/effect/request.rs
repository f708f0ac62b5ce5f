//! What is asked of the outside, as data that is stored before the call and sent byte for byte.

use serde::{Deserialize, Serialize};

use crate::id::{AttemptNo, OrderId, RefundNo, SellerId};
use crate::money::Money;
use crate::payment::{PaymentMethod, ProviderRefs};
use crate::time::Timestamp;

/// One outside call.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectRequest {
    /// Open a payment attempt at the provider.
    Open(OpenPayment),
    /// Close an attempt so that it can't be paid any more, or learn that it has been paid.
    Void(PaymentRef),
    /// Ask what became of an attempt.
    Ask(PaymentRef),
    /// Give money back.
    Refund(RefundPayment),
    /// Ask what became of a refund.
    AskRefund(RefundPayment),
    /// Tell a person.
    Notify(Message),
}

impl EffectRequest {
    /// The word used in columns, filters and answers.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Open(_) => "open_payment",
            Self::Void(_) => "void_payment",
            Self::Ask(_) => "ask_payment",
            Self::Refund(_) => "refund",
            Self::AskRefund(_) => "ask_refund",
            Self::Notify(_) => "notify",
        }
    }
}

/// A payment attempt, by everything that may help to find it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PaymentRef {
    /// The order.
    pub order: OrderId,
    /// The attempt.
    pub attempt: AttemptNo,
    /// The provider's names for it, as far as they were known.
    pub refs: ProviderRefs,
    /// When the attempt was started: where to begin to look when no name is known.
    pub started_at: Timestamp,
}

/// What the buyer is asked to pay.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OpenPayment {
    /// Which attempt, and since when.
    pub payment: PaymentRef,
    /// The whole sum.
    pub amount: Money,
    /// How the buyer means to pay.
    pub method: PaymentMethod,
    /// When the page is to close by itself.
    pub expires_at: Timestamp,
    /// The buyer's e-mail address for the provider's page and receipt.
    pub email: Option<String>,
    /// What the page shows. The lines sum to `amount`.
    pub lines: Vec<PageLine>,
}

/// One line on the provider's page.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PageLine {
    /// What it is called.
    pub title: String,
    /// How many.
    pub quantity: u32,
    /// The price of one.
    pub unit_amount: Money,
}

/// Money to give back.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RefundPayment {
    /// The attempt whose money goes back.
    pub payment: PaymentRef,
    /// The refund's number within the order.
    pub refund: RefundNo,
    /// How much.
    pub amount: Money,
    /// When it was decided: where to begin to look for it.
    pub requested_at: Timestamp,
    /// The provider's name for it, if it was known when the request was made.
    pub provider_id: Option<String>,
}

/// Something to tell a person about an order.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Message {
    /// The order.
    pub order: OrderId,
    /// The buyer's e-mail address, for messages to the buyer.
    pub email: Option<String>,
    /// What to tell.
    pub kind: MessageKind,
}

/// What to tell a person.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// To the buyer: the order stands, and is to be paid until then.
    OrderPlaced {
        /// What is to be paid.
        total: Money,
        /// The deadline that people are told.
        pay_by: Timestamp,
    },
    /// To the buyer: still unpaid.
    PaymentReminder {
        /// What is to be paid.
        total: Money,
        /// The deadline that people are told.
        pay_by: Timestamp,
    },
    /// To the buyer: paid.
    PaymentReceived {
        /// What was paid.
        total: Money,
    },
    /// To a seller: there is something to ship.
    SellerOrder {
        /// Who is to ship.
        seller: SellerId,
    },
    /// To the buyer: cancelled, with the reason in words.
    OrderCancelled {
        /// Why.
        reason: String,
    },
    /// To the buyer: money arrived after the cancellation and the order stands again.
    OrderReinstated,
    /// To the buyer: one seller's part was cancelled.
    ConsignmentCancelled {
        /// Whose part.
        seller: SellerId,
        /// Why.
        reason: String,
    },
    /// To the buyer: one seller's part is on its way.
    Shipped {
        /// Whose part.
        seller: SellerId,
        /// Who carries it.
        carrier: String,
        /// Under which number.
        tracking_number: String,
    },
    /// To the buyer: one seller's part has arrived.
    Delivered {
        /// Whose part.
        seller: SellerId,
    },
    /// To a seller who was told to ship: the own part was cancelled.
    SellerCancelled {
        /// Whose part.
        seller: SellerId,
        /// Why.
        reason: String,
    },
    /// To the buyer: money is on its way back.
    Refunded {
        /// How much.
        amount: Money,
    },
    /// To the operator: money needs a person.
    NeedsAttention {
        /// What is wrong, in words.
        what: String,
        /// By when it must be dealt with.
        deadline: Timestamp,
    },
}
