//! Nodes of this process, people with tokens, and sockets as clients have them.

use std::time::Duration;

use designia_core::account::{Account, Role, Session, Standing};
use designia_core::catalog::Product;
use designia_core::id::{AccountId, ProductId, SessionId};
use designia_core::ports::{AccountCommit, Ports};
use designia_core::service::accounts::{Accounts, Grant};
use designia_core::testing::fixtures;
use designia_core::time::DAY;
use designia_server::chat::ChatHub;
use designia_server::cli::parse;
use designia_server::config::{EnvFile, Environment};
use designia_server::http::auth::Tokens;
use designia_server::instance::Instance;
use designia_stripe_sandbox::SandboxClock;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::stores::Place;

/// How long anything may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A server in this process.
pub(crate) struct Node {
    pub(crate) base: String,
    pub(crate) accounts: Accounts,
    pub(crate) hub: ChatHub,
    pub(crate) ports: Ports,
    tokens: Tokens,
    http: reqwest::Client,
    running: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

/// Somebody with a token.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) id: AccountId,
    pub(crate) name: String,
    pub(crate) token: String,
}

/// One end of a socket.
pub(crate) struct Socket(pub(crate) WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Node {
    pub(crate) async fn start(place: &Place, args: &[&str]) -> Self {
        let config = parse(place.arguments(args), &Environment::default(), &EnvFile::default()).unwrap().1;
        let instance = Instance::prepare(&config, SandboxClock::real()).await.unwrap();
        let (stop, stopped) = oneshot::channel();
        let (base, accounts) = (format!("http://{}", instance.address), instance.accounts.clone());
        let (hub, tokens, ports) = (instance.chat.clone(), instance.tokens.clone(), instance.engine.ports().clone());
        let held = place.hold();
        let running = tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
            };
            instance.run(stopped).await.unwrap();
            drop(held);
        });
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        let node = Self { base, accounts, hub, ports, tokens, http, running: Some((stop, running)) };
        node.until("it is ready", async || node.get(None, "/health/ready").await.0 == 200).await;
        node
    }

    pub(crate) async fn stop(&mut self) {
        let (stop, running) = self.running.take().unwrap();
        let _ = stop.send(());
        running.await.unwrap();
    }

    /// An account that exists from now on, and is logged in.
    pub(crate) async fn person(&self, name: &str, role: Role) -> Person {
        let (ports, now) = (self.accounts.ports(), self.accounts.ports().clock.now());
        let id = AccountId::from_uuid(ports.ids.next());
        let account = Account {
            role,
            standing: Standing::Active,
            ..Account::new(id, format!("{name}@example.com").parse().unwrap(), name.parse().unwrap(), now)
        };
        let session = Session::open(SessionId::from_uuid(ports.ids.next()), id, now, DAY);
        let mut commit = AccountCommit::of(account, now);
        commit.opens = Some(session.clone());
        let account = commit.account.clone();
        ports.store.commit_account(commit).await.unwrap();
        let issued = self.tokens.issue(&Grant { account, session }).unwrap();
        Person { id, name: name.to_owned(), token: issued.access.expose().to_owned() }
    }

    /// A product of this person.
    pub(crate) async fn product_of(&self, seller: &Person) -> ProductId {
        let id = ProductId::from_uuid(self.ports.ids.next());
        let product = Product { id, seller: seller.id.seller(), slug: format!("product-{id}"), ..fixtures::product(1) };
        self.ports.catalog.put(&product).await.unwrap();
        id
    }

    /// A seller, a buyer, and the conversation that the buyer began.
    pub(crate) async fn pair(&self, suffix: &str) -> (Person, Person, String) {
        let seller = self.person(&format!("seller{suffix}"), Role::Seller).await;
        let buyer = self.person(&format!("buyer{suffix}"), Role::Customer).await;
        let product = self.product_of(&seller).await;
        let (status, body) = self.post(&buyer, "/api/chat/conversations/", json!({ "product_id": product })).await;
        assert_eq!((status, &body["is_new"]), (201, &json!(true)), "{body}");
        (seller, buyer, body["thread_id"].as_str().unwrap().to_owned())
    }

    pub(crate) async fn get(&self, who: Option<&Person>, path: &str) -> (u16, Value) {
        let request = self.http.get(format!("{}{path}", self.base));
        answer(who.iter().fold(request, |request, who| request.bearer_auth(&who.token))).await
    }

    pub(crate) async fn post(&self, who: &Person, path: &str, body: Value) -> (u16, Value) {
        answer(self.http.post(format!("{}{path}", self.base)).bearer_auth(&who.token).json(&body)).await
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base.replacen("http", "ws", 1))
    }

    /// A socket with these headers, open or about to be closed.
    pub(crate) async fn connect(&self, path: &str, headers: &[(&'static str, &str)]) -> Socket {
        let mut request = self.url(path).into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        Socket(connect_async(request).await.unwrap().0)
    }

    /// A person's socket of a conversation; `after` what they have seen.
    pub(crate) async fn talk(&self, who: &Person, thread: &str, after: Option<u64>) -> Socket {
        let after = after.map_or_else(String::new, |after| format!("&after={after}"));
        let path = format!("/ws/chat/{thread}/?token={}{after}", who.token);
        let mut socket = self.connect(&path, &[]).await;
        // Whoever is answered is heard from now on.
        socket.send(json!({ "type": "ping" })).await;
        if after.is_empty() {
            assert_eq!(socket.next().await["type"], "pong");
        }
        socket
    }

    pub(crate) async fn activity(&self, who: &Person) -> Socket {
        self.connect(&format!("/ws/activity/?token={}", who.token), &[]).await
    }

    /// Waits for a condition.
    pub(crate) async fn until(&self, what: &str, mut holds: impl AsyncFnMut() -> bool) {
        let waiting = async {
            while !holds().await {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        assert!(tokio::time::timeout(PATIENCE, waiting).await.is_ok(), "still not true: {what}");
    }
}

async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

impl Socket {
    pub(crate) async fn send(&mut self, frame: Value) {
        self.0.send(Message::text(frame.to_string())).await.unwrap();
    }

    pub(crate) async fn say(&mut self, text: &str) {
        self.send(json!({ "type": "chat.message", "payload": { "text": text } })).await;
    }

    /// The next frame with something in it.
    pub(crate) async fn next(&mut self) -> Value {
        match self.next_or_close().await {
            Ok(frame) => frame,
            Err(close) => panic!("the socket was closed: {close:?}"),
        }
    }

    /// The next frame with something in it, or how the socket was closed.
    pub(crate) async fn next_or_close(&mut self) -> Result<Value, Option<CloseFrame>> {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.0.next()).await.expect("something comes");
            match next {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(frame))) => return Err(frame),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(None),
            }
        }
    }

    /// The next frame of this type; others are passed over.
    pub(crate) async fn next_of(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.next().await;
            if frame["type"] == kind {
                return frame;
            }
        }
    }

    /// With which code the socket is closed, whatever comes before.
    pub(crate) async fn closed(&mut self) -> u16 {
        loop {
            if let Err(close) = self.next_or_close().await {
                return close.map_or(0, |close| close.code.into());
            }
        }
    }

    /// The numbers and texts of the next messages.
    pub(crate) async fn messages(&mut self, count: usize) -> Vec<(u64, String)> {
        let mut messages = Vec::new();
        while messages.len() < count {
            let data = self.next_of("chat.message").await["data"].take();
            messages.push((data["seq"].as_u64().unwrap(), data["text"].as_str().unwrap().to_owned()));
        }
        messages
    }
}
