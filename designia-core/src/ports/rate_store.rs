//! Where exchange rates live.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::StoreError;
use crate::exchange::{RateBatch, RateRefusal};
use crate::time::Date;

/// Keeps exchange rates.
///
/// # Contract
/// - A batch is stored whole or not at all, and comes back exactly as it was.
/// - Of two batches for the same day from the same publisher and base, the one fetched later counts.
/// - Of each day that has any, a range holds the batch that [`RateStore::on`] answers. A range of more than [`RATE_DAYS`] days is
///   `Invalid`.
/// - Refusals are notes for people: the last [`REFUSALS_KEPT`] are kept, and no copy of the store takes them along. There is one of a
///   source and moment, the first that was noted.
#[async_trait]
pub trait RateStore: fmt::Debug + Send + Sync + 'static {
    /// Stores batches, all or none. Storing one again is harmless.
    async fn save(&self, batches: &[RateBatch]) -> Result<(), StoreError>;

    /// The batch of the latest day, and of those the one fetched last.
    async fn latest(&self) -> Result<Option<Arc<RateBatch>>, StoreError>;

    /// The batch of that day, or of the last day before it that has one.
    async fn on(&self, day: Date) -> Result<Option<Arc<RateBatch>>, StoreError>;

    /// The batches of the days from the one to the other, both among them: oldest first, one of each day that has any.
    async fn batches(&self, from: Date, to: Date) -> Result<Vec<Arc<RateBatch>>, StoreError>;

    /// Notes that a source gave nothing that can be used. Noting it again is harmless.
    async fn note_refusal(&self, refusal: &RateRefusal) -> Result<(), StoreError>;

    /// The last refusals, newest first, at most so many.
    async fn refusals(&self, limit: u32) -> Result<Vec<RateRefusal>, StoreError>;
}

/// How many days a range of rates may have.
pub const RATE_DAYS: i32 = 400;

/// How many refusals are kept.
pub const REFUSALS_KEPT: u32 = 100;

/// Whether a range of days is one that may be asked for, from the one to the other with both among them.
///
/// # Errors
/// A [`StoreError`] of kind `Invalid`: it is too long.
pub fn check_rate_days(from: Date, to: Date) -> Result<(), StoreError> {
    let days = to.days_since_epoch().saturating_sub(from.days_since_epoch()).saturating_add(1);
    if days <= RATE_DAYS {
        return Ok(());
    }
    Err(StoreError::invalid(format!("the rates of {days} days are asked for, and {RATE_DAYS} are the limit")))
}
