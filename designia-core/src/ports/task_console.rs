//! Tasks and queues, for people: looking, calling off, trying again, tidying up.

use std::fmt;

use async_trait::async_trait;

use super::{StoreError, WorkerStatus};
use crate::id::TaskId;
use crate::task::{KindName, QueueName, Retrial, Revocation, TaskRecord, TaskState};
use crate::time::Timestamp;

/// Shows and manages the tasks of a [`TaskQueue`](super::TaskQueue).
///
/// # Contract
/// - Pages are keyset pages by id, the highest first: each task that exists throughout is on exactly one page.
/// - Counts come from counters; no call but a page reads tasks one by one, and a page reads no more than it needs to, or than
///   the adapter states.
/// - `purge` and `cleanup` do at most `limit` rows in one call, so that nobody is held up; the caller calls again until they answer
///   less.
#[async_trait]
pub trait TaskConsole: fmt::Debug + Send + Sync + 'static {
    /// One task, waiting, running or ended; `None` if nobody has heard of it, or it was forgotten.
    async fn task(&self, id: TaskId) -> Result<Option<TaskRecord>, StoreError>;

    /// One page of tasks, the highest ids first.
    async fn tasks(&self, filter: &TaskFilter, page: TaskPage) -> Result<Vec<TaskRecord>, StoreError>;

    /// Every queue that has been used, by name.
    async fn queues(&self, now: Timestamp) -> Result<Vec<QueueStatus>, StoreError>;

    /// The workers that have been heard of since then, by name.
    async fn workers(&self, since: Timestamp) -> Result<Vec<WorkerStatus>, StoreError>;

    /// Calls a task off; `None` if there is none of that id.
    async fn revoke(&self, id: TaskId, now: Timestamp) -> Result<Option<Revocation>, StoreError>;

    /// Lets a task that failed or was called off wait again; `None` if there is none of that id.
    async fn retry(&self, id: TaskId, now: Timestamp) -> Result<Option<Retrial>, StoreError>;

    /// Holds a queue, or lets it go on. What runs is not touched.
    async fn set_paused(&self, queue: &QueueName, paused: bool) -> Result<(), StoreError>;

    /// Calls off tasks that wait in a queue: how many.
    async fn purge(&self, queue: &QueueName, now: Timestamp, limit: u32) -> Result<u32, StoreError>;

    /// Forgets tasks that ended before then: how many.
    async fn cleanup(&self, ended_before: Timestamp, limit: u32) -> Result<u32, StoreError>;
}

/// Which tasks. A field that is empty doesn't filter.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct TaskFilter {
    /// In this state.
    pub state: Option<TaskState>,
    /// Of this queue.
    pub queue: Option<QueueName>,
    /// Of this kind.
    pub kind: Option<KindName>,
    /// Of this id or a higher one: with [`TaskId::lowest_at`], those that were asked for since then.
    pub from: Option<TaskId>,
}

/// Which page of tasks, and how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskPage {
    /// Only tasks with lower ids than this; `None` for the first page.
    pub below: Option<TaskId>,
    /// At most so many.
    pub limit: u32,
}

/// A queue at a glance.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct QueueStatus {
    /// Its name.
    pub name: QueueName,
    /// Whether it is held.
    pub paused: bool,
    /// How many tasks there are by state. Ended ones are counted until they are forgotten. A state without tasks may be missing.
    pub tasks: Vec<(TaskState, u64)>,
    /// When the longest due task that waits was due, if any is.
    pub oldest_due: Option<Timestamp>,
}
