//! What Celery is told of a task, and what is understood of what it tells.

use designia_core::id::TaskId;
use designia_core::task::{Kind, TaskOutcome, TaskProgress, TaskRecord};
use serde_json::Value;
use uuid::Uuid;

use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_secs(1_795_348_800 + seconds)
}

fn asked() -> Asked {
    Asked { id: "order-17".to_owned(), group: None, parent: Some("p".to_owned()), wants_result: true }
}

fn waiting() -> TaskRecord {
    let kind = Kind::new("a".parse().unwrap(), "q".parse().unwrap());
    TaskRecord::pending(kind.task(TaskId::from_uuid(Uuid::nil()), Json::null(), at(0)))
}

fn running() -> TaskRecord {
    let mut record = waiting();
    record.claim(&"w".parse().unwrap(), at(1), at(31));
    record
}

fn settled(outcome: TaskOutcome) -> TaskRecord {
    let mut record = running();
    record.settle(1, outcome, at(2));
    record
}

fn told(record: &TaskRecord) -> Value {
    serde_json::to_value(Meta::of(record, &asked()).unwrap().unwrap()).unwrap()
}

#[test]
fn of_a_task_that_waits_nothing_is_stored() {
    assert!(Meta::of(&waiting(), &asked()).unwrap().is_none());
}

#[test]
fn a_success_is_stored_as_celery_stores_it() {
    let result = Json::parse(r#"{"price": 19.990}"#).unwrap();
    let meta = Meta::of(&settled(TaskOutcome::Success { result }), &asked()).unwrap().unwrap();
    assert_eq!(
        serde_json::to_string(&meta).unwrap(),
        r#"{"status":"SUCCESS","result":{"price": 19.990},"traceback":null,"children":[],"date_done":"2026-11-22T12:00:02+00:00","parent_id":"p","task_id":"order-17"}"#
    );
}

#[test]
fn a_failure_is_an_exception_that_every_client_has() {
    let told = told(&settled(TaskOutcome::Failure { error: "no stock".to_owned() }));
    assert_eq!(told["status"], "FAILURE");
    let exception = json!({ "exc_type": "TaskError", "exc_message": ["no stock"], "exc_module": "celery.exceptions" });
    assert_eq!(told["result"], exception);
    assert_eq!(told["traceback"], "attempt 1 on w, 2026-11-22T12:00:02Z: no stock\n");
}

#[test]
fn a_task_that_has_not_ended_has_no_end() {
    let retry = told(&settled(TaskOutcome::Retry { at: at(60), error: "later".to_owned() }));
    assert_eq!((&retry["status"], &retry["date_done"]), (&json!("RETRY"), &Value::Null));
    let started = told(&running());
    assert_eq!((&started["status"], &started["result"]), (&json!("STARTED"), &json!({ "hostname": "w" })));
    let mut record = running();
    record.renew(1, Some(TaskProgress { done: 3, total: Some(9), note: None }), at(40));
    let progress = told(&record);
    assert_eq!(progress["result"], json!({ "current": 3, "total": 9, "description": null }));
}

#[test]
fn what_was_called_off_says_why() {
    let revoked = told(&settled(TaskOutcome::Revoked));
    assert_eq!(revoked["result"]["exc_type"], "TaskRevokedError");
    assert_eq!(revoked["result"]["exc_message"], json!(["called off while it ran"]));
}

#[test]
fn an_entry_of_celerys_is_understood_in_every_state() {
    let read = |meta: Value| serde_json::from_value::<Meta>(meta).unwrap().outcome().unwrap();
    let meta = |status: &str, result: Value| json!({ "status": status, "result": result, "traceback": null, "children": [], "date_done": null, "task_id": "7" });
    let exception = json!({ "exc_type": "KeyError", "exc_message": ["x", 2], "exc_module": "builtins" });
    assert_eq!(read(meta("STARTED", json!({ "pid": 1 }))), CeleryOutcome::Started);
    assert_eq!(read(meta("SUCCESS", Value::Null)), CeleryOutcome::Success(Json::null()));
    let failures = [CeleryOutcome::Retry, CeleryOutcome::Failure, CeleryOutcome::Revoked];
    for (status, failed) in ["RETRY", "FAILURE", "REVOKED"].into_iter().zip(failures) {
        let failure = CeleryFailure {
            exc_type: "KeyError".to_owned(),
            exc_module: Some("builtins".to_owned()),
            exc_message: Json::parse(r#"["x",2]"#).unwrap(),
            traceback: None,
        };
        assert_eq!(failure.message(), "x");
        assert_eq!(read(meta(status, exception.clone())), failed(failure));
    }
    let progress =
        CeleryOutcome::Other { state: "PROGRESS".to_owned(), meta: Json::parse(r#"{"current":1}"#).unwrap() };
    assert_eq!(read(meta("PROGRESS", json!({ "current": 1 }))), progress);
}
