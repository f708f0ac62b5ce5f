//! How stores fail, the same for all of them.

/// What a caller can do about a failed store call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// The store can't be reached or is too busy: the same call may succeed later.
    Unavailable,
    /// What is stored can't be read back: a person must look.
    Corrupt,
    /// The call itself is wrong: it will never succeed.
    Invalid,
}

/// A failed store call. The text never holds a secret.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct StoreError {
    /// What a caller can do.
    pub kind: StoreErrorKind,
    /// What happened, in words.
    pub message: String,
    /// The error below.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl StoreError {
    /// The store can't be reached or is too busy.
    #[must_use]
    pub fn unavailable(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let source = source.into();
        Self {
            kind: StoreErrorKind::Unavailable,
            message: format!("the store can't be used now: {source}"),
            source: Some(source),
        }
    }

    /// What is stored under `what` can't be read back.
    #[must_use]
    pub fn corrupt(what: &str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let source = source.into();
        Self {
            kind: StoreErrorKind::Corrupt,
            message: format!("{what} can't be read back: {source}"),
            source: Some(source),
        }
    }

    /// The call itself is wrong.
    #[must_use]
    pub fn invalid(message: impl Into<String>) -> Self {
        Self { kind: StoreErrorKind::Invalid, message: message.into(), source: None }
    }
}
