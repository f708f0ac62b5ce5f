//! Exact money: whole minor units of a named currency.
//!
//! Every amount in Designia is a [`Money`]. It adds and subtracts only within its currency, never overflows in
//! silence, and divides into parts that sum to the whole. Floats appear nowhere; a value finer than the minor unit
//! becomes money only through a [`Rounding`] that the caller names.

mod allocate;
mod currency;
mod error;
mod iso4217;
mod ratio;
mod rounding;
mod text;
mod wide;

use std::cmp::Ordering;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub use error::MoneyError;
pub use iso4217::Currency;
pub(crate) use ratio::Ratio;
pub use rounding::Rounding;

/// An amount in minor units (cents, yen, fils) of one currency, between ±9.2 × 10¹⁸ of them.
///
/// There is no `PartialOrd`, because `<` would have to answer `false` across currencies: compare with
/// [`Money::try_cmp`]. Serialised as `{"minor":1000,"currency":"EUR"}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

impl Money {
    /// This many minor units of `currency`.
    #[must_use]
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Nothing, in `currency`.
    #[must_use]
    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// The amount rounded to minor units of `currency`, as `rounding` says.
    ///
    /// # Errors
    ///
    /// [`MoneyError::Overflow`] if it does not fit.
    pub fn from_decimal(amount: Decimal, currency: Currency, rounding: Rounding) -> Result<Self, MoneyError> {
        Ratio { numerator: amount, denominator: Decimal::ONE, shift: i32::from(currency.exponent()) }
            .of(1, rounding)
            .map(|minor| Self::new(minor, currency))
            .ok_or_else(|| MoneyError::Overflow { value: amount.to_string(), currency })
    }

    /// The number of minor units.
    #[must_use]
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    #[must_use]
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The amount in major units, exactly: `10.00`.
    #[must_use]
    pub fn to_decimal(self) -> Decimal {
        Decimal::new(self.minor, u32::from(self.currency.exponent()))
    }

    /// Whether the amount is zero.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// Whether the amount is above zero.
    #[must_use]
    pub const fn is_positive(self) -> bool {
        self.minor > 0
    }

    /// Whether the amount is below zero.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.minor < 0
    }

    /// The sum.
    ///
    /// # Errors
    ///
    /// [`MoneyError::CurrencyMismatch`] or [`MoneyError::Overflow`].
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        self.fitting(self.minor.checked_add(other.minor), || format!("{} + {}", self.minor, other.minor))
    }

    /// The difference, which may be negative.
    ///
    /// # Errors
    ///
    /// [`MoneyError::CurrencyMismatch`] or [`MoneyError::Overflow`].
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        self.fitting(self.minor.checked_sub(other.minor), || format!("{} - {}", self.minor, other.minor))
    }

    /// The same amount with the other sign.
    ///
    /// # Errors
    ///
    /// [`MoneyError::Overflow`] for the one amount, `i64::MIN`, that has no opposite.
    pub fn checked_neg(self) -> Result<Self, MoneyError> {
        self.fitting(self.minor.checked_neg(), || format!("-({})", self.minor))
    }

    /// The amount taken a whole number of times: a price times a quantity.
    ///
    /// # Errors
    ///
    /// [`MoneyError::Overflow`].
    pub fn times(self, count: impl Into<i64>) -> Result<Self, MoneyError> {
        let count = count.into();
        self.fitting(self.minor.checked_mul(count), || format!("{} * {count}", self.minor))
    }

    /// The amount times a fraction, such as a commission of 0.125, rounded once.
    ///
    /// # Errors
    ///
    /// [`MoneyError::Overflow`].
    pub fn fraction(self, factor: Decimal, rounding: Rounding) -> Result<Self, MoneyError> {
        let ratio = Ratio { numerator: factor, denominator: Decimal::ONE, shift: 0 };
        self.fitting(ratio.of(self.minor, rounding), || format!("{} * {factor}", self.minor))
    }

    /// The sum of any number of amounts; zero of `currency` if there are none.
    ///
    /// # Errors
    ///
    /// [`MoneyError::CurrencyMismatch`] if an amount is in another currency, or [`MoneyError::Overflow`].
    pub fn sum(currency: Currency, amounts: impl IntoIterator<Item = Self>) -> Result<Self, MoneyError> {
        amounts.into_iter().try_fold(Self::zero(currency), Self::checked_add)
    }

    /// How the amount compares with another of the same currency.
    ///
    /// # Errors
    ///
    /// [`MoneyError::CurrencyMismatch`].
    pub fn try_cmp(self, other: Self) -> Result<Ordering, MoneyError> {
        self.same_currency(other)?;
        Ok(self.minor.cmp(&other.minor))
    }

    /// Refuses unless `other` is in the same currency.
    ///
    /// # Errors
    ///
    /// [`MoneyError::CurrencyMismatch`].
    pub fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            return Ok(());
        }
        Err(MoneyError::CurrencyMismatch { left: self.currency, right: other.currency })
    }

    fn fitting(self, minor: Option<i64>, calculation: impl FnOnce() -> String) -> Result<Self, MoneyError> {
        minor
            .map(|minor| Self::new(minor, self.currency))
            .ok_or_else(|| MoneyError::Overflow { value: calculation(), currency: self.currency })
    }
}
