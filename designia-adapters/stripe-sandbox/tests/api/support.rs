//! A client that speaks plain HTTP, and an endpoint that receives webhooks.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use designia_stripe_sandbox::{Builder, Sandbox, SandboxClock};
use reqwest::Method;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub(crate) const START: i64 = 1_800_000_000;
pub(crate) const SECRET: &str = "whsec_of_the_tests";

/// A sandbox at [`START`] and a client of it.
pub(crate) struct Stripe {
    pub(crate) sandbox: Sandbox,
    pub(crate) http: reqwest::Client,
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(crate) fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    pub(crate) fn message(&self) -> &str {
        self.body["error"]["message"].as_str().unwrap_or_default()
    }

    pub(crate) fn id(&self) -> String {
        self.body["id"].as_str().unwrap_or_else(|| panic!("no id in {self:?}")).to_owned()
    }

    pub(crate) fn data(&self) -> &[Value] {
        self.body["data"].as_array().map_or(&[], Vec::as_slice)
    }

    pub(crate) fn ids(&self) -> Vec<String> {
        self.data().iter().map(|object| object["id"].as_str().unwrap().to_owned()).collect()
    }
}

pub(crate) fn builder() -> Builder {
    Sandbox::builder().clock(SandboxClock::starting_at(START)).seed(42)
}

impl Stripe {
    pub(crate) async fn start() -> Self {
        Self::from(builder()).await
    }

    pub(crate) async fn from(builder: Builder) -> Self {
        let sandbox = builder.start().await.unwrap();
        // Our own client needs a provider; the sandbox did not install one behind our back.
        rustls::crypto::ring::default_provider().install_default().unwrap_or_default();
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(20))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        Self { sandbox, http }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.sandbox.base_url())).bearer_auth("sk_test_designia")
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        send(self.request(Method::GET, path)).await.unwrap()
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        send(self.request(Method::DELETE, path)).await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Reply {
        self.try_post(path, None, form).await.unwrap()
    }

    pub(crate) async fn post_with_key(&self, path: &str, key: &str, form: &[(&str, &str)]) -> Reply {
        self.try_post(path, Some(key), form).await.unwrap()
    }

    pub(crate) async fn try_post(
        &self,
        path: &str,
        key: Option<&str>,
        form: &[(&str, &str)],
    ) -> Result<Reply, reqwest::Error> {
        let mut request = self.request(Method::POST, path).form(form);
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        send(request).await
    }

    pub(crate) async fn control(&self, path: &str, body: Value) -> Reply {
        send(self.request(Method::POST, path).json(&body)).await.unwrap()
    }

    /// A session of 25.00 EUR that takes cards and vouchers.
    pub(crate) async fn session(&self) -> String {
        self.session_with(&[]).await
    }

    pub(crate) async fn session_with(&self, more: &[(&str, &str)]) -> String {
        let reply = self.post("/v1/checkout/sessions", &session_form(more)).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.id()
    }

    pub(crate) async fn retrieve(&self, session: &str) -> Value {
        self.get(&format!("/v1/checkout/sessions/{session}")).await.body
    }

    /// A session that has been paid by card: its PaymentIntent.
    pub(crate) async fn paid_intent(&self) -> String {
        let session = self.session().await;
        let paid = self.sandbox.pay(&session, designia_stripe_sandbox::Card::Visa).unwrap();
        paid["payment_intent"].as_str().unwrap().to_owned()
    }

    pub(crate) fn event_types(&self) -> Vec<String> {
        let events = self.sandbox.objects();
        events.of("event").iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.sandbox.clock().advance(Duration::from_secs(seconds));
    }
}

pub(crate) fn session_form<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut form = vec![
        ("mode", "payment"),
        ("success_url", "https://shop.example/thanks?session={CHECKOUT_SESSION_ID}"),
        ("line_items[0][price_data][currency]", "eur"),
        ("line_items[0][price_data][unit_amount]", "1250"),
        ("line_items[0][price_data][product_data][name]", "Teapot"),
        ("line_items[0][quantity]", "2"),
    ];
    form.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    form.extend(more.iter().filter(|(_, value)| *value != "-"));
    form
}

pub(crate) async fn send(request: reqwest::RequestBuilder) -> Result<Reply, reqwest::Error> {
    let response = request.send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await?;
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Ok(Reply { status, headers, body })
}

/// A webhook that arrived.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub(crate) signature: String,
    pub(crate) body: String,
}

impl Letter {
    pub(crate) fn event(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn kind(&self) -> String {
        self.event()["type"].as_str().unwrap().to_owned()
    }

    pub(crate) fn id(&self) -> String {
        self.event()["id"].as_str().unwrap().to_owned()
    }
}

/// An endpoint that keeps what it gets and answers what it is told to.
pub(crate) struct Endpoint {
    pub(crate) url: String,
    state: Arc<Inbox>,
    server: JoinHandle<()>,
}

struct Inbox {
    letters: watch::Sender<Vec<Letter>>,
    status: Mutex<StatusCode>,
}

impl Endpoint {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let state = Arc::new(Inbox { letters: watch::Sender::new(Vec::new()), status: Mutex::new(StatusCode::OK) });
        let router = axum::Router::new().route("/hook", post(receive)).with_state(Arc::clone(&state));
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, state, server }
    }

    pub(crate) fn answers(&self, status: u16) {
        *self.state.status.lock().unwrap() = StatusCode::from_u16(status).unwrap();
    }

    pub(crate) fn letters(&self) -> Vec<Letter> {
        self.state.letters.borrow().clone()
    }

    pub(crate) fn kinds(&self) -> Vec<String> {
        self.letters().iter().map(Letter::kind).collect()
    }

    /// Waits until so many webhooks have come.
    pub(crate) async fn until(&self, count: usize) -> Vec<Letter> {
        let mut letters = self.state.letters.subscribe();
        let arrived = letters.wait_for(|letters| letters.len() >= count);
        tokio::time::timeout(Duration::from_secs(20), arrived).await.expect("webhooks did not come").unwrap().clone()
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn receive(State(inbox): State<Arc<Inbox>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let letter = Letter {
        signature: headers["stripe-signature"].to_str().unwrap().to_owned(),
        body: String::from_utf8(body.to_vec()).unwrap(),
    };
    inbox.letters.send_modify(|letters| letters.push(letter));
    *inbox.status.lock().unwrap()
}

/// Runs the sender of webhooks until it has nothing to do.
pub(crate) async fn settle(stripe: &Stripe) {
    tokio::time::timeout(Duration::from_secs(20), stripe.sandbox.webhooks().idle()).await.expect("never idle");
}

/// Waits until every one-shot fault has struck.
pub(crate) async fn struck(stripe: &Stripe) {
    while !stripe.sandbox.faults().list().is_empty() {
        tokio::task::yield_now().await;
    }
}
