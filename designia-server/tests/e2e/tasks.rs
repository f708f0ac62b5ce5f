//! Background tasks, queues, schedules and workers as the admin sees and manages them.

use std::time::Duration;

use designia_core::time::{DAY, Timestamp};
use serde_json::{Value, json};

use crate::support::{Place, Server, on_every_database};

const TASKS: &str = "/api/admin/tasks/";

on_every_database! {
    a_task_is_asked_for_watched_and_found_done,
    what_can_not_be_run_is_refused_with_field_and_rule,
    a_queue_that_is_held_keeps_its_tasks_until_it_goes_on,
    a_task_that_was_called_off_can_be_tried_again,
    a_queue_is_emptied_of_what_waits,
    lists_of_tasks_are_read_in_pages_and_by_what_is_looked_for,
    a_schedule_says_when_it_is_next_due_and_can_be_run_now,
    who_runs_tasks_is_told_with_queues_and_slots,
    figures_of_tasks_are_told_to_the_admin,
    who_never_verified_is_forgotten_when_the_schedule_comes_round,
}

/// A server, and what its admin does.
struct Desk(Server);

impl Desk {
    async fn at(place: &Place) -> Self {
        Self(Server::start(place, &[]).await)
    }

    async fn get(&self, path: &str) -> Value {
        self.0.get("admin", &format!("/api/admin/{path}")).await.ok()
    }

    async fn post(&self, path: &str) -> Value {
        self.0.post("admin", &format!("/api/admin/{path}"), json!({})).await.ok()
    }

    /// Asks for the rates, which is quickly done; the task's id.
    async fn ask(&self) -> String {
        let asked = self.0.post("admin", TASKS, json!({ "kind": "rates.update" })).await.ok();
        asked["task_id"].as_str().unwrap().to_owned()
    }

    async fn state(&self, id: &str) -> String {
        self.get(&format!("tasks/{id}/")).await["state"].as_str().unwrap().to_owned()
    }

    async fn until_state(&self, id: &str, state: &str) {
        self.0.until(&format!("{id} is {state}"), async || self.state(id).await == state).await;
    }

    /// Nothing is taken from the rates' queue from here on.
    async fn hold(&self) {
        self.post("queues/marketplace_tasks/pause/").await;
    }
}

async fn a_task_is_asked_for_watched_and_found_done(place: &Place) {
    let desk = Desk::at(place).await;
    let answer = desk.0.post("admin", TASKS, json!({ "kind": "rates.update" })).await;
    assert_eq!(answer.status, 202);
    let asked = answer.body;
    let id = asked["task_id"].as_str().unwrap();
    assert_eq!((asked["task_name"].as_str(), asked["is_new"].as_bool()), (Some("rates.update"), Some(true)));
    assert_eq!(asked["status_url"], format!("{TASKS}{id}/"));
    assert_eq!(answer.location, asked["status_url"].as_str().map(str::to_owned));
    desk.until_state(id, "SUCCESS").await;
    let task = desk.get(&format!("tasks/{id}/")).await;
    assert_eq!((task["attempts"].as_u64(), task["result"]["source"].as_str()), (Some(1), Some("ecb")));
    assert!(task["worker"].is_string() && task["ended_at"].is_string() && task["error"].is_null(), "{task}");
    let later = json!({ "kind": "rates.update", "run_at": "2099-01-01T00:00:00Z" });
    let later = desk.0.post("admin", TASKS, later).await.ok();
    let task = desk.get(&format!("tasks/{}/", later["task_id"].as_str().unwrap())).await;
    assert_eq!((task["state"].as_str(), task["due_at"].as_str()), (Some("PENDING"), Some("2099-01-01T00:00:00Z")));
    let nobodys = "00000000-0000-0000-0000-000000000001";
    desk.0.get("admin", &format!("{TASKS}{nobodys}/")).await.refused(404, "not_found");
}

