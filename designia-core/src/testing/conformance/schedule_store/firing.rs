//! Firing: all or nothing, and once for each moment.

use std::sync::Arc;

use super::site::{BEGIN, fire, hourly};
use crate::ports::StoreErrorKind;
use crate::schedule::{Fire, Fired, Schedule, ScheduleRecord};
use crate::task::{Task, TaskRecord};
use crate::testing::conformance::TaskStores;
use crate::testing::conformance::task_stores::success;
use crate::testing::fixtures::{NOW, task, task_id};
use crate::time::{DAY, HOUR};

/// In the order of the moments.
pub async fn a_fire_enqueues_its_tasks_and_moves_on(stores: &TaskStores) {
    let mut row = defined(stores).await;
    let moments = [1, 2, 3].map(|hours| BEGIN + HOUR * hours);
    let fire = Fire { missed: 7, ..fire(&row, &moments) };
    let ids: Vec<_> = fire.tasks.iter().map(|task| task.id).collect();
    assert_eq!(stores.schedules.fire(&fire).await.expect("the store answers"), Fired::New(ids.clone()));
    row.fired(&fire, &ids);
    assert_eq!(self::row(stores).await, row);
    assert_eq!((row.version, row.fired, row.missed, row.skipped), (2, 3, 7, 0));
    for asked in &fire.tasks {
        assert_eq!(stores.record(asked.id).await, TaskRecord::pending(asked.clone()));
    }
    let claimed = stores.claim(9, BEGIN + DAY).await;
    assert!(claimed.iter().map(|it| &it.task).eq(&fire.tasks));
}

/// Every moment was missed, or there is none any more.
pub async fn a_fire_without_tasks_moves_on(stores: &TaskStores) {
    let mut row = defined(stores).await;
    let fire = Fire { missed: 3, next_at: None, ..fire(&row, &[]) };
    assert_eq!(stores.schedules.fire(&fire).await.expect("the store answers"), Fired::New(Vec::new()));
    row.fired(&fire, &[]);
    assert_eq!(self::row(stores).await, row);
    assert_eq!((row.next_at, row.last_task, row.missed), (None, None, 3));
}

/// Another scheduler was faster.
pub async fn an_outdated_fire_leaves_no_trace(stores: &TaskStores) {
    let row = defined(stores).await;
    let first = fire(&row, &[BEGIN + HOUR]);
    stores.schedules.fire(&first).await.expect("the store answers");
    let before = self::row(stores).await;
    for version in [row.version, before.version + 1, 0] {
        let late = Fire { version, ..fire(&row, &[BEGIN + HOUR * 2]) };
        assert_eq!(stores.schedules.fire(&late).await.expect("the store answers"), Fired::Conflict);
        assert_eq!(stores.find(late.tasks[0].id).await, None);
    }
    assert_eq!(self::row(stores).await, before);
}

/// Whoever looked at it looked too early.
pub async fn a_schedule_changed_meanwhile_is_not_fired(stores: &TaskStores) {
    let looked_at = defined(stores).await;
    let other = Schedule { start_within: Some(HOUR), ..hourly() };
    stores.schedules.define(&other, BEGIN).await.expect("the store answers");
    let redefined = row(stores).await;
    stores.schedules.set_enabled(&hourly().name, false, BEGIN).await.expect("the store answers");
    for row in [looked_at, redefined] {
        let fire = fire(&row, &[BEGIN + HOUR]);
        assert_eq!(stores.schedules.fire(&fire).await.expect("the store answers"), Fired::Conflict);
        assert_eq!(stores.find(fire.tasks[0].id).await, None);
    }
}

/// Nor what was forgotten.
pub async fn what_nobody_has_defined_is_not_fired(stores: &TaskStores) {
    let fire = fire(&ScheduleRecord::new(hourly(), BEGIN), &[BEGIN + HOUR]);
    assert_eq!(stores.schedules.fire(&fire).await.expect("the store answers"), Fired::Conflict);
    defined(stores).await;
    assert!(stores.schedules.remove(&hourly().name).await.expect("the store answers"));
    assert_eq!(stores.schedules.fire(&fire).await.expect("the store answers"), Fired::Conflict);
    assert_eq!(stores.find(fire.tasks[0].id).await, None);
}

