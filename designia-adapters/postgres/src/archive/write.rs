//! From archives to rows, within a transaction: what is here already is compared, the rest is written a table at a time.
//!
//! Orders are written by the function that commits them, as if each had just been placed with its whole history. What a
//! commit would plan anew, move or let go comes after: effects in their states, movements without the stock, claims.

use std::collections::HashMap;

use designia_core::catalog::Product;
use designia_core::exchange::RateBatch;
use designia_core::id::OrderId;
use designia_core::order::Changes;
use designia_core::ports::rows::log;
use designia_core::ports::{Commit, InboxRecord, OrderArchive, RateKey, StoreError, needs_import};
use uuid::Uuid;

use super::{Failure, read, rows};
use crate::catalog::{Whole, insert, put_error};
use crate::inbox::Stored;
use crate::instant::Instant;
use crate::rates;
use crate::row::json;
use crate::rows::Rows;
use crate::session::Session;
use crate::sql::{archive as sql, orders as orders_sql};
use crate::statement::{Binding, statement};

pub(super) async fn products(session: &mut Session, products: &[Product]) -> Result<(), Failure> {
    let ids: Vec<_> = products.iter().map(|it| it.id.as_uuid()).collect();
    let slugs: Vec<_> = products.iter().map(|it| it.slug.clone()).collect();
    let known = rows::<Whole>(session, statement(sql::KNOWN_PRODUCTS).bind(ids).bind(slugs)).await?;
    let known = known.into_iter().map(Whole::product).collect::<Result<Vec<_>, _>>()?;
    let mut new = Vec::with_capacity(products.len());
    for product in products {
        let owner = known.iter().find(|it| it.slug == product.slug).map(|it| it.id);
        needs_import(owner.as_ref(), &product.id, || format!("slug `{}`", product.slug))?;
        let stored = known.iter().find(|it| it.id == product.id);
        if needs_import(stored, product, || format!("product {}", product.id))? {
            new.push(product);
        }
    }
    for product in new {
        insert(session, product).await.map_err(|error| Failure(put_error(product, error).into()))?;
    }
    Ok(())
}

pub(super) async fn orders(session: &mut Session, orders: &[OrderArchive]) -> Result<(), Failure> {
    let ids: Vec<_> = orders.iter().map(|it| it.order.id().as_uuid()).collect();
    let known: Vec<(Uuid,)> = rows(session, statement(sql::KNOWN_ORDERS).bind(ids)).await?;
    let known = read::orders(session, known.into_iter().map(|(id,)| id).collect()).await?;
    let known: HashMap<OrderId, OrderArchive> = known.into_iter().map(|it| (it.order.id(), it)).collect();
    let mut new = Vec::with_capacity(orders.len());
    for archive in orders {
        let id = archive.order.id();
        if needs_import(known.get(&id), archive, || format!("order {id}"))? {
            new.push(archive);
        }
    }
    let mut written = Rows::default();
    for archive in &new {
        written.add(&placed(archive), None)?;
    }
    if !written.is_empty() {
        run(session, written.bind(statement(orders_sql::WRITE))).await?;
        run(session, effects(&new)?).await?;
        run(session, movements(&new)).await?;
        run(session, requests(&new)).await?;
    }
    let claimed: Vec<_> = new.into_iter().filter(|it| it.due_at != it.order.next_tick_at()).collect();
    if claimed.is_empty() {
        return Ok(());
    }
    let due_at = column(&claimed, |it| it.due_at.map(Instant));
    run(session, statement(sql::CLAIM_TICKS).bind(column(&claimed, |it| it.order.id().as_uuid())).bind(due_at)).await
}

/// The commit that would place the order as it is, with its history and its books.
fn placed(archive: &OrderArchive) -> Commit {
    Commit {
        order: archive.order.clone(),
        expected_version: 0,
        events: archive.history.clone(),
        changes: Changes { journals: archive.journals.clone(), ..Changes::default() },
        settles: None,
        folds: None,
        answers: None,
        tasks: Vec::new(),
    }
}

fn effects(orders: &[&OrderArchive]) -> Result<Binding, StoreError> {
    let all: Vec<_> = orders.iter().flat_map(|it| &it.effects).collect();
    let requests = all.iter().map(|it| json(&it.effect.request)).collect::<Result<Vec<_>, _>>()?;
    let calls = all.iter().map(|it| log::calls_json(&it.calls)).collect::<Result<Vec<_>, _>>()?;
    Ok(statement(sql::INSERT_EFFECTS)
        .bind(column(&all, |it| it.effect.id.order.as_uuid()))
        .bind(column(&all, |it| i64::from(it.effect.id.event)))
        .bind(column(&all, |it| i64::from(it.effect.id.index)))
        .bind(column(&all, |it| it.effect.key.as_str().to_owned()))
        .bind(column(&all, |it| it.effect.request.kind()))
        .bind(column(&all, |it| it.state.as_str()))
        .bind(column(&all, |it| i64::from(it.claims)))
        .bind(column(&all, |it| Instant(it.effect.planned_at)))
        .bind(column(&all, |it| it.first_sent_at.map(Instant)))
        .bind(column(&all, |it| Instant(it.due_at)))
        .bind(column(&all, |it| it.note.clone()))
        .bind(requests)
        .bind(calls))
}

