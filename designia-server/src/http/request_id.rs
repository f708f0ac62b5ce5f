//! An id for every request: in its answer, in its problem, and on every log line it causes, beside that of its trace.

use axum::body::Body;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use axum::middleware::Next;
use std::time::Duration;
use tracing::Span;
use tracing::field::Empty;

use super::slash::WrittenPath;
use super::trace;
use crate::edge;

pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Longest id taken over from a caller or a proxy.
const MAX_LENGTH: usize = 64;

/// The id of the request at hand.
#[derive(Clone, Debug)]
pub(super) struct RequestId(pub(super) String);

/// The id of a request.
pub(crate) fn of(parts: &Parts) -> Option<String> {
    parts.extensions.get::<RequestId>().map(|id| id.0.clone())
}

/// The span of the request at hand.
#[derive(Clone, Debug)]
struct RequestSpan(Span);

/// Takes the caller's id if it is harmless in a log, or makes one, and answers with it.
pub(super) async fn assign(mut request: Request, next: Next) -> Response<Body> {
    let given = request.headers().get(HEADER).and_then(|value| value.to_str().ok()).filter(|id| is_harmless(id));
    let id = given.map_or_else(|| edge::request_id().to_string(), str::to_owned);
    let span = begin(&request, &id);
    let trace = trace::begin(&span, request.headers());
    span.record("trace_id", trace.0.as_str());
    let extensions = request.extensions_mut();
    extensions.insert(trace);
    extensions.insert(RequestId(id.clone()));
    extensions.insert(RequestSpan(span));
    let mut response = next.run(request).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}

fn is_harmless(id: &str) -> bool {
    !id.is_empty() && id.len() <= MAX_LENGTH && id.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

/// The span of a request. It names the path without the query, which may hold what a log must not.
fn begin(request: &Request, id: &str) -> Span {
    let written = request.extensions().get::<WrittenPath>();
    let path = written.map_or_else(|| request.uri().path(), |written| written.0.as_str());
    tracing::info_span!("request", method = %request.method(), path, request_id = id, trace_id = Empty)
}

/// The span that was begun.
pub(super) fn span<B>(request: &axum::http::Request<B>) -> Span {
    request.extensions().get::<RequestSpan>().map_or_else(Span::none, |span| span.0.clone())
}

/// One line for each answer, louder for a failure of ours.
pub(super) fn log_answer<B>(response: &Response<B>, latency: Duration, _: &Span) {
    let (status, milliseconds) = (response.status().as_u16(), latency.as_millis());
    if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        // What is away has been told by whoever missed it, and a probe asks every few seconds.
        tracing::warn!(status, milliseconds, "answered");
    } else if response.status().is_server_error() {
        tracing::error!(status, milliseconds, "answered");
    } else {
        tracing::info!(status, milliseconds, "answered");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_could_forge_a_log_line_is_not_taken_over() {
        assert!(is_harmless("01995f2e-7e5c-7bbb-8a3a-1c2d3e4f5a6b"));
        for id in ["", "a b", "a\u{1b}[31m", "\"quoted\"", &"x".repeat(65)] {
            assert!(!is_harmless(id), "{id}");
        }
    }
}
