//! Moments, and what a schedule that is due does.

use std::time::Duration;

use super::*;
use crate::id::TaskId;
use crate::testing::fixtures::task;
use crate::time::{DAY, HOUR, MINUTE, Timestamp};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn cron(expression: &str, zone: &str) -> Recurrence {
    Recurrence::Cron { cron: expression.parse().unwrap(), zone: zone.parse().unwrap() }
}

/// The first moments after a time.
fn moments(recurrence: &Recurrence, from: &str, count: usize) -> Vec<String> {
    std::iter::successors(recurrence.after(at(from)), |last| recurrence.after(*last))
        .take(count)
        .map(|moment| moment.to_string())
        .collect()
}

fn schedule(recurrence: Recurrence) -> Schedule {
    Schedule {
        name: "rates.update".parse().unwrap(),
        kind: "rates.update".parse().unwrap(),
        args: crate::task::Json::null(),
        recurrence,
        missed: MissedRuns::default(),
        overlap: Overlap::default(),
        start_within: None,
    }
}

#[test]
fn a_cron_expression_has_its_moments_by_the_clock_on_the_wall() {
    let midnight = Recurrence::cron("0 0 * * *").unwrap();
    assert_eq!(moments(&midnight, "2026-02-27T23:59:59Z", 2), ["2026-02-28T00:00:00Z", "2026-03-01T00:00:00Z"]);
    assert_eq!(moments(&midnight, "2026-02-28T00:00:00Z", 1), ["2026-03-01T00:00:00Z"], "after, not at");
    let kathmandu = cron("0 9 * * MON", "Asia/Kathmandu");
    assert_eq!(moments(&kathmandu, "2026-01-01T00:00:00Z", 1), ["2026-01-05T03:15:00Z"]);
    let seconds = Recurrence::cron("*/20 * * * * *").unwrap();
    assert_eq!(moments(&seconds, "2026-01-01T00:00:00.5Z", 2), ["2026-01-01T00:00:20Z", "2026-01-01T00:00:40Z"]);
}

#[test]
fn where_the_clock_is_put_forward_a_moment_comes_right_after() {
    let moments = moments(&cron("30 2 * * *", "Europe/Berlin"), "2026-03-28T00:00:00Z", 3);
    assert_eq!(moments, ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]);
}

#[test]
fn where_the_clock_is_put_back_a_fixed_time_comes_once_and_a_step_goes_on() {
    let fixed = cron("30 2 * * *", "Europe/Berlin");
    let expected = ["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"];
    assert_eq!(moments(&fixed, "2026-10-24T00:00:00Z", 3), expected);
    let half_hours = moments(&cron("*/30 * * * *", "Europe/Berlin"), "2026-10-24T23:59:00Z", 6);
    let expected = ["00:00", "00:30", "01:00", "01:30", "02:00", "02:30"].map(|it| format!("2026-10-25T{it}:00Z"));
    assert_eq!(half_hours, expected, "every half hour is every half hour");
}

#[test]
fn every_moment_is_the_last_one_at_itself_in_every_zone_through_a_year() {
    let expressions = ["30 2 * * *", "0 */6 * * *", "0 0 * * *", "15 1,2,3 * * *", "59 23 * * SUN"];
    for zone in ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Cairo"]
    {
        for expression in expressions {
            let recurrence = cron(expression, zone);
            let mut last = at("2026-01-01T00:00:00Z");
            while let Some(next) = recurrence.after(last).filter(|next| *next < at("2027-01-01T00:00:00Z")) {
                assert!(next > last, "{expression} in {zone} at {last}");
                assert_eq!(recurrence.at_or_before(next), Some(next), "{expression} in {zone}");
                let before = recurrence.at_or_before(next - Duration::from_secs(1));
                assert!(before.is_some_and(|before| before < next), "{expression} in {zone} before {next}: {before:?}");
                last = next;
            }
        }
    }
}

#[test]
fn equal_steps_are_counted_from_1970_and_do_not_drift() {
    let seven = Recurrence::every(Duration::from_secs(7));
    let mut now = at("2026-01-01T00:00:00Z");
    for _ in 0..1_000 {
        let next = seven.after(now).unwrap();
        assert_eq!(next.as_secs() % 7, 0);
        assert!(next > now && next.since(now) <= Duration::from_secs(7));
        assert_eq!(seven.at_or_before(next), Some(next));
        // Whoever looks is late, each time a little more.
        now = next + Duration::from_micros(u64::try_from(next.as_secs() % 6_999_999).unwrap());
    }
    assert_eq!(seven.after(Timestamp::from_secs(-7)), Some(Timestamp::EPOCH), "before 1970, too");
    assert_eq!(Recurrence::every(Duration::ZERO), Recurrence::Every { seconds: 1 });
    assert_eq!(Recurrence::every(Duration::MAX), Recurrence::Every { seconds: u32::MAX });
    assert_eq!(Recurrence::Every { seconds: 0 }.after(Timestamp::EPOCH), Some(Timestamp::from_secs(1)));
}

