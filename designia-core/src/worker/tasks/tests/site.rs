//! A store, a clock and handlers to test with.

use std::collections::BTreeMap;
use std::future::{Ready, pending, poll_fn, ready};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use async_trait::async_trait;
use serde::Deserialize;

use crate::memory::MemoryStore;
use crate::ports::{Clock, Enqueued, Exchange, Exchanged, StoreError, TaskConsole, TaskQueue, WorkerStatus};
use crate::task::{Hold, Json, Kind, Renewal, Task, TaskRecord};
use crate::testing::{FixedClock, block_on, fixtures};
use crate::time::Timestamp;
use crate::worker::{Job, TaskContext, TaskError, TaskRegistry, TaskTurn, TaskWorker, WorkerConfig};

/// What a handler of these tests is asked to do.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Args {
    pub(super) number: u32,
    #[serde(default)]
    pub(super) way: Way,
}

/// How an attempt goes.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(super) enum Way {
    #[default]
    Succeeds,
    Fails,
    Panics,
    FailsForGood,
    AsksForLater,
    WaitsForEver,
    /// Until it is asked to stop.
    WaitsPolitely,
}

/// A worker, its store and its clock.
pub(super) struct Site {
    pub(super) store: MemoryStore,
    pub(super) clock: FixedClock,
    pub(super) worker: TaskWorker,
    /// When each attempt began.
    pub(super) begun: Begun,
}

type Begun = Arc<Mutex<BTreeMap<u32, Vec<Timestamp>>>>;

impl Site {
    pub(super) fn new(slots: u32) -> Self {
        let (clock, begun) = (FixedClock::at(fixtures::NOW), Begun::default());
        let worker = TaskWorker::new(config(slots), registry(&clock, &begun), Arc::new(clock.clone()));
        Self { store: MemoryStore::new(), clock, worker, begun }
    }

    /// Enqueues tasks that go this way, due now.
    pub(super) fn ask(&self, numbers: impl IntoIterator<Item = u32>, way: &str) {
        let task = |number: u32| Task { run_at: self.clock.now(), ..task(number, way) };
        let tasks: Vec<Task> = numbers.into_iter().map(task).collect();
        let answers = block_on(self.store.enqueue(&tasks)).unwrap();
        assert!(answers.iter().all(|answer| *answer == Enqueued::New));
    }

    pub(super) fn turn(&self) -> TaskTurn {
        block_on(self.worker.turn(&self.store)).unwrap()
    }

    /// The one job that a turn brings.
    pub(super) fn job(&self) -> Job {
        let mut jobs = self.turn().jobs;
        assert_eq!(jobs.len(), 1);
        jobs.swap_remove(0)
    }

    pub(super) fn record(&self, number: u32) -> TaskRecord {
        block_on(self.store.task(fixtures::task_id(number))).unwrap().unwrap()
    }

    pub(super) fn begun(&self, number: u32) -> Vec<Timestamp> {
        self.begun.lock().unwrap().get(&number).cloned().unwrap_or_default()
    }
}

/// Runs an attempt that needs no limits.
pub(super) fn run(job: Job) {
    block_on(job.run(pending(), pending()));
}

/// A limit that is over.
pub(super) fn over() -> Ready<()> {
    ready(())
}

pub(super) fn task(number: u32, way: &str) -> Task {
    let args = Json::parse(&format!(r#"{{"number":{number},"way":"{way}"}}"#)).unwrap();
    Task { kind: "test.run".parse().unwrap(), args, ..fixtures::task(number) }
}

pub(super) fn config(slots: u32) -> WorkerConfig {
    WorkerConfig {
        name: "node-1:4711".parse().unwrap(),
        host: "node-1".to_owned(),
        pid: 4711,
        queues: vec![fixtures::queue()],
        slots,
        batch: 100,
    }
}

pub(super) fn registry(clock: &FixedClock, begun: &Begun) -> TaskRegistry {
    let (clock, begun) = (clock.clone(), Arc::clone(begun));
    let kind = Kind::new("test.run".parse().unwrap(), fixtures::queue());
    TaskRegistry::new().add(kind, move |args: Args, context: TaskContext| {
        begun.lock().unwrap().entry(args.number).or_default().push(clock.now());
        go(args, context)
    })
}

async fn go(args: Args, context: TaskContext) -> Result<String, TaskError> {
    context.progress(u64::from(args.number), None, Some("half\0way"));
    match args.way {
        Way::Succeeds => Ok(format!("{} is done", args.number)),
        Way::Fails => Err(TaskError::new(format!("failure {}\0", context.attempt()))),
        Way::Panics => panic!("number {} has no nerve", args.number),
        Way::FailsForGood => Err(TaskError::fatal("never")),
        Way::AsksForLater => Err(TaskError::after(std::time::Duration::from_secs(7), "too many requests")),
        Way::WaitsForEver => pending().await,
        Way::WaitsPolitely => Ok(format!("stopped: {:?}", context.stopped().await)),
    }
}

/// A queue that answers each exchange a moment later: once it has been asked twice.
#[derive(Debug)]
pub(super) struct Slow<Q>(pub(super) Q);

#[async_trait]
impl<Q: TaskQueue> TaskQueue for Slow<Q> {
    async fn enqueue(&self, tasks: &[Task]) -> Result<Vec<Enqueued>, StoreError> {
        self.0.enqueue(tasks).await
    }

    async fn exchange(&self, exchange: Exchange) -> Result<Exchanged, StoreError> {
        let mut was_asked = false;
        poll_fn(|context| {
            if std::mem::replace(&mut was_asked, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        self.0.exchange(exchange).await
    }

    async fn renew(&self, renewals: &[Renewal], until: Timestamp) -> Result<Vec<Hold>, StoreError> {
        self.0.renew(renewals, until).await
    }

    async fn beat(&self, worker: &WorkerStatus) -> Result<(), StoreError> {
        self.0.beat(worker).await
    }
}
