//! Whatever dies or fails on the bridge, no message is lost, and none is carried out twice.

use std::fmt;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use designia_core::id::TaskId;
use designia_core::memory::MemoryStore;
use designia_core::ports::{
    Enqueued, Exchange, Exchanged, QueueStatus, StoreError, TaskClaim, TaskConsole, TaskFilter, TaskPage, TaskQueue,
    WorkerStatus,
};
use designia_core::task::{
    Hold, QueueName, Renewal, Retrial, Revocation, Task, TaskOutcome, TaskRecord, TaskSettlement, TaskState,
};
use designia_core::time::Timestamp;
use designia_core::worker::{TaskContext, TaskError, TaskRegistry};
use designia_redis::celery::{
    CeleryArgs, CeleryIntake, CeleryKinds, CeleryMirror, CeleryOptions, CeleryOutcome, task_id,
};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::support::{Bench, Stopped, kind, now, until};

const QUEUE: &str = "ours";

fn kinds() -> CeleryKinds {
    CeleryKinds::new().take("app.now", kind("now"), CeleryArgs::Named).take(
        "app.other",
        kind("other"),
        CeleryArgs::Named,
    )
}

/// What a test of the queue's side lets go wrong.
struct Faulty<F>(F);

impl<F> fmt::Debug for Faulty<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Faulty")
    }
}

#[async_trait]
impl<F> TaskQueue for Faulty<F>
where
    F: Fn(&[Task]) -> Result<(), StoreError> + Send + Sync + 'static,
{
    async fn enqueue(&self, tasks: &[Task]) -> Result<Vec<Enqueued>, StoreError> {
        (self.0)(tasks)?;
        Ok(vec![Enqueued::New; tasks.len()])
    }

    async fn exchange(&self, _: Exchange) -> Result<Exchanged, StoreError> {
        Ok(Exchanged::default())
    }

    async fn renew(&self, _: &[Renewal], _: Timestamp) -> Result<Vec<Hold>, StoreError> {
        Ok(Vec::new())
    }

    async fn beat(&self, _: &WorkerStatus) -> Result<(), StoreError> {
        Ok(())
    }
}

fn intake(bench: &Bench, into: impl TaskQueue) -> CeleryIntake {
    CeleryIntake::new(bench.broker(), bench.results(), &bench.options, [QUEUE], kinds(), Arc::new(into))
}

/// Says to the process below what it is to take from.
const TAKE_FROM: &str = "DESIGNIA_TEST_TAKE_FROM";

/// Not a test of its own: the process that is killed while it holds a message.
#[tokio::test]
async fn a_process_that_takes_a_message_and_hangs() {
    let Ok(url) = std::env::var(TAKE_FROM) else { return };
    let hang = Faulty(|_: &[Task]| {
        std::io::stdout().write_all(b"HOLDING\n").unwrap();
        loop {
            std::thread::park();
        }
    });
    let connection = || designia_redis::RedisConnection::lazy(&url.parse().unwrap());
    let options = held_briefly();
    let intake = CeleryIntake::new(connection(), connection(), &options, [QUEUE], kinds(), Arc::new(hang));
    intake.turn(now(), 10).await.unwrap();
}

fn held_briefly() -> CeleryOptions {
    let (visibility_timeout, hold) = (Duration::from_secs(3600), Duration::from_secs(1));
    CeleryOptions { visibility_timeout, hold, ..CeleryOptions::default() }
}

