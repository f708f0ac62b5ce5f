//! [`TaskConsole`] on PostgreSQL.

use std::collections::BTreeMap;

use async_trait::async_trait;
use designia_core::id::TaskId;
use designia_core::ports::{QueueStatus, StoreError, TaskConsole, TaskFilter, TaskPage, WorkerStatus};
use designia_core::task::{QueueName, Retrial, Revocation, TaskRecord, TaskState};
use designia_core::time::Timestamp;
use sqlx::Row as _;
use uuid::Uuid;

use super::changing::{Locked, broken, bury, lock, lock_all, put, read};
use super::record::{self, Changes};
use crate::error::{of_server, store_error};
use crate::instant::Instant;
use crate::row::{from_json, number, readable, word};
use crate::session::Session;
use crate::sql::tasks as sql;
use crate::statement::statement;
use crate::store::{PostgresStore, Work};

/// How many tasks are called off in one transaction.
const CHUNK: u32 = 1_000;

/// How often a task is looked for that changes its table meanwhile.
const LOOKS: u32 = 3;

#[async_trait]
impl TaskConsole for PostgresStore {
    async fn task(&self, id: TaskId) -> Result<Option<TaskRecord>, StoreError> {
        let rows = self.ask(statement(sql::TASK).bind(id.as_uuid())).await?;
        rows.first().map(record::record).transpose()
    }

    /// A page by queue or kind reads through all others on its way; one of what failed doesn't read through what succeeded.
    async fn tasks(&self, filter: &TaskFilter, page: TaskPage) -> Result<Vec<TaskRecord>, StoreError> {
        let highest = page.below.map_or(Some(u128::MAX), |below| below.as_uuid().as_u128().checked_sub(1));
        let Some(highest) = highest.filter(|_| page.limit > 0) else { return Ok(Vec::new()) };
        let text = match filter.state {
            None => sql::PAGE,
            Some(TaskState::Pending | TaskState::Started | TaskState::Progress | TaskState::Retry) => sql::LIVE_PAGE,
            Some(TaskState::Success) => sql::ENDED_PAGE,
            Some(TaskState::Failure | TaskState::Revoked) => sql::FAILED_PAGE,
        };
        let TaskFilter { state, queue, kind, from } = filter;
        let query = statement(text).bind(Uuid::from_u128(highest)).bind(i64::from(page.limit));
        let query = query.bind(from.map_or(Uuid::nil(), TaskId::as_uuid));
        let query = query.bind(kind.as_ref().map(|it| it.as_str().to_owned()));
        let query = query.bind(queue.as_ref().map(|it| it.as_str().to_owned()));
        let query = match state {
            None => query,
            Some(state) => query.bind(state.as_str()),
        };
        let rows = self.ask(query.planned_anew()).await?;
        readable(rows.iter().map(record::record))
    }

    async fn queues(&self, now: Timestamp) -> Result<Vec<QueueStatus>, StoreError> {
        let mut queues: BTreeMap<String, (bool, Vec<(TaskState, u64)>)> = BTreeMap::new();
        let counts: Vec<(String, String, i64)> = self.all(statement(sql::COUNTS)).await?;
        for (queue, state, count) in counts {
            let (_, tasks) = queues.entry(queue).or_default();
            if count != 0 {
                let state = word("a counter", &TaskState::ALL, &state, TaskState::as_str)?;
                tasks.push((state, number("a counter", count)?));
            }
        }
        let paused: Vec<(String, bool)> = self.all(statement(sql::QUEUES)).await?;
        for (queue, is_paused) in paused {
            queues.entry(queue).or_default().0 = is_paused;
        }
        let names: Vec<String> = queues.keys().cloned().collect();
        let oldest = statement(sql::OLDEST_DUE).bind(names).bind(Instant(now));
        let oldest: Vec<(String, Instant)> = self.all(oldest).await?;
        let oldest: BTreeMap<String, Instant> = oldest.into_iter().collect();
        let status = |(name, (paused, mut tasks)): (String, (bool, Vec<(TaskState, u64)>))| {
            tasks.sort_unstable();
            let oldest_due = oldest.get(&name).map(|at| at.0);
            let name = name.parse().map_err(|error| StoreError::corrupt("a queue's name", error))?;
            Ok(QueueStatus { name, paused, tasks, oldest_due })
        };
        queues.into_iter().map(status).collect()
    }

    async fn workers(&self, since: Timestamp) -> Result<Vec<WorkerStatus>, StoreError> {
        let workers: Vec<(String,)> = self.all(statement(sql::WORKERS).bind(Instant(since))).await?;
        readable(workers.into_iter().map(|(status,)| from_json(|| "a worker's status".to_owned(), &status)))
    }

