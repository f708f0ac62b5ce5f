//! Between rows and values: words as text, aggregates as JSON, unsigned numbers as `bigint`.

use designia_core::id::OrderId;
use designia_core::order::Order;
use designia_core::payment::{Attempt, ForeignRefund, ProviderRefs, Refund};
use designia_core::ports::StoreError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::instant::JsonText;

/// The aggregate in a column.
pub(crate) fn order(id: Uuid, state: &JsonText) -> Result<Order, StoreError> {
    from_json(|| format!("order {}", OrderId::from_uuid(id)), &state.0)
}

/// A value as JSON text.
pub(crate) fn json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::invalid(format!("a value has no JSON form: {error}")))
}

/// A value from JSON text; `what` names it in the error.
pub(crate) fn from_json<T: DeserializeOwned>(what: impl FnOnce() -> String, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::corrupt(&what(), error))
}

/// A word from a column, by the list of the words that there are; `what` names the column.
pub(crate) fn word<T: Copy>(what: &str, all: &[T], text: &str, as_str: fn(T) -> &'static str) -> Result<T, StoreError> {
    let known = all.iter().copied().find(|value| as_str(*value) == text);
    known.ok_or_else(|| StoreError::corrupt(what, format!("`{text}` is no word of this program")))
}

/// An unsigned number from a column.
pub(crate) fn number<T: TryFrom<i64>>(what: &str, value: i64) -> Result<T, StoreError> {
    T::try_from(value).map_err(|_| StoreError::corrupt(what, format!("{value} is out of range")))
}

/// An attempt as an array of columns.
pub(crate) fn attempt(attempt: &Attempt) -> impl Serialize + use<'_> {
    let ProviderRefs { session, payment } = attempt.refs();
    let (amount, captured) = (attempt.amount(), attempt.captured().minor());
    (attempt.no(), session, payment, attempt.state(), amount.currency(), amount.minor(), captured)
}

/// A refund as an array of columns.
pub(crate) fn refund(refund: &Refund) -> impl Serialize + use<'_> {
    let amount = refund.amount;
    (refund.no, refund.attempt, &refund.provider_id, refund.state, amount.currency(), amount.minor())
}

/// A refund that was made at the provider, as an array of columns.
pub(crate) fn foreign_refund<'a>((provider_id, refund): (&'a String, &ForeignRefund)) -> impl Serialize + use<'a> {
    (provider_id, refund.attempt, refund.state, refund.amount.currency(), refund.amount.minor())
}

/// Those of the claimed rows that can be read. The others are reported and left to a person; if there is nothing else, the
/// first of them is the error.
pub(crate) fn readable<T>(rows: impl Iterator<Item = Result<T, StoreError>>) -> Result<Vec<T>, StoreError> {
    let (good, bad): (Vec<_>, Vec<_>) = rows.partition(Result::is_ok);
    for error in bad.iter().filter_map(|row| row.as_ref().err()) {
        tracing::error!(%error, "a claimed row is passed over");
    }
    if good.is_empty() { bad.into_iter().collect() } else { good.into_iter().collect() }
}
