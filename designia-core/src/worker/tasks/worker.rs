//! A worker: free slots first, then as many claims; what was finished is reported with the next claim.

mod inner;

use std::fmt;
use std::sync::{Arc, Mutex};

use super::attempts::Attempts;
use super::{PreparedTurn, TaskRegistry, TaskTurn};
use crate::id::TaskId;
use crate::ports::{Clock, StoreError, TaskQueue, WorkerPhase, WorkerStatus};
use crate::task::{LEASE, QueueName, TaskSettlement, WorkerName};
use crate::time::Timestamp;

/// How many leases are renewed in one call.
const RENEWED_AT_ONCE: usize = 500;

/// What a worker is.
#[derive(Clone, Debug)]
pub struct WorkerConfig {
    /// Its name, unique among those that run.
    pub name: WorkerName,
    /// The machine that it runs on, for people.
    pub host: String,
    /// Its process, for people.
    pub pid: u32,
    /// Which queues it takes from.
    pub queues: Vec<QueueName>,
    /// How many tasks it runs at once.
    pub slots: u32,
    /// How many tasks it claims, and reports, in one exchange at most.
    pub batch: u32,
}

/// Runs tasks, as far as that can be done without spawning or sleeping. Clones are the same worker.
#[derive(Clone)]
pub struct TaskWorker {
    inner: Arc<Inner>,
}

pub(super) struct Inner {
    config: WorkerConfig,
    registry: TaskRegistry,
    clock: Arc<dyn Clock>,
    started_at: Timestamp,
    state: Mutex<State>,
}

struct State {
    attempts: Attempts,
    finished: Vec<TaskSettlement>,
    /// How many attempts were given back.
    handed_back: usize,
    /// Slots for claims that are under way.
    reserved: usize,
    turns: usize,
    claimed_at: Option<Timestamp>,
    /// When the last of its slots was last busy together with all others.
    full_until: Option<Timestamp>,
    phase: WorkerPhase,
}

/// Which leases to renew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewing {
    /// All that the worker has: every [`RENEWAL`](crate::task::RENEWAL).
    All,
    /// Those with news of their progress: every second or so.
    News,
}

impl TaskWorker {
    /// A worker with these handlers.
    #[must_use]
    pub fn new(config: WorkerConfig, registry: TaskRegistry, clock: Arc<dyn Clock>) -> Self {
        let state = State {
            attempts: Attempts::default(),
            finished: Vec::new(),
            handed_back: 0,
            reserved: 0,
            turns: 0,
            claimed_at: None,
            full_until: None,
            phase: WorkerPhase::Working,
        };
        let started_at = clock.now();
        Self { inner: Arc::new(Inner { config, registry, clock, started_at, state: Mutex::new(state) }) }
    }

    /// What it is.
    #[must_use]
    pub fn config(&self) -> &WorkerConfig {
        &self.inner.config
    }

    /// One turn: reports what was finished, and claims no more than there are free slots. Turns may overlap.
    ///
    /// # Errors
    /// The queue can't be reached. What was to be reported is kept for the next turn.
    pub async fn turn(&self, queue: &dyn TaskQueue) -> Result<TaskTurn, StoreError> {
        match self.prepare() {
            Some(prepared) => prepared.exchange(queue).await,
            None => Ok(TaskTurn::default()),
        }
    }

    /// The first half of a [`turn`](TaskWorker::turn), for hosts that do the second one elsewhere: takes up what is to be reported
    /// and reserves free slots; `None` if there is nothing to report and no slot is free.
    #[must_use]
    pub fn prepare(&self) -> Option<PreparedTurn> {
        let now = self.inner.now();
        let (exchange, limit) = self.inner.begin(now);
        let has_work = !exchange.settle.is_empty() || exchange.claim.is_some();
        has_work.then(|| PreparedTurn::new(Arc::clone(&self.inner), exchange, limit))
    }

