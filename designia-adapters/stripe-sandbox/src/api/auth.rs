//! Who asks: a test key, as a bearer token or as the user name of basic authentication.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::error::ApiError;

/// Any test key will do, unless the sandbox was told the one it expects.
pub(crate) fn check(headers: &HeaderMap, expected: Option<&str>) -> Result<(), ApiError> {
    let Some(key) = key(headers) else {
        return Err(ApiError::unauthenticated(
            "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
        ));
    };
    let is_test =
        ["sk_test_", "rk_test_"].iter().any(|prefix| key.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty()));
    let accepted = expected.map_or(is_test, |expected| expected == key);
    if accepted {
        return Ok(());
    }
    Err(ApiError::unauthenticated(format!("Invalid API Key provided: {}", redacted(&key))))
}

fn key(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = value.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.trim().to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
    Some(decoded.split_once(':').map_or(decoded.as_str(), |(user, _)| user).to_owned())
}

/// Enough to recognise a key, too little to use it.
fn redacted(key: &str) -> String {
    let last: String = key.chars().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect();
    let head = ["sk_test_", "rk_test_", "sk_live_", "rk_live_", "pk_test_"].iter().find(|head| key.starts_with(**head));
    match head {
        Some(head) if key.len() > head.len() + 8 => format!("{head}****{last}"),
        Some(head) => format!("{head}****"),
        None => "****".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(AUTHORIZATION, value.parse().unwrap())])
    }

    #[test]
    fn only_test_keys_are_let_in() {
        let basic = format!("Basic {}", STANDARD.encode("sk_test_abc:"));
        for (header, fine) in [
            ("Bearer sk_test_abc", true),
            ("bearer rk_test_abc", true),
            (basic.as_str(), true),
            ("Bearer sk_live_abc", false),
            ("Bearer sk_test_", false),
            ("Bearer nonsense", false),
            ("Basic !!!", false),
            ("Digest x", false),
        ] {
            assert_eq!(check(&with(header), None).is_ok(), fine, "{header}");
        }
        assert!(check(&HeaderMap::new(), None).is_err());
        assert!(check(&with("Bearer sk_test_abc"), Some("sk_test_other")).is_err());
    }

    #[test]
    fn a_refused_key_is_not_repeated_in_the_answer() {
        let error = check(&with("Bearer sk_live_0123456789abcdef"), None).unwrap_err();
        assert!(error.message().ends_with("sk_live_****cdef"), "{}", error.message());
    }
}
