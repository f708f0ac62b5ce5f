//! The demo's people: they use the server as anyone would, over HTTP, and log in first.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::config::Secret;

/// A step of the journey that did not go as it should.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoError {
    /// An answer is not what it should be.
    #[error("{method} {path} was answered with {status}: {body}")]
    Answer { method: Method, path: String, status: StatusCode, body: String },
    /// There is no answer.
    #[error("no answer: {0}")]
    Network(#[from] reqwest::Error),
    /// An answer lacks something.
    #[error("an answer lacks `{0}`")]
    Missing(&'static str),
    /// Something did not come true in time.
    #[error("after {patience:?} it is still not true that {what}")]
    TooSlow { what: String, patience: Duration },
    /// An order ended otherwise than it should.
    #[error("order {order} should end {expected}, and is {found}")]
    WrongEnd { order: String, expected: &'static str, found: String },
    /// The sandbox or the clock is not there.
    #[error("the demo needs the built-in sandbox")]
    NoSandbox,
}

/// A person with a token, or without one.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    http: reqwest::Client,
    base: String,
    log_in: Option<(String, Secret)>,
    token: Arc<Mutex<Option<Secret>>>,
}

impl Person {
    /// Somebody who has not logged in.
    pub(crate) fn at(base: &str) -> Result<Self, DemoError> {
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(20))
            .redirect(reqwest::redirect::Policy::none())
            // Loopback only, and without TLS: a proxy or missing root certificates must not stand in the way.
            .no_proxy()
            .tls_certs_only([])
            .build()?;
        Ok(Self { http, base: base.to_owned(), log_in: None, token: Arc::default() })
    }

    /// Somebody who logs in with this address and password, and again when that is over: the demo's clock runs fast.
    pub(crate) fn who_logs_in(self, email: &str, password: &Secret) -> Self {
        Self { log_in: Some((email.to_owned(), password.clone())), ..self }
    }

    /// Reads.
    pub(crate) async fn get(&self, path: &str) -> Result<Value, DemoError> {
        self.send(Method::GET, path, None).await
    }

    /// Asks for something.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Value, DemoError> {
        self.send(Method::POST, path, Some(body)).await
    }

    /// Fills in the form of the payment page, as a browser would.
    pub(crate) async fn pay_on_page(&self, url: &str, card: &str) -> Result<(), DemoError> {
        let form = [("pay_with", format!("card:{card}"))];
        let response = self.http.post(url).form(&form).send().await?;
        let status = response.status();
        if status.is_redirection() || status.is_success() {
            return Ok(());
        }
        Err(DemoError::Answer { method: Method::POST, path: url.to_owned(), status, body: String::new() })
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, DemoError> {
        let mut answer = self.try_send(&method, path, body).await?;
        if answer.0 == StatusCode::UNAUTHORIZED && self.log_in.is_some() {
            self.log_in().await?;
            answer = self.try_send(&method, path, body).await?;
        }
        let (status, text) = answer;
        let failed = |body| DemoError::Answer { method, path: path.to_owned(), status, body };
        if !status.is_success() {
            return Err(failed(text));
        }
        serde_json::from_str(&text).map_err(|_| failed(text))
    }

    async fn try_send(
        &self,
        method: &Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(StatusCode, String), DemoError> {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.base));
        if let Some(token) = self.token.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            request = request.bearer_auth(token.expose());
        } else if self.log_in.is_some() {
            return Ok((StatusCode::UNAUTHORIZED, String::new()));
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await?;
        Ok((response.status(), response.text().await?))
    }

    async fn log_in(&self) -> Result<(), DemoError> {
        let Some((email, password)) = &self.log_in else { return Ok(()) };
        let path = "/api/auth/login/";
        let body = json!({ "email": email, "password": password.expose() });
        let response = self.http.post(format!("{}{path}", self.base)).json(&body).send().await?;
        let status = response.status();
        let text = response.text().await?;
        let answer = serde_json::from_str::<Value>(&text).ok().filter(|_| status.is_success());
        let answer = answer.ok_or_else(|| DemoError::Answer {
            method: Method::POST,
            path: path.to_owned(),
            status,
            body: text,
        })?;
        let token = Secret::new(self::text(&answer, "access")?);
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = Some(token);
        Ok(())
    }

    /// Orders so many of each product, and returns the answer of the checkout.
    pub(crate) async fn order(&self, cart: &[(&str, u32)], currency: &str) -> Result<Value, DemoError> {
        let mut items = Vec::new();
        for (slug, quantity) in cart {
            let product = self.get(&format!("/api/marketplace/products/{slug}/")).await?;
            items.push(json!({ "product_id": product["id"], "quantity": quantity }));
        }
        let address = json!({
            "name": "Bela Buyer", "address_line1": "Lange Reihe 1", "city": "Hamburg", "postal_code": "20099", "country": "DE"
        });
        let body = json!({ "items": items, "currency": currency, "shipping_address": address });
        self.post("/api/payments/checkout_session/", &body).await
    }
}

/// Text of an answer.
pub(crate) fn text<'a>(value: &'a Value, field: &'static str) -> Result<&'a str, DemoError> {
    value[field].as_str().ok_or(DemoError::Missing(field))
}