    /// The time by its clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.inner.now()
    }

    /// How many attempts have ended that no turn has taken up to report yet.
    #[must_use]
    pub fn reports(&self) -> usize {
        self.inner.state().finished.len()
    }

    /// How many slots are free.
    #[must_use]
    pub fn free_slots(&self) -> usize {
        self.inner.free(&self.inner.state())
    }

    /// How many slots are taken: by tasks that run, and by handlers that hold their threads though their task is somebody else's by now.
    #[must_use]
    pub fn running(&self) -> usize {
        self.inner.state().attempts.len()
    }

    /// The tasks of attempts that still hold their slot a whole [`LEASE`] after their hard limit, because a handler does not return to
    /// its runtime. Their leases are not kept any more.
    #[must_use]
    pub fn overdue(&self) -> Vec<TaskId> {
        self.inner.state().attempts.overdue(self.inner.now())
    }

    /// Whether every slot is taken by an attempt that is [overdue](TaskWorker::overdue): then it takes no task any more, and only a new
    /// process helps.
    #[must_use]
    pub fn is_stuck(&self) -> bool {
        let slots = self.inner.slots();
        slots > 0 && self.inner.state().attempts.count_overdue(self.inner.now()) >= slots
    }

    /// How many attempts were given back since it was [cut](TaskWorker::cut).
    #[must_use]
    pub fn handed_back(&self) -> usize {
        self.inner.state().handed_back
    }

    /// Prolongs leases, stores progress, and tells attempts that were called off, or whose lease is lost, to stop.
    ///
    /// The host calls this at its intervals whatever else the worker is doing: best on a thread and a connection of their own.
    ///
    /// # Errors
    /// The queue can't be reached; progress is kept for the next time.
    pub async fn renew(&self, queue: &dyn TaskQueue, which: Renewing) -> Result<(), StoreError> {
        let renewals = self.inner.renewals(which);
        for chunk in renewals.chunks(RENEWED_AT_ONCE) {
            match queue.renew(chunk, self.inner.now() + LEASE).await {
                Ok(holds) => self.inner.heed(chunk, &holds),
                Err(error) => {
                    self.inner.put_back(&renewals);
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Takes nothing new from now on; what runs may finish.
    pub fn drain(&self) {
        self.inner.state().phase = WorkerPhase::Draining;
    }

    /// Cuts off what still runs and gives it back, without counting the attempts; reports what was finished.
    ///
    /// A handler that holds its thread at this moment keeps its task: nobody else may have it as long as the thread runs. If it lets
    /// go, what became of it is reported by a later turn; if it doesn't, the task is rescued when its lease has run out.
    ///
    /// # Errors
    /// The queue can't be reached: what runs is taken up by others when its lease has run out.
    pub async fn hand_back(&self, queue: &dyn TaskQueue) -> Result<usize, StoreError> {
        let handed_back = self.cut();
        while self.reports() > 0 {
            self.turn(queue).await?;
        }
        Ok(handed_back)
    }

    /// The first half of [`hand_back`](TaskWorker::hand_back): cuts off what still runs, and leaves it to the next turns to give
    /// it back. How many there were that held no thread.
    #[must_use]
    pub fn cut(&self) -> usize {
        self.drain();
        let outcome = self.inner.given_back();
        let mut state = self.inner.state();
        let given_back = state.attempts.cut();
        state.handed_back += given_back.len();
        state
            .finished
            .extend(given_back.iter().map(|ticket| TaskSettlement { ticket: *ticket, outcome: outcome.clone() }));
        given_back.len()
    }

    /// When it last asked the queue for tasks and got an answer.
    #[must_use]
    pub fn claimed_at(&self) -> Option<Timestamp> {
        self.inner.state().claimed_at
    }

    /// Since when it could have been given tasks, and has not had an answer: what its liveness is judged by. A worker for which
    /// this is long ago is stuck, or its store is away. `None` while all slots are busy, and once it takes nothing new.
    #[must_use]
    pub fn hungry_since(&self) -> Option<Timestamp> {
        let state = self.inner.state();
        let is_hungry = state.phase == WorkerPhase::Working && !self.inner.is_full(&state);
        let latest = [state.claimed_at, state.full_until].into_iter().flatten().fold(self.inner.started_at, Ord::max);
        is_hungry.then_some(latest)
    }

    /// What it says of itself to [`TaskQueue::beat`].
    #[must_use]
    pub fn status(&self) -> WorkerStatus {
        self.inner.status(None)
    }

    /// The last thing that it says of itself.
    #[must_use]
    pub fn farewell(&self) -> WorkerStatus {
        self.inner.status(Some(WorkerPhase::Stopped))
    }
}

impl fmt::Debug for TaskWorker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskWorker").field("config", &self.inner.config).finish_non_exhaustive()
    }
}
