//! Clients that take their time.

use std::future::ready;
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use designia_server::config::Http;
use designia_server::edge::Stopwatch;
use designia_server::http::Guards;
use designia_server::http::extract::Raw;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{client, settings, start};

/// Longer than any of the limits here by far.
const BOUND: Duration = Duration::from_secs(10);

fn routes() -> Router {
    Router::new()
        .route("/api/things/", get(|| ready("things")))
        .route("/api/bodies/", post(|Raw(body): Raw| ready(body.len().to_string())))
}

/// Reads until the server closes the connection.
async fn rest(mut stream: TcpStream) -> String {
    let mut text = Vec::new();
    // A connection that is reset has ended, too.
    let _ = tokio::time::timeout(BOUND, stream.read_to_end(&mut text)).await.expect("the server closes");
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn whoever_sends_headers_byte_by_byte_is_cut_off_and_others_are_served_meanwhile() {
    let settings = Http { header_timeout: Duration::from_millis(300), ..settings() };
    let server = start(routes(), &settings, Guards::default()).await;
    let mut slow = TcpStream::connect(server).await.unwrap();
    slow.write_all(b"GET /api/things/ HTTP/1.1\r\nhost: x\r\nx-slow: ").await.unwrap();
    let begun = Stopwatch::start();
    let (mut reader, mut writer) = slow.into_split();
    let dripping = tokio::spawn(async move {
        while writer.write_all(b"a").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    assert_eq!(client().get(format!("http://{server}/api/things/")).send().await.unwrap().status(), 200);
    let mut told = Vec::new();
    let _ = tokio::time::timeout(BOUND, reader.read_to_end(&mut told)).await.expect("the server closes");
    assert!(begun.elapsed() >= Duration::from_millis(250), "it had its time");
    tokio::time::timeout(BOUND, dripping).await.expect("the connection is gone").unwrap();
}

#[tokio::test]
async fn a_connection_without_a_request_is_not_kept_for_ever() {
    let settings = Http { header_timeout: Duration::from_millis(200), ..settings() };
    let server = start(routes(), &settings, Guards::default()).await;
    let silent = TcpStream::connect(server).await.unwrap();
    let mut used = TcpStream::connect(server).await.unwrap();
    used.write_all(b"GET /api/things/ HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    rest(silent).await;
    assert!(rest(used).await.ends_with("things"));
}

#[tokio::test]
async fn a_body_that_does_not_come_is_answered_and_not_waited_for() {
    let settings = Http { request_timeout: Duration::from_millis(200), ..settings() };
    let server = start(routes(), &settings, Guards::default()).await;
    let mut slow = TcpStream::connect(server).await.unwrap();
    slow.write_all(b"POST /api/bodies/ HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc").await.unwrap();
    let told = rest(slow).await;
    assert!(told.starts_with("HTTP/1.1 408") && told.contains("request_timeout"), "{told}");
}

#[tokio::test]
async fn a_form_with_files_may_be_larger_than_other_bodies_and_not_without_end() {
    let server = start(routes(), &settings(), Guards::default()).await;
    let send = async |kind: &'static str, size: usize| {
        let request = client().post(format!("http://{server}/api/bodies/")).header("content-type", kind);
        request.body(vec![b'x'; size]).send().await.map(|answer| answer.status().as_u16())
    };
    assert_eq!(send("application/json", 100_000).await.unwrap(), 200);
    assert_eq!(send("application/json", 100_001).await.unwrap(), 413);
    assert_eq!(send("multipart/form-data; boundary=b", 200_000).await.unwrap(), 200);
    assert_eq!(send("multipart/form-data; boundary=b", 200_001).await.unwrap(), 413);
}
