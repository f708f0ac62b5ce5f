//! Where exchange rates live.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::StoreError;
use crate::exchange::RateBatch;
use crate::time::Date;

/// Keeps exchange rates.
///
/// # Contract
/// - A batch is stored whole or not at all, and comes back exactly as it was.
/// - Of two batches for the same day from the same publisher and base, the one fetched later counts.
#[async_trait]
pub trait RateStore: fmt::Debug + Send + Sync + 'static {
    /// Stores batches, all or none. Storing one again is harmless.
    async fn save(&self, batches: &[RateBatch]) -> Result<(), StoreError>;

    /// The batch of the latest day, and of those the one fetched last.
    async fn latest(&self) -> Result<Option<Arc<RateBatch>>, StoreError>;

    /// The batch of that day, or of the last day before it that has one.
    async fn on(&self, day: Date) -> Result<Option<Arc<RateBatch>>, StoreError>;
}
