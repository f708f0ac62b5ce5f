//! The stores of tasks under test, and the steps that cases are made of.

use std::any::Any;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::threads::Threads;
use crate::id::TaskId;
use crate::memory::MemoryStore;
use crate::ports::{
    Enqueued, Exchange, Exchanged, QueueStatus, ScheduleStore, TaskClaim, TaskConsole, TaskFilter, TaskPage, TaskQueue,
    Tasks,
};
use crate::schedule::ScheduleRecord;
use crate::task::{
    ClaimedTask, Hold, Json, LEASE, QueueName, Renewal, Settled, Task, TaskOutcome, TaskRecord, TaskSettlement, Ticket,
    WorkerName,
};
use crate::testing::{block_on, fixtures};
use crate::time::Timestamp;

/// The stores of tasks under test. They share their data, as their contracts demand.
#[non_exhaustive]
pub struct TaskStores {
    /// Where tasks are enqueued and claimed.
    pub queue: Arc<dyn TaskQueue>,
    /// The same tasks, for people.
    pub console: Arc<dyn TaskConsole>,
    /// Schedules, which enqueue there.
    pub schedules: Arc<dyn ScheduleStore>,
    reopen: Option<Reopen>,
    threads: Threads,
    _guard: Box<dyn Any>,
}

type Reopen = Box<dyn Fn() -> LocalBoxFuture<'static, TaskStores>>;

impl TaskStores {
    /// One adapter that is all of them.
    #[must_use]
    pub fn of(store: impl TaskQueue + TaskConsole + ScheduleStore) -> Self {
        let store = Arc::new(store);
        Self {
            queue: store.clone(),
            console: store.clone(),
            schedules: store,
            reopen: None,
            threads: Threads::driven_by(block_on),
            _guard: Box::new(()),
        }
    }

    /// Says how the store is restarted under those who use it: an async closure that stops or kills what holds the data, starts
    /// it again, and answers with the store opened on the same data. Calls that are under way on the old one may fail as
    /// unavailable, and are made again on the new one.
    ///
    /// A store that ends with its process has nothing to restart: without this the case about restarts passes unheard.
    #[must_use]
    pub fn reopened_by<W>(self, reopen: impl Fn() -> W + 'static) -> Self
    where
        W: Future<Output = Self> + 'static,
    {
        Self { reopen: Some(Box::new(move || reopen().boxed_local())), ..self }
    }
}

super::under_test::stores_under_test!(TaskStores, queue);

/// The steps that cases are made of: each does one thing and expects it to work.
impl TaskStores {
    /// Restarts the store, if there is something to restart.
    pub(super) fn reopen(&self) -> Option<LocalBoxFuture<'static, Self>> {
        self.reopen.as_ref().map(|reopen| reopen())
    }

    /// The same stores as an engine has them.
    pub(super) fn wired(&self) -> Tasks {
        let mut tasks = Tasks::in_store(Arc::new(MemoryStore::new()));
        tasks.queue = Arc::clone(&self.queue);
        tasks.console = Arc::clone(&self.console);
        tasks.schedules = Arc::clone(&self.schedules);
        tasks
    }

    pub(super) async fn enqueue(&self, tasks: &[Task]) -> Vec<Enqueued> {
        self.queue.enqueue(tasks).await.expect("the queue answers")
    }

    /// Enqueues tasks that are new.
    pub(super) async fn put(&self, tasks: impl IntoIterator<Item = Task>) {
        let tasks: Vec<Task> = tasks.into_iter().collect();
        assert_eq!(self.enqueue(&tasks).await, vec![Enqueued::New; tasks.len()]);
    }

    pub(super) async fn exchange(&self, exchange: Exchange) -> Exchanged {
        let (settle, limit) = (exchange.settle.len(), exchange.claim.as_ref().map_or(0, |claim| claim.limit));
        let exchanged = self.queue.exchange(exchange).await.expect("the queue answers");
        assert_eq!(exchanged.settled.len(), settle, "each settlement has its answer");
        assert!(
            exchanged.claimed.len() <= usize::try_from(limit).expect("a small number"),
            "no more than was asked for"
        );
        exchanged
    }

    /// Claims from the queue of the [fixtures](fixtures::task), for as long as a lease is.
    pub(super) async fn claim(&self, limit: u32, now: Timestamp) -> Vec<ClaimedTask> {
        self.exchange(Exchange { now, settle: Vec::new(), claim: Some(wanted(limit, now)) }).await.claimed
    }

