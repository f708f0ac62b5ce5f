//! The page to read and try the API: Swagger UI, served from this binary, which asks no other host for anything.

use std::future::{Ready, ready};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, header};
use axum::response::IntoResponse;
use axum::routing::get;
use bytes::Bytes;
use serde_json::Value;
use utoipa::openapi::OpenApi;

use super::examples;
use crate::problem::{Code, Problem};

const PAGE: &str = include_str!("../../assets/docs/index.html");
const INIT: &str = include_str!("../../assets/docs/init.js");
const BUNDLE: &[u8] = include_bytes!("../../assets/swagger-ui/swagger-ui-bundle.js.gz");
const STYLE: &[u8] = include_bytes!("../../assets/swagger-ui/swagger-ui.css.gz");

/// Nothing but our own files runs on the page. Swagger UI sets styles on elements and draws its icons from data URLs.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The vendored files change with a release only.
const ONE_DAY: &str = "public, max-age=86400";

/// The document at its two addresses, and the page.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>(document: &OpenApi) -> Result<Router<S>, serde_json::Error> {
    let json = Bytes::from(to_json(document)?.to_string());
    let document = move || ready(file("application/json", json.clone()));
    Ok(Router::new()
        .route("/api/openapi.json", get(document.clone()))
        .route("/api/schema/", get(document))
        .route("/api/docs/", get(page))
        .route("/api/docs/init.js", get(|| ready(file("text/javascript; charset=utf-8", INIT))))
        .route(
            "/api/docs/swagger-ui.js",
            get(|headers| ready(packed(&headers, "text/javascript; charset=utf-8", BUNDLE))),
        )
        .route("/api/docs/swagger-ui.css", get(|headers| ready(packed(&headers, "text/css; charset=utf-8", STYLE)))))
}

/// The document with an example of every body.
pub(crate) fn to_json(document: &OpenApi) -> Result<Value, serde_json::Error> {
    let mut document = serde_json::to_value(document)?;
    examples::complete(&mut document);
    Ok(document)
}

fn page() -> Ready<Response<Body>> {
    let mut response = file("text/html; charset=utf-8", PAGE);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    ready(response)
}

fn file(kind: &'static str, body: impl Into<Body>) -> Response<Body> {
    ([(header::CONTENT_TYPE, kind)], body.into()).into_response()
}

/// A file that is stored compressed, for a caller that can unpack it. Every browser can.
fn packed(headers: &HeaderMap, kind: &'static str, body: &'static [u8]) -> Response<Body> {
    let accepts = headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .any(|value| value.to_str().is_ok_and(|value| value.contains("gzip") || value.contains('*')));
    if !accepts {
        let detail = "this file is kept compressed; send Accept-Encoding: gzip";
        return Problem::new(Code::NotAcceptable, detail).into_response();
    }
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_ENCODING, "gzip"),
        (header::VARY, "accept-encoding"),
        (header::CACHE_CONTROL, ONE_DAY),
    ];
    (headers, body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_part_of_the_page_names_no_other_host() {
        for text in [PAGE, INIT, POLICY] {
            assert!(!text.contains("//") || text.lines().all(|line| !line.contains("://")), "{text}");
            assert!(!text.contains("src=\"//") && !text.contains("http"), "{text}");
        }
        assert!(INIT.contains("validatorUrl: null"));
    }

    #[test]
    fn the_page_runs_no_inline_script() {
        assert_eq!(PAGE.matches("<script").count(), PAGE.matches("<script src=\"/api/docs/").count());
        assert!(!PAGE.contains("onload="));
    }
}
