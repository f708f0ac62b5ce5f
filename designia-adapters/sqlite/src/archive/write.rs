//! From archives to rows, within a transaction: what is here already is compared, the rest is written a table at a time.

use std::collections::HashMap;

use designia_core::catalog::Product;
use designia_core::exchange::RateBatch;
use designia_core::id::ProductId;
use designia_core::ledger::Journal;
use designia_core::order::StockMovement;
use designia_core::ports::rows::log;
use designia_core::ports::{AnsweredRequest, InboxRecord, OrderArchive, RateKey, StoreError, needs_import};
use serde::Serialize;
use sqlx::SqliteConnection;

use super::read;
use crate::catalog::{Whole, insert};
use crate::error::store_error;
use crate::inbox::Stored;
use crate::rates;
use crate::row::{self, StoredId, json, micros};
use crate::sql::{archive as sql, catalog as catalog_sql, upkeep};

pub(super) async fn products(connection: &mut SqliteConnection, products: &[Product]) -> Result<(), StoreError> {
    let ids = json(&products.iter().map(|product| product.id.hex()).collect::<Vec<_>>())?;
    let query = sqlx::query_as::<_, Whole>(catalog_sql::BY_IDS).bind(ids);
    let rows = query.fetch_all(&mut *connection).await.map_err(store_error)?;
    let known = rows.into_iter().map(|row| row.product().map(|product| (product.id, product)));
    let known: HashMap<ProductId, Product> = known.collect::<Result<_, _>>()?;
    for product in products {
        if needs_import(known.get(&product.id), product, || format!("product {}", product.id))? {
            insert(connection, product).await?;
        }
    }
    Ok(())
}

pub(super) async fn orders(connection: &mut SqliteConnection, orders: &[OrderArchive]) -> Result<(), StoreError> {
    let ids = json(&orders.iter().map(|it| it.order.id().hex()).collect::<Vec<_>>())?;
    let query = sqlx::query_scalar(sql::KNOWN_ORDERS).bind(ids);
    let known: Vec<Vec<u8>> = query.fetch_all(&mut *connection).await.map_err(store_error)?;
    let known = read::orders(connection, &known).await?;
    let known: HashMap<_, _> = known.into_iter().map(|it| (it.order.id(), it)).collect();
    let mut new = Vec::with_capacity(orders.len());
    for archive in orders {
        let id = archive.order.id();
        if needs_import(known.get(&id), archive, || format!("order {id}"))? {
            new.push(archive);
        }
    }
    for (statement, rows) in rows(&new)? {
        let query = sqlx::query(statement).bind(rows);
        query.execute(&mut *connection).await.map_err(store_error)?;
    }
    Ok(())
}

/// What is to be inserted, in an order in which every row refers to rows that are there.
fn rows(orders: &[&OrderArchive]) -> Result<Vec<(&'static str, String)>, StoreError> {
    let each = || orders.iter().map(|it| (it.order.id().hex(), *it));
    let attempts =
        each().flat_map(|(id, it)| it.order.attempts().iter().map(move |own| (id.clone(), row::attempt(own))));
    let refunds = each().flat_map(|(id, it)| it.order.refunds().iter().map(move |own| (id.clone(), row::refund(own))));
    let foreign = each()
        .flat_map(|(id, it)| it.order.foreign_refunds().iter().map(move |own| (id.clone(), row::foreign_refund(own))));
    let history = each().flat_map(|(id, it)| {
        it.history.iter().map(move |own| (id.clone(), own.seq, micros(own.at), &own.cause, &own.event))
    });
    let movements = each().flat_map(|(id, it)| {
        let row = move |own: &StockMovement| {
            (id.clone(), own.product.hex(), own.reason.as_str(), own.round, own.quantity, micros(own.at))
        };
        it.movements.iter().map(row)
    });
    let journals = each().flat_map(|(id, it)| {
        let row = move |own: &Journal| {
            let (code, minor) = (own.amount.currency().code(), own.amount.minor());
            (id.clone(), own.event, micros(own.at), own.debit.as_str(), own.credit.as_str(), code, minor)
        };
        it.journals.iter().map(row)
    });
    let requests = each().flat_map(|(id, it)| {
        it.requests.iter().map(move |AnsweredRequest { key: own, answered_at }| {
            (id.clone(), own.buyer.hex(), &own.key, &own.fingerprint, micros(*answered_at))
        })
    });
    Ok(vec![
        (sql::INSERT_ORDERS, array(orders.iter().map(|it| order(it)))?),
        (sql::INSERT_SELLERS, array(orders.iter().flat_map(|it| sellers(it)))?),
        (sql::INSERT_ATTEMPTS, array(attempts)?),
        (sql::INSERT_REFUNDS, array(refunds)?),
        (sql::INSERT_FOREIGN_REFUNDS, array(foreign)?),
        (sql::INSERT_HISTORIES, array(history)?),
        (sql::INSERT_EFFECTS, array(orders.iter().flat_map(|it| effects(it)))?),
        (sql::INSERT_MOVEMENTS, array(movements)?),
        (sql::INSERT_JOURNALS, array(journals)?),
        (sql::INSERT_REQUESTS, array(requests)?),
    ])
}

