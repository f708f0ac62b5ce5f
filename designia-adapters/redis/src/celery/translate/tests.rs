//! Messages as Celery sends them, and what they come to.

use std::time::Duration;

use designia_core::task::{Kind, Priority, RetryPolicy};
use serde_json::{Value, json};

use super::*;
use crate::celery::CeleryArgs;

const ID: &str = "1a445fe2-171f-4c69-9810-920d9bee7a09";

fn now() -> Timestamp {
    "2026-11-22T19:00:00Z".parse().unwrap()
}

fn kind() -> Kind {
    Kind::new("orders.cancel".parse().unwrap(), "payment_tasks".parse().unwrap())
}

/// A message for `shop.cancel`, with these headers changed.
fn message(headers: &Value) -> String {
    let mut message = json!({
        "body": r#"[[], {"order": 7}, {"callbacks": null, "errbacks": null, "chain": null, "chord": null}]"#,
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {
            "lang": "py", "task": "shop.cancel", "id": ID, "shadow": null, "eta": null, "expires": null, "group": null,
            "group_index": null, "retries": 0, "timelimit": [null, null], "root_id": ID, "parent_id": null,
            "argsrepr": "()", "kwargsrepr": "{}", "origin": "gen1@host", "ignore_result": null,
        },
        "properties": {
            "correlation_id": ID, "reply_to": "", "delivery_mode": 2, "priority": 0, "delivery_tag": "tag",
            "delivery_info": {"exchange": "", "routing_key": "celery"},
        },
    });
    for (name, value) in headers.as_object().unwrap() {
        message["headers"][name] = value.clone();
    }
    message.to_string()
}

fn translated(headers: &Value) -> Translation {
    let kinds = CeleryKinds::new().take("shop.cancel", kind(), CeleryArgs::Named);
    translate(&message(headers), &kinds, now())
}

fn task(headers: &Value) -> Task {
    match translated(headers) {
        Translation::Task { task, .. } => task,
        other => panic!("{other:?}"),
    }
}

fn why_not(headers: &Value) -> String {
    match translated(headers) {
        Translation::Refused { why, .. } => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_message_is_a_task_under_the_same_id() {
    let task = task(&json!({}));
    assert_eq!(
        (task.id.to_string().as_str(), task.kind.as_str(), task.queue.as_str()),
        (ID, "orders.cancel", "payment_tasks")
    );
    assert_eq!((task.args.as_str(), task.priority), (r#"{"order":7}"#, Priority::Normal));
    assert_eq!((task.enqueued_at, task.run_at, task.start_by), (now(), now(), None));
    assert_eq!(task.max_attempts, RetryPolicy::default().max_attempts());
}

#[test]
fn an_id_that_is_no_uuid_gets_one_that_follows_from_it() {
    assert_eq!(task_id("order-17"), task_id("order-17"));
    assert_ne!(task_id("order-17"), task_id("order-18"));
    assert_ne!(task_id(&ID.to_uppercase()), task_id(ID), "for Celery these are two");
    assert_eq!(task_id(ID).to_string(), ID);
}

#[test]
fn an_eta_is_understood_in_every_form_that_python_gives_it() {
    for eta in
        ["2026-11-22T20:30:00+00:00", "2026-11-22T21:30:00.000000+01:00", "2026-11-22T20:30:00", "2026-11-22T20:30:00Z"]
    {
        assert_eq!(task(&json!({ "eta": eta })).run_at, now() + Duration::from_secs(5400), "{eta}");
    }
    assert_eq!(task(&json!({ "eta": "2020-01-01T00:00:00" })).run_at, now(), "one that is over means now");
    assert!(why_not(&json!({ "eta": "tomorrow" })).contains("`tomorrow`"));
}

#[test]
fn what_expires_must_start_by_then_and_is_not_taken_if_it_cannot() {
    let expires = "2026-11-22T19:05:00+00:00";
    assert_eq!(task(&json!({ "expires": expires })).start_by, Some(expires.parse().unwrap()));
    for headers in [
        json!({ "expires": "2026-11-22T18:59:59+00:00" }),
        json!({ "expires": expires, "eta": "2026-11-22T19:06:00+00:00" }),
    ] {
        assert!(matches!(translated(&headers), Translation::Expired { .. }), "{headers}");
    }
}

#[test]
fn the_kinds_own_limit_holds_if_it_is_the_stricter_one() {
    let hurried = Kind { start_within: Some(Duration::from_secs(60)), ..kind() };
    let kinds = CeleryKinds::new().take("shop.cancel", hurried, CeleryArgs::Named);
    let read = translate(&message(&json!({ "expires": "2026-11-22T19:05:00+00:00" })), &kinds, now());
    let Translation::Task { task, .. } = read else { panic!("{read:?}") };
    assert_eq!(task.start_by, Some(now() + Duration::from_secs(60)));
}

#[test]
fn what_celery_has_tried_counts_and_leaves_one_attempt_at_least() {
    assert_eq!(task(&json!({ "retries": 1 })).max_attempts, 3);
    assert_eq!(task(&json!({ "retries": 3 })).max_attempts, 1);
    assert_eq!(task(&json!({ "retries": 4_000_000 })).max_attempts, 1);
    assert_eq!(task(&json!({ "retries": null })).max_attempts, 4);
}

#[test]
fn what_is_asked_for_is_remembered() {
    let headers = json!({ "ignore_result": true, "group": "g", "parent_id": "p" });
    let Translation::Task { asked, .. } = translated(&headers) else { panic!("it is a task") };
    let (group, parent) = (Some("g".to_owned()), Some("p".to_owned()));
    assert_eq!(asked, Asked { id: ID.to_owned(), group, parent, wants_result: false });
}

#[test]
fn what_is_not_of_protocol_2_or_not_known_is_refused() {
    assert!(why_not(&json!({ "task": "shop.other" })).contains("`shop.other` is not taken over"));
    assert!(why_not(&json!({ "id": null })).contains("task_protocol = 2"));
    assert!(why_not(&json!({ "timelimit": "soon" })).starts_with("message: "));
}
