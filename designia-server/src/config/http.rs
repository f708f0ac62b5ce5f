//! The settings of the HTTP side: limits, whose pages may call, and whose word about a client's address counts.

use std::collections::BTreeMap;
use std::time::Duration;

use clap::Args;
use designia_core::ports::Quota;
use designia_core::time::{DAY, HOUR, MINUTE};
use ipnet::IpNet;

use super::values::{self, ConfigError};

/// Limits and headers of the HTTP side.
#[derive(Clone, Debug)]
pub struct Http {
    /// Longest time a request may take; one with files four times as long.
    pub request_timeout: Duration,
    /// Longest time until the headers of a request are there, and that a connection is kept without one.
    pub header_timeout: Duration,
    /// Largest request body in bytes.
    pub body_limit: usize,
    /// Largest request body with files in bytes.
    pub upload_limit: usize,
    /// Origins whose pages may call the API with the user's credentials.
    pub cors_origins: Vec<String>,
    /// Who is believed about the address of a client.
    pub proxies: Proxies,
    /// How often who may ask for what; absent means that nothing is counted.
    pub rate_limits: Option<RateLimits>,
    /// Whether `/metrics` answers without an admin's token.
    pub metrics_open: bool,
    /// How long running requests may take to finish after the signal to stop.
    pub shutdown_grace: Duration,
}

/// Who is believed about the address of a client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies {
    /// The networks of our own proxies.
    pub trusted: Vec<IpNet>,
    /// The header that they write. The other one is whatever the client wrote.
    pub header: ForwardedBy,
}

/// The header in which a proxy tells for whom it asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ForwardedBy {
    /// `X-Forwarded-For`.
    #[default]
    XForwardedFor,
    /// `Forwarded`, as RFC 7239 has it.
    Forwarded,
}

/// What requests are counted as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Reading without a token, by address.
    Anonymous,
    /// Reading with a token, by account.
    Read,
    /// Changing something.
    Write,
    /// Logging in and what belongs to it, by address, and by account as well if there is a token.
    Auth,
    /// Sending files.
    Upload,
    /// Searching.
    Search,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 6] = [Self::Anonymous, Self::Read, Self::Write, Self::Auth, Self::Upload, Self::Search];

    /// Its name in settings, headers and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Read => "read",
            Self::Write => "write",
            Self::Auth => "auth",
            Self::Upload => "upload",
            Self::Search => "search",
        }
    }

    /// So many requests in so long, unless somebody sets something else: what a person with a busy page needs several times over,
    /// and for those without a token what a small office behind one address does.
    const fn by_default(self) -> Quota {
        let (burst, per) = match self {
            Self::Anonymous => (600, MINUTE),
            Self::Read => (1200, MINUTE),
            Self::Write => (300, MINUTE),
            Self::Auth => (60, MINUTE),
            Self::Upload => (120, Duration::from_secs(600)),
            Self::Search => (240, MINUTE),
        };
        Quota { burst, per }
    }
}

/// How often who may ask for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimits(BTreeMap<Class, Quota>);

impl Default for RateLimits {
    fn default() -> Self {
        Self(Class::ALL.into_iter().map(|class| (class, class.by_default())).collect())
    }
}

impl RateLimits {
    /// The quota of a class.
    #[must_use]
    pub fn of(&self, class: Class) -> Quota {
        self.0.get(&class).copied().unwrap_or_else(|| class.by_default())
    }

    /// The same with another quota for a class.
    #[must_use]
    pub fn with(mut self, class: Class, quota: Quota) -> Self {
        self.0.insert(class, quota);
        self
    }

    fn parse(text: &str) -> Result<Option<Self>, ConfigError> {
        let variable = "DESIGNIA_RATE_LIMITS";
        match text {
            "on" => return Ok(Some(Self::default())),
            "off" => return Ok(None),
            _ => {}
        }
        let mut limits = Self::default();
        for item in values::list(text) {
            let form = || ConfigError::new(variable, format!("`{item}` is not like read=1200/1m"));
            let (name, quota) = item.split_once('=').ok_or_else(form)?;
            let (burst, per) = quota.split_once('/').ok_or_else(form)?;
            let names = Class::ALL.map(|class| (class.name(), class));
            let class = values::one_of(variable, name, &names)?;
            let burst = values::count(variable, burst, 1, 1_000_000)?;
            let per = values::duration(variable, per, Duration::from_secs(1), DAY)?;
            limits.0.insert(class, Quota { burst, per });
        }
        Ok(Some(limits))
    }
}

/// The same as an operator writes them.
#[derive(Args, Clone, Debug)]
pub(super) struct HttpSettings {
    /// Longest time a request may take; one with files may take four times as long
    #[arg(long, env = "DESIGNIA_REQUEST_TIMEOUT", global = true, value_name = "DURATION", default_value = "30s")]
    request_timeout: String,

    /// Longest time until the headers of a request are there, and that a connection is kept without one
    #[arg(long, env = "DESIGNIA_HEADER_TIMEOUT", global = true, value_name = "DURATION", default_value = "30s")]
    header_timeout: String,

    /// Largest request body in bytes
    #[arg(long, env = "DESIGNIA_BODY_LIMIT", global = true, value_name = "BYTES", default_value = "1048576")]
    body_limit: String,

