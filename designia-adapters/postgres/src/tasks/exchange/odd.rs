//! Rows that are due but aren't just handed out: a lease ran out, somebody called the task off, it is too late.

use async_trait::async_trait;
use designia_core::ports::{StoreError, TaskClaim};
use designia_core::task::{Claiming, TaskRecord};
use designia_core::time::Timestamp;
use uuid::Uuid;

use super::{HandedOut, is_everybodys};
use crate::error::store_error;
use crate::session::Session;
use crate::sql::tasks as sql;
use crate::statement::statement;
use crate::store::{PostgresStore, Work};
use crate::tasks::changing::{Locked, broken, bury, lock, put};
use crate::tasks::record::Changes;

/// What came of them.
#[derive(Default)]
pub(super) struct Dealt {
    pub(super) claimed: Vec<HandedOut>,
    /// Whether any of them is not as it was.
    pub(super) is_progress: bool,
}

struct Dealing<'a> {
    now: Timestamp,
    claim: &'a TaskClaim,
    ids: Vec<Uuid>,
    /// At most so many are handed out.
    room: usize,
}

impl PostgresStore {
    /// Claims these rows as their records say. One that makes trouble doesn't keep the others from it: it is ended as it is.
    pub(super) async fn deal_with(
        &self,
        now: Timestamp,
        claim: &TaskClaim,
        ids: Vec<Uuid>,
        room: u32,
    ) -> Result<Dealt, StoreError> {
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        match self.transact(Dealing { now, claim, ids: ids.clone(), room }).await? {
            Ok(dealt) => return Ok(dealt),
            Err(error) if is_everybodys(&error) => return Err(store_error(error)),
            Err(error) => tracing::debug!(%error, "tasks that are due are dealt with one by one"),
        }
        let mut all = Dealt::default();
        for id in ids {
            let room = room - all.claimed.len();
            match self.transact(Dealing { now, claim, ids: vec![id], room }).await? {
                Ok(dealt) => {
                    all.claimed.extend(dealt.claimed);
                    all.is_progress |= dealt.is_progress;
                }
                Err(error) if is_everybodys(&error) => return Err(store_error(error)),
                Err(error) => {
                    let error = store_error(error);
                    tracing::error!(%error, task = %id, "a task that is due can't be dealt with");
                    all.is_progress |= self.transact(Burying { now, id }).await?.is_ok();
                }
            }
        }
        Ok(all)
    }
}

#[async_trait]
impl Work<Dealt> for Dealing<'_> {
    async fn run(&self, session: &mut Session) -> Result<Dealt, sqlx::Error> {
        let query = statement(sql::LOCK_FREE).bind(self.ids.clone()).done()?;
        let Locked { records, unreadable } = lock(session, query).await?;
        let mut dealt = Dealt { is_progress: !unreadable.is_empty(), ..Dealt::default() };
        bury(session, unreadable, self.now).await?;
        let mut records: Vec<TaskRecord> = records.into_values().collect();
        let place = |row: &TaskRecord| self.claim.queues.iter().position(|queue| *queue == row.task.queue);
        records.sort_by_cached_key(|row| (place(row), row.task.priority, row.due_at, row.task.id));
        let mut changes = Changes::default();
        for mut record in records {
            let was_due_at = record.due_at;
            match record.claim(&self.claim.worker, self.now, self.claim.until) {
                Claiming::NotDue => continue,
                Claiming::Claimed(_) if dealt.claimed.len() == self.room => continue,
                Claiming::Claimed(task) => dealt.claimed.push(HandedOut { was_due_at, task }),
                Claiming::Ended => {}
            }
            dealt.is_progress = true;
            changes.put(&record).map_err(broken)?;
        }
        put(session, changes).await?;
        Ok(dealt)
    }
}

struct Burying {
    now: Timestamp,
    id: Uuid,
}

#[async_trait]
impl Work<()> for Burying {
    async fn run(&self, session: &mut Session) -> Result<(), sqlx::Error> {
        bury(session, vec![self.id], self.now).await
    }
}
