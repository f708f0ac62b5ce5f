//! What nodes share.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::ports::{
    Allowance, Begun, Broadcast, Cache, Lease, NewRequest, Quota, RateLimiter, RequestClaim, RequestLog,
    RequestOutcome, StoreError, Subscription,
};
use crate::time::Timestamp;

#[async_trait]
impl<T: Cache + ?Sized> Cache for Arc<T> {
    async fn get(&self, key: &str, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
        (**self).get(key, now).await
    }

    async fn put(&self, key: &str, value: &[u8], keep_for: Duration, now: Timestamp) -> Result<(), StoreError> {
        (**self).put(key, value, keep_for, now).await
    }

    async fn remove(&self, key: &str) -> Result<(), StoreError> {
        (**self).remove(key).await
    }
}

#[async_trait]
impl<T: RateLimiter + ?Sized> RateLimiter for Arc<T> {
    async fn take(&self, key: &str, quota: Quota, now: Timestamp) -> Result<Allowance, StoreError> {
        (**self).take(key, quota, now).await
    }
}

#[async_trait]
impl<T: Broadcast + ?Sized> Broadcast for Arc<T> {
    async fn publish(&self, channel: &str, message: &[u8]) -> Result<(), StoreError> {
        (**self).publish(channel, message).await
    }

    async fn subscribe(&self, channel: &str) -> Result<Box<dyn Subscription>, StoreError> {
        (**self).subscribe(channel).await
    }
}

#[async_trait]
impl<T: Lease + ?Sized> Lease for Arc<T> {
    async fn hold(
        &self,
        name: &str,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<u64>, StoreError> {
        (**self).hold(name, holder, now, until).await
    }

    async fn release(&self, name: &str, holder: &str) -> Result<bool, StoreError> {
        (**self).release(name, holder).await
    }
}

#[async_trait]
impl<T: RequestLog + ?Sized> RequestLog for Arc<T> {
    async fn begin(&self, request: NewRequest) -> Result<Begun, StoreError> {
        (**self).begin(request).await
    }

    async fn end(&self, claim: &RequestClaim, outcome: RequestOutcome) -> Result<bool, StoreError> {
        (**self).end(claim, outcome).await
    }

    async fn forget(&self, begun_before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        (**self).forget(begun_before, limit).await
    }
}
