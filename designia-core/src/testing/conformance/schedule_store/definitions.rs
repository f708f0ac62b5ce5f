//! Defining, changing and forgetting schedules.

use std::sync::Arc;
use std::time::Duration;

use super::site::{BEGIN, every_minute, fire, hourly};
use crate::schedule::{MissedRuns, Overlap, Recurrence, Schedule, ScheduleRecord};
use crate::task::{Json, TaskRecord};
use crate::testing::conformance::TaskStores;
use crate::time::{DAY, HOUR, MINUTE, Timestamp};

/// Not at once.
pub async fn a_schedule_is_enabled_and_first_due_at_its_first_moment(stores: &TaskStores) {
    assert_eq!(stores.schedules.schedules().await.expect("the store answers"), []);
    define(stores, &hourly(), BEGIN + MINUTE).await;
    let row = row(stores).await;
    assert_eq!(row, ScheduleRecord::new(hourly(), BEGIN + MINUTE));
    assert_eq!((row.enabled, row.next_at), (true, Some(BEGIN + HOUR)));
}

/// Every recurrence, every policy, every text.
pub async fn a_schedule_of_any_kind_comes_back_as_it_was_defined(stores: &TaskStores) {
    let recurrences = [
        Recurrence::cron("0 0 * * *").expect("cron"),
        Recurrence::cron("*/10 5-7,22 * JAN-MAR MON#1").expect("cron"),
        Recurrence::cron("30 15 4 L * *").expect("cron"),
        Recurrence::Cron { cron: "30 2 * * *".parse().expect("cron"), zone: "Europe/Berlin".parse().expect("a zone") },
        Recurrence::every(MINUTE),
        Recurrence::Every { seconds: u32::MAX },
    ];
    let policies = [MissedRuns::Skip, MissedRuns::Coalesce, MissedRuns::CatchUp(1), MissedRuns::CatchUp(u16::MAX)];
    let args = Json::parse(r#"{ "text": "«Zoë» 🎁 \u0000", "amount": 0.10 }"#).expect("JSON");
    for (number, recurrence) in (0_usize..).zip(recurrences) {
        let schedule = Schedule {
            name: format!("schedule-{number}").parse().expect("a name"),
            args: args.clone(),
            recurrence,
            missed: policies[number % policies.len()],
            overlap: if number.is_multiple_of(2) { Overlap::Allow } else { Overlap::Skip },
            start_within: (number > 2).then_some(Duration::from_secs(number as u64 * 1_000_000_007)),
            ..hourly()
        };
        define(stores, &schedule, BEGIN).await;
        let stored = stores.schedule(schedule.name.as_str()).await;
        assert_eq!(stored, Some(ScheduleRecord::new(schedule, BEGIN)));
    }
}

/// As every node does when it starts: nothing changes.
pub async fn a_schedule_that_is_defined_again_goes_on(stores: &TaskStores) {
    define(stores, &hourly(), BEGIN).await;
    let before = row(stores).await;
    define(stores, &hourly(), BEGIN + DAY).await;
    assert_eq!(row(stores).await, before, "what was missed is still to be dealt with");
}

/// Their past is another's.
pub async fn other_moments_are_counted_from_now(stores: &TaskStores) {
    define(stores, &hourly(), BEGIN).await;
    define(stores, &every_minute(), BEGIN + DAY).await;
    let row = row(stores).await;
    assert_eq!((row.next_at, row.version), (Some(BEGIN + DAY + MINUTE), 2));
    assert_eq!(row.schedule, every_minute());
}

/// A new release has other arguments.
pub async fn a_redefinition_keeps_what_was_counted_and_whether_it_is_enabled(stores: &TaskStores) {
    define(stores, &hourly(), BEGIN).await;
    let before = row(stores).await;
    stores.schedules.fire(&fire(&before, &[BEGIN + HOUR])).await.expect("the store answers");
    stores.schedules.set_enabled(&hourly().name, false, BEGIN + HOUR).await.expect("the store answers");
    let mut expected = row(stores).await;
    let other = Schedule { args: Json::parse("[1]").expect("JSON"), missed: MissedRuns::Skip, ..hourly() };
    define(stores, &other, BEGIN + DAY).await;
    expected.redefine(other, BEGIN + DAY);
    assert_eq!(row(stores).await, expected);
    assert_eq!((expected.enabled, expected.fired, expected.version), (false, 1, 4));
    assert_eq!(expected.next_at, Some(BEGIN + HOUR * 2));
}

/// Once is enough, and what isn't there can't be.
pub async fn a_schedule_is_disabled_and_enabled(stores: &TaskStores) {
    assert!(!stores.schedules.set_enabled(&hourly().name, false, BEGIN).await.expect("the store answers"));
    define(stores, &hourly(), BEGIN).await;
    for (enabled, version) in [(true, 1), (false, 2), (false, 2), (true, 3), (true, 3)] {
        assert!(stores.schedules.set_enabled(&hourly().name, enabled, BEGIN).await.expect("the store answers"));
        let row = row(stores).await;
        assert_eq!((row.enabled, row.version), (enabled, version));
    }
}

/// It goes on at the next one.
pub async fn moments_that_passed_while_it_was_disabled_were_not_missed(stores: &TaskStores) {
    define(stores, &hourly(), BEGIN).await;
    for (enabled, hours) in [(false, 5), (true, 10)] {
        let now = BEGIN + HOUR * hours;
        assert!(stores.schedules.set_enabled(&hourly().name, enabled, now).await.expect("the store answers"));
    }
    let row = row(stores).await;
    assert_eq!((row.next_at, row.missed), (Some(BEGIN + HOUR * 11), 0));
}

/// Those that it has asked for already.
pub async fn a_removed_schedule_is_gone_and_its_tasks_stay(stores: &TaskStores) {
    assert!(!stores.schedules.remove(&hourly().name).await.expect("the store answers"));
    define(stores, &hourly(), BEGIN).await;
    let fire = fire(&row(stores).await, &[BEGIN + HOUR]);
    stores.schedules.fire(&fire).await.expect("the store answers");
    assert!(stores.schedules.remove(&hourly().name).await.expect("the store answers"));
    assert_eq!(stores.schedule(hourly().name.as_str()).await, None);
    assert!(!stores.schedules.remove(&hourly().name).await.expect("the store answers"));
    assert_eq!(stores.record(fire.tasks[0].id).await, TaskRecord::pending(fire.tasks[0].clone()));
    define(stores, &hourly(), BEGIN + DAY).await;
    assert_eq!(row(stores).await, ScheduleRecord::new(hourly(), BEGIN + DAY), "it begins anew");
}

/// In whichever order they came.
pub async fn schedules_are_listed_by_name(stores: &TaskStores) {
    for name in ["b", "a.b", "c", "a"] {
        define(stores, &Schedule { name: name.parse().expect("a name"), ..hourly() }, BEGIN).await;
    }
    let all = stores.schedules.schedules().await.expect("the store answers");
    assert_eq!(all.iter().map(|row| row.schedule.name.as_str()).collect::<Vec<_>>(), ["a", "a.b", "b", "c"]);
}

/// Every node defines its schedules when it starts.
pub async fn of_sixteen_definitions_at_once_one_row_comes(stores: &TaskStores) {
    stores
        .at_once(16, |_| {
            let schedules = Arc::clone(&stores.schedules);
            async move { schedules.define(&hourly(), BEGIN).await.expect("the store answers") }
        })
        .await;
    let all = stores.schedules.schedules().await.expect("the store answers");
    assert_eq!(all, [ScheduleRecord::new(hourly(), BEGIN)]);
}

async fn define(stores: &TaskStores, schedule: &Schedule, now: Timestamp) {
    stores.schedules.define(schedule, now).await.expect("the store answers");
}

async fn row(stores: &TaskStores) -> ScheduleRecord {
    stores.schedule(hourly().name.as_str()).await.expect("the schedule is there")
}
