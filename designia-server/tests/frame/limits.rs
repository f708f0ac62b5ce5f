//! Limits on rates, as a client over a socket meets them.

use std::future::ready;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use designia_core::memory::MemoryRateLimiter;
use designia_core::ports::{Quota, RateLimiter};
use designia_core::testing::FixedClock;
use designia_redis::{RedisConnection, RedisRateLimiter};
use designia_server::config::{Class, Http, Proxies, RateLimits};
use designia_services::redis;
use reqwest::{Method, Response};

use crate::support::{NOW, client, limited, settings, start};

const THREE: Quota = Quota { burst: 3, per: Duration::from_secs(60) };

fn routes() -> Router {
    Router::new()
        .route("/api/things/", get(|| ready("things")))
        .route("/api/auth/login/", post(|| ready("in")))
        .route("/api/payments/stripe_webhook/", post(|| ready("heard")))
        .route("/health/live", get(|| ready("live")))
}

fn three_of_each() -> RateLimits {
    Class::ALL.into_iter().fold(RateLimits::default(), |limits, class| limits.with(class, THREE))
}

async fn node(limiter: Arc<dyn RateLimiter>, clock: &FixedClock, settings: &Http) -> SocketAddr {
    start(routes(), settings, limited(three_of_each(), limiter, clock)).await
}

async fn alone(settings: &Http) -> SocketAddr {
    node(Arc::new(MemoryRateLimiter::new()), &FixedClock::at(NOW), settings).await
}

async fn ask(node: SocketAddr, method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
    let request = client().request(method, format!("http://{node}{path}"));
    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).send().await.unwrap()
}

/// Status and headers of limits.
fn told(response: &Response) -> (u16, Vec<String>) {
    let names =
        ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "ratelimit-policy", "ratelimit", "retry-after"];
    let text = |name| response.headers().get(name).map_or("-", |value| value.to_str().unwrap());
    (response.status().as_u16(), names.map(text).map(str::to_owned).to_vec())
}

#[tokio::test]
async fn whoever_asks_too_often_is_told_when_to_come_back_and_everybody_what_is_left() {
    let (clock, limiter) = (FixedClock::at(NOW), Arc::new(MemoryRateLimiter::new()));
    let node = node(limiter, &clock, &settings()).await;
    let first = ask(node, Method::GET, "/api/things/", &[]).await;
    let policy = r#""anonymous";q=3;w=60"#;
    assert_eq!(
        told(&first),
        (200, ["3", "2", "20", policy, r#""anonymous";r=2;t=20"#, "-"].map(str::to_owned).to_vec())
    );
    for _ in 0..2 {
        assert_eq!(ask(node, Method::GET, "/api/things/", &[]).await.status(), 200);
    }
    let refused = ask(node, Method::GET, "/api/things/", &[]).await;
    assert_eq!(
        told(&refused),
        (429, ["3", "0", "60", policy, r#""anonymous";r=0;t=20"#, "20"].map(str::to_owned).to_vec())
    );
    let problem: serde_json::Value = refused.json().await.unwrap();
    assert_eq!(problem["code"], "too_many_requests");
    clock.advance(Duration::from_secs(20));
    assert_eq!(ask(node, Method::GET, "/api/things/", &[]).await.status(), 200, "that was true");
}

#[tokio::test]
async fn accounts_are_counted_by_themselves_and_logging_in_by_address_as_well() {
    let node = alone(&settings()).await;
    for account in ["Bearer 1", "Bearer 2"] {
        for _ in 0..3 {
            assert_eq!(ask(node, Method::GET, "/api/things/", &[("authorization", account)]).await.status(), 200);
        }
        assert_eq!(ask(node, Method::GET, "/api/things/", &[("authorization", account)]).await.status(), 429);
    }
    assert_eq!(ask(node, Method::GET, "/api/things/", &[]).await.status(), 200, "whoever has no token is another");
    for account in ["Bearer 3", "Bearer 4", "Bearer 5"] {
        assert_eq!(ask(node, Method::POST, "/api/auth/login/", &[("authorization", account)]).await.status(), 200);
    }
    let many = ask(node, Method::POST, "/api/auth/login/", &[("authorization", "Bearer 6")]).await;
    assert_eq!(many.status(), 429, "many accounts from one place get no further");
}

#[tokio::test]
async fn webhooks_and_probes_are_never_sent_away() {
    let node = alone(&settings()).await;
    for _ in 0..10 {
        let webhook = ask(node, Method::POST, "/api/payments/stripe_webhook/", &[]).await;
        assert_eq!(told(&webhook), (200, vec!["-".to_owned(); 6]));
        assert_eq!(ask(node, Method::GET, "/health/live", &[]).await.status(), 200);
    }
}

#[tokio::test]
async fn a_forged_forwarding_header_gives_nobody_a_new_quota() {
    let node = alone(&settings()).await;
    let mut statuses = Vec::new();
    for number in 0..6 {
        let forged = format!("198.51.100.{number}");
        let all =
            [("x-forwarded-for", forged.as_str()), ("forwarded", &format!("for={forged}")), ("x-real-ip", &forged)];
        statuses.push(ask(node, Method::GET, "/api/things/", &all).await.status().as_u16());
    }
    assert_eq!(statuses, [200, 200, 200, 429, 429, 429]);
}

#[tokio::test]
async fn behind_a_trusted_proxy_clients_are_told_apart_and_what_they_write_themselves_is_not_believed() {
    let proxies = Proxies { trusted: vec!["127.0.0.0/8".parse().unwrap()], ..Proxies::default() };
    let node = alone(&Http { proxies, ..settings() }).await;
    let ask = async |forwarded: &str| {
        ask(node, Method::GET, "/api/things/", &[("x-forwarded-for", forwarded)]).await.status().as_u16()
    };
    for number in 0..3 {
        assert_eq!(ask(&format!("198.51.100.{number}, 203.0.113.1")).await, 200);
    }
    assert_eq!(ask("198.51.100.9, 203.0.113.1").await, 429, "the proxy has asked for one client all the time");
    assert_eq!(ask("203.0.113.2").await, 200);
    for number in 1..=3 {
        assert_eq!(ask(&format!("2001:db8::{number}")).await, 200);
    }
    assert_eq!(ask("2001:db8::4").await, 429, "a household has one quota");
    assert_eq!(ask("2001:db8:0:1::4").await, 200);
}

#[tokio::test]
async fn two_nodes_on_one_redis_answer_as_one_node_does() {
    let Some(server) = redis() else { return };
    let namespace = server.fresh_namespace();
    let clock = FixedClock::at(NOW);
    let shared = || RedisRateLimiter::new(RedisConnection::lazy(&namespace.url().parse().unwrap()));
    let nodes =
        [node(Arc::new(shared()), &clock, &settings()).await, node(Arc::new(shared()), &clock, &settings()).await];
    let one = node(Arc::new(MemoryRateLimiter::new()), &clock, &settings()).await;
    for number in 0..12 {
        let headers: &[_] = if number % 3 == 0 { &[("authorization", "Bearer 1")] } else { &[] };
        let expected = told(&ask(one, Method::GET, "/api/things/", headers).await);
        let answered = told(&ask(nodes[number % 2], Method::GET, "/api/things/", headers).await);
        assert_eq!(answered, expected, "request {number}");
        clock.advance(Duration::from_secs(3));
    }
}
