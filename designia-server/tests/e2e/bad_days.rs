//! Days on which the database is away, full, stuck or comes late: nobody is told anything wrong, and nobody has to restart.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use designia_server::serve::Ended;
use designia_services::{PrivatePostgres, private_postgres_or_skip};
use designia_stripe_sandbox::Sandbox;
use serde_json::json;
use sqlx::{Connection, Executor, PgConnection};

use crate::support::{Answer, GOOD, Place, Server, id};

const SECRET: &str = "whsec_of_bad_days";
const CHECKOUT: &str = "/api/payments/checkout_session/";

/// A node whose database server the test may stop, and the Stripe that outlives both.
struct Day {
    postgres: PrivatePostgres,
    place: Place,
    stripe: Sandbox,
}

impl Day {
    async fn on(postgres: PrivatePostgres) -> Self {
        let place = Place::elsewhere(postgres.url());
        Self { postgres, place, stripe: Sandbox::builder().start().await.unwrap() }
    }

    async fn node(&self) -> Server {
        let node = Server::node(&self.place, &self.stripe, SECRET, &[]).await;
        let url = format!("{}/api/payments/stripe_webhook/", node.base);
        self.stripe.webhooks().send_to(&url, SECRET).unwrap();
        node
    }

    /// Everything works: an order is placed, paid, and the payment arrives.
    async fn is_good(&self, node: &Server) {
        let checkout = node.checkout(&[("tea-bowl", 1)]).await;
        node.pay(&checkout, GOOD).await;
        node.until_status(id(&checkout), "payment_confirmed").await;
    }

    async fn ends(self) {
        self.place.quiet().await;
    }
}

/// The answer of a server whose database is away: try again, and when.
#[track_caller]
fn is_unavailable(answer: Answer) {
    let retry_after = answer.retry_after.clone();
    answer.refused(503, "unavailable");
    assert!(retry_after.is_some_and(|seconds| seconds.parse::<u32>().is_ok()));
}

async fn until_unready(node: &Server) {
    let unready = async || node.get("", "/health/ready").await.status == 503;
    node.until("it is not ready", unready).await;
    assert_eq!(node.get("", "/health/live").await.status, 200);
}

#[tokio::test]
async fn a_node_that_starts_before_its_database_listens_at_once_and_is_ready_when_it_is_there() {
    let Some(postgres) = private_postgres_or_skip() else { return };
    postgres.stop().unwrap();
    let day = Day::on(postgres).await;
    let node = day.node().await;
    assert_eq!(node.get("", "/health/live").await.status, 200);
    let ready = node.get("", "/health/ready").await;
    assert_eq!(ready.status, 503);
    assert_eq!(ready.body["checks"][0]["reason"], "the database is not reachable; it is tried again");
    is_unavailable(node.get("", "/api/marketplace/products/").await);
    assert_eq!(day.node().await.stop().await, Ended::Drained, "who waits in vain can be stopped");
    day.postgres.start().unwrap();
    node.until_ready().await;
    day.is_good(&node).await;
    drop(node);
    day.ends().await;
}

#[tokio::test]
async fn a_database_that_goes_away_and_comes_back_finds_the_node_at_work() {
    // What is answered has to be there after a crash.
    let kept = PrivatePostgres::fast().setting("synchronous_commit", "on");
    let Some(postgres) = kept.launch_or_skip() else { return };
    let day = Day::on(postgres).await;
    let node = day.node().await;
    node.until_ready().await;
    day.is_good(&node).await;
    let checkout = node.checkout(&[("tea-bowl", 1)]).await;
    day.postgres.kill().unwrap();
    until_unready(&node).await;
    let items = json!([{ "product_id": "00000000-0000-0000-0000-000000000001", "quantity": 1 }]);
    is_unavailable(node.post("buyer", CHECKOUT, json!({ "items": items, "currency": "EUR" })).await);
    node.pay(&checkout, GOOD).await;
    day.postgres.start().unwrap();
    node.until_ready().await;
    // The provider has sent its event to a closed door, and sends it again.
    day.stripe.webhooks().flush().await;
    node.until_status(id(&checkout), "payment_confirmed").await;
    day.is_good(&node).await;
    drop(node);
    day.ends().await;
}

#[tokio::test]
async fn a_statement_that_waits_too_long_is_given_up_and_told_as_unavailable() {
    let Some(postgres) = private_postgres_or_skip() else { return };
    let day = Day::on(postgres).await;
    let node = day.node().await;
    node.until_ready().await;
    let mut session = PgConnection::connect(&day.postgres.url()).await.unwrap();
    session.execute("BEGIN; LOCK TABLE designia.products IN ACCESS EXCLUSIVE MODE").await.unwrap();
    is_unavailable(node.get("", "/api/marketplace/products/").await);
    session.execute("ROLLBACK").await.unwrap();
    assert_eq!(node.get("", "/api/marketplace/products/").await.status, 200);
    day.is_good(&node).await;
    session.close().await.unwrap();
    drop(node);
    day.ends().await;
}

/// A small disk, as far as root may make one.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(size: &str) -> Option<Self> {
        let path = std::env::temp_dir().join(format!("designia-small-disk-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        let options = format!("size={size},mode=0777");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(&path).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self(path));
        }
        fs::remove_dir(&path).unwrap();
        let told = "SKIPPED: bad_days: a full disk: only root may mount one\n";
        std::io::stderr().write_all(told.as_bytes()).unwrap();
        None
    }

    /// Takes all the room that is left.
    fn fill(&self) -> PathBuf {
        let ballast = self.0.join("ballast");
        let mut file = File::create(&ballast).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
        ballast
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let is_gone = |path: &Path| Command::new("umount").arg("-l").arg(path).status().is_ok_and(|it| it.success());
        if is_gone(&self.0) {
            let _ = fs::remove_dir(&self.0);
        }
    }
}

#[tokio::test]
async fn a_full_disk_is_told_as_unavailable_and_is_over_when_there_is_room() {
    let Some(disk) = SmallDisk::mount("160m") else { return };
    let Some(postgres) = PrivatePostgres::fast().data_under(&disk.0).launch_or_skip() else { return };
    let day = Day::on(postgres).await;
    let node = day.node().await;
    node.until_ready().await;
    let ballast = disk.fill();
    let body = json!({ "items": node.cart(&[("salt-cellar", 1)]).await, "currency": "EUR" });
    let mut placed = Vec::new();
    // There is room in the files that are there already.
    let refused = loop {
        let answer = node.post("buyer", CHECKOUT, body.clone()).await;
        match answer.status {
            200 | 202 => placed.push(answer.body["order_id"].as_str().unwrap().to_owned()),
            _ => break answer,
        }
    };
    is_unavailable(refused);
    fs::remove_file(ballast).unwrap();
    // A server that found no room for its log has ended, and somebody starts it again.
    if PgConnection::connect(&day.postgres.url()).await.is_err() {
        eprintln!("the disk was too full for the server's log, and the server had ended");
        day.postgres.restart().unwrap();
    }
    node.until_ready().await;
    for order in &placed {
        assert_eq!(node.order("buyer", order).await["id"], order.as_str());
    }
    day.is_good(&node).await;
    drop(node);
    day.ends().await;
}
