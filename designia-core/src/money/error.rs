//! Why an amount could not be read, computed or divided.

use super::Currency;

/// An amount that cannot be represented exactly is refused, never adjusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MoneyError {
    /// The text is not the code of a current ISO 4217 currency with a minor unit.
    #[error("`{0}` is not an ISO 4217 currency that can be charged")]
    UnknownCurrency(String),
    /// The text is not digits with at most one decimal point and a leading minus.
    #[error("`{0}` is not a plain decimal number")]
    NotANumber(String),
    /// The amount is finer than the currency's minor unit.
    #[error("`{text}` has more than the {} decimals of {currency}", currency.exponent())]
    TooManyDecimals {
        /// The amount as written.
        text: String,
        /// The currency that does not divide that far.
        currency: Currency,
    },
    /// The result does not fit 64 bits of minor units.
    #[error("{value} is beyond the largest amount of {currency}")]
    Overflow {
        /// The number or the calculation, in minor units unless it was given with decimals.
        value: String,
        /// The currency of the result.
        currency: Currency,
    },
    /// Amounts in two currencies were combined or compared without a conversion.
    #[error("{left} and {right} cannot be combined without a rate")]
    CurrencyMismatch {
        /// The currency on the left.
        left: Currency,
        /// The currency on the right.
        right: Currency,
    },
    /// There is nobody to give a part to: no weights, or all of them zero.
    #[error("cannot divide {amount} over {weights} weights that sum to zero")]
    NoWeights {
        /// The amount that was to be divided.
        amount: super::Money,
        /// How many weights there were.
        weights: usize,
    },
    /// A negative amount cannot serve as a weight.
    #[error("{0} is negative and cannot be a weight")]
    NegativeWeight(super::Money),
}
