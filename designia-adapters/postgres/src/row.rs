//! Between rows and values: words as text, aggregates as JSON, unsigned numbers as `bigint`.

use designia_core::id::OrderId;
use designia_core::order::Order;
use designia_core::ports::StoreError;
pub(crate) use designia_core::ports::rows::{
    Settled, attempt, foreign_refund, from_json, json, number, one_more, page, readable, refund, word,
};
use uuid::Uuid;

use crate::instant::JsonText;

/// The aggregate in a column.
pub(crate) fn order(id: Uuid, state: &JsonText) -> Result<Order, StoreError> {
    from_json(|| format!("order {}", OrderId::from_uuid(id)), &state.0)
}