async fn what_can_not_be_run_is_refused_with_field_and_rule(place: &Place) {
    let desk = Desk::at(place).await;
    for (body, field, told) in [
        (json!({ "kind": "cook" }), "kind", "`cook` is no kind of task here; there are "),
        (json!({}), "kind", "is missing"),
        (json!({ "kind": "orders.cancel_expired" }), "args", "missing field `order`"),
        (json!({ "kind": "orders.cancel_expired", "args": { "order": 7 } }), "args", "expected"),
        (json!({ "kind": "rates.update", "run_at": "tomorrow" }), "run_at", "`tomorrow` is not"),
        (json!({ "kind": "rates.update", "priority": 1 }), "priority", "is not a field"),
    ] {
        let problem = desk.0.post("admin", TASKS, body).await.refused(400, "invalid_field");
        assert_eq!(problem["field"], field, "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(told), "{problem}");
    }
    for path in ["tasks/?state=LOST", "tasks/?queue=a%20b", "tasks/?after=x", "tasks/?from=x", "tasks/?to=2026-02-30"] {
        desk.0.get("admin", &format!("/api/admin/{path}")).await.refused(400, "invalid_field");
    }
    for path in
        ["queues/nobodys/pause/", "queues/nobodys/purge/", "schedules/nobodys/run/", "schedules/nobodys/enable/"]
    {
        desk.0.post("admin", &format!("/api/admin/{path}"), json!({})).await.refused(404, "not_found");
    }
}

async fn a_queue_that_is_held_keeps_its_tasks_until_it_goes_on(place: &Place) {
    let desk = Desk::at(place).await;
    desk.hold().await;
    let id = desk.ask().await;
    let queues = desk.get("queues/").await;
    let queue = queues["results"].as_array().unwrap().iter().find(|it| it["name"] == "marketplace_tasks").unwrap();
    assert_eq!((queue["paused"].as_bool(), queue["tasks"]["PENDING"].as_u64()), (Some(true), Some(1)));
    assert!(queue["oldest_due_seconds"].is_u64(), "{queue}");
    assert_eq!(desk.state(&id).await, "PENDING");
    assert_eq!(desk.post("queues/marketplace_tasks/resume/").await["paused"], false);
    desk.until_state(&id, "SUCCESS").await;
}

async fn a_task_that_was_called_off_can_be_tried_again(place: &Place) {
    let desk = Desk::at(place).await;
    desk.hold().await;
    let id = desk.ask().await;
    let path = |action: &str| format!("{TASKS}{id}/{action}/");
    desk.0.post("admin", &path("retry"), json!({})).await.refused(409, "conflict");
    assert_eq!(desk.post(&format!("tasks/{id}/revoke/")).await["outcome"], "revoked");
    assert_eq!(desk.state(&id).await, "REVOKED");
    desk.0.post("admin", &path("revoke"), json!({})).await.refused(409, "conflict");
    assert_eq!(desk.post(&format!("tasks/{id}/retry/")).await["task_id"], *id);
    assert_eq!(desk.state(&id).await, "PENDING");
    desk.post("queues/marketplace_tasks/resume/").await;
    desk.until_state(&id, "SUCCESS").await;
    for action in ["revoke", "retry"] {
        let nobodys = format!("{TASKS}00000000-0000-0000-0000-000000000001/{action}/");
        desk.0.post("admin", &nobodys, json!({})).await.refused(404, "not_found");
    }
}

async fn a_queue_is_emptied_of_what_waits(place: &Place) {
    let desk = Desk::at(place).await;
    desk.hold().await;
    let ids = [desk.ask().await, desk.ask().await, desk.ask().await];
    let purged = desk.post("queues/marketplace_tasks/purge/").await;
    assert_eq!((purged["purged"].as_u64(), purged["more"].as_bool()), (Some(3), Some(false)));
    for id in &ids {
        assert_eq!(desk.state(id).await, "REVOKED");
    }
}

async fn lists_of_tasks_are_read_in_pages_and_by_what_is_looked_for(place: &Place) {
    let desk = Desk::at(place).await;
    desk.hold().await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(desk.ask().await);
    }
    ids.sort();
    ids.reverse();
    let listed = |page: &Value| -> Vec<String> {
        page["results"].as_array().unwrap().iter().map(|task| task["id"].as_str().unwrap().to_owned()).collect()
    };
    let first = desk.get("tasks/?state=pending&page_size=2").await;
    assert_eq!(listed(&first), ids[..2], "the latest first");
    let next = first["next"].as_str().unwrap();
    let second = desk.get(&format!("tasks/?state=PENDING&page_size=2&after={next}")).await;
    assert_eq!(listed(&second), ids[2..4]);
    assert_eq!(second["has_next"], true);
    assert_eq!(desk.get("tasks/?kind=rates.update&queue=marketplace_tasks&state=PENDING").await["count"], 5);
    let (oldest, latest) = (asked_at(&ids[4]), asked_at(&ids[0]));
    for (from, to, count) in [(oldest, latest, 5), (latest + DAY, latest + DAY, 0), (oldest - DAY, oldest - DAY, 0)] {
        let query = format!("tasks/?state=PENDING&from={}&to={}", from.date(), to.date());
        assert_eq!(desk.get(&query).await["count"], count, "{query}");
    }
    for nothing in ["kind=orders.expire_due", "queue=payment_tasks", "state=FAILURE"] {
        assert_eq!(desk.get(&format!("tasks/?{nothing}")).await["count"], 0, "{nothing}");
    }
    let kinds = desk.get("task-kinds/").await;
    let names: Vec<&str> = kinds["results"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"orders.expire_due") && names.contains(&"tasks.cleanup"), "{names:?}");
    assert_eq!(kinds["results"][0]["retry_after_seconds"], json!([60, 120, 240]));
}

