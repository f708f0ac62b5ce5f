//! Figures for Prometheus: requests by route, and whatever the engine tells.
//!
//! The recorder belongs to this server and is not the process-wide one, so that a host may have its own and tests may run
//! side by side. Routes are counted under their pattern, never under the path: a path holds ids, and a scanner's thousand
//! paths must not become a thousand series.

mod task_figures;

use std::sync::Arc;
use std::time::Duration;

use ::metrics::{Key, KeyName, Label, Level, Metadata, Recorder, SharedString, Unit};
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, Response, header};
use axum::middleware::Next;
use axum::response::IntoResponse;
use designia_core::effect::EffectState;
use designia_core::order::OrderStatus;
use designia_core::service::Engine;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use tracing::Span;

use super::auth::{Admin, Tokens};
use super::trace;
use crate::edge::Stopwatch;
use crate::problem::{Problem, ProblemBody};
use crate::tasks::Liveness;

const REQUESTS: &str = "designia_http_requests_total";
const DURATION: &str = "designia_http_request_duration_seconds";
const ORDERS: &str = "designia_orders";
const EFFECTS: &str = "designia_effects";
const LATENESS: &str = "designia_lateness_seconds";
/// Attempts at tasks, by kind and outcome.
pub(crate) const RUNS: &str = "designia_task_runs_total";
/// How long attempts ran, by kind.
pub(crate) const RUN_TIME: &str = "designia_task_run_seconds";
const METADATA: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, None);

/// Upper bounds of the latency buckets, in seconds.
const BUCKETS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// Upper bounds of the buckets of run times, in seconds: tasks may run for half an hour.
const RUN_BUCKETS: [f64; 11] = [0.005, 0.025, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 1800.0];

/// This server's figures.
#[derive(Clone)]
pub struct Metrics {
    recorder: Arc<PrometheusRecorder>,
    handle: PrometheusHandle,
    /// Whether anyone may read them.
    open: bool,
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Metrics").field("open", &self.open).finish_non_exhaustive()
    }
}

impl Metrics {
    /// No figures yet.
    #[must_use]
    pub fn new(open: bool) -> Self {
        let builder = PrometheusBuilder::new();
        // The only refusal is of an empty list of buckets, and then a summary does as well.
        let builder = builder
            .set_buckets_for_metric(Matcher::Full(DURATION.to_owned()), &BUCKETS)
            .and_then(|builder| builder.set_buckets_for_metric(Matcher::Full(RUN_TIME.to_owned()), &RUN_BUCKETS))
            .unwrap_or_else(|_| PrometheusBuilder::new());
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        let metrics = Self { recorder: Arc::new(recorder), handle, open };
        metrics.recorder.describe_counter(
            KeyName::from_const_str(REQUESTS),
            Some(Unit::Count),
            SharedString::const_str("Requests answered, by method, route and status."),
        );
        metrics.recorder.describe_histogram(
            KeyName::from_const_str(DURATION),
            Some(Unit::Seconds),
            SharedString::const_str("Time to answer a request, by method and route."),
        );
        metrics.recorder.describe_histogram(
            KeyName::from_const_str(RUN_TIME),
            Some(Unit::Seconds),
            SharedString::const_str("Time from the claim of a task to the report of its attempt, by kind."),
        );
        metrics.describe_count(RUNS, "Attempts at tasks that this node has reported, by kind and outcome.");
        metrics.describe_gauge(ORDERS, "Orders by status.");
        metrics.describe_gauge(EFFECTS, "Outside calls by state.");
        task_figures::describe(&metrics);
        metrics.describe_gauge(LATENESS, "How long the longest overdue order or outside call has been due.");
        metrics
    }

