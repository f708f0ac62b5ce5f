//! The serialised forms, checked again on the way in: stored text is input like any other.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{ExchangeError, Rate, RateBatch, RatePath, Source};
use crate::money::Currency;
use crate::time::{Date, Timestamp};

#[derive(Serialize, Deserialize)]
pub(super) struct StoredRate {
    from: Currency,
    to: Currency,
    numerator: Decimal,
    denominator: Decimal,
    path: RatePath,
}

impl From<Rate> for StoredRate {
    fn from(rate: Rate) -> Self {
        let Rate { from, to, numerator, denominator, path } = rate;
        Self { from, to, numerator, denominator, path }
    }
}

impl TryFrom<StoredRate> for Rate {
    type Error = ExchangeError;

    fn try_from(stored: StoredRate) -> Result<Self, Self::Error> {
        let StoredRate { from, to, numerator, denominator, path } = stored;
        RateBatch::check_rate(to, numerator)?;
        RateBatch::check_rate(from, denominator)?;
        let (one, is_same) = (Decimal::ONE, from == to);
        let is_consistent = match path {
            RatePath::Identity => is_same && numerator == one && denominator == one,
            RatePath::Direct => !is_same && denominator == one,
            RatePath::Inverse => !is_same && numerator == one,
            RatePath::Cross => !is_same,
        };
        if !is_consistent {
            return Err(ExchangeError::BadTerms { from, to, numerator, denominator, path });
        }
        Ok(Self { from, to, numerator, denominator, path })
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct StoredBatch {
    base: Currency,
    as_of: Date,
    fetched_at: Timestamp,
    source: Source,
    rates: BTreeMap<Currency, Decimal>,
}

impl From<RateBatch> for StoredBatch {
    fn from(batch: RateBatch) -> Self {
        Self {
            base: batch.base(),
            as_of: batch.as_of(),
            fetched_at: batch.fetched_at(),
            source: batch.source().clone(),
            rates: batch.rates().collect(),
        }
    }
}

impl TryFrom<StoredBatch> for RateBatch {
    type Error = ExchangeError;

    fn try_from(stored: StoredBatch) -> Result<Self, Self::Error> {
        Self::new(stored.base, stored.as_of, stored.fetched_at, stored.source, stored.rates)
    }
}
