//! Headers that tell browsers what they must not do with our answers, and which pages may call us.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{Method, Response};
use axum::middleware::Next;
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::{idempotency, limits, request_id};

/// What depends on how the server is reached.
#[derive(Clone, Copy, Debug)]
pub(super) struct Headers {
    /// Whether the public address is https, so that browsers may be told to insist on it.
    pub(super) https: bool,
}

/// An answer of the API is data: nothing in it may run, be framed, or be guessed to be of another type.
const ALWAYS: [(HeaderName, &str); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// What a page may replace with its own.
const UNLESS_SET: [(HeaderName, &str); 2] = [
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (header::CACHE_CONTROL, "no-store"),
];

/// What a page of another origin may read of an answer besides its body, and the limits.
const EXPOSED: [HeaderName; 5] =
    [header::ETAG, header::LOCATION, header::RETRY_AFTER, request_id::HEADER, idempotency::REPLAYED];

pub(super) async fn set(State(facts): State<Headers>, request: Request, next: Next) -> Response<Body> {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    for (name, value) in UNLESS_SET {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if facts.https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    response
}

/// Lets pages of these origins call the API with credentials; without origins no page of another origin may.
pub(super) fn cors(origins: &[String]) -> Option<CorsLayer> {
    let origins: Vec<HeaderValue> = origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()).collect();
    (!origins.is_empty()).then(|| {
        CorsLayer::new()
            .allow_origin(AllowOrigin::list(origins))
            .allow_credentials(true)
            .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
            .allow_headers([
                header::AUTHORIZATION,
                header::CONTENT_TYPE,
                HeaderName::from_static("x-csrftoken"),
                HeaderName::from_static("x-request-id"),
                HeaderName::from_static("idempotency-key"),
                header::IF_MATCH,
                header::IF_NONE_MATCH,
                HeaderName::from_static("traceparent"),
            ])
            .expose_headers(EXPOSED.into_iter().chain(limits::HEADERS).collect::<Vec<_>>())
            .max_age(Duration::from_secs(600))
    })
}
