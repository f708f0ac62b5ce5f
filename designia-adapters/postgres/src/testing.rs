//! Feature `testing`: a database of any size, for tests and benches of how things are when there is much of it.
//!
//! One order is stored the ordinary way, and its rows are copied with other ids where they are: a million in minutes.

use std::ops::Range;
use std::time::Duration;

use designia_core::id::OrderId;
use designia_core::ports::StoreError;

use crate::error::store_error;
use crate::store::PostgresStore;

/// Rows per statement: few enough for the timeout of a statement.
const CHUNK: u64 = 5_000;

/// Tables that hold rows of an order, with what a copy takes over unchanged; `order_id` comes first. `KEY` stands for the key, which
/// names the order, and NULLs for the provider's names. Those of designia-sqlite are called the same.
pub const TABLES: [(&str, &str); 6] = [
    ("order_sellers", "seller, status, placed_at"),
    ("attempts", "no, NULL, NULL, state, currency, amount_minor, captured_minor"),
    ("events", "seq, at, cause, event"),
    ("effects", "event, idx, KEY, kind, state, claims, planned_at, first_sent_at, due_at, note, request"),
    ("stock_movements", "product, reason, round, quantity, at"),
    ("journals", "event, at, debit, credit, currency, minor"),
];

/// Copies of an order.
#[derive(Clone, Debug)]
pub struct Copies {
    /// What is copied. The provider's names are left out, since they are nobody else's.
    pub template: OrderId,
    /// The copies' numbers, which make their ids and, a millisecond each, when they were placed.
    pub numbers: Range<u64>,
    /// Over so many buyers.
    pub buyers: u64,
    /// They are due so much later than the template, and spread over as much again.
    pub due_later: Duration,
}

/// The id of the copy of this number, which must be below 2^48.
#[must_use]
pub const fn copy_id(number: u64) -> OrderId {
    OrderId::from_uuid(uuid::Uuid::from_u64_pair(0x7000, 0x8000_0000_0000_0000 | number))
}

/// Copies an order that many times. Stock is not taken for the copies.
///
/// # Errors
/// If there are such copies already, or the database fails.
pub async fn copy_order(store: &PostgresStore, copies: &Copies) -> Result<(), StoreError> {
    let template = copies.template.to_string();
    let Some(order) = designia_core::ports::OrderStore::load(store, copies.template).await? else {
        return Err(StoreError::invalid(format!("there is no order {template}")));
    };
    let (own_buyer, own_time) = (order.buyer().to_string(), order.contents().placed_at.to_string());
    let placed = r#"to_char((placed_at + n * interval '1 ms') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"#;
    let id = "('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))";
    let buyer = format!("('00000000-0000-7000-9000-' || lpad(to_hex(n % {}), 12, '0'))", copies.buyers.max(1));
    let (later, spread) = (copies.due_later.as_micros(), copies.due_later.as_micros().max(1));
    let mut session = store.session().await?;
    let mut first = copies.numbers.start;
    while first < copies.numbers.end {
        let last = (first + CHUNK).min(copies.numbers.end) - 1;
        let numbers = format!("generate_series({first}::bigint, {last}) AS n");
        session.begin().await.map_err(store_error)?;
        let orders = format!(
            "INSERT INTO designia.orders (id, buyer, status, payment_status, currency, total_minor, placed_at, updated_at,
                next_tick_at, tick_due_at, expires_at, attention_at, version, state)
             SELECT {id}::uuid, {buyer}::uuid, status, payment_status, currency, total_minor,
                placed_at + n * interval '1 ms', updated_at, next_tick_at,
                next_tick_at + ({later} + n % 1000003 * 7919000000 % {spread}) * interval '1 us',
                expires_at, attention_at, version,
                replace(replace(replace(state::text, '{template}', {id}), '{own_buyer}', {buyer}), '{own_time}', {placed})::json
             FROM designia.orders, {numbers} WHERE id = '{template}'"
        );
        let mut copied = session.command(orders).await;
        for (table, columns) in TABLES {
            let names = columns.replace("no, NULL, NULL", "no, session_ref, payment_ref").replace("KEY", "key");
            let values = columns
                .replace("KEY", &format!("replace(key, '{template}', {id})"))
                .replace("status, placed_at", "status, placed_at + n * interval '1 ms'");
            let rows = format!(
                "INSERT INTO designia.{table} (order_id, {names})
                 SELECT {id}::uuid, {values} FROM designia.{table}, {numbers} WHERE order_id = '{template}'"
            );
            if copied.is_ok() {
                copied = session.command(rows).await;
            }
        }
        session.end(copied).await.map_err(store_error)?;
        first = last + 1;
    }
    Ok(())
}
