//! Nodes that run a host's own tasks: two that share schedules, one that stops in the middle, and one whose queue is crashed
//! under it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use designia_core::schedule::{MissedRuns, Overlap, Recurrence, Schedule};
use designia_core::task::{Json, Kind};
use designia_core::worker::{TaskContext, TaskError, TaskRegistry};
use designia_server::instance::Host;
use designia_server::serve::Ended;
use designia_services::{Persistence, PrivatePostgres, PrivateRedis};
use designia_stripe_sandbox::Sandbox;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::support::{GOOD, Place, Server, id};

const SECRET: &str = "whsec_of_task_nodes";
pub(crate) const TASKS: &str = "/api/admin/tasks/";

/// How long a worker may take to go on by itself once its store is back.
pub(crate) const BACK: Duration = Duration::from_secs(10);

/// What a host of the tests' own brings: a kind that notes that it ran, and one that ends when it is let go.
#[derive(Clone)]
pub(crate) struct Workshop {
    runs: Arc<Mutex<BTreeMap<String, u32>>>,
    go: watch::Sender<bool>,
}

impl Workshop {
    pub(crate) fn new() -> Self {
        Self { runs: Arc::default(), go: watch::Sender::new(false) }
    }

    pub(crate) fn host(&self) -> Host {
        let shop = self.clone();
        Host::new().kinds(move |_, registry| shop.kinds(registry))
    }

    /// The same, with a schedule of a moment each second.
    fn host_with_a_schedule(&self) -> Host {
        let shop = self.clone();
        Host::new().kinds(move |_, registry| {
            shop.kinds(registry).on_schedule(Schedule {
                name: "every.second".parse().unwrap(),
                kind: "note".parse().unwrap(),
                args: Json::of(&"tick").unwrap(),
                recurrence: Recurrence::every(Duration::from_secs(1)),
                missed: MissedRuns::CatchUp(100),
                overlap: Overlap::Allow,
                start_within: None,
            })
        })
    }

    fn kinds(&self, registry: TaskRegistry) -> TaskRegistry {
        let kind = |name: &str| Kind::new(name.parse().unwrap(), "workshop".parse().unwrap());
        let (runs, waits) = (Arc::clone(&self.runs), self.clone());
        let note = move |_: String, context: TaskContext| {
            *runs.lock().unwrap().entry(context.task().id.to_string()).or_default() += 1;
            async { Ok::<_, TaskError>(()) }
        };
        let hold = move |_: String, context: TaskContext| {
            let shop = waits.clone();
            async move {
                context.progress(1, Some(2), Some("waiting to be let go"));
                let _ = shop.go.subscribe().wait_for(|go| *go).await;
                *shop.runs.lock().unwrap().entry(context.task().id.to_string()).or_default() += 1;
                Ok::<_, TaskError>(context.attempt())
            }
        };
        registry.add(kind("note"), note).add(kind("hold"), hold)
    }

    /// How often a task has run to its end.
    pub(crate) fn runs(&self, id: &str) -> u32 {
        self.runs.lock().unwrap().get(id).copied().unwrap_or_default()
    }
}

async fn ask(node: &Server, kind: &str) -> String {
    let asked = node.post("admin", TASKS, json!({ "kind": kind, "args": "x" })).await.ok();
    asked["task_id"].as_str().unwrap().to_owned()
}

pub(crate) async fn task(node: &Server, id: &str) -> Value {
    node.get("admin", &format!("{TASKS}{id}/")).await.body
}

pub(crate) async fn until_state(node: &Server, id: &str, state: &str) {
    node.until(&format!("{id} is {state}"), async || task(node, id).await["state"] == state).await;
}

