//! What becomes of attempts.

use std::future::pending;
use std::time::Duration;

use super::site::{Site, over, run, task};
use crate::ports::{Clock, TaskQueue};
use crate::task::{Json, LEASE, Task, TaskState};
use crate::testing::{block_on, fixtures};
use crate::worker::{StopReason, TaskError};

#[test]
fn retries_are_exactly_three_after_60_120_and_240_seconds() {
    let site = Site::new(1);
    site.ask([1], "fails");
    let begin = site.clock.now();
    for _ in 0..1_000 {
        site.turn().jobs.into_iter().for_each(run);
        site.turn();
        site.clock.advance(Duration::from_secs(1));
    }
    let expected = [0, 60, 60 + 120, 60 + 120 + 240].map(|seconds| begin + Duration::from_secs(seconds));
    assert_eq!(site.begun(1), expected, "1 + 3 executions");
    let record = site.record(1);
    assert_eq!((record.state, record.attempts), (TaskState::Failure, 4));
    assert_eq!(record.last_error(), Some("failure 4\u{fffd}"), "as every store can keep it");
    assert_eq!(record.failures.len(), 4);
    assert_eq!(record.ended_at, Some(expected[3]));
}

#[test]
fn a_handler_that_returns_has_succeeded() {
    let site = Site::new(1);
    site.ask([7], "succeeds");
    run(site.job());
    assert_eq!(site.turn().settled, 1);
    let record = site.record(7);
    assert_eq!((record.state, record.result), (TaskState::Success, Some(Json::of(&"7 is done").unwrap())));
}

#[test]
fn a_panic_is_a_failure_like_any_other() {
    let site = Site::new(1);
    site.ask([1], "panics");
    run(site.job());
    site.turn();
    let record = site.record(1);
    assert_eq!((record.state, record.last_error()), (TaskState::Retry, Some("panicked: number 1 has no nerve")));
    assert_eq!(site.worker.running(), 0);
}

#[test]
fn a_handler_may_say_when_or_that_never() {
    let site = Site::new(2);
    site.ask([1], "asks_for_later");
    run(site.job());
    site.ask([2], "fails_for_good");
    run(site.job());
    site.turn();
    let later = site.record(1);
    assert_eq!((later.state, later.due_at), (TaskState::Retry, site.clock.now() + Duration::from_secs(7)));
    assert_eq!((site.record(2).state, site.record(2).last_error()), (TaskState::Failure, Some("never")));
}

#[test]
fn arguments_that_do_not_fit_fail_at_once_naming_the_field() {
    let site = Site::new(1);
    let args = Json::parse(r#"{"number":"seven"}"#).unwrap();
    block_on(site.store.enqueue(&[Task { args, ..task(1, "succeeds") }])).unwrap();
    site.clock.advance(Duration::from_secs(1));
    run(site.job());
    site.turn();
    let record = site.record(1);
    assert_eq!((record.state, record.attempts), (TaskState::Failure, 1));
    let error = record.last_error().unwrap();
    assert!(error.starts_with("args: ") && error.contains("\"seven\"") && error.contains("column"), "{error}");
}

#[test]
fn after_the_soft_limit_it_is_asked_and_may_finish() {
    let site = Site::new(1);
    site.ask([1], "waits_politely");
    block_on(site.job().run(over(), pending()));
    site.turn();
    assert_eq!(site.record(1).result, Some(Json::of(&"stopped: SoftLimit").unwrap()));
}

#[test]
fn after_the_hard_limit_it_is_cut_off() {
    let site = Site::new(1);
    site.ask([1], "waits_for_ever");
    block_on(site.job().run(over(), over()));
    site.turn();
    let record = site.record(1);
    let told = "cut off: it ran longer than its limit of 1800 s";
    assert_eq!((record.state, record.last_error()), (TaskState::Retry, Some(told)));
    assert_eq!(site.worker.free_slots(), 1);
}

#[test]
fn a_limit_takes_nothing_from_an_attempt_that_has_finished() {
    let site = Site::new(1);
    site.ask([1], "succeeds");
    block_on(site.job().run(over(), over()));
    site.turn();
    assert_eq!(site.record(1).state, TaskState::Success);
}

#[test]
fn an_error_tells_its_causes() {
    #[derive(Debug, thiserror::Error)]
    #[error("the rates could not be fetched")]
    struct Outer(#[source] std::num::ParseIntError);

    let inner = "x".parse::<u8>().unwrap_err();
    assert_eq!(
        TaskError::from(Outer(inner)).to_string(),
        "the rates could not be fetched: invalid digit found in string"
    );
    let long = TaskError::new("«é»".repeat(1_000)).to_string();
    assert!(long.len() <= 2_004 && long.ends_with('…'), "{}", long.len());
}

#[test]
fn an_attempt_whose_lease_went_unnoticed_is_cut_when_its_task_comes_back() {
    let site = Site::new(2);
    site.ask([1], "waits_politely");
    let first = site.job();
    site.clock.advance(LEASE);
    let second = site.job();
    assert_eq!((first.context().stop_asked(), second.context().stop_asked()), (Some(StopReason::LeaseLost), None));
    run(first);
    assert_eq!((site.begun(1).len(), site.worker.reports(), site.worker.running()), (0, 0, 1));
    block_on(second.run(over(), pending()));
    site.turn();
    let record = site.record(1);
    assert_eq!((record.state, record.attempts, record.claims), (TaskState::Success, 2, 2));
}

#[test]
fn a_task_of_an_unknown_kind_is_put_back_without_counting() {
    let site = Site::new(1);
    let task = Task { kind: "of.another.release".parse().unwrap(), max_attempts: 1, ..fixtures::task(0) };
    block_on(site.store.enqueue(&[task])).unwrap();
    for _ in 0..5 {
        let turn = site.turn();
        assert_eq!((turn.jobs.len(), site.worker.running(), site.worker.free_slots()), (0, 0, 1));
        site.turn();
        let record = site.record(0);
        assert_eq!((record.state, record.attempts), (TaskState::Pending, 0));
        assert_eq!(record.note.as_deref(), Some("node-1:4711 has no handler for this kind"));
        assert_eq!(record.due_at, site.clock.now() + Duration::from_secs(30), "it is not offered again at once");
        site.clock.advance(Duration::from_secs(30));
    }
}
