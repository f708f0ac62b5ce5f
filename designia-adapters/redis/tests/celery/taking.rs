//! What Celery's clients send is carried out here, and they are told how it goes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use designia_core::memory::MemoryStore;
use designia_core::ports::TaskConsole;
use designia_core::task::{Priority, TaskState};
use designia_core::worker::{TaskContext, TaskError, TaskRegistry};
use designia_redis::celery::{CeleryArgs, CeleryKinds, task_id};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{Bench, kind, now, until};

const QUEUE: &str = "ours";

#[derive(Deserialize)]
struct Greeting {
    greeting: String,
    name: String,
}

async fn greet(it: Greeting, _: TaskContext) -> Result<String, TaskError> {
    Ok(format!("{}, {}", it.greeting, it.name))
}

fn greeter() -> (CeleryKinds, TaskRegistry) {
    let kinds = CeleryKinds::new().take("app.greet", kind("greet"), CeleryArgs::signature(["greeting", "name"]));
    (kinds, TaskRegistry::new().add(kind("greet"), greet))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_celery_client_gets_the_result_of_what_it_sent() {
    let Some(bench) = Bench::or_skip() else { return };
    let (kinds, registry) = greeter();
    let bridge = bench.bridge(QUEUE, kinds, registry);
    let mut client = bench.celery_client();

    let named = client.send("app.greet", &json!({ "greeting": "Hallo", "name": "Zoë" }), &json!({ "queue": QUEUE }));
    assert_eq!(client.get(&named), json!({ "result": "Hallo, Zoë" }));

    let call = json!({ "op": "send", "name": "app.greet", "args": ["Hi"], "kwargs": { "name": "Ann" }, "options": { "queue": QUEUE } });
    let positional = client.send_with(&call);
    assert_eq!(client.get(&positional), json!({ "result": "Hi, Ann" }));

    bridge.runner.stop().await;
    assert_eq!(bench.ask::<u32>(&["HLEN", "unacked"]).await, 0, "nothing is held any more");
    assert_eq!(bench.ask::<u32>(&["ZCARD", "unacked_index"]).await, 0);
    assert_eq!(bench.ask_results::<u32>(&["HLEN", "{designia}:celery:watches"]).await, 0, "nor watched");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_raised_at_the_client_after_every_attempt() {
    let Some(bench) = Bench::or_skip() else { return };
    let attempts = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&attempts);
    let fail = move |_: Value, _: TaskContext| {
        let attempt = counted.fetch_add(1, Ordering::Relaxed) + 1;
        async move { Err::<(), _>(TaskError::new(format!("no stock, time {attempt}"))) }
    };
    let kinds = CeleryKinds::new().take("app.fail", kind("fail"), CeleryArgs::Named);
    let _bridge = bench.bridge(QUEUE, kinds, TaskRegistry::new().add(kind("fail"), fail));
    let mut client = bench.celery_client();
    let id = client.send("app.fail", &json!({}), &json!({ "queue": QUEUE }));
    let seen = client.call(&json!({ "op": "states", "id": id, "timeout": 30 }));
    let raised = client.get(&id);
    assert_eq!((&raised["raised"], &raised["module"]), (&json!("TaskError"), &json!("celery.exceptions")));
    assert_eq!((&raised["message"], &raised["state"]), (&json!("no stock, time 2"), &json!("FAILURE")));
    let story = raised["traceback"].as_str().unwrap();
    assert!(story.contains("attempt 1 on bridge-worker") && story.contains("no stock, time 1"), "{story}");
    assert!(raised["date_done"].as_str().unwrap().starts_with("20"), "celery reads when it ended: {raised}");
    assert_eq!(attempts.load(Ordering::Relaxed), 2);
    let seen = seen["states"].as_array().unwrap();
    assert!(seen.contains(&json!(["RETRY", "no stock, time 1"])), "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_is_seen_at_the_client_while_the_task_runs() {
    let Some(bench) = Bench::or_skip() else { return };
    let slow = async |_: Value, context: TaskContext| {
        for done in 1..=3 {
            context.progress(done, Some(3), Some("counting"));
            tokio::time::sleep(Duration::from_millis(700)).await;
        }
        Ok::<_, TaskError>(3)
    };
    let kinds = CeleryKinds::new().take("app.slow", kind("slow"), CeleryArgs::Named);
    let _bridge = bench.bridge(QUEUE, kinds, TaskRegistry::new().add(kind("slow"), slow));
    let mut client = bench.celery_client();
    let id = client.send("app.slow", &json!({}), &json!({ "queue": QUEUE }));
    let seen = client.call(&json!({ "op": "states", "id": id, "timeout": 30 }));
    let seen = seen["states"].as_array().unwrap();
    for done in 1..=3 {
        let told = json!(["PROGRESS", { "current": done, "total": 3, "description": "counting" }]);
        assert!(seen.contains(&told), "{done} of 3 is not among {seen:?}");
    }
    assert_eq!(seen.last(), Some(&json!(["SUCCESS", "3"])));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_countdown_waits_in_the_store_and_in_nobodys_memory() {
    let Some(bench) = Bench::or_skip() else { return };
    let (kinds, registry) = greeter();
    let bridge = bench.bridge(QUEUE, kinds, registry);
    let mut client = bench.celery_client();
    let sent = now();
    let greeting = json!({ "greeting": "Hallo", "name": "Zoë" });
    let id = client.send("app.greet", &greeting, &json!({ "queue": QUEUE, "countdown": 2 }));
    let task = until(async || bridge.store.task(task_id(&id)).await.unwrap()).await;
    assert!(task.task.run_at >= sent + Duration::from_secs(2), "due at {}", task.task.run_at);
    until(async || (bench.ask::<u32>(&["HLEN", "unacked"]).await == 0).then_some(())).await;

    assert_eq!(client.get(&id)["result"], "Hallo, Zoë");
    let task = bridge.store.task(task_id(&id)).await.unwrap().unwrap();
    assert!(task.started_at.unwrap() >= task.task.run_at);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_expired_is_revoked_whether_it_was_taken_before_or_after() {
    let Some(bench) = Bench::or_skip() else { return };
    let mut client = bench.celery_client();
    let greeting = json!({ "greeting": "Hallo", "name": "Zoë" });
    let (kinds, registry) = greeter();

    // Nobody runs what is taken, so that it expires in the store.
    let store = Arc::new(MemoryStore::new());
    let expires = json!({ "queue": QUEUE, "expires": 1 });
    let before = client.send("app.greet", &greeting, &expires);
    assert_eq!(bench.intake(QUEUE, kinds.clone(), Arc::clone(&store)).turn(now(), 10).await.unwrap().tasks, 1);
    let task = store.task(task_id(&before)).await.unwrap().unwrap();
    assert!(task.task.start_by.is_some(), "it waits until then and no longer");

    // Nobody takes this one, so that it expires in Celery's queue.
    let after = client.send("app.greet", &greeting, &json!({ "queue": QUEUE, "expires": "2026-01-01T00:00:00+00:00" }));
    let bridge = bench.bridge(QUEUE, kinds, registry);
    let raised = client.get(&after);
    assert_eq!((&raised["raised"], &raised["message"]), (&json!("TaskRevokedError"), &json!("expired")));
    assert_eq!(raised["state"], "REVOKED");
    assert_eq!(bridge.store.task(task_id(&after)).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_most_urgent_is_taken_first_and_what_may_wait_waits() {
    let Some(bench) = Bench::or_skip() else { return };
    let mut client = bench.celery_client();
    let greeting = json!({ "greeting": "Hallo", "name": "Zoë" });
    let sent: Vec<String> = [9, 4, 0]
        .map(|priority| client.send("app.greet", &greeting, &json!({ "queue": QUEUE, "priority": priority })))
        .into();
    let store = Arc::new(MemoryStore::new());
    let intake = bench.intake(QUEUE, greeter().0, Arc::clone(&store));
    let mut taken = Vec::new();
    for _ in 0..3 {
        assert_eq!(intake.turn(now(), 1).await.unwrap().tasks, 1);
        for id in &sent {
            let task = store.task(task_id(id)).await.unwrap();
            if let Some(task) = task.filter(|_| !taken.iter().any(|(known, _)| known == id)) {
                taken.push((id.clone(), task.task.priority));
            }
        }
    }
    let expected = [(2, Priority::Normal), (1, Priority::Normal), (0, Priority::Low)];
    assert_eq!(taken, expected.map(|(sent_as, priority)| (sent[sent_as].clone(), priority)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_nobody_wants_is_not_stored() {
    let Some(bench) = Bench::or_skip() else { return };
    let (kinds, registry) = greeter();
    let bridge = bench.bridge(QUEUE, kinds, registry);
    let mut client = bench.celery_client();
    let greeting = json!({ "greeting": "Hallo", "name": "Zoë" });
    let ignored = client.send("app.greet", &greeting, &json!({ "queue": QUEUE, "ignore_result": true }));
    let ended = until(async || {
        let task = bridge.store.task(task_id(&ignored)).await.unwrap();
        task.filter(|task| task.state == TaskState::Success)
    });
    ended.await;
    // One that is wanted and was sent later is there, so this one would be.
    let wanted = client.send("app.greet", &greeting, &json!({ "queue": QUEUE }));
    client.get(&wanted);
    let stored: Vec<String> = bench.ask_results(&["KEYS", "celery-task-meta-*"]).await;
    assert_eq!(stored, [format!("celery-task-meta-{wanted}")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_waited_for_as_a_whole() {
    let Some(bench) = Bench::or_skip() else { return };
    let (kinds, registry) = greeter();
    let _bridge = bench.bridge(QUEUE, kinds, registry);
    let call = |name: &str| json!({ "name": "app.greet", "kwargs": { "greeting": "Hallo", "name": name } });
    let calls = [call("Ann"), call("Ben"), call("Cleo")];
    let group = json!({ "op": "group", "calls": calls, "options": { "queue": QUEUE }, "timeout": 30 });
    let answer = bench.celery_client().call(&group);
    assert_eq!(answer, json!({ "results": ["Hallo, Ann", "Hallo, Ben", "Hallo, Cleo"] }));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_of_the_clients_own_making_is_kept() {
    let Some(bench) = Bench::or_skip() else { return };
    let (kinds, registry) = greeter();
    let _bridge = bench.bridge(QUEUE, kinds, registry);
    let mut client = bench.celery_client();
    let greeting = json!({ "greeting": "Hallo", "name": "Zoë" });
    for id in ["order-17", "5F5B7B10-0000-4000-8000-000000000001"] {
        assert_eq!(client.send("app.greet", &greeting, &json!({ "queue": QUEUE, "task_id": id })), id);
        assert_eq!(client.get(id)["result"], "Hallo, Zoë");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_carried_is_put_aside_and_its_client_told() {
    let Some(bench) = Bench::or_skip() else { return };
    let (kinds, registry) = greeter();
    let kinds = kinds.take("app.named", kind("greet"), CeleryArgs::Named);
    let bridge = bench.bridge(QUEUE, kinds, registry);
    let mut client = bench.celery_client();
    let there = json!({ "queue": QUEUE });
    let unknown = client.send("app.unheard_of", &json!({}), &there);
    let positional = client.send_with(&json!({ "op": "send", "name": "app.named", "args": [1], "options": there }));
    let pickled = client.send("app.greet", &json!({}), &json!({ "queue": QUEUE, "serializer": "pickle" }));
    let call = json!({ "name": "app.greet", "args": ["Hallo", "Zoë"] });
    client.send_with(&json!({ "op": "chain", "calls": [call, call], "options": there }));
    for (id, why) in [
        (unknown, "`app.unheard_of` is not taken over here"),
        (positional, "1 positional arguments"),
        (pickled, "set task_serializer = 'json'"),
    ] {
        let raised = client.get(&id);
        assert_eq!((&raised["raised"], &raised["state"]), (&json!("TaskError"), &json!("FAILURE")));
        let message = raised["message"].as_str().unwrap();
        assert!(message.starts_with("not carried out: ") && message.contains(why), "{message}");
    }
    until(async || (bench.ask::<u32>(&["LLEN", "ours:refused"]).await == 4).then_some(())).await;
    bridge.runner.stop().await;
    assert_eq!(bench.ask::<u32>(&["HLEN", "unacked"]).await, 0, "it isn't held any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_put_aside_is_carried_out_once_there_is_a_handler() {
    let Some(bench) = Bench::or_skip() else { return };
    let mut client = bench.celery_client();
    let greeting = json!({ "greeting": "Hallo", "name": "Zoë" });
    let early = client.send("app.greet", &greeting, &json!({ "queue": QUEUE }));
    let nothing = bench.intake(QUEUE, CeleryKinds::new(), Arc::new(MemoryStore::new()));
    assert_eq!(nothing.turn(now(), 10).await.unwrap().refused, 1);
    assert_eq!(client.get(&early)["state"], "FAILURE");

    assert_eq!(nothing.take_back(QUEUE, 10).await.unwrap(), 1);
    let (kinds, registry) = greeter();
    let _bridge = bench.bridge(QUEUE, kinds, registry);
    let result = until(async || {
        let stored: String = bench.ask_results(&["GET", &format!("celery-task-meta-{early}")]).await;
        stored.contains("SUCCESS").then_some(stored)
    });
    assert!(result.await.contains("Hallo, Zo"));
}
