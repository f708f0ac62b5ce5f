//! A span per call.

mod accounts;
mod console;
mod gateway;
mod shop;
mod stores;
mod tasks;

use std::fmt;

use tracing::{Instrument, Span};

use crate::ports::{
    AccountCommitError, CommitError, GatewayError, GatewayErrorKind, PutError, StoreError, StoreErrorKind,
};

/// An adapter each of whose calls is a `tracing` span at level `DEBUG`, named `port.method`.
///
/// A span tells which order or key a call was about, how many there were of what, and how it ended (`outcome`): never an
/// amount, a name, an address or a body. A call that failed is an event, too: at level `WARN` if a person may have to
/// look, at level `DEBUG` if its caller knows what to do.
#[derive(Clone, Debug)]
pub struct Traced<S> {
    inner: S,
}

impl<S> Traced<S> {
    /// Stands in front of an adapter.
    pub const fn new(inner: S) -> Self {
        Self { inner }
    }
}

/// How a call may fail.
trait Failure: fmt::Display {
    /// In one word.
    fn word(&self) -> &'static str;

    /// Whether a person may have to look.
    fn needs_attention(&self) -> bool;
}

impl Failure for StoreError {
    fn word(&self) -> &'static str {
        match self.kind {
            StoreErrorKind::Unavailable => "unavailable",
            StoreErrorKind::Corrupt => "corrupt",
            StoreErrorKind::Invalid => "invalid",
        }
    }

    fn needs_attention(&self) -> bool {
        true
    }
}

impl Failure for CommitError {
    fn word(&self) -> &'static str {
        match self {
            Self::Conflict => "conflict",
            Self::OutOfStock { .. } => "out_of_stock",
            Self::StaleClaim => "stale_claim",
            Self::Repeated { .. } => "repeated",
            Self::ForeignReference { .. } => "foreign_reference",
            Self::Store(error) => error.word(),
        }
    }

    fn needs_attention(&self) -> bool {
        match self {
            Self::ForeignReference { .. } | Self::Store(_) => true,
            Self::Conflict | Self::OutOfStock { .. } | Self::StaleClaim | Self::Repeated { .. } => false,
        }
    }
}

impl Failure for PutError {
    fn word(&self) -> &'static str {
        match self {
            Self::SlugTaken(_) => "slug_taken",
            Self::Conflict { .. } => "conflict",
            Self::Missing => "missing",
            Self::NoPlace(_) => "no_place",
            Self::Store(error) => error.word(),
        }
    }

    fn needs_attention(&self) -> bool {
        match self {
            Self::Store(_) => true,
            Self::SlugTaken(_) | Self::Conflict { .. } | Self::Missing | Self::NoPlace(_) => false,
        }
    }
}

impl Failure for AccountCommitError {
    fn word(&self) -> &'static str {
        match self {
            Self::Conflict => "conflict",
            Self::EmailTaken => "email_taken",
            Self::UsernameTaken => "username_taken",
            Self::IdentityTaken => "identity_taken",
            Self::ChallengeClosed => "challenge_closed",
            Self::Store(error) => error.word(),
        }
    }

    fn needs_attention(&self) -> bool {
        match self {
            Self::Store(_) => true,
            Self::Conflict | Self::EmailTaken | Self::UsernameTaken | Self::IdentityTaken | Self::ChallengeClosed => {
                false
            }
        }
    }
}

impl Failure for GatewayError {
    fn word(&self) -> &'static str {
        match self.kind {
            GatewayErrorKind::Refused => "refused",
            GatewayErrorKind::NotSent => "not_sent",
            GatewayErrorKind::Unknown => "unknown",
            GatewayErrorKind::Misconfigured => "misconfigured",
        }
    }

    fn needs_attention(&self) -> bool {
        match self.kind {
            GatewayErrorKind::Refused | GatewayErrorKind::Unknown | GatewayErrorKind::Misconfigured => true,
            GatewayErrorKind::NotSent => false,
        }
    }
}

/// Makes the call inside its span, and writes down how it ended.
async fn within<T, E: Failure>(span: Span, call: impl Future<Output = Result<T, E>> + Send) -> Result<T, E> {
    let result = call.instrument(span.clone()).await;
    match &result {
        Ok(_) => {
            span.record("outcome", "ok");
        }
        Err(error) => {
            span.record("outcome", error.word());
            span.in_scope(|| {
                if error.needs_attention() {
                    tracing::warn!(%error, "the call failed");
                } else {
                    tracing::debug!(%error, "the call was turned down");
                }
            });
        }
    }
    result
}