    /// Claims the one task that is due.
    pub(super) async fn claim_one(&self, now: Timestamp) -> ClaimedTask {
        let mut claimed = self.claim(2, now).await;
        assert_eq!(claimed.len(), 1, "one task is due at {now}");
        claimed.swap_remove(0)
    }

    /// A new task in a worker's hands.
    pub(super) async fn claimed(&self, task: Task, now: Timestamp) -> ClaimedTask {
        self.put([task]).await;
        self.claim_one(now).await
    }

    pub(super) async fn settle(&self, ticket: Ticket, outcome: TaskOutcome, now: Timestamp) -> Settled {
        let settle = vec![TaskSettlement { ticket, outcome }];
        self.exchange(Exchange { now, settle, claim: None }).await.settled[0]
    }

    /// Records what became of a task that is held.
    pub(super) async fn ended(&self, ticket: Ticket, outcome: TaskOutcome, now: Timestamp) {
        assert_eq!(self.settle(ticket, outcome, now).await, Settled::Recorded);
    }

    pub(super) async fn renew(&self, ticket: Ticket, until: Timestamp) -> Hold {
        self.queue.renew(&[Renewal { ticket, progress: None }], until).await.expect("the queue answers")[0]
    }

    pub(super) async fn find(&self, id: TaskId) -> Option<TaskRecord> {
        self.console.task(id).await.expect("the console answers")
    }

    pub(super) async fn record(&self, id: TaskId) -> TaskRecord {
        self.find(id).await.expect("the task is there")
    }

    /// Every task that fits, from the first page to the last.
    pub(super) async fn walk(&self, filter: &TaskFilter, limit: u32) -> Vec<TaskRecord> {
        let (mut met, mut below) = (Vec::new(), None);
        for _ in 0..10_000 {
            let rows = self.console.tasks(filter, TaskPage { below, limit }).await.expect("the console answers");
            assert!(rows.len() <= usize::try_from(limit).expect("a small number"), "a page is not too long");
            let Some(last) = rows.last() else { return met };
            below = Some(last.task.id);
            met.extend(rows);
        }
        panic!("the pages come to no end");
    }

    /// A queue at a glance, its states in order and none of them empty.
    pub(super) async fn status(&self, queue: &QueueName, now: Timestamp) -> Option<QueueStatus> {
        let all = self.console.queues(now).await.expect("the console answers");
        assert!(all.is_sorted_by(|a, b| a.name < b.name), "by name, each once");
        let mut status = all.into_iter().find(|status| status.name == *queue)?;
        status.tasks.retain(|(_, count)| *count > 0);
        status.tasks.sort_unstable();
        Some(status)
    }

    pub(super) async fn schedule(&self, name: &str) -> Option<ScheduleRecord> {
        let all = self.schedules.schedules().await.expect("the store answers");
        assert!(all.is_sorted_by(|a, b| a.schedule.name < b.schedule.name), "by name, each once");
        all.into_iter().find(|row| row.schedule.name.as_str() == name)
    }
}

/// A claim from the queue of the [fixtures](fixtures::task), for as long as a lease is.
pub(super) fn wanted(limit: u32, now: Timestamp) -> TaskClaim {
    wanted_from(&[fixtures::queue()], limit, now)
}

pub(super) fn wanted_from(queues: &[QueueName], limit: u32, now: Timestamp) -> TaskClaim {
    TaskClaim { worker: worker(1), queues: queues.to_vec(), limit, until: now + LEASE }
}

pub(super) fn worker(number: u32) -> WorkerName {
    format!("node-{number}:4711").parse().expect("a name")
}

pub(super) fn success() -> TaskOutcome {
    TaskOutcome::Success { result: Json::parse(r#"{"done":"«ja»"}"#).expect("JSON") }
}

pub(super) fn failure() -> TaskOutcome {
    TaskOutcome::Failure { error: "it can't be done: «nein»".to_owned() }
}

pub(super) fn retry_at(at: Timestamp) -> TaskOutcome {
    TaskOutcome::Retry { at, error: "it did not work".to_owned() }
}

pub(super) fn handed_back(at: Timestamp) -> TaskOutcome {
    TaskOutcome::HandedBack { at, why: "its worker stopped".to_owned() }
}

pub(super) fn ids(claimed: &[ClaimedTask]) -> Vec<TaskId> {
    claimed.iter().map(|it| it.task.id).collect()
}
