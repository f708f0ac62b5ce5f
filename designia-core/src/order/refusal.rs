//! Why a command is not carried out, in a form that a person and a program can act on.

use super::{Actor, OrderStatus};
use crate::id::{AttemptNo, RefundNo, SellerId};
use crate::money::Money;
use crate::time::Timestamp;

/// Why a command is not carried out. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The order's state doesn't allow it.
    #[error("{action} is not possible while the order is {status}")]
    NotNow {
        /// What was asked.
        action: &'static str,
        /// How the order stands.
        status: OrderStatus,
    },
    /// The one who asks may not.
    #[error("{by} may not {action}")]
    NotAllowed {
        /// Who asked.
        by: Actor,
        /// What was asked.
        action: &'static str,
    },
    /// The seller has no part in this order.
    #[error("seller {seller} has no part in this order")]
    NoSuchConsignment {
        /// Who.
        seller: SellerId,
    },
    /// A part has already been handed over.
    #[error("the part of seller {seller} has been shipped and can no longer be cancelled")]
    AlreadyShipped {
        /// Whose part.
        seller: SellerId,
    },
    /// The part's state doesn't allow it.
    #[error("{action} is not possible while the part of seller {seller} is {status}")]
    ConsignmentNotReady {
        /// What was asked.
        action: &'static str,
        /// Whose part.
        seller: SellerId,
        /// How the part stands.
        status: &'static str,
    },
    /// An attempt is under way; it is the one to pay, and nothing about the sum may change under it.
    #[error("payment attempt {attempt} is under way")]
    PaymentInProgress {
        /// Which.
        attempt: AttemptNo,
    },
    /// Too little time is left to begin a payment.
    #[error("the payment deadline is {deadline}, too soon to begin a payment")]
    TooLate {
        /// The deadline.
        deadline: Timestamp,
    },
    /// Nothing is left to pay.
    #[error("nothing is due")]
    NothingDue,
    /// The buyer has begun too many payments for this order.
    #[error("at most {limit} payment attempts are allowed for one order")]
    TooManyAttempts {
        /// The limit.
        limit: u16,
    },
    /// No such refund.
    #[error("there is no refund {refund}")]
    NoSuchRefund {
        /// Which.
        refund: RefundNo,
    },
    /// The refund has not failed, or another has taken its place.
    #[error("refund {refund} is not waiting to be tried anew")]
    RefundNotStuck {
        /// Which.
        refund: RefundNo,
    },
    /// The held money doesn't cover the order.
    #[error("{held} is held, and the order needs {needed}")]
    HeldTooLittle {
        /// What is held.
        held: Money,
        /// What the order costs.
        needed: Money,
    },
    /// A field of the order to place breaks a rule.
    #[error("{field}: {rule}")]
    InvalidPlacement {
        /// Which field.
        field: String,
        /// Which rule.
        rule: String,
    },
    /// A field of the command breaks a rule.
    #[error("{field}: {rule}")]
    InvalidField {
        /// Which field.
        field: &'static str,
        /// Which rule.
        rule: &'static str,
    },
}

impl Refusal {
    /// A stable word for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotNow { .. } => "order_state_forbids",
            Self::NotAllowed { .. } => "not_allowed",
            Self::NoSuchConsignment { .. } => "no_such_consignment",
            Self::AlreadyShipped { .. } => "already_shipped",
            Self::ConsignmentNotReady { .. } => "consignment_state_forbids",
            Self::PaymentInProgress { .. } => "payment_in_progress",
            Self::TooLate { .. } => "payment_deadline_too_close",
            Self::NothingDue => "nothing_due",
            Self::TooManyAttempts { .. } => "too_many_payment_attempts",
            Self::NoSuchRefund { .. } => "no_such_refund",
            Self::RefundNotStuck { .. } => "refund_not_failed",
            Self::HeldTooLittle { .. } => "held_money_too_little",
            Self::InvalidPlacement { .. } | Self::InvalidField { .. } => "invalid_field",
        }
    }
}
