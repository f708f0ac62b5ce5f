//! The console's own files: one stylesheet, and htmx with its extension for server-sent events.
//!
//! They are part of the binary. Their address carries a digest of what they hold, so a browser may keep them for ever and still
//! gets those of a new release.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use ring::digest;

use crate::problem::Problem;

/// What never changes under its address.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Name, type and content of each file.
const FILES: [(&str, &str, &str); 4] = [
    ("icon.svg", "image/svg+xml", include_str!("../../assets/console/icon.svg")),
    ("console.css", "text/css; charset=utf-8", include_str!("../../assets/console/console.css")),
    ("htmx.js", "text/javascript; charset=utf-8", include_str!("../../assets/console/htmx.min.js")),
    ("hx-sse.js", "text/javascript; charset=utf-8", include_str!("../../assets/console/hx-sse.min.js")),
];

/// A digest of all of them.
static RELEASE: LazyLock<String> = LazyLock::new(|| {
    let mut context = digest::Context::new(&digest::SHA256);
    for (name, _, content) in FILES {
        context.update(name.as_bytes());
        context.update(content.as_bytes());
    }
    hex::encode(&context.finish().as_ref()[..6])
});

/// What the addresses of the files end with.
pub(super) fn release() -> &'static str {
    &RELEASE
}

/// One of the files.
pub(super) async fn serve(Path(name): Path<String>) -> Result<Response, Problem> {
    let file = FILES.iter().find(|(known, _, _)| *known == name);
    let (_, kind, content) = file.ok_or_else(|| Problem::not_found("file"))?;
    let headers = HeaderMap::from_iter([
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, FOR_EVER),
    ]);
    Ok((headers, *content).into_response())
}
