//! A marketplace in the middle of its day: orders in many states, one that waits for a person, and a task that failed for good.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use designia_core::task::Kind;
use designia_core::worker::{TaskContext, TaskError, TaskRegistry};
use designia_server::instance::Host;
use serde_json::{Value, json};

use crate::page::Page;
use crate::support::{GOOD, HOUR, Place, Server, id};

/// How long an unpaid order stands.
const GRACE: Duration = Duration::from_secs(3 * 86_400);

/// A server, and the names of what is on it.
pub(crate) struct Site {
    pub(crate) server: Server,
    marks: BTreeMap<&'static str, String>,
    _place: Place,
}

impl Site {
    /// Goods and people, and nothing that happened.
    pub(crate) async fn open() -> Self {
        let place = Place::memory();
        let host = Host::new().kinds(|_, registry| reports(registry));
        // Money that comes too late waits for a person, who has something to decide.
        let server = Server::start_with(&place, &["--late-payment", "hold"], host).await;
        Self { server, marks: BTreeMap::new(), _place: place }
    }

    /// Much has happened. Paths may name what by `{stuck}`, `{delivered}`, `{paid}`, `{unpaid}`, `{refunded}` and `{failed_task}`.
    pub(crate) async fn furnished() -> Self {
        let mut site = Self::open().await;
        let stuck = site.stuck_order().await;
        let delivered = site.delivered_order().await;
        let refunded = site.refunded_order().await;
        let paid = site.paid_order(&[("espresso-cup", 6), ("field-notebook", 2)]).await;
        let unpaid = id(&site.server.checkout(&[("map-scarf", 1)]).await).to_owned();
        let failed_task = site.failed_task().await;
        // The clock was pushed: who was alive an hour ago has to say so again.
        let workers = async || site.server.get("admin", "/api/admin/workers/").await.ok()["results"].clone();
        site.server.until("a worker is heard of", async || workers().await[0]["phase"] == "working").await;
        site.marks.extend([
            ("{stuck}", stuck),
            ("{delivered}", delivered),
            ("{refunded}", refunded),
            ("{paid}", paid),
            ("{unpaid}", unpaid),
            ("{failed_task}", failed_task),
        ]);
        site
    }

    /// The path, with what it names in its place.
    pub(crate) fn path(&self, path: &str) -> String {
        self.marks.iter().fold(path.to_owned(), |path, (mark, id)| path.replace(mark, id))
    }

    /// One of the demo's people logs in to the console.
    pub(crate) async fn log_in(&self, page: &Page, who: &str) {
        let (email, password) = &self.server.people[who];
        page.log_in(email, password.expose()).await;
    }

    /// Cancelled for want of money, which then came.
    async fn stuck_order(&self) -> String {
        let checkout = self.server.checkout(&[("moon-jar", 1)]).await;
        let id = id(&checkout);
        self.server.clock.advance(GRACE + HOUR);
        self.server.until_status(id, "cancelled").await;
        self.server.pay_late(&checkout).await;
        let waits = async || self.server.order("admin", id).await["attention"].is_array();
        self.server.until("the money waits visibly", waits).await;
        id.to_owned()
    }

    async fn paid_order(&self, cart: &[(&str, u32)]) -> String {
        let checkout = self.server.checkout(cart).await;
        self.server.pay(&checkout, GOOD).await;
        self.server.until_status(id(&checkout), "payment_confirmed").await;
        self.server.clock.advance(HOUR / 2);
        id(&checkout).to_owned()
    }

    async fn delivered_order(&self) -> String {
        let id = self.paid_order(&[("tea-bowl", 2), ("tide-print", 1)]).await;
        for (seller, carrier, number) in [("seller", "DHL", "JD014600003828"), ("seller2", "UPS", "1Z999AA10123456784")]
        {
            self.act(seller, &id, "prepare", json!({})).await;
            self.server.clock.advance(HOUR);
            self.act(seller, &id, "ship", json!({ "shipping_carrier": carrier, "tracking_number": number })).await;
        }
        self.server.clock.advance(26 * HOUR);
        self.act("buyer", &id, "deliver", json!({})).await;
        id
    }

    /// One seller can't send their part, and the buyer then changes their mind about the rest.
    async fn refunded_order(&self) -> String {
        let id = self.paid_order(&[("tea-bowl", 1), ("harbour-print", 1)]).await;
        self.act("seller2", &id, "cancel", json!({ "reason": "broken" })).await;
        self.server.until_paid(&id, "partial_refund").await;
        self.server.clock.advance(HOUR);
        self.act("buyer", &id, "cancel", json!({ "reason": "changed_mind", "comment": "sorry" })).await;
        self.server.until_status(&id, "refunded").await;
        id
    }

    async fn failed_task(&self) -> String {
        let asked = json!({ "kind": "reports.monthly", "args": { "month": "2026-10", "recipients": 3 } });
        let asked = self.server.post("admin", "/api/admin/tasks/", asked).await.ok();
        let path = asked["status_url"].as_str().unwrap();
        let failed = async || self.server.get("admin", path).await.ok()["state"] == "FAILURE";
        self.server.until("the report has failed", failed).await;
        asked["task_id"].as_str().unwrap().to_owned()
    }

    async fn act(&self, who: &str, id: &str, action: &str, body: Value) {
        self.server.act(who, id, action, body).await.ok();
    }
}

/// Adds a kind that fails for good the first time that it runs, and succeeds when somebody tries again.
fn reports(registry: TaskRegistry) -> TaskRegistry {
    let kind = Kind::new("reports.monthly".parse().unwrap(), "reports".parse().unwrap());
    let kind = Kind { about: "writes the month's report and sends it", ..kind };
    let is_again = Arc::new(AtomicBool::new(false));
    registry.add(kind, move |args: Value, context: TaskContext| {
        let is_again = is_again.swap(true, Ordering::Relaxed);
        async move {
            context.progress(1, Some(3), Some("adding up"));
            if is_again { Ok(args) } else { Err(TaskError::fatal("the printer is out of paper")) }
        }
    })
}
