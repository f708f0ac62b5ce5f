//! The rules a single value has to obey, each told in the words of the error it gives.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use super::{CheckoutUi, Database, LatePayment, LogFormat, Media, Postgres, RatesFrom, Secret};

/// A value that stops the start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable}: {rule}")]
pub struct ConfigError {
    /// The variable to change.
    pub variable: &'static str,
    /// What it has to look like.
    pub rule: String,
}

impl ConfigError {
    pub(super) fn new(variable: &'static str, rule: impl Into<String>) -> Self {
        Self { variable, rule: rule.into() }
    }
}

pub(super) fn parsed<T: FromStr>(variable: &'static str, text: &str, form: &str) -> Result<T, ConfigError> {
    text.parse().map_err(|_| ConfigError::new(variable, format!("`{text}` is not {form}")))
}

pub(super) fn switch(variable: &'static str, text: &str) -> Result<bool, ConfigError> {
    one_of(variable, text, &[("on", true), ("off", false), ("true", true), ("false", false), ("1", true), ("0", false)])
}

pub(super) fn one_of<T: Copy>(variable: &'static str, text: &str, choices: &[(&str, T)]) -> Result<T, ConfigError> {
    choices.iter().find(|(name, _)| *name == text).map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        ConfigError::new(variable, format!("`{text}` is none of {}", names.join(", ")))
    })
}

pub(super) const LOG_FORMATS: [(&str, LogFormat); 2] = [("text", LogFormat::Text), ("json", LogFormat::Json)];

pub(super) const LATE_PAYMENTS: [(&str, LatePayment); 3] =
    [("refund", LatePayment::Refund), ("reinstate", LatePayment::Reinstate), ("hold", LatePayment::Hold)];

pub(super) const CHECKOUT_UIS: [(&str, CheckoutUi); 2] =
    [("hosted", CheckoutUi::Hosted), ("embedded", CheckoutUi::Embedded)];

/// Parses `500ms`, `45s`, `30m`, `12h` or `3d` and keeps it within the bounds.
pub(super) fn duration(
    variable: &'static str,
    text: &str,
    least: Duration,
    most: Duration,
) -> Result<Duration, ConfigError> {
    let value = parse_duration(text).map_err(|rule| ConfigError::new(variable, rule))?;
    within(variable, text, value, least, most, |bound| format!("{bound:?}"))
}

/// Parses `500ms`, `45s`, `30m`, `12h` or `3d`.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let form = || format!("`{text}` is not a duration like 500ms, 45s, 30m, 12h or 3d");
    let unit_at = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(form)?;
    let (number, unit) = text.split_at(unit_at);
    let number: u64 = number.parse().map_err(|_| form())?;
    let millis_per_unit = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(form()),
    };
    Ok(Duration::from_millis(number.checked_mul(millis_per_unit).ok_or_else(form)?))
}

pub(super) fn bytes(variable: &'static str, text: &str, least: usize, most: usize) -> Result<usize, ConfigError> {
    let value = parsed(variable, text, "a whole number of bytes")?;
    within(variable, text, value, least, most, |bound| format!("{bound} bytes"))
}

pub(super) fn count(variable: &'static str, text: &str, least: u32, most: u32) -> Result<u32, ConfigError> {
    let value = parsed(variable, text, "a whole number")?;
    within(variable, text, value, least, most, |bound| bound.to_string())
}

fn within<T: PartialOrd + Copy>(
    variable: &'static str,
    text: &str,
    value: T,
    least: T,
    most: T,
    show: impl Fn(T) -> String,
) -> Result<T, ConfigError> {
    if value < least || value > most {
        let rule = format!("`{text}` is not between {} and {}", show(least), show(most));
        return Err(ConfigError::new(variable, rule));
    }
    Ok(value)
}

/// An `http` or `https` URL with a host, without query or fragment; the slash at its end is dropped.
pub(super) fn web_url(variable: &'static str, text: &str) -> Result<String, ConfigError> {
    let fits = text.parse::<axum::http::Uri>().is_ok_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri
                .authority()
                .is_some_and(|authority| !authority.host().is_empty() && !authority.as_str().contains('@'))
            && uri.query().is_none()
    }) && !text.contains('#');
    if fits {
        Ok(text.trim_end_matches('/').to_owned())
    } else {
        Err(ConfigError::new(variable, format!("`{text}` is not a URL like https://shop.example")))
    }
}

