//! How often who may ask for what, and how the answer says so.
//!
//! A caller with a token is counted by account, whoever has none by address; what belongs to logging in by both, so that neither
//! many accounts from one place nor many places for one account get further. It costs no look into the database: a token's
//! signature says whose it is, and whoever has lost its session is refused by the handler.

mod class;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{HeaderName, HeaderValue};
use axum::http::{HeaderMap, Response};
use axum::middleware::Next;
use axum::response::IntoResponse;
use designia_core::ports::{Allowance, Clock, Quota, RateLimiter};

use super::callers::Callers;
use super::client::ClientAddress;
use super::metrics::Metrics;
use crate::config::{Class, RateLimits};
use crate::problem::Problem;

pub(super) use class::is_multipart;

/// Counts requests that were sent away, by class.
const REFUSED: &str = "designia_http_rate_limited_total";

/// Headers that tell what is left; the first three as many services write them, the last two as the IETF's draft
/// `httpapi-ratelimit-headers` has them since its 8th version.
pub(super) const HEADERS: [HeaderName; 5] = [
    HeaderName::from_static("ratelimit-limit"),
    HeaderName::from_static("ratelimit-remaining"),
    HeaderName::from_static("ratelimit-reset"),
    HeaderName::from_static("ratelimit-policy"),
    HeaderName::from_static("ratelimit"),
];

/// What the limits are kept with.
#[derive(Clone, Debug)]
pub struct Limits {
    limits: RateLimits,
    limiter: Arc<dyn RateLimiter>,
    clock: Arc<dyn Clock>,
    callers: Arc<dyn Callers>,
    metrics: Metrics,
}

impl Limits {
    /// These quotas, counted by this limiter in the time of this clock.
    #[must_use]
    pub fn new(
        limits: RateLimits,
        limiter: Arc<dyn RateLimiter>,
        clock: Arc<dyn Clock>,
        callers: Arc<dyn Callers>,
        metrics: Metrics,
    ) -> Self {
        metrics.describe_count(REFUSED, "Requests that were sent away because there were too many, by class.");
        Self { limits, limiter, clock, callers, metrics }
    }

    /// Takes one from each quota that the request falls under, until one is used up: the one with the least left. None if nothing
    /// is counted, or the count can't be asked; a limit must not take down what it protects.
    async fn take(&self, class: Class, keys: &[String]) -> Option<Allowance> {
        let (quota, now) = (self.limits.of(class), self.clock.now());
        let mut least: Option<Allowance> = None;
        for key in keys {
            let taken = self.limiter.take(key, quota, now).await;
            let taken = taken.inspect_err(|error| tracing::warn!(%error, "a limit can't be counted")).ok()?;
            if !taken.allowed {
                return Some(taken);
            }
            if least.is_none_or(|least| taken.remaining < least.remaining) {
                least = Some(taken);
            }
        }
        least
    }
}

/// Sends away who asks too often, and tells everybody else what is left.
pub(super) async fn keep(State(limits): State<Limits>, request: Request, next: Next) -> Response<Body> {
    let route = request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str);
    let account = limits.callers.signed_for(request.headers());
    let Some(class) = class::of(request.method(), route, request.headers(), account.is_some()) else {
        return next.run(request).await;
    };
    let client = request.extensions().get::<ClientAddress>().copied();
    let what = format!("http:{}", class.name());
    let by_address = || client.map(|client| client.key(&what));
    let keys: Vec<String> = match account {
        Some(account) => {
            let also = by_address().filter(|_| class == Class::Auth);
            also.into_iter().chain([format!("{what}:account:{account}")]).collect()
        }
        None => by_address().into_iter().collect(),
    };
    let Some(taken) = limits.take(class, &keys).await else { return next.run(request).await };
    let mut response = if taken.allowed {
        next.run(request).await
    } else {
        limits.metrics.count(REFUSED, &[("class", class.name())], 1);
        let wait = seconds(taken.retry_after).max(1);
        Problem::too_many(format!("too many requests; try again in {wait} s"), taken.retry_after).into_response()
    };
    tell(response.headers_mut(), class, limits.limits.of(class), taken);
    response
}

fn tell(headers: &mut HeaderMap, class: Class, quota: Quota, taken: Allowance) {
    let (name, limit, left) = (class.name(), quota.burst, taken.remaining);
    let (window, reset) = (seconds(quota.per).max(1), seconds(taken.reset_after));
    let policy = format!("\"{name}\";q={limit};w={window}");
    let again = if taken.allowed { reset } else { seconds(taken.retry_after).max(1) };
    let state = format!("\"{name}\";r={left};t={again}");
    let values = [limit.to_string(), left.to_string(), reset.to_string(), policy, state];
    for (name, value) in HEADERS.into_iter().zip(values) {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
}

/// Whole seconds, rounded up: whoever waits so long has waited long enough.
fn seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}
