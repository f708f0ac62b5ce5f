//! The words that people use for an order and its money, derived from what is known.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::fulfilment::{Fulfilment, FulfilmentStatus};
use super::{Order, Stage};
use crate::payment::AttemptState;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $name {
            /// Every one of them, in the order of an order's life.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word used in columns, filters and answers.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    other => Err(UnknownWord { value: other.to_owned(), known: &[$($word,)+] }),
                }
            }
        }
    };
}

pub(super) use words;

/// The text is none of the known words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is not one of {}", known.join(", "))]
pub struct UnknownWord {
    pub(super) value: String,
    pub(super) known: &'static [&'static str],
}

words! {
    /// What people call the state of an order.
    OrderStatus {
        /// Waiting for money.
        PendingPayment = "pending_payment",
        /// The deadline has passed or the buyer gave up: no new payment can start, and the provider is being asked.
        Expiring = "expiring",
        /// Paid; some seller has not begun.
        PaymentConfirmed = "payment_confirmed",
        /// Every live part is being prepared or further.
        AwaitingShipment = "awaiting_shipment",
        /// Every live part is on its way or further.
        Shipped = "shipped",
        /// Every live part has arrived.
        Delivered = "delivered",
        /// The buyer wants to send something back.
        ReturnRequested = "return_requested",
        /// Cancelled; money that was paid is going back or waits visibly.
        Cancelled = "cancelled",
        /// Cancelled after it was paid, and every minor unit has gone back.
        Refunded = "refunded",
    }
}

words! {
    /// What people call the state of an order's money.
    PaymentStatus {
        /// Nothing has been paid.
        Pending = "pending",
        /// Something is promised or partly paid.
        Processing = "processing",
        /// Paid.
        Paid = "paid",
        /// The latest try was declined; another may be made until the deadline.
        Failed = "failed",
        /// All that was paid has gone back.
        Refunded = "refunded",
        /// A refund failed and waits for its next try or a person.
        FailedRefund = "failed_refund",
        /// A part of what was paid has gone back.
        PartialRefund = "partial_refund",
    }
}

impl Order {
    /// What people call the state of the order. A paid order is as far as its least advanced live part.
    #[must_use]
    pub fn status(&self) -> OrderStatus {
        match self.stage {
            Stage::Pending => OrderStatus::PendingPayment,
            Stage::Closing { .. } => OrderStatus::Expiring,
            Stage::Cancelled { .. } => OrderStatus::Cancelled,
            Stage::Confirmed { .. } => match self.fulfilments.iter().map(Fulfilment::status).min() {
                Some(FulfilmentStatus::Waiting) => OrderStatus::PaymentConfirmed,
                Some(FulfilmentStatus::Preparing) => OrderStatus::AwaitingShipment,
                Some(FulfilmentStatus::Shipped) => OrderStatus::Shipped,
                Some(FulfilmentStatus::Delivered) => OrderStatus::Delivered,
                Some(FulfilmentStatus::Cancelled) | None => {
                    if self.money().is_all_back() {
                        OrderStatus::Refunded
                    } else {
                        OrderStatus::Cancelled
                    }
                }
            },
        }
    }

    /// What people call the state of the order's money, folded from the facts about it.
    #[must_use]
    pub fn payment_status(&self) -> PaymentStatus {
        let money = self.money();
        if money.stuck > 0 {
            PaymentStatus::FailedRefund
        } else if money.captured == 0 {
            match self.attempts.last() {
                Some(attempt) if attempt.state() == AttemptState::Settling => PaymentStatus::Processing,
                Some(attempt) if !attempt.declines().is_empty() => PaymentStatus::Failed,
                Some(_) | None => PaymentStatus::Pending,
            }
        } else if money.returned_for_good >= money.captured {
            PaymentStatus::Refunded
        } else if money.returned_for_good > 0 {
            PaymentStatus::PartialRefund
        } else if matches!(self.stage, Stage::Pending | Stage::Closing { .. }) {
            PaymentStatus::Processing
        } else {
            PaymentStatus::Paid
        }
    }
}
