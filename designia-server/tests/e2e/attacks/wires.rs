//! What is done to the lines that HTTP and mail are made of: breaking them, forging where they come from, and being slow.

use std::time::Duration;

use serde_json::json;
use tokio::io::AsyncWriteExt;

use super::raw;
use crate::support::{Place, Server};
use crate::visitor::Visitor;

#[tokio::test]
async fn nothing_that_is_sent_ends_a_line_of_the_answers_head() {
    let server = Server::start(&Place::memory(), &[]).await;
    for path in [
        "/api/marketplace/products%0d%0aset-cookie:%20a=1",
        "/api/marketplace/products/%0d%0aset-cookie:%20a=1",
        "/api/marketplace/products/%0aset-cookie:%20a=1/",
        "/%0d%0aset-cookie:%20a=1/",
        "/media/%0d%0aset-cookie:%20a=1",
        "/api/marketplace/products/search?q=%0d%0aset-cookie:%20a=1",
        "//evil.example/%2f..",
        "/\\evil.example",
    ] {
        let answer = raw::get(&server, path).await;
        let head = answer.split("\r\n\r\n").next().unwrap().to_lowercase();
        assert!(!head.contains("\nset-cookie"), "{path}: {head}");
        assert!(!head.contains("location: //evil") && !head.contains("location: http"), "{path}: {head}");
    }
    let long = format!("GET / HTTP/1.1\r\nhost: x\r\nx-request-id: {}\r\nconnection: close\r\n\r\n", "a".repeat(5_000));
    let answer = raw::exchange(&server, long.as_bytes()).await;
    assert!(!answer.contains(&"a".repeat(300)), "an id of the caller's is not repeated at any length");
}

#[tokio::test]
async fn two_readings_of_where_a_request_ends_are_not_possible() {
    let server = Server::start(&Place::memory(), &[]).await;
    let smuggled = "GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n";
    for head in [
        format!("content-length: 0\r\ncontent-length: {}\r\n", smuggled.len()),
        format!("content-length: {}\r\ntransfer-encoding: chunked\r\n", 5 + smuggled.len()),
        "transfer-encoding: chunked, identity\r\n".to_owned(),
        "transfer-encoding : chunked\r\n".to_owned(),
        "content-length: +4\r\n".to_owned(),
    ] {
        let request = format!("POST /api/auth/login/ HTTP/1.1\r\nhost: x\r\n{head}\r\n0\r\n\r\n{smuggled}");
        let mut stream = raw::connect(&server).await;
        let _ = stream.write_all(request.as_bytes()).await;
        let _ = stream.shutdown().await;
        let answer = raw::rest(&mut stream).await;
        let answers = answer.matches("HTTP/1.1 ").count();
        // Either it is refused, or it is read in one way and the connection is not used again.
        assert!(raw::status(&answer) == 400 || answers == 1, "{head}: {answer}");
    }
}

#[tokio::test]
async fn a_name_that_ends_a_line_does_not_reach_the_head_of_a_mail() {
    let server = Server::start(&Place::memory(), &[]).await;
    let admin = Visitor::of(&server).demo("admin").await;
    let guest = Visitor::of(&server);
    let body = |email: &str, first_name: &str| {
        json!({ "username": "eve", "email": email, "first_name": first_name, "last_name": "E",
            "password": "a kiln and a wheel", "password_confirm": "a kiln and a wheel" })
    };
    let broken = guest.post("/api/auth/register/", body("eve@example.net", "Eve\r\nBcc: everybody@example.net")).await;
    if broken.status == 201 {
        let mail = admin.at.mail("eve@example.net", "verify_email").await;
        assert!(!mail.text.contains("\nBcc:"), "{}", mail.text);
    } else {
        assert_eq!(broken.status, 400, "{}", broken.text);
    }
    for email in [
        "a@example.net\r\nBcc: b@example.net",
        "a@example.net, b@example.net",
        "<a@example.net>",
        "a@b@c",
        "a b@example.net",
    ] {
        let reply = guest.post("/api/auth/register/", body(email, "Eve")).await;
        assert_eq!(reply.status, 400, "{email:?}: {}", reply.text);
    }
    let named = admin.at.get("/api/admin/mails/?page_size=100").await;
    assert!(!named.text.contains("everybody@example.net\""), "{}", named.text);
}

