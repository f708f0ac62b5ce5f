//! One console over the two places where the tasks of a shop with a relay are.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use crate::id::TaskId;
use crate::ports::{
    QueueStatus, StoreError, TaskConsole, TaskFilter, TaskPage, TaskQueue, TransactionalTaskQueue, WorkerStatus,
};
use crate::task::{QueueName, Retrial, Revocation, TaskRecord, TaskState};
use crate::time::Timestamp;

/// Shows and manages the tasks of a queue, and those that wait in the outbox to be carried there: until they are due, or until
/// the queue can be reached.
///
/// A task goes from the outbox to the queue and never back, so whoever asks the outbox first misses none on its way. A relay that
/// did not hear the queue's answer leaves a task in both places: then what the queue says of it counts.
#[derive(Debug)]
pub(super) struct RelayedConsole<Q> {
    outbox: Arc<dyn TransactionalTaskQueue>,
    elsewhere: Arc<Q>,
}

impl<Q: TaskQueue + TaskConsole> RelayedConsole<Q> {
    pub(super) fn new(outbox: Arc<dyn TransactionalTaskQueue>, elsewhere: Arc<Q>) -> Self {
        Self { outbox, elsewhere }
    }

    /// Calls a task off that a relay has in hand, which may enqueue it at any moment: it is enqueued here first, because an id that
    /// is known already is left as it is.
    async fn overtake(&self, id: TaskId, now: Timestamp) -> Result<Option<Revocation>, StoreError> {
        if let Some(record) = self.outbox.task(id).await? {
            self.elsewhere.enqueue(&[record.task]).await?;
        }
        Ok(self.elsewhere.revoke(id, now).await?.or(Some(Revocation::Asked)))
    }

    /// Whether no relay has ever had it, so that it can't be elsewhere.
    async fn never_left(&self, id: TaskId) -> Result<bool, StoreError> {
        Ok(self.outbox.task(id).await?.is_some_and(|record| record.claims == 0))
    }
}

#[async_trait]
impl<Q: TaskQueue + TaskConsole> TaskConsole for RelayedConsole<Q> {
    async fn task(&self, id: TaskId) -> Result<Option<TaskRecord>, StoreError> {
        let here = self.outbox.task(id).await?;
        match self.elsewhere.task(id).await {
            Ok(there) => Ok(there.or(here)),
            Err(error) => here.map_or(Err(error), |record| Ok(Some(record))),
        }
    }

    async fn tasks(&self, filter: &TaskFilter, page: TaskPage) -> Result<Vec<TaskRecord>, StoreError> {
        let here = self.outbox.tasks(filter, page).await?;
        let mut rows = self.elsewhere.tasks(filter, page).await?;
        rows.extend(here);
        // The sort is stable: of two rows of one task the queue's is kept.
        rows.sort_by_key(|row| std::cmp::Reverse(row.task.id));
        rows.dedup_by_key(|row| row.task.id);
        rows.truncate(usize::try_from(page.limit).unwrap_or(usize::MAX));
        Ok(rows)
    }

    async fn queues(&self, now: Timestamp) -> Result<Vec<QueueStatus>, StoreError> {
        let mut queues = BTreeMap::<QueueName, QueueStatus>::new();
        let here = self.outbox.queues(now).await?;
        for queue in here.into_iter().chain(self.elsewhere.queues(now).await?) {
            match queues.get_mut(&queue.name) {
                Some(known) => add(known, queue),
                None => drop(queues.insert(queue.name.clone(), queue)),
            }
        }
        Ok(queues.into_values().collect())
    }

    async fn workers(&self, since: Timestamp) -> Result<Vec<WorkerStatus>, StoreError> {
        self.elsewhere.workers(since).await
    }

    async fn revoke(&self, id: TaskId, now: Timestamp) -> Result<Option<Revocation>, StoreError> {
        let here = self.outbox.revoke(id, now).await?;
        match self.elsewhere.revoke(id, now).await {
            Ok(Some(there)) => Ok(Some(there)),
            Ok(None) if here == Some(Revocation::Asked) => self.overtake(id, now).await,
            Ok(None) => Ok(here),
            Err(_) if here == Some(Revocation::Revoked) && self.never_left(id).await? => Ok(here),
            Err(error) => Err(error),
        }
    }

    async fn retry(&self, id: TaskId, now: Timestamp) -> Result<Option<Retrial>, StoreError> {
        if let Some(there) = self.elsewhere.retry(id, now).await? {
            return Ok(Some(there));
        }
        match self.outbox.retry(id, now).await? {
            Some(here) => Ok(Some(here)),
            // It may have been carried over between the two.
            None => self.elsewhere.retry(id, now).await,
        }
    }

    async fn set_paused(&self, queue: &QueueName, paused: bool) -> Result<(), StoreError> {
        self.elsewhere.set_paused(queue, paused).await?;
        // Tasks are handed out elsewhere, so that is where a queue is held. One that was held before they went there is let go here,
        // too, or its tasks would never be carried over.
        if paused { Ok(()) } else { self.outbox.set_paused(queue, false).await }
    }

    async fn purge(&self, queue: &QueueName, now: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let here = self.outbox.purge(queue, now, limit).await?;
        Ok(here + self.elsewhere.purge(queue, now, limit.saturating_sub(here)).await?)
    }

    async fn cleanup(&self, ended_before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let here = self.outbox.cleanup(ended_before, limit).await?;
        Ok(here + self.elsewhere.cleanup(ended_before, limit.saturating_sub(here)).await?)
    }
}

/// Adds what is known of a queue in another place.
fn add(known: &mut QueueStatus, other: QueueStatus) {
    let mut counts: BTreeMap<TaskState, u64> = known.tasks.drain(..).collect();
    for (state, count) in other.tasks {
        *counts.entry(state).or_default() += count;
    }
    known.tasks = counts.into_iter().collect();
    known.paused |= other.paused;
    known.oldest_due = known.oldest_due.into_iter().chain(other.oldest_due).min();
}
