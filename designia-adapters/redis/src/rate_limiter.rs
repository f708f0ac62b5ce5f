//! Limits on how often something may happen, for all nodes together.

use std::time::Duration;

use async_trait::async_trait;
use designia_core::ports::{Allowance, Quota, RateLimiter, StoreError};
use designia_core::time::Timestamp;

use crate::connection::RedisConnection;
use crate::script::{Script, script};

static TAKE: Script = script!("take");

/// A [`RateLimiter`] on a Redis server: one number per key, changed by one script.
#[derive(Clone, Debug)]
pub struct RedisRateLimiter {
    connection: RedisConnection,
}

impl RedisRateLimiter {
    /// A limiter on a connection that others may use as well.
    #[must_use]
    pub const fn new(connection: RedisConnection) -> Self {
        Self { connection }
    }
}

#[async_trait]
impl RateLimiter for RedisRateLimiter {
    async fn take(&self, key: &str, quota: Quota, now: Timestamp) -> Result<Allowance, StoreError> {
        let burst = quota.burst.max(1);
        let step = u64::try_from((quota.per / burst).as_micros()).unwrap_or(u64::MAX).max(1);
        let key = self.connection.key(format_args!("rate:{key}"));
        let call = TAKE.at(&self.connection, &key).arg(now.as_micros()).arg(burst).arg(step);
        let (allowed, remaining, retry_after, reset_after): (bool, u32, u64, u64) = call.run().await?;
        let (retry_after, reset_after) = (Duration::from_micros(retry_after), Duration::from_micros(reset_after));
        Ok(Allowance { allowed, remaining, retry_after, reset_after })
    }
}
