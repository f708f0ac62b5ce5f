//! Exchange rates by day.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::exchange::RateBatch;
use crate::ports::RateKey;
use crate::time::Date;

#[derive(Default)]
pub(super) struct Rates {
    /// Per day, one batch of each publisher and base.
    days: BTreeMap<Date, Vec<Arc<RateBatch>>>,
}

impl Rates {
    pub(super) fn save(&mut self, batches: &[RateBatch]) {
        for batch in batches {
            let day = self.days.entry(batch.as_of()).or_default();
            let same = |known: &&mut Arc<RateBatch>| known.source() == batch.source() && known.base() == batch.base();
            match day.iter_mut().find(same) {
                Some(known) if known.fetched_at() < batch.fetched_at() => *known = Arc::new(batch.clone()),
                Some(_) => {}
                None => day.push(Arc::new(batch.clone())),
            }
        }
    }

    /// Every batch, by key.
    pub(super) fn by_key(&self) -> BTreeMap<RateKey, &Arc<RateBatch>> {
        self.days.values().flatten().map(|batch| (RateKey::of(batch), batch)).collect()
    }

    pub(super) fn latest(&self) -> Option<Arc<RateBatch>> {
        self.days.values().next_back().and_then(|day| fetched_last(day))
    }

    pub(super) fn on(&self, day: Date) -> Option<Arc<RateBatch>> {
        self.days.range(..=day).next_back().and_then(|(_, day)| fetched_last(day))
    }
}

fn fetched_last(day: &[Arc<RateBatch>]) -> Option<Arc<RateBatch>> {
    day.iter().max_by_key(|batch| batch.fetched_at()).cloned()
}
