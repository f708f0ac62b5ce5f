//! Whole days of real schedulers on a clock that is moved.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::site::{BEGIN, define, every_minute, hourly, run_due, scheduler, turn};
use crate::schedule::{MissedRuns, Overlap, Recurrence, Schedule};
use crate::task::TaskState;
use crate::testing::conformance::TaskStores;
use crate::testing::conformance::task_stores::failure;
use crate::testing::fixtures::queue;
use crate::time::{DAY, HOUR, MINUTE, Timestamp};

/// They look at the same moments from two nodes, and none is left out.
pub async fn two_schedulers_fire_each_moment_of_a_day_once(stores: &TaskStores) {
    let every_ten = Schedule { recurrence: Recurrence::every(MINUTE * 10), overlap: Overlap::Allow, ..hourly() };
    let scheduler = scheduler(every_ten);
    define(stores, &scheduler, BEGIN).await;
    let mut fired = Vec::new();
    for step in 1..=24 * 6 {
        // A little late, and not always the same.
        let now = BEGIN + MINUTE * 10 * step + Duration::from_secs(u64::from(step * 7 % 30));
        let turns = stores
            .at_once(2, |_| {
                let (scheduler, tasks) = (scheduler.clone(), stores.wired());
                async move { scheduler.turn(&tasks, now).await.expect("the store answers").fired }
            })
            .await;
        fired.extend(turns.into_iter().flatten());
    }
    let once: BTreeSet<_> = fired.iter().collect();
    assert_eq!((fired.len(), once.len()), (24 * 6, 24 * 6));
    let moments = run_due(stores, BEGIN + DAY * 2).await;
    assert!(moments.into_iter().eq((1..=24 * 6).map(|step| BEGIN + MINUTE * 10 * step)));
    let row = stores.schedule(hourly().name.as_str()).await.expect("the schedule is there");
    assert_eq!((row.fired, row.missed, row.skipped), (24 * 6, 0, 0));
}

/// However late each turn is, and however often the program is started anew.
pub async fn a_schedule_goes_on_where_it_was_and_does_not_drift(stores: &TaskStores) {
    for step in 0..48 {
        let now = BEGIN + HOUR * step + Duration::from_micros(u64::from(step) * 999_983);
        let restarted = scheduler(hourly());
        define(stores, &restarted, now).await;
        let expected = if step == 0 { Vec::new() } else { vec![BEGIN + HOUR * step] };
        assert_eq!(turn(stores, &restarted, now).await, expected);
        assert_eq!(turn(stores, &restarted, now).await, [], "once");
        let next = stores.schedule(hourly().name.as_str()).await.expect("the schedule is there").next_at;
        assert_eq!(next, Some(BEGIN + HOUR * (step + 1)));
        run_due(stores, now).await;
    }
}

/// The next one is the next to fire. One that is looked at within a minute was not missed.
pub async fn missed_moments_are_skipped(stores: &TaskStores) {
    let scheduler = scheduler(Schedule { missed: MissedRuns::Skip, ..hourly() });
    define(stores, &scheduler, BEGIN).await;
    assert_eq!(turn(stores, &scheduler, BEGIN + HOUR * 5 + MINUTE * 30).await, []);
    assert_counts(stores, 0, 5).await;
    assert_eq!(turn(stores, &scheduler, BEGIN + HOUR * 6 + MINUTE).await, [BEGIN + HOUR * 6]);
    assert_eq!(turn(stores, &scheduler, BEGIN + HOUR * 9 + MINUTE).await, [], "its last task still waits");
    run_due(stores, BEGIN + HOUR * 9 + MINUTE).await;
    assert_eq!(turn(stores, &scheduler, BEGIN + HOUR * 12).await, [BEGIN + HOUR * 12]);
    assert_counts(stores, 2, 5 + 2 + 2).await;
}

/// The latest stands for all.
pub async fn missed_moments_are_told_as_one(stores: &TaskStores) {
    let scheduler = scheduler(hourly());
    define(stores, &scheduler, BEGIN).await;
    assert_eq!(turn(stores, &scheduler, BEGIN + HOUR * 5 + MINUTE * 30).await, [BEGIN + HOUR * 5]);
    assert_counts(stores, 1, 4).await;
    run_due(stores, BEGIN + HOUR * 6).await;
    assert_eq!(turn(stores, &scheduler, BEGIN + HOUR * 6).await, [BEGIN + HOUR * 6]);
    assert_counts(stores, 2, 4).await;
}

/// The oldest of them first.
pub async fn missed_moments_are_caught_up_with_the_latest_ones(stores: &TaskStores) {
    let scheduler = scheduler(Schedule { missed: MissedRuns::CatchUp(3), overlap: Overlap::Allow, ..hourly() });
    define(stores, &scheduler, BEGIN).await;
    let moments = [3, 4, 5].map(|hours| BEGIN + HOUR * hours);
    assert_eq!(turn(stores, &scheduler, BEGIN + HOUR * 5 + MINUTE * 30).await, moments);
    assert_counts(stores, 3, 2).await;
    let mut ran = run_due(stores, BEGIN + HOUR * 6).await;
    ran.sort_unstable();
    assert_eq!(ran, moments);
    let moments = [6, 7].map(|hours| BEGIN + HOUR * hours);
    assert_eq!(turn(stores, &scheduler, BEGIN + HOUR * 7).await, moments);
    assert_counts(stores, 5, 2).await;
}