    /// Adds to a counter of the engine.
    pub fn count(&self, name: &'static str, labels: &[(&'static str, &str)], more: u64) {
        self.recorder.register_counter(&key(name, labels), &METADATA).increment(more);
    }

    /// Adds to a histogram of the engine.
    pub fn time(&self, name: &'static str, labels: &[(&'static str, &str)], took: Duration) {
        self.recorder.register_histogram(&key(name, labels), &METADATA).record(took);
    }

    /// Sets a gauge of the engine.
    pub fn gauge(&self, name: &'static str, labels: &[(&'static str, &str)], value: u32) {
        self.recorder.register_gauge(&key(name, labels), &METADATA).set(f64::from(value));
    }

    /// Says what a counter of the engine counts.
    pub fn describe_count(&self, name: &'static str, help: &'static str) {
        let (name, help) = (KeyName::from_const_str(name), SharedString::const_str(help));
        self.recorder.describe_counter(name, Some(Unit::Count), help);
    }

    /// Says what a gauge of the engine shows.
    pub fn describe_gauge(&self, name: &'static str, help: &'static str) {
        let (name, help) = (KeyName::from_const_str(name), SharedString::const_str(help));
        self.recorder.describe_gauge(name, None, help);
    }

    /// The figures in Prometheus's text form.
    #[must_use]
    pub fn render(&self) -> String {
        self.handle.run_upkeep();
        self.handle.render()
    }
}

fn key(name: &'static str, labels: &[(&'static str, &str)]) -> Key {
    let labels: Vec<Label> = labels.iter().map(|(name, value)| Label::new(*name, (*value).to_owned())).collect();
    Key::from_parts(name, labels)
}

/// Sets the engine's gauges: how many there are of what, and how far behind the loops are.
async fn look_at_engine(metrics: &Metrics, engine: &Engine) {
    let now = engine.ports().clock.now();
    let counts = match engine.ports().queries.counts(now).await {
        Ok(counts) => counts,
        Err(error) => {
            tracing::warn!(%error, "the engine's figures can't be read; those told are old");
            return;
        }
    };
    let figure = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
    for status in OrderStatus::ALL {
        let count = counts.orders.iter().find(|(known, _)| known == status).map_or(0, |(_, count)| *count);
        metrics.gauge(ORDERS, &[("status", status.as_str())], figure(count));
    }
    for state in EffectState::ALL {
        let count = counts.effects.iter().find(|(known, _)| *known == state).map_or(0, |(_, count)| *count);
        metrics.gauge(EFFECTS, &[("state", state.as_str())], figure(count));
    }
    for (what, oldest) in [("order", counts.oldest_due_order), ("effect", counts.oldest_due_effect)] {
        let late = oldest.map_or(0, |oldest| now.since(oldest).as_secs());
        metrics.gauge(LATENESS, &[("of", what)], figure(late));
    }
}

/// Counts a request and measures how long its answer takes.
pub(super) async fn measure(State(metrics): State<Metrics>, request: Request, next: Next) -> Response<Body> {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let method = known(request.method());
    let watch = Stopwatch::start();
    let response = next.run(request).await;
    let route = route.as_ref().map(MatchedPath::as_str);
    trace::end(&Span::current(), method, route, response.status());
    let route = route.unwrap_or("unmatched");
    metrics.count(REQUESTS, &[("method", method), ("route", route), ("status", response.status().as_str())], 1);
    let key = key(DURATION, &[("method", method), ("route", route)]);
    metrics.recorder.register_histogram(&key, &METADATA).record(watch.elapsed());
    response
}

/// A method of HTTP's own; a made-up one must not become a series.
fn known(method: &Method) -> &'static str {
    [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS]
        .iter()
        .position(|known| known == method)
        .map_or("other", |at| ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"][at])
}

/// The figures, for the admin or, if so configured, for everyone.
#[utoipa::path(get, path = "/metrics", tag = "health", security(("token" = [])),
    responses((status = 200, body = String, content_type = "text/plain"), (status = 401, body = ProblemBody, content_type = "application/problem+json"), (status = 403, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn show(
    State(metrics): State<Metrics>,
    State(tokens): State<Tokens>,
    State(engine): State<Engine>,
    State(workers): State<Option<Liveness>>,
    request: Request,
) -> Result<impl IntoResponse, Problem> {
    if !metrics.open {
        Admin::of(&tokens, request.headers()).await?;
    }
    look_at_engine(&metrics, &engine).await;
    task_figures::look(&metrics, &engine, workers.as_ref()).await;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], metrics.render()))
}
