//! `Stripe-Signature`: proof that a delivery is from whom it says, and from when.

use ring::hmac;

use crate::resource::webhook_endpoint::Secret;

/// `t=…,v1=…`, one `v1` for every live secret. The key is the whole `whsec_…` text.
pub(crate) fn header(timestamp: i64, body: &str, secrets: &[Secret]) -> String {
    let mut header = format!("t={timestamp}");
    for secret in secrets {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
        let tag = hmac::sign(&key, format!("{timestamp}.{body}").as_bytes());
        header.push_str(",v1=");
        header.push_str(&hex::encode(tag));
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed once with `openssl dgst -sha256 -hmac whsec_test`; the official SDKs check the rest in `tests/strangers`.
    #[test]
    fn the_signature_is_an_hmac_over_timestamp_dot_body() {
        let header = header(1_700_000_000, "{}", &[Secret::new("whsec_test"), Secret::new("whsec_old")]);
        let (start, rest) = header.split_once(",v1=").unwrap();
        assert_eq!(start, "t=1700000000");
        assert_eq!(rest.split(",v1=").count(), 2);
        assert!(rest.starts_with("35495024f4ef3f94e5a93e22221544c4b75e9a42300cd965ab81cb85cd994e91"), "{rest}");
    }
}
