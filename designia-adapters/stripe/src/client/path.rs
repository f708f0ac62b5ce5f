//! Addresses of single objects. Ids are opaque text from outside, so they are escaped.

use std::fmt::Write as _;

use crate::error::{ErrorKind, Retry, StripeError};

/// `/v1/{collection}/{id}`, or `/v1/{collection}/{id}/{action}`.
///
/// # Errors
///
/// [`ErrorKind::NotFound`] for a text that a URL would resolve to something else: nothing, `.` or `..`.
pub(crate) fn object(collection: &str, id: &str, action: Option<&str>) -> Result<String, StripeError> {
    if matches!(id, "" | "." | "..") || id.len() > MAX_ID {
        let kind = ErrorKind::NotFound { param: Some("id".to_owned()) };
        return Err(StripeError::new(kind, Retry::No, "not the id of an object"));
    }
    let mut path = format!("/v1/{collection}/");
    for byte in id.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' => path.push(char::from(byte)),
            _ => {
                // Writing to a `String` never fails.
                let _ = write!(path, "%{byte:02X}");
            }
        }
    }
    if let Some(action) = action {
        path.push('/');
        path.push_str(action);
    }
    Ok(path)
}

/// Stripe's limit for the length of an id.
const MAX_ID: usize = 255;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_can_not_lead_out_of_its_collection() {
        assert_eq!(object("refunds", "re_1", None).unwrap(), "/v1/refunds/re_1");
        assert_eq!(object("checkout/sessions", "cs_1", Some("expire")).unwrap(), "/v1/checkout/sessions/cs_1/expire");
        assert_eq!(object("refunds", "../balance?x#y", None).unwrap(), "/v1/refunds/..%2Fbalance%3Fx%23y");
        for id in ["", ".", "..", &"x".repeat(256)] {
            assert!(matches!(object("refunds", id, None).unwrap_err().kind(), ErrorKind::NotFound { .. }));
        }
    }
}
