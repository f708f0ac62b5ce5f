//! A publisher's rates of one day, as one immutable value.

use std::fmt;
use std::time::Duration;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::stored::StoredBatch;
use super::{ExchangeError, Quote, Rate, RatePath, Source};
use crate::money::{Currency, Money, Rounding};
use crate::time::{DAY, Date, Timestamp};

/// All rates that a publisher gave for one day, per unit of its base currency.
///
/// A batch never changes: a new one replaces it whole, usually as an `Arc` that is swapped. Building one checks every
/// rate, so that looking one up cannot find nonsense. Serialised with the rates as decimal text by currency code.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "StoredBatch", try_from = "StoredBatch")]
pub struct RateBatch {
    base: Currency,
    as_of: Date,
    fetched_at: Timestamp,
    source: Source,
    /// By [`Currency::index`]; 1 for the base.
    rates: Box<[Option<Decimal>]>,
}

/// A converted amount, and everything needed to explain it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Conversion {
    /// The amount in the currency wanted.
    pub amount: Money,
    /// The exact rate, and how it was found.
    pub rate: Rate,
    /// Who published the rates.
    pub source: Source,
    /// The day to which they belong.
    pub as_of: Date,
}

impl RateBatch {
    /// The least rate that is believed, 10⁻¹⁴.
    const LEAST: Decimal = Decimal::from_parts(1, 0, 0, false, 14);
    /// The greatest rate that is believed, 10¹⁴.
    const GREATEST: Decimal = Decimal::from_parts(276_447_232, 23_283, 0, false, 0);

    /// A batch of units of each currency per unit of `base`, as published for the day `as_of`.
    ///
    /// The base itself may be among the rates, as 1, or missing.
    ///
    /// # Errors
    ///
    /// - [`ExchangeError::BadRate`] for a rate that is not positive, or not between 10⁻¹⁴ and 10¹⁴;
    /// - [`ExchangeError::BadBase`], [`ExchangeError::DuplicateRate`], [`ExchangeError::NoRates`];
    /// - [`ExchangeError::FutureRates`] if `as_of` is later than the day after `fetched_at`, which is today nowhere.
    pub fn new(
        base: Currency,
        as_of: Date,
        fetched_at: Timestamp,
        source: Source,
        rates: impl IntoIterator<Item = (Currency, Decimal)>,
    ) -> Result<Self, ExchangeError> {
        if as_of > (fetched_at + DAY).date() {
            return Err(ExchangeError::FutureRates { as_of, fetched_at });
        }
        let mut table = vec![None; Currency::COUNT].into_boxed_slice();
        for (currency, rate) in rates {
            Self::check_rate(currency, rate)?;
            if currency == base && rate != Decimal::ONE {
                return Err(ExchangeError::BadBase { base, rate });
            }
            if let Some(first) = table[currency.index()].replace(rate.normalize()) {
                return Err(ExchangeError::DuplicateRate { currency, first, second: rate });
            }
        }
        table[base.index()] = Some(Decimal::ONE);
        let batch = Self { base, as_of, fetched_at, source, rates: table };
        if batch.rates().next().is_none() { Err(ExchangeError::NoRates { base }) } else { Ok(batch) }
    }

    pub(super) fn check_rate(currency: Currency, rate: Decimal) -> Result<(), ExchangeError> {
        if (Self::LEAST..=Self::GREATEST).contains(&rate) {
            return Ok(());
        }
        Err(ExchangeError::BadRate { currency, rate })
    }

    /// The currency of which every rate prices one unit.
    #[must_use]
    pub const fn base(&self) -> Currency {
        self.base
    }

    /// The day to which the rates belong.
    #[must_use]
    pub const fn as_of(&self) -> Date {
        self.as_of
    }

    /// When they were fetched.
    #[must_use]
    pub const fn fetched_at(&self) -> Timestamp {
        self.fetched_at
    }

    /// Who published them.
    #[must_use]
    pub const fn source(&self) -> &Source {
        &self.source
    }

    /// The published rates, in the order of the codes, without the base.
    pub fn rates(&self) -> impl Iterator<Item = (Currency, Decimal)> {
        let base = self.base;
        Currency::all()
            .zip(&self.rates)
            .filter_map(|(currency, rate)| rate.map(|rate| (currency, rate)))
            .filter(move |&(currency, _)| currency != base)
    }

    /// Whether the batch can convert from and to `currency`.
    #[must_use]
    pub fn covers(&self, currency: Currency) -> bool {
        self.rates[currency.index()].is_some()
    }

    /// The rate between two currencies, by the shortest path. From a currency to itself it is 1, published or not.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::NoRate`] if the batch lacks one of them.
    #[inline]
    pub fn rate(&self, from: Currency, to: Currency) -> Result<Rate, ExchangeError> {
        if from == to {
            return Ok(Rate::identity(from));
        }
        let published =
            |wanted: Currency| self.rates[wanted.index()].ok_or(ExchangeError::NoRate { from, to, missing: wanted });
        let path = if from == self.base {
            RatePath::Direct
        } else if to == self.base {
            RatePath::Inverse
        } else {
            RatePath::Cross
        };
        Ok(Rate { from, to, numerator: published(to)?, denominator: published(from)?, path })
    }

    /// Converts an amount, rounding once.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::NoRate`] or [`ExchangeError::Overflow`].
    #[inline]
    pub fn convert(&self, amount: Money, to: Currency, rounding: Rounding) -> Result<Conversion, ExchangeError> {
        let rate = self.rate(amount.currency(), to)?;
        let amount = rate.convert(amount, rounding)?;
        Ok(Conversion { amount, rate, source: self.source.clone(), as_of: self.as_of })
    }

    /// Pins the rate between two currencies for as long as `validity`.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::NoRate`].
    pub fn quote(
        &self,
        from: Currency,
        to: Currency,
        now: Timestamp,
        validity: Duration,
    ) -> Result<Quote, ExchangeError> {
        let rate = self.rate(from, to)?;
        Ok(Quote { rate, source: self.source.clone(), as_of: self.as_of, quoted_at: now, expires_at: now + validity })
    }
}

impl fmt::Debug for RateBatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateBatch")
            .field("base", &self.base)
            .field("as_of", &self.as_of)
            .field("fetched_at", &self.fetched_at)
            .field("source", &self.source)
            .field("rates", &self.rates().count())
            .finish()
    }
}
