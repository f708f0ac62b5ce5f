//! A whole server in this process: its own port, sandbox, database and clock, used over HTTP as by anyone.

#![expect(clippy::unwrap_used, reason = "helpers of tests stand outside of #[test] functions")]

use std::time::Duration;

use designia_core::service::Engine;
use designia_server::cli::parse;
use designia_server::config::{Config, EnvFile, Environment};
use designia_server::http::auth::{Account, Tokens};
use designia_server::instance::Instance;
use designia_server::serve::Ended;
use designia_stripe_sandbox::{Sandbox, SandboxClock, Webhooks};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// 22 November 2026, noon.
const START: i64 = 1_795_348_800;

/// How long a condition may take to come true, in real time.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const HOUR: Duration = Duration::from_secs(3600);
pub(crate) const GOOD: &str = "4242424242424242";

pub(crate) fn config(args: &[&str]) -> Config {
    let fixed = ["designia-server", "--database-url", "memory:", "--bind", "127.0.0.1:0", "--sweep-interval", "50ms"];
    let fixed = fixed.iter().chain(&["--jwt-secret", "a secret of at least thirty-two bytes"]);
    let args = fixed.chain(args).map(Into::into).collect();
    parse(args, &Environment::default(), &EnvFile::default()).unwrap().1
}

pub(crate) struct Server {
    pub(crate) base: String,
    pub(crate) sandbox: String,
    pub(crate) clock: SandboxClock,
    pub(crate) webhooks: Webhooks,
    pub(crate) engine: Engine,
    tokens: Tokens,
    http: reqwest::Client,
    stop: oneshot::Sender<()>,
    running: JoinHandle<std::io::Result<Ended>>,
    _remote: Option<Sandbox>,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Answer {
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "{} {}", self.status, self.body);
        self.body
    }

    #[track_caller]
    pub(crate) fn refused(self, status: u16, code: &str) -> Value {
        assert_eq!((self.status, self.body["code"].as_str()), (status, Some(code)), "{}", self.body);
        self.body
    }
}

impl Server {
    pub(crate) async fn start(args: &[&str]) -> Self {
        Self::with(&config(args)).await
    }

    pub(crate) async fn with(config: &Config) -> Self {
        let instance = Instance::prepare(config, SandboxClock::starting_at(START)).await.unwrap();
        Self::run(instance, None).await
    }

    /// A server whose Stripe is another process as far as it knows, with this webhook secret.
    pub(crate) async fn with_remote_stripe(webhook_secret: &str) -> Self {
        let remote = Sandbox::builder().start().await.unwrap();
        let base = remote.base_url();
        let args = ["--stripe-secret-key", "sk_test_x", "--stripe-webhook-secret", webhook_secret];
        let config = config(&[&args[..], &["--stripe-api-base", &base]].concat());
        let instance = Instance::prepare(&config, SandboxClock::real()).await.unwrap();
        Self::run(instance, Some(remote)).await
    }

    async fn run(instance: Instance, remote: Option<Sandbox>) -> Self {
        let sandbox = remote.as_ref().or(instance.sandbox.as_ref()).unwrap();
        let (stop, stopped) = oneshot::channel();
        let stopped = async move {
            let _ = stopped.await;
        };
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().tls_certs_only([]);
        let server = Self {
            base: format!("http://{}", instance.address),
            sandbox: sandbox.base_url(),
            webhooks: sandbox.webhooks(),
            clock: sandbox.clock(),
            engine: instance.engine.clone(),
            tokens: instance.tokens.clone(),
            http: http.build().unwrap(),
            stop,
            running: tokio::spawn(instance.run(stopped)),
            _remote: remote,
        };
        server.until("rates are there", async || server.engine.rate_status().await.unwrap().is_usable).await;
        server
    }

    pub(crate) async fn stop(self) -> Ended {
        self.stop.send(()).unwrap();
        self.running.await.unwrap().unwrap()
    }

    fn request(&self, who: &str, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match Account::named(who) {
            Some(account) => request.bearer_auth(self.tokens.of(account).unwrap().expose()),
            None => request,
        }
    }

