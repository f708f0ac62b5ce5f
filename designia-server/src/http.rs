//! The HTTP frame: what every request passes, whichever handler answers it.
//!
//! From the outside in: the path's slash is settled, the request gets its id and its span, the answer its security
//! headers, CORS and compression; then, on the matched route, metrics, problems, panics, time and size limits.

pub mod auth;
pub mod docs;
pub mod extract;
pub mod health;
pub mod metrics;

pub(crate) mod index;
pub(crate) mod pages;

mod openapi;
mod problems;
mod request_id;
mod security;
mod slash;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::sensitive_headers::SetSensitiveRequestHeadersLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

use crate::config;
use metrics::Metrics;

pub(crate) use openapi::complete;
pub use openapi::document;

/// Request headers whose values no log may show.
const SENSITIVE: [HeaderName; 4] =
    [header::AUTHORIZATION, header::COOKIE, header::PROXY_AUTHORIZATION, HeaderName::from_static("stripe-signature")];

/// Puts the frame around the routes.
pub fn framed(routes: Router, settings: &config::Http, https: bool, metrics: &Metrics) -> Router {
    let on_the_route = ServiceBuilder::new()
        .layer(from_fn_with_state(metrics.clone(), metrics::measure))
        .layer(from_fn(problems::complete))
        .layer(CatchPanicLayer::custom(problems::of_panic))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, settings.request_timeout))
        .layer(RequestBodyLimitLayer::new(settings.body_limit))
        .layer(DefaultBodyLimit::disable());
    let around_everything = ServiceBuilder::new()
        .layer(from_fn(slash::settle))
        .layer(from_fn(request_id::assign))
        .layer(SetSensitiveRequestHeadersLayer::new(SENSITIVE))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(request_id::span)
                .on_response(request_id::log_answer)
                .on_failure(()),
        )
        .layer(from_fn_with_state(security::Headers { https }, security::set))
        .option_layer(security::cors(&settings.cors_origins))
        .layer(
            CompressionLayer::new()
                .compress_when(DefaultPredicate::new().and(NotForContentType::const_new("text/event-stream"))),
        );
    let routes =
        routes.fallback(problems::no_route).method_not_allowed_fallback(problems::no_method).layer(on_the_route);
    Router::new().fallback_service(routes).layer(around_everything)
}

#[cfg(test)]
mod tests;
