//! What can go wrong with a request to Stripe, in the terms on which the caller acts: did it happen, and what now.
//!
//! The gravest mistake a payment adapter can make is to report an unknown outcome as a failure. So the kinds follow that
//! question first, and only then Stripe's own vocabulary.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use crate::secret::scrub;

/// A request to Stripe that did not end in a readable success.
///
/// One pointer wide, since it travels through every `Result` of the client.
#[derive(Debug)]
pub struct StripeError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    retry: Retry,
    status: Option<u16>,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A valid request that the card, bank or wallet refused (402).
    Card {
        /// Stripe's code, such as `card_declined`.
        code: Option<String>,
        /// The issuer's reason, such as `insufficient_funds`.
        decline_code: Option<String>,
    },
    /// Stripe refused the request as it stands; the same request is refused again.
    Invalid {
        /// Stripe's code, such as `amount_too_small`.
        code: Option<String>,
        /// The parameter that it is about.
        param: Option<String>,
    },
    /// The key is wrong, revoked or missing (401).
    Authentication,
    /// The key may not do this (403).
    Permission,
    /// There is no such object (404, or `resource_missing`).
    NotFound {
        /// The parameter that named it.
        param: Option<String>,
    },
    /// Too many requests; nothing was executed (429).
    RateLimited {
        /// `Stripe-Rate-Limited-Reason`, such as `endpoint-rate`.
        reason: Option<String>,
    },
    /// Somebody else is working on the object; nothing was executed (`lock_timeout`, or another 409).
    LockTimeout,
    /// The first request with this idempotency key is still running (409 `idempotency_key_in_use`).
    KeyInUse,
    /// The idempotency key was used before with other parameters (400 `idempotency_error`): a defect of the caller.
    KeyReused,
    /// Stripe failed to answer a question (5xx, 424 on a read); nothing was at stake.
    ProviderFault,
    /// The request may or may not have been executed: no answer in time, the connection lost after sending, or an
    /// answer (5xx, 424) that does not say.
    UnknownOutcome,
    /// The request was never sent: no address, connection refused, no TLS.
    Unreachable,
    /// There was an answer that could not be read: not JSON, cut short, too long, or not what was asked for.
    Undecodable,
}

/// What a caller may do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Nothing: the same request meets the same answer.
    No,
    /// Send the same bytes with the same idempotency key again, after a pause.
    SameKey,
    /// Ask Stripe what became of it before anything is sent again.
    AskFirst,
}

impl StripeError {
    pub(crate) fn new(kind: ErrorKind, retry: Retry, message: &str) -> Self {
        let message = scrub(message);
        Self(Box::new(Inner { kind, retry, status: None, request_id: None, retry_after: None, message, source: None }))
    }

    pub(crate) fn with_answer(mut self, status: u16, request_id: Option<&str>, retry_after: Option<Duration>) -> Self {
        self.0.status = Some(status);
        self.0.request_id = request_id.map(scrub);
        self.0.retry_after = retry_after;
        self
    }

    pub(crate) fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.0.source = Some(Box::new(source));
        self
    }

    /// What happened.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// What may be done next.
    #[must_use]
    pub fn retry(&self) -> Retry {
        self.0.retry
    }

    /// The HTTP status, if there was an answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// Stripe's name for this request (`Request-Id`), which its support asks for.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// Not to be sent again before this has passed, if the answer said so (`Retry-After`).
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Stripe's code, such as `charge_already_refunded`, if it gave one for a refusal.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match &self.0.kind {
            ErrorKind::Card { code, .. } | ErrorKind::Invalid { code, .. } => code.as_deref(),
            ErrorKind::NotFound { .. } => Some("resource_missing"),
            ErrorKind::Authentication
            | ErrorKind::Permission
            | ErrorKind::RateLimited { .. }
            | ErrorKind::LockTimeout
            | ErrorKind::KeyInUse
            | ErrorKind::KeyReused
            | ErrorKind::ProviderFault
            | ErrorKind::UnknownOutcome
            | ErrorKind::Unreachable
            | ErrorKind::Undecodable => None,
        }
    }

    /// The message, for people and logs; secrets are blacked out.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }
}

impl fmt::Display for StripeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.kind, self.0.message)?;
        if let Some(status) = self.0.status {
            write!(f, " (status {status}")?;
            if let Some(id) = &self.0.request_id {
                write!(f, ", request {id}")?;
            }
            f.write_str(")")?;
        }
        Ok(())
    }
}

impl StdError for StripeError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, detail) = match self {
            Self::Card { code, decline_code } => ("card refused", decline_code.as_ref().or(code.as_ref())),
            Self::Invalid { code, param } => ("request refused", code.as_ref().or(param.as_ref())),
            Self::Authentication => ("API key not accepted", None),
            Self::Permission => ("API key lacks permission", None),
            Self::NotFound { param } => ("no such object", param.as_ref()),
            Self::RateLimited { reason } => ("rate limited", reason.as_ref()),
            Self::LockTimeout => ("object is locked", None),
            Self::KeyInUse => ("idempotency key in use", None),
            Self::KeyReused => ("idempotency key reused with other parameters", None),
            Self::ProviderFault => ("Stripe is failing", None),
            Self::UnknownOutcome => ("outcome unknown", None),
            Self::Unreachable => ("Stripe is unreachable", None),
            Self::Undecodable => ("unreadable answer", None),
        };
        f.write_str(name)?;
        detail.map_or(Ok(()), |detail| write!(f, " [{}]", scrub(detail)))
    }
}
