//! How to reach Stripe, and as whom.

use std::time::Duration;

use reqwest::Url;

use crate::secret::{ApiKey, SecretError, scrub};

/// The version of Stripe's API that every request asks for, and that the wire types were written against.
pub const API_VERSION: &str = "2026-10-28.endive";

/// Where live Stripe answers.
pub const DEFAULT_BASE_URL: &str = "https://api.stripe.com";

/// Where Stripe is, who we are there, and how long we wait.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    pub(crate) api_key: ApiKey,
    pub(crate) base_url: String,
    pub(crate) connect_timeout: Duration,
    pub(crate) total_timeout: Duration,
    pub(crate) max_answer_bytes: usize,
}

/// The configuration can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The base URL is not an absolute `http` or `https` URL, or has a query, a fragment or credentials.
    #[error("`{0}` is not a plain http or https URL")]
    BaseUrl(String),
    /// A live key would travel unencrypted.
    #[error("a live API key is sent over https only, and the base URL is not")]
    LiveKeyUnencrypted,
    /// The key can't be sent in a header.
    #[error(transparent)]
    ApiKey(#[from] SecretError),
    /// The HTTP client could not be built, for want of TLS root certificates for instance.
    #[error("the HTTP client could not be built")]
    Client(#[source] reqwest::Error),
}

impl ClientConfig {
    /// Live Stripe's address and the default limits: 5 s to connect, 11 s for a whole request, 8 MiB for an answer.
    ///
    /// An operation of the gateway is at most two requests, and the lease on an effect is 24 s: a worker that is still
    /// waiting must not lose its claim. Only the search for an attempt whose name was lost reads as many pages as its day has,
    /// and may outlast its claim; then it begins anew.
    #[must_use]
    pub fn new(api_key: ApiKey) -> Self {
        Self {
            api_key,
            base_url: DEFAULT_BASE_URL.to_owned(),
            connect_timeout: Duration::from_secs(5),
            total_timeout: Duration::from_secs(11),
            max_answer_bytes: 8 << 20,
        }
    }

    /// Another address: the sandbox, a recording proxy. Checked when the client is built.
    #[must_use]
    pub fn with_base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// How long to wait for a connection, and for a whole request with its answer.
    #[must_use]
    pub const fn with_timeouts(mut self, connect: Duration, total: Duration) -> Self {
        self.connect_timeout = connect;
        self.total_timeout = total;
        self
    }

    /// How many bytes of an answer are read before it is given up.
    #[must_use]
    pub const fn with_max_answer_bytes(mut self, bytes: usize) -> Self {
        self.max_answer_bytes = bytes;
        self
    }

    /// The address without a slash at its end, if it can be used with this key.
    pub(crate) fn checked_base_url(&self) -> Result<(Url, String), ConfigError> {
        let refused = || ConfigError::BaseUrl(scrub(&self.base_url));
        let url = Url::parse(&self.base_url).map_err(|_| refused())?;
        let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        match url.scheme() {
            "https" if plain && url.password().is_none() => {}
            "http" if plain && url.password().is_none() => {
                if self.api_key.is_live() {
                    return Err(ConfigError::LiveKeyUnencrypted);
                }
            }
            _ => return Err(refused()),
        }
        let prefix = url.as_str().trim_end_matches('/').to_owned();
        Ok((url, prefix))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(key: &str, url: &str) -> Result<String, ConfigError> {
        ClientConfig::new(ApiKey::new(key).unwrap()).with_base_url(url).checked_base_url().map(|(_, prefix)| prefix)
    }

    #[test]
    fn a_base_url_keeps_its_path_and_loses_its_last_slash() {
        assert_eq!(checked("sk_live_1", DEFAULT_BASE_URL).unwrap(), "https://api.stripe.com");
        assert_eq!(checked("sk_test_1", "http://127.0.0.1:12111/stripe/").unwrap(), "http://127.0.0.1:12111/stripe");
    }

    #[test]
    fn a_url_with_more_than_an_address_in_it_is_refused() {
        for url in ["", "api.stripe.com", "ftp://x", "https://u:p@x", "https://u@x", "https://x/?q=1", "https://x/#f"] {
            assert!(matches!(checked("sk_test_1", url), Err(ConfigError::BaseUrl(_))), "{url}");
        }
    }

    #[test]
    fn a_live_key_never_travels_unencrypted() {
        for key in ["sk_live_1", "rk_live_1"] {
            assert!(matches!(checked(key, "http://127.0.0.1:1"), Err(ConfigError::LiveKeyUnencrypted)));
        }
    }

    #[test]
    fn the_debug_output_of_a_configuration_does_not_contain_the_key() {
        assert!(!format!("{:?}", ClientConfig::new(ApiKey::new("sk_test_abc123").unwrap())).contains("abc123"));
    }
}
