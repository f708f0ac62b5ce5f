//! Schedules: one row per name.

use std::collections::BTreeMap;

use super::tasks::Tasks;
use crate::id::TaskId;
use crate::ports::Enqueued;
use crate::schedule::{Fire, Fired, Schedule, ScheduleRecord};
use crate::task::ScheduleName;
use crate::time::Timestamp;

#[derive(Default)]
pub(super) struct Schedules(BTreeMap<ScheduleName, ScheduleRecord>);

impl Schedules {
    pub(super) fn define(&mut self, schedule: &Schedule, now: Timestamp) {
        let row = self.0.entry(schedule.name.clone());
        row.and_modify(|row| row.redefine(schedule.clone(), now))
            .or_insert_with(|| ScheduleRecord::new(schedule.clone(), now));
    }

    pub(super) fn all(&self) -> Vec<ScheduleRecord> {
        self.0.values().cloned().collect()
    }

    pub(super) fn set_enabled(&mut self, name: &ScheduleName, enabled: bool, now: Timestamp) -> bool {
        self.0.get_mut(name).map(|row| row.set_enabled(enabled, now)).is_some()
    }

    pub(super) fn fire(&mut self, fire: &Fire, tasks: &mut Tasks) -> Fired {
        let Some(row) = self.0.get_mut(&fire.name).filter(|row| row.version == fire.version) else {
            return Fired::Conflict;
        };
        let enqueued = fire.tasks.iter().filter(|task| tasks.enqueue((*task).clone()) == Enqueued::New);
        let new: Vec<TaskId> = enqueued.map(|task| task.id).collect();
        row.fired(fire, &new);
        Fired::New(new)
    }

    pub(super) fn remove(&mut self, name: &ScheduleName) -> bool {
        self.0.remove(name).is_some()
    }
}
