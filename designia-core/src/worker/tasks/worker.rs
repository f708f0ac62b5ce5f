//! A worker: free slots first, then as many claims; what was finished is reported with the next claim.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::attempts::{Attempts, Ended};
use super::{Job, PreparedTurn, StopReason, TaskContext, TaskRegistry, TaskTurn};
use crate::id::TaskId;
use crate::ports::{Clock, Exchange, StoreError, TaskClaim, TaskQueue, WorkerPhase, WorkerStatus};
use crate::task::{ClaimedTask, Hold, LEASE, QueueName, Renewal, TaskOutcome, TaskSettlement, Ticket, WorkerName};
use crate::time::Timestamp;

/// When a task of a kind that this program doesn't know is offered again: perhaps to a node that does.
const UNKNOWN_KIND: Duration = Duration::from_secs(30);

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

impl Inner {
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Its handler gets its first turn.
    pub(super) fn begun(&self, ticket: Ticket) {
        let now = self.now();
        self.state().attempts.begin(ticket, now);
    }

    /// What becomes of an attempt that is cut off because its worker stops.
    pub(super) fn given_back(&self) -> TaskOutcome {
        TaskOutcome::HandedBack { at: self.now(), why: "its worker stopped".to_owned() }
    }

    /// Records what became of an attempt, unless it was taken from this worker meanwhile.
    pub(super) fn finish(&self, ticket: Ticket, outcome: TaskOutcome) {
        let mut state = self.state();
        if self.free_slot(&mut state, ticket) == Ended::Ours {
            state.handed_back += usize::from(matches!(outcome, TaskOutcome::HandedBack { .. }));
            state.finished.push(TaskSettlement { ticket, outcome });
        }
    }

    /// An attempt will not be finished here: its slot is free, and its lease runs out.
    pub(super) fn forget(&self, ticket: Ticket) {
        self.free_slot(&mut self.state(), ticket);
    }

    fn report(&self, ticket: Ticket, outcome: TaskOutcome) {
        self.state().finished.push(TaskSettlement { ticket, outcome });
    }

    fn begin(&self, now: Timestamp) -> (Exchange, usize) {
        let batch = usize::try_from(self.config.batch.max(1)).unwrap_or(usize::MAX);
        let mut state = self.state();
        let count = state.finished.len().min(batch);
        let settle: Vec<TaskSettlement> = state.finished.drain(..count).collect();
        let limit = match state.phase {
            WorkerPhase::Working => self.free(&state).min(batch),
            WorkerPhase::Draining | WorkerPhase::Stopped => 0,
        };
        state.reserved += limit;
        state.turns = state.turns.wrapping_add(1);
        let turns = state.turns;
        drop(state);
        let claim = (limit > 0).then(|| {
            // Each queue goes first in its turn, so that none starves.
            let mut queues = self.config.queues.clone();
            let count = queues.len().max(1);
            queues.rotate_left(turns % count);
            let limit = u32::try_from(limit).unwrap_or(u32::MAX);
            TaskClaim { worker: self.config.name.clone(), queues, limit, until: now + LEASE }
        });
        (Exchange { now, settle, claim }, limit)
    }

    /// Puts back what a turn has not delivered, and frees the slots that it had reserved.
    pub(super) fn take_back(&self, settle: Vec<TaskSettlement>, reserved: usize) {
        let mut state = self.state();
        state.reserved -= reserved;
        // Those that are older go first.
        state.finished.splice(0..0, settle);
    }

    pub(super) fn accept(self: &Arc<Self>, claimed: Vec<ClaimedTask>, limit: usize, now: Timestamp) -> Vec<Job> {
        if limit > 0 {
            self.state().claimed_at = Some(now);
        }
        claimed.into_iter().filter_map(|claimed| self.job(claimed, now)).collect()
    }

    fn job(self: &Arc<Self>, claimed: ClaimedTask, now: Timestamp) -> Option<Job> {
        let context = TaskContext::new(claimed);
        let (id, ticket) = (context.task().id, context.claimed().ticket);
        let Some((kind, work)) = self.registry.work(&context) else {
            tracing::warn!(task = %id, kind = %context.task().kind, "a task of a kind that this program doesn't know is put back");
            let why = format!("{} has no handler for this kind", self.config.name);
            self.report(ticket, TaskOutcome::HandedBack { at: now + UNKNOWN_KIND, why });
            return None;
        };
        self.state().attempts.add(context.clone(), kind.limits.hard, now);
        Some(Job::new(kind, context, work, Arc::clone(self)))
    }

    fn renewals(&self, which: Renewing) -> Vec<Renewal> {
        let now = self.now();
        let contexts = self.state().attempts.kept(now);
        let renewal =
            |context: TaskContext| Renewal { ticket: context.claimed().ticket, progress: context.take_progress() };
        let wanted = |renewal: &Renewal| which == Renewing::All || renewal.progress.is_some();
        contexts.into_iter().map(renewal).filter(wanted).collect()
    }

    fn heed(&self, renewals: &[Renewal], holds: &[Hold]) {
        for (Renewal { ticket, .. }, hold) in renewals.iter().zip(holds) {
            let mut state = self.state();
            let Some(context) = state.attempts.get(*ticket).cloned() else { continue };
            match hold {
                Hold::Held => {}
                Hold::RevokeAsked => {
                    context.stop(StopReason::Revoked);
                }
                Hold::Lost => {
                    tracing::warn!(task = %ticket.task, "the lease of a running task is lost; it is cut off");
                    self.note_full(&mut state);
                    state.attempts.lose(*ticket);
                }
            }
        }
    }

    fn put_back(&self, renewals: &[Renewal]) {
        let state = self.state();
        for renewal in renewals {
            if let (Some(context), Some(progress)) = (state.attempts.get(renewal.ticket), &renewal.progress) {
                context.put_back(progress.clone());
            }
        }
    }

    fn status(&self, phase: Option<WorkerPhase>) -> WorkerStatus {
        let (now, state) = (self.now(), self.state());
        WorkerStatus {
            name: self.config.name.clone(),
            host: self.config.host.clone(),
            pid: self.config.pid,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            queues: self.config.queues.clone(),
            kinds: self.registry.kinds().map(|kind| kind.name.clone()).collect(),
            slots: self.config.slots,
            running: state.attempts.tasks(),
            overdue: state.attempts.overdue(now),
            started_at: self.started_at,
            beat_at: now,
            claimed_at: state.claimed_at,
            phase: phase.unwrap_or(state.phase),
        }
    }

    fn free_slot(&self, state: &mut State, ticket: Ticket) -> Ended {
        self.note_full(state);
        state.attempts.end(ticket)
    }

    /// To be called before a slot may become free.
    fn note_full(&self, state: &mut State) {
        if self.is_full(state) {
            state.full_until = Some(self.now());
        }
    }

    fn free(&self, state: &State) -> usize {
        self.slots().saturating_sub(state.attempts.len() + state.reserved)
    }

    fn is_full(&self, state: &State) -> bool {
        state.attempts.len() >= self.slots()
    }

    fn slots(&self) -> usize {
        usize::try_from(self.config.slots).unwrap_or(usize::MAX)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for TaskWorker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskWorker").field("config", &self.inner.config).finish_non_exhaustive()
    }
}
