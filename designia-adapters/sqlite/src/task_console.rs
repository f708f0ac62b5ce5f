//! [`TaskConsole`] on SQLite.

use std::collections::BTreeMap;

use async_trait::async_trait;
use designia_core::id::TaskId;
use designia_core::ports::{QueueStatus, StoreError, TaskConsole, TaskFilter, TaskPage, WorkerStatus};
use designia_core::task::{QueueName, Retrial, Revocation, TaskRecord, TaskState};
use designia_core::time::Timestamp;
use sqlx::SqliteConnection;

use crate::error::store_error;
use crate::row::{self, ABOVE_ALL, StoredId, from_json, json, micros, number};
use crate::sql::{console as sql, tasks};
use crate::store::SqliteStore;
use crate::task_row::{self, Stored};

#[async_trait]
impl TaskConsole for SqliteStore {
    async fn task(&self, id: TaskId) -> Result<Option<TaskRecord>, StoreError> {
        Ok(load(&mut *self.reader().await?, id).await?.map(|row| row.record))
    }

    async fn tasks(&self, filter: &TaskFilter, page: TaskPage) -> Result<Vec<TaskRecord>, StoreError> {
        let below = page.below.map_or_else(|| ABOVE_ALL.to_vec(), StoredId::bytes);
        let state = filter.state.map(TaskState::as_str);
        let kind = filter.kind.as_ref().map(|kind| kind.as_str().to_owned());
        let queue = filter.queue.as_ref().map(|queue| queue.as_str().to_owned());
        let from = filter.from.map_or_else(Vec::new, StoredId::bytes);
        let page_of = |statement| sqlx::query(statement).bind(below).bind(page.limit).bind(from);
        let query = match (state, kind, queue) {
            (None, None, None) => page_of(sql::PAGE),
            (Some(state), kind, queue) => page_of(sql::PAGE_BY_STATE).bind(state).bind(kind).bind(queue),
            (None, Some(kind), queue) => page_of(sql::PAGE_BY_KIND).bind(kind).bind(queue),
            (None, None, Some(queue)) => page_of(sql::PAGE_BY_QUEUE).bind(queue),
        };
        let rows = query.fetch_all(&mut *self.reader().await?).await.map_err(store_error)?;
        rows.iter().map(task_row::record).collect()
    }

    async fn queues(&self, now: Timestamp) -> Result<Vec<QueueStatus>, StoreError> {
        let mut reader = self.reader().await?;
        let counts = sqlx::query_as(sql::COUNTS).fetch_all(&mut *reader).await.map_err(store_error)?;
        let held = sqlx::query_as(sql::QUEUES).fetch_all(&mut *reader).await.map_err(store_error)?;
        let mut queues = statuses(counts, held)?;
        let names = json(&queues.keys().collect::<Vec<_>>())?;
        let query = sqlx::query_as(sql::OLDEST_DUE).bind(names).bind(micros(now));
        let oldest: Vec<(String, Option<i64>)> = query.fetch_all(&mut *reader).await.map_err(store_error)?;
        for (queue, due) in oldest {
            if let Some(status) = queues.get_mut(&named(&queue)?) {
                status.oldest_due = due.map(Timestamp::from_micros);
            }
        }
        Ok(queues.into_values().collect())
    }

    async fn workers(&self, since: Timestamp) -> Result<Vec<WorkerStatus>, StoreError> {
        let query = sqlx::query_as(sql::WORKERS).bind(micros(since));
        let rows: Vec<(String, String)> = query.fetch_all(&mut *self.reader().await?).await.map_err(store_error)?;
        rows.iter().map(|(name, status)| from_json(|| format!("worker {name}"), status)).collect()
    }

    async fn revoke(&self, id: TaskId, now: Timestamp) -> Result<Option<Revocation>, StoreError> {
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = revoke(transaction.connection(), id, now).await;
        transaction.end(outcome).await
    }

    async fn retry(&self, id: TaskId, now: Timestamp) -> Result<Option<Retrial>, StoreError> {
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = retry(transaction.connection(), id, now).await;
        transaction.end(outcome).await
    }

