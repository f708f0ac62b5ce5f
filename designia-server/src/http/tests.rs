//! The frame around routes made for the purpose: what any request meets, whichever handler answers.

use std::future::{pending, ready};
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, Response, StatusCode};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};
use tower::ServiceExt;
use uuid::Uuid;

use super::extract::{Json, OptionalJson, Path, Query, Raw};
use super::*;

#[derive(Deserialize)]
struct Line {
    quantity: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cart {
    #[serde(default)]
    items: Vec<Line>,
}

#[derive(Deserialize)]
struct Page {
    page: u32,
}

fn settings() -> config::Http {
    config::Http {
        request_timeout: Duration::from_millis(20),
        header_timeout: Duration::from_secs(1),
        body_limit: 1024,
        upload_limit: 2048,
        cors_origins: vec!["https://shop.example".to_owned()],
        proxies: config::Proxies::default(),
        rate_limits: None,
        metrics_open: false,
        shutdown_grace: Duration::ZERO,
    }
}

fn framed_routes(metrics: &Metrics) -> Router {
    let routes = Router::new()
        .route("/api/things/{id}/", get(|Path(id): Path<Uuid>| ready(id.to_string())))
        .route("/api/pages/", get(|Query(page): Query<Page>| ready(page.page.to_string())))
        .route(
            "/api/carts/",
            post(|Json(cart): Json<Cart>| ready(cart.items.iter().map(|l| l.quantity).sum::<u32>().to_string())),
        )
        .route("/api/maybe/", post(|OptionalJson(cart): OptionalJson<Cart>| ready(cart.items.len().to_string())))
        .route("/api/raw/", post(|Raw(bytes): Raw| ready(bytes.len().to_string())))
        .route("/api/away/", get(|| ready(crate::problem::Problem::unavailable("nobody answers"))))
        .route("/api/bare-away/", get(|| ready((StatusCode::SERVICE_UNAVAILABLE, "gone"))))
        .route("/api/bare/", get(|| ready((StatusCode::TOO_MANY_REQUESTS, "slow down"))))
        .route("/api/hang/", get(pending::<&str>))
        .route("/api/panic/", get(|| async { boom() }));
    framed(routes, &settings(), Guards::default(), true, metrics)
}

fn boom() -> &'static str {
    panic!("a secret of the inside")
}

async fn send(request: Request<Body>) -> Response<Body> {
    framed_routes(&Metrics::new(true)).oneshot(request).await.unwrap()
}

fn request(method: &Method, path: &str, kind: Option<&str>, body: impl Into<Body>) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path).body(body.into()).unwrap();
    if let Some(kind) = kind {
        request.headers_mut().insert("content-type", kind.parse().unwrap());
    }
    request
}

async fn problem(request: Request<Body>) -> Value {
    let path = request.uri().path().to_owned();
    let response = send(request).await;
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let (status, id) = (response.status().as_u16(), response.headers()["x-request-id"].to_str().unwrap().to_owned());
    let body: Value = serde_json::from_slice(&to_bytes(response.into_body(), 100_000).await.unwrap()).unwrap();
    assert_eq!(body["status"], status);
    assert_eq!(body["error"], body["detail"]);
    assert_eq!(body["instance"], path.as_str());
    assert_eq!(body["request_id"], id.as_str());
    assert_eq!(body["trace_id"].as_str().unwrap().len(), 32);
    assert_eq!(body["type"], format!("urn:designia:problem:{}", body["code"].as_str().unwrap()));
    body
}

async fn text(response: Response<Body>) -> String {
    String::from_utf8(to_bytes(response.into_body(), 100_000).await.unwrap().to_vec()).unwrap()
}

#[tokio::test]
async fn every_refusal_of_the_frame_is_a_problem_of_its_own_code() {
    let json = Some("application/json");
    let large = "x".repeat(2000);
    for (method, path, kind, body, status, code) in [
        (Method::GET, "/api/nowhere", None, "", 404, "not_found"),
        (Method::GET, "/api/things/%00/", None, "", 404, "not_found"),
        (Method::DELETE, "/api/carts/", None, "", 405, "method_not_allowed"),
        (Method::POST, "/api/carts/", Some("text/plain"), "{}", 415, "unsupported_media_type"),
        (Method::POST, "/api/carts/", None, "{}", 415, "unsupported_media_type"),
        (Method::POST, "/api/carts/", json, "{", 400, "malformed_json"),
        (Method::POST, "/api/carts/", json, "{} {}", 400, "malformed_json"),
        (Method::POST, "/api/carts/", json, large.as_str(), 413, "payload_too_large"),
        (Method::POST, "/api/raw/", None, large.as_str(), 413, "payload_too_large"),
        (Method::GET, "/api/hang/", None, "", 408, "request_timeout"),
        (Method::GET, "/api/bare/", None, "", 429, "too_many_requests"),
        (Method::GET, "/api/panic/", None, "", 500, "internal_error"),
    ] {
        let body = problem(request(&method, path, kind, body.to_owned())).await;
        assert_eq!((body["status"].as_u64(), body["code"].as_str()), (Some(status), Some(code)), "{method} {path}");
        assert!(!body.to_string().contains("secret"), "{body}");
    }
}

