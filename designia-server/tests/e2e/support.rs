//! A whole server in this process: its own port, sandbox, database and clock, used over HTTP as by anyone. Or several of them
//! over one database and one sandbox.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use designia_core::ports::{TaskFilter, TaskPage};
use designia_core::service::Engine;
use designia_core::service::catalog::RESCALE;
use designia_server::config::Secret;
use designia_server::demo::people::DemoPerson;
use designia_server::instance::{Host, Instance};
use designia_server::serve::Ended;
use designia_server::wiring::WiringError;
use designia_stripe_sandbox::{Sandbox, SandboxClock, Webhooks};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

mod buying;
mod place;

pub(crate) use buying::{id, kinds};
pub(crate) use place::Place;

/// 22 November 2026, noon.
const START: i64 = 1_795_348_800;

/// How long a condition may take to come true, in real time.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) const HOUR: Duration = Duration::from_secs(3600);
pub(crate) const GOOD: &str = "4242424242424242";

/// How to stop a server, and how it ends.
type Running = (oneshot::Sender<()>, JoinHandle<Result<Ended, WiringError>>);

pub(crate) struct Server {
    pub(crate) base: String,
    pub(crate) sandbox: String,
    pub(crate) clock: SandboxClock,
    pub(crate) webhooks: Webhooks,
    pub(crate) engine: Engine,
    /// What the demo's people log in with.
    pub(crate) people: HashMap<&'static str, (&'static str, Secret)>,
    /// What they got for it.
    tokens: tokio::sync::Mutex<HashMap<String, String>>,
    http: reqwest::Client,
    running: Mutex<Option<Running>>,
    _remote: Option<Sandbox>,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<String>,
    pub(crate) location: Option<String>,
    pub(crate) body: Value,
}

/// What a test needs of the sandbox, wherever it runs.
struct Stripe {
    base: String,
    clock: SandboxClock,
    webhooks: Webhooks,
}

impl Stripe {
    fn of(sandbox: &Sandbox) -> Self {
        Self { base: sandbox.base_url(), clock: sandbox.clock(), webhooks: sandbox.webhooks() }
    }
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
    /// A node with a Stripe of its own, on a clock that the test pushes.
    pub(crate) async fn start(place: &Place, args: &[&str]) -> Self {
        Self::start_with(place, args, Host::new()).await
    }

    /// The same, with what a host puts into it.
    pub(crate) async fn start_with(place: &Place, args: &[&str], host: Host) -> Self {
        let clock = SandboxClock::starting_at(START);
        let instance = Instance::prepare_for(&place.config(args), clock, host).await.unwrap();
        let stripe = Stripe::of(instance.sandbox.as_ref().unwrap());
        let server = Self::run(place, instance, stripe);
        server.until_rates().await;
        server
    }

    /// A server whose Stripe is another process as far as it knows, with this webhook secret.
    pub(crate) async fn with_remote_stripe(webhook_secret: &str) -> Self {
        let remote = Sandbox::builder().start().await.unwrap();
        let server = Self::node(&Place::memory(), &remote, webhook_secret, &[]).await;
        server.until_rates().await;
        Self { _remote: Some(remote), ..server }
    }

    /// One of several nodes of a place, all with the same Stripe. It may have no rates and no database yet.
    pub(crate) async fn node(place: &Place, stripe: &Sandbox, webhook_secret: &str, args: &[&str]) -> Self {
        Self::node_of(place, stripe, webhook_secret, args, Host::new()).await
    }

    /// The same, with what a host puts into it.
    pub(crate) async fn node_of(
        place: &Place,
        stripe: &Sandbox,
        webhook_secret: &str,
        args: &[&str],
        host: Host,
    ) -> Self {
        let base = stripe.base_url();
        let keys = ["--stripe-secret-key", "sk_test_x", "--stripe-webhook-secret", webhook_secret];
        let config = place.config(&[&keys[..], &["--stripe-api-base", &base], args].concat());
        let instance = Instance::prepare_for(&config, SandboxClock::real(), host).await.unwrap();
        Self::run(place, instance, Stripe::of(stripe))
    }