#[test]
fn a_day_that_never_comes_has_no_moment() {
    let never = Recurrence::cron("0 0 30 2 *").unwrap();
    assert_eq!(never.after(at("2026-01-01T00:00:00Z")), None);
    assert_eq!(ScheduleRecord::new(schedule(never), at("2026-01-01T00:00:00Z")).next_at, None);
}

#[test]
fn what_is_no_cron_expression_or_zone_is_refused_naming_the_value() {
    for bad in ["", "* * * *", "61 * * * *", "every day", "* * * * * * *  *"] {
        let error = Recurrence::cron(bad).unwrap_err().to_string();
        assert!(error.starts_with(&format!("`{bad}` is not a cron expression: ")), "{error}");
    }
    let error = "Europe/Atlantis".parse::<Zone>().unwrap_err().to_string();
    let expected = "`Europe/Atlantis` is not a time zone: there is none of that name, such as UTC or Europe/Berlin";
    assert_eq!(error, expected);
}

#[test]
fn what_is_not_due_has_no_plan() {
    let hourly = Recurrence::cron("0 * * * *").unwrap();
    let next = at("2026-01-01T01:00:00Z");
    for missed in [MissedRuns::Skip, MissedRuns::Coalesce, MissedRuns::CatchUp(9)] {
        assert_eq!(Plan::at(&hourly, missed, next, next - Duration::from_micros(1)), None);
        let plan = Plan::at(&hourly, missed, next, next).unwrap();
        assert_eq!(plan, Plan { fire: vec![next], last_at: next, missed: 0, next: Some(next + HOUR) });
    }
}

#[test]
fn missed_moments_fire_by_their_policy() {
    let hourly = Recurrence::cron("0 * * * *").unwrap();
    let next = at("2026-01-01T01:00:00Z");
    let hours = |hours: &[u32]| hours.iter().map(|hour| next + HOUR * *hour).collect::<Vec<_>>();
    let plan = |missed, now| {
        let plan = Plan::at(&hourly, missed, next, now).unwrap();
        assert_eq!((plan.last_at, plan.next), (next + HOUR * 4, Some(next + HOUR * 5)));
        (plan.fire, plan.missed)
    };
    let (punctual, late) = (next + HOUR * 4 + ON_TIME, next + HOUR * 4 + MINUTE * 30);
    assert_eq!(plan(MissedRuns::Skip, punctual), (hours(&[4]), 4));
    assert_eq!(plan(MissedRuns::Skip, punctual + Duration::from_micros(1)), (vec![], 5));
    assert_eq!(plan(MissedRuns::Coalesce, late), (hours(&[4]), 4));
    assert_eq!(plan(MissedRuns::CatchUp(3), late), (hours(&[2, 3, 4]), 2));
    assert_eq!(plan(MissedRuns::CatchUp(99), late), (hours(&[0, 1, 2, 3, 4]), 0));
    assert_eq!(plan(MissedRuns::CatchUp(0), late), (hours(&[4]), 4), "at least one");
}

#[test]
fn years_of_missed_seconds_are_planned_in_no_time() {
    let next = at("2026-01-01T00:00:00Z");
    let plan = Plan::at(&Recurrence::every(Duration::from_secs(1)), MissedRuns::Coalesce, next, next + DAY * 3_650);
    let plan = plan.unwrap();
    assert_eq!((plan.fire.len(), plan.missed), (1, 999), "a lower bound");
}

