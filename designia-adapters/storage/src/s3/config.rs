//! Which bucket, where, and who asks.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use object_store::RetryConfig;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};

/// Which bucket, where, and how.
///
/// As text: `s3://BUCKET[/PREFIX][?region=REGION&endpoint=URL&path_style=true]`. A region and an endpoint that are not named come from the
/// variables `AWS_REGION` and `AWS_ENDPOINT_URL`.
#[derive(Clone, PartialEq, Eq)]
pub struct S3Config {
    /// The bucket's name.
    pub bucket: String,
    /// What all names in the bucket begin with; empty, or with a slash at the end.
    pub prefix: String,
    /// Where the bucket is, as Amazon calls it.
    pub region: Option<String>,
    /// The address of a server that is not Amazon's. Unencrypted only on this machine.
    pub endpoint: Option<String>,
    /// Whether the bucket is named in the path instead of the host.
    pub path_style: bool,
    /// Who asks; absent means what the variables `AWS_…` or the machine's role say.
    pub credentials: Option<S3Credentials>,
    /// How long a call may take with all that is tried again.
    pub patience: Duration,
}

/// Who asks.
#[derive(Clone, PartialEq, Eq)]
pub struct S3Credentials {
    /// The name of the key.
    pub access_key_id: String,
    /// The key.
    pub secret_access_key: String,
}

/// The bucket can't be used as it is described. The text holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{rule}")]
pub struct S3ConfigError {
    rule: String,
}

impl S3ConfigError {
    pub(super) fn new(rule: impl Into<String>) -> Self {
        Self { rule: rule.into() }
    }
}

impl S3Config {
    /// A bucket of Amazon's, with nothing said but its name.
    #[must_use]
    pub fn bucket(name: impl Into<String>) -> Self {
        Self {
            bucket: name.into(),
            prefix: String::new(),
            region: None,
            endpoint: None,
            path_style: false,
            credentials: None,
            patience: Duration::from_secs(20),
        }
    }

    pub(super) fn builder(&self) -> Result<AmazonS3Builder, S3ConfigError> {
        let mut builder = AmazonS3Builder::from_env()
            .with_bucket_name(&self.bucket)
            .with_virtual_hosted_style_request(!self.path_style)
            // Its form is not understood by every server that is not Amazon's.
            .with_disable_bulk_delete(true)
            .with_retry(RetryConfig { retry_timeout: self.patience, max_retries: 3, ..RetryConfig::default() });
        if let Some(region) = &self.region {
            builder = builder.with_region(region);
        }
        if let Some(endpoint) = &self.endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        if let Some(credentials) = &self.credentials {
            builder = builder
                .with_access_key_id(&credentials.access_key_id)
                .with_secret_access_key(&credentials.secret_access_key);
        }
        let endpoint = builder.get_config_value(&AmazonS3ConfigKey::Endpoint);
        if let Some(endpoint) = endpoint.filter(|it| !it.starts_with("https://")) {
            if !is_this_machine(&endpoint) {
                return Err(S3ConfigError::new("endpoint: must be https, or http on this machine"));
            }
            builder = builder.with_allow_http(true);
        }
        Ok(builder)
    }
}

impl FromStr for S3Config {
    type Err = S3ConfigError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = |rule: &str| S3ConfigError::new(rule);
        let rest = text.strip_prefix("s3://").ok_or_else(|| wrong("must begin with s3://"))?;
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
        if !(3..=63).contains(&bucket.len()) || !bucket.chars().all(is_plain) {
            return Err(wrong("the bucket must be 3 to 63 lower case letters, digits, hyphens and full stops"));
        }
        let prefix = prefix.trim_matches('/');
        let segment =
            |it: &str| !it.is_empty() && it.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        if !prefix.is_empty() && !prefix.split('/').all(segment) {
            return Err(wrong(
                "the prefix must be of letters, digits, hyphens and underscores, parted by single slashes",
            ));
        }
        let mut config = Self::bucket(bucket);
        if !prefix.is_empty() {
            config.prefix = format!("{prefix}/");
        }
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("region", region)) => config.region = Some(region.to_owned()),
                Some(("endpoint", url)) => config.endpoint = Some(url.trim_end_matches('/').to_owned()),
                Some(("path_style", "true")) => config.path_style = true,
                Some(("path_style", "false")) => config.path_style = false,
                // The value is not repeated: somebody may have put a key there.
                _ => return Err(wrong("after ? only region=…, endpoint=… and path_style=true|false are understood")),
            }
        }
        Ok(config)
    }
}

fn is_this_machine(url: &str) -> bool {
    let host = url.strip_prefix("http://").unwrap_or_default().split('/').next().unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, port)| if port.parse::<u16>().is_ok() { host } else { "" });
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

impl fmt::Debug for S3Config {
    /// Without the credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut told = f.debug_struct("S3Config");
        told.field("bucket", &self.bucket).field("prefix", &self.prefix).field("region", &self.region);
        told.field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl fmt::Debug for S3Credentials {
    /// Nothing of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Credentials").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_named_with_what_it_needs() {
        let config: S3Config =
            "s3://shop-media/live?region=eu-north-1&endpoint=http://127.0.0.1:9000/&path_style=true".parse().unwrap();
        assert_eq!((config.bucket.as_str(), config.prefix.as_str()), ("shop-media", "live/"));
        assert_eq!(config.region.as_deref(), Some("eu-north-1"));
        assert_eq!((config.endpoint.as_deref(), config.path_style), (Some("http://127.0.0.1:9000"), true));
    }

    #[test]
    fn what_is_not_understood_is_refused_and_not_repeated() {
        for text in [
            "media",
            "s3://",
            "s3://AB",
            "s3://a b",
            "s3://bucket/../x",
            "s3://bucket/a//b",
            "s3://bucket?secret=hunter2",
            "s3://bucket?region",
        ] {
            let told = text.parse::<S3Config>().unwrap_err().to_string();
            assert!(!told.contains("hunter2"), "{told}");
        }
    }

    #[test]
    fn nothing_is_sent_unencrypted_to_another_machine() {
        for (endpoint, fits) in [
            ("http://127.0.0.1:9000", true),
            ("http://localhost", true),
            ("http://[::1]:9000", true),
            ("https://s3.example", true),
            ("http://s3.example", false),
            ("http://127.0.0.1.example", false),
            ("http://localhost:x@s3.example", false),
        ] {
            let config = S3Config { endpoint: Some(endpoint.to_owned()), ..S3Config::bucket("bucket") };
            assert_eq!(config.builder().is_ok(), fits, "{endpoint}");
        }
    }

    #[test]
    fn credentials_are_not_shown() {
        let credentials = S3Credentials { access_key_id: "AKIA1".to_owned(), secret_access_key: "hunter2".to_owned() };
        let config = S3Config { credentials: Some(credentials.clone()), ..S3Config::bucket("bucket") };
        let shown = format!("{config:?} {credentials:?}");
        assert!(!shown.contains("hunter2") && !shown.contains("AKIA1"), "{shown}");
    }
}