    fn run(place: &Place, instance: Instance, stripe: Stripe) -> Self {
        let held = Arc::clone(&place.nodes);
        let (stop, stopped) = oneshot::channel();
        let stopped = async move {
            let _ = stopped.await;
        };
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().tls_certs_only([]);
        Self {
            base: format!("http://{}", instance.address),
            sandbox: stripe.base,
            webhooks: stripe.webhooks,
            clock: stripe.clock,
            engine: instance.engine.clone(),
            people: instance.demo_people().map(|(person, word)| (person.name, (person.email, word))).collect(),
            tokens: tokio::sync::Mutex::default(),
            http: http.build().unwrap(),
            running: Mutex::new(Some((
                stop,
                tokio::spawn(async move {
                    let ended = instance.run(stopped).await;
                    drop(held);
                    ended
                }),
            ))),
            _remote: None,
        }
    }

    async fn until_rates(&self) {
        let usable = async || self.engine.rate_status().await.is_ok_and(|status| status.is_usable);
        self.until("rates are there", usable).await;
        // The demo's goods are in euros: a bound in dollars lets all of them through once their prices can be compared with it.
        let count = async |bound: &str| {
            let page = self.get("", &format!("/api/marketplace/products/search/?{bound}")).await;
            page.body["count"].as_u64().filter(|count| *count > 0)
        };
        let compared = async || {
            let all = count("").await;
            all.is_some() && count("price_min=0.01&currency=USD").await == all
        };
        self.until("lists follow the rates", compared).await;
        let console = &self.engine.ports().tasks.console;
        let filter = TaskFilter { kind: Some(RESCALE.parse().unwrap()), ..TaskFilter::default() };
        let idle = async || {
            let tasks = console.tasks(&filter, TaskPage { below: None, limit: 9 }).await.unwrap();
            tasks.iter().all(|task| task.state.is_final())
        };
        self.until("nothing of that is left to do", idle).await;
    }

    /// Waits until the node says that it can do its work.
    pub(crate) async fn until_ready(&self) {
        self.until("it is ready", async || self.get("", "/health/ready").await.status == 200).await;
    }

    pub(crate) async fn stop(&self) -> Ended {
        let (stop, running) = self.running.lock().unwrap().take().unwrap();
        stop.send(()).unwrap();
        running.await.unwrap().unwrap()
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    /// Somebody's token: they log in when they first need one.
    pub(crate) async fn token(&self, who: &str) -> Result<String, Answer> {
        let mut tokens = self.tokens.lock().await;
        if let Some(token) = tokens.get(who) {
            return Ok(token.clone());
        }
        let (email, password) = &self.people[who];
        let body = json!({ "email": email, "password": password.expose() });
        let log_in = || Self::try_answer(self.request(Method::POST, "/api/auth/login/").json(&body));
        let mut answer = log_in().await.unwrap();
        if answer.status == 401 {
            // A node listens before it has opened the database and put the demo's people into it.
            let health = || Self::try_answer(self.request(Method::GET, "/health/ready"));
            self.until("it is ready", async || health().await.unwrap().status == 200).await;
            answer = log_in().await.unwrap();
        }
        let Some(token) = answer.body["access"].as_str().map(str::to_owned) else { return Err(answer) };
        tokens.insert(who.to_owned(), token.clone());
        Ok(token)
    }

    /// Somebody brings the token that another node gave them: one that only works has nowhere to log in.
    pub(crate) async fn bring(&self, who: &str, from: &Self) {
        let token = from.token(who).await.ok().unwrap();
        self.tokens.lock().await.insert(who.to_owned(), token);
    }

    /// The answer to a request of somebody's, who logs in again when that is over: tests push the clock by days.
    async fn asked(&self, who: &str, request: RequestBuilder) -> Result<Answer, reqwest::Error> {
        if DemoPerson::named(who).is_none() {
            return Self::try_answer(request).await;
        }
        let again = request.try_clone().unwrap();
        let token = match self.token(who).await {
            Ok(token) => token,
            Err(refused) => return Ok(refused),
        };
        let answer = Self::try_answer(request.bearer_auth(token)).await?;
        if answer.status != 401 {
            return Ok(answer);
        }
        self.tokens.lock().await.remove(who);
        match self.token(who).await {
            Ok(token) => Self::try_answer(again.bearer_auth(token)).await,
            Err(refused) => Ok(refused),
        }
    }

    async fn answer(request: RequestBuilder) -> Answer {
        Self::try_answer(request).await.unwrap()
    }

    async fn try_answer(request: RequestBuilder) -> Result<Answer, reqwest::Error> {
        let response = request.send().await?;
        let status = response.status().as_u16();
        let header = |name| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let (retry_after, location) = (header("retry-after"), header("location"));
        let text = response.text().await?;
        Ok(Answer { status, retry_after, location, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) })
    }