/// Rows as one parameter.
fn array<T: Serialize>(rows: impl Iterator<Item = T>) -> Result<String, StoreError> {
    json(&rows.collect::<Vec<_>>())
}

fn order(archive: &OrderArchive) -> impl Serialize + use<'_> {
    let (order, contents) = (&archive.order, archive.order.contents());
    (
        order.id().hex(),
        order.buyer().hex(),
        order.status().as_str(),
        order.payment_status().as_str(),
        contents.currency.code(),
        contents.total.minor(),
        micros(contents.placed_at),
        micros(order.updated_at()),
        order.next_tick_at().map(micros),
        archive.due_at.map(micros),
        order.expires_at().map(micros),
        order.attention_at().map(micros),
        order.version(),
        order,
    )
}

fn sellers(archive: &OrderArchive) -> impl Iterator<Item = impl Serialize + use<'_>> {
    let order = &archive.order;
    let placed_at = micros(order.contents().placed_at);
    let parts = order.contents().consignments.iter();
    parts.map(move |part| (order.id().hex(), part.seller.hex(), order.status().as_str(), placed_at))
}

fn effects(archive: &OrderArchive) -> impl Iterator<Item = impl Serialize + use<'_>> {
    archive.effects.iter().map(|row| {
        let effect = &row.effect;
        (
            effect.id.order.hex(),
            effect.id.event,
            effect.id.index,
            effect.key.as_str(),
            effect.request.kind(),
            row.state.as_str(),
            row.claims,
            micros(effect.planned_at),
            row.first_sent_at.map(micros),
            micros(row.due_at),
            &row.note,
            &effect.request,
            log::call_lines(&row.calls),
        )
    })
}

pub(super) async fn events(connection: &mut SqliteConnection, events: &[InboxRecord]) -> Result<(), StoreError> {
    let ids = json(&events.iter().map(|it| &it.event.id).collect::<Vec<_>>())?;
    let query = sqlx::query_as::<_, Stored>(sql::EVENTS_BY_ID).bind(ids);
    let rows = query.fetch_all(&mut *connection).await.map_err(store_error)?;
    let known = rows.into_iter().map(|row| row.record().map(|it| (it.event.id.clone(), it)));
    let known: HashMap<String, InboxRecord> = known.collect::<Result<_, _>>()?;
    for record in events {
        let event = &record.event;
        if needs_import(known.get(&event.id), record, || format!("webhook event {}", event.id))? {
            let query = sqlx::query(sql::INSERT_EVENT)
                .bind(event.id.clone())
                .bind(event.kind.clone())
                .bind(micros(event.received_at))
                .bind(event.body.clone())
                .bind(event.signature.clone())
                .bind(record.state.as_str())
                .bind(record.claims)
                .bind(micros(record.due_at))
                .bind(record.note.clone())
                .bind(record.order.map(StoredId::bytes))
                .bind(log::steps_json(&record.log)?);
            query.execute(&mut *connection).await.map_err(store_error)?;
        }
    }
    Ok(())
}

pub(super) async fn rates(connection: &mut SqliteConnection, batches: &[RateBatch]) -> Result<(), StoreError> {
    let mut new = Vec::with_capacity(batches.len());
    for batch in batches {
        let key = RateKey::of(batch);
        let query = sqlx::query_as(sql::RATES_OF)
            .bind(key.publisher.clone())
            .bind(key.bundled)
            .bind(key.base.code())
            .bind(key.as_of.days_since_epoch());
        let row = query.fetch_optional(&mut *connection).await.map_err(store_error)?;
        if needs_import(row.map(read::rates).transpose()?.as_ref(), batch, || key)? {
            new.push(batch.clone());
        }
    }
    let bodies = new.iter().map(json).collect::<Result<Vec<_>, _>>()?;
    rates::save(connection, &new, bodies).await
}

pub(super) async fn settings(
    connection: &mut SqliteConnection,
    settings: &[(String, String)],
) -> Result<(), StoreError> {
    for (name, value) in settings {
        let query = sqlx::query_scalar(upkeep::SETTING).bind(name.clone());
        let stored: Option<String> = query.fetch_optional(&mut *connection).await.map_err(store_error)?;
        if needs_import(stored.as_ref(), value, || format!("setting `{name}`"))? {
            let query = sqlx::query(upkeep::PUT_SETTING).bind(name.clone()).bind(value.clone());
            query.execute(&mut *connection).await.map_err(store_error)?;
        }
    }
    Ok(())
}
