//! Tasks of commits when tasks are in Redis: they are in the database first, and each runs once whatever becomes of Redis.

use std::sync::{Arc, Mutex};

use designia_core::decorate::Reacting;
use designia_core::id::TaskId;
use designia_core::order::Event;
use designia_core::ports::Commit;
use designia_core::task::{Json, Kind};
use designia_server::instance::Host;
use designia_services::{Persistence, PrivateRedis};
use designia_stripe_sandbox::Sandbox;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::{Place, Server};
use crate::task_nodes::{BACK, TASKS, Workshop, task, until_state};

const SECRET: &str = "whsec_of_the_relay";

/// A workshop that makes a note of each order, asked for in the commit that places it.
#[derive(Clone)]
struct Books {
    shop: Workshop,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Books {
    fn new() -> Self {
        Self { shop: Workshop::new(), asked: Arc::default() }
    }

    fn host(&self) -> Host {
        let asked = Arc::clone(&self.asked);
        self.shop.host().ports(move |ports| {
            let (ids, note) = (Arc::clone(&ports.ids), Kind::new("note".parse().unwrap(), "workshop".parse().unwrap()));
            let react = move |commit: &Commit| {
                let placed = commit.events.iter().filter(|it| matches!(it.event, Event::Placed { .. }));
                let asks = placed.map(|it| {
                    let id = TaskId::from_uuid(ids.next());
                    asked.lock().unwrap().push(id.to_string());
                    note.task(id, Json::of(&commit.order.id()).unwrap(), it.at)
                });
                asks.collect()
            };
            let orders = Arc::new(Reacting::new(Arc::clone(&ports.orders), react));
            designia_core::ports::Ports { orders, ..ports }
        })
    }

    /// A buyer orders: the task that was asked for in the commit.
    async fn order(&self, node: &Server) -> String {
        let body = json!({ "items": node.cart(&[("tea-bowl", 1)]).await, "currency": "EUR" });
        node.post("buyer", "/api/payments/checkout_session/", body).await.ok();
        self.asked.lock().unwrap().last().unwrap().clone()
    }
}

async fn listed(node: &Server) -> Vec<Value> {
    let tasks = node.get("admin", &format!("{TASKS}?kind=note")).await.ok();
    tasks["results"].as_array().unwrap().clone()
}

/// Whether the task is in the database, and not in Redis.
async fn is_in_the_outbox(node: &Server, id: &str) -> bool {
    let outbox = node.engine.ports().tasks.outbox().unwrap();
    outbox.task(id.parse().unwrap()).await.unwrap().is_some()
}

#[tokio::test]
async fn a_task_of_a_commit_reaches_redis_and_runs_once() {
    let Some(redis) = PrivateRedis::builder().launch_or_skip() else { return };
    let (place, books, url) = (Place::file(), Books::new(), redis.url());
    let stripe = Sandbox::builder().start().await.unwrap();
    let node = Server::node_of(&place, &stripe, SECRET, &["--redis-url", &url], books.host()).await;
    node.until_ready().await;
    let id = books.order(&node).await;
    until_state(&node, &id, "SUCCESS").await;
    assert_eq!((task(&node, &id).await["attempts"].as_u64(), books.shop.runs(&id)), (Some(1), 1));
    assert!(!is_in_the_outbox(&node, &id).await, "it was carried over");
    drop(node);
    place.quiet().await;
}

#[tokio::test]
async fn a_task_whose_redis_is_killed_before_it_is_carried_there_is_found_meanwhile_and_runs_once_afterwards() {
    let Some(redis) = PrivateRedis::builder().persistence(Persistence::Always).launch_or_skip() else { return };
    let (place, books, url) = (Place::file(), Books::new(), redis.url());
    let stripe = Sandbox::builder().start().await.unwrap();
    // Nodes that take tasks carry them over; this one only asks for them.
    let door = ["--redis-url", &url, "--roles", "serve"];
    let door = Server::node_of(&place, &stripe, SECRET, &door, books.host()).await;
    door.until_ready().await;
    let (id, unwanted) = (books.order(&door).await, books.order(&door).await);
    assert!(is_in_the_outbox(&door, &id).await);
    assert_eq!(task(&door, &id).await["state"], "PENDING");
    let ids: Vec<Value> = listed(&door).await.iter().map(|task| task["id"].clone()).collect();
    assert_eq!(ids, [unwanted.as_str(), id.as_str()]);
    let revoked = door.post("admin", &format!("{TASKS}{unwanted}/revoke/"), json!({})).await.ok();
    assert_eq!(revoked["outcome"], "revoked");
    redis.kill().unwrap();
    let works = ["--redis-url", &url, "--roles", "worker,scheduler"];
    let works = Server::node_of(&place, &stripe, SECRET, &works, books.host()).await;
    let tried = async || task(&door, &id).await["note"].as_str().is_some_and(|note| note.contains("not carried over"));
    door.until("the relay has found Redis away, and the task is still found", tried).await;
    assert_eq!(books.shop.runs(&id), 0);
    redis.start_again().unwrap();
    let back = Instant::now();
    until_state(&door, &id, "SUCCESS").await;
    assert!(back.elapsed() < BACK, "{:?}", back.elapsed());
    assert_eq!((task(&door, &id).await["attempts"].as_u64(), books.shop.runs(&id)), (Some(1), 1));
    assert!(!is_in_the_outbox(&door, &id).await);
    assert_eq!((task(&door, &unwanted).await["state"].as_str(), books.shop.runs(&unwanted)), (Some("REVOKED"), 0));
    drop((door, works));
    place.quiet().await;
}