/// When a task was asked for, which its id begins with.
fn asked_at(id: &str) -> Timestamp {
    let millis = i64::from_str_radix(&id.replace('-', "")[..12], 16).unwrap();
    Timestamp::from_micros(millis * 1_000)
}

async fn a_schedule_says_when_it_is_next_due_and_can_be_run_now(place: &Place) {
    let desk = Desk::at(place).await;
    let stored = async || desk.get("schedules/").await["count"].as_u64() >= Some(4);
    desk.0.until("the scheduler has stored its schedules", stored).await;
    let schedule = desk.get("schedules/rates.update/").await;
    assert_eq!((schedule["cron"].as_str(), schedule["zone"].as_str()), (Some("0 0 * * *"), Some("UTC")));
    let next = schedule["next"].as_array().unwrap();
    assert_eq!((next.len(), &next[0]), (5, &schedule["next_at"]));
    assert!(next.iter().all(|at| at.as_str().unwrap().ends_with("T00:00:00Z")), "{next:?}");
    let disabled = desk.post("schedules/rates.update/disable/").await;
    assert_eq!((disabled["enabled"].as_bool(), &disabled["next_at"]), (Some(false), &Value::Null));
    let answer = desk.0.post("admin", "/api/admin/schedules/rates.update/run/", json!({})).await;
    assert_eq!((answer.status, answer.body["task_name"].as_str()), (202, Some("rates.update")));
    desk.until_state(answer.body["task_id"].as_str().unwrap(), "SUCCESS").await;
    desk.hold().await;
    let first = desk.post("schedules/rates.update/run/").await;
    let second = desk.post("schedules/rates.update/run/").await;
    assert_eq!(first["task_id"], second["task_id"], "one at a time");
    assert_eq!((first["is_new"].as_bool(), second["is_new"].as_bool()), (Some(true), Some(false)));
    let enabled = desk.post("schedules/rates.update/enable/").await;
    assert_eq!((enabled["enabled"].as_bool(), &enabled["next_at"]), (Some(true), &schedule["next_at"]));
}

