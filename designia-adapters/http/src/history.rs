//! Finding a day among the batches of many.

use designia_core::exchange::RateBatch;
use designia_core::ports::{RateSourceError, RateSourceErrorKind};
use designia_core::time::Date;

use crate::error::refusal;

/// The batch of `day`, or of the last day before it that has one.
///
/// `batches` are in the order of their days and known to be complete up to `known_until`. A later day has no answer:
/// its rates may exist, and older ones must not stand in for them.
pub(crate) fn on(
    source_name: &str,
    batches: Vec<RateBatch>,
    day: Date,
    known_until: Date,
) -> Result<RateBatch, RateSourceError> {
    let found = batches.into_iter().rev().find(|batch| batch.as_of() <= day).filter(|_| day <= known_until);
    found.ok_or_else(|| refusal(RateSourceErrorKind::Unsupported, source_name, format!("has no rates for {day}")))
}
