//! Schedules and schedulers to test with.

use std::time::Duration;

use crate::id::TaskId;
use crate::ports::{Exchange, Tasks};
use crate::schedule::{Fire, MissedRuns, Overlap, Recurrence, Schedule, ScheduleRecord};
use crate::task::{Json, Kind, Slot, Task, TaskRecord};
use crate::testing::conformance::TaskStores;
use crate::testing::conformance::task_stores::{success, wanted};
use crate::testing::fixtures::{queue, task};
use crate::time::Timestamp;
use crate::worker::{Scheduler, TaskContext, TaskError, TaskRegistry};

/// Midnight at the beginning of 2026, in UTC.
pub(super) const BEGIN: Timestamp = Timestamp::from_secs(1_767_225_600);

/// A schedule that fires on every full hour.
pub(super) fn hourly() -> Schedule {
    Schedule {
        name: "orders.expire_due".parse().expect("a name"),
        kind: task(0).kind,
        args: Json::parse("{}").expect("JSON"),
        recurrence: Recurrence::cron("0 * * * *").expect("cron"),
        missed: MissedRuns::Coalesce,
        overlap: Overlap::Skip,
        start_within: None,
    }
}

/// The same one, but every minute.
pub(super) fn every_minute() -> Schedule {
    Schedule { recurrence: Recurrence::every(Duration::from_secs(60)), ..hourly() }
}

/// A fire of the schedule as it was looked at: a task for each of these moments.
pub(super) fn fire(row: &ScheduleRecord, moments: &[Timestamp]) -> Fire {
    let name = &row.schedule.name;
    let asked = |at: &Timestamp| Task {
        id: TaskId::of_slot(name.as_str(), *at),
        slot: Some(Slot { schedule: name.clone(), at: *at }),
        enqueued_at: *at,
        run_at: *at,
        ..task(0)
    };
    let last_at = moments.last().copied().or(row.next_at).expect("there is a moment");
    Fire {
        name: name.clone(),
        version: row.version,
        tasks: moments.iter().map(asked).collect(),
        last_at,
        next_at: row.schedule.recurrence.after(last_at),
        missed: 0,
    }
}

/// A program that knows the kind of these schedules and brings one of them.
pub(super) fn scheduler(schedule: Schedule) -> Scheduler {
    let registry = TaskRegistry::new().add(Kind::new(task(0).kind, queue()), run);
    Scheduler::new(registry.on_schedule(schedule))
}

async fn run(_args: serde_json::Value, _context: TaskContext) -> Result<(), TaskError> {
    Ok(())
}

/// The moments of the tasks that one turn of a scheduler brings.
pub(super) async fn turn(stores: &TaskStores, scheduler: &Scheduler, now: Timestamp) -> Vec<Timestamp> {
    let fires = scheduler.turn(&stores.wired(), now).await.expect("the store answers");
    let mut moments = Vec::new();
    for id in fires.fired {
        moments.push(moment(&stores.record(id).await));
    }
    moments
}

/// Stores the schedules that a program brings.
pub(super) async fn define(stores: &TaskStores, scheduler: &Scheduler, now: Timestamp) {
    let tasks: Tasks = stores.wired();
    scheduler.define(&tasks, now).await.expect("the store answers");
}

/// Runs what is due to its end: for which moments that was.
pub(super) async fn run_due(stores: &TaskStores, now: Timestamp) -> Vec<Timestamp> {
    let exchange = Exchange { now, settle: Vec::new(), claim: Some(wanted(500, now)) };
    let mut moments = Vec::new();
    for claimed in stores.exchange(exchange).await.claimed {
        moments.push(moment(&stores.record(claimed.task.id).await));
        stores.ended(claimed.ticket, success(), now).await;
    }
    moments
}

fn moment(record: &TaskRecord) -> Timestamp {
    record.task.slot.as_ref().expect("a schedule asked for it").at
}
