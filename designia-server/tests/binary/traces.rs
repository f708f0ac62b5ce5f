//! Spans at a collector that stands in for OpenTelemetry's: what arrives there, and that its absence harms nobody.

use std::future::pending;
use std::io::Read as _;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use tokio::net::TcpListener;

use crate::process::{Place, Server};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

/// What a collector was sent, and by whom.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<(HeaderMap, ExportTraceServiceRequest)>>>);

impl Collector {
    async fn start(&self) -> String {
        let sent = Arc::clone(&self.0);
        let take = async move |headers: HeaderMap, body: Bytes| {
            sent.lock().unwrap().push((headers, ExportTraceServiceRequest::decode(body).unwrap()));
        };
        serve(Router::new().route("/v1/traces", post(take))).await
    }

    fn spans(&self) -> Vec<Span> {
        let sent = self.0.lock().unwrap();
        let resources = sent.iter().flat_map(|(_, request)| request.resource_spans.clone());
        resources.flat_map(|spans| spans.scope_spans).flat_map(|spans| spans.spans).collect()
    }

    fn of_trace(&self, trace: &str) -> Vec<Span> {
        self.spans().into_iter().filter(|span| hex::encode(&span.trace_id) == trace).collect()
    }
}

async fn serve(routes: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    format!("http://{address}")
}

fn server(place: &Place, settings: &[(&str, &str)]) -> Server {
    let mut command = place.command(&["serve"]);
    Server::run(command.env("DATABASE_URL", "memory:").envs(settings.iter().copied()))
}

fn ask(server: &Server, method: &str, path: &str, flags: &str, trace: &str) -> String {
    let mut answer = String::new();
    let headers =
        format!("authorization: Bearer {}\r\ntraceparent: 00-{trace}-{PARENT}-{flags}", server.token_of("buyer"));
    server.send_with(method, path, &headers, "{}").read_to_string(&mut answer).unwrap();
    answer
}

