//! How a handler says that an attempt failed.

use std::error::Error;
use std::fmt;
use std::time::Duration;

/// Why an attempt failed, and whether there should be another. Any error becomes one that is retried by the kind's policy, so
/// handlers can use `?`.
pub struct TaskError {
    pub(super) message: String,
    pub(super) again: Again,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    ByPolicy,
    After(Duration),
    Never,
}

/// What is kept of an error's text.
const KEPT: usize = 2_000;

impl TaskError {
    /// Retried by the kind's policy. The text is stored and shown: it must not hold a secret.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: shortened(message.into()), again: Again::ByPolicy }
    }

    /// Retried after so long, such as a rate limit asks for, if attempts are left.
    #[must_use]
    pub fn after(wait: Duration, message: impl Into<String>) -> Self {
        Self { again: Again::After(wait), ..Self::new(message) }
    }

    /// Not retried: another attempt would fail in the same way.
    #[must_use]
    pub fn fatal(message: impl Into<String>) -> Self {
        Self { again: Again::Never, ..Self::new(message) }
    }
}

impl fmt::Debug for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskError").field("message", &self.message).field("again", &self.again).finish()
    }
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl<E: Error> From<E> for TaskError {
    fn from(error: E) -> Self {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(below) = cause {
            let told = below.to_string();
            // Many errors tell their cause already.
            if !message.contains(&told) {
                message = format!("{message}: {told}");
            }
            cause = below.source();
        }
        Self::new(message)
    }
}

/// What stores can keep: not too long, and without NUL.
fn shortened(message: String) -> String {
    let message = storable(message);
    if message.len() <= KEPT {
        return message;
    }
    let mut end = KEPT;
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &message[..end])
}

/// A text as every store can keep it: databases know no NUL, and one that can't be stored would hold up the reports around it.
pub(super) fn storable(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }
}