    /// Largest request body with files in bytes
    #[arg(long, env = "DESIGNIA_UPLOAD_LIMIT", global = true, value_name = "BYTES", default_value = "16777216")]
    upload_limit: String,

    /// Origins whose pages may call the API from a browser, separated by commas
    #[arg(long, env = "DESIGNIA_CORS_ORIGINS", global = true, value_name = "ORIGINS")]
    cors_origins: Option<String>,

    /// Networks of your own proxies, such as 10.0.0.0/8,::1: what they say of a client's address is believed
    #[arg(long, env = "DESIGNIA_TRUSTED_PROXIES", global = true, value_name = "NETWORKS")]
    trusted_proxies: Option<String>,

    /// The header in which those proxies tell for whom they ask: x-forwarded-for or forwarded
    #[arg(
        long,
        env = "DESIGNIA_FORWARDED_HEADER",
        global = true,
        value_name = "HEADER",
        default_value = "x-forwarded-for"
    )]
    forwarded_header: String,

    /// How often who may ask: on, off, or other quotas than the default, such as auth=10/1m,write=60/1m, of the classes
    /// anonymous, read, write, auth, upload and search
    #[arg(long, env = "DESIGNIA_RATE_LIMITS", global = true, value_name = "LIMITS", default_value = "on")]
    rate_limits: String,

    /// Who may read /metrics: admin (with the admin's token) or everyone
    #[arg(long, env = "DESIGNIA_METRICS", global = true, value_name = "WHO", default_value = "admin")]
    metrics: String,

    /// How long running requests may take to finish after the signal to stop
    #[arg(long, env = "DESIGNIA_SHUTDOWN_GRACE", global = true, value_name = "DURATION", default_value = "20s")]
    shutdown_grace: String,
}

impl HttpSettings {
    pub(super) fn check(&self) -> Result<Http, ConfigError> {
        let (shortest, largest) = (Duration::from_millis(100), 256 * 1024 * 1024);
        let body_limit = values::bytes("DESIGNIA_BODY_LIMIT", &self.body_limit, 1024, largest)?;
        let upload_limit = values::bytes("DESIGNIA_UPLOAD_LIMIT", &self.upload_limit, 1024, largest)?;
        let origins = values::list(self.cors_origins.as_deref().unwrap_or_default());
        let forwarded_by = [("x-forwarded-for", ForwardedBy::XForwardedFor), ("forwarded", ForwardedBy::Forwarded)];
        Ok(Http {
            request_timeout: values::duration("DESIGNIA_REQUEST_TIMEOUT", &self.request_timeout, shortest, HOUR)?,
            header_timeout: values::duration("DESIGNIA_HEADER_TIMEOUT", &self.header_timeout, shortest, HOUR)?,
            body_limit,
            upload_limit: upload_limit.max(body_limit),
            cors_origins: origins
                .map(|item| values::origin("DESIGNIA_CORS_ORIGINS", item))
                .collect::<Result<_, _>>()?,
            proxies: Proxies {
                trusted: networks(self.trusted_proxies.as_deref().unwrap_or_default())?,
                header: values::one_of("DESIGNIA_FORWARDED_HEADER", &self.forwarded_header, &forwarded_by)?,
            },
            rate_limits: RateLimits::parse(&self.rate_limits)?,
            metrics_open: values::one_of("DESIGNIA_METRICS", &self.metrics, &[("admin", false), ("everyone", true)])?,
            shutdown_grace: values::duration("DESIGNIA_SHUTDOWN_GRACE", &self.shutdown_grace, Duration::ZERO, HOUR)?,
        })
    }
}

fn networks(text: &str) -> Result<Vec<IpNet>, ConfigError> {
    let variable = "DESIGNIA_TRUSTED_PROXIES";
    let form = "a network like 10.0.0.0/8 or an address";
    values::list(text)
        .map(|item| match item.parse::<std::net::IpAddr>() {
            Ok(address) => Ok(IpNet::from(address)),
            Err(_) => values::parsed(variable, item, form),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas_are_those_of_the_default_unless_others_are_set() {
        let limits = RateLimits::parse("auth=5/1m, search=7/10s").unwrap().unwrap();
        assert_eq!(limits.of(Class::Auth), Quota { burst: 5, per: MINUTE });
        assert_eq!(limits.of(Class::Search), Quota { burst: 7, per: Duration::from_secs(10) });
        assert_eq!(limits.of(Class::Read), Class::Read.by_default());
        assert_eq!(RateLimits::parse("off"), Ok(None));
        for wrong in ["reed=1/1m", "read=0/1m", "read=1", "read", "read=1/0s", "read=x/1m", "read=1/"] {
            assert!(RateLimits::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_trusted_proxy_is_a_network_or_one_address() {
        let networks = networks("10.0.0.0/8, 192.0.2.7, ::1, 2001:db8::/32").unwrap();
        let told: Vec<String> = networks.iter().map(ToString::to_string).collect();
        assert_eq!(told, ["10.0.0.0/8", "192.0.2.7/32", "::1/128", "2001:db8::/32"]);
        for wrong in ["10.0.0.0/33", "proxy.example", "*", "10.0.0", "::/129"] {
            assert!(super::networks(wrong).is_err(), "{wrong}");
        }
    }
}
