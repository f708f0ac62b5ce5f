//! A rate that was promised.

use serde::{Deserialize, Serialize};

use super::{ExchangeError, Rate, Source};
use crate::money::{Currency, Money, Rounding};
use crate::time::{Date, Timestamp};

/// A rate pinned for a while, with what is needed to explain it years later. Orders store the one they used.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Quote {
    pub(super) rate: Rate,
    pub(super) source: Source,
    pub(super) as_of: Date,
    pub(super) quoted_at: Timestamp,
    pub(super) expires_at: Timestamp,
}

impl Quote {
    /// Converts an amount at the pinned rate, while the quote holds: before [`Quote::expires_at`].
    ///
    /// What an order agreed on stays agreed on: for a later refund, use `quote.rate().convert(…)`, which asks no clock.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::QuoteExpired`], [`ExchangeError::WrongCurrency`] or [`ExchangeError::Overflow`].
    pub fn convert(&self, amount: Money, now: Timestamp, rounding: Rounding) -> Result<Money, ExchangeError> {
        if now >= self.expires_at {
            return Err(ExchangeError::QuoteExpired { expires_at: self.expires_at, now });
        }
        self.rate.convert(amount, rounding)
    }

    /// The currency that is converted.
    #[must_use]
    pub const fn from(&self) -> Currency {
        self.rate.from()
    }

    /// The currency that results.
    #[must_use]
    pub const fn to(&self) -> Currency {
        self.rate.to()
    }

    /// The pinned rate, and how it was found.
    #[must_use]
    pub const fn rate(&self) -> Rate {
        self.rate
    }

    /// Who published it.
    #[must_use]
    pub const fn source(&self) -> &Source {
        &self.source
    }

    /// The day to which the published rates belong.
    #[must_use]
    pub const fn as_of(&self) -> Date {
        self.as_of
    }

    /// When the promise was made.
    #[must_use]
    pub const fn quoted_at(&self) -> Timestamp {
        self.quoted_at
    }

    /// The first instant at which it no longer holds.
    #[must_use]
    pub const fn expires_at(&self) -> Timestamp {
        self.expires_at
    }
}
