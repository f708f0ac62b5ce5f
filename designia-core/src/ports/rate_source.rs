//! A place that exchange rates come from.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use crate::exchange::RateBatch;
use crate::time::{Date, Timestamp};

/// Fetches exchange rates.
///
/// # Contract
/// - A batch is complete as the source gave it, with the source's own base and day; nothing is filled in.
/// - Numbers are read as decimal text, never through a float.
/// - A past day is answered with its own rates, or those of the last day before it that has any. A source that doesn't know
///   that day's rates answers `Unsupported`; it never serves those that only happen to be at hand.
/// - Every batch names the source as [`RateSource::name`] does.
#[async_trait]
pub trait RateSource: fmt::Debug + Send + Sync + 'static {
    /// The source's name, as it appears in every answer that used its rates.
    fn name(&self) -> &str;

    /// The latest rates.
    async fn latest(&self, now: Timestamp) -> Result<RateBatch, RateSourceError>;

    /// The rates of a past day, or of the last day before it that has any.
    async fn on(&self, day: Date, now: Timestamp) -> Result<RateBatch, RateSourceError>;
}

/// What a caller can do about a failed fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RateSourceErrorKind {
    /// The source can't be reached or is not answering in time: try later, or another source.
    Unavailable,
    /// The source answered with something that is not rates, or not believable.
    BadAnswer,
    /// The source doesn't offer that day or base.
    Unsupported,
}

/// A failed fetch.
#[derive(Debug, thiserror::Error)]
#[error("{source_name}: {message}")]
pub struct RateSourceError {
    /// What a caller can do.
    pub kind: RateSourceErrorKind,
    /// Which source.
    pub source_name: String,
    /// What happened, in words.
    pub message: String,
    /// Not to be asked again before this has passed, if the source said so.
    pub retry_after: Option<Duration>,
}
