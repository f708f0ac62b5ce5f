//! Which orders have a payment in some state: what people look for when money is in question, over all orders.

use crate::order::Order;
use crate::payment::{AttemptState, RefundState};

/// Which payments; with [`OrderQueries::with_payments`](super::OrderQueries::with_payments).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PaymentList {
    /// Attempts to pay in this state.
    Attempts(AttemptState),
    /// Refunds in this state, those that were made past us among them.
    Refunds(RefundState),
}

impl PaymentList {
    /// Every list.
    pub fn all() -> impl Iterator<Item = Self> {
        AttemptState::ALL.into_iter().map(Self::Attempts).chain(RefundState::ALL.into_iter().map(Self::Refunds))
    }

    /// The state that they are in, as it is stored.
    #[must_use]
    pub const fn state(self) -> &'static str {
        match self {
            Self::Attempts(state) => state.as_str(),
            Self::Refunds(state) => state.as_str(),
        }
    }

    /// Whether an order has one of them.
    #[must_use]
    pub fn includes(self, order: &Order) -> bool {
        match self {
            Self::Attempts(state) => order.attempts().iter().any(|attempt| attempt.state() == state),
            Self::Refunds(state) => {
                order.refunds().iter().any(|refund| refund.state == state)
                    || order.foreign_refunds().values().any(|refund| refund.state == state)
            }
        }
    }
}
