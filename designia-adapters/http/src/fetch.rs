//! One bounded GET: every limit that keeps a bad server from hurting us is here.

use std::net::IpAddr;
use std::time::Duration;

use designia_core::ports::{RateSourceError, RateSourceErrorKind};
use reqwest::header::RETRY_AFTER;
use reqwest::redirect::Policy;
use reqwest::{Response, StatusCode, Url};
use rustls::crypto::{CryptoProvider, ring};

use crate::error::refusal;

/// How long to wait for a publisher, and how much to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HttpLimits {
    /// For a connection, with name resolution and the TLS handshake.
    pub connect_timeout: Duration,
    /// For a whole request with its answer.
    pub total_timeout: Duration,
    /// For the body of an answer, in bytes.
    pub max_body_bytes: usize,
}

impl Default for HttpLimits {
    /// 5 s to connect, 20 s in all, 1 MiB: a hundred times what a publisher sends for a day.
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            total_timeout: Duration::from_secs(20),
            max_body_bytes: 1 << 20,
        }
    }
}

/// A source cannot be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpConfigError {
    /// The base URL is not an `https` URL (or `http` on this machine) of scheme, host, port and path only.
    ///
    /// Rates that arrive unencrypted could be anybody's.
    #[error("`{0}` is not a plain https URL")]
    BaseUrl(String),
    /// The HTTP client could not be built, for want of TLS root certificates for instance.
    #[error("the HTTP client could not be built")]
    Client(#[source] reqwest::Error),
}

/// A connection pool to one publisher.
#[derive(Debug)]
pub(crate) struct Fetcher {
    source_name: &'static str,
    client: reqwest::Client,
    /// Without a slash at its end.
    prefix: String,
    max_body_bytes: usize,
    /// For how long a publisher ignores whoever asked too often, if its answer does not say.
    ban: Option<Duration>,
}

impl Fetcher {
    /// Builds the pool; nothing is sent. Installs `ring` as the process's TLS provider unless the host has chosen one.
    pub(crate) fn new(source_name: &'static str, base_url: &str, limits: HttpLimits) -> Result<Self, HttpConfigError> {
        let url = checked(base_url)?;
        if CryptoProvider::get_default().is_none() {
            // An error means that somebody else was faster, which serves as well.
            let _ = ring::default_provider().install_default();
        }
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("Designia/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(limits.connect_timeout)
            .timeout(limits.total_timeout)
            // A redirect could lead anywhere, also inside our own network.
            .redirect(Policy::none())
            .referer(false);
        if is_loopback(&url) {
            builder = builder.no_proxy();
        }
        if url.scheme() == "http" {
            // No TLS, no roots: a stand-in on loopback must also work on a machine that has none installed.
            builder = builder.tls_certs_only([]);
        }
        Ok(Self {
            source_name,
            client: builder.build().map_err(HttpConfigError::Client)?,
            prefix: url.as_str().trim_end_matches('/').to_owned(),
            max_body_bytes: limits.max_body_bytes,
            ban: None,
        })
    }

    /// The same pool to a publisher known to ban for this long.
    pub(crate) fn banning_for(self, ban: Duration) -> Self {
        Self { ban: Some(ban), ..self }
    }

    /// The body that the publisher answers with at `path`, which begins with a slash.
    pub(crate) async fn get(&self, path: &str) -> Result<Vec<u8>, RateSourceError> {
        let request = self.client.get(format!("{}{path}", self.prefix));
        let response = request.send().await.map_err(|error| self.unavailable(error))?;
        if !response.status().is_success() {
            return Err(self.refused(&response));
        }
        self.body(response).await
    }

    async fn body(&self, mut response: Response) -> Result<Vec<u8>, RateSourceError> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.unavailable(error))? {
            if chunk.len() > self.max_body_bytes.saturating_sub(body.len()) {
                let message = format!("answered with more than {} bytes", self.max_body_bytes);
                return Err(refusal(RateSourceErrorKind::BadAnswer, self.source_name, message));
            }
            body.extend_from_slice(&chunk);
        }
        tracing::debug!(source = self.source_name, bytes = body.len(), "fetched rates");
        Ok(body)
    }

    fn refused(&self, response: &Response) -> RateSourceError {
        let status = response.status();
        let kind = if status.is_server_error() || is_worth_waiting(status) {
            RateSourceErrorKind::Unavailable
        } else {
            RateSourceErrorKind::BadAnswer
        };
        let seconds = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let ban = self.ban.filter(|_| status == StatusCode::TOO_MANY_REQUESTS);
        RateSourceError {
            retry_after: seconds.map(Duration::from_secs).or(ban),
            ..refusal(kind, self.source_name, format!("answered {status}"))
        }
    }

    /// The request got no whole answer. The URL stays out of the message: it may carry a key.
    fn unavailable(&self, error: reqwest::Error) -> RateSourceError {
        let message = if error.is_timeout() {
            "did not answer in time".to_owned()
        } else if error.is_connect() {
            "cannot be reached".to_owned()
        } else {
            format!("broke off: {}", error.without_url())
        };
        refusal(RateSourceErrorKind::Unavailable, self.source_name, message)
    }
}

fn is_worth_waiting(status: StatusCode) -> bool {
    matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
}

fn checked(base_url: &str) -> Result<Url, HttpConfigError> {
    let refused = || HttpConfigError::BaseUrl(base_url.to_owned());
    let url = Url::parse(base_url).map_err(|_| refused())?;
    let is_private = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    let is_plain =
        url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    if is_private && is_plain { Ok(url) } else { Err(refused()) }
}

fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(|host| {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_fetched_over_https_or_from_this_machine() {
        for url in
            ["https://www.ecb.europa.eu/stats", "http://127.0.0.1:8080", "http://[::1]:80/x", "http://localhost/"]
        {
            assert!(checked(url).is_ok(), "{url}");
        }
        for url in ["", "ecb.europa.eu", "http://www.ecb.europa.eu", "ftp://localhost", "http://localhost.evil.example"]
        {
            assert!(matches!(checked(url), Err(HttpConfigError::BaseUrl(_))), "{url}");
        }
        for url in ["https://key@x", "https://u:p@x", "https://x/?key=1", "https://x/#f"] {
            assert!(matches!(checked(url), Err(HttpConfigError::BaseUrl(_))), "{url}");
        }
    }
}
