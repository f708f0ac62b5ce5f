//! Secrets as types of their own, so that no log, error or `Debug` output can show one by accident.

use std::fmt;

/// What stands in a text where a secret was.
pub(crate) const REDACTED: &str = "[redacted]";

/// An API key: `sk_…`, or a restricted `rk_…`.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

/// The secret with which Stripe signs what it sends to one webhook endpoint: `whsec_…`.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningSecret(String);

/// The text can't be a secret: it is empty, or contains spaces, line breaks or other invisible characters, as a value
/// read from a file with its line end does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the {0} is empty or contains characters that a secret never has")]
pub struct SecretError(&'static str);

impl SecretError {
    pub(crate) const API_KEY: Self = Self("API key");
}

impl ApiKey {
    /// Takes a key as it was configured.
    ///
    /// # Errors
    ///
    /// If the text is empty or contains anything but visible ASCII.
    pub fn new(text: impl Into<String>) -> Result<Self, SecretError> {
        visible(text.into()).map(Self).ok_or(SecretError::API_KEY)
    }

    /// Whether this key moves real money.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.0.starts_with("sk_live_") || self.0.starts_with("rk_live_")
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl SigningSecret {
    /// Takes a signing secret as it was configured; the `whsec_` is part of it.
    ///
    /// # Errors
    ///
    /// If the text is empty or contains anything but visible ASCII.
    pub fn new(text: impl Into<String>) -> Result<Self, SecretError> {
        visible(text.into()).map(Self).ok_or(SecretError("signing secret"))
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey({REDACTED})")
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningSecret({REDACTED})")
    }
}

fn visible(text: String) -> Option<String> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())).then_some(text)
}

/// The text with everything in it that looks like one of Stripe's secrets blacked out.
///
/// Stripe's own messages abbreviate keys, but a proxy or a test peer may echo what it was sent.
pub(crate) fn scrub(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let word = rest.find(|c: char| !is_token(c)).unwrap_or(rest.len());
        let (token, tail) = rest.split_at(word);
        out.push_str(if is_secret(token) { REDACTED } else { token });
        let gap = tail.find(is_token).unwrap_or(tail.len());
        let (separators, next) = tail.split_at(gap);
        out.push_str(separators);
        rest = next;
    }
    out
}

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '*'
}

fn is_secret(token: &str) -> bool {
    ["sk_", "rk_", "whsec_"].iter().any(|prefix| token.starts_with(prefix)) || token.contains("_secret_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_debug_output_of_a_secret_does_not_contain_it() {
        let key = ApiKey::new("sk_test_abc123").unwrap();
        let secret = SigningSecret::new("whsec_abc123").unwrap();
        assert!(!format!("{key:?} {secret:?} {:?}", Some(&key)).contains("abc123"));
    }

    #[test]
    fn a_secret_with_a_line_end_or_nothing_in_it_is_refused_without_being_shown() {
        for text in ["", " ", "sk_test_abc123\n", "whsec_ä", "sk_test abc123"] {
            let error = ApiKey::new(text).unwrap_err();
            let other = SigningSecret::new(text).unwrap_err();
            assert!(!format!("{error} {error:?} {other}").contains("abc123"));
        }
    }

    #[test]
    fn only_live_keys_are_live() {
        let live = |text: &str| ApiKey::new(text).unwrap().is_live();
        assert!(live("sk_live_1") && live("rk_live_1"));
        assert!(!live("sk_test_1") && !live("rk_test_1") && !live("anything"));
    }

    #[test]
    fn a_message_is_scrubbed_of_everything_that_looks_like_a_secret() {
        assert_eq!(
            scrub("Invalid API Key provided: sk_test_****1234, or rk_live_9; see (whsec_x) and pi_1_secret_2."),
            "Invalid API Key provided: [redacted], or [redacted]; see ([redacted]) and [redacted]."
        );
        assert_eq!(scrub("No such payment_intent: 'pi_123' für ä"), "No such payment_intent: 'pi_123' für ä");
        assert_eq!(scrub(""), "");
    }
}
