//! Requests that are sent again.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use designia_core::memory::MemoryStore;
use designia_core::ports::{Begun, NewRequest, RequestClaim, RequestLog, RequestOutcome, StoreError};
use designia_core::testing::{FixedClock, SequentialIds};
use designia_core::time::Timestamp;
use designia_server::http::idempotency::{NewId, idempotent};
use designia_sqlite::{Config, SqliteStore};
use reqwest::Response;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use tokio::sync::Notify;

use crate::support::{LEASE, NOW, client, repeatable, settings, start};

/// Where a child finds its folder.
const FOLDER: &str = "DESIGNIA_FRAME_FOLDER";

/// How often the handlers were called.
type Calls = Arc<AtomicU32>;

/// Routes that create, fail, refuse and wait.
fn routes(calls: &Calls, gate: &Arc<Notify>) -> Router {
    let answer = |status: u16, text: &'static str| {
        let calls = Arc::clone(calls);
        axum::routing::post(move |new: NewId| {
            let call = calls.fetch_add(1, Ordering::SeqCst);
            let body = format!("{text} {call} {}", new.uuid(&SequentialIds::new()));
            let headers = [("location", "/api/things/1/"), ("x-of-its-time", "yes")];
            std::future::ready((StatusCode::from_u16(status).unwrap(), headers, body))
        })
    };
    let (waiting, waited) = (Arc::clone(gate), Arc::clone(calls));
    let slow = axum::routing::post(move || {
        let (gate, calls) = (Arc::clone(&waiting), Arc::clone(&waited));
        async move {
            calls.fetch_add(1, Ordering::SeqCst);
            gate.notified().await;
            "slow"
        }
    });
    let mut router = Router::new().route("/api/plain/", get(|| std::future::ready("plain")));
    for (path, route) in [
        ("/api/things/", answer(201, "made")),
        ("/api/broken/", answer(500, "broken")),
        ("/api/refused/", answer(409, "refused")),
        ("/api/slow/", slow),
    ] {
        router = router.route(path, idempotent((Vec::new(), utoipa::openapi::Paths::new(), route)).2);
    }
    router
}

async fn server(log: Arc<dyn RequestLog>, clock: &FixedClock) -> (SocketAddr, Calls, Arc<Notify>) {
    let (calls, gate) = (Calls::default(), Arc::new(Notify::new()));
    (start(routes(&calls, &gate), &settings(), repeatable(log, clock)).await, calls, gate)
}

async fn post(
    server: SocketAddr,
    path: &str,
    key: &str,
    account: u32,
    body: &'static str,
) -> Result<Response, reqwest::Error> {
    let request = client().post(format!("http://{server}{path}"));
    request.header("idempotency-key", key).bearer_auth(account).body(body).send().await
}

async fn told(response: Response) -> (u16, bool, String) {
    let is_replayed = response.headers().contains_key("idempotency-replayed");
    (response.status().as_u16(), is_replayed, response.text().await.unwrap())
}

#[tokio::test]
async fn a_repetition_gets_the_same_answer_byte_for_byte_and_nothing_is_done_twice() {
    let (server, calls, _) = server(Arc::new(MemoryStore::new()), &FixedClock::at(NOW)).await;
    let first = post(server, "/api/things/", "k", 1, "{}").await.unwrap();
    let location = first.headers()["location"].clone();
    let (status, is_replayed, body) = told(first).await;
    assert_eq!((status, is_replayed), (201, false));
    for _ in 0..3 {
        let again = post(server, "/api/things/", "k", 1, "{}").await.unwrap();
        assert_eq!(again.headers()["location"], location);
        assert!(!again.headers().contains_key("x-of-its-time"), "what belongs to the moment is not repeated");
        assert_eq!(told(again).await, (201, true, body.clone()));
    }
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    let of_another = told(post(server, "/api/things/", "k", 2, "{}").await.unwrap()).await;
    assert!(!of_another.1 && of_another.2 != body, "keys of two accounts are two keys");
}

