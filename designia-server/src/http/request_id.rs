//! An id for every request: in its answer, in its problem, and on every log line it causes; and beside it the id of the trace
//! that it belongs to, which a caller may have begun elsewhere and tells by the header `traceparent` of the W3C.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use axum::middleware::Next;
use std::time::Duration;
use tracing::Span;

use super::slash::WrittenPath;
use crate::edge;

pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

const TRACE_PARENT: HeaderName = HeaderName::from_static("traceparent");

/// Longest id taken over from a caller or a proxy.
const MAX_LENGTH: usize = 64;

/// The id of the request at hand.
#[derive(Clone, Debug)]
pub(super) struct RequestId(pub(super) String);

/// The id of the trace that the request belongs to, in 32 hexadecimal digits.
#[derive(Clone, Debug)]
pub(super) struct TraceId(pub(super) String);

/// Takes the caller's id if it is harmless in a log, or makes one, and answers with it.
pub(super) async fn assign(mut request: Request, next: Next) -> Response<Body> {
    let given = request.headers().get(HEADER).and_then(|value| value.to_str().ok()).filter(|id| is_harmless(id));
    let id = given.map_or_else(|| edge::request_id().to_string(), str::to_owned);
    let trace = trace_of(request.headers()).unwrap_or_else(|| edge::request_id().simple().to_string());
    request.extensions_mut().insert(TraceId(trace));
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = next.run(request).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}

/// The trace that the caller has begun, if its header is as the W3C has it.
fn trace_of(headers: &HeaderMap) -> Option<String> {
    let parts: Vec<&str> = headers.get(TRACE_PARENT)?.to_str().ok()?.split('-').collect();
    let [version, trace, parent, flags, ..] = parts[..] else { return None };
    let is_hex = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    let is_known = is_hex(version, 2) && version != "ff" && (version != "00" || parts.len() == 4) && is_hex(flags, 2);
    let is_zero = |text: &str| text.bytes().all(|byte| byte == b'0');
    let is_id = is_hex(trace, 32) && !is_zero(trace) && is_hex(parent, 16) && !is_zero(parent);
    (is_known && is_id).then(|| trace.to_owned())
}

fn is_harmless(id: &str) -> bool {
    !id.is_empty() && id.len() <= MAX_LENGTH && id.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

/// The span of a request. It names the path without the query, which may hold what a log must not.
pub(super) fn span<B>(request: &axum::http::Request<B>) -> Span {
    let extensions = request.extensions();
    let path = extensions.get::<WrittenPath>().map_or_else(|| request.uri().path(), |written| written.0.as_str());
    let id = extensions.get::<RequestId>().map_or("", |id| id.0.as_str());
    let trace = extensions.get::<TraceId>().map_or("", |id| id.0.as_str());
    tracing::info_span!("request", method = %request.method(), path, request_id = id, trace_id = trace)
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
    fn a_trace_is_taken_over_from_a_header_as_the_w3c_has_it_and_from_no_other() {
        let trace = "0af7651916cd43dd8448eb211c80319c";
        for (header, is_taken) in [
            (format!("00-{trace}-b7ad6b7169203331-01"), true),
            (format!("01-{trace}-b7ad6b7169203331-01-what-comes-later"), true),
            (format!("00-{trace}-b7ad6b7169203331-01-more"), false),
            (format!("ff-{trace}-b7ad6b7169203331-01"), false),
            (format!("00-{}-b7ad6b7169203331-01", trace.to_uppercase()), false),
            (format!("00-{trace}-0000000000000000-01"), false),
            (format!("00-{}-b7ad6b7169203331-01", "0".repeat(32)), false),
            (format!("00-{trace}-b7ad6b7169203331"), false),
            (trace.to_owned(), false),
        ] {
            let headers = HeaderMap::from_iter([(TRACE_PARENT, header.parse().unwrap())]);
            assert_eq!(trace_of(&headers).is_some_and(|it| it == trace), is_taken, "{header}");
        }
    }

    #[test]
    fn an_id_that_could_forge_a_log_line_is_not_taken_over() {
        assert!(is_harmless("01995f2e-7e5c-7bbb-8a3a-1c2d3e4f5a6b"));
        for id in ["", "a b", "a\u{1b}[31m", "\"quoted\"", &"x".repeat(65)] {
            assert!(!is_harmless(id), "{id}");
        }
    }
}