fn movements(orders: &[&OrderArchive]) -> Binding {
    let all: Vec<_> = orders.iter().flat_map(|it| &it.movements).collect();
    statement(sql::INSERT_MOVEMENTS)
        .bind(column(&all, |it| it.order.as_uuid()))
        .bind(column(&all, |it| it.product.as_uuid()))
        .bind(column(&all, |it| it.reason.as_str()))
        .bind(column(&all, |it| i64::from(it.round)))
        .bind(column(&all, |it| i64::from(it.quantity)))
        .bind(column(&all, |it| Instant(it.at)))
}

fn requests(orders: &[&OrderArchive]) -> Binding {
    let all: Vec<_> = orders.iter().flat_map(|it| it.requests.iter().map(|own| (it.order.id(), own))).collect();
    let each = || all.iter();
    statement(sql::INSERT_REQUESTS)
        .bind(each().map(|(order, _)| order.as_uuid()).collect::<Vec<_>>())
        .bind(each().map(|(_, it)| it.key.buyer.as_uuid()).collect::<Vec<_>>())
        .bind(each().map(|(_, it)| it.key.key.clone()).collect::<Vec<_>>())
        .bind(each().map(|(_, it)| it.key.fingerprint.clone()).collect::<Vec<_>>())
        .bind(each().map(|(_, it)| Instant(it.answered_at)).collect::<Vec<_>>())
}

pub(super) async fn events(session: &mut Session, events: &[InboxRecord]) -> Result<(), Failure> {
    let ids: Vec<_> = events.iter().map(|it| it.event.id.clone()).collect();
    let known: Vec<Stored> = rows(session, statement(sql::KNOWN_EVENTS).bind(ids)).await?;
    let known = known.into_iter().map(|row| row.record().map(|it| (it.event.id.clone(), it)));
    let known: HashMap<String, InboxRecord> = known.collect::<Result<_, _>>()?;
    let mut new = Vec::with_capacity(events.len());
    for record in events {
        let id = &record.event.id;
        if needs_import(known.get(id), record, || format!("webhook event {id}"))? {
            new.push(record);
        }
    }
    let logs = new.iter().map(|it| log::steps_json(&it.log)).collect::<Result<Vec<_>, _>>()?;
    let query = statement(sql::INSERT_EVENTS)
        .bind(column(&new, |it| it.event.id.clone()))
        .bind(column(&new, |it| it.event.kind.clone()))
        .bind(column(&new, |it| Instant(it.event.received_at)))
        .bind(column(&new, |it| it.event.body.clone()))
        .bind(column(&new, |it| it.event.signature.clone()))
        .bind(column(&new, |it| it.state.as_str()))
        .bind(column(&new, |it| i64::from(it.claims)))
        .bind(column(&new, |it| Instant(it.due_at)))
        .bind(column(&new, |it| it.note.clone()))
        .bind(column(&new, |it| it.order.map(OrderId::as_uuid)))
        .bind(logs);
    run(session, query).await
}

pub(super) async fn rates(session: &mut Session, batches: &[RateBatch]) -> Result<(), Failure> {
    let query = statement(sql::KNOWN_RATES)
        .bind(batches.iter().map(|it| it.source().name().to_owned()).collect::<Vec<_>>())
        .bind(batches.iter().map(|it| it.source().is_bundled()).collect::<Vec<_>>())
        .bind(batches.iter().map(|it| it.base().code()).collect::<Vec<_>>())
        .bind(batches.iter().map(|it| it.as_of().days_since_epoch()).collect::<Vec<_>>());
    let known = rows(session, query).await?.into_iter().map(read::rates);
    let known = known.map(|batch| batch.map(|it| (RateKey::of(&it), it)));
    let known: HashMap<RateKey, RateBatch> = known.collect::<Result<_, _>>()?;
    for batch in batches {
        let key = RateKey::of(batch);
        needs_import(known.get(&key), batch, || key)?;
    }
    // What is here already is the same, and stays.
    run(session, rates::saving(batches)?).await
}

pub(super) async fn settings(session: &mut Session, settings: &[(String, String)]) -> Result<(), Failure> {
    let names: Vec<_> = settings.iter().map(|(name, _)| name.clone()).collect();
    let known: Vec<(String, String)> = rows(session, statement(sql::KNOWN_SETTINGS).bind(names)).await?;
    let known: HashMap<String, String> = known.into_iter().collect();
    let (mut names, mut values) = (Vec::new(), Vec::new());
    for (name, value) in settings {
        if needs_import(known.get(name), value, || format!("setting `{name}`"))? {
            names.push(name.clone());
            values.push(value.clone());
        }
    }
    run(session, statement(sql::INSERT_SETTINGS).bind(names).bind(values)).await
}

/// One value of each row, as a parameter.
fn column<R, T>(rows: &[&R], value: impl Fn(&R) -> T) -> Vec<T> {
    rows.iter().map(|row| value(row)).collect()
}

async fn run(session: &mut Session, query: Binding) -> Result<(), Failure> {
    session.ask(query.done()?).await?;
    Ok(())
}