#[tokio::test]
async fn another_request_under_the_same_key_is_refused() {
    let (server, calls, _) = server(Arc::new(MemoryStore::new()), &FixedClock::at(NOW)).await;
    post(server, "/api/things/", "k", 1, "{}").await.unwrap();
    for (path, body) in [("/api/things/", "{ }"), ("/api/things/?a=b", "{}"), ("/api/broken/", "{}")] {
        let (status, _, told) = told(post(server, path, "k", 1, body).await.unwrap()).await;
        assert!(status == 422 && told.contains("idempotency_key_reused"), "{path} {status} {told}");
    }
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn what_is_being_done_is_not_done_again_and_goes_on_when_its_client_has_gone() {
    let (server, calls, gate) = server(Arc::new(MemoryStore::new()), &FixedClock::at(NOW)).await;
    let first = tokio::spawn(async move { post(server, "/api/slow/", "k", 1, "").await });
    while calls.load(Ordering::SeqCst) == 0 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let meanwhile = post(server, "/api/slow/", "k", 1, "").await.unwrap();
    assert!(meanwhile.headers().contains_key("retry-after"));
    let (status, _, text) = told(meanwhile).await;
    assert!(status == 409 && text.contains("request_in_progress"), "{text}");
    first.abort();
    let _ = first.await;
    gate.notify_one();
    let again = async {
        loop {
            let (status, is_replayed, text) = told(post(server, "/api/slow/", "k", 1, "").await.unwrap()).await;
            if status == 200 {
                return (is_replayed, text);
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let answer = tokio::time::timeout(Duration::from_secs(10), again).await.expect("the first one ends");
    assert_eq!((answer, calls.load(Ordering::SeqCst)), ((true, "slow".to_owned()), 1));
}

#[tokio::test]
async fn an_error_of_ours_is_not_kept_and_what_is_tried_again_has_the_same_id() {
    let (server, calls, _) = server(Arc::new(MemoryStore::new()), &FixedClock::at(NOW)).await;
    for _ in 0..3 {
        let (status, is_replayed, _) = told(post(server, "/api/broken/", "k", 1, "{}").await.unwrap()).await;
        assert_eq!((status, is_replayed), (500, false));
    }
    assert_eq!(calls.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_refusal_leaves_the_key_free() {
    let (server, _, _) = server(Arc::new(MemoryStore::new()), &FixedClock::at(NOW)).await;
    assert_eq!(told(post(server, "/api/refused/", "k", 1, "wrong").await.unwrap()).await.0, 409);
    assert_eq!(told(post(server, "/api/things/", "k", 1, "right").await.unwrap()).await.0, 201);
}

#[tokio::test]
async fn a_key_that_is_none_is_refused_and_without_one_or_from_nobody_a_request_is_like_any_other() {
    let (server, calls, _) = server(Arc::new(MemoryStore::new()), &FixedClock::at(NOW)).await;
    for key in ["", "a b", &"x".repeat(256)] {
        let (status, _, text) = told(post(server, "/api/things/", key, 1, "{}").await.unwrap()).await;
        assert!(status == 400 && text.contains("Idempotency-Key"), "{key} {status} {text}");
    }
    let url = format!("http://{server}/api/things/");
    for _ in 0..2 {
        assert_eq!(client().post(&url).bearer_auth(1).send().await.unwrap().status(), 201);
        assert_eq!(client().post(&url).header("idempotency-key", "k").send().await.unwrap().status(), 201);
    }
    assert_eq!(calls.load(Ordering::SeqCst), 4);
}

/// Dies when it is to write down an answer: the handler has done its work, and nobody knows.
#[derive(Debug)]
struct Deadly(SqliteStore);

#[async_trait]
impl RequestLog for Deadly {
    async fn begin(&self, request: NewRequest) -> Result<Begun, StoreError> {
        self.0.begin(request).await
    }

    async fn end(&self, _: &RequestClaim, _: RequestOutcome) -> Result<bool, StoreError> {
        std::process::abort()
    }

    async fn forget(&self, begun_before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        self.0.forget(begun_before, limit).await
    }
}

/// Creates a thing as a store does: unless it is there.
fn create(things: PathBuf) -> Router {
    let ids = Arc::new(SequentialIds::new());
    let route = axum::routing::post(move |new: NewId| {
        let id = new.uuid(ids.as_ref());
        let is_new = File::create_new(things.join(id.to_string())).is_ok();
        std::future::ready((StatusCode::CREATED, format!("{id} {is_new}")))
    });
    Router::new().route("/api/things/", idempotent((Vec::new(), utoipa::openapi::Paths::new(), route)).2)
}

async fn store(folder: &Path) -> SqliteStore {
    SqliteStore::open(&Config::file(folder.join("designia.db"))).await.unwrap()
}

/// Not a test by itself: the process that dies.
#[tokio::test]
#[ignore = "run by another test"]
async fn a_server_that_dies_before_it_writes_the_answer_down() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let folder = PathBuf::from(folder);
    let guards = repeatable(Arc::new(Deadly(store(&folder).await)), &FixedClock::at(NOW));
    println!("\naddress={}", start(create(folder.join("things")), &settings(), guards).await);
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn what_a_server_had_created_when_it_died_is_found_by_the_repetition_and_not_created_again() {
    let folder = std::env::temp_dir().join(format!("designia-frame-{}", std::process::id()));
    let things = folder.join("things");
    std::fs::create_dir_all(&things).unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "repeats::a_server_that_dies_before_it_writes_the_answer_down", "--ignored", "--nocapture"])
        .env(FOLDER, &folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let address: SocketAddr = loop {
        let line = lines.next_line().await.unwrap().expect("the child says where it is");
        if let Some(address) = line.strip_prefix("address=") {
            break address.parse().unwrap();
        }
    };
    assert!(post(address, "/api/things/", "k", 1, "{}").await.is_err(), "nobody heard the answer");
    assert!(!child.wait().await.unwrap().success());
    let created = || {
        std::fs::read_dir(&things).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap()).collect::<Vec<_>>()
    };
    let [id] = &created()[..] else { panic!("one thing was created: {:?}", created()) };

    let clock = FixedClock::at(NOW);
    let guards = repeatable(Arc::new(store(&folder).await), &clock);
    let next = start(create(things.clone()), &settings(), guards).await;
    assert_eq!(told(post(next, "/api/things/", "k", 1, "{}").await.unwrap()).await.0, 409, "it may still be at work");
    clock.advance(LEASE);
    assert_eq!(
        told(post(next, "/api/things/", "k", 1, "{}").await.unwrap()).await,
        (201, false, format!("{id} false"))
    );
    assert_eq!(created().len(), 1);
    let again = told(post(next, "/api/things/", "k", 1, "{}").await.unwrap()).await;
    assert_eq!(again, (201, true, format!("{id} false")));
    std::fs::remove_dir_all(&folder).unwrap();
}
