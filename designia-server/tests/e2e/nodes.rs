//! Several nodes over one Postgres database and one Stripe: each does its share, and together they are one server.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use designia_core::catalog::Product;
use designia_core::testing::fixtures;
use designia_server::serve::Ended;
use designia_stripe_sandbox::Sandbox;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{GOOD, Place, Server, id};

const SECRET: &str = "whsec_of_all_nodes";
const CHECKOUT: &str = "/api/payments/checkout_session/";

/// What the nodes have in common.
struct Fleet {
    place: Place,
    stripe: Sandbox,
}

impl Fleet {
    async fn gather() -> Option<Self> {
        Some(Self::at(Place::postgres()?).await)
    }

    async fn at(place: Place) -> Self {
        Self { place, stripe: Sandbox::builder().start().await.unwrap() }
    }

    async fn node(&self, args: &[&str]) -> Server {
        let server = Server::node(&self.place, &self.stripe, SECRET, args).await;
        server.until_ready().await;
        server
    }

    /// Stripe tells this node from now on.
    fn webhooks_to(&self, node: &Server) {
        let url = format!("{}/api/payments/stripe_webhook/", node.base);
        self.stripe.webhooks().send_to(&url, SECRET).unwrap();
    }
}

/// Runs tests that are a function of what the nodes have in common.
macro_rules! with_a_fleet {
    ($($rule:ident),+ $(,)?) => {
        mod on_postgres {
            $(#[tokio::test]
            async fn $rule() {
                if let Some(fleet) = super::Fleet::gather().await {
                    super::$rule(&fleet).await;
                    fleet.place.quiet().await;
                }
            })+
        }
    };
}

with_a_fleet! {
    an_order_of_one_node_is_paid_by_a_webhook_to_the_other,
    a_node_that_serves_and_a_node_that_works_are_one_server,
    a_node_that_serves_wakes_the_one_that_works_long_before_its_next_look,
    of_64_buyers_who_race_for_the_last_ten_exactly_ten_get_one,
    a_rolling_restart_under_load_loses_no_order_that_was_answered,
}

async fn an_order_of_one_node_is_paid_by_a_webhook_to_the_other(fleet: &Fleet) {
    let (one, other) = (fleet.node(&[]).await, fleet.node(&[]).await);
    fleet.webhooks_to(&other);
    let checkout = one.checkout(&[("tea-bowl", 2)]).await;
    one.pay(&checkout, GOOD).await;
    one.until_status(id(&checkout), "payment_confirmed").await;
    assert_eq!(other.order("buyer", id(&checkout)).await["payment_status"], "paid");
    assert_eq!((one.stock("tea-bowl").await, other.stock("tea-bowl").await), (38, 38));
}

async fn a_node_that_serves_and_a_node_that_works_are_one_server(fleet: &Fleet) {
    let worker = fleet.node(&["--roles", "worker,scheduler"]).await;
    let door = fleet.node(&["--roles", "serve"]).await;
    assert_eq!(worker.get("", "/").await.ok()["roles"], json!(["worker", "scheduler"]));
    assert_eq!(worker.get("", "/health/live").await.status, 200);
    for who in ["admin", "buyer"] {
        worker.bring(who, &door).await;
    }
    assert_eq!(worker.get("admin", "/metrics").await.status, 200);
    for path in ["/api/marketplace/products/", "/api/docs/", "/api/openapi.json"] {
        worker.get("buyer", path).await.refused(404, "not_found");
        assert_eq!(door.get("buyer", path).await.status, 200, "{path}");
    }
    let turns = async |node: &Server| node.get("admin", "/metrics").await.ok().as_str().unwrap().contains("loop=");
    assert_eq!((turns(&worker).await, turns(&door).await), (true, false));
}

/// An order that one node takes, and another works on.
async fn is_paid_through_two_nodes(fleet: &Fleet) {
    let _worker = fleet.node(&["--roles", "worker,scheduler"]).await;
    let door = fleet.node(&["--roles", "serve"]).await;
    fleet.webhooks_to(&door);
    let checkout = door.checkout(&[("tea-bowl", 1)]).await;
    door.pay(&checkout, GOOD).await;
    door.until_status(id(&checkout), "payment_confirmed").await;
}

#[tokio::test]
async fn nodes_behind_a_pooler_find_their_work_without_being_woken() {
    let Some(mut place) = Place::postgres() else { return };
    let Some(pooler) = place.pooled() else { return };
    let fleet = Fleet::at(place).await;
    is_paid_through_two_nodes(&fleet).await;
    fleet.place.quiet().await;
    drop(pooler);
}

#[tokio::test]
async fn nodes_of_one_machine_can_share_a_file() {
    let fleet = Fleet::at(Place::file()).await;
    is_paid_through_two_nodes(&fleet).await;
    fleet.place.quiet().await;
}

