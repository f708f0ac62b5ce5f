//! When not to believe rates: because they are old, or because they moved too far.

use std::time::Duration;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{ExchangeError, RateBatch};
use crate::money::Currency;
use crate::time::{DAY, Timestamp};

/// How old rates may be.
///
/// Age counts from the end of the day to which the rates belong, in UTC, and is zero before: a publisher that repeats
/// last month's rates is stale however recently it was asked. Rates of central banks rest over week-ends and holidays,
/// so a limit below four days refuses them at Easter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Freshness {
    /// The greatest age that is still accepted.
    pub max_age: Duration,
}

impl Freshness {
    /// How old the rates are at `now`.
    #[must_use]
    pub fn age(batch: &RateBatch, now: Timestamp) -> Duration {
        now.since(batch.as_of().start() + DAY)
    }

    /// Refuses rates beyond the limit.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Stale`].
    pub fn check(self, batch: &RateBatch, now: Timestamp) -> Result<(), ExchangeError> {
        let (age, limit) = (Self::age(batch, now), self.max_age);
        if age <= limit {
            return Ok(());
        }
        Err(ExchangeError::Stale { publisher: batch.source().clone(), as_of: batch.as_of(), age, limit })
    }
}

/// How far a rate may move from one batch to the next.
///
/// The distance is the larger of the two rates over the smaller, less 1: a doubling and a halving are both 100 %, so
/// that it does not matter which way round a publisher quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct JumpLimit {
    /// The greatest distance that is still accepted, in hundredths of a per cent.
    pub basis_points: u32,
}

impl JumpLimit {
    /// Refuses a batch in which a rate moved beyond the limit since `previous`.
    ///
    /// Only currencies in both batches are compared, also across different bases. A batch that shares fewer than two
    /// with the previous one has nothing to be compared.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Jump`] for the first such currency, in the order of the codes.
    pub fn check(self, previous: &RateBatch, batch: &RateBatch) -> Result<(), ExchangeError> {
        let shared = |currency: &Currency| previous.covers(*currency) && batch.covers(*currency);
        let Some(per) = [previous.base(), batch.base()].into_iter().chain(Currency::all()).find(shared) else {
            return Ok(());
        };
        for currency in Currency::all().filter(shared) {
            let old = previous.rate(per, currency)?.value();
            let new = batch.rate(per, currency)?.value();
            if self.is_exceeded(old, new) {
                return Err(ExchangeError::Jump { currency, per, old, new, limit_basis_points: self.basis_points });
            }
        }
        Ok(())
    }

    fn is_exceeded(self, old: Decimal, new: Decimal) -> bool {
        let factor = Decimal::ONE + Decimal::new(self.basis_points.into(), 4);
        // A bound that overflows is above every rate.
        old.min(new).checked_mul(factor).is_some_and(|bound| old.max(new) > bound)
    }
}
