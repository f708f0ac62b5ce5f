//! A peer on loopback that answers what it is told and remembers what it was asked.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use serde_json::{Value, json};

/// One request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

/// One answer to give.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// A status, headers and a body.
    Say(u16, Vec<(&'static str, &'static str)>, String),
    /// None, ever.
    Silence,
}

pub(crate) fn ok(body: &Value) -> Answer {
    Answer::Say(200, vec![], body.to_string())
}

pub(crate) fn refusal(status: u16, error: &Value) -> Answer {
    Answer::Say(status, vec![("request-id", "req_1")], json!({ "error": error }).to_string())
}

#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) url: String,
    state: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    answers: Mutex<VecDeque<Answer>>,
    seen: Mutex<Vec<Seen>>,
}

impl Peer {
    /// Starts a peer with its answers, in order; what comes after the last one is answered with 599.
    pub(crate) async fn with(answers: impl IntoIterator<Item = Answer>) -> Self {
        let state = Arc::new(Shared { answers: Mutex::new(answers.into_iter().collect()), ..Shared::default() });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&state));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, state }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.state.seen.lock().unwrap().clone()
    }

    /// Method and path of each request, for tests of the sequence.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| format!("{} {}", seen.method, seen.path)).collect()
    }
}

async fn answer(State(state): State<Arc<Shared>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body: Bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let header = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    state.seen.lock().unwrap().push(Seen {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers.iter().map(|(name, value)| (name.to_string(), header(value))).collect(),
        body: String::from_utf8(body.to_vec()).unwrap(),
    });
    let next = state.answers.lock().unwrap().pop_front();
    match next {
        Some(Answer::Say(status, headers, body)) => {
            let response = Response::builder().status(StatusCode::from_u16(status).unwrap());
            let response = headers.into_iter().fold(response, |response, (name, value)| response.header(name, value));
            response.body(Body::from(body)).unwrap()
        }
        Some(Answer::Silence) => std::future::pending().await,
        None => Response::builder().status(599).body(Body::empty()).unwrap(),
    }
}