async fn a_node_that_serves_wakes_the_one_that_works_long_before_its_next_look(fleet: &Fleet) {
    // Far longer than a test waits for anything.
    let seldom = ["--sweep-interval", "10m"];
    let _worker = fleet.node(&[&["--roles", "worker,scheduler"][..], &seldom].concat()).await;
    let door = fleet.node(&[&["--roles", "serve"][..], &seldom].concat()).await;
    fleet.webhooks_to(&door);
    for _ in 0..2 {
        let checkout = door.checkout(&[("tea-bowl", 1)]).await;
        door.pay(&checkout, GOOD).await;
        door.until_status(id(&checkout), "payment_confirmed").await;
    }
}

async fn of_64_buyers_who_race_for_the_last_ten_exactly_ten_get_one(fleet: &Fleet) {
    let nodes = [fleet.node(&["--db-connections", "10"]).await, fleet.node(&["--db-connections", "10"]).await];
    nodes[0].checkout(&[("moon-jar", 2)]).await;
    assert_eq!(nodes[0].stock("moon-jar").await, 10);
    let body = json!({ "items": nodes[0].cart(&[("moon-jar", 1)]).await, "currency": "EUR" });
    let racing = (0..64).map(|nth| nodes[nth % 2].post("buyer", CHECKOUT, body.clone()));
    let mut answers: BTreeMap<String, u32> = BTreeMap::new();
    for answer in join_all(racing).await {
        // With the page or with where to get it: on a busy machine a worker may be long about it.
        let is_placed = [200, 202].contains(&answer.status) && answer.body["order_id"].is_string();
        let told = if is_placed { "placed" } else { answer.body["code"].as_str().unwrap() };
        *answers.entry(told.to_owned()).or_default() += 1;
    }
    assert_eq!(answers, BTreeMap::from([("placed".to_owned(), 10), ("out_of_stock".to_owned(), 54)]));
    assert_eq!(nodes[1].stock("moon-jar").await, 0);
    let mine = nodes[0].get("buyer", "/api/marketplace/orders/?page_size=100").await.ok();
    assert_eq!(mine["count"], 11, "ten of the race, and the one before");
    let sessions = async || fleet.stripe.objects().count("checkout.session") == 11;
    nodes[0].until("each order has one page at the provider", sessions).await;
}

/// Where requests go, as a balancer sends them.
struct Balancer {
    nodes: Mutex<Vec<Arc<Server>>>,
    answered: AtomicUsize,
    is_over: AtomicBool,
}

impl Balancer {
    fn next(&self, turn: usize) -> Arc<Server> {
        let nodes = self.nodes.lock().unwrap();
        Arc::clone(&nodes[turn % nodes.len()])
    }

    /// Takes the oldest node out and puts a new one in.
    fn exchange(&self, next: Server) -> Arc<Server> {
        let mut nodes = self.nodes.lock().unwrap();
        nodes.push(Arc::new(next));
        nodes.remove(0)
    }

    /// One order after the other until it is over: each has a key of its own, under which a request that met a closing
    /// door is sent again.
    async fn keep_ordering(&self, body: &Value, buyer: usize) -> Vec<String> {
        let (mut orders, mut turn) = (Vec::new(), buyer);
        while !self.is_over.load(Ordering::Relaxed) {
            let key = format!("{buyer}-{}", orders.len());
            let answer = loop {
                turn += 1;
                if let Ok(answer) = self.next(turn).try_post_with_key("buyer", CHECKOUT, &key, body).await {
                    break answer.ok();
                }
            };
            orders.push(answer["order_id"].as_str().unwrap().to_owned());
            self.answered.fetch_add(1, Ordering::Relaxed);
        }
        orders
    }
}

async fn a_rolling_restart_under_load_loses_no_order_that_was_answered(fleet: &Fleet) {
    let nodes = vec![Arc::new(fleet.node(&[]).await), Arc::new(fleet.node(&[]).await)];
    let product = Product { stock: 1_000_000, slug: "endless".to_owned(), ..fixtures::product(1) };
    nodes[0].engine.ports().catalog.put(&product).await.unwrap();
    let body = json!({ "items": nodes[0].cart(&[("endless", 1)]).await });
    let (answered, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let balancer = Balancer { nodes: Mutex::new(nodes), answered, is_over };
    let buyers = join_all((0..2).map(|buyer| balancer.keep_ordering(&body, buyer)));
    let restart = async {
        for _ in 0..2 {
            let next = fleet.node(&[]).await;
            assert_eq!(balancer.exchange(next).stop().await, Ended::Drained);
            let before = balancer.answered.load(Ordering::Relaxed);
            let more = async || balancer.answered.load(Ordering::Relaxed) >= before + 8;
            balancer.next(0).until("ordering goes on", more).await;
        }
        balancer.is_over.store(true, Ordering::Relaxed);
    };
    let (orders, ()) = tokio::join!(buyers, restart);
    let orders: Vec<String> = orders.into_iter().flatten().collect();
    let node = balancer.next(0);
    for order in &orders {
        assert_eq!(node.order("buyer", order).await["status"], "pending_payment", "{order}");
    }
    let counts = node.engine.ports().queries.counts(node.engine.ports().clock.now()).await.unwrap();
    let stored: u64 = counts.orders.iter().map(|(_, count)| count).sum();
    assert_eq!(stored, u64::try_from(orders.len()).unwrap(), "each key made one order, however often it was sent");
}
