//! Rates from a file that somebody maintains or downloaded.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use async_trait::async_trait;
use designia_core::exchange::{RateBatch, Source};
use designia_core::money::Currency;
use designia_core::ports::{RateSource, RateSourceError, RateSourceErrorKind};
use designia_core::time::{Date, Timestamp};
use serde::Deserialize;

use crate::decimal::RateList;
use crate::error::refusal;
use crate::{RatesError, ecb, history};

/// More than the ECB's whole history in XML has, since 1999.
const MAX_BYTES: u64 = 32 << 20;

/// A file of rates, read again at every fetch.
///
/// Reading blocks the thread for as long as the disk takes, a few milliseconds for a few days.
#[derive(Clone, Debug)]
pub struct FileRates {
    name: String,
    path: PathBuf,
}

impl FileRates {
    /// A source that reads what [`parse_file`] understands from `path`, and is called `name` in every answer.
    #[must_use]
    pub fn new(name: impl Into<String>, path: impl Into<PathBuf>) -> Self {
        Self { name: name.into(), path: path.into() }
    }

    fn read(&self, now: Timestamp) -> Result<Vec<RateBatch>, RateSourceError> {
        let mut document = Vec::new();
        File::open(&self.path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut document)).map_err(
            |error| {
                let message = format!("{} cannot be read: {error}", self.path.display());
                refusal(RateSourceErrorKind::Unavailable, &self.name, message)
            },
        )?;
        if u64::try_from(document.len()).is_ok_and(|bytes| bytes > MAX_BYTES) {
            let message = format!("{} has more than {MAX_BYTES} bytes", self.path.display());
            return Err(refusal(RateSourceErrorKind::BadAnswer, &self.name, message));
        }
        let source = Source::new(&self.name);
        let named = |batch: RateBatch| {
            RateBatch::new(batch.base(), batch.as_of(), batch.fetched_at(), source.clone(), batch.rates())
        };
        parse_file(&document, now)
            .and_then(|batches| Ok(batches.into_iter().map(named).collect::<Result<_, _>>()?))
            .map_err(|error| error.blaming(&self.name))
    }
}

#[async_trait]
impl RateSource for FileRates {
    fn name(&self) -> &str {
        &self.name
    }

    async fn latest(&self, now: Timestamp) -> Result<RateBatch, RateSourceError> {
        let newest = self.read(now)?.pop();
        newest.ok_or_else(|| RatesError::NotOneDay(0).blaming(&self.name))
    }

    async fn on(&self, day: Date, now: Timestamp) -> Result<RateBatch, RateSourceError> {
        let batches = self.read(now)?;
        let known_until = batches.last().map_or(day, RateBatch::as_of);
        history::on(&self.name, batches, day, known_until)
    }
}

/// Reads a file of rates into one batch per day, the oldest first. The format shows in its first character.
///
/// - The ECB's XML, daily or historical, and its `eurofxref-hist.csv`; see [`ecb`].
/// - Our own JSON, one object or an array of them, with the rates as numbers or strings:
///
/// ```json
/// { "source": "treasury", "base": "EUR", "as_of": "2026-10-30", "rates": { "USD": "1.1172", "GBP": 0.8338 } }
/// ```
///
/// `source` may be missing and is `file` then.
///
/// # Errors
///
/// [`RatesError`]: one bad day refuses the whole file.
pub fn parse_file(document: &[u8], fetched_at: Timestamp) -> Result<Vec<RateBatch>, RatesError> {
    match document.trim_ascii_start().first() {
        Some(b'<') => ecb::parse_history_xml(document, fetched_at),
        Some(b'{') => Ok(vec![batch(json(document)?, fetched_at)?]),
        Some(b'[') => {
            let mut days: Vec<Entry> = json(document)?;
            days.sort_by_key(|entry| entry.as_of);
            days.into_iter().map(|entry| batch(entry, fetched_at)).collect()
        }
        _ => ecb::parse_history_csv(document, fetched_at),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    #[serde(default = "unnamed")]
    source: String,
    base: Currency,
    as_of: Date,
    rates: RateList,
}

fn unnamed() -> String {
    "file".to_owned()
}

fn json<'a, T: Deserialize<'a>>(document: &'a [u8]) -> Result<T, RatesError> {
    serde_json::from_slice(document).map_err(|error| RatesError::malformed("JSON rates", &error))
}

fn batch(entry: Entry, fetched_at: Timestamp) -> Result<RateBatch, RatesError> {
    Ok(RateBatch::new(entry.base, entry.as_of, fetched_at, Source::new(&entry.source), entry.rates.0)?)
}
