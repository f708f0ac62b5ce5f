//! One path with or without the slash at its end.
//!
//! Resources under `/api/`, pages of the console and sockets are written with it, as the first backend and its clients write them; probes and files
//! without. A client that does otherwise is understood, not redirected: a redirected POST loses its body.

use axum::extract::Request;
use axum::http::Uri;
use axum::http::uri::PathAndQuery;
use axum::middleware::Next;
use axum::response::Response;

/// The path as the client wrote it.
#[derive(Clone, Debug)]
pub(super) struct WrittenPath(pub(super) String);

/// Rewrites the path to the form in which routes are declared.
pub(super) async fn settle(mut request: Request, next: Next) -> Response {
    let written = request.uri().path().to_owned();
    if let Some(settled) = settled(&written).and_then(|path| with_path(request.uri(), &path)) {
        *request.uri_mut() = settled;
    }
    request.extensions_mut().insert(WrittenPath(written));
    next.run(request).await
}

/// The declared form of the path, if it differs.
fn settled(path: &str) -> Option<String> {
    let trimmed = path.trim_end_matches('/');
    let has_pages = ["/api", "/admin"].iter().any(|root| trimmed.starts_with(root));
    let is_resource = trimmed.starts_with("/ws/") || (has_pages && !is_file(trimmed));
    let form = if trimmed.is_empty() || is_resource { format!("{trimmed}/") } else { trimmed.to_owned() };
    (form != path).then_some(form)
}

/// Files are the document and what its page is made of; elsewhere a dot is part of a name, such as a schedule's.
fn is_file(path: &str) -> bool {
    let (parent, last) = path.rsplit_once('/').unwrap_or_default();
    last.contains('.') && ["/api", "/api/docs", "/admin/static"].contains(&parent)
}

fn with_path(uri: &Uri, path: &str) -> Option<Uri> {
    let path_and_query = match uri.query() {
        Some(query) => PathAndQuery::try_from(format!("{path}?{query}")),
        None => PathAndQuery::try_from(path),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path_and_query.ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn api_resources_end_with_a_slash_and_everything_else_does_not() {
        for (written, declared) in [
            ("/", "/"),
            ("/ws/activity", "/ws/activity/"),
            ("/api", "/api/"),
            ("/admin", "/admin/"),
            ("/admin/schedules/rates.daily", "/admin/schedules/rates.daily/"),
            ("/admin/static/console.css", "/admin/static/console.css"),
            ("/api/marketplace/orders", "/api/marketplace/orders/"),
            ("/api/marketplace/orders/", "/api/marketplace/orders/"),
            ("/api/marketplace/orders//", "/api/marketplace/orders/"),
            ("/api/openapi.json/", "/api/openapi.json"),
            ("/api/docs/init.js", "/api/docs/init.js"),
            ("/api/admin/schedules/rates.update", "/api/admin/schedules/rates.update/"),
            ("/health/live/", "/health/live"),
            ("/metrics", "/metrics"),
        ] {
            assert_eq!(settled(written).as_deref().unwrap_or(written), declared);
        }
        let uri = with_path(&"/api/rates/latest?base=EUR".parse().unwrap(), "/api/rates/latest/").unwrap();
        assert_eq!(uri, "/api/rates/latest/?base=EUR");
    }
}
