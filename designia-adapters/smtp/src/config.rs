//! How to reach a mail server: one URL, as operators write it.

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use url::{Host, Url};

/// How a certificate begins in PEM form.
const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// How to reach a mail server. `Debug` shows neither user nor password.
#[derive(Clone)]
pub struct Config {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) security: Security,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) roots: Vec<Vec<u8>>,
    /// Handing over one mail may take so long.
    pub timeout: Duration,
    /// So many connections at once.
    pub connections: u32,
}

/// Whether and how the connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// From the first byte.
    Tls,
    /// After a greeting in the open; without it nothing is sent.
    StartTls,
    /// Not at all.
    None,
}

#[derive(Clone)]
pub(crate) struct Credentials {
    pub(crate) user: String,
    pub(crate) password: String,
}

/// The text is not the address of a mail server. It is not repeated: it may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Not a URL of this form.
    #[error("not a URL like smtps://user:password@mail.example or smtp://mail.example:587")]
    Form,
    /// What is asked for after the question mark is not known.
    #[error("only `tls=none` may be asked for after the question mark")]
    Parameter,
    /// A password would be readable on the way.
    #[error("would send the password unencrypted to another machine; use smtps, or smtp without tls=none")]
    OpenPassword,
    /// A certificate can't be read.
    #[error("a root certificate can't be read: {0}")]
    Certificate(String),
    /// A file with certificates can't be read, or has none.
    #[error("{0}")]
    CertificateFile(String),
    /// The sender is not an address.
    #[error("`{0}` is not a sender like Shop <mail@shop.example>")]
    Sender(String),
}

impl Config {
    /// The server's name or address.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Whether and how the connection is encrypted.
    #[must_use]
    pub const fn security(&self) -> Security {
        self.security
    }

    /// The same, with another authority that may vouch for the server: a certificate in PEM form.
    #[must_use]
    pub fn with_root(mut self, pem: &[u8]) -> Self {
        self.roots.push(pem.to_owned());
        self
    }

    /// The same, with the authorities of a file in PEM form: those of a private installation.
    ///
    /// # Errors
    /// The file can't be read, or there is no certificate in it.
    pub fn with_root_file(self, path: &Path) -> Result<Self, ConfigError> {
        let refused = |why: String| ConfigError::CertificateFile(format!("{}: {why}", path.display()));
        let pem = std::fs::read(path).map_err(|error| refused(error.to_string()))?;
        if pem.windows(BEGIN.len()).any(|part| part == BEGIN) {
            Ok(self.with_root(&pem))
        } else {
            Err(refused("there is no certificate in PEM form in it".to_owned()))
        }
    }
}

impl FromStr for Config {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url: Url = text.parse().map_err(|_| ConfigError::Form)?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(ConfigError::Form)?;
        let is_bare = matches!(url.path(), "" | "/") && url.fragment().is_none();
        let (security, usual_port) = match (url.scheme(), url.query()) {
            ("smtps", None | Some("")) => (Security::Tls, 465),
            ("smtp", None | Some("")) => (Security::StartTls, 587),
            ("smtp", Some("tls=none")) => (Security::None, 25),
            ("smtp" | "smtps", Some(_)) => return Err(ConfigError::Parameter),
            _ => return Err(ConfigError::Form),
        };
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            ("", Some(_)) | (_, None) => return Err(ConfigError::Form),
            (user, Some(password)) => Some(Credentials { user: decoded(user)?, password: decoded(password)? }),
        };
        if !is_bare {
            return Err(ConfigError::Form);
        }
        if security == Security::None && credentials.is_some() && !is_this_machine(&url) {
            return Err(ConfigError::OpenPassword);
        }
        Ok(Self {
            host: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: url.port().unwrap_or(usual_port),
            security,
            credentials,
            roots: Vec::new(),
            timeout: Duration::from_secs(15),
            connections: 4,
        })
    }
}

fn decoded(text: &str) -> Result<String, ConfigError> {
    percent_decode_str(text).decode_utf8().map(Into::into).map_err(|_| ConfigError::Form)
}

/// The scheme is not one of the web's, so the host comes as text even if it is an address.
fn is_this_machine(url: &Url) -> bool {
    match url.host_str().map(Host::parse) {
        Some(Ok(Host::Domain(name))) => name == "localhost",
        Some(Ok(Host::Ipv4(address))) => address.is_loopback(),
        Some(Ok(Host::Ipv6(address))) => address.is_loopback(),
        Some(Err(_)) | None => false,
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("security", &self.security)
            .field("logs_in", &self.credentials.is_some())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> ConfigError {
        text.parse::<Config>().unwrap_err()
    }

    #[test]
    fn the_scheme_says_how_the_connection_is_encrypted_and_on_which_port() {
        for (text, security, port) in [
            ("smtps://mail.example", Security::Tls, 465),
            ("smtp://mail.example", Security::StartTls, 587),
            ("smtp://mail.example:2525/", Security::StartTls, 2525),
            ("smtp://127.0.0.1?tls=none", Security::None, 25),
        ] {
            let config: Config = text.parse().unwrap();
            assert_eq!((config.security, config.port), (security, port), "{text}");
        }
        assert_eq!("smtp://[::1]:25".parse::<Config>().unwrap().host(), "::1");
    }

    #[test]
    fn a_password_may_hold_what_a_url_may_not() {
        let config: Config = "smtps://shop%40example:p%2Fa%40s%3As@mail.example".parse().unwrap();
        let credentials = config.credentials.unwrap();
        assert_eq!((credentials.user.as_str(), credentials.password.as_str()), ("shop@example", "p/a@s:s"));
    }

    #[test]
    fn what_is_no_mail_server_is_refused_without_repeating_it() {
        for text in [
            "mail.example",
            "http://a:secret@b",
            "smtp://",
            "smtps://a:secret@b/box",
            "smtp://a:secret@b#c",
            "smtp://a@b",
        ] {
            assert_eq!(error(text), ConfigError::Form, "{text}");
            assert!(!error(text).to_string().contains("secret"));
        }
        for text in ["smtps://mail.example?tls=none", "smtp://mail.example?tls=off", "smtp://mail.example?x=1"] {
            assert_eq!(error(text), ConfigError::Parameter, "{text}");
        }
    }

    #[test]
    fn a_password_goes_unencrypted_to_this_machine_only() {
        for text in [
            "smtp://a:b@mail.example?tls=none",
            "smtp://a:b@10.0.0.1?tls=none",
            "smtp://a:b@localhost.example?tls=none",
        ] {
            assert_eq!(error(text), ConfigError::OpenPassword, "{text}");
        }
        for text in ["smtp://a:b@localhost?tls=none", "smtp://a:b@127.0.0.1?tls=none", "smtp://a:b@[::1]?tls=none"] {
            assert!(text.parse::<Config>().is_ok(), "{text}");
        }
    }

    #[test]
    fn the_debug_form_shows_neither_user_nor_password() {
        let config: Config = "smtps://shop:secret@mail.example".parse().unwrap();
        let shown = format!("{config:?}");
        assert!(!shown.contains("secret") && !shown.contains("shop"), "{shown}");
    }
}
