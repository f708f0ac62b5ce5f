//! The European Central Bank's euro foreign exchange reference rates.
//!
//! About thirty currencies per euro, in decimal text, on the afternoon of each TARGET business day. The bank calls them
//! information and discourages their use for transactions; whoever charges at them decides that knowingly. Shapes, as
//! published at <https://www.ecb.europa.eu/stats/eurofxref/>:
//!
//! - `eurofxref-daily.xml`, one day, and `eurofxref-hist-90d.xml` and `eurofxref-hist.xml`, many:
//!   `gesmes:Envelope > Cube > Cube[@time] > Cube[@currency, @rate]`;
//! - `eurofxref-hist.csv`, many: a header `Date,USD,JPY,…` and a line per day, `N/A` where there is no rate.

mod csv;
mod xml;

use async_trait::async_trait;
use designia_core::exchange::{RateBatch, Source};
use designia_core::money::Currency;
use designia_core::ports::{RateSource, RateSourceError};
use designia_core::time::{Date, Timestamp};
use rust_decimal::Decimal;

use crate::fetch::Fetcher;
use crate::{HttpConfigError, HttpLimits, RatesError, history};

/// The bank's name in every answer that used its rates.
pub(crate) const NAME: &str = "ecb";

/// A day's rates per euro, before they are believed.
type Day = (Date, Vec<(Currency, Decimal)>);

/// The daily rates, and those of the last ninety days.
#[derive(Debug)]
pub struct EcbRates {
    fetcher: Fetcher,
}

impl EcbRates {
    /// Where the bank publishes.
    pub const BASE_URL: &str = "https://www.ecb.europa.eu/stats/eurofxref";

    /// A source that fetches from `base_url`, usually [`EcbRates::BASE_URL`].
    ///
    /// # Errors
    ///
    /// [`HttpConfigError`].
    pub fn new(base_url: &str, limits: HttpLimits) -> Result<Self, HttpConfigError> {
        Ok(Self { fetcher: Fetcher::new(NAME, base_url, limits)? })
    }
}

#[async_trait]
impl RateSource for EcbRates {
    fn name(&self) -> &str {
        NAME
    }

    async fn latest(&self, now: Timestamp) -> Result<RateBatch, RateSourceError> {
        let body = self.fetcher.get("/eurofxref-daily.xml").await?;
        parse_daily(&body, now).map_err(|error| error.blaming(NAME))
    }

    /// Days before the last ninety are unsupported: import the whole history once, with [`parse_history_csv`].
    async fn on(&self, day: Date, now: Timestamp) -> Result<RateBatch, RateSourceError> {
        let body = self.fetcher.get("/eurofxref-hist-90d.xml").await?;
        let batches = parse_history_xml(&body, now).map_err(|error| error.blaming(NAME))?;
        history::on(NAME, batches, day, now.date())
    }
}

/// Reads `eurofxref-daily.xml`.
///
/// # Errors
///
/// [`RatesError`], also if the document has no day or several.
pub fn parse_daily(document: &[u8], fetched_at: Timestamp) -> Result<RateBatch, RatesError> {
    only_day(parse_history_xml(document, fetched_at)?)
}

/// Reads `eurofxref-hist.xml` or `eurofxref-hist-90d.xml` into one batch per day, the oldest first.
///
/// Currencies that have ceased to exist are left out.
///
/// # Errors
///
/// [`RatesError`]: one bad day refuses the whole document.
pub fn parse_history_xml(document: &[u8], fetched_at: Timestamp) -> Result<Vec<RateBatch>, RatesError> {
    batches(xml::days(document)?, fetched_at)
}

/// Reads `eurofxref-hist.csv` into one batch per day, the oldest first.
///
/// Currencies that have ceased to exist are left out.
///
/// # Errors
///
/// [`RatesError`]: one bad day refuses the whole document.
pub fn parse_history_csv(document: &[u8], fetched_at: Timestamp) -> Result<Vec<RateBatch>, RatesError> {
    batches(csv::days(document)?, fetched_at)
}

pub(crate) fn only_day(mut batches: Vec<RateBatch>) -> Result<RateBatch, RatesError> {
    match (batches.pop(), batches.len()) {
        (Some(batch), 0) => Ok(batch),
        (None, _) => Err(RatesError::NotOneDay(0)),
        (Some(_), others) => Err(RatesError::NotOneDay(others + 1)),
    }
}

fn batches(mut days: Vec<Day>, fetched_at: Timestamp) -> Result<Vec<RateBatch>, RatesError> {
    days.sort_by_key(|(day, _)| *day);
    if let Some(pair) = days.array_windows().find(|[(one, _), (next, _)]| one == next) {
        return Err(RatesError::RepeatedDay(pair[0].0));
    }
    let source = Source::new(NAME);
    days.into_iter()
        .map(|(day, rates)| Ok(RateBatch::new(Currency::EUR, day, fetched_at, source.clone(), rates)?))
        .collect()
}

fn date(text: &str) -> Result<Date, RatesError> {
    text.parse().map_err(|_| RatesError::BadDate(text.to_owned()))
}
