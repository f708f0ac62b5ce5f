//! What the tests stand on: a shop with a store, a clock that runs with Tokio's, and kinds by name.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use designia_core::id::TaskId;
use designia_core::memory::MemoryStore;
use designia_core::ports::{Clock, IdGenerator, TaskConsole, TaskQueue};
use designia_core::task::{Json, Kind, QueueName, RetryPolicy, Task, TaskRecord, TaskState};
use designia_core::testing::SequentialIds;
use designia_core::time::Timestamp;
use designia_core::worker::{TaskRegistry, TaskWorker, WorkerConfig};
use designia_tokio::RunnerOptions;
use tokio::time::{Instant, sleep, timeout};

/// When every test begins.
pub(crate) const START: Timestamp = Timestamp::from_secs(1_795_348_800);

/// A clock that runs with Tokio's, and so stands still or leaps with it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TokioClock {
    begun: Instant,
}

impl TokioClock {
    pub(crate) fn start() -> Arc<Self> {
        Arc::new(Self { begun: Instant::now() })
    }
}

impl Clock for TokioClock {
    fn now(&self) -> Timestamp {
        START + self.begun.elapsed()
    }
}

/// A store, and ids for what goes into it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shop {
    pub(crate) store: MemoryStore,
    ids: SequentialIds,
}

impl Shop {
    pub(crate) fn task(&self, kind: &Kind, at: Timestamp) -> Task {
        kind.task(TaskId::from_uuid(self.ids.next()), Json::null(), at)
    }

    /// Enqueues so many tasks of a kind that are due.
    pub(crate) async fn enqueue(&self, kind: &Kind, count: usize) -> Vec<TaskId> {
        let tasks: Vec<Task> = (0..count).map(|_| self.task(kind, START)).collect();
        self.store.enqueue(&tasks).await.unwrap();
        tasks.iter().map(|task| task.id).collect()
    }

    pub(crate) async fn record(&self, id: TaskId) -> TaskRecord {
        self.store.task(id).await.unwrap().expect("it was enqueued")
    }

    pub(crate) async fn state(&self, id: TaskId) -> TaskState {
        self.record(id).await.state
    }

    /// How many tasks are in this state.
    pub(crate) async fn count(&self, state: TaskState) -> usize {
        let queues = self.store.queues(START).await.unwrap();
        let counts = queues.iter().flat_map(|queue| &queue.tasks).filter(|(it, _)| *it == state);
        counts.map(|(_, count)| usize::try_from(*count).unwrap()).sum()
    }

    /// Waits until so many tasks are in this state.
    pub(crate) async fn reach(&self, state: TaskState, count: usize) {
        until(async || self.count(state).await == count).await;
    }
}

/// A kind that is tried once.
pub(crate) fn kind(name: &str) -> Kind {
    Kind { retry: RetryPolicy::NEVER, ..Kind::new(name.parse().unwrap(), queue()) }
}

pub(crate) fn queue() -> QueueName {
    "marketplace_tasks".parse().unwrap()
}

pub(crate) fn worker(name: &str, slots: u32, batch: u32, registry: TaskRegistry, clock: Arc<dyn Clock>) -> TaskWorker {
    let (name, host) = (name.parse().unwrap(), "a-host".to_owned());
    TaskWorker::new(WorkerConfig { name, host, pid: 1, queues: vec![queue()], slots, batch }, registry, clock)
}

/// Options with which nothing is found by looking.
pub(crate) fn deaf() -> RunnerOptions {
    RunnerOptions { poll: Duration::from_secs(100_000), ..RunnerOptions::default() }
}

/// Waits until something is so, for no longer than a minute of Tokio's time.
pub(crate) async fn until<F: Future<Output = bool>>(is_so: impl Fn() -> F) {
    let waiting = async {
        while !is_so().await {
            sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(Duration::from_secs(60), waiting).await.expect("it comes to be so within a minute");
}

/// Counts who is inside.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inside {
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

/// Somebody inside; leaves when dropped.
#[derive(Debug)]
pub(crate) struct Visit(Inside);

impl Inside {
    pub(crate) fn enter(&self) -> Visit {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        Visit(self.clone())
    }

    pub(crate) fn now(&self) -> usize {
        self.now.load(Ordering::SeqCst)
    }

    pub(crate) fn most(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::SeqCst);
    }
}
