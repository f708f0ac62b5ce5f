//! The life of a row, and the values around it.

use std::time::Duration;

use serde::Deserialize;

use super::*;
use crate::testing::fixtures::{NOW, task, task_id};
use crate::time::{HOUR, MINUTE};

fn worker() -> WorkerName {
    "node-1:4711".parse().unwrap()
}

fn success() -> TaskOutcome {
    TaskOutcome::Success { result: Json::null() }
}

fn retry(at: Timestamp) -> TaskOutcome {
    TaskOutcome::Retry { at, error: "it did not work".to_owned() }
}

/// A row that a worker has, and the token of its claim.
fn running(task: Task) -> (TaskRecord, u32) {
    let mut row = TaskRecord::pending(task);
    let Claiming::Claimed(claimed) = row.claim(&worker(), NOW, NOW + LEASE) else { panic!("it is due") };
    (row, claimed.ticket.token)
}

#[test]
fn a_fresh_row_waits_for_its_time() {
    let mut row = TaskRecord::pending(task(5));
    assert_eq!((row.state, row.attempts, row.claims, row.due_at), (TaskState::Pending, 0, 0, task(5).run_at));
    assert_eq!(row.claim(&worker(), NOW, NOW + LEASE), Claiming::NotDue);
    assert_eq!(row, TaskRecord::pending(task(5)), "looking changes nothing");
}

