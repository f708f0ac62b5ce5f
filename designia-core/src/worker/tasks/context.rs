//! What a handler is told about its attempt, and what it can say.

use std::fmt;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::error::storable;
use crate::task::{ClaimedTask, Task, TaskProgress};

/// What a handler is told about its attempt, and what it can say. Clones speak of the same attempt.
#[derive(Clone)]
pub struct TaskContext {
    claimed: Arc<ClaimedTask>,
    signals: Arc<Mutex<Signals>>,
}

/// Why an attempt should stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// It has run longer than its soft limit: it may finish, but should hurry.
    SoftLimit,
    /// Somebody has called it off: it is cut off where it waits.
    Revoked,
    /// Its lease is lost, and another worker may be at it: it is cut off where it waits, and what it says is ignored.
    LeaseLost,
    /// The worker stops: it is cut off where it waits, and runs again elsewhere.
    HandedBack,
}

impl StopReason {
    /// Whether the attempt is cut off, not only asked to stop.
    #[must_use]
    pub const fn is_cut(self) -> bool {
        match self {
            Self::SoftLimit => false,
            Self::Revoked | Self::LeaseLost | Self::HandedBack => true,
        }
    }
}

#[derive(Default)]
struct Signals {
    progress: Option<TaskProgress>,
    stop: Option<StopReason>,
    /// Whether the handler is on a thread at this moment: until it returns to its runtime, nobody can cut it off.
    is_at_work: bool,
    waiting: Vec<Waker>,
}

impl TaskContext {
    pub(super) fn new(claimed: ClaimedTask) -> Self {
        Self { claimed: Arc::new(claimed), signals: Arc::default() }
    }

    /// The task.
    #[must_use]
    pub fn task(&self) -> &Task {
        &self.claimed.task
    }

    /// Which attempt this is, from 1.
    #[must_use]
    pub fn attempt(&self) -> u16 {
        self.claimed.attempt
    }

    /// Says how far the attempt is. Cheap: only the latest word is stored, within a second or so.
    pub fn progress(&self, done: u64, total: Option<u64>, note: Option<&str>) {
        let note = note.map(|note| storable(note.to_owned()));
        self.signals().progress = Some(TaskProgress { done, total, note });
    }

    /// Why the attempt should stop, if it should.
    #[must_use]
    pub fn stop_asked(&self) -> Option<StopReason> {
        self.signals().stop
    }

    /// Waits until the attempt should stop.
    pub async fn stopped(&self) -> StopReason {
        poll_fn(|context| self.poll_stop(context, |_| true)).await
    }

    /// Waits until the attempt is cut off.
    pub(super) async fn cut(&self) -> StopReason {
        poll_fn(|context| self.poll_stop(context, StopReason::is_cut)).await
    }

    pub(super) fn claimed(&self) -> &ClaimedTask {
        &self.claimed
    }

    pub(super) fn take_progress(&self) -> Option<TaskProgress> {
        self.signals().progress.take()
    }

    /// News that could not be stored, unless there is newer.
    pub(super) fn put_back(&self, progress: TaskProgress) {
        self.signals().progress.get_or_insert(progress);
    }

    /// Asks the attempt to stop, and says whether its handler is on a thread at this moment. A cut is not taken back by a later word,
    /// and a handler that is cut off gets no thread any more.
    pub(super) fn stop(&self, reason: StopReason) -> bool {
        let mut signals = self.signals();
        if !signals.stop.is_some_and(StopReason::is_cut) {
            signals.stop = Some(reason);
        }
        let (waiting, is_at_work) = (std::mem::take(&mut signals.waiting), signals.is_at_work);
        drop(signals);
        waiting.into_iter().for_each(Waker::wake);
        is_at_work
    }

    /// Polls the handler, unless it is cut off.
    pub(super) fn at_work<T>(&self, poll: impl FnOnce() -> Poll<T>) -> Poll<T> {
        let mut signals = self.signals();
        if signals.stop.is_some_and(StopReason::is_cut) {
            return Poll::Pending;
        }
        signals.is_at_work = true;
        drop(signals);
        let polled = poll();
        self.signals().is_at_work = false;
        polled
    }

    fn poll_stop(&self, context: &Context<'_>, fits: impl Fn(StopReason) -> bool) -> Poll<StopReason> {
        let mut signals = self.signals();
        if let Some(reason) = signals.stop.filter(|reason| fits(*reason)) {
            return Poll::Ready(reason);
        }
        if !signals.waiting.iter().any(|waker| waker.will_wake(context.waker())) {
            signals.waiting.push(context.waker().clone());
        }
        Poll::Pending
    }

    fn signals(&self) -> MutexGuard<'_, Signals> {
        self.signals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for TaskContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskContext")
            .field("task", self.task())
            .field("attempt", &self.attempt())
            .finish_non_exhaustive()
    }
}