    pub(crate) async fn get(&self, who: &str, path: &str) -> Answer {
        self.asked(who, self.request(Method::GET, path)).await.unwrap()
    }

    pub(crate) async fn post(&self, who: &str, path: &str, body: Value) -> Answer {
        self.asked(who, self.request(Method::POST, path).json(&body)).await.unwrap()
    }

    pub(crate) async fn send(&self, who: &str, method: Method, path: &str, body: Value) -> Answer {
        self.asked(who, self.request(method, path).json(&body)).await.unwrap()
    }

    pub(crate) async fn post_with_key(&self, who: &str, path: &str, key: &str, body: &Value) -> Answer {
        self.try_post_with_key(who, path, key, body).await.unwrap()
    }

    /// The same, where nobody may be there.
    pub(crate) async fn try_post_with_key(
        &self,
        who: &str,
        path: &str,
        key: &str,
        body: &Value,
    ) -> Result<Answer, reqwest::Error> {
        self.asked(who, self.request(Method::POST, path).header("idempotency-key", key).json(body)).await
    }

    /// A page, with its headers.
    pub(crate) async fn get_page(&self, who: &str, path: &str) -> reqwest::Response {
        {
            let request = self.request(Method::GET, path);
            let request = match DemoPerson::named(who) {
                Some(_) => request.bearer_auth(self.token(who).await.ok().unwrap()),
                None => request,
            };
            request.send().await.unwrap()
        }
    }

    /// A GET by somebody who can unpack.
    pub(crate) async fn get_packed(&self, path: &str) -> reqwest::Response {
        self.request(Method::GET, path).header("accept-encoding", "gzip").send().await.unwrap()
    }

    /// A request with a body that is no JSON, such as a file.
    pub(crate) async fn post_file(&self, who: &str, path: &str, kind: &str, body: Vec<u8>) -> Answer {
        self.asked(who, self.request(Method::POST, path).header("content-type", kind).body(body)).await.unwrap()
    }

    /// A request with one header more.
    pub(crate) async fn send_with(
        &self,
        who: &str,
        method: Method,
        path: &str,
        header: (&str, &str),
        body: Value,
    ) -> Answer {
        self.asked(who, self.request(method, path).header(header.0, header.1).json(&body)).await.unwrap()
    }

    /// A POST of raw bytes, as a stranger sends them.
    pub(crate) async fn post_raw(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let request = self.http.post(format!("{}{path}", self.base)).body(body.to_owned());
        Self::answer(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
    }

    pub(crate) async fn control(&self, path: &str, body: Value) -> Value {
        Self::answer(self.http.post(format!("{}/_sandbox/{path}", self.sandbox)).json(&body)).await.ok()
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

/// Runs tests on every kind of database; each is a function of the place where its orders are.
macro_rules! on_every_database {
    ($($rule:ident),+ $(,)?) => {
        mod in_memory {
            $(#[tokio::test]
            async fn $rule() {
                super::$rule(&$crate::support::Place::memory()).await;
            })+
        }

        mod on_postgres {
            $(#[tokio::test]
            async fn $rule() {
                if let Some(place) = $crate::support::Place::postgres() {
                    super::$rule(&place).await;
                    place.quiet().await;
                }
            })+
        }
    };
}
pub(crate) use on_every_database;