    async fn answer(request: RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        Answer { status, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) }
    }

    pub(crate) async fn get(&self, who: &str, path: &str) -> Answer {
        Self::answer(self.request(who, Method::GET, path)).await
    }

    pub(crate) async fn post(&self, who: &str, path: &str, body: Value) -> Answer {
        Self::answer(self.request(who, Method::POST, path).json(&body)).await
    }

    pub(crate) async fn send(&self, who: &str, method: Method, path: &str, body: Value) -> Answer {
        Self::answer(self.request(who, method, path).json(&body)).await
    }

    pub(crate) async fn post_with_key(&self, who: &str, path: &str, key: &str, body: &Value) -> Answer {
        Self::answer(self.request(who, Method::POST, path).header("idempotency-key", key).json(body)).await
    }

    /// A GET by somebody who can unpack.
    pub(crate) async fn get_packed(&self, path: &str) -> reqwest::Response {
        self.request("", Method::GET, path).header("accept-encoding", "gzip").send().await.unwrap()
    }

    /// A POST of raw bytes, as a stranger sends them.
    pub(crate) async fn post_raw(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let request = self.http.post(format!("{}{path}", self.base)).body(body.to_owned());
        Self::answer(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
    }

    pub(crate) async fn product(&self, slug: &str) -> Value {
        self.get("", &format!("/api/marketplace/products/{slug}/")).await.ok()
    }

    pub(crate) async fn stock(&self, slug: &str) -> u64 {
        self.product(slug).await["stock_quantity"].as_u64().unwrap()
    }

    pub(crate) async fn cart(&self, cart: &[(&str, u32)]) -> Value {
        let mut items = Vec::new();
        for (slug, quantity) in cart {
            items.push(json!({ "product_id": self.product(slug).await["id"], "quantity": quantity }));
        }
        Value::Array(items)
    }

    /// The buyer orders; the answer of the checkout.
    pub(crate) async fn checkout(&self, cart: &[(&str, u32)]) -> Value {
        let items = self.cart(cart).await;
        self.post("buyer", "/api/payments/checkout_session/", json!({ "items": items, "currency": "EUR" })).await.ok()
    }

    pub(crate) async fn order(&self, who: &str, id: &str) -> Value {
        self.get(who, &format!("/api/marketplace/orders/{id}/")).await.ok()
    }

    pub(crate) async fn act(&self, who: &str, id: &str, action: &str, body: Value) -> Answer {
        self.post(who, &format!("/api/marketplace/orders/{id}/{action}/"), body).await
    }

    /// Fills in the form of the payment page.
    pub(crate) async fn pay(&self, checkout: &Value, card: &str) {
        let form = [("pay_with", format!("card:{card}"))];
        self.http.post(checkout["url"].as_str().unwrap()).form(&form).send().await.unwrap();
    }

    /// Money that arrives although the page has closed.
    pub(crate) async fn pay_late(&self, checkout: &Value) {
        let session = checkout["url"].as_str().unwrap().rsplit('/').next().unwrap();
        self.control(&format!("sessions/{session}/pay"), json!({ "card": GOOD, "force": true })).await;
    }

    pub(crate) async fn control(&self, path: &str, body: Value) -> Value {
        Self::answer(self.http.post(format!("{}/_sandbox/{path}", self.sandbox)).json(&body)).await.ok()
    }

    /// Waits until the order, as the buyer sees it, has this status.
    pub(crate) async fn until_status(&self, id: &str, status: &str) -> Value {
        self.until(&format!("{id} is {status}"), async || self.order("buyer", id).await["status"] == status).await;
        self.order("buyer", id).await
    }

    /// Waits until the order's money has this status.
    pub(crate) async fn until_paid(&self, id: &str, payment_status: &str) -> Value {
        let holds = async || self.order("buyer", id).await["payment_status"] == payment_status;
        self.until(&format!("the money of {id} is {payment_status}"), holds).await;
        self.order("buyer", id).await
    }

    /// Waits for a condition, which the server's own loops make true.
    pub(crate) async fn until(&self, what: &str, mut holds: impl AsyncFnMut() -> bool) {
        let waiting = async {
            while !holds().await {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        assert!(tokio::time::timeout(PATIENCE, waiting).await.is_ok(), "still not true: {what}");
    }
}

/// The kinds of what happened to an order, oldest first.
pub(crate) fn kinds(order: &Value) -> Vec<&str> {
    order["timeline"].as_array().unwrap().iter().map(|entry| entry["type"].as_str().unwrap()).collect()
}

pub(crate) fn id(checkout: &Value) -> &str {
    checkout["order_id"].as_str().unwrap()
}
