//! The demo's people: they use the server as anyone would, over HTTP with their tokens.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::config::Secret;
use crate::http::auth::{Account, Tokens};

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
    token: Option<Secret>,
}

impl Person {
    /// Somebody with the token of this demo account.
    pub(crate) fn named(name: &str, base: &str, tokens: &Tokens) -> Result<Self, DemoError> {
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(20))
            .redirect(reqwest::redirect::Policy::none())
            // Loopback only, and without TLS: a proxy or missing root certificates must not stand in the way.
            .no_proxy()
            .tls_certs_only([])
            .build()?;
        let token = Account::named(name).and_then(|account| tokens.of(account));
        Ok(Self { http, base: base.to_owned(), token })
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
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.expose());
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await?;
        let status = response.status();
        if !status.is_success() {
            let body = response.text().await?;
            return Err(DemoError::Answer { method, path: path.to_owned(), status, body });
        }
        Ok(response.json().await?)
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