    async fn set_paused(&self, queue: &QueueName, paused: bool) -> Result<(), StoreError> {
        let query = sqlx::query(sql::SET_PAUSED).bind(queue.as_str().to_owned()).bind(paused);
        self.lane().await?.execute(query).await.map_err(store_error)?;
        Ok(())
    }

    async fn purge(&self, queue: &QueueName, now: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = purge(transaction.connection(), queue, now, limit).await;
        transaction.end(outcome).await
    }

    async fn cleanup(&self, ended_before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let query = sqlx::query(sql::CLEAN_UP).bind(micros(ended_before)).bind(limit);
        let forgotten = self.lane().await?.execute(query).await.map_err(store_error)?;
        Ok(u32::try_from(forgotten.rows_affected()).unwrap_or(u32::MAX))
    }
}

async fn load(connection: &mut SqliteConnection, id: TaskId) -> Result<Option<Stored>, StoreError> {
    let query = sqlx::query(tasks::BY_ID).bind(id.bytes());
    let row = query.fetch_optional(connection).await.map_err(store_error)?;
    row.as_ref().map(task_row::stored).transpose()
}

async fn revoke(
    connection: &mut SqliteConnection,
    id: TaskId,
    now: Timestamp,
) -> Result<Option<Revocation>, StoreError> {
    let Some(mut row) = load(connection, id).await? else { return Ok(None) };
    let revocation = row.record.revoke(now);
    match revocation {
        Revocation::Revoked | Revocation::Asked => row.write(connection).await?,
        Revocation::Ended(_) => {}
    }
    Ok(Some(revocation))
}

async fn retry(connection: &mut SqliteConnection, id: TaskId, now: Timestamp) -> Result<Option<Retrial>, StoreError> {
    let Some(mut row) = load(connection, id).await? else { return Ok(None) };
    if let Some(key) = &row.record.task.unique_key {
        let query = sqlx::query_as(tasks::HOLDERS).bind(json(&[key])?);
        let holder: Option<(String, Vec<u8>)> = query.fetch_optional(&mut *connection).await.map_err(store_error)?;
        let holder = holder.map(|(_, holder)| row::task_id(&holder)).transpose()?;
        if let Some(holder) = holder.filter(|holder| *holder != id) {
            return Ok(Some(Retrial::Duplicate(holder)));
        }
    }
    let retrial = row.record.retry(now);
    match retrial {
        Retrial::Waiting => row.write(connection).await?,
        Retrial::NotEnded(_) | Retrial::Duplicate(_) => {}
    }
    Ok(Some(retrial))
}

async fn purge(
    connection: &mut SqliteConnection,
    queue: &QueueName,
    now: Timestamp,
    limit: u32,
) -> Result<u32, StoreError> {
    let query = sqlx::query(sql::WAITING).bind(queue.as_str().to_owned()).bind(limit);
    let rows = query.fetch_all(&mut *connection).await.map_err(store_error)?;
    for row in &rows {
        let mut row = task_row::stored(row)?;
        row.record.revoke(now);
        row.write(connection).await?;
    }
    Ok(u32::try_from(rows.len()).unwrap_or(u32::MAX))
}

/// The queues that have been used or held, with what is counted of them.
fn statuses(
    counts: Vec<(String, String, i64)>,
    held: Vec<(String, bool)>,
) -> Result<BTreeMap<QueueName, QueueStatus>, StoreError> {
    let mut queues = BTreeMap::new();
    let fresh =
        |name: &QueueName| QueueStatus { name: name.clone(), paused: false, tasks: Vec::new(), oldest_due: None };
    for (queue, state, amount) in counts {
        let name = named(&queue)?;
        let status: &mut QueueStatus = queues.entry(name.clone()).or_insert_with(|| fresh(&name));
        if amount > 0 {
            status.tasks.push((task_row::state(&state)?, number("a counter", amount)?));
        }
    }
    for (queue, paused) in held {
        let name = named(&queue)?;
        queues.entry(name.clone()).or_insert_with(|| fresh(&name)).paused = paused;
    }
    for status in queues.values_mut() {
        status.tasks.sort_unstable();
    }
    Ok(queues)
}

fn named(queue: &str) -> Result<QueueName, StoreError> {
    queue.parse().map_err(|error| StoreError::corrupt("a queue", error))
}
