//! Values that are kept for a while.

use std::time::Duration;

use async_trait::async_trait;
use designia_core::ports::{Cache, StoreError};
use designia_core::time::Timestamp;

use crate::connection::RedisConnection;

/// The longest time to live that the server is told, in milliseconds: a hundred years.
const LONGEST: u128 = 100 * 365 * 24 * 60 * 60 * 1000;

/// A [`Cache`] on a Redis server. A value goes with the time up to which it may be used, by the clock of those who use it; the server's
/// own clock, which drops it as well, makes room.
#[derive(Clone, Debug)]
pub struct RedisCache {
    connection: RedisConnection,
}

impl RedisCache {
    /// A cache on a connection that others may use as well.
    #[must_use]
    pub const fn new(connection: RedisConnection) -> Self {
        Self { connection }
    }

    fn key(&self, key: &str) -> String {
        self.connection.key(format_args!("cache:{key}"))
    }
}

#[async_trait]
impl Cache for RedisCache {
    async fn get(&self, key: &str, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
        let mut get = redis::cmd("GET");
        get.arg(self.key(key));
        let kept: Option<Vec<u8>> = self.connection.ask(&get).await?;
        Ok(kept.and_then(|mut kept| {
            let (until, _) = kept.split_first_chunk::<8>()?;
            let is_over = Timestamp::from_micros(i64::from_be_bytes(*until)) <= now;
            kept.drain(..8);
            (!is_over).then_some(kept)
        }))
    }

    async fn put(&self, key: &str, value: &[u8], keep_for: Duration, now: Timestamp) -> Result<(), StoreError> {
        if keep_for.is_zero() {
            return self.remove(key).await;
        }
        let mut kept = Vec::with_capacity(8 + value.len());
        kept.extend((now + keep_for).as_micros().to_be_bytes());
        kept.extend(value);
        let millis = u64::try_from(keep_for.as_millis().clamp(1, LONGEST)).unwrap_or(u64::MAX);
        let mut set = redis::cmd("SET");
        set.arg(self.key(key)).arg(kept).arg("PX").arg(millis);
        self.connection.ask(&set).await
    }

    async fn remove(&self, key: &str) -> Result<(), StoreError> {
        let mut remove = redis::cmd("DEL");
        remove.arg(self.key(key));
        self.connection.ask(&remove).await
    }
}
