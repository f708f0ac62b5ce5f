//! People's programs: they talk to some node, and when a connection breaks they ask another, until there is an answer.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use designia_server::config::Secret;
use designia_server::demo::people::DemoPerson;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::dice::Dice;
use crate::fleet::Addresses;

/// Signs people's tokens on every node.
pub(crate) const JWT_SECRET: &str = "the campaign's secret, of more than thirty-two bytes";

/// How long a person's program keeps asking. Nodes are away for a second, the database for a few.
const PATIENCE: Duration = Duration::from_secs(90);

/// A request of somebody's.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) who: &'static str,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) body: Option<Value>,
    pub(crate) key: Option<String>,
}

impl Ask {
    pub(crate) fn get(who: &'static str, path: impl Into<String>) -> Self {
        Self { who, method: Method::GET, path: path.into(), body: None, key: None }
    }

    pub(crate) fn post(who: &'static str, path: impl Into<String>, body: Value) -> Self {
        Self { who, method: Method::POST, path: path.into(), body: Some(body), key: None }
    }

    /// Names the request, so that its repetition is recognised.
    pub(crate) fn under(self, key: String) -> Self {
        Self { key: Some(key), ..self }
    }
}

/// An answer that is not a failure of the server.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn is_good(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// A text of the body.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.body[name].as_str()
    }
}

/// The way to the nodes.
#[derive(Clone, Debug)]
pub(crate) struct Shop {
    http: reqwest::Client,
    addresses: Addresses,
    /// What people got when they logged in; one of somebody's programs does it for all of them.
    tokens: Arc<Mutex<BTreeMap<&'static str, String>>>,
}

impl Shop {
    pub(crate) fn at(addresses: Addresses) -> Self {
        Self { http: client(Duration::from_secs(40)), addresses, tokens: Arc::default() }
    }

    /// Waits until every node has opened the database and the shop in it.
    pub(crate) async fn until_every_node_is_ready(&self) {
        for address in self.addresses.all() {
            let is_ready = || async {
                let answer = self.http.get(format!("http://{address}/health/ready")).send().await;
                answer.is_ok_and(|answer| answer.status().is_success())
            };
            while !is_ready().await {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }

    /// Asks until somebody answers.
    pub(crate) async fn ask(&self, dice: &mut Dice, ask: &Ask) -> Answer {
        let asking = async {
            loop {
                if let Some(answer) = self.try_once(dice, ask).await {
                    return answer;
                }
                tokio::time::sleep(Duration::from_millis(50 + dice.below(100))).await;
            }
        };
        tokio::time::timeout(PATIENCE, asking).await.unwrap_or_else(|_| panic!("nobody answers {ask:?}"))
    }

    /// The answer of one node; `None` if it is away, breaks off, or has failed.
    async fn try_once(&self, dice: &mut Dice, ask: &Ask) -> Option<Answer> {
        let node = self.addresses.any(dice)?;
        let request = self.http.request(ask.method.clone(), format!("http://{node}{}", ask.path));
        let token = self.token(node, ask.who).await?;
        let request = request.bearer_auth(&token);
        let request = ask.body.iter().fold(request, reqwest::RequestBuilder::json);
        let request = ask.key.iter().fold(request, |request, key| request.header("idempotency-key", key));
        let response = request.send().await.ok()?;
        let status = response.status().as_u16();
        let body = response.json().await.ok()?;
        if status == 401 {
            // The campaign's days pass quickly, and so does the time of a token.
            self.tokens.lock().await.retain(|who, kept| *who != ask.who || *kept != token);
        }
        (status < 500 && status != 401 && status != 429).then_some(Answer { status, body })
    }

    /// Somebody's token, for which they log in at this node when they have none.
    async fn token(&self, node: SocketAddr, who: &'static str) -> Option<String> {
        let mut tokens = self.tokens.lock().await;
        if let Some(token) = tokens.get(who) {
            return Some(token.clone());
        }
        let person = DemoPerson::named(who).unwrap();
        let password = person.password(&Secret::new(JWT_SECRET));
        let body = json!({ "email": person.email, "password": password.expose() });
        let request = self.http.post(format!("http://{node}/api/auth/login/")).json(&body);
        let answer: Value = request.send().await.ok()?.json().await.ok()?;
        let token = answer["access"].as_str()?.to_owned();
        tokens.insert(who, token.clone());
        Some(token)
    }
}

/// A client that speaks to this machine only.
pub(crate) fn client(timeout: Duration) -> reqwest::Client {
    // reqwest asks for a TLS provider even where only plain http is spoken. An error means that somebody has chosen one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().timeout(timeout).build().unwrap()
}

/// The session's id in the address of its page.
pub(crate) fn session_of(url: &str) -> String {
    let start = url.find("cs_").unwrap();
    url[start..].split(['?', '#', '/']).next().unwrap().to_owned()
}
