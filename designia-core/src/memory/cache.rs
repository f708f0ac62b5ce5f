//! A cache for one process.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use crate::ports::{Cache, StoreError};
use crate::time::Timestamp;

/// A [`Cache`] for one process, with room for so many values. When it is full the one goes whose time is over first. Clones
/// share their data.
#[derive(Clone)]
pub struct MemoryCache {
    values: Arc<Mutex<Values>>,
}

struct Values {
    room: NonZeroUsize,
    by_key: HashMap<Arc<str>, (Timestamp, Vec<u8>)>,
    by_end: BTreeSet<(Timestamp, Arc<str>)>,
}

impl MemoryCache {
    /// One that keeps at most so many values.
    #[must_use]
    pub fn new(room: NonZeroUsize) -> Self {
        let values = Values { room, by_key: HashMap::new(), by_end: BTreeSet::new() };
        Self { values: Arc::new(Mutex::new(values)) }
    }

    fn values(&self) -> MutexGuard<'_, Values> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Cache for MemoryCache {
    async fn get(&self, key: &str, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
        let values = self.values();
        let kept = values.by_key.get(key).filter(|(until, _)| now < *until);
        Ok(kept.map(|(_, value)| value.clone()))
    }

    async fn put(&self, key: &str, value: &[u8], keep_for: Duration, now: Timestamp) -> Result<(), StoreError> {
        let mut values = self.values();
        values.remove(key);
        while values.by_key.len() >= values.room.get()
            && let Some((_, first)) = values.by_end.pop_first()
        {
            values.by_key.remove(&first);
        }
        let (key, until): (Arc<str>, _) = (key.into(), now + keep_for);
        values.by_end.insert((until, Arc::clone(&key)));
        values.by_key.insert(key, (until, value.to_vec()));
        Ok(())
    }

    async fn remove(&self, key: &str) -> Result<(), StoreError> {
        self.values().remove(key);
        Ok(())
    }
}

impl Values {
    fn remove(&mut self, key: &str) {
        if let Some((key, (until, _))) = self.by_key.remove_entry(key) {
            self.by_end.remove(&(until, key));
        }
    }
}

impl fmt::Debug for MemoryCache {
    /// How many values: they and their keys may hold personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryCache").field("values", &self.values().by_key.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::testing::block_on;
    use crate::testing::fixtures::NOW;
    use crate::time::{HOUR, MINUTE};

    #[test]
    fn a_full_cache_lets_go_of_what_is_over_first() {
        let cache = MemoryCache::new(NonZeroUsize::new(2).unwrap());
        let put = |key: &str, keep_for, now| block_on(cache.put(key, b"value", keep_for, now)).unwrap();
        let is_there = |key: &str, now| block_on(cache.get(key, now)).unwrap().is_some();
        put("long", HOUR, NOW);
        put("short", MINUTE, NOW);
        put("long", HOUR, NOW);
        assert!(is_there("short", NOW), "putting a value again takes no more room");
        put("new", MINUTE * 5, NOW + MINUTE * 2);
        assert!(is_there("long", NOW + MINUTE * 2) && is_there("new", NOW + MINUTE * 2));
        put("newer", HOUR, NOW + MINUTE * 2);
        assert!(!is_there("new", NOW + MINUTE * 2) && is_there("long", NOW + MINUTE * 2));
        assert_eq!(cache.values().by_key.len(), 2);
        assert_eq!(cache.values().by_end.len(), 2);
    }
}
