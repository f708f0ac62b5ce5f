//! One exact rate between two currencies.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::ExchangeError;
use super::stored::StoredRate;
use crate::money::{Currency, Money, Ratio, Rounding};

/// How a rate follows from the rates that were published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RatePath {
    /// From a currency to itself.
    Identity,
    /// As published: from the publisher's base to a quoted currency.
    Direct,
    /// One over a published rate: from a quoted currency to the base.
    Inverse,
    /// One published rate over another: between two quoted currencies.
    Cross,
}

/// The exact rate from one currency to another.
///
/// It is kept as the quotient of two published rates, either of which is 1 unless the path is
/// [`Cross`](RatePath::Cross). So a conversion never inherits the rounding of a division, and an auditor can check it
/// against the publication. Serialised with its two terms, as decimal text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "StoredRate", try_from = "StoredRate")]
pub struct Rate {
    pub(super) from: Currency,
    pub(super) to: Currency,
    pub(super) numerator: Decimal,
    pub(super) denominator: Decimal,
    pub(super) path: RatePath,
}

impl Rate {
    /// The rate from a currency to itself.
    #[must_use]
    pub const fn identity(currency: Currency) -> Self {
        Self {
            from: currency,
            to: currency,
            numerator: Decimal::ONE,
            denominator: Decimal::ONE,
            path: RatePath::Identity,
        }
    }

    /// The currency that is converted.
    #[must_use]
    pub const fn from(self) -> Currency {
        self.from
    }

    /// The currency that results.
    #[must_use]
    pub const fn to(self) -> Currency {
        self.to
    }

    /// How the rate follows from published ones.
    #[must_use]
    pub const fn path(self) -> RatePath {
        self.path
    }

    /// How many units of [`Rate::to`] one unit of [`Rate::from`] is worth, in major units, to 28 decimals.
    ///
    /// For showing. Conversions use the exact quotient, which this rounds if it does not end.
    #[must_use]
    pub fn value(self) -> Decimal {
        // Within bounds by construction: published rates lie between 10⁻¹⁴ and 10¹⁴.
        (self.numerator / self.denominator).normalize()
    }

    /// The published rate of [`Rate::to`] over the published rate of [`Rate::from`], each per unit of the base.
    #[must_use]
    pub const fn terms(self) -> (Decimal, Decimal) {
        (self.numerator, self.denominator)
    }

    /// Converts an amount: the exact product, rounded once to minor units.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::WrongCurrency`] if the amount is not in [`Rate::from`], [`ExchangeError::Overflow`].
    #[inline]
    pub fn convert(self, amount: Money, rounding: Rounding) -> Result<Money, ExchangeError> {
        if amount.currency() != self.from {
            return Err(ExchangeError::WrongCurrency { expected: self.from, amount });
        }
        let ratio = Ratio {
            numerator: self.numerator,
            denominator: self.denominator,
            shift: i32::from(self.to.exponent()) - i32::from(self.from.exponent()),
        };
        ratio
            .of(amount.minor(), rounding)
            .map(|minor| Money::new(minor, self.to))
            .ok_or(ExchangeError::Overflow { amount, to: self.to })
    }
}

impl fmt::Display for RatePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Identity => "identity",
            Self::Direct => "direct",
            Self::Inverse => "inverse",
            Self::Cross => "cross",
        })
    }
}

impl fmt::Display for Rate {
    /// `1 EUR = 1.1172 USD`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1 {} = {} {}", self.from, self.value(), self.to)
    }
}