/// By their unique key, or by their id; the others are enqueued.
pub async fn duplicates_are_counted_as_skipped(stores: &TaskStores) {
    let mut row = defined(stores).await;
    let moments = [1, 2, 3, 4].map(|hours| BEGIN + HOUR * hours);
    let mut fire = fire(&row, &moments);
    fire.tasks[0].unique_key = Some("one".to_owned());
    fire.tasks[1].unique_key = Some("two".to_owned());
    fire.tasks[2].unique_key = Some("two".to_owned());
    stores.put([Task { unique_key: Some("one".to_owned()), ..task(1) }, fire.tasks[3].clone()]).await;
    let new = vec![fire.tasks[1].id];
    assert_eq!(stores.schedules.fire(&fire).await.expect("the store answers"), Fired::New(new.clone()));
    row.fired(&fire, &new);
    assert_eq!(self::row(stores).await, row);
    assert_eq!((row.fired, row.skipped, row.last_task), (1, 3, Some(new[0])));
    assert_eq!(stores.find(fire.tasks[0].id).await, None);
    assert_eq!(stores.find(fire.tasks[2].id).await, None);

    let again = super::site::fire(&row, &[BEGIN + HOUR * 2]);
    assert_eq!(stores.schedules.fire(&again).await.expect("the store answers"), Fired::New(Vec::new()));
    row.fired(&again, &[]);
    assert_eq!(self::row(stores).await, row, "the last task is still the last one that was new");
}

/// Neither the tasks nor the next moment.
pub async fn a_fire_with_an_invalid_task_leaves_no_trace(stores: &TaskStores) {
    let row = defined(stores).await;
    let mut fire = fire(&row, &[BEGIN + HOUR, BEGIN + HOUR * 2]);
    fire.tasks[1].max_attempts = 0;
    let error = stores.schedules.fire(&fire).await.expect_err("the call is refused");
    assert_eq!(error.kind, StoreErrorKind::Invalid);
    assert_eq!(self::row(stores).await, row);
    assert_eq!(stores.find(fire.tasks[0].id).await, None);
}

/// However they are interleaved; and so for each moment.
pub async fn of_sixteen_schedulers_one_fires(stores: &TaskStores) {
    let mut row = defined(stores).await;
    for moment in [1, 2, 3].map(|hours| BEGIN + HOUR * hours) {
        let fires = stores
            .at_once(16, |number| {
                let schedules = Arc::clone(&stores.schedules);
                let mut mine = fire(&row, &[moment]);
                mine.tasks.push(Task { id: task_id(number), unique_key: Some("key".to_owned()), ..task(0) });
                async move { schedules.fire(&mine).await.expect("the store answers") }
            })
            .await;
        let winners: Vec<_> = fires.into_iter().filter(|fired| *fired != Fired::Conflict).collect();
        assert_eq!(winners.len(), 1, "{winners:?}");
        let claimed = stores.claim(99, moment.max(task(0).run_at)).await;
        assert_eq!(claimed.len(), 2, "the tasks of the one who fired");
        for claimed in claimed {
            stores.ended(claimed.ticket, success(), moment).await;
        }
        stores.console.cleanup(NOW, 99).await.expect("the console answers");
        row = self::row(stores).await;
    }
    assert_eq!((row.version, row.fired), (4, 6));
}

async fn defined(stores: &TaskStores) -> ScheduleRecord {
    stores.schedules.define(&hourly(), BEGIN).await.expect("the store answers");
    row(stores).await
}

async fn row(stores: &TaskStores) -> ScheduleRecord {
    stores.schedule(hourly().name.as_str()).await.expect("the schedule is there")
}
