//! A bucket: the conformance suite against a stand-in for S3 on loopback, which looks at how it is asked.

#![cfg(feature = "s3")]
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use designia_core::ports::{ObjectStorage, StoreErrorKind};
use designia_storage::{S3Config, S3Credentials, S3Storage};

/// What the stand-in keeps, and what it is to do wrong.
#[derive(Clone, Debug, Default)]
struct StandIn {
    files: Arc<Mutex<BTreeMap<String, (String, Bytes)>>>,
    failures: Arc<Mutex<u32>>,
}

async fn answer(State(it): State<StandIn>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let text =
        |name: header::HeaderName| headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default().to_owned();
    if !text(header::AUTHORIZATION).starts_with("AWS4-HMAC-SHA256 Credential=AKIA1/") {
        return StatusCode::FORBIDDEN.into_response();
    }
    let mut failures = it.failures.lock().unwrap();
    if *failures > 0 {
        *failures -= 1;
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let (mut files, path) = (it.files.lock().unwrap(), uri.path().to_owned());
    match method {
        Method::PUT => {
            files.insert(path, (text(header::CONTENT_TYPE), body));
            ([(header::ETAG, "\"1\"")], "").into_response()
        }
        Method::GET => match files.get(&path) {
            Some((kind, content)) => {
                let modified = "Sun, 22 Nov 2026 12:00:00 GMT".to_owned();
                let headers = [
                    (header::CONTENT_TYPE, kind.clone()),
                    (header::ETAG, "\"1\"".to_owned()),
                    (header::LAST_MODIFIED, modified),
                ];
                (headers, content.clone()).into_response()
            }
            None => (StatusCode::NOT_FOUND, "<Error><Code>NoSuchKey</Code></Error>").into_response(),
        },
        Method::DELETE => {
            files.remove(&path);
            StatusCode::NO_CONTENT.into_response()
        }
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
}

/// A stand-in that runs as long as the test's runtime, and a storage in it.
async fn stand_in() -> (StandIn, S3Storage) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let it = StandIn::default();
    let routes = Router::new().fallback(answer).with_state(it.clone());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    let credentials = S3Credentials { access_key_id: "AKIA1".to_owned(), secret_access_key: "secret".to_owned() };
    let config: S3Config =
        format!("s3://shop-media/live?region=eu-north-1&endpoint={endpoint}&path_style=true").parse().unwrap();
    let config = S3Config { credentials: Some(credentials), patience: Duration::from_secs(5), ..config };
    (it, S3Storage::new(&config).unwrap())
}

static RUNTIME: std::sync::LazyLock<tokio::runtime::Runtime> =
    std::sync::LazyLock::new(|| tokio::runtime::Runtime::new().unwrap());

fn block_on<T>(work: impl Future<Output = T>) -> T {
    RUNTIME.block_on(work)
}

designia_core::object_storage_conformance!(block_on = block_on, fresh = async || stand_in().await.1);

#[test]
fn a_file_has_the_type_of_its_key_and_lies_below_the_prefix() {
    block_on(async {
        let (it, storage) = stand_in().await;
        storage.put(&"a/b.webp".parse().unwrap(), b"x".to_vec()).await.unwrap();
        let files = it.files.lock().unwrap();
        let (path, (kind, _)) = files.iter().next().unwrap();
        assert_eq!((path.as_str(), kind.as_str()), ("/shop-media/live/a/b.webp", "image/webp"));
    });
}

#[test]
fn a_server_that_is_busy_is_asked_again_and_one_that_stays_so_is_unavailable() {
    block_on(async {
        let (it, storage) = stand_in().await;
        let key = "a.png".parse().unwrap();
        *it.failures.lock().unwrap() = 2;
        storage.put(&key, b"x".to_vec()).await.unwrap();
        *it.failures.lock().unwrap() = u32::MAX;
        assert_eq!(storage.get(&key).await.unwrap_err().kind, StoreErrorKind::Unavailable);
    });
}

#[test]
fn an_address_is_signed_for_a_while_and_holds_no_secret() {
    block_on(async {
        let (_, storage) = stand_in().await;
        let url = storage.signed_url(&"a/b.webp".parse().unwrap(), Duration::from_secs(900)).await.unwrap().unwrap();
        assert!(url.contains("/shop-media/live/a/b.webp?") && url.contains("X-Amz-Expires=900"), "{url}");
        assert!(url.contains("X-Amz-Signature=") && !url.contains("secret"), "{url}");
        assert!(!format!("{storage:?}").contains("secret"));
    });
}