#[tokio::test]
async fn whoever_sends_a_body_one_byte_at_a_time_is_sent_away() {
    let server = Server::start(&Place::memory(), &["--request-timeout", "300ms"]).await;
    for length in ["1000", "99999999999"] {
        let mut stream = raw::connect(&server).await;
        let head = "POST /api/auth/login/ HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
        stream.write_all(format!("{head}content-length: {length}\r\n\r\n{{").as_bytes()).await.unwrap();
        let answer = raw::rest(&mut stream).await;
        assert!(matches!(raw::status(&answer), 408 | 413), "{length}: {answer}");
    }
}

#[tokio::test]
async fn whoever_never_ends_the_head_of_a_request_is_sent_away() {
    let server = Server::start(&Place::memory(), &["--header-timeout", "300ms"]).await;
    let mut stream = raw::connect(&server).await;
    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nx-a: ").await.unwrap();
    let answer = raw::rest(&mut stream).await;
    assert!(matches!(raw::status(&answer), 400 | 408 | 0), "{answer}");
}

#[tokio::test]
async fn answers_carry_the_headers_that_make_a_browser_careful_and_nothing_of_the_inside() {
    let server = Server::start(&Place::memory(), &[]).await;
    let guest = Visitor::of(&server);
    for path in ["/", "/api/marketplace/products/", "/api/nothing/here/", "/api/auth/profile/", "/api/docs/"] {
        let reply = guest.get(path).await;
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert!(reply.header("content-security-policy").is_some(), "{path}");
        assert!(reply.header("referrer-policy").is_some(), "{path}");
        assert!(reply.header("server").is_none() && reply.header("x-powered-by").is_none(), "{path}");
        assert!(!reply.text.contains("panicked") && !reply.text.contains(".rs:"), "{path}");
    }
    for method in ["TRACE", "CONNECT", "PROPFIND"] {
        let request = format!("{method} /api/auth/profile/ HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        let answer = raw::exchange(&server, request.as_bytes()).await;
        assert!(matches!(raw::status(&answer), 400 | 401 | 404 | 405 | 501), "{method}: {answer}");
    }
    let answer = guest.get("/api/auth/profile/").await;
    assert!(answer.headers.get("www-authenticate").is_some());
    let token = Visitor::of(&server).demo("buyer").await.at.get("/api/auth/profile/").await;
    assert!(
        token.header("cache-control").is_some_and(|it| it.contains("no-store") || it.contains("private")),
        "{token:?}"
    );
}

#[tokio::test]
async fn an_answer_about_somebody_names_the_trace_and_the_request_under_which_the_log_tells_more() {
    let server = Server::start(&Place::memory(), &[]).await;
    let reply = Visitor::of(&server).get("/api/auth/profile/").await;
    let body = reply.json();
    assert_eq!(body["request_id"].as_str(), reply.header("x-request-id"));
    assert!(body["trace_id"].as_str().is_some_and(|it| it.len() == 32), "{body}");
    assert_eq!(body["detail"], body["error"]);
}

/// A client that keeps a connection open without a word is not counted among the requests that wait.
#[tokio::test]
async fn connections_that_say_nothing_do_not_keep_others_out() {
    let server = Server::start(&Place::memory(), &[]).await;
    let mut silent = Vec::new();
    for _ in 0..200 {
        silent.push(raw::connect(&server).await);
    }
    let reply = tokio::time::timeout(Duration::from_secs(30), Visitor::of(&server).get("/health/live")).await.unwrap();
    assert_eq!(reply.status, 200);
}
