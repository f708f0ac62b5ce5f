//! Telling a person.

use std::fmt;

use async_trait::async_trait;

use crate::effect::{IdempotencyKey, Message};

/// Tells a person something about an order.
///
/// # Contract
/// A message may be handed over twice with the same key, after a lost reply or a crash. A notifier that can recognise the
/// key tells the person once; one that can't (e-mail) may tell them twice, and puts the key into the message so that the
/// receiving side can.
#[async_trait]
pub trait Notifier: fmt::Debug + Send + Sync + 'static {
    /// Hands a message over.
    async fn notify(&self, message: &Message, key: &IdempotencyKey) -> Result<(), NotifyError>;
}

/// What a caller can do about a message that was not handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NotifyErrorKind {
    /// Try again later.
    Unavailable,
    /// It will never be accepted, for instance because there is no address.
    Refused,
}

/// A message that was not handed over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct NotifyError {
    /// What a caller can do.
    pub kind: NotifyErrorKind,
    /// What happened, in words.
    pub message: String,
}
