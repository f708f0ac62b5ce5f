//! How large a body may be and how long an answer may take, by what is sent.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::Response;
use axum::middleware::Next;
use axum::response::IntoResponse;

use super::limits::is_multipart;
use crate::config;
use crate::problem::{Code, Problem};

/// So many times as long as others a request with files may take: it is as much larger, and lines out of the house are slow.
const PATIENCE_WITH_FILES: u32 = 4;

/// The limits of one request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    /// Of a body.
    body: usize,
    /// Of a body with files.
    files: usize,
    time: Duration,
}

impl Sizes {
    pub(super) const fn of(settings: &config::Http) -> Self {
        Self { body: settings.body_limit, files: settings.upload_limit, time: settings.request_timeout }
    }
}

/// Reads no more of a body than is allowed, and cuts off what takes too long: also a body that does not come.
pub(super) async fn keep(State(sizes): State<Sizes>, mut request: Request, next: Next) -> Response<Body> {
    let (limit, time) = if is_multipart(request.headers()) {
        (sizes.files, sizes.time * PATIENCE_WITH_FILES)
    } else {
        (sizes.body, sizes.time)
    };
    // A route may allow more, or less.
    DefaultBodyLimit::max(limit).apply(&mut request);
    match tokio::time::timeout(time, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::new(Code::RequestTimeout, "the request took longer than this server allows").into_response(),
    }
}
