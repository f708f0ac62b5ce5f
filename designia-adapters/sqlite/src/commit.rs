//! The commit: what it writes as the parameters of one statement, and what its refusals mean.
//!
//! Everything is encoded before the turn to write is asked for. The statement itself is in `sql/commit.sql`.

use std::collections::BTreeMap;

use designia_core::id::{OrderId, ProductId};
use designia_core::order::{StockMovement, StockReason};
use designia_core::ports::{Commit, CommitError, StoreError};
use serde::{Deserialize, Serialize};
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments};
use uuid::Uuid;

use crate::error::{raised, store_error};
use crate::row::{self, StoredId, json, micros};
use crate::sql::orders as sql;
use crate::task_row;

/// The statement that does it all.
pub(crate) fn statement(commit: &Commit) -> Result<Query<'static, Sqlite, SqliteArguments>, StoreError> {
    commit.check()?;
    let Commit { order, expected_version, events, changes, settles, folds, answers, tasks } = commit;
    let contents = order.contents();
    let sellers = contents.consignments.iter().map(|part| part.seller.hex());
    let events = events.iter().map(|it| (it.seq, micros(it.at), &it.cause, &it.event));
    let effects = changes
        .effects
        .iter()
        .map(|it| (it.id.event, it.id.index, it.key.as_str(), it.request.kind(), micros(it.planned_at), &it.request));
    let journals = changes.journals.iter().map(|it| {
        let (code, minor) = (it.amount.currency().code(), it.amount.minor());
        (it.event, micros(it.at), it.debit.as_str(), it.credit.as_str(), code, minor)
    });
    let movements = changes.stock.iter();
    let movements = movements.map(|it| (it.product.hex(), it.reason.as_str(), it.round, it.quantity, micros(it.at)));
    let settled = settles.as_ref().map(row::Settled::by);
    Ok(sqlx::query(sql::COMMIT)
        .bind(order.id().bytes())
        .bind(order.buyer().bytes())
        .bind(order.status().as_str())
        .bind(order.payment_status().as_str())
        .bind(contents.currency.code())
        .bind(contents.total.minor())
        .bind(micros(contents.placed_at))
        .bind(micros(order.updated_at()))
        .bind(order.next_tick_at().map(micros))
        .bind(order.expires_at().map(micros))
        .bind(order.attention_at().map(micros))
        .bind(order.version())
        .bind(json(order)?)
        .bind(*expected_version)
        .bind(if *expected_version == 0 { array(sellers)? } else { None })
        .bind(array(events)?)
        .bind(array(order.attempts().iter().map(row::attempt))?)
        .bind(array(order.refunds().iter().map(row::refund))?)
        .bind(array(order.foreign_refunds().iter().map(row::foreign_refund))?)
        .bind(array(effects)?)
        .bind(array(journals)?)
        .bind(array(net(&changes.stock).into_iter().map(|(product, delta)| (product.hex(), delta)))?)
        .bind(array(movements)?)
        .bind(settles.as_ref().map(|it| it.id.event))
        .bind(settles.as_ref().map(|it| it.id.index))
        .bind(settles.as_ref().map(|it| it.token))
        .bind(settled.as_ref().map(|it| it.state))
        .bind(settled.as_ref().and_then(|it| it.due_at).map(micros))
        .bind(settled.and_then(|it| it.note))
        .bind(folds.as_ref().map(|mark| mark.event.clone()))
        .bind(folds.as_ref().map(|mark| mark.token))
        .bind(folds.as_ref().map(|mark| micros(mark.at)))
        .bind(answers.as_ref().map(|key| key.buyer.bytes()))
        .bind(answers.as_ref().map(|key| key.key.clone()))
        .bind(answers.as_ref().map(|key| key.fingerprint.clone()))
        .bind(array(tasks.iter().map(task_row::columns))?))
}

/// A refusal, as the statement words it.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Refusal {
    Repeated(Uuid, String),
    Conflict(),
    StaleClaim(),
    ForeignReference(String),
    OutOfStock(Uuid, u32),
}

/// What a failed commit means.
pub(crate) fn commit_error(error: sqlx::Error) -> CommitError {
    let Some(refusal) = raised(&error).and_then(|words| serde_json::from_str(words).ok()) else {
        return store_error(error).into();
    };
    match refusal {
        Refusal::Repeated(order, fingerprint) => {
            CommitError::Repeated { order: OrderId::from_uuid(order), fingerprint }
        }
        Refusal::Conflict() => CommitError::Conflict,
        Refusal::StaleClaim() => CommitError::StaleClaim,
        Refusal::ForeignReference(reference) => CommitError::ForeignReference { reference },
        Refusal::OutOfStock(product, available) => {
            CommitError::OutOfStock { product: ProductId::from_uuid(product), available }
        }
    }
}

/// By how much each product's stock changes.
fn net(movements: &[StockMovement]) -> BTreeMap<ProductId, i64> {
    let mut stock = BTreeMap::new();
    for movement in movements {
        let quantity = i64::from(movement.quantity);
        *stock.entry(movement.product).or_default() += match movement.reason {
            StockReason::Reserve => -quantity,
            StockReason::Release => quantity,
        };
    }
    stock
}

/// Rows as a JSON array; none as `None`.
fn array<T: Serialize>(rows: impl Iterator<Item = T>) -> Result<Option<String>, StoreError> {
    let rows: Vec<T> = rows.collect();
    if rows.is_empty() { Ok(None) } else { json(&rows).map(Some) }
}