fn text(attributes: &[KeyValue], key: &str) -> Option<String> {
    let found = attributes.iter().find(|it| it.key == key)?.value.clone();
    match found {
        Some(AnyValue { value: Some(Value::StringValue(text)) }) => Some(text),
        Some(AnyValue { value: Some(Value::IntValue(number)) }) => Some(number.to_string()),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_a_span_of_its_callers_trace_and_tells_no_secret() {
    let collector = Collector::default();
    let url = collector.start().await;
    let place = Place::new("traces");
    let settings = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=open%20sesame"),
        ("OTEL_SERVICE_NAME", "shop"),
        ("DESIGNIA_LOG", "off"),
    ];
    let server = server(&place, &settings);
    let path = "/api/marketplace/products/no-such-thing/?token=hunter2";
    let answer = ask(&server, "GET", path, "01", TRACE);
    assert!(answer.contains(&format!(r#""trace_id":"{TRACE}""#)), "{answer}");
    let own = server.get("/api/nowhere/");
    let own = own.split(r#""trace_id":""#).nth(1).unwrap()[..32].to_owned();
    let unsampled = "1af7651916cd43dd8448eb211c80319d";
    assert!(ask(&server, "GET", path, "00", unsampled).contains(unsampled), "a problem tells of every trace");
    assert_eq!(server.terminate(), Some(0));

    let [span] = &collector.of_trace(TRACE)[..] else { panic!("{:?}", collector.spans()) };
    assert_eq!(span.name, "GET /api/marketplace/products/{slug}/");
    assert_eq!((hex::encode(&span.parent_span_id).as_str(), span.kind), (PARENT, 2), "the caller's child, a server's");
    for (key, value) in [("http.route", "/api/marketplace/products/{slug}/"), ("http.response.status_code", "404")] {
        assert_eq!(text(&span.attributes, key).as_deref(), Some(value));
    }
    let [span] = &collector.of_trace(&own)[..] else { panic!("{:?}", collector.spans()) };
    assert_eq!((span.name.as_str(), span.parent_span_id.len()), ("GET", 0), "no route, no caller");
    assert!(collector.of_trace(unsampled).is_empty(), "the caller does not want it kept");
    let told = format!("{:?}", collector.spans());
    for secret in ["hunter2", "Bearer", "sesame", "@"] {
        assert!(!told.contains(secret), "{secret}: {told}");
    }
    let (headers, request) = &collector.0.lock().unwrap()[0];
    assert_eq!(headers["x-key"], "open sesame");
    let resource = request.resource_spans[0].resource.clone().unwrap();
    assert_eq!(text(&resource.attributes, "service.name").as_deref(), Some("shop"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_to_the_provider_tells_of_which_span_it_is_a_part() {
    let (collector, calls) = (Collector::default(), Arc::new(Mutex::new(Vec::new())));
    let noted = Arc::clone(&calls);
    let stripe = serve(Router::new().fallback(async move |request: Request| {
        let parent = request.headers().get("traceparent").map(|value| value.to_str().unwrap().to_owned());
        noted.lock().unwrap().push((request.uri().path().to_owned(), parent));
        StatusCode::SERVICE_UNAVAILABLE
    }))
    .await;
    let url = collector.start().await;
    let place = Place::new("traces-stripe");
    let settings = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()),
        ("STRIPE_SECRET_KEY", "sk_test_x"),
        ("STRIPE_WEBHOOK_SECRET", "whsec_x"),
        ("STRIPE_API_BASE", stripe.as_str()),
    ];
    let server = server(&place, &settings);
    let product = server.get("/api/marketplace/products/moon-jar/");
    let id = product.split(r#""id":""#).nth(1).unwrap().split('"').next().unwrap();
    let body = format!(r#"{{"items":[{{"product_id":"{id}","quantity":1}}]}}"#);
    let headers = format!("authorization: Bearer {}\r\ntraceparent: 00-{TRACE}-{PARENT}-01", server.token_of("buyer"));
    let mut answer = String::new();
    server.send_with("POST", "/api/payments/checkout_session/", &headers, &body).read_to_string(&mut answer).unwrap();
    assert_eq!(server.terminate(), Some(0));
    let spans = collector.of_trace(TRACE);
    let expected = format!("00-{TRACE}-{}-01", hex::encode(&spans[0].span_id));
    let calls = calls.lock().unwrap();
    assert!(calls.iter().any(|(_, parent)| parent.as_ref() == Some(&expected)), "{calls:?} {answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_fails_or_hangs_harms_no_request_and_is_told_of_once() {
    let broken = serve(Router::new().fallback(async || StatusCode::BAD_REQUEST)).await;
    let silent = serve(Router::new().fallback(pending::<()>)).await;
    // Nobody listens at the second address.
    for (url, times_told) in [(broken.as_str(), 1), ("http://127.0.0.1:9", 1), (silent.as_str(), 0)] {
        let place = Place::new("traces-away");
        let mut command = place.command(&["serve"]);
        command.env("DATABASE_URL", "memory:").env("OTEL_EXPORTER_OTLP_ENDPOINT", url);
        // A batch at every moment, so that there are many failures to tell of, and a queue that overflows.
        command.env("OTEL_BSP_SCHEDULE_DELAY", "10").env("OTEL_BSP_MAX_QUEUE_SIZE", "4").stderr(Stdio::piped());
        let mut server = Server::run(&mut command);
        for _ in 0..40 {
            let mut answer = String::new();
            server.send_with("GET", "/health/live", "accept: */*", "").read_to_string(&mut answer).unwrap();
            assert!(answer.ends_with(r#"{"status":"live"}"#), "{answer}");
        }
        let stderr = server.child.stderr.take().unwrap();
        assert_eq!(server.terminate(), Some(0));
        let log = std::io::read_to_string(stderr).unwrap();
        assert_eq!(log.matches("the collector takes no spans").count(), times_told, "{log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_setting_nothing_is_sent() {
    let collector = Collector::default();
    let url = collector.start().await;
    let place = Place::new("traces-unset");
    let settings = [("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", url.as_str()), ("OTEL_EXPORTER_OTLP_HEADERS", "x=y")];
    let server = server(&place, &settings);
    let answer = ask(&server, "GET", "/api/nowhere/", "01", TRACE);
    assert!(answer.contains(&format!(r#""trace_id":"{TRACE}""#)), "{answer}");
    assert_eq!(server.terminate(), Some(0));
    assert!(collector.spans().is_empty());
}
