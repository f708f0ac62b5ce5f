//! Between rows and values: ids as 16 bytes, instants as microseconds, words as text, aggregates as JSON.

use designia_core::id::{
    AccountId, ApplicationId, AuditId, BuyerId, ChallengeId, MailId, NotificationId, OrderId, ProductId, SellerId,
    SessionId, TaskId,
};
use designia_core::order::Order;
use designia_core::ports::StoreError;
pub(crate) use designia_core::ports::rows::{
    Settled, attempt, foreign_refund, from_json, json, number, one_more, page, readable, refund, word,
};
use designia_core::time::Timestamp;
use uuid::Uuid;

/// Greater than every id, which has sixteen bytes.
pub(crate) const ABOVE_ALL: [u8; 17] = [u8::MAX; 17];

/// An id as it is stored.
pub(crate) trait StoredId: Copy {
    /// The UUID inside.
    fn uuid(self) -> Uuid;

    /// The id as a column holds it.
    fn bytes(self) -> Vec<u8> {
        self.uuid().as_bytes().to_vec()
    }

    /// The id inside a JSON array.
    fn hex(self) -> String {
        hex(self.uuid().as_bytes())
    }
}

macro_rules! stored_id {
    ($($name:ident),+) => {
        $(impl StoredId for $name {
            fn uuid(self) -> Uuid {
                self.as_uuid()
            }
        })+
    };
}

stored_id!(
    AccountId,
    ApplicationId,
    AuditId,
    BuyerId,
    ChallengeId,
    MailId,
    NotificationId,
    OrderId,
    ProductId,
    SellerId,
    SessionId,
    TaskId
);

/// Bytes inside a JSON array, for `unhex`.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or_default();
        text.extend([digit(byte >> 4), digit(byte & 0xf)]);
        text
    })
}

/// The UUID in a column.
pub(crate) fn uuid(bytes: &[u8]) -> Result<Uuid, StoreError> {
    Uuid::from_slice(bytes).map_err(|error| StoreError::corrupt("an id", error))
}

/// The order id in a column.
pub(crate) fn order_id(bytes: &[u8]) -> Result<OrderId, StoreError> {
    uuid(bytes).map(OrderId::from_uuid)
}

/// The task id in a column.
pub(crate) fn task_id(bytes: &[u8]) -> Result<TaskId, StoreError> {
    uuid(bytes).map(TaskId::from_uuid)
}

/// The aggregate in a column.
pub(crate) fn order(id: &[u8], state: &str) -> Result<Order, StoreError> {
    let name = || uuid(id).map_or_else(|_| format!("order {}", hex(id)), |id| format!("order {id}"));
    from_json(name, state)
}

/// An instant as a column holds it.
pub(crate) const fn micros(at: Timestamp) -> i64 {
    at.as_micros()
}
