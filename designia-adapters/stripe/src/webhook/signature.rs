//! The `Stripe-Signature` header: `t=<unix>,v1=<hex hmac-sha256>[,v1=…][,v0=…]` over `{t}.{raw body}`.
//!
//! The verdict is that of the official SDKs wherever they agree, and stricter in two points: a header with two `t` is
//! refused (the Python SDK takes the first, the Node SDK the last), and so is a time far in the future, since a host
//! whose clock lags would accept a captured request for as long as it lags. The frozen table and the differential test
//! under `tests/suite` hold both statements.

use std::time::Duration;

use designia_core::ports::WebhookError;
use designia_core::time::Timestamp;
use ring::hmac;

use super::verifier::WebhookConfigError;
use crate::secret::SigningSecret;

/// Says whether a webhook request was signed with one of the configured secrets, not long ago.
#[derive(Clone)]
pub struct SignatureVerifier {
    keys: Vec<hmac::Key>,
    max_age: Duration,
    max_ahead: Option<Duration>,
}

/// Stripe's own default.
const DEFAULT_TOLERANCE: Duration = Duration::from_secs(300);

/// A genuine header is some 80 bytes, twice that while a secret is rolled. The limit bounds how many MACs a stranger can
/// make us compute.
const MAX_HEADER: usize = 1024;

impl SignatureVerifier {
    /// Accepts what was signed with any of these secrets within 300 s either way. While a secret is rolled at Stripe, give
    /// both: the old one stays alive there for up to 24 hours.
    ///
    /// # Errors
    ///
    /// [`WebhookConfigError::NoSecret`] if there is none.
    pub fn new(secrets: impl IntoIterator<Item = SigningSecret>) -> Result<Self, WebhookConfigError> {
        let key = |secret: SigningSecret| hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
        let keys: Vec<_> = secrets.into_iter().map(key).collect();
        if keys.is_empty() {
            return Err(WebhookConfigError::NoSecret);
        }
        Ok(Self { keys, max_age: DEFAULT_TOLERANCE, max_ahead: Some(DEFAULT_TOLERANCE) })
    }

    /// How old a signature may be.
    ///
    /// # Errors
    ///
    /// [`WebhookConfigError::ZeroTolerance`] for less than a second: in the official SDKs zero means "never expires".
    pub fn with_max_age(mut self, age: Duration) -> Result<Self, WebhookConfigError> {
        if age.as_secs() == 0 {
            return Err(WebhookConfigError::ZeroTolerance);
        }
        self.max_age = age;
        Ok(self)
    }

    /// How far in the future a signature may be, for a host whose clock lags; `None` for any distance, as in the official
    /// SDKs.
    #[must_use]
    pub const fn with_max_ahead(mut self, ahead: Option<Duration>) -> Self {
        self.max_ahead = ahead;
        self
    }

    /// Checks the value of the header against the raw body, and answers when it was signed.
    ///
    /// # Errors
    ///
    /// [`WebhookError::MalformedSignature`], [`WebhookError::BadSignature`], or [`WebhookError::OutsideTolerance`] for an
    /// authentic request out of its time.
    pub fn verify(&self, header: &str, body: &[u8], now: Timestamp) -> Result<Timestamp, WebhookError> {
        let Header { time, signatures } = Header::parse(header)?;
        let mut signed = format!("{time}.").into_bytes();
        signed.extend_from_slice(body);
        let authentic =
            self.keys.iter().any(|key| signatures.iter().any(|mac| hmac::verify(key, &signed, mac).is_ok()));
        if !authentic {
            return Err(WebhookError::BadSignature);
        }
        self.check_time(time, now.as_secs())?;
        Ok(Timestamp::from_secs(time))
    }

    fn check_time(&self, signed: i64, now: i64) -> Result<(), WebhookError> {
        let age = now.saturating_sub(signed);
        let limit = if age >= 0 { Some(self.max_age) } else { self.max_ahead };
        match limit {
            Some(limit) if age.unsigned_abs() > limit.as_secs() => Err(WebhookError::OutsideTolerance {
                age_secs: age,
                tolerance_secs: i64::try_from(limit.as_secs()).unwrap_or(i64::MAX),
            }),
            Some(_) | None => Ok(()),
        }
    }
}

impl std::fmt::Debug for SignatureVerifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignatureVerifier")
            .field("secrets", &self.keys.len())
            .field("max_age", &self.max_age)
            .field("max_ahead", &self.max_ahead)
            .finish()
    }
}

struct Header {
    time: i64,
    signatures: Vec<Vec<u8>>,
}

impl Header {
    fn parse(text: &str) -> Result<Self, WebhookError> {
        let malformed = |why| Err(WebhookError::MalformedSignature(why));
        if text.len() > MAX_HEADER {
            return malformed("longer than 1024 bytes");
        }
        let mut times = Vec::new();
        let mut signatures = Vec::new();
        for (scheme, value) in text.split(',').filter_map(|item| item.split_once('=')) {
            match scheme {
                "t" => times.push(value),
                "v1" => signatures.push(value),
                // `v0` is a decoy in test mode, and other schemes may come.
                _ => {}
            }
        }
        let [time] = times[..] else { return malformed("there must be exactly one t") };
        // Like the SDKs this allows a sign and leading zeros; what is signed is the number.
        let Some(time) = time.parse().ok().filter(|seconds: &i64| *seconds >= 0) else {
            return malformed("t is not a number of seconds");
        };
        if signatures.is_empty() {
            return malformed("there is no v1 signature");
        }
        Ok(Self { time, signatures: signatures.into_iter().filter_map(lower_hex).collect() })
    }
}

fn lower_hex(text: &str) -> Option<Vec<u8>> {
    let lower = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if lower { hex::decode(text).ok() } else { None }
}
