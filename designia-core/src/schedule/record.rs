//! A schedule as its store holds it.

use serde::{Deserialize, Serialize};

use super::Schedule;
use crate::id::TaskId;
use crate::task::{ScheduleName, Task};
use crate::time::Timestamp;

/// A schedule, whether it is enabled, and how far it has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleRecord {
    /// What was defined.
    pub schedule: Schedule,
    /// Whether it fires.
    pub enabled: bool,
    /// How often it has been changed or fired; whoever fires it names the version that it looked at.
    pub version: u32,
    /// The next moment; `None` if there is none any more.
    pub next_at: Option<Timestamp>,
    /// The last moment that was dealt with.
    pub last_at: Option<Timestamp>,
    /// The last task that it asked for.
    pub last_task: Option<TaskId>,
    /// How many tasks it has asked for.
    pub fired: u64,
    /// How many moments have passed without one because no scheduler ran.
    pub missed: u64,
    /// How many moments have passed without one because its last task was still waiting or running.
    pub skipped: u64,
}

/// What is to be stored when a schedule fires, all or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fire {
    /// Which schedule.
    pub name: ScheduleName,
    /// The version that was looked at.
    pub version: u32,
    /// A task for each moment that fires, the oldest first. Empty if every moment was missed.
    pub tasks: Vec<Task>,
    /// The last moment that is dealt with by this.
    pub last_at: Timestamp,
    /// The next moment.
    pub next_at: Option<Timestamp>,
    /// How many moments were missed.
    pub missed: u32,
}

/// What firing did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fired {
    /// It was stored; these tasks are new.
    New(Vec<TaskId>),
    /// Nothing: another scheduler was faster, or somebody has changed the schedule.
    Conflict,
}

impl ScheduleRecord {
    /// A new row: enabled, and first due at the first moment after `now`.
    #[must_use]
    pub fn new(schedule: Schedule, now: Timestamp) -> Self {
        let next_at = schedule.recurrence.after(now);
        Self {
            schedule,
            enabled: true,
            version: 1,
            next_at,
            last_at: None,
            last_task: None,
            fired: 0,
            missed: 0,
            skipped: 0,
        }
    }

    /// Takes over a definition: what has been counted and whether it is enabled stay, and the next moment stays unless other
    /// moments are defined.
    pub fn redefine(&mut self, schedule: Schedule, now: Timestamp) {
        if self.schedule == schedule {
            return;
        }
        if self.schedule.recurrence != schedule.recurrence {
            self.next_at = schedule.recurrence.after(now);
        }
        self.schedule = schedule;
        self.version += 1;
    }

    /// Enables or disables it. Moments that passed while it was disabled were not missed.
    pub fn set_enabled(&mut self, enabled: bool, now: Timestamp) {
        if self.enabled == enabled {
            return;
        }
        self.enabled = enabled;
        self.version += 1;
        if enabled {
            self.next_at = self.schedule.recurrence.after(now);
        }
    }

    /// Records that it has fired; `new` are those of the tasks that were enqueued, the others were held back by the one before.
    pub fn fired(&mut self, fire: &Fire, new: &[TaskId]) {
        self.version += 1;
        self.last_at = Some(fire.last_at);
        self.next_at = fire.next_at;
        self.last_task = new.last().copied().or(self.last_task);
        self.fired += new.len() as u64;
        self.skipped += (fire.tasks.len() - new.len()) as u64;
        self.missed += u64::from(fire.missed);
    }

    /// Whether it is enabled and due.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.enabled && self.next_at.is_some_and(|next| next <= now)
    }
}
