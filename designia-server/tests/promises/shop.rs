//! A running server with its sandbox, and the people who use it.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use designia_core::ports::{InboxFilter, InboxState, PageRequest, Ports, TaskFilter, TaskPage};
use designia_core::task::{KindName, ScheduleName, TaskRecord, TaskState};
use designia_core::time::Timestamp;
use designia_core::worker::kinds::RECONCILE;
use designia_server::cli;
use designia_server::config::{EnvFile, Environment, Secret};
use designia_server::instance::Instance;
use designia_stripe_sandbox::{Fault, FaultKind, Faults, SandboxClock, Webhooks};
use reqwest::Method;
use ring::hmac;
use serde_json::{Value, json};
use tokio::sync::{Mutex, oneshot};
use tokio::task::JoinHandle;

pub(crate) const GOOD_CARD: &str = "4242424242424242";
pub(crate) const DECLINED_CARD: &str = "4000000000000002";
pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);
pub(crate) const HOUR: Duration = Duration::from_secs(60 * 60);

/// What signs webhooks in these tests.
const WEBHOOK_SECRET: &str = "whsec_known_to_the_tests";

/// When the tests' time begins.
const START: i64 = 1_795_348_800;

/// How long anything may take in real time before the test gives up.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Shop {
    http: reqwest::Client,
    api: String,
    stripe: String,
    /// What the demo's people log in with.
    people: BTreeMap<&'static str, (&'static str, Secret)>,
    /// What they got for it.
    tokens: Mutex<BTreeMap<String, String>>,
    pub(crate) clock: SandboxClock,
    pub(crate) webhooks: Webhooks,
    faults: Faults,
    ports: Ports,
    directory: PathBuf,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
}

/// An order that was just begun.
pub(crate) struct Begun {
    pub(crate) order: String,
    /// Where to pay; absent if the provider's answer was lost.
    pub(crate) url: Option<String>,
}

