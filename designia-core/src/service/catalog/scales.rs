//! Keeps what lists compare prices by in step with the exchange rates.

use std::sync::Arc;

use async_trait::async_trait;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

use super::Catalog;
use crate::catalog::PriceScale;
use crate::exchange::{RateBatch, RateRefusal};
use crate::id::TaskId;
use crate::money::Currency;
use crate::ports::{Clock, IdGenerator, RateStore, StoreError, TaskQueue};
use crate::schedule::{MissedRuns, Overlap, Recurrence, Schedule};
use crate::service::{Engine, Error};
use crate::task::{Json, Kind, KindName, QueueName, ScheduleName};
use crate::time::{DAY, Date, HOUR};
use crate::worker::kinds::MARKETPLACE_TASKS;
use crate::worker::{TaskContext, TaskError, TaskRegistry};

/// `catalog.rescale`: lets price filters and orderings follow the exchange rates.
pub const RESCALE: &str = "catalog.rescale";

/// So many products are brought up to date in one transaction.
const AT_ONCE: u32 = 500;

/// The schedule that has every product looked at once a day, whatever the rates do.
const ALL_ANEW: &str = "catalog.rescale_all";

/// What [`RESCALE`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rescaled {
    /// How many currencies have a scale.
    pub currencies: usize,
    /// In how many steps products followed; none if the scales were right already.
    pub steps: u32,
}

/// Arguments of [`RESCALE`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rescale {
    /// Look at every product even if the scales are right: an earlier run may have ended before the last one.
    pub all: bool,
}

/// Rates that ask for [`RESCALE`] when new ones are stored, by whomever.
#[derive(Clone, Debug)]
pub struct RatesFollowed {
    /// Where rates live.
    pub rates: Arc<dyn RateStore>,
    /// Where the task is asked for.
    pub queue: Arc<dyn TaskQueue>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub ids: Arc<dyn IdGenerator>,
}

#[async_trait]
impl RateStore for RatesFollowed {
    async fn save(&self, batches: &[RateBatch]) -> Result<(), StoreError> {
        self.rates.save(batches).await?;
        let task = kind().task(TaskId::from_uuid(self.ids.next()), Json::null(), self.clock.now());
        if let Err(error) = self.queue.enqueue(&[task]).await {
            // The rates are stored, which is what was asked for; the schedule sees to the lists.
            tracing::warn!(%error, "lists follow the new exchange rates at the next hourly run only");
        }
        Ok(())
    }

    async fn latest(&self) -> Result<Option<Arc<RateBatch>>, StoreError> {
        self.rates.latest().await
    }

    async fn on(&self, day: Date) -> Result<Option<Arc<RateBatch>>, StoreError> {
        self.rates.on(day).await
    }

    async fn batches(&self, from: Date, to: Date) -> Result<Vec<Arc<RateBatch>>, StoreError> {
        self.rates.batches(from, to).await
    }

    async fn note_refusal(&self, refusal: &RateRefusal) -> Result<(), StoreError> {
        self.rates.note_refusal(refusal).await
    }

    async fn refusals(&self, limit: u32) -> Result<Vec<RateRefusal>, StoreError> {
        self.rates.refusals(limit).await
    }
}

impl Catalog {
    /// Adds the catalogue's kinds of task, with their handlers and schedules.
    #[must_use]
    pub fn with_kinds(&self, registry: TaskRegistry, engine: &Engine) -> TaskRegistry {
        let (catalog, engine) = (self.clone(), engine.clone());
        let all = Json::of(&Rescale { all: true }).unwrap_or_else(|_| Json::null());
        let hourly = Recurrence::cron("15 * * * *").unwrap_or_else(|_| Recurrence::every(HOUR));
        let daily = Recurrence::cron("40 3 * * *").unwrap_or_else(|_| Recurrence::every(DAY));
        registry
            .add(kind(), move |args: Option<Rescale>, context| {
                rescale(catalog.clone(), engine.clone(), args.unwrap_or_default(), context)
            })
            .on_schedule(schedule(RESCALE, Json::null(), hourly))
            .on_schedule(schedule(ALL_ANEW, all, daily))
    }

    /// Sets the scales that these rates make; none for a currency that they don't cover, and none at all without rates: a
    /// price that can't be compared is not compared, rather than by a rate of long ago. Whether anything changed.
    ///
    /// # Errors
    /// A store error.
    pub async fn set_scales(&self, rates: Option<&RateBatch>) -> Result<bool, StoreError> {
        let mut wanted = rates.map(scales).unwrap_or_default();
        let mut known = self.ports.search.price_scales().await?;
        wanted.sort_by_key(|scale| scale.currency.code());
        known.sort_by_key(|scale| scale.currency.code());
        let is_new = known != wanted;
        if is_new {
            self.ports.search.set_price_scales(&wanted).await?;
        }
        Ok(is_new)
    }
}

fn kind() -> Kind {
    let about = "lets price filters and orderings follow the exchange rates";
    Kind { about, ..Kind::new(KindName::fixed(RESCALE), QueueName::fixed(MARKETPLACE_TASKS)) }
}

fn schedule(name: &'static str, args: Json, recurrence: Recurrence) -> Schedule {
    Schedule {
        name: ScheduleName::fixed(name),
        kind: KindName::fixed(RESCALE),
        args,
        recurrence,
        missed: MissedRuns::Coalesce,
        overlap: Overlap::Skip,
        start_within: None,
    }
}

async fn rescale(catalog: Catalog, engine: Engine, args: Rescale, context: TaskContext) -> Result<Rescaled, TaskError> {
    let rates = match engine.usable_rates(engine.ports().clock.now()).await {
        Ok(rates) => Some(rates),
        Err(error @ Error::Store(_)) => return Err(error.into()),
        // There are none, or they are too old to be used for anything.
        Err(_) => None,
    };
    let is_new = catalog.set_scales(rates.as_deref()).await?;
    let search = &catalog.ports().search;
    let mut done = Rescaled { currencies: search.price_scales().await?.len(), steps: 0 };
    // An attempt before this one may have set the scales, and not have come to the last product.
    if !is_new && !args.all && context.attempt() == 1 {
        return Ok(done);
    }
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
    use crate::memory::MemoryStore;
    use crate::money::Money;
    use crate::service::catalog::CatalogPorts;
    use crate::testing::fixtures::{NOW, currency, day, rates};
    use crate::testing::{FixedClock, block_on};

    fn catalog() -> Catalog {
        let store = Arc::new(MemoryStore::new());
        Catalog::new(CatalogPorts {
            products: store.clone(),
            search: store.clone(),
            reviews: store.clone(),
            favourites: store.clone(),
            figures: store.clone(),
            orders: store.clone(),
            accounts: store,
            clock: Arc::new(FixedClock::at(NOW)),
        })
    }

    #[test]
    fn scales_are_set_by_rates_and_taken_away_without_them() {
        let catalog = catalog();
        let set = |rates: Option<&RateBatch>| block_on(catalog.set_scales(rates)).unwrap();
        let known = || block_on(catalog.ports().search.price_scales()).unwrap();
        assert!(!set(None) && known().is_empty());
        let batch = rates(day(0));
        assert!(set(Some(&batch)) && !set(Some(&batch)), "only what is new is set");
        assert!(known().iter().all(|scale| batch.covers(scale.currency)) && known().len() > 2);
        assert!(set(None) && known().is_empty(), "rates that are too old are no rates");
    }

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
