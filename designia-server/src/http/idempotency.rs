//! Requests that a client repeats because it did not hear the answer: done once, and answered the same again.
//!
//! A client names a request by the header `Idempotency-Key`; its account, the name and the request itself are remembered for a
//! day. Only answers that tell of something done are kept. A refusal has done nothing, so the key is free again; and what ended
//! in an error of ours, or with this process, may be taken up by a repetition, under the same id ([`NewId`]).
//!
//! Routes whose answers hold secrets don't take part, nor does the checkout, whose key is part of its order's transaction.

mod answer;
mod new_id;
mod repeat;

use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderName;
use axum::middleware::from_fn;
use designia_core::ports::{Clock, IdGenerator, RequestLog};
use designia_core::time::DAY;
use utoipa::openapi::RefOr;
use utoipa::openapi::path::{ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa_axum::router::{UtoipaMethodRouter, UtoipaMethodRouterExt as _};

use super::callers::Callers;
use super::metrics::Metrics;

pub use new_id::NewId;

/// The header by which a client names its request.
pub(crate) const KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The header that marks an answer as one that was given before.
pub(super) const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// For how long answers are kept.
pub(crate) const KEPT_FOR: Duration = DAY;

/// Counts requests with a key, by what became of them.
const COUNTED: &str = "designia_http_named_requests_total";

/// What repetitions are recognised with.
#[derive(Clone, Debug)]
pub struct Repeats {
    log: Arc<dyn RequestLog>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
    callers: Arc<dyn Callers>,
    metrics: Metrics,
    /// How long nobody else takes a request up.
    lease: Duration,
}

impl Repeats {
    /// Repetitions by this log. No request may take longer than the lease.
    #[must_use]
    pub fn new(
        log: Arc<dyn RequestLog>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
        callers: Arc<dyn Callers>,
        metrics: Metrics,
        lease: Duration,
    ) -> Self {
        metrics.describe_count(COUNTED, "Requests with an Idempotency-Key, by what became of them.");
        Self { log, clock, ids, callers, metrics, lease }
    }
}

/// Lets the POST of these routes be repeated under an `Idempotency-Key`, and says so in the document:
/// `.routes(idempotent(routes!(things::list, things::create)))`. The handler takes the id of what it creates from [`NewId`].
pub fn idempotent<S: Clone + Send + Sync + 'static>(routes: UtoipaMethodRouter<S>) -> UtoipaMethodRouter<S> {
    let (schemas, mut paths, methods) = routes.layer(from_fn(repeat::once));
    let text =
        ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(repeat::LONGEST)).build();
    let header = ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .description(Some(
            "Names the request: a repetition within a day gets the same answer, and nothing is done twice",
        ))
        .schema(Some(text))
        .build();
    for item in paths.paths.values_mut() {
        if let Some(post) = &mut item.post {
            post.parameters.get_or_insert_default().push(RefOr::T(header.clone()));
        }
    }
    (schemas, paths, methods)
}
