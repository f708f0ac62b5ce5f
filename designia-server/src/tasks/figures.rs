//! What this node's worker did, counted as it passes on the way to the queue: tasks by kind and outcome, and how long they ran.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use designia_core::id::TaskId;
use designia_core::task::{ClaimedTask, KindName, Settled, TaskOutcome, TaskSettlement};

use crate::edge::Stopwatch;
use crate::http::metrics::{Metrics, RUN_TIME, RUNS};

/// What a worker that loses leases leaves behind is dropped from here on.
const MANY: usize = 10_000;

/// No attempt is worth measuring for longer.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// Counts what became of tasks. Clones count together.
#[derive(Clone)]
pub(crate) struct Figures {
    metrics: Metrics,
    running: Arc<Mutex<HashMap<TaskId, Running>>>,
}

struct Running {
    token: u32,
    kind: KindName,
    since: Stopwatch,
}

impl Figures {
    pub(crate) fn new(metrics: Metrics) -> Self {
        Self { metrics, running: Arc::default() }
    }

    /// The worker has these from now on.
    pub(super) fn claimed(&self, claimed: &[ClaimedTask]) {
        if claimed.is_empty() {
            return;
        }
        let mut running = self.running();
        if running.len() > MANY {
            running.retain(|_, it| it.since.elapsed() < LONGEST);
        }
        running.extend(claimed.iter().map(|it| {
            let (token, kind) = (it.ticket.token, it.task.kind.clone());
            (it.task.id, Running { token, kind, since: Stopwatch::start() })
        }));
    }

    /// The queue was told what became of these, and this is what it made of it.
    pub(super) fn settled(&self, settlements: &[TaskSettlement], settled: &[Settled]) {
        for (settlement, settled) in settlements.iter().zip(settled) {
            let ended = self.take(settlement);
            let Some(Running { kind, since, .. }) = ended else { continue };
            let outcome = match settled {
                Settled::Recorded | Settled::Gone => name(&settlement.outcome),
                Settled::Stale => "stale",
            };
            self.metrics.count(RUNS, &[("kind", kind.as_str()), ("outcome", outcome)], 1);
            self.metrics.time(RUN_TIME, &[("kind", kind.as_str())], since.elapsed());
        }
    }

    fn take(&self, settlement: &TaskSettlement) -> Option<Running> {
        let mut running = self.running();
        let id = settlement.ticket.task;
        let is_this = running.get(&id).is_some_and(|it| it.token == settlement.ticket.token);
        if is_this { running.remove(&id) } else { None }
    }

    fn running(&self) -> MutexGuard<'_, HashMap<TaskId, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Figures").field("running", &self.running().len()).finish_non_exhaustive()
    }
}

const fn name(outcome: &TaskOutcome) -> &'static str {
    match outcome {
        TaskOutcome::Success { .. } => "success",
        TaskOutcome::Retry { .. } => "retry",
        TaskOutcome::Failure { .. } => "failure",
        TaskOutcome::Revoked => "revoked",
        TaskOutcome::HandedBack { .. } => "handed_back",
        TaskOutcome::Moved => "moved",
    }
}
