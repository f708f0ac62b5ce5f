//! E-mail addresses: what a person logs in with, and where their mail goes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An address as its owner writes it. Two that differ only in case are one: compare and look up by [`Email::key`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

/// The text is not an address that mail could be sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// There is no `@` with something before and after it.
    #[error("must have the form name@domain")]
    Form,
    /// An address may have 254 characters, 64 of them before the `@`.
    #[error("must have at most 254 characters, at most 64 of them before the @")]
    Length,
    /// Spaces, control characters, double quotes, brackets and the like, with which a header or a log could be forged.
    #[error(
        "must not hold spaces, control characters, double quotes, backquotes, commas, colons, semicolons, brackets or backslashes"
    )]
    Characters,
}

impl Email {
    /// What the address is looked up by: in lower case.
    #[must_use]
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }

    /// As its owner writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is before the `@`.
    #[must_use]
    pub fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }
}

impl FromStr for Email {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, EmailError> {
        let text = text.trim();
        if text.chars().any(is_forbidden) {
            return Err(EmailError::Characters);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(EmailError::Form)?;
        if text.chars().count() > 254 || local.chars().count() > 64 {
            return Err(EmailError::Length);
        }
        let is_sign = |c: char| c.is_ascii_punctuation() && c != '-';
        let is_label = |label: &str| {
            !label.is_empty() && !label.starts_with('-') && !label.ends_with('-') && !label.contains(is_sign)
        };
        let labels = domain.split('.').collect::<Vec<_>>();
        let is_domain = labels.len() > 1 && labels.iter().copied().all(is_label);
        let is_local = !local.is_empty() && !local.contains('@') && local.split('.').all(|part| !part.is_empty());
        if is_local && is_domain { Ok(Self(text.to_owned())) } else { Err(EmailError::Form) }
    }
}

impl TryFrom<String> for Email {
    type Error = EmailError;

    fn try_from(text: String) -> Result<Self, EmailError> {
        text.parse()
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What no part of an address may hold. The rest of RFC 5321's `atext` is allowed, an apostrophe among it; the backquote is not,
/// which nobody's address has and shells and old browsers take for a quote.
fn is_forbidden(c: char) -> bool {
    // Turn the direction of what stands around them in a log or on a page.
    let is_turning = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_whitespace() || c.is_control() || is_turning || "\"`(),:;<>[]\\".contains(c)
}