/// And counted.
pub async fn a_moment_is_passed_over_while_the_last_task_waits_or_runs(stores: &TaskStores) {
    let scheduler = scheduler(every_minute());
    define(stores, &scheduler, BEGIN).await;
    assert_eq!(turn(stores, &scheduler, BEGIN + MINUTE).await, [BEGIN + MINUTE]);
    assert_eq!(turn(stores, &scheduler, BEGIN + MINUTE * 2).await, [], "while it waits");
    let running = stores.claim_one(BEGIN + MINUTE * 2).await;
    stores.renew(running.ticket, BEGIN + HOUR).await;
    assert_eq!(turn(stores, &scheduler, BEGIN + MINUTE * 3).await, [], "while it runs");
    let now = BEGIN + MINUTE * 3;
    stores.ended(running.ticket, failure(), now).await;
    assert_eq!(turn(stores, &scheduler, BEGIN + MINUTE * 4).await, [BEGIN + MINUTE * 4], "however it ended");
    let row = stores.schedule(hourly().name.as_str()).await.expect("the schedule is there");
    assert_eq!((row.fired, row.missed, row.skipped), (2, 0, 2));
}

/// As many as there are moments.
pub async fn overlapping_tasks_are_allowed_if_it_says_so(stores: &TaskStores) {
    let scheduler = scheduler(Schedule { overlap: Overlap::Allow, ..every_minute() });
    define(stores, &scheduler, BEGIN).await;
    for minute in 1..=5 {
        assert_eq!(turn(stores, &scheduler, BEGIN + MINUTE * minute).await, [BEGIN + MINUTE * minute]);
    }
    let waiting = stores.status(&queue(), BEGIN + HOUR).await.expect("the queue has been used").tasks;
    assert_eq!(waiting, [(TaskState::Pending, 5)]);
}

/// On 29 March 2026 there is no half past two in Berlin.
pub async fn where_the_clock_is_put_forward_a_moment_comes_right_after(stores: &TaskStores) {
    let moments = ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"];
    assert_eq!(nights(stores, "2026-03-27T12:00:00Z").await, moments.map(at));
}

/// On 25 October 2026 there are two, and the first one counts.
pub async fn where_the_clock_is_put_back_a_fixed_time_comes_once(stores: &TaskStores) {
    let moments = ["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"];
    assert_eq!(nights(stores, "2026-10-23T12:00:00Z").await, moments.map(at));
}

/// And is not made up for when it is enabled.
pub async fn a_disabled_schedule_does_not_fire(stores: &TaskStores) {
    let scheduler = scheduler(hourly());
    define(stores, &scheduler, BEGIN).await;
    set_enabled(stores, false, BEGIN).await;
    assert_eq!(turn(stores, &scheduler, BEGIN + HOUR * 3).await, []);
    set_enabled(stores, true, BEGIN + HOUR * 3).await;
    assert_eq!(turn(stores, &scheduler, BEGIN + HOUR * 3).await, []);
    assert_eq!(turn(stores, &scheduler, BEGIN + HOUR * 4).await, [BEGIN + HOUR * 4]);
    assert_counts(stores, 1, 0).await;
}

/// A newer release may have brought it.
pub async fn a_kind_that_the_program_does_not_know_is_left_to_others(stores: &TaskStores) {
    let unknown = Schedule { kind: "not.here".parse().expect("a name"), ..hourly() };
    let scheduler = scheduler(unknown.clone());
    define(stores, &scheduler, BEGIN).await;
    let before = stores.schedule(unknown.name.as_str()).await;
    assert_eq!(turn(stores, &scheduler, BEGIN + HOUR * 3).await, []);
    assert_eq!(stores.schedule(unknown.name.as_str()).await, before);
}

/// It stands for its moment, not for the time at which a worker comes.
pub async fn a_task_that_came_too_late_for_its_moment_is_not_started(stores: &TaskStores) {
    let scheduler = scheduler(Schedule { start_within: Some(MINUTE * 10), ..hourly() });
    define(stores, &scheduler, BEGIN).await;
    assert_eq!(turn(stores, &scheduler, BEGIN + HOUR).await.len(), 1);
    assert_eq!(run_due(stores, BEGIN + HOUR + MINUTE * 11).await, []);
    let status = stores.status(&queue(), BEGIN + HOUR).await.expect("the queue has been used");
    assert_eq!(status.tasks, [(TaskState::Revoked, 1)]);
    assert_eq!(turn(stores, &scheduler, BEGIN + HOUR * 2).await.len(), 1, "nor does it hold up the next");
    assert_eq!(run_due(stores, BEGIN + HOUR * 2 + MINUTE * 10).await, [BEGIN + HOUR * 2]);
}

/// What half past two in Berlin came to, in three days from then, looked at every half hour.
async fn nights(stores: &TaskStores, from: &str) -> Vec<Timestamp> {
    let zone = "Europe/Berlin".parse().expect("a zone");
    let recurrence = Recurrence::Cron { cron: "30 2 * * *".parse().expect("cron"), zone };
    let scheduler = scheduler(Schedule { recurrence, ..hourly() });
    define(stores, &scheduler, at(from)).await;
    let mut moments = Vec::new();
    for half_hour in 0..72 * 2 {
        let now = at(from) + MINUTE * 30 * half_hour;
        turn(stores, &scheduler, now).await;
        moments.extend(run_due(stores, now).await);
    }
    let schedules = Arc::clone(&stores.schedules);
    let row = schedules.schedules().await.expect("the store answers").swap_remove(0);
    assert_eq!((row.fired, row.missed, row.skipped), (3, 0, 0));
    moments
}

async fn set_enabled(stores: &TaskStores, enabled: bool, now: Timestamp) {
    assert!(stores.schedules.set_enabled(&hourly().name, enabled, now).await.expect("the store answers"));
}

async fn assert_counts(stores: &TaskStores, fired: u64, missed: u64) {
    let row = stores.schedule(hourly().name.as_str()).await.expect("the schedule is there");
    assert_eq!((row.fired, row.missed), (fired, missed));
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}
