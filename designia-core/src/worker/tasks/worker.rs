//! A worker: free slots first, then as many claims; what was finished is reported with the next claim.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

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
    running: HashMap<TaskId, TaskContext>,
    finished: Vec<TaskSettlement>,
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
            running: HashMap::new(),
            finished: Vec::new(),
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

    /// How many tasks run.
    #[must_use]
    pub fn running(&self) -> usize {
        self.inner.state().running.len()
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
    /// it back. How many there were.
    #[must_use]
    pub fn cut(&self) -> usize {
        self.drain();
        let now = self.inner.now();
        let contexts: Vec<TaskContext> = self.inner.state().running.drain().map(|(_, context)| context).collect();
        let handed_back = contexts.len();
        for context in contexts {
            context.stop(StopReason::HandedBack);
            let outcome = TaskOutcome::HandedBack { at: now, why: "its worker stopped".to_owned() };
            self.inner.report(context.claimed().ticket, outcome);
        }
        handed_back
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

    /// Records what became of an attempt, unless it was taken from this worker meanwhile.
    pub(super) fn finish(&self, ticket: Ticket, outcome: TaskOutcome) {
        let mut state = self.state();
        let is_ours = state.running.get(&ticket.task).is_some_and(|context| context.claimed().ticket == ticket);
        if is_ours {
            self.free_slot(&mut state, ticket.task);
            state.finished.push(TaskSettlement { ticket, outcome });
        }
    }

    /// An attempt will not be finished here: its slot is free, and its lease runs out.
    pub(super) fn forget(&self, ticket: Ticket) {
        let mut state = self.state();
        let is_ours = state.running.get(&ticket.task).is_some_and(|context| context.claimed().ticket == ticket);
        if is_ours {
            self.free_slot(&mut state, ticket.task);
        }
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
        let earlier = self.state().running.insert(id, context.clone());
        if let Some(earlier) = earlier {
            // Its lease ran out unnoticed, and the task has come back to the same worker.
            earlier.stop(StopReason::LeaseLost);
        }
        Some(Job::new(kind, context, work, Arc::clone(self)))
    }

    fn renewals(&self, which: Renewing) -> Vec<Renewal> {
        let contexts: Vec<TaskContext> = self.state().running.values().cloned().collect();
        let renewal =
            |context: TaskContext| Renewal { ticket: context.claimed().ticket, progress: context.take_progress() };
        let wanted = |renewal: &Renewal| which == Renewing::All || renewal.progress.is_some();
        contexts.into_iter().map(renewal).filter(wanted).collect()
    }

    fn heed(&self, renewals: &[Renewal], holds: &[Hold]) {
        for (renewal, hold) in renewals.iter().zip(holds) {
            let reason = match hold {
                Hold::Held => continue,
                Hold::RevokeAsked => StopReason::Revoked,
                Hold::Lost => StopReason::LeaseLost,
            };
            let mut state = self.state();
            let Some(context) = state.running.get(&renewal.ticket.task).cloned() else { continue };
            if context.claimed().ticket != renewal.ticket {
                continue;
            }
            if reason == StopReason::LeaseLost {
                tracing::warn!(task = %renewal.ticket.task, "the lease of a running task is lost; it is cut off");
                self.free_slot(&mut state, renewal.ticket.task);
            }
            drop(state);
            context.stop(reason);
        }
    }

    fn put_back(&self, renewals: &[Renewal]) {
        let state = self.state();
        for renewal in renewals {
            if let (Some(context), Some(progress)) = (state.running.get(&renewal.ticket.task), &renewal.progress) {
                context.put_back(progress.clone());
            }
        }
    }

    fn status(&self, phase: Option<WorkerPhase>) -> WorkerStatus {
        let state = self.state();
        let mut running: Vec<TaskId> = state.running.keys().copied().collect();
        running.sort_unstable();
        WorkerStatus {
            name: self.config.name.clone(),
            host: self.config.host.clone(),
            pid: self.config.pid,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            queues: self.config.queues.clone(),
            kinds: self.registry.kinds().map(|kind| kind.name.clone()).collect(),
            slots: self.config.slots,
            running,
            started_at: self.started_at,
            beat_at: self.now(),
            claimed_at: state.claimed_at,
            phase: phase.unwrap_or(state.phase),
        }
    }

    fn free_slot(&self, state: &mut State, task: TaskId) {
        if self.is_full(state) {
            state.full_until = Some(self.now());
        }
        state.running.remove(&task);
    }

    fn free(&self, state: &State) -> usize {
        self.slots().saturating_sub(state.running.len() + state.reserved)
    }

    fn is_full(&self, state: &State) -> bool {
        state.running.len() >= self.slots()
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