impl Shop {
    /// A shop with a database of its own that treats late money so.
    pub(crate) async fn open(name: &str, late_payment: &str) -> Self {
        let directory = std::env::temp_dir().join(format!("designia-promises-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let database = format!("sqlite://{}", directory.join("designia.db").display());
        let args = [
            "designia-server",
            "--bind",
            "127.0.0.1:0",
            "--data-dir",
            directory.to_str().unwrap(),
            "--database-url",
            &database,
            "--late-payment",
            late_payment,
            "--sweep-interval",
            "100ms",
            "--log",
            "warn",
            "--rate-limits",
            "off",
            "--stripe-webhook-secret",
            WEBHOOK_SECRET,
        ];
        let args = args.into_iter().map(OsString::from).collect();
        let (_, config) = cli::parse(args, &Environment::default(), &EnvFile::default()).unwrap();
        let instance = Instance::prepare(&config, SandboxClock::starting_at(START)).await.unwrap();
        let sandbox = instance.sandbox.as_ref().unwrap();
        let (stop, stopped) = oneshot::channel();
        let shop = Self {
            http: reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap(),
            api: format!("http://{}", instance.address),
            stripe: sandbox.base_url(),
            people: instance.demo_people().map(|(person, word)| (person.name, (person.email, word))).collect(),
            tokens: Mutex::default(),
            clock: sandbox.clock(),
            webhooks: sandbox.webhooks(),
            faults: sandbox.faults(),
            ports: instance.engine.ports().clone(),
            directory,
            stop: Some(stop),
            serving: tokio::spawn(async move {
                let stop = async {
                    // A dropped sender is a test that has failed: the server ends with it.
                    let _ = stopped.await;
                };
                instance.run(stop).await.unwrap();
            }),
        };
        // The other promises must hold without it.
        shop.compares(false).await;
        shop
    }

    /// Whether the provider's record is compared every five minutes.
    pub(crate) async fn compares(&self, enabled: bool) {
        let (name, now) = (ScheduleName::fixed(RECONCILE), Timestamp::from_secs(self.clock.now()));
        let stored = async {
            while !self.ports.tasks.schedules.set_enabled(&name, enabled, now).await.unwrap() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, stored).await.unwrap();
    }

    /// Waits until the provider's record has been compared up to the last time for it.
    pub(crate) async fn until_compared(&self) {
        let due = Timestamp::from_secs(self.clock.now().div_euclid(300) * 300);
        let compared = async {
            while self.ports.inbox.reconciled_until().await.unwrap().is_none_or(|until| until < due) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, compared).await.unwrap();
    }

    /// Asks for a comparison with the provider's record, as a person would: the scheduler looks at the pushed clock every 15 s only.
    pub(crate) async fn ask_to_compare(&self) {
        let path = format!("/api/admin/schedules/{RECONCILE}/run/");
        let (status, body) = self.call("admin", Method::POST, &path, None).await;
        assert_eq!(status, 202, "{body}");
    }

    /// Compares, and waits until that is over: somebody who asks meanwhile is told of this comparison.
    pub(crate) async fn compare(&self) {
        self.ask_to_compare().await;
        self.until_compared().await;
        self.until_task(RECONCILE, |task| task.state == TaskState::Success).await;
    }

    /// Waits until the latest task of a kind is so.
    pub(crate) async fn until_task(&self, kind: &'static str, is_so: impl Fn(&TaskRecord) -> bool) {
        let filter = TaskFilter { kind: Some(KindName::fixed(kind)), ..TaskFilter::default() };
        let looking = async {
            loop {
                let page = TaskPage { below: None, limit: 1 };
                if self.ports.tasks.console.tasks(&filter, page).await.unwrap().first().is_some_and(&is_so) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, looking).await.unwrap();
    }

    /// How many events of the provider's are known here.
    pub(crate) async fn known_events(&self) -> usize {
        let mut known = 0;
        for state in InboxState::ALL {
            let page = PageRequest { after: None, limit: 1_000 };
            known += self.ports.inbox.events(&InboxFilter::of(state), page).await.unwrap().rows.len();
        }
        known
    }

    pub(crate) async fn close(mut self) {
        let _ = self.stop.take().unwrap().send(());
        (&mut self.serving).await.unwrap();
        std::fs::remove_dir_all(&self.directory).unwrap();
    }

    /// Sends a request to the server as one of the demo's people.
    pub(crate) async fn call(&self, who: &str, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let (mut status, mut answer) = self.call_once(who, method.clone(), path, body.as_ref()).await;
        if status == 401 {
            // Its time is over: the tests push the clock.
            self.tokens.lock().await.remove(who);
            (status, answer) = self.call_once(who, method, path, body.as_ref()).await;
        }
        (status, answer)
    }

    async fn call_once(&self, who: &str, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
        let token = self.token(who).await;
        let mut request = self.http.request(method, format!("{}{path}", self.api)).bearer_auth(token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn token(&self, who: &str) -> String {
        let mut tokens = self.tokens.lock().await;
        if let Some(token) = tokens.get(who) {
            return token.clone();
        }
        let (email, password) = &self.people[who];
        let body = json!({ "email": email, "password": password.expose() });
        let response = self.http.post(format!("{}/api/auth/login/", self.api)).json(&body).send().await.unwrap();
        let answer: Value = response.json().await.unwrap();
        let token = answer["access"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
        tokens.insert(who.to_owned(), token.clone());
        token
    }

    /// A request that must succeed.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, body) = self.call("buyer", Method::GET, path, None).await;
        assert!((200..300).contains(&status), "{path}: {status} {body}");
        body
    }

    /// Something that happens at the provider.
    pub(crate) async fn at_stripe(&self, path: &str, body: Value) -> Value {
        let response = self.http.post(format!("{}{path}", self.stripe)).json(&body).send().await.unwrap();
        response.json().await.unwrap()
    }

    /// Something that a person does in the provider's dashboard.
    pub(crate) async fn at_dashboard(&self, path: &str, form: &[(&str, &str)]) -> Value {
        let request = self.http.post(format!("{}{path}", self.stripe)).bearer_auth("sk_test_of_a_person").form(form);
        request.send().await.unwrap().json().await.unwrap()
    }

    /// Everything of a kind that the provider holds.
    pub(crate) async fn objects(&self, kind: &str) -> Vec<Value> {
        let objects: Value =
            self.http.get(format!("{}/_sandbox/objects", self.stripe)).send().await.unwrap().json().await.unwrap();
        objects["objects"][kind].as_array().cloned().unwrap_or_default()
    }

    /// How many requests with this method and path the provider has executed or refused.
    pub(crate) async fn requests(&self, method: &str, path: &str) -> usize {
        self.request_log().await.iter().filter(|it| is(it, method, path)).count()
    }

    /// Waits until the provider has seen a request.
    pub(crate) async fn until_requested(&self, method: &str, path: &str) {
        let seen = async {
            while self.requests(method, path).await == 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, seen).await.unwrap();
    }

    /// The different idempotency keys under which something was asked.
    pub(crate) async fn idempotency_keys(&self, method: &str, path: &str) -> BTreeSet<String> {
        let matching = self.request_log().await.into_iter().filter(|it| is(it, method, path));
        matching.map(|it| it["idempotency_key"].as_str().unwrap().to_owned()).collect()
    }

    async fn request_log(&self) -> Vec<Value> {
        let log: Value =
            self.http.get(format!("{}/_sandbox/requests", self.stripe)).send().await.unwrap().json().await.unwrap();
        log["requests"].as_array().unwrap().clone()
    }

    /// Sends a webhook as the provider would, or as somebody who doesn't know the secret.
    pub(crate) async fn send_webhook(&self, body: &[u8], knows_the_secret: bool) -> u16 {
        let at = self.clock.now();
        let secret = if knows_the_secret { WEBHOOK_SECRET } else { "whsec_somebody_elses" };
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let signed = [format!("{at}.").as_bytes(), body].concat();
        let signature = format!("t={at},v1={}", hex::encode(hmac::sign(&key, &signed)));
        let url = format!("{}/api/payments/stripe_webhook/", self.api);
        let request = self.http.post(url).header("Stripe-Signature", signature).body(body.to_vec());
        request.send().await.unwrap().status().as_u16()
    }

    /// Waits until every webhook event that came in has been folded.
    pub(crate) async fn until_inbox_is_empty(&self) {
        let page = || PageRequest { after: None, limit: 1 };
        let empty = async {
            while !self.ports.inbox.events(&InboxFilter::of(InboxState::Waiting), page()).await.unwrap().rows.is_empty()
            {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, empty).await.unwrap();
    }

    pub(crate) async fn order_cups(&self, quantity: u32) -> Begun {
        let product = self.get("/api/marketplace/products/espresso-cup/").await;
        let items = json!([{ "product_id": product["id"], "quantity": quantity }]);
        let (status, body) =
            self.call("buyer", Method::POST, "/api/payments/checkout_session/", Some(json!({ "items": items }))).await;
        assert!(status == 200 || status == 202, "{status} {body}");
        Begun { order: body["order_id"].as_str().unwrap().to_owned(), url: body["url"].as_str().map(ToOwned::to_owned) }
    }

    /// The page of a new or the same attempt.
    pub(crate) async fn pay_again(&self, order: &str) -> Option<String> {
        let body = self.get(&format!("/api/payments/checkout_session/retry/{order}/")).await;
        body["url"].as_str().map(ToOwned::to_owned)
    }

    pub(crate) async fn stock(&self) -> u64 {
        self.get("/api/marketplace/products/espresso-cup/").await["stock_quantity"].as_u64().unwrap()
    }

    pub(crate) async fn order(&self, id: &str) -> Value {
        self.get(&format!("/api/marketplace/orders/{id}/")).await
    }

    /// Looks until the order is so, and returns it.
    pub(crate) async fn until(&self, id: &str, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let looking = async {
            loop {
                let order = self.order(id).await;
                if is_so(&order) {
                    return order;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        match tokio::time::timeout(PATIENCE, looking).await {
            Ok(order) => order,
            Err(_) => panic!("the order never became {what}: {:#}", self.order(id).await),
        }
    }

    pub(crate) async fn until_status(&self, id: &str, status: &str) -> Value {
        self.until(id, status, |order| order["status"] == status).await
    }

    /// Both sides agree about this order's money: (status, payment status).
    pub(crate) async fn until_settled(&self, id: &str, status: &str, payment: &str) -> Value {
        self.until(id, &format!("{status} and {payment}"), |order| {
            order["status"] == status && order["payment_status"] == payment
        })
        .await
    }

    pub(crate) fn fault(&self, kind: FaultKind, method: &str, path: &str) {
        self.faults.add(Fault::once(kind).on(method, path));
    }

    /// Strikes every event.
    pub(crate) fn always(&self, kind: FaultKind) {
        self.faults.add(Fault::percent(kind, 100));
    }

    pub(crate) fn drop_every_webhook(&self) {
        self.always(FaultKind::WebhookDrop);
    }

    pub(crate) fn mend(&self) {
        self.faults.clear();
    }

    /// The provider holds just this much of the buyer's money: what was charged minus what went back.
    pub(crate) async fn money_at_stripe(&self) -> i64 {
        let charges = self.objects("charge").await;
        let paid = charges.iter().filter(|charge| charge["status"] == "succeeded" && charge["paid"] == true);
        paid.map(|charge| charge["amount"].as_i64().unwrap() - charge["amount_refunded"].as_i64().unwrap()).sum()
    }
}

/// Whether a request has this method and path, in which `*` stands for one segment.
fn is(request: &Value, method: &str, path: &str) -> bool {
    let actual = request["path"].as_str().unwrap();
    let same = |(wanted, found): (&str, &str)| wanted == "*" || wanted == found;
    request["method"] == method
        && path.split('/').count() == actual.split('/').count()
        && path.split('/').zip(actual.split('/')).all(same)
}

/// The session's id in the address of its page.
pub(crate) fn session_of(url: &str) -> String {
    let start = url.find("cs_").unwrap();
    url[start..].split(['?', '#', '/']).next().unwrap().to_owned()
}

/// The kinds of things that happened, in order.
pub(crate) fn timeline(order: &Value) -> Vec<&str> {
    order["timeline"].as_array().unwrap().iter().map(|entry| entry["type"].as_str().unwrap()).collect()
}

/// How often a kind of thing happened.
pub(crate) fn count(order: &Value, kind: &str) -> usize {
    timeline(order).into_iter().filter(|it| *it == kind).count()
}
