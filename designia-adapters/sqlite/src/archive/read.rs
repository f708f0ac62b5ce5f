//! From rows to archives: an order's parts are read for a whole page at a time, and sorted to their orders here.

use std::collections::HashMap;

use designia_core::effect::EffectRecord;
use designia_core::exchange::RateBatch;
use designia_core::id::{BuyerId, OrderId, ProductId};
use designia_core::ledger::{Account, Journal};
use designia_core::money::Money;
use designia_core::order::{Recorded, StockMovement, StockReason};
use designia_core::ports::{AnsweredRequest, OrderArchive, RequestKey, StoreError};
use designia_core::time::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row as _, SqliteConnection};

use crate::effects;
use crate::error::store_error;
use crate::row::{self, from_json, hex, json, number};
use crate::sql::archive as sql;

/// The orders of these ids with all that belongs to them, by id. Within a transaction, they are of one moment.
pub(super) async fn orders(
    connection: &mut SqliteConnection,
    ids: &[Vec<u8>],
) -> Result<Vec<OrderArchive>, StoreError> {
    let ids = json(&ids.iter().map(|id| hex(id)).collect::<Vec<_>>())?;
    let mut histories = part(connection, sql::HISTORIES, &ids, recorded).await?;
    let mut effects = part(connection, sql::EFFECTS, &ids, effect).await?;
    let mut movements = part(connection, sql::MOVEMENTS, &ids, movement).await?;
    let mut journals = part(connection, sql::JOURNALS, &ids, journal).await?;
    let mut requests = part(connection, sql::REQUESTS, &ids, request).await?;
    let query = sqlx::query_as(sql::ORDERS).bind(ids);
    let rows: Vec<(Vec<u8>, String, Option<i64>)> = query.fetch_all(connection).await.map_err(store_error)?;
    let archive = |(id, state, due_at): (Vec<u8>, String, Option<i64>)| {
        let order = row::order(&id, &state)?;
        let id = order.id();
        let archive = OrderArchive {
            order,
            due_at: due_at.map(Timestamp::from_micros),
            history: histories.remove(&id).unwrap_or_default(),
            effects: effects.remove(&id).unwrap_or_default(),
            movements: movements.remove(&id).unwrap_or_default(),
            journals: journals.remove(&id).unwrap_or_default(),
            requests: requests.remove(&id).unwrap_or_default(),
        };
        Ok(archive.in_order())
    };
    rows.into_iter().map(archive).collect()
}

/// One kind of part, by order.
async fn part<R, T>(
    connection: &mut SqliteConnection,
    statement: &'static str,
    ids: &str,
    read: fn(R) -> Result<(OrderId, T), StoreError>,
) -> Result<HashMap<OrderId, Vec<T>>, StoreError>
where
    R: for<'r> FromRow<'r, SqliteRow> + Send + Unpin,
{
    let query = sqlx::query_as(statement).bind(ids.to_owned());
    let rows: Vec<R> = query.fetch_all(connection).await.map_err(store_error)?;
    let mut parts: HashMap<OrderId, Vec<T>> = HashMap::new();
    for row in rows {
        let (order, part) = read(row)?;
        parts.entry(order).or_default().push(part);
    }
    Ok(parts)
}

fn recorded(row: (Vec<u8>, i64, i64, String, String)) -> Result<(OrderId, Recorded), StoreError> {
    let (order, seq, at, cause, event) = row;
    let order = row::order_id(&order)?;
    let name = || format!("event {seq} of order {order}");
    let recorded = Recorded {
        seq: number("an event's number", seq)?,
        at: Timestamp::from_micros(at),
        cause: from_json(name, &cause)?,
        event: from_json(name, &event)?,
    };
    Ok((order, recorded))
}

/// An effect and its order.
struct Effect(Vec<u8>, effects::Row);

impl FromRow<'_, SqliteRow> for Effect {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self(row.try_get("order_id")?, effects::Row::from_row(row)?))
    }
}

fn effect(Effect(order, row): Effect) -> Result<(OrderId, EffectRecord), StoreError> {
    let order = row::order_id(&order)?;
    Ok((order, effects::record(order, row)?))
}

fn movement(row: (Vec<u8>, Vec<u8>, String, i64, i64, i64)) -> Result<(OrderId, StockMovement), StoreError> {
    let (order, product, reason, round, quantity, at) = row;
    let order = row::order_id(&order)?;
    let reasons = [StockReason::Reserve, StockReason::Release];
    let movement = StockMovement {
        order,
        product: ProductId::from_uuid(row::uuid(&product)?),
        reason: row::word("a stock movement's reason", &reasons, &reason, StockReason::as_str)?,
        round: number("a stock movement's round", round)?,
        quantity: number("a stock movement's quantity", quantity)?,
        at: Timestamp::from_micros(at),
    };
    Ok((order, movement))
}

fn journal(row: (Vec<u8>, i64, i64, String, String, String, i64)) -> Result<(OrderId, Journal), StoreError> {
    let (order, event, at, debit, credit, currency, minor) = row;
    let order = row::order_id(&order)?;
    let account = |text: &str| row::word("an account", &Account::ALL, text, Account::as_str);
    let currency = currency.parse().map_err(|error| StoreError::corrupt("a journal", error))?;
    let journal = Journal {
        order,
        event: number("a journal's event", event)?,
        at: Timestamp::from_micros(at),
        debit: account(&debit)?,
        credit: account(&credit)?,
        amount: Money::new(minor, currency),
    };
    Ok((order, journal))
}

fn request(row: (Vec<u8>, Vec<u8>, String, String, i64)) -> Result<(OrderId, AnsweredRequest), StoreError> {
    let (order, buyer, key, fingerprint, answered_at) = row;
    let key = RequestKey { buyer: BuyerId::from_uuid(row::uuid(&buyer)?), key, fingerprint };
    Ok((row::order_id(&order)?, AnsweredRequest { key, answered_at: Timestamp::from_micros(answered_at) }))
}

pub(super) fn rates((as_of, body): (i64, String)) -> Result<RateBatch, StoreError> {
    from_json(|| format!("the rates of day {as_of} since 1970"), &body)
}
