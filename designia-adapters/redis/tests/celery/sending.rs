//! What is sent from here runs on a stock Celery worker.

use std::time::Duration;

use designia_core::ports::IdGenerator;
use designia_core::task::Json;
use designia_core::time::Timestamp;
use designia_redis::celery::{CeleryOutcome, CeleryTask, Priority};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Bench, Ids, PATIENCE, now, until};

const QUEUE: &str = "theirs";

fn task(name: &str, kwargs: &Value) -> CeleryTask {
    CeleryTask::new(Ids.next(), name, QUEUE, Json::of(kwargs).unwrap())
}

async fn outcome(bench: &Bench, id: Uuid) -> CeleryOutcome {
    bench.sender().wait(id, PATIENCE).await.unwrap().expect("it ends in time")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_celery_worker_runs_what_is_sent_and_its_result_is_read() {
    let Some(bench) = Bench::or_skip() else { return };
    let sender = bench.sender();
    let mut greet = task("app.greet", &json!({ "name": "Zoë «\u{1F600}»" }));
    greet.args = vec![Json::of(&"Hello").unwrap()];
    sender.send(&greet).await.unwrap();
    assert_eq!(sender.outcome(greet.id).await.unwrap(), None, "celery says nothing of a task that waits");

    let _worker = bench.celery_worker(QUEUE);
    let CeleryOutcome::Success(result) = outcome(&bench, greet.id).await else { panic!("it succeeds") };
    assert_eq!(result.read::<String>().unwrap(), "Hello, Zoë «\u{1F600}»");

    sender.forget(greet.id).await.unwrap();
    assert_eq!(sender.outcome(greet.id).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_celery_task_raises_is_read_with_its_traceback() {
    let Some(bench) = Bench::or_skip() else { return };
    let fail = task("app.fail", &json!({ "why": "no stock" }));
    bench.sender().send(&fail).await.unwrap();
    let _worker = bench.celery_worker(QUEUE);
    let CeleryOutcome::Failure(failure) = outcome(&bench, fail.id).await else { panic!("it fails") };
    assert_eq!((failure.exc_type.as_str(), failure.message().as_str()), ("ValueError", "no stock"));
    assert_eq!(failure.exc_module.as_deref(), Some("builtins"));
    assert!(failure.traceback.unwrap().contains("raise ValueError(why)"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_celery_retries_is_seen_to_be_retried_and_to_succeed() {
    let Some(bench) = Bench::or_skip() else { return };
    let sender = bench.sender();
    let flaky = task("app.flaky", &json!({ "wait": 2 }));
    sender.send(&flaky).await.unwrap();
    let _worker = bench.celery_worker(QUEUE);
    let retry = until(async || match sender.outcome(flaky.id).await.unwrap() {
        Some(CeleryOutcome::Retry(failure)) => Some(failure),
        _ => None,
    });
    assert_eq!(retry.await.message(), "not yet");
    let CeleryOutcome::Success(retries) = outcome(&bench, flaky.id).await else { panic!("it succeeds") };
    assert_eq!(retries.read::<u32>().unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_celery_worker_keeps_to_the_eta() {
    let Some(bench) = Bench::or_skip() else { return };
    let _worker = bench.celery_worker(QUEUE);
    let warm = task("app.now", &json!({}));
    bench.sender().send(&warm).await.unwrap();
    outcome(&bench, warm.id).await;

    let eta = now() + Duration::from_secs(2);
    let later = CeleryTask { eta: Some(eta), ..task("app.now", &json!({})) };
    bench.sender().send(&later).await.unwrap();
    let CeleryOutcome::Success(at) = outcome(&bench, later.id).await else { panic!("it succeeds") };
    let at = Timestamp::from_micros(at.read().unwrap());
    assert!(at >= eta, "it ran at {at}, before {eta}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_celery_worker_revokes_what_has_expired() {
    let Some(bench) = Bench::or_skip() else { return };
    let late = CeleryTask { expires: Some(now()), ..task("app.now", &json!({})) };
    bench.sender().send(&late).await.unwrap();
    let _worker = bench.celery_worker(QUEUE);
    let CeleryOutcome::Revoked(why) = outcome(&bench, late.id).await else { panic!("it is revoked") };
    assert_eq!((why.exc_type.as_str(), why.message().as_str()), ("TaskRevokedError", "expired"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_celery_worker_takes_the_most_urgent_first() {
    let Some(bench) = Bench::or_skip() else { return };
    let sender = bench.sender();
    for (word, priority) in [("last", 9), ("third", 6), ("second", 4), ("first", 0)] {
        let priority = Priority::new(priority).unwrap();
        let note = CeleryTask { priority, ignore_result: true, ..task("app.note", &json!({ "word": word })) };
        sender.send(&note).await.unwrap();
    }
    let _worker = bench.celery_worker(QUEUE);
    let notes = until(async || {
        let notes: Vec<String> = bench.ask_results(&["LRANGE", "notes", "0", "-1"]).await;
        (notes.len() == 4).then_some(notes)
    });
    assert_eq!(notes.await, ["first", "second", "third", "last"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_celery_task_sees_the_request_as_it_was_meant() {
    let Some(bench) = Bench::or_skip() else { return };
    let expires = now() + Duration::from_secs(3600);
    let request = CeleryTask {
        expires: Some(expires),
        time_limit: Some(Duration::from_secs(30)),
        soft_time_limit: Some(Duration::from_secs(20)),
        priority: Priority::new(3).unwrap(),
        ..task("app.request", &json!({}))
    };
    bench.sender().send(&request).await.unwrap();
    let _worker = bench.celery_worker(QUEUE);
    let CeleryOutcome::Success(seen) = outcome(&bench, request.id).await else { panic!("it succeeds") };
    let seen: Value = seen.read().unwrap();
    assert_eq!(seen["id"], request.id.to_string());
    assert_eq!(seen["timelimit"], json!([30, 20]), "the hard limit goes first");
    assert_eq!(seen["expires"].as_str().unwrap().parse(), Ok(expires));
    assert_eq!((&seen["priority"], &seen["queue"], &seen["eta"]), (&json!(3), &json!(QUEUE), &Value::Null));
}
