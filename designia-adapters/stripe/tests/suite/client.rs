//! The client against a network that misbehaves: what is never in doubt is whether the request may have been executed.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread::JoinHandle;

use designia_stripe::config::API_VERSION;
use designia_stripe::error::{ErrorKind, Retry, StripeError};
use designia_stripe::form::Form;
use designia_stripe::wire::Refund;
use serde_json::json;

use crate::peer::{Answer, Peer, ok, refusal};
use crate::subject::{KEY, client, config, impatient};

fn form() -> Form {
    Form::new().with("amount", 1_i64)
}

async fn post(base_url: &str) -> StripeError {
    impatient(base_url).post::<Refund>("/v1/refunds", &form(), Some("k")).await.unwrap_err()
}

async fn get(base_url: &str) -> StripeError {
    impatient(base_url).get::<Refund>("/v1/refunds/re_1", &Form::new()).await.unwrap_err()
}

/// A server that accepts this many connections, reads what comes, writes these bytes and hangs up.
fn raw_server(connections: usize, answer: &'static [u8]) -> (String, JoinHandle<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let served = std::thread::spawn(move || {
        for stream in listener.incoming().take(connections) {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]).unwrap();
            stream.write_all(answer).unwrap();
        }
        connections
    });
    (address.to_string(), served)
}

#[tokio::test]
async fn every_request_says_who_asks_in_which_version_and_a_change_says_its_key() {
    let refund = json!({"id": "re_1", "amount": 1, "currency": "eur", "created": 1});
    let peer = Peer::with([ok(&refund), ok(&refund)]).await;
    let client = client(&peer.url);
    client.post::<Refund>("/v1/refunds", &form(), Some("order.1.0")).await.unwrap();
    client.get::<Refund>("/v1/refunds/re_1", &Form::new().with("expand", vec!["charge"])).await.unwrap();
    let [change, question] = &peer.seen()[..] else { panic!("two requests") };
    for seen in [change, question] {
        assert_eq!(seen.headers["authorization"], format!("Bearer {KEY}"));
        assert_eq!(seen.headers["stripe-version"], API_VERSION);
        assert!(seen.headers["user-agent"].starts_with("Designia/"));
    }
    assert_eq!(change.headers["idempotency-key"], "order.1.0");
    assert_eq!(change.headers["content-type"], "application/x-www-form-urlencoded");
    assert_eq!((change.body.as_str(), question.query.as_str()), ("amount=1", "expand%5B0%5D=charge"));
    assert!(!question.headers.contains_key("idempotency-key"));
}

#[tokio::test]
async fn no_answer_in_time_leaves_a_change_unknown_and_a_question_open() {
    let peer = Peer::with([Answer::Silence, Answer::Silence]).await;
    let error = post(&peer.url).await;
    assert_eq!((error.kind(), error.retry()), (&ErrorKind::UnknownOutcome, Retry::AskFirst), "{error}");
    assert_eq!(get(&peer.url).await.kind(), &ErrorKind::ProviderFault);
    assert_eq!(peer.seen().len(), 2, "nothing that was sent is sent again");
}

#[tokio::test]
async fn a_connection_lost_after_sending_leaves_a_change_unknown() {
    for answer in
        [&b""[..], b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n{\"id\":\"re_1\"", b"HTTP/1.1 200 OK\r\nco"]
    {
        let (address, served) = raw_server(1, answer);
        let error = post(&format!("http://{address}")).await;
        assert_eq!((error.kind(), error.retry()), (&ErrorKind::UnknownOutcome, Retry::AskFirst), "{error:?}");
        assert_eq!(served.join().unwrap(), 1);
    }
}

#[tokio::test]
async fn a_refused_connection_and_an_unknown_host_were_never_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    for url in [closed.as_str(), "http://nowhere.invalid"] {
        let error = post(url).await;
        assert_eq!((error.kind(), error.retry()), (&ErrorKind::Unreachable, Retry::SameKey), "{error:?}");
    }
}

#[tokio::test]
async fn a_handshake_that_fails_is_tried_once_more_since_nothing_was_sent() {
    let (address, served) = raw_server(2, b"no TLS here");
    assert_eq!(post(&format!("https://{address}")).await.kind(), &ErrorKind::Unreachable);
    assert_eq!(served.join().unwrap(), 2);
}