/// Whether the URL stays on this machine, where sending a secret unencrypted tells nobody.
pub(super) fn is_loopback(url: &str) -> bool {
    let host = url.parse::<axum::http::Uri>().ok().and_then(|uri| uri.host().map(str::to_owned)).unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Comma-separated items, spaces around them ignored, empty ones dropped.
pub(super) fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}

/// An origin as browsers send it: scheme and host, with a port if it is not the scheme's own.
pub(super) fn origin(variable: &'static str, text: &str) -> Result<String, ConfigError> {
    let url = web_url(variable, text)?;
    match url.splitn(4, '/').nth(3) {
        None => Ok(url),
        Some(_) => {
            Err(ConfigError::new(variable, format!("`{text}` has a path; an origin is like https://shop.example")))
        }
    }
}

/// The database a URL names. What it says beside the scheme is not repeated: it may hold a password.
pub(super) fn database(url: &Secret, connections: u32) -> Result<Database, ConfigError> {
    let (variable, text) = ("DATABASE_URL", url.expose());
    if text == "memory:" || text == "sqlite::memory:" {
        return Ok(Database::Memory);
    }
    match text.split_once(':') {
        Some(("sqlite", rest)) => {
            let path = rest.strip_prefix("//").unwrap_or(rest);
            if path.is_empty() || path.contains('?') {
                return Err(ConfigError::new(variable, "a SQLite URL is like sqlite://designia-data/designia.db"));
            }
            Ok(Database::Sqlite(PathBuf::from(path)))
        }
        Some(("postgres" | "postgresql", _)) => {
            let postgres = Postgres { url: url.clone(), connections };
            let checked = crate::wiring::check_postgres(&postgres);
            checked.map_err(|rule| ConfigError::new(variable, rule.to_string()))?;
            Ok(Database::Postgres(postgres))
        }
        Some((scheme, _)) if scheme.chars().all(|c| c.is_ascii_alphanumeric()) => Err(ConfigError::new(
            variable,
            format!("the scheme `{scheme}` is not in this build, which has postgres, sqlite and memory"),
        )),
        _ => Err(ConfigError::new(
            variable,
            "not a URL like postgres://role:password@host/database or sqlite://designia-data/designia.db",
        )),
    }
}

pub(super) fn rate_sources(text: &str) -> Result<Vec<RatesFrom>, ConfigError> {
    let variable = "DESIGNIA_RATES_SOURCES";
    let sources: Vec<RatesFrom> = list(text).map(|item| rate_source(variable, item)).collect::<Result<_, _>>()?;
    if sources.is_empty() {
        return Err(ConfigError::new(variable, "names no source; `bundled` is always there"));
    }
    Ok(sources)
}

fn rate_source(variable: &'static str, text: &str) -> Result<RatesFrom, ConfigError> {
    match (text, text.strip_prefix("file:")) {
        ("bundled", _) => Ok(RatesFrom::Bundled),
        ("exchangerate-api", _) => Ok(RatesFrom::ExchangeRateApi),
        ("ecb", _) => Ok(RatesFrom::Ecb),
        (_, Some(path)) if !path.is_empty() => Ok(RatesFrom::File(Path::new(path).to_owned())),
        _ => {
            let rule = format!("`{text}` is none of bundled, exchangerate-api, ecb, file:PATH");
            Err(ConfigError::new(variable, rule))
        }
    }
}

/// Refuses with a rule that does not repeat the value.
pub(super) fn require(variable: &'static str, holds: bool, rule: impl Display) -> Result<(), ConfigError> {
    if holds { Ok(()) } else { Err(ConfigError::new(variable, rule.to_string())) }
}

/// Where uploaded files are kept. What is in memory has its files there, too, unless a place is named.
pub(super) fn media(value: Option<&str>, data_dir: &Path, database: &Database) -> Result<Media, ConfigError> {
    match value {
        None if *database == Database::Memory => Ok(Media::Memory),
        None => Ok(Media::Folder(data_dir.join("media"))),
        Some(url) if url.contains("://") => match crate::wiring::check_bucket(url) {
            Ok(()) => Ok(Media::Bucket(url.to_owned())),
            Err(rule) => Err(ConfigError::new("DESIGNIA_MEDIA", rule.to_string())),
        },
        Some(folder) => Ok(Media::Folder(folder.into())),
    }
}
