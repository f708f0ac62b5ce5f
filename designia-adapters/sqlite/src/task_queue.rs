//! [`TaskQueue`] on SQLite.
//!
//! The usual ways of a task, to be claimed when it is due and to succeed, are statements about sets of rows. Everything else is
//! rare: such rows are read, put through the methods of [`TaskRecord`](designia_core::task::TaskRecord), and written back. An
//! exchange is one transaction, so a batch waits for the disk once.

mod claim;
mod enqueue;
mod settle;

use std::collections::HashMap;

use async_trait::async_trait;
use designia_core::ports::{
    Enqueued, Exchange, Exchanged, StoreError, TaskQueue, TransactionalTaskQueue, WorkerPhase, WorkerStatus,
};
use designia_core::task::{Hold, Renewal, Task, Ticket};
use designia_core::time::Timestamp;
use sqlx::SqliteConnection;

pub(crate) use self::enqueue::{check, enqueue};
use crate::error::{broken_constraint, store_error};
use crate::row::{self, StoredId, json, micros, number};
use crate::sql::tasks as sql;
use crate::store::SqliteStore;

#[async_trait]
impl TaskQueue for SqliteStore {
    async fn enqueue(&self, tasks: &[Task]) -> Result<Vec<Enqueued>, StoreError> {
        check(tasks)?;
        if tasks.is_empty() {
            return Ok(Vec::new());
        }
        let all_new = enqueue::all_new(tasks)?;
        let mut lane = self.lane().await?;
        match lane.execute(all_new).await {
            Ok(_) => return Ok(vec![Enqueued::New; tasks.len()]),
            // Nothing was stored; now each is looked at.
            Err(error) if broken_constraint(&error).is_some() => {}
            Err(error) => return Err(store_error(error)),
        }
        let mut transaction = lane.begin().await?;
        let outcome = enqueue(transaction.connection(), tasks).await;
        transaction.end(outcome).await
    }

    async fn exchange(&self, exchange: Exchange) -> Result<Exchanged, StoreError> {
        if exchange.settle.is_empty() {
            // A worker that has nothing to do asks a reader, so its polls keep nobody from writing.
            let Some(claim) = &exchange.claim else { return Ok(Exchanged::default()) };
            let lanes = claim::lanes(&mut *self.reader().await?, &claim.queues).await?;
            let is_any_due = lanes.iter().any(|lane| lane.is_due(exchange.now));
            if claim.limit == 0 || !is_any_due {
                let next_due = claim::next_due(&lanes).filter(|_| claim.limit > 0);
                return Ok(Exchanged { next_due, ..Exchanged::default() });
            }
        }
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = settle_and_claim(transaction.connection(), exchange).await;
        transaction.end(outcome).await
    }

    async fn renew(&self, renewals: &[Renewal], until: Timestamp) -> Result<Vec<Hold>, StoreError> {
        if renewals.is_empty() {
            return Ok(Vec::new());
        }
        let rows = renewals.iter().map(|renewal| {
            let progress = renewal.progress.as_ref().map(json).transpose()?;
            Ok((renewal.ticket.task.hex(), renewal.ticket.token, progress))
        });
        let rows = json(&rows.collect::<Result<Vec<_>, StoreError>>()?)?;
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = renew(transaction.connection(), rows, until).await;
        let held = transaction.end(outcome).await?;
        Ok(renewals.iter().map(|it| held.get(&it.ticket).copied().unwrap_or(Hold::Lost)).collect())
    }

    async fn beat(&self, worker: &WorkerStatus) -> Result<(), StoreError> {
        let name = worker.name.as_str().to_owned();
        let query = match worker.phase {
            WorkerPhase::Stopped => sqlx::query(sql::FORGET_WORKER).bind(name),
            WorkerPhase::Working | WorkerPhase::Draining => {
                sqlx::query(sql::BEAT).bind(name).bind(micros(worker.beat_at)).bind(json(worker)?)
            }
        };
        self.lane().await?.execute(query).await.map_err(store_error)?;
        Ok(())
    }
}

impl TransactionalTaskQueue for SqliteStore {}

async fn settle_and_claim(connection: &mut SqliteConnection, exchange: Exchange) -> Result<Exchanged, StoreError> {
    let Exchange { now, settle, claim } = exchange;
    let settled = settle::settle(&mut *connection, settle, now).await?;
    let Some(claim) = claim.filter(|claim| claim.limit > 0) else {
        return Ok(Exchanged { settled, ..Exchanged::default() });
    };
    let (claimed, next_due) = claim::claim(connection, &claim, now).await?;
    Ok(Exchanged { settled, claimed, next_due })
}

/// Prolongs what is still held, and says what that is.
async fn renew(
    connection: &mut SqliteConnection,
    rows: String,
    until: Timestamp,
) -> Result<HashMap<Ticket, Hold>, StoreError> {
    let query = sqlx::query_as(sql::RENEW).bind(micros(until)).bind(rows);
    let held: Vec<(Vec<u8>, i64, bool)> = query.fetch_all(connection).await.map_err(store_error)?;
    let hold = |(id, claims, revoke_asked): (Vec<u8>, i64, bool)| {
        let ticket = Ticket { task: row::task_id(&id)?, token: number("a task's claims", claims)? };
        Ok((ticket, if revoke_asked { Hold::RevokeAsked } else { Hold::Held }))
    };
    held.into_iter().map(hold).collect()
}