#[tokio::test]
async fn an_answer_that_can_not_be_read_leaves_a_change_unknown() {
    let say = |status, body: &str| Answer::Say(status, vec![("request-id", "req_7")], body.to_owned());
    let answers = [say(200, "<html>maintenance</html>"), say(200, "{\"id\":\"re_1\""), say(200, "{}"), say(302, "")];
    let count = answers.len();
    let peer = Peer::with(answers).await;
    for _ in 0..count {
        let error = post(&peer.url).await;
        assert_eq!((error.kind(), error.retry()), (&ErrorKind::Undecodable, Retry::AskFirst), "{error:?}");
        assert_eq!(error.request_id(), Some("req_7"));
    }
}

#[tokio::test]
async fn a_gateways_html_is_an_unknown_outcome_and_not_a_refusal() {
    let html = "<html><h1>502 Bad Gateway</h1></html>".to_owned();
    let peer = Peer::with([Answer::Say(502, vec![("content-type", "text/html")], html)]).await;
    let error = post(&peer.url).await;
    assert_eq!((error.kind(), error.status()), (&ErrorKind::UnknownOutcome, Some(502)));
}

#[tokio::test]
async fn an_answer_without_end_is_given_up_at_the_limit() {
    let peer =
        Peer::with([Answer::Say(200, vec![], "x".repeat(5000)), Answer::Say(402, vec![], "x".repeat(5000))]).await;
    let small = designia_stripe::client::StripeClient::new(&config(&peer.url).with_max_answer_bytes(4999)).unwrap();
    for _ in 0..2 {
        let error = small.post::<Refund>("/v1/refunds", &form(), None).await.unwrap_err();
        assert_eq!((error.kind(), error.retry()), (&ErrorKind::Undecodable, Retry::AskFirst));
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_so_the_key_goes_nowhere_else() {
    let elsewhere = Peer::with([]).await;
    let location: &'static str = Box::leak(elsewhere.url.clone().into_boxed_str());
    let peer = Peer::with([Answer::Say(307, vec![("location", location)], String::new())]).await;
    assert_eq!(post(&peer.url).await.kind(), &ErrorKind::Undecodable);
    assert!(elsewhere.seen().is_empty());
}

#[tokio::test]
async fn what_stripe_says_about_trying_again_is_kept() {
    let limited = json!({"type": "invalid_request_error", "message": "slow down"}).to_string();
    let headers = vec![("stripe-rate-limited-reason", "endpoint-rate"), ("retry-after", "7"), ("request-id", "req_9")];
    let peer = Peer::with([
        Answer::Say(429, headers, format!("{{\"error\":{limited}}}")),
        Answer::Say(500, vec![("stripe-should-retry", "true")], "{}".to_owned()),
    ])
    .await;
    let error = post(&peer.url).await;
    assert_eq!(error.kind(), &ErrorKind::RateLimited { reason: Some("endpoint-rate".to_owned()) });
    assert_eq!(error.retry_after(), Some(std::time::Duration::from_secs(7)));
    assert_eq!(error.to_string(), "rate limited [endpoint-rate]: slow down (status 429, request req_9)");
    let error = post(&peer.url).await;
    assert_eq!((error.kind(), error.retry()), (&ErrorKind::UnknownOutcome, Retry::SameKey));
}

#[tokio::test]
async fn no_error_and_no_debug_output_shows_the_key() {
    let echo = json!({"type": "invalid_request_error", "message": format!("no such key {KEY} for pi_1_secret_abc123")});
    let peer = Peer::with([refusal(401, &echo), Answer::Silence]).await;
    for error in [post(&peer.url).await, post(&peer.url).await, post("http://127.0.0.1:1").await] {
        let mut shown = format!("{error} {error:?} {}", error.message());
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            shown.push_str(&format!("{cause} {cause:?}"));
            source = cause.source();
        }
        assert!(!shown.contains("abc123"), "{shown}");
    }
    assert!(!format!("{:?}", client(&peer.url)).contains("abc123"));
}