/// Sends a task, and kills with SIGKILL a bridge that has taken it.
async fn killed_while_it_held(bench: &Bench) -> String {
    let id = bench.celery_client().send("app.now", &json!({}), &json!({ "queue": QUEUE }));
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "trouble::a_process_that_takes_a_message_and_hangs", "--nocapture"]);
    let process = command.env(TAKE_FROM, bench.broker_url()).stdout(Stdio::null()).spawn().unwrap();
    let process = Stopped(process);
    until(async || (bench.ask::<u32>(&["HLEN", "unacked"]).await == 1).then_some(())).await;
    drop(process);
    assert_eq!(bench.ask::<u32>(&["LLEN", QUEUE]).await, 0);
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_bridge_held_goes_to_a_celery_worker() {
    let Some(mut bench) = Bench::or_skip() else { return };
    bench.options = held_briefly();
    let id = killed_while_it_held(&bench).await;
    let over = now() + bench.options.hold;
    until(async || (now() > over).then_some(())).await;

    let _worker = bench.celery_worker(QUEUE);
    let outcome = bench.sender().wait(id.parse().unwrap(), crate::support::PATIENCE).await.unwrap();
    assert!(matches!(outcome, Some(CeleryOutcome::Success(_))), "{outcome:?}");
    until(async || (bench.ask::<u32>(&["HLEN", "unacked"]).await == 0).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_bridge_held_goes_to_another_bridge_when_the_hold_is_over() {
    let Some(mut bench) = Bench::or_skip() else { return };
    bench.options = held_briefly();
    let id = killed_while_it_held(&bench).await;
    let store = Arc::new(MemoryStore::new());
    let other = bench.intake(QUEUE, kinds(), Arc::clone(&store));
    let early = other.turn(now() - Duration::from_secs(60), 10).await.unwrap();
    assert_eq!((early.rescued, early.tasks), (0, 0), "it may still be at it");
    let later = other.turn(now() + Duration::from_secs(2), 10).await.unwrap();
    assert_eq!((later.rescued, later.tasks), (1, 1));
    assert!(store.task(task_id(&id)).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_celery_worker_held_for_too_long_is_put_back_as_it_was() {
    let Some(bench) = Bench::or_skip() else { return };
    let id = bench.celery_client().send("app.now", &json!({}), &json!({ "queue": QUEUE, "priority": 7 }));
    let list = "ours\x06\x166";
    let message: String = bench.ask(&["RPOP", list]).await;
    // As kombu holds it: the message within an array, with its exchange and routing key.
    let tag =
        serde_json::from_str::<Value>(&message).unwrap()["properties"]["delivery_tag"].as_str().unwrap().to_owned();
    bench.ask::<u32>(&["HSET", "unacked", &tag, &format!(r#"[{message}, "", "ours"]"#)]).await;
    bench.ask::<u32>(&["ZADD", "unacked_index", &format!("{}", now().as_secs() - 3590), &tag]).await;
    // Of a queue that is none of ours, more than are looked at in one go.
    for theirs in 0..150 {
        let theirs = format!("theirs-{theirs}");
        bench.ask::<u32>(&["HSET", "unacked", &theirs, r#"[{}, "", "theirs"]"#]).await;
        bench.ask::<u32>(&["ZADD", "unacked_index", "1", &theirs]).await;
    }

    let store = Arc::new(MemoryStore::new());
    let intake = bench.intake(QUEUE, kinds(), Arc::clone(&store));
    assert_eq!(intake.turn(now(), 10).await.unwrap().rescued, 0);
    let taken = intake.turn(now() + Duration::from_secs(20), 10).await.unwrap();
    assert_eq!((taken.rescued, taken.tasks), (1, 1));
    assert!(store.task(task_id(&id)).await.unwrap().is_some());
    assert_eq!(bench.ask::<u32>(&["HLEN", "unacked"]).await, 150, "only ours was touched");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_delivered_twice_is_one_task() {
    let Some(bench) = Bench::or_skip() else { return };
    bench.celery_client().send("app.now", &json!({}), &json!({ "queue": QUEUE }));
    let message: String = bench.ask(&["LINDEX", QUEUE, "0"]).await;
    let store = Arc::new(MemoryStore::new());
    let intake = bench.intake(QUEUE, kinds(), Arc::clone(&store));
    assert_eq!(intake.turn(now(), 10).await.unwrap().tasks, 1);
    bench.ask::<u32>(&["LPUSH", QUEUE, &message]).await;
    assert_eq!(intake.turn(now(), 10).await.unwrap().tasks, 1);
    let page = TaskPage { below: None, limit: 10 };
    assert_eq!(store.tasks(&TaskFilter::default(), page).await.unwrap().len(), 1);
    assert_eq!(bench.ask::<u32>(&["HLEN", "unacked"]).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_store_cannot_take_now_is_put_back_in_its_order() {
    let Some(bench) = Bench::or_skip() else { return };
    let mut client = bench.celery_client();
    for _ in 0..3 {
        client.send("app.now", &json!({}), &json!({ "queue": QUEUE }));
    }
    let before: Vec<String> = bench.ask(&["LRANGE", QUEUE, "0", "-1"]).await;
    let down = Faulty(|_: &[Task]| Err(StoreError::unavailable("the disk is full")));
    let error = intake(&bench, down).turn(now(), 10).await.unwrap_err();
    assert!(error.message.contains("the disk is full"), "{error}");
    assert_eq!(bench.ask::<Vec<String>>(&["LRANGE", QUEUE, "0", "-1"]).await, before);
    assert_eq!(bench.ask::<u32>(&["HLEN", "unacked"]).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_task_that_the_store_refuses_keeps_no_other_out() {
    let Some(bench) = Bench::or_skip() else { return };
    let mut client = bench.celery_client();
    client.send("app.now", &json!({}), &json!({ "queue": QUEUE }));
    let bad = client.send("app.other", &json!({}), &json!({ "queue": QUEUE }));
    client.send("app.now", &json!({}), &json!({ "queue": QUEUE }));
    let choosy = Faulty(|tasks: &[Task]| match tasks.iter().find(|it| it.kind.as_str() == "other") {
        Some(_) => Err(StoreError::invalid("none of those")),
        None => Ok(()),
    });
    let taken = intake(&bench, choosy).turn(now(), 10).await.unwrap();
    assert_eq!((taken.tasks, taken.refused), (2, 1));
    assert!(client.get(&bad)["message"].as_str().unwrap().contains("none of those"));
    assert_eq!(bench.ask::<u32>(&["HLEN", "unacked"]).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_none_is_put_aside() {
    let Some(bench) = Bench::or_skip() else { return };
    let messages =
        ["not json", "[]", r#"{"properties": {"delivery_tag": "t"}}"#, r#"{"properties": {"delivery_tag": 7}}"#];
    for message in messages {
        bench.ask::<u32>(&["LPUSH", QUEUE, message]).await;
    }
    let taken = bench.intake(QUEUE, kinds(), Arc::new(MemoryStore::new())).turn(now(), 10).await.unwrap();
    assert_eq!((taken.tasks, taken.refused), (0, 4));
    let mut aside: Vec<String> = bench.ask(&["LRANGE", "ours:refused", "0", "-1"]).await;
    aside.sort();
    assert_eq!(aside, {
        let mut all = messages.map(str::to_owned);
        all.sort();
        all
    });
    assert_eq!(bench.ask::<u32>(&["HLEN", "unacked"]).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bridge_goes_on_when_its_redis_was_restarted() {
    let Some(bench) = Bench::or_skip() else { return };
    let answer = async |_: Value, _: TaskContext| Ok::<_, TaskError>(42);
    let registry = TaskRegistry::new().add(kind("now"), answer);
    let _bridge = bench.bridge(QUEUE, kinds(), registry);
    for _ in 0..2 {
        let mut client = bench.celery_client();
        let id = client.send("app.now", &json!({}), &json!({ "queue": QUEUE }));
        assert_eq!(client.get(&id)["result"], 42);
        bench.redis.kill().unwrap();
        bench.redis.start_again().unwrap();
    }
}

/// A console that shows the task that it read after somebody else has shown a newer one.
#[derive(Debug)]
struct HeldUp {
    store: Arc<MemoryStore>,
    has_read: Notify,
    go_on: Notify,
}

#[async_trait]
impl TaskConsole for HeldUp {
    async fn task(&self, id: TaskId) -> Result<Option<TaskRecord>, StoreError> {
        let read = self.store.task(id).await;
        self.has_read.notify_one();
        self.go_on.notified().await;
        read
    }

    async fn tasks(&self, filter: &TaskFilter, page: TaskPage) -> Result<Vec<TaskRecord>, StoreError> {
        self.store.tasks(filter, page).await
    }

    async fn queues(&self, now: Timestamp) -> Result<Vec<QueueStatus>, StoreError> {
        self.store.queues(now).await
    }

    async fn workers(&self, since: Timestamp) -> Result<Vec<WorkerStatus>, StoreError> {
        self.store.workers(since).await
    }

    async fn revoke(&self, id: TaskId, now: Timestamp) -> Result<Option<Revocation>, StoreError> {
        self.store.revoke(id, now).await
    }

    async fn retry(&self, id: TaskId, now: Timestamp) -> Result<Option<Retrial>, StoreError> {
        self.store.retry(id, now).await
    }

    async fn set_paused(&self, queue: &QueueName, paused: bool) -> Result<(), StoreError> {
        self.store.set_paused(queue, paused).await
    }

    async fn purge(&self, queue: &QueueName, now: Timestamp, limit: u32) -> Result<u32, StoreError> {
        self.store.purge(queue, now, limit).await
    }

    async fn cleanup(&self, ended_before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        self.store.cleanup(ended_before, limit).await
    }
}

async fn claim_and(store: &MemoryStore, settle: Option<TaskSettlement>) -> Option<TaskSettlement> {
    let worker = "w".parse().unwrap();
    let claim =
        TaskClaim { worker, queues: vec!["taken".parse().unwrap()], limit: 1, until: now() + Duration::from_secs(30) };
    let exchange = Exchange { now: now(), settle: settle.into_iter().collect(), claim: Some(claim) };
    let claimed = store.exchange(exchange).await.unwrap().claimed;
    let outcome = TaskOutcome::Failure { error: "no stock".to_owned() };
    claimed.first().map(|it| TaskSettlement { ticket: it.ticket, outcome })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_that_was_held_up_tells_nothing_old() {
    let Some(bench) = Bench::or_skip() else { return };
    let mut client = bench.celery_client();
    let id = client.send("app.now", &json!({}), &json!({ "queue": QUEUE }));
    let store = Arc::new(MemoryStore::new());
    bench.intake(QUEUE, kinds(), Arc::clone(&store)).turn(now(), 1).await.unwrap();
    let settlement = claim_and(&store, None).await;

    let console = Arc::new(HeldUp { store: Arc::clone(&store), has_read: Notify::new(), go_on: Notify::new() });
    let slow = CeleryMirror::new(Arc::clone(&console) as Arc<dyn TaskConsole>, bench.results(), &bench.options);
    let late = tokio::spawn(async move { slow.turn(now(), 10).await });
    console.has_read.notified().await;
    claim_and(&store, settlement).await;
    assert_eq!(store.task(task_id(&id)).await.unwrap().unwrap().state, TaskState::Failure);
    let quick = bench.mirror(Arc::clone(&store));
    assert_eq!(quick.turn(now() + Duration::from_secs(11), 10).await.unwrap(), 1, "the other one is taken for dead");
    console.go_on.notify_one();
    assert_eq!(late.await.unwrap().unwrap(), 1);
    assert_eq!(client.get(&id)["state"], "FAILURE", "STARTED is not told after FAILURE");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_success_that_a_celery_worker_has_stored_is_left_alone() {
    let Some(bench) = Bench::or_skip() else { return };
    let mut client = bench.celery_client();
    let id = client.send("app.now", &json!({}), &json!({ "queue": QUEUE }));
    // As when the worker was done and died before it could acknowledge.
    let stored =
        json!({ "status": "SUCCESS", "result": 41, "traceback": null, "children": [], "task_id": id }).to_string();
    bench.ask_results::<()>(&["SET", &format!("celery-task-meta-{id}"), &stored]).await;
    let store = Arc::new(MemoryStore::new());
    bench.intake(QUEUE, kinds(), Arc::clone(&store)).turn(now(), 1).await.unwrap();
    let settlement = claim_and(&store, None).await;
    claim_and(&store, settlement).await;
    assert_eq!(bench.mirror(store).turn(now(), 10).await.unwrap(), 1);
    assert_eq!(client.get(&id), json!({ "result": 41 }));
    assert_eq!(bench.ask_results::<u32>(&["HLEN", "{designia}:celery:watches"]).await, 0, "it is not watched any more");
}
