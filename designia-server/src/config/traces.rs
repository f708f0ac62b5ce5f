//! The settings of traces, under the names that OpenTelemetry gives them.

use axum::http::{HeaderName, HeaderValue};
use clap::Args;

use super::Secret;
use super::values::{self, ConfigError};

/// Where spans are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traces {
    /// The collector's root, without a slash at the end.
    pub endpoint: String,
    /// What the collector asks for, such as a key; the values print as `Sensitive`.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// What this server is called there.
    pub service: String,
}

/// The same as an operator writes them.
#[derive(Args, Clone, Debug)]
pub(super) struct TraceSettings {
    /// OpenTelemetry collector that spans are sent to, by OTLP over HTTP: https://HOST or http://HOST:4318
    /// [default: none, and no span leaves this process]
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", global = true, value_name = "URL")]
    otlp_endpoint: Option<String>,

    /// What the collector asks for, as NAME=VALUE,NAME=VALUE with percent-encoded values
    #[arg(long, env = "OTEL_EXPORTER_OTLP_HEADERS", global = true, value_name = "LIST")]
    otlp_headers: Option<Secret>,

    /// What this server is called in traces
    #[arg(long, env = "OTEL_SERVICE_NAME", global = true, value_name = "NAME", default_value = "designia-server")]
    otel_service_name: String,
}

impl TraceSettings {
    pub(super) fn check(&self) -> Result<Option<Traces>, ConfigError> {
        let headers = self.otlp_headers.as_ref().map(headers).transpose()?.unwrap_or_default();
        let Some(endpoint) = &self.otlp_endpoint else { return Ok(None) };
        let variable = "OTEL_EXPORTER_OTLP_ENDPOINT";
        let endpoint = values::web_url(variable, endpoint)?;
        let encrypted = endpoint.starts_with("https://") || values::is_loopback(&endpoint);
        values::require(
            variable,
            encrypted || headers.is_empty(),
            "would send OTEL_EXPORTER_OTLP_HEADERS unencrypted to another machine; use https",
        )?;
        Ok(Some(Traces { endpoint, headers, service: self.otel_service_name.clone() }))
    }
}

impl Traces {
    /// Whether the collector is on this machine, where no proxy is asked.
    #[must_use]
    pub fn is_local(&self) -> bool {
        values::is_loopback(&self.endpoint)
    }
}

/// The headers of a list. The rule does not repeat what was written: it is a secret.
fn headers(list: &Secret) -> Result<Vec<(HeaderName, HeaderValue)>, ConfigError> {
    let parsed = values::list(list.expose()).map(|pair| {
        let (name, value) = pair.split_once('=')?;
        let value = decoded(value.trim())?;
        let mut value = HeaderValue::from_bytes(&value).ok()?;
        value.set_sensitive(true);
        Some((name.trim().parse().ok()?, value))
    });
    let parsed: Option<Vec<_>> = parsed.collect();
    parsed.ok_or_else(|| ConfigError::new("OTEL_EXPORTER_OTLP_HEADERS", "not a list like x-key=SECRET,x-tenant=shop"))
}

/// The bytes that percent-encoded text stands for.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let (before, encoded) = text.split_once('%').map_or((text, None), |(before, rest)| (before, Some(rest)));
    let mut bytes = before.as_bytes().to_vec();
    for part in encoded.iter().flat_map(|rest| rest.split('%')) {
        let (digits, after) = part.split_at_checked(2)?;
        bytes.extend(hex::decode(digits).ok()?);
        bytes.extend_from_slice(after.as_bytes());
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_a_list_of_pairs_with_percent_encoded_values_that_do_not_print() {
        let told = headers(&Secret::new("authorization=Bearer%20hunter2%3D, x-tenant=shop=1")).unwrap();
        let pairs: Vec<_> = told.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        assert_eq!(pairs, [("authorization", "Bearer hunter2="), ("x-tenant", "shop=1")]);
        assert!(!format!("{told:?}").contains("hunter2"), "{told:?}");
        for wrong in ["hunter2", "a b=hunter2", "x=%", "x=%zzhunter2", "x=%0Ahunter2", "=hunter2"] {
            let error = headers(&Secret::new(wrong)).unwrap_err();
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }
}
