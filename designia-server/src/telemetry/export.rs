//! Spans on their way to a collector: gathered in a queue of bounded length, sent in batches by a thread of their own. Requests
//! wait for neither; what a collector doesn't take in time is lost.

use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::http::HeaderMap;
use bytes::Bytes;
use opentelemetry::Context;
use opentelemetry::trace::{SpanBuilder, SpanKind, Tracer, TracerProvider as _};
use opentelemetry_http::{HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, Span};
use reqwest::blocking::Client;
use reqwest::redirect::Policy;

use crate::config::Traces;

/// How long a batch may be on its way.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long the process waits at its end for what has not been sent yet.
const LAST_CALL: Duration = Duration::from_secs(3);

/// What the spans of requests are called until their route is known.
pub(crate) const REQUEST: &str = "request";

/// Spans can't be exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The HTTP client could not be built, for want of TLS root certificates for instance.
    #[error("OTEL_EXPORTER_OTLP_ENDPOINT: the HTTP client could not be built: {0}")]
    Client(#[from] reqwest::Error),
    /// The exporter does not take what it was given.
    #[error("OTEL_EXPORTER_OTLP_ENDPOINT: {0}")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
}

/// The way of spans out of this process.
#[derive(Clone, Debug)]
pub struct Export(SdkTracerProvider);

impl Export {
    /// One to this collector; nothing is sent yet. To be called outside of asynchronous code, for it starts a thread.
    ///
    /// # Errors
    ///
    /// See [`ExportError`].
    pub fn to(traces: &Traces) -> Result<Self, ExportError> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Courier::to(traces)?)
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{}/v1/traces", traces.endpoint))
            .with_timeout(PATIENCE)
            .build()?;
        let resource = Resource::builder().with_service_name(traces.service.clone()).build();
        Ok(Self(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build()))
    }

    /// Sends what is left, for a moment, and ends.
    pub fn finish(self) {
        if let Err(error) = self.0.shutdown_with_timeout(LAST_CALL) {
            tracing::warn!(%error, "the last spans were not sent");
        }
    }

    /// Makes the spans that are exported.
    pub(super) fn tracer(&self) -> impl Tracer<Span = Span> + fmt::Debug + Send + Sync + 'static {
        Serving(self.0.tracer("designia-server"))
    }
}

/// Says of the spans of requests that they are those of a server. A field that says so would stand on every log line.
#[derive(Debug)]
struct Serving(SdkTracer);

impl Tracer for Serving {
    type Span = Span;

    fn start_with_context<T: Into<Cow<'static, str>>>(&self, name: T, parent: &Context) -> Span {
        self.build_with_context(SpanBuilder::from_name(name), parent)
    }

    fn span_builder<T: Into<Cow<'static, str>>>(&self, name: T) -> SpanBuilder {
        SpanBuilder::from_name(name)
    }

    fn build_with_context(&self, builder: SpanBuilder, parent: &Context) -> Span {
        let builder = if builder.name == REQUEST { builder.with_kind(SpanKind::Server) } else { builder };
        self.0.build_with_context(builder, parent)
    }
}

/// Carries batches, and tells once when it can't.
#[derive(Debug)]
struct Courier {
    client: Client,
    headers: HeaderMap,
    is_failing: AtomicBool,
}

impl Courier {
    fn to(traces: &Traces) -> Result<Self, reqwest::Error> {
        let mut builder = Client::builder()
            .user_agent(concat!("Designia/", env!("CARGO_PKG_VERSION")))
            .timeout(PATIENCE)
            // It would take the headers along.
            .redirect(Policy::none());
        if traces.endpoint.starts_with("http://") {
            // No TLS, no roots: a collector next door must also be reached from a machine that has none installed.
            builder = builder.tls_certs_only([]);
        }
        if traces.is_local() {
            builder = builder.no_proxy();
        }
        let headers = traces.headers.iter().cloned().collect();
        Ok(Self { client: builder.build()?, headers, is_failing: AtomicBool::new(false) })
    }

    fn note(&self, failure: Option<&str>) {
        let was_failing = self.is_failing.swap(failure.is_some(), Ordering::Relaxed);
        match failure {
            Some(failure) if !was_failing => tracing::warn!(failure, "the collector takes no spans; they are lost"),
            None if was_failing => tracing::info!("the collector takes spans again"),
            Some(_) | None => {}
        }
    }
}

#[async_trait]
impl HttpClient for Courier {
    async fn send_bytes(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        request.headers_mut().extend(self.headers.clone());
        let answer = self.client.send_bytes(request).await;
        match &answer {
            Ok(answer) if answer.status().is_success() => self.note(None),
            Ok(answer) => self.note(Some(&format!("it answered {}", answer.status()))),
            Err(error) => self.note(Some(&error.to_string())),
        }
        answer
    }
}
