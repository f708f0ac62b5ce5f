//! What the tests share: a namespace for each, servers of their own, and a runtime.

#![allow(dead_code, clippy::allow_attributes, reason = "each test binary uses a part of it, and one all")]

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};

use designia_redis::{Config, RedisConnection, RedisQueue};
use designia_services::{Namespace, Persistence, PrivateRedis, private_redis_or_skip, redis};
use tokio::runtime::Runtime;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime starts"));

/// Drives a future on the one runtime of the process, from any thread.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    RUNTIME.block_on(future)
}

/// A connection with keys of its own, which go away with the second value, or none after a line that says so.
pub(crate) fn fresh() -> Option<(RedisConnection, Namespace)> {
    let namespace = redis()?.fresh_namespace();
    let config: Config = namespace.url().parse().expect("an address");
    Some((RedisConnection::lazy(&config), namespace))
}

/// A connection with keys of its own on this process's server.
pub(crate) fn private() -> Option<RedisConnection> {
    static SERVER: LazyLock<Option<PrivateRedis>> = LazyLock::new(private_redis_or_skip);
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let config: Config = SERVER.as_ref()?.url().parse().expect("an address");
    let namespace = format!("test-{}", NEXT.fetch_add(1, Ordering::Relaxed));
    Some(RedisConnection::lazy(&config.with_namespace(&namespace).expect("a namespace")))
}

/// A server of one's own that keeps what it has answered, whatever happens to it.
pub(crate) fn durable() -> Option<Arc<PrivateRedis>> {
    PrivateRedis::builder().persistence(Persistence::Always).launch_or_skip().map(Arc::new)
}

/// A queue on a server.
pub(crate) fn queue_on(server: &PrivateRedis) -> RedisQueue {
    RedisQueue::new(RedisConnection::lazy(&server.url().parse().expect("an address")))
}