#[test]
fn a_long_catch_up_fires_in_pieces_of_500_and_goes_on_where_it_stopped() {
    let seconds = Recurrence::every(Duration::from_secs(1));
    let second = |second: u64| at("2026-01-01T00:00:00Z") + Duration::from_secs(second);
    let (mut next, mut fired, mut pieces, mut missed) = (Some(second(0)), Vec::new(), Vec::new(), 0);
    // While it catches up, time goes on.
    for now in [899, 900, 901] {
        let plan = Plan::at(&seconds, MissedRuns::CatchUp(800), next.unwrap(), second(now)).unwrap();
        assert_eq!(plan.fire.last(), Some(&plan.last_at));
        pieces.push(plan.fire.len());
        fired.extend(plan.fire);
        (next, missed) = (plan.next, missed + plan.missed);
    }
    assert_eq!((pieces, missed), (vec![500, 301, 1], 100));
    assert_eq!(fired, (100..=901).map(second).collect::<Vec<_>>(), "each of them once, the oldest first");
    assert_eq!(next, Some(second(902)));
}

#[test]
fn a_moment_that_the_recurrence_has_not_fires_as_it_stands() {
    let hourly = Recurrence::cron("0 * * * *").unwrap();
    let by_hand = at("2026-01-01T01:17:00Z");
    let plan = Plan::at(&hourly, MissedRuns::Coalesce, by_hand, by_hand + MINUTE).unwrap();
    assert_eq!((plan.fire, plan.next), (vec![by_hand], Some(at("2026-01-01T02:00:00Z"))));
}

#[test]
fn a_redefinition_keeps_what_was_counted() {
    let begin = at("2026-01-01T00:00:00Z");
    let hourly = schedule(Recurrence::cron("0 * * * *").unwrap());
    let mut row = ScheduleRecord::new(hourly.clone(), begin);
    row.redefine(hourly.clone(), begin + DAY);
    assert_eq!(row, ScheduleRecord::new(hourly.clone(), begin), "the same definition changes nothing");
    let fire = Fire {
        name: hourly.name.clone(),
        version: 1,
        tasks: vec![task(1), task(2)],
        last_at: begin + HOUR,
        next_at: Some(begin + HOUR * 2),
        missed: 3,
    };
    row.fired(&fire, &[task(1).id]);
    assert_eq!((row.version, row.fired, row.skipped, row.missed, row.last_task), (2, 1, 1, 3, Some(task(1).id)));
    row.set_enabled(false, begin + HOUR);
    assert!(!row.is_due(begin + DAY));
    row.redefine(Schedule { overlap: Overlap::Allow, ..hourly.clone() }, begin + DAY);
    assert_eq!((row.enabled, row.version, row.next_at), (false, 4, Some(begin + HOUR * 2)));
    row.redefine(Schedule { recurrence: Recurrence::every(MINUTE), ..hourly }, begin + DAY);
    assert_eq!((row.fired, row.next_at), (1, Some(begin + DAY + MINUTE)));
    row.set_enabled(true, begin + DAY * 2);
    assert_eq!((row.next_at, row.missed), (Some(begin + DAY * 2 + MINUTE), 3), "what passed meanwhile was not missed");
}

#[test]
fn a_schedule_survives_as_json_and_reads_well() {
    let berlin = Schedule {
        missed: MissedRuns::CatchUp(3),
        overlap: Overlap::Allow,
        start_within: Some(HOUR),
        ..schedule(cron("30 2 * * *", "Europe/Berlin"))
    };
    let text = serde_json::to_string(&berlin).unwrap();
    assert_eq!(serde_json::from_str::<Schedule>(&text).unwrap(), berlin);
    for part in [
        r#""recurrence":{"cron":{"cron":"30 2 * * *","zone":"Europe/Berlin"}}"#,
        r#""missed":{"catch_up":3}"#,
        r#""overlap":"allow""#,
        r#""start_within":3600"#,
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let row = ScheduleRecord::new(schedule(Recurrence::every(HOUR)), Timestamp::EPOCH);
    let text = serde_json::to_string(&row).unwrap();
    assert_eq!(serde_json::from_str::<ScheduleRecord>(&text).unwrap(), row);
    assert!(text.contains(r#""recurrence":{"every":{"seconds":3600}}"#), "{text}");
    assert_eq!(berlin.recurrence.to_string(), "30 2 * * * (Europe/Berlin)");
    assert_eq!(row.schedule.recurrence.to_string(), "every 3600 s");
    let bad = r#"{"cron":{"cron":"99 * * * *","zone":"UTC"}}"#;
    assert!(serde_json::from_str::<Recurrence>(bad).unwrap_err().to_string().contains("99 * * * *"));
}

#[test]
fn the_task_of_a_moment_has_the_same_id_on_every_node() {
    let moment = at("2026-01-01T01:00:00Z");
    assert_eq!(TaskId::of_slot("rates.update", moment).to_string(), "019b7711-9680-892f-b56a-299c13f71d67");
}
