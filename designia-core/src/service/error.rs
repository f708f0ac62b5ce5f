//! How services fail, in kinds that callers act on.

use crate::exchange::ExchangeError;
use crate::id::{OrderId, ProductId};
use crate::money::MoneyError;
use crate::order::Refusal;
use crate::ports::{GatewayError, RateSourceError, StoreError, StoreErrorKind, WebhookError};

/// Why a service did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The rules don't allow it. Nothing has changed.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There is no such order.
    #[error("there is no order {order}")]
    NoSuchOrder {
        /// Which.
        order: OrderId,
    },
    /// There is no such product, or it is not for sale.
    #[error("product {product} is not for sale")]
    NotForSale {
        /// Which.
        product: ProductId,
    },
    /// There is too little stock. Nothing has changed.
    #[error("too little stock of product {product}: {available} left")]
    OutOfStock {
        /// Of what.
        product: ProductId,
        /// How many there are.
        available: u32,
    },
    /// A request key was used before, for another request.
    #[error("this idempotency key was used before, for another request")]
    RequestKeyReused,
    /// A price or amount can't be converted.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    /// No exchange rates are stored.
    #[error("no exchange rates are stored")]
    NoRates,
    /// Every source of exchange rates failed, or its rates were refused.
    #[error("no source gave rates that can be used: {}", reasons.join("; "))]
    NoRateSource {
        /// What each source did wrong.
        reasons: Vec<String>,
    },
    /// A source of exchange rates failed.
    #[error(transparent)]
    RateSource(#[from] RateSourceError),
    /// An amount is more than money can hold.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The webhook request is not accepted.
    #[error(transparent)]
    Webhook(#[from] WebhookError),
    /// The payment provider failed.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    /// Too many others changed the order at the same time. Try again.
    #[error("too many changes to the order at the same time")]
    Contended,
    /// Another worker has taken over what this one had claimed. Nothing has changed.
    #[error("another worker has taken over")]
    StaleClaim,
    /// One of the provider's names already belongs to another order.
    #[error("`{reference}` already belongs to another order")]
    ForeignReference {
        /// Which name.
        reference: String,
    },
    /// A store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Error {
    /// Whether the same call may succeed later without anybody changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Contended | Self::RateSource(_) | Self::NoRateSource { .. } => true,
            Self::Store(error) => error.kind == StoreErrorKind::Unavailable,
            Self::Gateway(error) => error.kind != crate::ports::GatewayErrorKind::Refused,
            Self::Refused(_)
            | Self::NoSuchOrder { .. }
            | Self::NotForSale { .. }
            | Self::OutOfStock { .. }
            | Self::RequestKeyReused
            | Self::Exchange(_)
            | Self::NoRates
            | Self::Money(_)
            | Self::Webhook(_)
            | Self::StaleClaim
            | Self::ForeignReference { .. } => false,
        }
    }
}
