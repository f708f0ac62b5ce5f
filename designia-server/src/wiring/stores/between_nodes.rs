//! What nodes share besides the database: through Redis if there is one, or else each on its own.
//!
//! Without Redis a second node on the same PostgreSQL server counts and caches for itself, and what is broadcast stays in the
//! process: a notification of the database holds 8,000 bytes at most, less than a message may have. Nothing is lost by that
//! but time, because what is broadcast is also stored.

use std::num::NonZeroUsize;
use std::sync::Arc;

use designia_core::memory::{MemoryBroadcast, MemoryCache, MemoryLease, MemoryRateLimiter};
use designia_core::ports::{Broadcast, Cache, Lease, RateLimiter};
use designia_redis::{RedisBroadcast, RedisCache, RedisConnection, RedisLease, RedisRateLimiter};

use super::Stores;
use super::limits::Forgiving;

/// How many messages one subscriber of this process may be behind.
const ROOM_FOR_MESSAGES: NonZeroUsize = NonZeroUsize::new(256).unwrap();

/// How many values the cache of this process holds.
const ROOM_FOR_VALUES: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// The four that are not about storing.
#[derive(Clone, Debug)]
pub(super) struct BetweenNodes {
    broadcast: Arc<dyn Broadcast>,
    limiter: Arc<dyn RateLimiter>,
    cache: Arc<dyn Cache>,
    lease: Arc<dyn Lease>,
}

impl BetweenNodes {
    /// For one node alone.
    pub(super) fn in_process() -> Self {
        Self {
            broadcast: Arc::new(MemoryBroadcast::new(ROOM_FOR_MESSAGES)),
            limiter: Arc::new(MemoryRateLimiter::new()),
            cache: Arc::new(MemoryCache::new(ROOM_FOR_VALUES)),
            lease: Arc::new(MemoryLease::new()),
        }
    }

    /// For all nodes on this server.
    pub(super) fn over(redis: &RedisConnection) -> Self {
        Self {
            broadcast: Arc::new(RedisBroadcast::new(redis.clone())),
            limiter: Arc::new(Forgiving::new(Arc::new(RedisRateLimiter::new(redis.clone())))),
            cache: Arc::new(RedisCache::new(redis.clone())),
            lease: Arc::new(RedisLease::new(redis.clone())),
        }
    }
}

impl Stores {
    /// Messages to whoever is connected now, on any node of the same Redis server; without Redis, on this node.
    #[must_use]
    pub fn broadcast(&self) -> Arc<dyn Broadcast> {
        Arc::clone(&self.between.broadcast)
    }

    /// Limits on rates, counted for all nodes of the same Redis server together; without Redis, and while it is away, by each
    /// node for itself. It never fails.
    #[must_use]
    pub fn rate_limiter(&self) -> Arc<dyn RateLimiter> {
        Arc::clone(&self.between.limiter)
    }

    /// What is kept for a while; a miss or a failure means asking the source.
    #[must_use]
    pub fn cache(&self) -> Arc<dyn Cache> {
        Arc::clone(&self.between.cache)
    }

    /// Who leads among the nodes of the same Redis server; without Redis, every node leads.
    #[must_use]
    pub fn lease(&self) -> Arc<dyn Lease> {
        Arc::clone(&self.between.lease)
    }
}