#[tokio::test]
async fn of_two_nodes_that_see_the_same_moments_one_fires_each() {
    let Some(place) = Place::postgres() else { return };
    let (stripe, shop) = (Sandbox::builder().start().await.unwrap(), Workshop::new());
    let one = Server::node_of(&place, &stripe, SECRET, &[], shop.host_with_a_schedule()).await;
    let other = Server::node_of(&place, &stripe, SECRET, &[], shop.host_with_a_schedule()).await;
    one.until_ready().await;
    other.until_ready().await;
    let fired = async || -> u64 {
        let answer = other.get("admin", "/api/admin/schedules/every.second/").await;
        answer.body["fired"].as_u64().unwrap_or_default()
    };
    one.until("it has fired four times", async || fired().await >= 4).await;
    one.post("admin", "/api/admin/schedules/every.second/disable/", json!({})).await.ok();
    let fired = fired().await;
    let list = format!("{TASKS}?kind=note&page_size=100");
    let done = async || {
        let tasks = one.get("admin", &list).await.ok();
        tasks["results"].as_array().unwrap().iter().all(|task| task["state"] == "SUCCESS")
    };
    one.until("all of its tasks are done", done).await;
    let tasks = one.get("admin", &list).await.ok();
    let tasks = tasks["results"].as_array().unwrap();
    let mut moments: Vec<&str> = tasks.iter().map(|task| task["slot_at"].as_str().unwrap()).collect();
    moments.sort_unstable();
    moments.dedup();
    assert_eq!((moments.len(), u64::try_from(tasks.len()).unwrap()), (tasks.len(), fired), "a task for each moment");
    for task in tasks {
        assert_eq!((task["attempts"].as_u64(), shop.runs(task["id"].as_str().unwrap())), (Some(1), 1), "{task}");
    }
    drop((one, other));
    place.quiet().await;
}

#[tokio::test]
async fn a_node_that_stops_hands_back_what_does_not_end_and_another_finishes_it() {
    let Some(place) = Place::postgres() else { return };
    let (stripe, shop) = (Sandbox::builder().start().await.unwrap(), Workshop::new());
    let impatient = ["--shutdown-grace", "100ms"];
    let one = Server::node_of(&place, &stripe, SECRET, &impatient, shop.host()).await;
    one.until_ready().await;
    let id = ask(&one, "hold").await;
    until_state(&one, &id, "PROGRESS").await;
    assert_eq!(task(&one, &id).await["progress"]["total"], 2);
    assert_eq!(one.stop().await, Ended::Drained);
    let other = Server::node_of(&place, &stripe, SECRET, &["--roles", "serve,scheduler"], shop.host()).await;
    other.until_ready().await;
    let left = task(&other, &id).await;
    assert_eq!(
        (left["state"].as_str(), left["attempts"].as_u64()),
        (Some("PENDING"), Some(0)),
        "it doesn't count: {left}"
    );
    shop.go.send_replace(true);
    let heir = Server::node_of(&place, &stripe, SECRET, &["--roles", "worker,scheduler"], shop.host()).await;
    until_state(&other, &id, "SUCCESS").await;
    let done = task(&other, &id).await;
    assert_eq!((done["result"].as_u64(), shop.runs(&id)), (Some(1), 1), "{done}");
    drop((other, heir));
    place.quiet().await;
}

#[tokio::test]
async fn a_node_that_stops_lets_what_runs_finish() {
    let (place, shop) = (Place::file(), Workshop::new());
    let stripe = Sandbox::builder().start().await.unwrap();
    let one = Server::node_of(&place, &stripe, SECRET, &[], shop.host()).await;
    one.until_ready().await;
    let id = ask(&one, "hold").await;
    until_state(&one, &id, "PROGRESS").await;
    let (ended, ()) = tokio::join!(one.stop(), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(shop.runs(&id), 0, "it is waited for");
        shop.go.send_replace(true);
    });
    assert_eq!(ended, Ended::Drained);
    let other = Server::node_of(&place, &stripe, SECRET, &[], shop.host()).await;
    other.until_ready().await;
    assert_eq!((task(&other, &id).await["state"].as_str(), shop.runs(&id)), (Some("SUCCESS"), 1));
    drop(other);
    place.quiet().await;
}