#[test]
fn each_claim_has_the_next_token_and_counts_the_next_attempt() {
    let mut row = TaskRecord::pending(task(0));
    for number in 1..=3_u16 {
        let now = NOW + LEASE * u32::from(number);
        let Claiming::Claimed(claimed) = row.claim(&worker(), now, now + LEASE) else { panic!("it is due") };
        assert_eq!((claimed.attempt, claimed.ticket.token), (number, u32::from(number)));
        assert_eq!(row.claim(&worker(), now + LEASE - Duration::from_micros(1), now), Claiming::NotDue);
    }
    assert_eq!(row.failures.iter().map(|failure| failure.attempt).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn a_settlement_counts_once_and_only_from_the_latest_holder() {
    for outcome in [success(), retry(NOW), TaskOutcome::Failure { error: String::new() }, TaskOutcome::Revoked] {
        let (mut row, token) = running(task(0));
        for wrong in [token - 1, token + 1] {
            let before = row.clone();
            assert_eq!(row.settle(wrong, outcome.clone(), NOW), Settled::Stale);
            assert_eq!(row.renew(wrong, None, NOW + HOUR), Hold::Lost);
            assert_eq!(row, before);
        }
        assert_eq!(row.settle(token, outcome.clone(), NOW), Settled::Recorded);
        let before = row.clone();
        assert_eq!(row.settle(token, outcome, NOW), Settled::Stale);
        assert_eq!(row.renew(token, None, NOW + HOUR), Hold::Lost);
        assert_eq!(row, before);
    }
}

#[test]
fn whatever_is_final_is_never_due_again() {
    for (outcome, state) in [
        (success(), TaskState::Success),
        (TaskOutcome::Failure { error: "no".to_owned() }, TaskState::Failure),
        (TaskOutcome::Revoked, TaskState::Revoked),
    ] {
        let (mut row, token) = running(task(0));
        row.settle(token, outcome, NOW);
        assert_eq!((row.state, row.state.is_final(), row.ended_at), (state, true, Some(NOW)));
        assert_eq!(row.claim(&worker(), NOW + HOUR * 1_000, NOW), Claiming::NotDue);
    }
}

#[test]
fn attempts_that_are_used_up_end_the_task_however_they_were_used() {
    let twice = Task { max_attempts: 2, ..task(0) };
    let (mut failed, token) = running(twice.clone());
    failed.settle(token, retry(NOW), NOW);
    failed.claim(&worker(), NOW, NOW + LEASE);
    failed.settle(token + 1, retry(NOW), NOW);
    let (mut vanished, _) = running(twice);
    vanished.claim(&worker(), NOW + LEASE, NOW + LEASE * 2);
    assert_eq!(vanished.claim(&worker(), NOW + LEASE * 2, NOW + LEASE * 3), Claiming::Ended);
    for row in [failed, vanished] {
        assert_eq!((row.state, row.attempts, row.failures.len()), (TaskState::Failure, 2, 2));
        assert_eq!(row.note.as_deref(), Some("its attempts are used up"));
    }
}

#[test]
fn the_latest_failures_are_kept_and_no_more() {
    let (mut row, _) = running(Task { max_attempts: 99, ..task(0) });
    for number in 1..=25_u32 {
        row.settle(number, TaskOutcome::Retry { at: NOW, error: format!("failure {number}") }, NOW);
        row.claim(&worker(), NOW, NOW + LEASE);
    }
    assert_eq!((row.failures.len(), row.last_error()), (FAILURES_KEPT, Some("failure 25")));
    assert_eq!(row.failures[0].error, "failure 16");
}

#[test]
fn what_is_handed_back_has_lost_no_attempt() {
    let (mut row, token) = running(Task { max_attempts: 1, ..task(0) });
    let back = |at| TaskOutcome::HandedBack { at, why: "its worker stopped".to_owned() };
    row.settle(token, back(NOW + MINUTE), NOW);
    assert_eq!((row.state, row.attempts, row.due_at), (TaskState::Pending, 0, NOW + MINUTE));
    row.claim(&worker(), NOW + MINUTE, NOW + HOUR);
    assert_eq!((row.state, row.attempts, row.claims, row.note.as_deref()), (TaskState::Started, 1, 2, None));
}

#[test]
fn a_task_is_too_late_only_before_its_first_attempt() {
    let start_by = Some(NOW + MINUTE);
    let late = Task { start_by, ..task(0) };
    let mut row = TaskRecord::pending(late.clone());
    assert_eq!(row.claim(&worker(), NOW + MINUTE * 2, NOW + HOUR), Claiming::Ended);
    assert_eq!((row.state, row.note.as_deref()), (TaskState::Revoked, Some("not started in time")));
    let (mut row, token) = running(late);
    row.settle(token, retry(NOW + HOUR), NOW);
    assert!(matches!(row.claim(&worker(), NOW + HOUR, NOW + HOUR * 2), Claiming::Claimed(_)));
}

#[test]
fn a_running_task_that_is_called_off_ends_with_its_attempt() {
    let back = TaskOutcome::HandedBack { at: NOW, why: String::new() };
    let failure = TaskOutcome::Failure { error: String::new() };
    for (outcome, state) in [
        (retry(NOW), TaskState::Revoked),
        (back, TaskState::Revoked),
        (TaskOutcome::Revoked, TaskState::Revoked),
        (success(), TaskState::Success),
        (failure, TaskState::Failure),
    ] {
        let (mut row, token) = running(task(0));
        assert_eq!(row.revoke(NOW), Revocation::Asked);
        assert_eq!(row.renew(token, None, NOW + LEASE), Hold::RevokeAsked);
        row.settle(token, outcome, NOW);
        assert_eq!(row.state, state);
        assert_eq!(row.revoke(NOW), Revocation::Ended(state));
    }
    let (mut row, _) = running(task(0));
    row.revoke(NOW);
    assert_eq!(row.claim(&worker(), NOW + LEASE, NOW + HOUR), Claiming::Ended);
    assert_eq!(row.state, TaskState::Revoked, "nor does anybody else begin with it");
}

#[test]
fn trying_again_by_hand_begins_anew_but_for_tokens_and_failures() {
    let (mut row, token) = running(Task { start_by: Some(NOW), max_attempts: 1, ..task(0) });
    assert_eq!(row.retry(NOW), Retrial::NotEnded(TaskState::Started));
    row.renew(token, Some(TaskProgress { done: 1, total: None, note: None }), NOW + LEASE);
    row.revoke(NOW);
    row.settle(token, retry(NOW), NOW);
    assert_eq!(row.retry(NOW + HOUR), Retrial::Waiting);
    assert_eq!((row.state, row.attempts, row.claims, row.failures.len()), (TaskState::Pending, 0, 1, 1));
    assert_eq!((row.task.start_by, row.ended_at, row.revoke_asked, row.progress.clone()), (None, None, false, None));
    let Claiming::Claimed(claimed) = row.claim(&worker(), NOW + HOUR, NOW + HOUR * 2) else { panic!("it is due") };
    assert_eq!((claimed.attempt, claimed.ticket.token), (1, 2));
    row.settle(2, success(), NOW + HOUR);
    assert_eq!(row.retry(NOW + HOUR), Retrial::NotEnded(TaskState::Success));
}

#[test]
fn waits_double_up_to_the_longest_and_end_with_the_retries() {
    let waits = |policy: RetryPolicy| (1..=6).map(move |attempt| policy.wait_after(attempt).map(|wait| wait.as_secs()));
    let usual = RetryPolicy::default();
    assert_eq!(usual.max_attempts(), 4);
    assert!(waits(usual).eq([Some(60), Some(120), Some(240), None, None, None]));
    let many = RetryPolicy { retries: 5, longest: Duration::from_secs(200), ..usual };
    assert!(waits(many).eq([Some(60), Some(120), Some(200), Some(200), Some(200), None]));
    assert_eq!((RetryPolicy::NEVER.max_attempts(), RetryPolicy::NEVER.wait_after(1)), (1, None));
    let endless = RetryPolicy { retries: u16::MAX, longest: HOUR, ..usual };
    assert_eq!((endless.max_attempts(), endless.wait_after(u16::MAX)), (u16::MAX, Some(HOUR)), "nothing overflows");
}

#[test]
fn a_kind_makes_tasks_of_its_own() {
    let kind = Kind { start_within: Some(HOUR), ..Kind::new("a.kind".parse().unwrap(), "a.queue".parse().unwrap()) };
    let made = kind.task_at(task_id(1), Json::null(), NOW, NOW + MINUTE);
    assert_eq!((made.max_attempts, made.enqueued_at, made.run_at), (4, NOW, NOW + MINUTE));
    assert_eq!(made.start_by, Some(NOW + MINUTE + HOUR));
    assert_eq!(made.check(), Ok(()));
}

#[test]
fn a_task_that_is_none_is_refused_naming_the_field() {
    let keyed = |key: &str| Task { unique_key: Some(key.to_owned()), ..task(0) };
    for (bad, field) in [
        (Task { max_attempts: 0, ..task(0) }, "max_attempts: "),
        (keyed(""), "unique_key: "),
        (keyed(&"k".repeat(256)), "unique_key: "),
        (keyed("a\0b"), "unique_key: "),
        (Task { start_by: Some(NOW - MINUTE), ..task(0) }, "start_by: "),
    ] {
        let error = bad.check().unwrap_err();
        assert!(error.starts_with(field), "{error}");
    }
    assert_eq!(keyed(&"k".repeat(255)).check(), Ok(()));
}

#[test]
fn names_are_short_words_that_are_safe_anywhere() {
    for good in ["a", "orders.expire_due", "node-1:4711", "A@b", &"x".repeat(128)] {
        assert_eq!(good.parse::<QueueName>().unwrap().to_string(), good);
    }
    for bad in ["", " ", "a b", "a/b", "a\n", "ü", "{a}", "a,b", &"x".repeat(129)] {
        assert!(bad.parse::<QueueName>().is_err(), "{bad:?}");
    }
    let error = "a b".parse::<KindName>().unwrap_err();
    assert_eq!(error.to_string(), "`a b` is not a kind of task: 1 to 128 letters, digits and `. _ - : @`");
    assert!(serde_json::from_str::<ScheduleName>(r#""a b""#).is_err(), "nor do they come in by another door");
}

#[test]
fn json_keeps_its_text_and_tells_nothing_of_it() {
    let text = r#"{ "amount": 100.10, "secret": "«s3cr3t»" }"#;
    let json = Json::parse(&format!("  {text}\n")).unwrap();
    assert_eq!(json.as_str(), text);
    assert_eq!(serde_json::to_string(&json).unwrap(), text);
    assert_eq!(serde_json::from_str::<Json>(text).unwrap(), json);
    let value: serde_json::Value = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::from_value::<Json>(value.clone()).unwrap(), Json::of(&value).unwrap());
    assert!(!format!("{json:?}").contains("s3cr3t"));
    for bad in ["", "{", "1 2", "nul"] {
        assert!(Json::parse(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn json_that_does_not_fit_is_refused_naming_the_field() {
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Args {
        order: u32,
    }

    let error = |text: &str| Json::parse(text).unwrap().read::<Args>().unwrap_err().to_string();
    assert!(error("{}").contains("missing field `order`"));
    assert!(error(r#"{"order":"x"}"#).contains(r#"invalid type: string "x", expected u32"#));
}

#[test]
fn a_row_survives_as_json() {
    let (mut row, token) = running(task(0));
    row.settle(token, retry(NOW + MINUTE), NOW);
    let text = serde_json::to_string(&row).unwrap();
    assert_eq!(serde_json::from_str::<TaskRecord>(&text).unwrap(), row);
    assert!(text.contains(r#""state":"RETRY""#) && text.contains(r#""priority":"normal""#), "{text}");
}

#[test]
fn states_and_priorities_have_the_words_of_their_json() {
    for state in TaskState::ALL {
        assert_eq!(serde_json::to_string(&state).unwrap(), format!("\"{}\"", state.as_str()));
        assert!(!(state.is_final() && state.is_running()));
    }
    for (rank, priority) in (0..).zip(Priority::ALL) {
        assert_eq!(serde_json::to_string(&priority).unwrap(), format!("\"{}\"", priority.as_str()));
        assert_eq!(priority.rank(), rank);
    }
    assert!(Priority::ALL.is_sorted(), "what goes first is less");
}

#[test]
fn the_id_of_a_moment_is_always_the_same_and_sorts_by_the_moment() {
    let id = |seconds: u64| TaskId::of_slot("rates.update", NOW + Duration::from_secs(seconds));
    assert_eq!(id(0), id(0));
    assert_ne!(id(0), TaskId::of_slot("rates.updates", NOW));
    assert_ne!(id(0), TaskId::of_slot("rates.update", NOW + Duration::from_micros(1)));
    assert!((0..100).map(|hour| id(hour * 3_600)).is_sorted_by(|a, b| a < b));
}

#[test]
fn what_a_kind_calls_secret_is_shown_to_nobody_at_any_depth() {
    let args = Json::parse(r#"{"to":"a","Token":"t","list":[{"code":[1,2],"n":1.50}]}"#).unwrap();
    let shown: serde_json::Value = args.without(&["token", "code"]).read().unwrap();
    assert_eq!(shown, serde_json::json!({"to": "a", "Token": "…", "list": [{"code": "…", "n": 1.5}]}));
    assert_eq!(args.without(&["password"]), args, "the rest stays as it was written");
}
