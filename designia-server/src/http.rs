//! The HTTP frame: what every request passes, whichever handler answers it.
//!
//! From the outside in: the path's slash is settled, the request gets its id, its trace, its client's address and its span, the
//! answer its security headers, CORS and compression; then, on the matched route, metrics, problems, limits on rates, versions
//! that the client has already, panics, and limits of time and size. Where a route takes part, repetitions are recognised last.

pub mod auth;
pub mod callers;
pub mod client;
pub mod docs;
pub mod etag;
pub mod extract;
pub mod health;
pub mod idempotency;
pub mod limits;
pub mod metrics;

pub(crate) mod index;
pub(crate) mod pages;
pub(crate) mod request_id;

mod examples;
mod openapi;
mod problems;
mod security;
mod sizes;
mod slash;
mod trace;

use axum::http::{HeaderName, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::{Extension, Router};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::sensitive_headers::SetSensitiveRequestHeadersLayer;
use tower_http::trace::TraceLayer;

use crate::config;
use idempotency::Repeats;
use limits::Limits;
use metrics::Metrics;

pub(crate) use openapi::complete;
pub use openapi::document;

/// Request headers whose values no log may show.
const SENSITIVE: [HeaderName; 4] =
    [header::AUTHORIZATION, header::COOKIE, header::PROXY_AUTHORIZATION, HeaderName::from_static("stripe-signature")];

/// What stands before the handlers besides the settings.
#[derive(Clone, Debug, Default)]
pub struct Guards {
    /// How often who may ask; absent means that nothing is counted.
    pub limits: Option<Limits>,
    /// What makes repetitions harmless; absent means that a key changes nothing.
    pub repeats: Option<Repeats>,
}

/// Puts the frame around the routes.
pub fn framed(routes: Router, settings: &config::Http, guards: Guards, https: bool, metrics: &Metrics) -> Router {
    let on_the_route = ServiceBuilder::new()
        .layer(from_fn_with_state(metrics.clone(), metrics::measure))
        .layer(from_fn(problems::complete))
        .option_layer(guards.limits.map(|limits| from_fn_with_state(limits, limits::keep)))
        .layer(from_fn(etag::spare))
        .layer(CatchPanicLayer::custom(problems::of_panic))
        .layer(from_fn_with_state(sizes::Sizes::of(settings), sizes::keep))
        .option_layer(guards.repeats.map(Extension));
    let around_everything = ServiceBuilder::new()
        .layer(from_fn(slash::settle))
        .layer(from_fn(request_id::assign))
        .layer(from_fn_with_state(settings.proxies.clone(), client::identify))
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
