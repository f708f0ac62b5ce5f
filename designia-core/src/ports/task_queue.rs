//! Where tasks wait, and where workers get them.

use std::fmt;

use async_trait::async_trait;

use super::{StoreError, TaskConsole};
use crate::id::TaskId;
use crate::task::{ClaimedTask, Hold, KindName, QueueName, Renewal, Settled, Task, TaskSettlement, WorkerName};
use crate::time::Timestamp;

/// Takes tasks, hands them out under leases, and records what became of them.
///
/// # Contract
/// - `enqueue` is durable when it returns, to the degree that the adapter states, and takes each id once: a task whose id is known
///   already is left as it is. Of the tasks with one unique key, one at a time is waiting or running.
/// - A task that is due is handed out to one caller at a time, until its lease runs out: higher [`Priority`](crate::task::Priority)
///   first, then the longest due. Among several queues the ones named first go first. A paused queue hands out nothing.
/// - An attempt is counted when it is handed out. A task whose lease ran out is handed out again at once; when its attempts are
///   used up it ends as a failure instead, so it kills no more workers.
/// - `exchange` settles before it claims, in one round trip. A settlement is recorded only if its ticket is that of the latest
///   claim; one that is stale changes nothing. One bad settlement doesn't stand in the way of the others.
/// - What an ended task held, its unique key above all, is free at once, however it ended.
/// - What a row may do is said by the methods of [`TaskRecord`](crate::task::TaskRecord).
/// - Times come from the arguments, never from the store's own clock. No call takes longer because many tasks are due, wait for
///   later, or have ended.
#[async_trait]
pub trait TaskQueue: fmt::Debug + Send + Sync + 'static {
    /// Stores tasks; the answers are in their order.
    async fn enqueue(&self, tasks: &[Task]) -> Result<Vec<Enqueued>, StoreError>;

    /// Records what became of tasks, then hands out more.
    async fn exchange(&self, exchange: Exchange) -> Result<Exchanged, StoreError>;

    /// Prolongs leases until `until`, and stores how far the attempts are; the answers are in their order.
    async fn renew(&self, renewals: &[Renewal], until: Timestamp) -> Result<Vec<Hold>, StoreError>;

    /// Says that a worker is alive, and what it is at. One that has stopped is forgotten.
    async fn beat(&self, worker: &WorkerStatus) -> Result<(), StoreError>;
}

/// A [`TaskQueue`] in the store of the orders: the tasks of a [`Commit`](super::Commit) are waiting in it as soon as the commit has
/// succeeded, and never if it has not.
///
/// This is a promise about the same adapter's [`OrderStore`](super::OrderStore). A queue that lives elsewhere, such as one in
/// Redis, can't make it, and so can't stand where this is asked for: such a queue gets the tasks through a
/// [relay](crate::worker::Relay).
pub trait TransactionalTaskQueue: TaskQueue + TaskConsole {}

/// What became of a task that was to be enqueued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enqueued {
    /// It waits.
    New,
    /// It had been enqueued before, under the same id.
    Known,
    /// It was dropped: this task, with the same unique key, is waiting or running.
    Duplicate(TaskId),
}

/// One exchange between a worker and the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// The time.
    pub now: Timestamp,
    /// What became of tasks that were claimed.
    pub settle: Vec<TaskSettlement>,
    /// What is wanted, if anything.
    pub claim: Option<TaskClaim>,
}

/// How many tasks are wanted, and of which queues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskClaim {
    /// By whom.
    pub worker: WorkerName,
    /// From which queues, the most urgent first.
    pub queues: Vec<QueueName>,
    /// At most so many.
    pub limit: u32,
    /// When the leases run out.
    pub until: Timestamp,
}

/// What came of an exchange.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Exchanged {
    /// What each settlement did, in their order.
    pub settled: Vec<Settled>,
    /// What the worker now has.
    pub claimed: Vec<ClaimedTask>,
    /// If fewer were handed out than were wanted: when the next one of these queues is due, as far as the store can tell. Others may
    /// be enqueued before.
    pub next_due: Option<Timestamp>,
}

/// One worker process, as it describes itself.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct WorkerStatus {
    /// Its name, unique among those that run.
    pub name: WorkerName,
    /// The machine that it runs on.
    pub host: String,
    /// Its process.
    pub pid: u32,
    /// The release that it runs.
    pub version: String,
    /// Which queues it takes from.
    pub queues: Vec<QueueName>,
    /// Which kinds it has handlers for.
    pub kinds: Vec<KindName>,
    /// How many tasks it runs at once.
    pub slots: u32,
    /// Which it is running.
    pub running: Vec<TaskId>,
    /// Which of them hold their threads beyond all limits: their leases are not kept any more. Earlier releases don't say.
    #[serde(default)]
    pub overdue: Vec<TaskId>,
    /// When it started.
    pub started_at: Timestamp,
    /// When it last said so.
    pub beat_at: Timestamp,
    /// When it last asked the queue for tasks and got an answer: a worker that is alive and doesn't is stuck.
    pub claimed_at: Option<Timestamp>,
    /// What it is at.
    pub phase: WorkerPhase,
}

/// What a worker is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkerPhase {
    /// It takes tasks.
    Working,
    /// It finishes what it has and takes nothing new.
    Draining,
    /// It has stopped.
    Stopped,
}
