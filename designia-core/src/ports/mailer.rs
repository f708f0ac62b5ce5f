//! Handing mail over to whoever delivers it.

use std::fmt;

use async_trait::async_trait;

use crate::mail::Mail;

/// Hands mail over.
///
/// # Contract
/// A mail may be handed over twice with the same key, after a lost reply or a crash. The key becomes its `Message-ID`, so that
/// the receiving side can recognise it. What was answered with `Ok` is somebody else's to deliver.
#[async_trait]
pub trait Mailer: fmt::Debug + Send + Sync + 'static {
    /// Hands a mail over.
    async fn send(&self, mail: &Mail) -> Result<(), MailError>;
}

/// What a caller can do about a mail that was not handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MailErrorKind {
    /// Try again later.
    Unavailable,
    /// It will never be accepted, for instance because there is no such mailbox.
    Refused,
}

/// A mail that was not handed over. The text holds neither the mail nor a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct MailError {
    /// What a caller can do.
    pub kind: MailErrorKind,
    /// What happened, in words.
    pub message: String,
}

impl MailError {
    /// Try again later.
    #[must_use]
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self { kind: MailErrorKind::Unavailable, message: message.into() }
    }

    /// It will never be accepted.
    #[must_use]
    pub fn refused(message: impl Into<String>) -> Self {
        Self { kind: MailErrorKind::Refused, message: message.into() }
    }
}