    async fn revoke(&self, id: TaskId, now: Timestamp) -> Result<Option<Revocation>, StoreError> {
        self.keep_day(now).await;
        self.transact(Revoking { id, now }).await?.map_err(store_error)
    }

    async fn retry(&self, id: TaskId, now: Timestamp) -> Result<Option<Retrial>, StoreError> {
        for _ in 0..LOOKS {
            match self.transact(Retrying { id, now }).await? {
                Ok(retrial) => return Ok(retrial),
                // Somebody has taken its unique key between the look and the insertion.
                Err(error) if of_server(&error).is_some_and(|it| it.code() == "23505") => {}
                Err(error) => return Err(store_error(error)),
            }
        }
        self.transact(Retrying { id, now }).await?.map_err(store_error)
    }

    async fn set_paused(&self, queue: &QueueName, paused: bool) -> Result<(), StoreError> {
        self.ask(statement(sql::SET_PAUSED).bind(queue.as_str().to_owned()).bind(paused)).await?;
        Ok(())
    }

    async fn purge(&self, queue: &QueueName, now: Timestamp, limit: u32) -> Result<u32, StoreError> {
        self.keep_day(now).await;
        let mut purged = 0;
        while purged < limit {
            let chunk = CHUNK.min(limit - purged);
            let gone = self.transact(Purging { queue, now, limit: chunk }).await?.map_err(store_error)?;
            purged += gone;
            if gone < chunk {
                break;
            }
        }
        Ok(purged)
    }

    async fn cleanup(&self, ended_before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        self.forget(ended_before, limit).await
    }
}

struct Revoking {
    id: TaskId,
    now: Timestamp,
}

#[async_trait]
impl Work<Option<Revocation>> for Revoking {
    async fn run(&self, session: &mut Session) -> Result<Option<Revocation>, sqlx::Error> {
        for _ in 0..LOOKS {
            let Locked { mut records, unreadable } = lock_all(session, vec![self.id.as_uuid()]).await?;
            if let Some(record) = records.get_mut(&self.id) {
                let revocation = record.revoke(self.now);
                let mut changes = Changes::default();
                changes.put(record).map_err(broken)?;
                put(session, changes).await?;
                return Ok(Some(revocation));
            }
            if !unreadable.is_empty() {
                bury(session, unreadable, self.now).await?;
                return Ok(Some(Revocation::Revoked));
            }
            if let Some(record) = ended(session, self.id).await? {
                return Ok(Some(Revocation::Ended(record.state)));
            }
        }
        Ok(None)
    }
}

struct Retrying {
    id: TaskId,
    now: Timestamp,
}

#[async_trait]
impl Work<Option<Retrial>> for Retrying {
    async fn run(&self, session: &mut Session) -> Result<Option<Retrial>, sqlx::Error> {
        for _ in 0..LOOKS {
            let live = lock_all(session, vec![self.id.as_uuid()]).await?;
            if let Some(record) = live.records.get(&self.id) {
                return Ok(Some(Retrial::NotEnded(record.state)));
            }
            let Some(mut record) = ended(session, self.id).await? else { continue };
            if let Some(key) = &record.task.unique_key {
                let holder = session.ask(statement(sql::HOLDER).bind(key.clone()).done()?).await?;
                if let Some(row) = holder.first() {
                    return Ok(Some(Retrial::Duplicate(TaskId::from_uuid(row.try_get(0)?))));
                }
            }
            let retrial = record.retry(self.now);
            if retrial == Retrial::Waiting {
                let (id, due_at) = (self.id.as_uuid(), Instant(record.due_at));
                session.ask(statement(sql::REVIVE).bind(id).bind(due_at).bind(record.note).done()?).await?;
            }
            return Ok(Some(retrial));
        }
        Ok(None)
    }
}

/// A task that has ended, locked.
async fn ended(session: &mut Session, id: TaskId) -> Result<Option<TaskRecord>, sqlx::Error> {
    read(&session.ask(statement(sql::LOCK_ENDED).bind(id.as_uuid()).done()?).await?)
}

struct Purging<'a> {
    queue: &'a QueueName,
    now: Timestamp,
    limit: u32,
}

#[async_trait]
impl Work<u32> for Purging<'_> {
    async fn run(&self, session: &mut Session) -> Result<u32, sqlx::Error> {
        let query = statement(sql::LOCK_WAITING).bind(self.queue.as_str().to_owned()).bind(i64::from(self.limit));
        let Locked { records, unreadable } = lock(session, query.planned_anew().done()?).await?;
        let gone = records.len() + unreadable.len();
        bury(session, unreadable, self.now).await?;
        let mut changes = Changes::default();
        for mut record in records.into_values() {
            record.revoke(self.now);
            changes.put(&record).map_err(broken)?;
        }
        put(session, changes).await?;
        Ok(u32::try_from(gone).unwrap_or(u32::MAX))
    }
}
