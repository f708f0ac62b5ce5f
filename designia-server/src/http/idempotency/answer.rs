//! Answers as they are kept.

use axum::body::{Body, HttpBody as _, to_bytes};
use axum::http::header::{CONTENT_TYPE, ETAG, HeaderName, LOCATION, SET_COOKIE};
use axum::http::{HeaderValue, Response, StatusCode};
use designia_core::ports::{RequestOutcome, StoredAnswer};
use designia_core::time::Timestamp;

use super::REPLAYED;

/// The headers that belong to an answer; all others are those of its time.
const KEPT: [HeaderName; 3] = [CONTENT_TYPE, ETAG, LOCATION];

/// Larger answers are not kept: what creates something answers with a page at most.
const LARGEST: usize = 256 * 1024;

/// What this answer says of its request, and the answer.
pub(super) async fn look_at(response: Response<Body>, now: Timestamp) -> (RequestOutcome, Response<Body>) {
    let status = response.status();
    if status.is_client_error() {
        return (RequestOutcome::Nothing, response);
    }
    let is_small = response.body().size_hint().upper().is_some_and(|size| size <= LARGEST as u64);
    // A cookie may be a secret.
    if status.is_server_error() || !is_small || response.headers().contains_key(SET_COOKIE) {
        return (RequestOutcome::Unknown { at: now }, response);
    }
    let (parts, body) = response.into_parts();
    // A body of known length that is in memory can be read.
    let body = to_bytes(body, LARGEST).await.unwrap_or_default();
    let text = |value: &HeaderValue| value.to_str().map(str::to_owned).ok();
    let headers = KEPT.iter().filter_map(|name| Some((name.to_string(), text(parts.headers.get(name)?)?))).collect();
    let answer = StoredAnswer { status: status.as_u16(), headers, body: body.to_vec() };
    (RequestOutcome::Answered(answer), Response::from_parts(parts, Body::from(body)))
}

/// The same answer again.
pub(super) fn again(answer: StoredAnswer) -> Response<Body> {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}
