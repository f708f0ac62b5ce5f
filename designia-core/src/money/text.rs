//! Amounts as people and documents write them: exact decimal text, read without rounding.

use std::fmt;
use std::str::FromStr;

use super::{Currency, Money, MoneyError};

impl Money {
    /// Reads an amount in major units: digits, at most one point with digits on both sides, a leading minus.
    ///
    /// Nothing is rounded or guessed: no plus sign, no exponent, no thousands separator, no spaces.
    ///
    /// # Errors
    ///
    /// [`MoneyError::NotANumber`], [`MoneyError::TooManyDecimals`] (even if they are zeros) or
    /// [`MoneyError::Overflow`].
    pub fn parse(amount: &str, currency: Currency) -> Result<Self, MoneyError> {
        let not_a_number = || MoneyError::NotANumber(amount.to_owned());
        let unsigned = amount.strip_prefix('-').unwrap_or(amount);
        let (whole, decimals) = match unsigned.split_once('.') {
            None => (unsigned, ""),
            Some((_, "")) => return Err(not_a_number()),
            Some(parts) => parts,
        };
        if whole.is_empty() || !whole.bytes().chain(decimals.bytes()).all(|byte| byte.is_ascii_digit()) {
            return Err(not_a_number());
        }
        let exponent = usize::from(currency.exponent());
        if decimals.len() > exponent {
            return Err(MoneyError::TooManyDecimals { text: amount.to_owned(), currency });
        }
        let sign = if amount.starts_with('-') { "-" } else { "" };
        format!("{sign}{whole}{decimals:0<exponent$}")
            .parse()
            .map(|minor| Self::new(minor, currency))
            .map_err(|_| MoneyError::Overflow { value: amount.to_owned(), currency })
    }

    /// The exact amount in major units, with the currency's number of decimals: `10.00`, `-0.05`, `500`.
    #[must_use]
    pub fn amount(self) -> String {
        let exponent = usize::from(self.currency().exponent());
        let sign = if self.is_negative() { "-" } else { "" };
        let digits = format!("{:0>width$}", self.minor().unsigned_abs(), width = exponent + 1);
        let (whole, decimals) = digits.split_at(digits.len() - exponent);
        let point = if decimals.is_empty() { "" } else { "." };
        format!("{sign}{whole}{point}{decimals}")
    }
}

impl fmt::Display for Money {
    /// `10.00 EUR`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount(), self.currency())
    }
}

impl FromStr for Money {
    type Err = MoneyError;

    /// Reads what `Display` writes: `10.00 EUR`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (amount, code) = text.split_once(' ').ok_or_else(|| MoneyError::NotANumber(text.to_owned()))?;
        Self::parse(amount, code.parse()?)
    }
}