#[tokio::test]
async fn what_is_unavailable_says_when_to_ask_again_whoever_said_so() {
    for path in ["/api/away/", "/api/bare-away/"] {
        let response = send(request(&Method::GET, path, None, "")).await;
        assert_eq!((response.status().as_u16(), &response.headers()["retry-after"]), (503, &"2".parse().unwrap()));
    }
    assert!(!send(request(&Method::GET, "/api/bare/", None, "")).await.headers().contains_key("retry-after"));
}

#[tokio::test]
async fn a_body_without_a_length_meets_the_same_limit() {
    let chunks = futures_util::stream::iter((0..4).map(|_| Ok::<_, std::io::Error>(vec![b' '; 500])));
    let request = request(&Method::POST, "/api/raw/", None, Body::from_stream(chunks));
    assert_eq!(problem(request).await["code"], "payload_too_large");
}

#[tokio::test]
async fn a_wrong_value_is_named_by_its_field_and_its_rule() {
    let json_body = |body: &str| request(&Method::POST, "/api/carts/", Some("application/json"), body.to_owned());
    let get = |path| request(&Method::GET, path, None, Body::empty());
    for (request, field, rule) in [
        (json_body(r#"{"items":[{"quantity":1},{"quantity":"x"}]}"#), "items[1].quantity", "invalid type"),
        (json_body(r#"{"items":[{"quantity":-1}]}"#), "items[0].quantity", "invalid value"),
        (json_body(r#"{"items":[{}]}"#), "items[0].quantity", "is missing"),
        (json_body(r#"{"itmes":[]}"#), "itmes", "is not a field of this request"),
        (json_body("[1]"), "body", "must be a JSON object"),
        (json_body(r#"{"items":[],"name":{"a":["b\u0000"]}}"#), "name", "U+0000"),
        (get("/api/pages/?page=%00"), "query", "U+0000"),
        (get("/api/pages/?page=two"), "page", "invalid digit"),
        (get("/api/pages/"), "page", "is missing"),
        (get("/api/things/12/"), "id", "`12`"),
    ] {
        let body = problem(request).await;
        assert_eq!((body["status"].as_u64(), &body["code"]), (Some(400), &json!("invalid_field")), "{body}");
        assert_eq!((body["field"].as_str(), body["errors"][0]["field"].as_str()), (Some(field), Some(field)), "{body}");
        assert!(body["errors"][0]["rule"].as_str().unwrap().contains(rule), "{body}");
    }
}

#[tokio::test]
async fn an_optional_body_may_be_left_out_with_or_without_a_type() {
    for kind in [None, Some("application/json")] {
        assert_eq!(text(send(request(&Method::POST, "/api/maybe/", kind, "")).await).await, "0");
    }
    let body = r#"{"items":[{"quantity":2}]}"#;
    let sent = |kind| send(request(&Method::POST, "/api/maybe/", kind, body));
    assert_eq!(text(sent(Some("application/json; charset=utf-8")).await).await, "1");
    assert_eq!(sent(Some("text/plain")).await.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn a_method_that_is_not_there_is_answered_with_those_that_are() {
    let response = send(request(&Method::DELETE, "/api/carts", None, "")).await;
    assert_eq!(response.headers()["allow"], "POST");
}

#[tokio::test]
async fn a_path_works_with_and_without_its_slash() {
    for path in ["/api/pages?page=3", "/api/pages/?page=3"] {
        assert_eq!(text(send(request(&Method::GET, path, None, "")).await).await, "3");
    }
}

#[tokio::test]
async fn a_harmless_request_id_is_kept_and_any_other_replaced() {
    for (given, kept) in [("trace-1", true), ("a b", false)] {
        let mut request = request(&Method::GET, "/api/pages/?page=3", None, "");
        request.headers_mut().insert("x-request-id", given.parse().unwrap());
        assert_eq!(send(request).await.headers()["x-request-id"] == given, kept);
    }
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    for path in ["/api/pages/?page=3", "/api/nowhere/"] {
        let response = send(request(&Method::GET, path, None, "")).await;
        let headers = response.headers();
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["x-frame-options"], "DENY");
        assert_eq!(headers["content-security-policy"], "default-src 'none'; frame-ancestors 'none'");
        assert_eq!(headers["cache-control"], "no-store");
        assert!(headers.contains_key("strict-transport-security"));
    }
}

#[tokio::test]
async fn only_configured_origins_may_call_from_a_page() {
    for (origin, allowed) in [
        ("https://shop.example", true),
        ("https://evil.example", false),
        ("https://evil.google.com", false),
        ("null", false),
    ] {
        let mut request = request(&Method::OPTIONS, "/api/carts/", None, "");
        request.headers_mut().insert("origin", origin.parse().unwrap());
        request.headers_mut().insert("access-control-request-method", "POST".parse().unwrap());
        let response = send(request).await;
        assert_eq!(response.status(), StatusCode::OK);
        let told = response.headers().get("access-control-allow-origin");
        assert_eq!(told.is_some_and(|value| value == origin), allowed);
    }
}

#[tokio::test]
async fn requests_are_counted_by_route_and_never_by_path() {
    let metrics = Metrics::new(true);
    let routes = framed_routes(&metrics);
    let id = Uuid::nil();
    for (method, path) in [
        (Method::GET, format!("/api/things/{id}/")),
        (Method::GET, "/api/scan-1/".to_owned()),
        (Method::GET, "/api/panic/".to_owned()),
        (Method::from_bytes(b"MADEUP").unwrap(), "/api/scan-2/".to_owned()),
    ] {
        routes.clone().oneshot(request(&method, &path, None, "")).await.unwrap();
    }
    let told = metrics.render();
    for line in [
        r#"designia_http_requests_total{method="GET",route="/api/things/{id}/",status="200"} 1"#,
        r#"designia_http_requests_total{method="GET",route="unmatched",status="404"} 1"#,
        r#"designia_http_requests_total{method="GET",route="/api/panic/",status="500"} 1"#,
        r#"designia_http_requests_total{method="other",route="unmatched",status="404"} 1"#,
        r#"designia_http_request_duration_seconds_count{method="GET",route="/api/things/{id}/"} 1"#,
        "# HELP designia_http_requests_total",
    ] {
        assert!(told.contains(line), "{line}\n{told}");
    }
    assert!(!told.contains(&id.to_string()) && !told.contains("scan") && !told.contains("MADEUP"), "{told}");
}

/// Where log lines of a test go.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn log_lines_name_the_request_and_its_trace_and_no_token_that_it_carries() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone()).finish();
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let mut request = request(&Method::GET, "/api/pages/?page=3&token=secret-of-the-query", None, "");
    for (name, value) in [
        ("authorization", "Bearer secret-of-the-header".to_owned()),
        ("cookie", "session=secret-of-the-cookie".to_owned()),
        ("traceparent", format!("00-{trace}-b7ad6b7169203331-01")),
    ] {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    // While there is only one subscriber, the thread of any other test that comes to a log line first turns it off for all.
    let _second = tracing::Dispatch::new(tracing_subscriber::fmt().with_writer(io::sink).finish());
    {
        let _guard = tracing::subscriber::set_default(subscriber);
        assert_eq!(send(request).await.status(), StatusCode::OK);
    }
    let told = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(told.contains("answered") && told.contains("/api/pages/") && told.contains(trace), "{told}");
    assert!(!told.contains("secret"), "{told}");
}

#[tokio::test]
async fn a_page_that_may_call_may_send_and_read_the_headers_that_it_needs() {
    let mut preflight = request(&Method::OPTIONS, "/api/carts/", None, "");
    for (name, value) in [
        ("origin", "https://shop.example"),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization,x-csrftoken,idempotency-key,if-match,content-type"),
    ] {
        preflight.headers_mut().insert(name, value.parse().unwrap());
    }
    let answer = send(preflight).await;
    assert_eq!(answer.headers()["access-control-allow-credentials"], "true");
    let allowed = answer.headers()["access-control-allow-headers"].to_str().unwrap().to_owned();
    for name in ["authorization", "x-csrftoken", "idempotency-key", "if-match", "content-type"] {
        assert!(allowed.contains(name), "{name}: {allowed}");
    }
    let mut call = request(&Method::GET, "/api/pages/?page=3", None, "");
    call.headers_mut().insert("origin", "https://shop.example".parse().unwrap());
    let answer = send(call).await;
    assert_eq!(answer.headers()["access-control-allow-origin"], "https://shop.example");
    let exposed = answer.headers()["access-control-expose-headers"].to_str().unwrap().to_owned();
    for name in ["ratelimit-remaining", "etag", "retry-after", "x-request-id", "idempotency-replayed"] {
        assert!(exposed.contains(name), "{name}: {exposed}");
    }
}

#[tokio::test]
async fn what_a_client_has_already_is_not_sent_again() {
    let routes = Router::new().route("/api/tea/", get(|| ready((etag::ETag::of(7), "tea"))));
    let routes = framed(routes, &settings(), Guards::default(), true, &Metrics::new(true));
    for (known, status) in
        [("\"7\"", 304), ("W/\"7\"", 304), ("\"6\", \"7\"", 304), ("*", 304), ("\"6\"", 200), ("7", 200)]
    {
        let mut request = request(&Method::GET, "/api/tea/", None, "");
        request.headers_mut().insert("if-none-match", known.parse().unwrap());
        let answer = routes.clone().oneshot(request).await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["etag"]),
            (status, &"\"7\"".parse().unwrap()),
            "{known}"
        );
        assert_eq!(text(answer).await.is_empty(), status == 304);
    }
}
