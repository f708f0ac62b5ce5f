//! Limits on rates for one process.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use crate::ports::{Allowance, Quota, RateLimiter, StoreError};
use crate::time::Timestamp;

/// How many keys there are at least before those are looked for that can be forgotten.
const KEYS: usize = 1_024;

/// A [`RateLimiter`] for one process. A key whose whole quota is back is forgotten sooner or later, so it holds about as many
/// as are in use. Clones share their data.
#[derive(Clone, Default)]
pub struct MemoryRateLimiter {
    keys: Arc<Mutex<Keys>>,
}

#[derive(Default)]
struct Keys {
    /// When the whole quota is back.
    full_at: HashMap<String, Timestamp>,
    swept: usize,
}

impl MemoryRateLimiter {
    /// One that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn keys(&self) -> MutexGuard<'_, Keys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl RateLimiter for MemoryRateLimiter {
    async fn take(&self, key: &str, quota: Quota, now: Timestamp) -> Result<Allowance, StoreError> {
        let mut keys = self.keys();
        let full_at = keys.full_at.get(key).copied().unwrap_or(now);
        let (allowance, full_at) = take(quota, full_at, now);
        if allowance.allowed {
            keys.sweep(now);
            keys.full_at.insert(key.to_owned(), full_at);
        }
        Ok(allowance)
    }
}

impl Keys {
    /// Whenever there are twice as many keys as the last time.
    fn sweep(&mut self, now: Timestamp) {
        if self.full_at.len() >= self.swept.max(KEYS / 2) * 2 {
            self.full_at.retain(|_, full_at| *full_at > now);
            self.swept = self.full_at.len();
        }
    }
}

/// The generic cell rate algorithm: what a take at `now` comes to if the whole quota is back at `full_at`, and when it is back
/// after it.
fn take(quota: Quota, full_at: Timestamp, now: Timestamp) -> (Allowance, Timestamp) {
    let burst = quota.burst.max(1);
    let step = Duration::from_micros(micros(quota.per / burst).max(1));
    let full_at = full_at.max(now);
    let then = full_at + step;
    // What is on its way back may be as much as the whole quota.
    let retry_after = then.since(now).saturating_sub(step * burst);
    if !retry_after.is_zero() {
        let reset_after = full_at.since(now);
        return (Allowance { allowed: false, remaining: 0, retry_after, reset_after }, full_at);
    }
    let reset_after = then.since(now);
    let left = (step * burst).saturating_sub(reset_after);
    let remaining = u32::try_from(left.as_micros() / step.as_micros()).unwrap_or(u32::MAX);
    (Allowance { allowed: true, remaining, retry_after, reset_after }, then)
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

impl fmt::Debug for MemoryRateLimiter {
    /// How many keys: they may hold personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryRateLimiter").field("keys", &self.keys().full_at.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::testing::block_on;
    use crate::testing::fixtures::NOW;
    use crate::time::MINUTE;

    #[test]
    fn keys_whose_quota_is_back_are_forgotten() {
        let limiter = MemoryRateLimiter::new();
        let quota = Quota { burst: 1, per: MINUTE };
        for minute in 0..100 {
            for number in 0..200 {
                let key = format!("{minute}-{number}");
                assert!(block_on(limiter.take(&key, quota, NOW + MINUTE * minute)).unwrap().allowed);
            }
        }
        assert!(limiter.keys().full_at.len() <= KEYS, "20,000 have been used, 200 are in use");
    }

    #[test]
    fn a_quota_that_does_not_divide_evenly_is_never_exceeded() {
        let quota = Quota { burst: 7, per: Duration::from_micros(100) };
        let limiter = MemoryRateLimiter::new();
        let mut taken = 0;
        for micro in 0..=1_000 {
            taken +=
                u32::from(block_on(limiter.take("key", quota, NOW + Duration::from_micros(micro))).unwrap().allowed);
        }
        assert_eq!(taken, 7 + 1_000 / 14, "each comes back after 14 microseconds");
    }
}
