//! The scheduler: looks at which schedules are due, and asks for their tasks, once however many schedulers run.

use super::TaskRegistry;
use crate::id::TaskId;
use crate::ports::{IdGenerator, StoreError, Tasks};
use crate::schedule::{Fire, Fired, Overlap, Plan, Schedule, ScheduleRecord};
use crate::task::{Kind, ScheduleName, Slot, Task};
use crate::time::Timestamp;

/// Fires schedules.
#[derive(Clone, Debug)]
pub struct Scheduler {
    registry: TaskRegistry,
}

/// What one turn of a scheduler did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fires {
    /// The tasks that it has asked for.
    pub fired: Vec<TaskId>,
    /// When the next schedule is due.
    pub next_at: Option<Timestamp>,
}

impl Scheduler {
    /// One that knows the kinds of this registry.
    #[must_use]
    pub const fn new(registry: TaskRegistry) -> Self {
        Self { registry }
    }

    /// Stores the schedules that the program brings. Those that are stored keep whether they are enabled, and their counts.
    ///
    /// # Errors
    /// The store can't be reached; try again.
    pub async fn define(&self, tasks: &Tasks, now: Timestamp) -> Result<(), StoreError> {
        for schedule in self.registry.schedules() {
            tasks.schedules.define(schedule, now).await?;
        }
        Ok(())
    }

    /// One turn: fires every schedule that is due. One of a kind that this program doesn't know is left to a node that does.
    ///
    /// # Errors
    /// The store can't be reached; try again.
    pub async fn turn(&self, tasks: &Tasks, now: Timestamp) -> Result<Fires, StoreError> {
        let mut fires = Fires::default();
        for row in tasks.schedules.schedules().await? {
            let mut next_at = row.next_at.filter(|_| row.enabled);
            if row.is_due(now) {
                match self.fire(tasks, &row, now).await? {
                    Some((fired, next)) => {
                        fires.fired.extend(fired);
                        next_at = next;
                    }
                    // Others may do it, or do it now: whoever does says when it is next due.
                    None => next_at = None,
                }
            }
            fires.next_at = fires.next_at.into_iter().chain(next_at).min();
        }
        Ok(fires)
    }

    /// What a schedule asks for, at once and whether it is enabled or not: a task with an id of its own.
    #[must_use]
    pub fn task_now(&self, schedule: &Schedule, ids: &dyn IdGenerator, now: Timestamp) -> Option<Task> {
        let kind = self.registry.kind(&schedule.kind)?;
        let mut task = kind.task(TaskId::from_uuid(ids.next()), schedule.args.clone(), now);
        task.unique_key = unique_key(schedule);
        Some(task)
    }

    async fn fire(
        &self,
        tasks: &Tasks,
        row: &ScheduleRecord,
        now: Timestamp,
    ) -> Result<Option<(Vec<TaskId>, Option<Timestamp>)>, StoreError> {
        let schedule = &row.schedule;
        let Some(kind) = self.registry.kind(&schedule.kind) else {
            tracing::warn!(schedule = %schedule.name, kind = %schedule.kind, "a schedule of a kind that this program doesn't know is left alone");
            return Ok(None);
        };
        let plan = row.next_at.and_then(|next| Plan::at(&schedule.recurrence, schedule.missed, next, now));
        let Some(plan) = plan else { return Ok(None) };
        let fire = Fire {
            name: schedule.name.clone(),
            version: row.version,
            tasks: plan.fire.iter().map(|at| task_of(schedule, kind, *at, now)).collect(),
            last_at: plan.last_at,
            next_at: plan.next,
            missed: plan.missed,
        };
        match tasks.schedules.fire(&fire).await? {
            Fired::New(fired) => Ok(Some((fired, plan.next))),
            Fired::Conflict => Ok(None),
        }
    }
}

fn task_of(schedule: &Schedule, kind: &Kind, at: Timestamp, now: Timestamp) -> Task {
    let mut task = kind.task(TaskId::of_slot(schedule.name.as_str(), at), schedule.args.clone(), now);
    task.start_by = schedule.start_within.map(|within| (at + within).max(now)).or(task.start_by);
    task.unique_key = unique_key(schedule);
    task.slot = Some(Slot { schedule: schedule.name.clone(), at });
    task
}

fn unique_key(schedule: &Schedule) -> Option<String> {
    match schedule.overlap {
        Overlap::Allow => None,
        Overlap::Skip => Some(key_of(&schedule.name)),
    }
}

fn key_of(schedule: &ScheduleName) -> String {
    format!("schedule:{schedule}")
}
