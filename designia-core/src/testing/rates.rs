//! A source of exchange rates that are given.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use rust_decimal::Decimal;

use crate::exchange::{RateBatch, Source};
use crate::money::Currency;
use crate::ports::{RateSource, RateSourceError, RateSourceErrorKind};
use crate::time::{DAY, Date, Timestamp};

/// A [`RateSource`] that serves the rates it was given, and fails when it is told to. Clones share both.
#[derive(Clone, Debug)]
pub struct FixedRates {
    name: String,
    base: Currency,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    days: BTreeMap<Date, Vec<(Currency, Decimal)>>,
    failure: Option<RateSourceErrorKind>,
}

impl FixedRates {
    /// A source of this name that has no rates yet.
    #[must_use]
    pub fn new(name: &str, base: Currency) -> Self {
        Self { name: name.to_owned(), base, shared: Arc::default() }
    }

    /// Publishes rates for a day, instead of any that it had.
    #[must_use]
    pub fn with(self, day: Date, rates: impl IntoIterator<Item = (Currency, Decimal)>) -> Self {
        self.publish(day, rates);
        self
    }

    /// Publishes rates for a day, instead of any that it had.
    pub fn publish(&self, day: Date, rates: impl IntoIterator<Item = (Currency, Decimal)>) {
        self.shared(|shared| shared.days.insert(day, rates.into_iter().collect()));
    }

    /// Fails every fetch in this way, or, with `None`, no longer.
    pub fn fail(&self, kind: impl Into<Option<RateSourceErrorKind>>) {
        self.shared(|shared| shared.failure = kind.into());
    }

    fn shared<T>(&self, act: impl FnOnce(&mut Shared) -> T) -> T {
        act(&mut self.shared.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What was published for that day or the last day before it.
    fn fetch(&self, day: Date, now: Timestamp) -> Result<RateBatch, RateSourceError> {
        let (failure, found) = self.shared(|shared| {
            let found = shared.days.range(..=day).next_back().map(|(day, rates)| (*day, rates.clone()));
            (shared.failure, found)
        });
        if let Some(kind) = failure {
            return Err(self.error(kind, "as scripted"));
        }
        let (day, rates) =
            found.ok_or_else(|| self.error(RateSourceErrorKind::Unsupported, "no rates for that day"))?;
        RateBatch::new(self.base, day, now, Source::new(&self.name), rates)
            .map_err(|error| self.error(RateSourceErrorKind::BadAnswer, &error.to_string()))
    }

    fn error(&self, kind: RateSourceErrorKind, message: &str) -> RateSourceError {
        RateSourceError { kind, source_name: self.name.clone(), message: message.to_owned(), retry_after: None }
    }
}

#[async_trait]
impl RateSource for FixedRates {
    fn name(&self) -> &str {
        &self.name
    }

    async fn latest(&self, now: Timestamp) -> Result<RateBatch, RateSourceError> {
        self.fetch((now + DAY).date(), now)
    }

    async fn on(&self, day: Date, now: Timestamp) -> Result<RateBatch, RateSourceError> {
        self.fetch(day, now)
    }
}
