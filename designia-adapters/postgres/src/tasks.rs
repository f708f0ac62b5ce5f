//! [`TaskQueue`] on PostgreSQL: what waits or runs is in one table, what has ended in another.

mod changing;
mod console;
mod days;
mod enqueue;
mod exchange;
mod record;

use async_trait::async_trait;
use designia_core::ports::{
    Enqueued, Exchange, Exchanged, StoreError, TaskQueue, TransactionalTaskQueue, WorkerPhase, WorkerStatus,
};
use designia_core::task::{Hold, Renewal, Task};
use designia_core::time::Timestamp;
use sqlx::FromRow as _;

pub(crate) use enqueue::{Chunk, chunks, enqueue, enqueue_all, enqueue_in};

use crate::error::store_error;
use crate::instant::Instant;
use crate::row::json;
use crate::sql::tasks as sql;
use crate::statement::statement;
use crate::store::PostgresStore;

#[async_trait]
impl TaskQueue for PostgresStore {
    async fn enqueue(&self, tasks: &[Task]) -> Result<Vec<Enqueued>, StoreError> {
        let mut answers = vec![Enqueued::New; tasks.len()];
        for chunk in chunks(tasks)? {
            let rows = self.insist(chunk.statement()).await?.map_err(store_error)?;
            chunk.answer(&rows, &mut answers).map_err(store_error)?;
        }
        Ok(answers)
    }

    async fn exchange(&self, exchange: Exchange) -> Result<Exchanged, StoreError> {
        self.exchange_tasks(exchange).await
    }

    async fn renew(&self, renewals: &[Renewal], until: Timestamp) -> Result<Vec<Hold>, StoreError> {
        let mut holds = vec![Hold::Lost; renewals.len()];
        if renewals.is_empty() {
            return Ok(holds);
        }
        let ids: Vec<_> = renewals.iter().map(|it| it.ticket.task.as_uuid()).collect();
        let tokens: Vec<_> = renewals.iter().map(|it| i64::from(it.ticket.token)).collect();
        let progress = renewals.iter().map(|it| it.progress.as_ref().map(json).transpose());
        let progress = progress.collect::<Result<Vec<_>, StoreError>>()?;
        let query = statement(sql::RENEW).bind(ids).bind(tokens).bind(progress).bind(Instant(until));
        let rows = self.insist(query.planned_anew().done().map_err(store_error)?).await?.map_err(store_error)?;
        for row in &rows {
            let (place, is_revoked) = <(i64, bool)>::from_row(row).map_err(store_error)?;
            let hold = usize::try_from(place - 1).ok().and_then(|place| holds.get_mut(place));
            if let Some(hold) = hold {
                *hold = if is_revoked { Hold::RevokeAsked } else { Hold::Held };
            }
        }
        Ok(holds)
    }

    async fn beat(&self, worker: &WorkerStatus) -> Result<(), StoreError> {
        let name = worker.name.as_str().to_owned();
        let query = match worker.phase {
            WorkerPhase::Stopped => statement(sql::LEAVE).bind(name),
            WorkerPhase::Working | WorkerPhase::Draining => {
                statement(sql::BEAT).bind(name).bind(Instant(worker.beat_at)).bind(json(worker)?)
            }
        };
        self.ask(query).await?;
        Ok(())
    }
}

impl TransactionalTaskQueue for PostgresStore {}