async fn who_runs_tasks_is_told_with_queues_and_slots(place: &Place) {
    let desk = Desk(Server::start(place, &["--task-concurrency", "3"]).await);
    desk.0.until("the worker has said so", async || desk.get("workers/").await["count"] == 1).await;
    let worker = &desk.get("workers/").await["results"][0];
    assert_eq!((worker["slots"].as_u64(), worker["phase"].as_str()), (Some(3), Some("working")));
    assert_eq!(worker["queues"], json!(["mail_tasks", "marketplace_tasks", "payment_tasks"]));
    assert_eq!(worker["pid"].as_u64(), Some(u64::from(std::process::id())));
}

async fn figures_of_tasks_are_told_to_the_admin(place: &Place) {
    let desk = Desk::at(place).await;
    let id = desk.ask().await;
    desk.until_state(&id, "SUCCESS").await;
    let told = desk.0.get("admin", "/metrics").await.ok().as_str().unwrap().to_owned();
    for line in [
        r#"designia_task_runs_total{kind="rates.update",outcome="success"} 2"#,
        r#"designia_task_run_seconds_count{kind="rates.update"} 2"#,
        r#"designia_tasks{queue="marketplace_tasks",state="SUCCESS"} "#,
        r#"designia_task_queue_paused{queue="marketplace_tasks"} 0"#,
        "designia_task_oldest_due_seconds",
        "designia_task_claim_age_seconds 0",
        r#"designia_task_slots{state="free"} 16"#,
    ] {
        assert!(told.contains(line), "{line}\n{told}");
    }
    let ready = desk.0.get("", "/health/ready").await.ok();
    assert!(ready["checks"].as_array().unwrap().iter().any(|it| it["name"] == "tasks" && it["ok"] == true), "{ready}");
}

#[tokio::test]
async fn a_task_that_no_node_here_takes_waits_for_one_that_does() {
    let place = Place::memory();
    let server = Server::start(&place, &["--task-queues", "marketplace_tasks"]).await;
    let asked = server.post("admin", TASKS, json!({ "kind": "orders.expire_due" })).await.ok();
    let path = asked["status_url"].as_str().unwrap().to_owned();
    let rates = server.post("admin", TASKS, json!({ "kind": "rates.update" })).await.ok();
    let rates = rates["status_url"].as_str().unwrap().to_owned();
    server
        .until("the other queue's is done", async || server.get("admin", &rates).await.ok()["state"] == "SUCCESS")
        .await;
    // Longer than the worker's own look.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(server.get("admin", &path).await.ok()["state"], "PENDING");
}

/// The name and the address are free again, and the task says how many it forgot.
async fn who_never_verified_is_forgotten_when_the_schedule_comes_round(place: &Place) {
    let desk = Desk::at(place).await;
    let body = json!({ "username": "squatter", "email": "o'neil@example.net", "first_name": "Jo", "last_name": "O'Neil",
        "password": "a kiln and a wheel", "password_confirm": "a kiln and a wheel" });
    let register = async || desk.0.post("", "/api/auth/register/", body.clone()).await;
    let found = async || {
        let page = desk.0.get("admin", "/api/auth/admin/accounts/?q=o'neil%40").await.ok();
        page["results"].as_array().unwrap().iter().filter(|it| it["email"] == "o'neil@example.net").count()
    };
    register().await.ok();
    assert_eq!(found().await, 1);
    desk.0.clock.advance(Duration::from_secs(8 * 86_400));
    desk.0.until("the account is gone", async || found().await == 0).await;
    let done = async || {
        let page = desk.get("tasks/?kind=accounts.forget&state=SUCCESS").await;
        page["results"].as_array().unwrap().iter().any(|it| it["result"]["unverified"] == 1)
    };
    desk.0.until("the task says so", done).await;
    register().await.ok();
    assert_eq!(found().await, 1);
}