/// The queue's server is crashed while a task runs, and comes back: the worker goes on by itself, what had ended stays ended, and
/// what was running ends once.
async fn goes_on_after_a_crash(node: &Server, shop: &Workshop, crash: impl FnOnce(), start_again: impl FnOnce()) {
    node.until_ready().await;
    let mut before = Vec::new();
    for _ in 0..20 {
        before.push(ask(node, "note").await);
    }
    for id in &before {
        until_state(node, id, "SUCCESS").await;
    }
    let running = ask(node, "hold").await;
    until_state(node, &running, "PROGRESS").await;
    crash();
    node.post("admin", TASKS, json!({ "kind": "note", "args": "x" })).await.refused(503, "unavailable");
    assert_eq!(node.get("", "/health/live").await.status, 200);
    // It ends while nobody can be told.
    shop.go.send_replace(true);
    node.until("it has ended", async || shop.runs(&running) == 1).await;
    start_again();
    let back = Instant::now();
    let after = loop {
        let answer = node.post("admin", TASKS, json!({ "kind": "note", "args": "x" })).await;
        if answer.status == 202 {
            break answer.body["task_id"].as_str().unwrap().to_owned();
        }
        assert!(back.elapsed() < BACK, "{}", answer.body);
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    until_state(node, &after, "SUCCESS").await;
    until_state(node, &running, "SUCCESS").await;
    let took = back.elapsed();
    eprintln!("the worker went on after {took:.1?}");
    assert!(took < BACK, "{took:?}");
    for id in before.iter().chain([&running, &after]) {
        assert_eq!((task(node, id).await["attempts"].as_u64(), shop.runs(id)), (Some(1), 1), "{id} has run once");
    }
}

#[tokio::test]
async fn a_worker_whose_redis_crashes_goes_on_by_itself_and_nothing_completes_twice() {
    let Some(redis) = PrivateRedis::builder().persistence(Persistence::Always).launch_or_skip() else { return };
    let (place, shop) = (Place::file(), Workshop::new());
    let stripe = Sandbox::builder().start().await.unwrap();
    let url = redis.url();
    let node = Server::node_of(&place, &stripe, SECRET, &["--redis-url", &url], shop.host()).await;
    let crash = || redis.kill().unwrap();
    goes_on_after_a_crash(&node, &shop, crash, || redis.start_again().unwrap()).await;
    drop(node);
    place.quiet().await;
}

#[tokio::test]
async fn a_worker_whose_postgres_crashes_goes_on_by_itself_and_nothing_completes_twice() {
    let kept = PrivatePostgres::fast().setting("synchronous_commit", "on");
    let Some(postgres) = kept.launch_or_skip() else { return };
    let (place, shop) = (Place::elsewhere(postgres.url()), Workshop::new());
    let stripe = Sandbox::builder().start().await.unwrap();
    let node = Server::node_of(&place, &stripe, SECRET, &[], shop.host()).await;
    let crash = || postgres.kill().unwrap();
    goes_on_after_a_crash(&node, &shop, crash, || postgres.start().unwrap()).await;
    drop(node);
    place.quiet().await;
}

#[tokio::test]
async fn a_redis_that_comes_late_holds_up_tasks_and_nothing_else() {
    let Some(redis) = PrivateRedis::builder().launch_or_skip() else { return };
    let (place, shop) = (Place::file(), Workshop::new());
    let stripe = Sandbox::builder().start().await.unwrap();
    let url = redis.url();
    redis.stop().unwrap();
    let node = Server::node_of(&place, &stripe, SECRET, &["--redis-url", &url], shop.host()).await;
    node.until_ready().await;
    assert_eq!(node.get("", "/api/marketplace/products/").await.status, 200);
    node.post("admin", TASKS, json!({ "kind": "note", "args": "x" })).await.refused(503, "unavailable");
    redis.start_again().unwrap();
    let is_back = async || node.get("admin", "/api/admin/queues/").await.status == 200;
    node.until("Redis is there", is_back).await;
    let id = ask(&node, "note").await;
    until_state(&node, &id, "SUCCESS").await;
    drop(node);
    place.quiet().await;
}

#[tokio::test]
async fn nodes_without_a_server_between_them_wake_each_other_through_redis() {
    let Some(redis) = PrivateRedis::builder().launch_or_skip() else { return };
    let place = Place::file();
    let stripe = Sandbox::builder().start().await.unwrap();
    let url = redis.url();
    // Far longer than a test waits for anything.
    let shared = ["--redis-url", url.as_str(), "--sweep-interval", "10m"];
    let works = Server::node(&place, &stripe, SECRET, &[&shared[..], &["--roles", "worker,scheduler"]].concat()).await;
    let door = Server::node(&place, &stripe, SECRET, &[&shared[..], &["--roles", "serve"]].concat()).await;
    works.until_ready().await;
    door.until_ready().await;
    stripe.webhooks().send_to(&format!("{}/api/payments/stripe_webhook/", door.base), SECRET).unwrap();
    for _ in 0..2 {
        let checkout = door.checkout(&[("tea-bowl", 1)]).await;
        door.pay(&checkout, GOOD).await;
        door.until_status(id(&checkout), "payment_confirmed").await;
    }
    drop((works, door));
    place.quiet().await;
}
