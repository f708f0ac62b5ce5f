//! What every store of rows does alike: between values and columns, words as text, aggregates as JSON, and pages.

pub mod log;
pub mod product;
pub mod walk;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Cursor, Page, StoreError};
use crate::effect::{EffectOutcome, EffectSettlement};
use crate::payment::{Attempt, ForeignRefund, ProviderRefs, Refund};
use crate::time::Timestamp;

/// A value as JSON text.
///
/// # Errors
/// `Invalid` for a value that has no JSON form.
pub fn json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::invalid(format!("a value has no JSON form: {error}")))
}

/// A value from JSON text; `what` names it in the error.
///
/// # Errors
/// `Corrupt` if the text is no such value.
pub fn from_json<T: DeserializeOwned>(what: impl FnOnce() -> String, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::corrupt(&what(), error))
}

/// A word from a column, by the list of the words that there are; `what` names the column.
///
/// # Errors
/// `Corrupt` if there is no such word.
pub fn word<T: Copy>(what: &str, all: &[T], text: &str, as_str: fn(T) -> &'static str) -> Result<T, StoreError> {
    let known = all.iter().copied().find(|value| as_str(*value) == text);
    known.ok_or_else(|| StoreError::corrupt(what, format!("`{text}` is no word of this program")))
}

/// An unsigned number from a column.
///
/// # Errors
/// `Corrupt` if it is out of range.
pub fn number<T: TryFrom<i64>>(what: &str, value: i64) -> Result<T, StoreError> {
    T::try_from(value).map_err(|_| StoreError::corrupt(what, format!("{value} is out of range")))
}

/// An attempt as an array of columns.
#[must_use]
pub fn attempt(attempt: &Attempt) -> impl Serialize + use<'_> {
    let ProviderRefs { session, payment } = attempt.refs();
    let (amount, captured) = (attempt.amount(), attempt.captured().minor());
    (attempt.no(), session, payment, attempt.state(), amount.currency(), amount.minor(), captured)
}

/// A refund as an array of columns.
#[must_use]
pub fn refund(refund: &Refund) -> impl Serialize + use<'_> {
    let amount = refund.amount;
    (refund.no, refund.attempt, &refund.provider_id, refund.state, amount.currency(), amount.minor())
}

/// A refund that was made at the provider, as an array of columns.
#[must_use]
pub fn foreign_refund<'a>((provider_id, refund): (&'a String, &ForeignRefund)) -> impl Serialize + use<'a> {
    (provider_id, refund.attempt, refund.state, refund.amount.currency(), refund.amount.minor())
}

/// Those of the claimed rows that can be read. The others are reported and left to a person; if there is nothing else, the
/// first of them is the error.
///
/// # Errors
/// The first row that can't be read, if none can.
pub fn readable<T>(rows: impl Iterator<Item = Result<T, StoreError>>) -> Result<Vec<T>, StoreError> {
    let (good, bad): (Vec<_>, Vec<_>) = rows.partition(Result::is_ok);
    for error in bad.iter().filter_map(|row| row.as_ref().err()) {
        tracing::error!(%error, "a claimed row is passed over");
    }
    if good.is_empty() { bad.into_iter().collect() } else { good.into_iter().collect() }
}

/// What a settlement makes of the row of its effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The state's word.
    pub state: &'static str,
    /// When it is next due; `None` to leave it as it is.
    pub due_at: Option<Timestamp>,
    /// Why.
    pub note: Option<String>,
}

impl Settled {
    /// What this settlement makes of it.
    #[must_use]
    pub fn by(settlement: &EffectSettlement) -> Self {
        let (due_at, note) = match &settlement.outcome {
            EffectOutcome::Done => (None, None),
            EffectOutcome::Refused(why) => (None, Some(why)),
            EffectOutcome::NotSent { at, why } | EffectOutcome::Unknown { at, why } => (Some(*at), Some(why)),
        };
        Self { state: settlement.outcome.state().as_str(), due_at, note: note.cloned() }
    }
}

/// One row more than a page holds is asked for, so that the last page knows that it is.
#[must_use]
pub fn one_more(limit: u32) -> i64 {
    i64::from(limit) + 1
}

/// The page, of rows that may be one too many.
#[must_use]
pub fn page<T>(mut rows: Vec<T>, limit: u32, cursor: impl Fn(&T) -> Cursor) -> Page<T> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| is_more).map(cursor);
    Page { rows, next }
}
