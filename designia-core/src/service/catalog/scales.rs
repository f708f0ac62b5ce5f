//! Keeps what lists compare prices by in step with the exchange rates.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

use super::Catalog;
use crate::catalog::PriceScale;
use crate::exchange::RateBatch;
use crate::money::Currency;
use crate::schedule::{MissedRuns, Overlap, Recurrence, Schedule};
use crate::service::Engine;
use crate::task::{Json, Kind, KindName, QueueName, ScheduleName};
use crate::time::HOUR;
use crate::worker::kinds::MARKETPLACE_TASKS;
use crate::worker::{TaskContext, TaskError, TaskRegistry};

/// `catalog.rescale`: lets price filters and orderings follow the exchange rates.
pub const RESCALE: &str = "catalog.rescale";

/// So many products are brought up to date in one transaction.
const AT_ONCE: u32 = 500;

/// What [`RESCALE`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rescaled {
    /// How many currencies have a new scale.
    pub currencies: usize,
    /// In how many steps products followed.
    pub steps: u32,
}

/// Arguments of a kind that takes none: `null` or `{}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

impl Catalog {
    /// Adds the catalogue's kinds of task, with their handlers and schedules.
    #[must_use]
    pub fn with_kinds(&self, registry: TaskRegistry, engine: &Engine) -> TaskRegistry {
        let (catalog, engine) = (self.clone(), engine.clone());
        let about = "lets price filters and orderings follow the exchange rates";
        let kind = Kind { about, ..Kind::new(KindName::fixed(RESCALE), QueueName::fixed(MARKETPLACE_TASKS)) };
        let hourly = Recurrence::cron("15 * * * *").unwrap_or_else(|_| Recurrence::every(HOUR));
        registry
            .add(kind, move |_: Option<Nothing>, context| rescale(catalog.clone(), engine.clone(), context))
            .on_schedule(Schedule {
                name: ScheduleName::fixed(RESCALE),
                kind: KindName::fixed(RESCALE),
                args: Json::null(),
                recurrence: hourly,
                missed: MissedRuns::Coalesce,
                overlap: Overlap::Skip,
                start_within: None,
            })
    }
}

async fn rescale(catalog: Catalog, engine: Engine, context: TaskContext) -> Result<Rescaled, TaskError> {
    let mut done = Rescaled::default();
    let Some(batch) = engine.ports().rates.latest().await? else { return Ok(done) };
    let search = &catalog.ports().search;
    let known = search.price_scales().await?;
    let wanted: Vec<PriceScale> = scales(&batch).into_iter().filter(|scale| !known.contains(scale)).collect();
    if wanted.is_empty() && context.attempt() == 1 {
        return Ok(done);
    }
    done.currencies = wanted.len();
    search.set_price_scales(&wanted).await?;
    let mut after = None;
    loop {
        after = search.rescale(after, AT_ONCE).await?;
        done.steps += 1;
        context.progress(u64::from(done.steps), None, None);
        if after.is_none() {
            return Ok(done);
        }
    }
}

/// What a minor unit of every currency that the rates cover is worth, in billionths of a major unit of the publisher's.
fn scales(batch: &RateBatch) -> Vec<PriceScale> {
    let scale = |currency: Currency| {
        let worth = batch.rate(currency, batch.base()).ok()?.value();
        let minor = Decimal::new(1_000_000_000, u32::from(currency.exponent()));
        let nanos = worth.checked_mul(minor)?.round().to_i64()?.max(1);
        Some(PriceScale { currency, nanos })
    };
    Currency::all().filter(|currency| batch.covers(*currency)).filter_map(scale).collect()
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::money::Money;
    use crate::testing::fixtures::{currency, day, rates};

    #[test]
    fn prices_of_different_currencies_are_compared_by_what_they_are_worth() {
        let batch = rates(day(0));
        let scales = scales(&batch);
        let key = |code: &str, minor| {
            let scale = scales.iter().find(|scale| scale.currency == currency(code)).unwrap();
            scale.key(Money::new(minor, currency(code)))
        };
        let base = batch.base().code();
        assert_eq!(key(base, 1), 1_000_000_000 / 10_i64.pow(batch.base().exponent().into()));
        for other in ["JPY", "USD"].into_iter().filter(|code| batch.covers(currency(code))) {
            let there = batch
                .convert(Money::new(100_000, batch.base()), currency(other), crate::money::Rounding::HalfUp)
                .unwrap();
            let (ours, theirs) = (key(base, 100_000), key(other, there.amount.minor()));
            assert!((ours - theirs).abs() < ours / 1_000, "{other}: {ours} and {theirs}");
        }
    }
}
