//! A thin client of Stripe's v1 API: one request, one answer, one verdict.
//!
//! It is ours and not `async-stripe` because the version of the API, the idempotency key and the question "may this
//! have happened?" have to be in our hands. It never repeats a request that may have left the process.

mod classify;
mod path;

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt as _;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{RequestBuilder, Response};
use rustls::crypto::{CryptoProvider, ring};
use serde::de::DeserializeOwned;

use self::classify::{AnswerMeta, Verb};
pub(crate) use self::path::object;
use crate::config::{API_VERSION, ClientConfig, ConfigError};
use crate::error::{ErrorKind, StripeError};
use crate::form::Form;
use crate::secret::SecretError;

/// A connection pool to Stripe under one key. Cheap to clone.
#[derive(Clone)]
pub struct StripeClient {
    http: reqwest::Client,
    prefix: String,
    authorization: HeaderValue,
    max_answer_bytes: usize,
}

impl StripeClient {
    /// Builds the pool; nothing is sent.
    ///
    /// Installs `ring` as the process's TLS provider unless the host has chosen one before.
    ///
    /// # Errors
    ///
    /// If the address can't be used, or the machine has no root certificates.
    pub fn new(config: &ClientConfig) -> Result<Self, ConfigError> {
        let (url, prefix) = config.checked_base_url()?;
        if CryptoProvider::get_default().is_none() {
            // An error means that somebody else was faster, which serves as well.
            let _ = ring::default_provider().install_default();
        }
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("Designia/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(config.connect_timeout)
            .timeout(config.total_timeout)
            // A connection that the other side closes while a request is on its way leaves an unknown outcome. The
            // default of 90 s is longer than many load balancers wait.
            .pool_idle_timeout(Duration::from_secs(30))
            .redirect(Policy::none())
            .referer(false);
        if url.scheme() == "http" {
            // No TLS, no roots: a sandbox must also run on a machine that has none installed.
            builder = builder.tls_certs_only([]);
        }
        if is_loopback(&url) {
            builder = builder.no_proxy();
        }
        let bearer = format!("Bearer {}", config.api_key.expose());
        let mut authorization = HeaderValue::try_from(bearer).map_err(|_| SecretError::API_KEY)?;
        authorization.set_sensitive(true);
        Ok(Self {
            http: builder.build().map_err(ConfigError::Client)?,
            prefix,
            authorization,
            max_answer_bytes: config.max_answer_bytes,
        })
    }

    /// Asks; changes nothing.
    ///
    /// # Errors
    ///
    /// See [`StripeError`].
    pub async fn get<T: DeserializeOwned>(&self, path: &str, query: &Form) -> Result<T, StripeError> {
        let mut url = format!("{}{path}", self.prefix);
        if !query.is_empty() {
            url.push('?');
            url.push_str(&query.to_query());
        }
        self.send(Verb::Get, path, || self.http.get(&url)).await
    }

    /// Changes something, at most once per key as long as Stripe remembers the key (24 hours).
    ///
    /// # Errors
    ///
    /// See [`StripeError`]; in particular [`ErrorKind::UnknownOutcome`].
    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &Form,
        idempotency_key: Option<&str>,
    ) -> Result<T, StripeError> {
        let url = format!("{}{path}", self.prefix);
        let body = body.to_body();
        let request = || {
            let request = self.http.post(&url).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
            let request =
                idempotency_key.into_iter().fold(request, |request, key| request.header(IDEMPOTENCY_KEY, key));
            request.body(body.clone())
        };
        self.send(Verb::Post, path, request).await
    }

    async fn send<T: DeserializeOwned>(
        &self,
        verb: Verb,
        path: &str,
        request: impl Fn() -> RequestBuilder,
    ) -> Result<T, StripeError> {
        let result = match self.send_once(verb, &request).await {
            // Nothing has left the process yet, and a load balancer may have dropped just this one handshake.
            Err(error) if *error.kind() == ErrorKind::Unreachable => self.send_once(verb, &request).await,
            result => result,
        };
        if let Err(error) = &result {
            tracing::warn!(?verb, path, status = error.status(), request_id = error.request_id(), %error, "stripe");
        }
        result
    }

    async fn send_once<T: DeserializeOwned>(
        &self,
        verb: Verb,
        request: &impl Fn() -> RequestBuilder,
    ) -> Result<T, StripeError> {
        let response = request()
            .header(AUTHORIZATION, self.authorization.clone())
            .header("stripe-version", API_VERSION)
            .headers(trace_headers())
            .send()
            .await
            .map_err(|error| classify::transport(verb, error))?;
        let meta = meta(&response);
        let body = self.read(verb, &meta, response).await?;
        if !meta.is_success() {
            return Err(classify::refusal(verb, &meta, &body));
        }
        serde_json::from_slice(&body).map_err(|error| {
            // serde's text may quote a value, so only the place of the fault is told.
            let place = format!("not the expected JSON at line {} column {}", error.line(), error.column());
            classify::undecodable(verb, &meta, &place)
        })
    }

    async fn read(&self, verb: Verb, meta: &AnswerMeta, mut response: Response) -> Result<Vec<u8>, StripeError> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| classify::transport(verb, error))? {
            if body.len() + chunk.len() > self.max_answer_bytes {
                let limit = format!("longer than {} bytes", self.max_answer_bytes);
                return Err(classify::undecodable(verb, meta, &limit));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The span of which the call is a part, as the W3C has it; nothing where spans are not exported.
fn trace_headers() -> HeaderMap {
    let context = Context::current();
    let span = context.span().span_context().clone();
    let parent = format!("00-{}-{}-{:02x}", span.trace_id(), span.span_id(), span.trace_flags().to_u8());
    let parent = HeaderValue::try_from(parent).ok().filter(|_| span.is_valid());
    parent.map(|parent| (HeaderName::from_static("traceparent"), parent)).into_iter().collect()
}

fn meta(response: &Response) -> AnswerMeta {
    fn text(headers: &HeaderMap, name: &str) -> Option<String> {
        headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
    }
    let headers = response.headers();
    AnswerMeta {
        status: response.status().as_u16(),
        request_id: text(headers, "request-id"),
        should_retry: text(headers, "stripe-should-retry").and_then(|value| value.parse().ok()),
        rate_limited_reason: text(headers, "stripe-rate-limited-reason"),
        retry_after: text(headers, "retry-after").and_then(|value| value.parse().ok()).map(Duration::from_secs),
    }
}

fn is_loopback(url: &reqwest::Url) -> bool {
    url.host_str().is_some_and(|host| {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
    })
}

impl fmt::Debug for StripeClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StripeClient").field("base_url", &self.prefix).finish_non_exhaustive()
    }
}
