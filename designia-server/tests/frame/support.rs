//! A server of a few routes inside the real frame.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use designia_core::id::AccountId;
use designia_core::ports::{Clock, RateLimiter, RequestLog};
use designia_core::testing::{FixedClock, SequentialIds};
use designia_core::time::Timestamp;
use designia_server::config::{Http, Proxies, RateLimits};
use designia_server::http::callers::Callers;
use designia_server::http::idempotency::Repeats;
use designia_server::http::limits::Limits;
use designia_server::http::metrics::Metrics;
use designia_server::http::{Guards, framed};
use designia_server::problem::{Code, Problem};
use designia_server::serve::{Patience, serve};
use tokio::net::TcpListener;
use uuid::Uuid;

pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_760_000_000);

/// For how long nobody else takes up a request with a key.
pub(crate) const LEASE: Duration = Duration::from_secs(30);

/// Whoever sends `Bearer N` is account N.
#[derive(Debug)]
pub(crate) struct Numbered;

#[async_trait]
impl Callers for Numbered {
    fn signed_for(&self, headers: &HeaderMap) -> Option<AccountId> {
        let number = headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?.parse().ok()?;
        Some(AccountId::from_uuid(Uuid::from_u128(number)))
    }

    async fn caller(&self, headers: &HeaderMap) -> Result<AccountId, Problem> {
        self.signed_for(headers).ok_or_else(|| Problem::new(Code::Unauthenticated, "who is it?"))
    }
}

pub(crate) fn settings() -> Http {
    Http {
        request_timeout: Duration::from_secs(20),
        header_timeout: Duration::from_secs(20),
        body_limit: 100_000,
        upload_limit: 200_000,
        cors_origins: Vec::new(),
        proxies: Proxies::default(),
        rate_limits: None,
        metrics_open: true,
        shutdown_grace: Duration::ZERO,
    }
}

/// Guards that count by this limiter.
pub(crate) fn limited(limits: RateLimits, limiter: Arc<dyn RateLimiter>, clock: &FixedClock) -> Guards {
    let limits = Limits::new(limits, limiter, Arc::new(clock.clone()), Arc::new(Numbered), Metrics::new(true));
    Guards { limits: Some(limits), repeats: None }
}

/// Guards that recognise repetitions by this log.
pub(crate) fn repeatable(log: Arc<dyn RequestLog>, clock: &FixedClock) -> Guards {
    let (clock, ids): (Arc<dyn Clock>, _) = (Arc::new(clock.clone()), Arc::new(SequentialIds::new()));
    let repeats = Repeats::new(log, clock, ids, Arc::new(Numbered), Metrics::new(true), LEASE);
    Guards { limits: None, repeats: Some(repeats) }
}

/// Serves these routes until the test ends.
pub(crate) async fn start(routes: Router, settings: &Http, guards: Guards) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let routes = framed(routes, settings, guards, false, &Metrics::new(true));
    let patience = Patience { headers: settings.header_timeout, grace: Duration::ZERO };
    tokio::spawn(serve(listener, routes, std::future::pending(), patience));
    address
}

/// A client that does not wait for ever.
pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder().timeout(Duration::from_secs(30)).no_proxy().tls_certs_only([]).build().unwrap()
}
