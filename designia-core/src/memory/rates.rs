//! Exchange rates by day.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::exchange::{RateBatch, RateRefusal};
use crate::ports::{REFUSALS_KEPT, RateKey};
use crate::time::{Date, Timestamp};

#[derive(Default)]
pub(super) struct Rates {
    /// Per day, one batch of each publisher and base.
    days: BTreeMap<Date, Vec<Arc<RateBatch>>>,
    refusals: BTreeMap<(Timestamp, String), RateRefusal>,
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

    pub(super) fn batches(&self, from: Date, to: Date) -> Vec<Arc<RateBatch>> {
        // A range that ends before it begins makes the map panic.
        let days = self.days.range(from..).take_while(|(day, _)| **day <= to);
        days.filter_map(|(_, day)| fetched_last(day)).collect()
    }

    pub(super) fn refuse(&mut self, refusal: &RateRefusal) {
        let key = (refusal.at(), refusal.source().to_owned());
        self.refusals.entry(key).or_insert_with(|| refusal.clone());
        while self.refusals.len() > usize::try_from(REFUSALS_KEPT).unwrap_or(usize::MAX) {
            self.refusals.pop_first();
        }
    }

    pub(super) fn refusals(&self, limit: u32) -> Vec<RateRefusal> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        self.refusals.values().rev().take(limit).cloned().collect()
    }
}

fn fetched_last(day: &[Arc<RateBatch>]) -> Option<Arc<RateBatch>> {
    day.iter().max_by_key(|batch| batch.fetched_at()).cloned()
}
