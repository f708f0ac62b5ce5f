//! An adapter of your own: a rate source that a treasury department maintains by hand, proved with the suite that Designia's
//! own adapters run.
//!
//! `cargo run --example custom_rate_source` converts with it; `cargo test --example custom_rate_source` runs the suite.

use async_trait::async_trait;
use designia::exchange::{RateBatch, Source};
use designia::money::{Currency, Money, Rounding};
use designia::ports::{RateSource, RateSourceError, RateSourceErrorKind};
use designia::testing::block_on;
use designia::time::{Date, Timestamp};
use rust_decimal::Decimal;

/// Rates that were agreed on, by day, newest last.
#[derive(Debug)]
struct TreasuryRates {
    agreed: Vec<(Date, Decimal)>,
}

const NAME: &str = "treasury";

impl TreasuryRates {
    fn batch(&self, last: Option<&(Date, Decimal)>, now: Timestamp) -> Result<RateBatch, RateSourceError> {
        let error =
            |kind, message: String| RateSourceError { kind, source_name: NAME.to_owned(), message, retry_after: None };
        let (day, dollars) =
            last.ok_or_else(|| error(RateSourceErrorKind::Unsupported, "nothing was agreed on by then".to_owned()))?;
        RateBatch::new(Currency::EUR, *day, now, Source::new(NAME), [(Currency::USD, *dollars)])
            .map_err(|reason| error(RateSourceErrorKind::BadAnswer, reason.to_string()))
    }
}

#[async_trait]
impl RateSource for TreasuryRates {
    fn name(&self) -> &str {
        NAME
    }

    async fn latest(&self, now: Timestamp) -> Result<RateBatch, RateSourceError> {
        self.batch(self.agreed.last(), now)
    }

    async fn on(&self, day: Date, now: Timestamp) -> Result<RateBatch, RateSourceError> {
        self.batch(self.agreed.iter().rev().find(|(agreed, _)| *agreed <= day), now)
    }
}

fn treasury() -> TreasuryRates {
    let agreed = |day: i32, rate: i64| Date::from_days_since_epoch(day).map(|day| (day, Decimal::new(rate, 2)));
    TreasuryRates { agreed: [agreed(20_000, 108), agreed(20_007, 109)].into_iter().flatten().collect() }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let now = Timestamp::from_secs(1_795_348_800);
    let batch = block_on(treasury().latest(now))?;
    let converted = batch.convert("10.00 EUR".parse::<Money>()?, Currency::USD, Rounding::HalfUp)?;
    println!(
        "10.00 EUR = {} at {} of {} ({})",
        converted.amount,
        converted.rate.value(),
        converted.as_of,
        batch.source()
    );
    Ok(())
}

#[cfg(test)]
mod conformance {
    use designia::testing::conformance::rate_source::SourceUnderTest;

    use super::*;

    fn fresh() -> SourceUnderTest {
        let past_day = Date::from_days_since_epoch(20_003).expect("a day");
        SourceUnderTest::new(treasury(), Timestamp::from_secs(1_795_348_800)).with_past_day(past_day)
    }

    designia::rate_source_conformance!(block_on = block_on, fresh = async || fresh());
}
