//! Limits on rates that go on while the server that counts for all nodes is away.
//!
//! A limit protects the service; it must not take it down. While Redis is away each node counts by itself and from nothing: of
//! `n` nodes together up to `n` times the quota is allowed, and whoever was refused a moment ago is let in once more.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use designia_core::memory::MemoryRateLimiter;
use designia_core::ports::{Allowance, Quota, RateLimiter, StoreError};
use designia_core::time::Timestamp;

use crate::outage::Outage;

/// How long a request waits for the shared count. What takes longer is away.
const PATIENCE: Duration = Duration::from_millis(250);

/// How long the shared count is left alone after it failed, so that not every request waits for it in vain.
const PAUSE: Duration = Duration::from_secs(1);

/// A limiter that counts by itself while the one it stands for does not answer.
#[derive(Debug)]
pub(super) struct Forgiving {
    shared: Arc<dyn RateLimiter>,
    own: MemoryRateLimiter,
    absence: Mutex<Absence>,
}

#[derive(Debug, Default)]
struct Absence {
    /// Not asked before this.
    until: Option<Timestamp>,
    outage: Outage,
}

impl Forgiving {
    pub(super) fn new(shared: Arc<dyn RateLimiter>) -> Self {
        Self { shared, own: MemoryRateLimiter::new(), absence: Mutex::default() }
    }

    /// Whether the shared count may be asked. While it is away one request in every [`PAUSE`] may.
    fn may_ask(&self, now: Timestamp) -> bool {
        let mut absence = self.absence();
        match absence.until {
            Some(until) if now < until => false,
            Some(_) => {
                absence.until = Some(now + PAUSE);
                true
            }
            None => true,
        }
    }

    fn failed(&self, now: Timestamp, reason: &dyn std::fmt::Display) {
        let mut absence = self.absence();
        absence.until = Some(now + PAUSE);
        if absence.outage.failed() {
            tracing::warn!(%reason, "limits on rates are counted by each node for itself until Redis answers");
        }
    }

    fn succeeded(&self) {
        let mut absence = self.absence();
        absence.until = None;
        if absence.outage.ended().is_some() {
            tracing::info!("limits on rates are counted for all nodes together again");
        }
    }

    fn absence(&self) -> MutexGuard<'_, Absence> {
        self.absence.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl RateLimiter for Forgiving {
    async fn take(&self, key: &str, quota: Quota, now: Timestamp) -> Result<Allowance, StoreError> {
        if self.may_ask(now) {
            match tokio::time::timeout(PATIENCE, self.shared.take(key, quota, now)).await {
                Ok(Ok(allowance)) => {
                    self.succeeded();
                    return Ok(allowance);
                }
                Ok(Err(error)) => self.failed(now, &error),
                Err(late) => self.failed(now, &late),
            }
        }
        self.own.take(key, quota, now).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);
    const ONCE: Quota = Quota { burst: 1, per: Duration::from_secs(3600) };

    /// Counts how often it was asked, and hangs, fails or answers.
    #[derive(Debug, Default)]
    struct Moody {
        asked: AtomicU32,
        is_away: AtomicBool,
        hangs: AtomicBool,
        count: MemoryRateLimiter,
    }

    #[async_trait]
    impl RateLimiter for Moody {
        async fn take(&self, key: &str, quota: Quota, now: Timestamp) -> Result<Allowance, StoreError> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            if self.hangs.load(Ordering::Relaxed) {
                std::future::pending::<()>().await;
            }
            if self.is_away.load(Ordering::Relaxed) {
                return Err(StoreError::unavailable("nobody answers"));
            }
            self.count.take(key, quota, now).await
        }
    }

    #[tokio::test]
    async fn while_the_shared_count_is_away_limits_hold_on_this_node_and_requests_do_not_queue_for_it() {
        let shared = Arc::new(Moody::default());
        let limiter = Forgiving::new(shared.clone());
        assert!(limiter.take("a", ONCE, NOW).await.unwrap().allowed);
        shared.is_away.store(true, Ordering::Relaxed);
        assert!(limiter.take("a", ONCE, NOW).await.unwrap().allowed, "this node begins to count from nothing");
        for _ in 0..50 {
            assert!(!limiter.take("a", ONCE, NOW).await.unwrap().allowed);
        }
        assert_eq!(shared.asked.load(Ordering::Relaxed), 2, "once when it was there, once to learn that it is not");
        shared.is_away.store(false, Ordering::Relaxed);
        assert!(!limiter.take("a", ONCE, NOW + PAUSE).await.unwrap().allowed, "it counts for all again");
        assert!(limiter.take("b", ONCE, NOW + PAUSE).await.unwrap().allowed);
        assert_eq!(shared.asked.load(Ordering::Relaxed), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn a_shared_count_that_hangs_holds_up_one_request_and_not_for_long() {
        let shared = Arc::new(Moody::default());
        shared.hangs.store(true, Ordering::Relaxed);
        let limiter = Forgiving::new(shared);
        let begun = tokio::time::Instant::now();
        for _ in 0..20 {
            limiter.take("a", ONCE, NOW).await.unwrap();
        }
        assert_eq!(begun.elapsed(), PATIENCE);
    }
}
