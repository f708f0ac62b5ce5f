//! One turn of a worker: what is prepared in a moment, and exchanged with the queue in its own time.

use std::fmt;
use std::sync::Arc;

use super::Job;
use super::worker::Inner;
use crate::ports::{Exchange, StoreError, TaskQueue};
use crate::task::{Settled, TaskSettlement};
use crate::time::Timestamp;

/// What one turn brought.
#[derive(Debug, Default)]
pub struct TaskTurn {
    /// What is to be run now.
    pub jobs: Vec<Job>,
    /// How many reports were recorded.
    pub settled: usize,
    /// How many were refused because somebody else had taken over.
    pub stale: usize,
    /// Whether there may be more to do right away, as far as slots go.
    pub is_full: bool,
    /// When the next task is due, as far as the queue can tell.
    pub next_due: Option<Timestamp>,
}

/// A turn that has taken up its reports and reserved its slots, and is to be exchanged. One that is dropped puts all of it back.
#[must_use]
pub struct PreparedTurn {
    exchange: Exchange,
    pending: Pending,
}

impl PreparedTurn {
    pub(super) fn new(worker: Arc<Inner>, exchange: Exchange, reserved: usize) -> Self {
        let settle = exchange.settle.clone();
        Self { exchange, pending: Pending { worker, settle, reserved } }
    }

    /// For when it was prepared.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.exchange.now
    }

    /// Whether it claims; if not, no slot was free.
    #[must_use]
    pub const fn claims(&self) -> bool {
        self.exchange.claim.is_some()
    }

    /// The second half of a turn.
    ///
    /// # Errors
    /// The queue can't be reached. What was to be reported is kept for the next turn.
    pub async fn exchange(self, queue: &dyn TaskQueue) -> Result<TaskTurn, StoreError> {
        let Self { exchange, mut pending } = self;
        let now = exchange.now;
        let exchanged = queue.exchange(exchange).await?;
        pending.settle.clear();
        let stale = exchanged.settled.iter().filter(|it| **it == Settled::Stale).count();
        let limit = pending.reserved;
        Ok(TaskTurn {
            settled: exchanged.settled.len() - stale,
            stale,
            is_full: limit > 0 && exchanged.claimed.len() >= limit,
            next_due: exchanged.next_due,
            jobs: pending.worker.accept(exchanged.claimed, limit, now),
        })
    }
}

impl fmt::Debug for PreparedTurn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreparedTurn").field("exchange", &self.exchange).finish_non_exhaustive()
    }
}

/// What a turn has taken out of its worker's state and not yet delivered. A turn that is dropped in the middle, by whoever drives
/// it, must not lose what it was to report.
struct Pending {
    worker: Arc<Inner>,
    settle: Vec<TaskSettlement>,
    reserved: usize,
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.worker.take_back(std::mem::take(&mut self.settle), self.reserved);
    }
}
