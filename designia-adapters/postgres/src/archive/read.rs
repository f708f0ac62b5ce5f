//! From rows to archives: an order's parts are read for a whole page at a time, and sorted to their orders here.

use std::collections::HashMap;

use designia_core::exchange::RateBatch;
use designia_core::id::{BuyerId, OrderId, ProductId};
use designia_core::ledger::{Account, Journal};
use designia_core::money::Money;
use designia_core::order::{StockMovement, StockReason};
use designia_core::ports::{AnsweredRequest, OrderArchive, RequestKey, StoreError};
use sqlx::FromRow;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::{Failure, rows};
use crate::effects::Stored;
use crate::instant::{Instant, JsonText};
use crate::order_queries::Happened;
use crate::row::{self, from_json, number};
use crate::session::Session;
use crate::sql::{archive as sql, integrity};
use crate::statement::statement;

/// The orders of these ids with all that belongs to them, by id. Within a transaction that sees one state of the database,
/// they are of one moment.
pub(super) async fn orders(session: &mut Session, ids: Vec<Uuid>) -> Result<Vec<OrderArchive>, Failure> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let happened = |it: Happened| Ok((it.order_id, it.recorded()?));
    let effect = |it: Stored| Ok((it.order_id, it.record()?));
    let mut histories = part(session, integrity::HISTORIES, &ids, happened).await?;
    let mut effects = part(session, integrity::EFFECTS, &ids, effect).await?;
    let mut movements = part(session, sql::MOVEMENTS, &ids, movement).await?;
    let mut journals = part(session, sql::JOURNALS, &ids, journal).await?;
    let mut requests = part(session, sql::REQUESTS, &ids, request).await?;
    let rows: Vec<(Uuid, JsonText, Option<Instant>)> = rows(session, statement(sql::ORDERS).bind(ids)).await?;
    let archive = |(id, state, due_at): (Uuid, JsonText, Option<Instant>)| {
        let archive = OrderArchive {
            order: row::order(id, &state)?,
            due_at: due_at.map(|at| at.0),
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
async fn part<R: for<'r> FromRow<'r, PgRow>, T>(
    session: &mut Session,
    text: &'static str,
    ids: &[Uuid],
    read: fn(R) -> Result<(Uuid, T), StoreError>,
) -> Result<HashMap<Uuid, Vec<T>>, Failure> {
    let mut parts: HashMap<Uuid, Vec<T>> = HashMap::new();
    for row in rows::<R>(session, statement(text).bind(ids.to_vec())).await? {
        let (order, part) = read(row)?;
        parts.entry(order).or_default().push(part);
    }
    Ok(parts)
}

fn movement(row: (Uuid, Uuid, String, i64, i64, Instant)) -> Result<(Uuid, StockMovement), StoreError> {
    let (order, product, reason, round, quantity, at) = row;
    let reasons = [StockReason::Reserve, StockReason::Release];
    let movement = StockMovement {
        order: OrderId::from_uuid(order),
        product: ProductId::from_uuid(product),
        reason: row::word("a stock movement's reason", &reasons, &reason, StockReason::as_str)?,
        round: number("a stock movement's round", round)?,
        quantity: number("a stock movement's quantity", quantity)?,
        at: at.0,
    };
    Ok((order, movement))
}

fn journal(row: (Uuid, i64, Instant, String, String, String, i64)) -> Result<(Uuid, Journal), StoreError> {
    let (order, event, at, debit, credit, currency, minor) = row;
    let account = |text: &str| row::word("an account", &Account::ALL, text, Account::as_str);
    let currency = currency.parse().map_err(|error| StoreError::corrupt("a journal", error))?;
    let journal = Journal {
        order: OrderId::from_uuid(order),
        event: number("a journal's event", event)?,
        at: at.0,
        debit: account(&debit)?,
        credit: account(&credit)?,
        amount: Money::new(minor, currency),
    };
    Ok((order, journal))
}

fn request(row: (Uuid, Uuid, String, String, Instant)) -> Result<(Uuid, AnsweredRequest), StoreError> {
    let (order, buyer, key, fingerprint, answered_at) = row;
    let key = RequestKey { buyer: BuyerId::from_uuid(buyer), key, fingerprint };
    Ok((order, AnsweredRequest { key, answered_at: answered_at.0 }))
}

pub(super) fn rates((body,): (JsonText,)) -> Result<RateBatch, StoreError> {
    from_json(|| "a batch of rates".to_owned(), &body.0)
}
