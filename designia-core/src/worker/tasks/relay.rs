//! The relay: carries the tasks of commits from the orders' store to a queue that is elsewhere.

use std::sync::Arc;
use std::time::Duration;

use crate::ports::{
    Enqueued, Exchange, QueueStatus, StoreError, StoreErrorKind, TaskClaim, TaskFilter, TaskPage, TaskQueue,
    TransactionalTaskQueue,
};
use crate::task::{
    ClaimedTask, LEASE, QueueName, Task, TaskOutcome, TaskRecord, TaskSettlement, TaskState, WorkerName,
};
use crate::time::Timestamp;

/// When a task that could not be carried over is tried again.
const LATER: Duration = Duration::from_secs(5);

/// What the names of relays begin with, in the column that tells who had a task.
const RELAY: &str = "relay:";

/// Carries tasks from one queue to another. A task keeps its id, so one that is carried twice, because the relay died in
/// between or two run at once, arrives once.
///
/// Of the tasks with one unique key, one at a time waits or runs: one that finds its key taken on arrival is dropped, as by every
/// queue, and the log names the task that stands for it. A task that is not due yet stays where it was committed until it is.
#[derive(Clone, Debug)]
pub struct Relay {
    from: Arc<dyn TransactionalTaskQueue>,
    to: Arc<dyn TaskQueue>,
    name: WorkerName,
}

/// What a turn of a [`Relay`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Carried {
    /// How many tasks wait where they are claimed now.
    pub arrived: usize,
    /// How many were dropped because another task with their unique key waits or runs there.
    pub duplicates: usize,
}

impl Carried {
    /// How many tasks have left the store that they came from.
    #[must_use]
    pub const fn left(&self) -> usize {
        self.arrived + self.duplicates
    }

    fn count(&mut self, task: &Task, answer: Enqueued) {
        match answer {
            Enqueued::New | Enqueued::Known => self.arrived += 1,
            Enqueued::Duplicate(holder) => {
                self.duplicates += 1;
                let kind = &task.kind;
                tracing::warn!(task = %task.id, %kind, %holder, "a task of a commit is dropped: another with its unique key waits or runs");
            }
        }
    }
}

impl Relay {
    /// From the orders' store to where tasks are claimed, in the name of this node.
    #[must_use]
    pub fn new(from: Arc<dyn TransactionalTaskQueue>, to: Arc<dyn TaskQueue>, node: WorkerName) -> Self {
        let short: String = node.as_str().chars().take(128 - RELAY.len()).collect();
        let name = format!("{RELAY}{short}").parse().unwrap_or(node);
        Self { from, to, name }
    }

    /// One turn: carries over up to `limit` tasks that are due, and says what became of them.
    ///
    /// # Errors
    /// One of the queues can't be reached. Nothing is lost; try again.
    pub async fn turn(&self, now: Timestamp, limit: u32) -> Result<Carried, StoreError> {
        let waiting = self.from.queues(now).await?;
        self.rescue(&waiting, now, limit).await?;
        let queues: Vec<QueueName> = waiting.into_iter().map(|queue| queue.name).collect();
        if queues.is_empty() {
            return Ok(Carried::default());
        }
        let claim = TaskClaim { worker: self.name.clone(), queues, limit, until: now + LEASE };
        let claimed = self.from.exchange(Exchange { now, settle: Vec::new(), claim: Some(claim) }).await?.claimed;
        if claimed.is_empty() {
            return Ok(Carried::default());
        }
        let tasks: Vec<Task> = claimed.iter().map(|it| it.task.clone()).collect();
        let mut carried = Carried::default();
        let (settle, failed) = match self.to.enqueue(&tasks).await {
            Ok(answers) => {
                tasks.iter().zip(answers).for_each(|(task, answer)| carried.count(task, answer));
                (claimed.iter().map(moved).collect(), None)
            }
            Err(error) if error.kind == StoreErrorKind::Invalid => self.one_by_one(&claimed, now, &mut carried).await,
            Err(error) => (claimed.iter().map(|it| kept(it, &error, now)).collect(), Some(error)),
        };
        self.from.exchange(Exchange { now, settle, claim: None }).await?;
        failed.map_or(Ok(carried), Err)
    }

    /// Carries each task by itself, so that one that is refused doesn't hold up the others.
    async fn one_by_one(
        &self,
        claimed: &[ClaimedTask],
        now: Timestamp,
        carried: &mut Carried,
    ) -> (Vec<TaskSettlement>, Option<StoreError>) {
        let (mut settle, mut failed) = (Vec::new(), None);
        for it in claimed {
            match self.to.enqueue(std::slice::from_ref(&it.task)).await {
                Ok(answers) => {
                    answers.into_iter().for_each(|answer| carried.count(&it.task, answer));
                    settle.push(moved(it));
                }
                Err(error) => {
                    tracing::error!(task = %it.task.id, %error, "a task of a commit is refused by the queue it is to be carried to");
                    settle.push(kept(it, &error, now));
                    failed = Some(error);
                }
            }
        }
        (settle, failed)
    }

    /// Relays that died with a task in their hands have used up its attempts, none of which was an attempt to run it: it
    /// waits again.
    async fn rescue(&self, queues: &[QueueStatus], now: Timestamp, limit: u32) -> Result<(), StoreError> {
        let has_failed = |queue: &QueueStatus| queue.tasks.iter().any(|it| it.0 == TaskState::Failure && it.1 > 0);
        if !queues.iter().any(has_failed) {
            return Ok(());
        }
        let filter = TaskFilter { state: Some(TaskState::Failure), ..TaskFilter::default() };
        for record in self.from.tasks(&filter, TaskPage { below: None, limit }).await? {
            if was_carried(&record) {
                self.from.retry(record.task.id, now).await?;
            }
        }
        Ok(())
    }
}

/// Whether it failed in the hands of a relay. Others have failed for good, before their queue was elsewhere.
fn was_carried(record: &TaskRecord) -> bool {
    record.worker.as_ref().is_some_and(|worker| worker.as_str().starts_with(RELAY))
}

const fn moved(claimed: &ClaimedTask) -> TaskSettlement {
    TaskSettlement { ticket: claimed.ticket, outcome: TaskOutcome::Moved }
}

fn kept(claimed: &ClaimedTask, error: &StoreError, now: Timestamp) -> TaskSettlement {
    let outcome = TaskOutcome::HandedBack { at: now + LATER, why: format!("not carried over: {error}") };
    TaskSettlement { ticket: claimed.ticket, outcome }
}
