//! The conformance suites of what this crate has, on a server that others use as well, and on one that is crashed and started
//! again.

mod support;

use std::sync::Arc;

use designia_core::memory::MemoryStore;
use designia_core::testing::conformance::TaskStores;
use designia_redis::RedisQueue;
use designia_services::PrivateRedis;

use support::block_on;

mod direct {
    use super::*;

    fn fresh() -> TaskStores {
        // The harness can't say that a test was skipped, so a line has said it.
        let Some((connection, namespace)) = support::fresh() else { return TaskStores::of(MemoryStore::new()) };
        TaskStores::of(RedisQueue::new(connection)).guarded_by(namespace)
    }

    designia_core::task_conformance!(block_on = block_on, fresh = async || fresh());
}

mod crashed {
    use super::*;

    fn fresh() -> TaskStores {
        let Some(server) = support::durable() else { return TaskStores::of(MemoryStore::new()) };
        on(server)
    }

    /// Through an `Arc`, which must change nothing either.
    fn on(server: Arc<PrivateRedis>) -> TaskStores {
        let stores = TaskStores::of(Arc::new(support::queue_on(&server))).guarded_by(Arc::clone(&server));
        stores.reopened_by(move || {
            let server = Arc::clone(&server);
            async move {
                server.kill().expect("it can be killed");
                server.start_again().expect("it starts again");
                on(server)
            }
        })
    }

    designia_core::task_conformance!(block_on = block_on, fresh = async || fresh());
}

/// A node of a real cluster refuses whatever touches keys of two slots.
mod cluster {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    use designia_redis::{Config, RedisConnection};

    use super::*;

    static NODE: LazyLock<Option<PrivateRedis>> = LazyLock::new(|| {
        let node = PrivateRedis::builder().setting("cluster-enabled", "yes").launch_or_skip()?;
        block_on(async {
            let client = redis::Client::open(node.url()).expect("an address");
            let mut connection = client.get_multiplexed_async_connection().await.expect("the node answers");
            let mut slots = redis::cmd("CLUSTER");
            slots.arg("ADDSLOTSRANGE").arg(0).arg(16_383);
            slots.exec_async(&mut connection).await.expect("the slots are free");
            let mut info = redis::cmd("CLUSTER");
            info.arg("INFO");
            while !info.query_async::<String>(&mut connection).await.expect("it answers").contains("cluster_state:ok") {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        });
        Some(node)
    });

    fn fresh() -> TaskStores {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let Some(node) = tokio::task::block_in_place(|| NODE.as_ref()) else {
            return TaskStores::of(MemoryStore::new());
        };
        let config: Config = node.url().parse().expect("an address");
        let namespace = format!("test-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let config = config.with_namespace(&namespace).expect("a namespace");
        TaskStores::of(RedisQueue::new(RedisConnection::lazy(&config)))
    }

    designia_core::task_conformance!(block_on = block_on, fresh = async || fresh());
}

/// What nodes share. A private server takes its keys along, so nobody has to remove them.
mod between_nodes {
    use std::num::NonZeroUsize;

    use designia_core::memory::{MemoryBroadcast, MemoryCache, MemoryLease, MemoryRateLimiter};
    use designia_core::ports::{Broadcast, Cache, Lease, RateLimiter};
    use designia_redis::{RedisBroadcast, RedisCache, RedisLease, RedisRateLimiter};

    use super::*;

    const ROOM: NonZeroUsize = NonZeroUsize::new(1 << 20).expect("it is not zero");

    fn cache() -> Arc<dyn Cache> {
        match support::private() {
            Some(connection) => Arc::new(RedisCache::new(connection)),
            None => Arc::new(MemoryCache::new(ROOM)),
        }
    }

    fn rate_limiter() -> Arc<dyn RateLimiter> {
        match support::private() {
            Some(connection) => Arc::new(RedisRateLimiter::new(connection)),
            None => Arc::new(MemoryRateLimiter::new()),
        }
    }

    fn broadcast() -> Arc<dyn Broadcast> {
        match support::private() {
            Some(connection) => Arc::new(RedisBroadcast::new(connection)),
            None => Arc::new(MemoryBroadcast::new(ROOM)),
        }
    }

    fn lease() -> Arc<dyn Lease> {
        match support::private() {
            Some(connection) => Arc::new(RedisLease::new(connection)),
            None => Arc::new(MemoryLease::new()),
        }
    }

    designia_core::cache_conformance!(block_on = block_on, fresh = async || cache());
    designia_core::rate_limiter_conformance!(block_on = block_on, fresh = async || rate_limiter());
    designia_core::broadcast_conformance!(block_on = block_on, fresh = async || broadcast());
    designia_core::lease_conformance!(block_on = block_on, fresh = async || lease());
}
