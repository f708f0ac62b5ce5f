//! Background tasks as rows: what is asked, how far it has come, and what may happen to it next.
//!
//! A task is written once, by whoever wants something done, and carried out at least once, by a worker that holds it under a
//! lease. Every claim has a token; whoever reports under an older one is refused, so a task never *completes* twice, even if a
//! worker was thought dead and was not. An attempt is counted when it begins, so a task that kills its worker dies at its limit
//! instead of starting for ever.
//!
//! The states are those of Celery, whose place this takes, but for one thing: an id that nobody has heard of is absent, and
//! never `PENDING`.

mod json;
mod kind;
mod name;
mod record;
mod retry;
mod state;

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests;

pub use json::Json;
pub use kind::{Kind, TimeLimits};
pub use name::{KindName, NameError, QueueName, ScheduleName, WorkerName};
pub use record::{
    ClaimedTask, Claiming, FAILURES_KEPT, Failure, Hold, Renewal, Retrial, Revocation, Settled, TaskOutcome,
    TaskProgress, TaskRecord, TaskSettlement, Ticket,
};
pub use retry::RetryPolicy;
pub use state::{Priority, TaskState};

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::TaskId;
use crate::time::Timestamp;

/// For how long a claimed task is held without being renewed.
pub const LEASE: Duration = Duration::from_secs(30);

/// How often a worker renews what it holds: a lease outlives two lost renewals, and clocks that differ by twenty seconds.
pub const RENEWAL: Duration = Duration::from_secs(10);

/// What is to be done, as it was asked. Nothing changes it afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its id. A store takes each id once.
    pub id: TaskId,
    /// Which handler carries it out.
    pub kind: KindName,
    /// Where it waits.
    pub queue: QueueName,
    /// What goes first within the queue.
    pub priority: Priority,
    /// The handler's arguments.
    pub args: Json,
    /// Of the tasks with one key, one at a time is waiting or running.
    pub unique_key: Option<String>,
    /// How many times it may be started before it is a failure; at least 1.
    pub max_attempts: u16,
    /// When it was asked for.
    pub enqueued_at: Timestamp,
    /// Not before this.
    pub run_at: Timestamp,
    /// If it has not been started by then, it is not to be started at all.
    pub start_by: Option<Timestamp>,
    /// The schedule that asked for it, and for which moment.
    pub slot: Option<Slot>,
}

/// One moment of a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Slot {
    /// Which schedule.
    pub schedule: ScheduleName,
    /// Which of its moments.
    pub at: Timestamp,
}

impl Task {
    /// Refuses what no store may take. Every store begins with this.
    ///
    /// # Errors
    /// The rule that is broken, naming the field.
    pub fn check(&self) -> Result<(), String> {
        if self.max_attempts == 0 {
            return Err("max_attempts: a task must be allowed one attempt at least".to_owned());
        }
        if self.unique_key.as_ref().is_some_and(|key| key.is_empty() || key.len() > 255 || key.contains('\0')) {
            return Err("unique_key: 1 to 255 bytes, none of them NUL".to_owned());
        }
        if self.start_by.is_some_and(|start_by| start_by < self.run_at) {
            return Err(format!("start_by: it is before run_at ({})", self.run_at));
        }
        Ok(())
    }
}
