//! exchangerate-api.com, version 4 of its interface.
//!
//! The service calls v4 deprecated and rounds its rates to two to five significant digits, which is up to 0.4 % off.
//! It is here because the backend that Designia replaces uses it. It covers more currencies than the ECB, on every
//! day, but none of the past.

use std::time::Duration;

use async_trait::async_trait;
use designia_core::exchange::{RateBatch, Source};
use designia_core::money::Currency;
use designia_core::ports::{RateSource, RateSourceError, RateSourceErrorKind};
use designia_core::time::{Date, MINUTE, Timestamp};
use serde::Deserialize;

use crate::decimal::RateList;
use crate::error::refusal;
use crate::fetch::Fetcher;
use crate::{HttpConfigError, HttpLimits, RatesError};

const NAME: &str = "exchangerate-api";

/// How long the service ignores an address that asked too often.
const BAN: Duration = Duration::from_secs(20 * MINUTE.as_secs());

/// Today's rates per unit of any currency.
#[derive(Debug)]
pub struct ExchangeRateApi {
    fetcher: Fetcher,
    base: Currency,
}

impl ExchangeRateApi {
    /// Where the service answers.
    pub const BASE_URL: &str = "https://api.exchangerate-api.com";

    /// A source that fetches rates per unit of `base` from `base_url`, usually [`ExchangeRateApi::BASE_URL`].
    ///
    /// # Errors
    ///
    /// [`HttpConfigError`].
    pub fn new(base_url: &str, base: Currency, limits: HttpLimits) -> Result<Self, HttpConfigError> {
        Ok(Self { fetcher: Fetcher::new(NAME, base_url, limits)?.banning_for(BAN), base })
    }

    /// Reads the answer to `GET /v4/latest/{base}`.
    ///
    /// # Errors
    ///
    /// [`RatesError`].
    pub fn parse(document: &[u8], base: Currency, fetched_at: Timestamp) -> Result<RateBatch, RatesError> {
        let answer: Answer =
            serde_json::from_slice(document).map_err(|error| RatesError::malformed("exchangerate-api JSON", &error))?;
        if answer.base.parse() != Ok(base) {
            return Err(RatesError::WrongBase { asked: base, given: answer.base });
        }
        let day = answer.date.parse().map_err(|_| RatesError::BadDate(answer.date))?;
        Ok(RateBatch::new(base, day, fetched_at, Source::new(NAME), answer.rates.0)?)
    }
}

/// The fields that matter of `{provider, WARNING_UPGRADE_TO_V6, terms, base, date, time_last_updated, rates}`.
#[derive(Deserialize)]
struct Answer {
    base: String,
    date: String,
    rates: RateList,
}

#[async_trait]
impl RateSource for ExchangeRateApi {
    fn name(&self) -> &str {
        NAME
    }

    async fn latest(&self, now: Timestamp) -> Result<RateBatch, RateSourceError> {
        let body = self.fetcher.get(&format!("/v4/latest/{}", self.base)).await?;
        Self::parse(&body, self.base, now).map_err(|error| error.blaming(NAME))
    }

    async fn on(&self, day: Date, _now: Timestamp) -> Result<RateBatch, RateSourceError> {
        Err(refusal(RateSourceErrorKind::Unsupported, NAME, format!("has no rates for {day}, only today's")))
    }
}
