//! Why there is no rate, or no conversion.

use std::time::Duration;

use rust_decimal::Decimal;

use super::{RatePath, Source};
use crate::money::{Currency, Money};
use crate::time::{Date, Timestamp};

/// A refusal to convert, or to believe a batch of rates.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExchangeError {
    /// The batch does not cover the pair.
    #[error("no rate from {from} to {to}: {missing} is not in the batch")]
    NoRate {
        /// The currency to be converted.
        from: Currency,
        /// The currency wanted.
        to: Currency,
        /// Which of the two the batch lacks.
        missing: Currency,
    },
    /// The batch holds no rate but perhaps its own base.
    #[error("no rates per {base}")]
    NoRates {
        /// The base of the batch.
        base: Currency,
    },
    /// The rate is zero, negative or beyond belief.
    #[error("rate {rate} of {currency} is not between 10^-14 and 10^14")]
    BadRate {
        /// The currency it was given for.
        currency: Currency,
        /// The value given.
        rate: Decimal,
    },
    /// The batch gives its own base a rate other than 1.
    #[error("rate {rate} of the base {base} is not 1")]
    BadBase {
        /// The base of the batch.
        base: Currency,
        /// The value given.
        rate: Decimal,
    },
    /// The batch names a currency twice.
    #[error("two rates of {currency}: {first} and {second}")]
    DuplicateRate {
        /// The currency.
        currency: Currency,
        /// The rate that came first.
        first: Decimal,
        /// The rate that came second.
        second: Decimal,
    },
    /// A stored rate contradicts itself: an identity between two currencies, for example.
    #[error("{numerator} / {denominator} from {from} to {to} is no {path} rate")]
    BadTerms {
        /// The currency to be converted.
        from: Currency,
        /// The currency wanted.
        to: Currency,
        /// The published rate of `to`.
        numerator: Decimal,
        /// The published rate of `from`.
        denominator: Decimal,
        /// How it claims to follow from them.
        path: RatePath,
    },
    /// The rates claim a day that had not begun anywhere on Earth when they were fetched.
    #[error("rates as of {as_of}, but fetched at {fetched_at}")]
    FutureRates {
        /// The day claimed.
        as_of: Date,
        /// When they were fetched.
        fetched_at: Timestamp,
    },
    /// The rates are older than the policy allows.
    #[error("rates of {publisher} as of {as_of} are {} h old, the limit is {} h", hours(*age), hours(*limit))]
    Stale {
        /// Who published them.
        publisher: Source,
        /// The day to which they belong.
        as_of: Date,
        /// The time since the end of that day.
        age: Duration,
        /// The most the policy allows.
        limit: Duration,
    },
    /// A rate moved further between two batches than the policy allows.
    #[error(
        "rate of {currency} per {per} jumped from {old} to {new}, the limit is {}.{:02} %",
        limit_basis_points / 100,
        limit_basis_points % 100
    )]
    Jump {
        /// The currency whose rate moved.
        currency: Currency,
        /// The currency in which it is measured.
        per: Currency,
        /// The rate in the batch before.
        old: Decimal,
        /// The rate in the new batch.
        new: Decimal,
        /// The limit in hundredths of a per cent.
        limit_basis_points: u32,
    },
    /// The quote is no longer binding.
    #[error("quote expired at {expires_at}, it is {now}")]
    QuoteExpired {
        /// The first instant at which it no longer held.
        expires_at: Timestamp,
        /// The instant of the attempt.
        now: Timestamp,
    },
    /// The amount is not in the currency that the rate converts.
    #[error("{amount} cannot be converted at a rate from {expected}")]
    WrongCurrency {
        /// The currency that the rate converts.
        expected: Currency,
        /// The amount given.
        amount: Money,
    },
    /// The result does not fit 64 bits of minor units.
    #[error("{amount} in {to} is beyond the largest amount")]
    Overflow {
        /// The amount given.
        amount: Money,
        /// The currency wanted.
        to: Currency,
    },
}

const fn hours(duration: Duration) -> u64 {
    duration.as_secs() / 3600
}
