//! How the chat service fails, in kinds that callers act on.

use std::time::Duration;

use crate::chat::ContentError;
use crate::ports::StoreError;

/// Why the chat service did not do what it was asked. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChatError {
    /// There is none, or this account takes no part in it.
    #[error("there is no such conversation")]
    NoSuchConversation,
    /// There is none, or it is in a conversation of others.
    #[error("there is no such message")]
    NoSuchMessage,
    /// There is none.
    #[error("there is no such report")]
    NoSuchReport,
    /// There is none.
    #[error("there is no such product")]
    NoSuchProduct,
    /// There is none, or this account has no part of it.
    #[error("there is no such order")]
    NoSuchOrder,
    /// An order of several sellers does not say whom to talk with.
    #[error("seller: the order has several sellers; name one of them")]
    WhichSeller,
    /// Talking needs two.
    #[error("nobody can begin a conversation with themselves")]
    Yourself,
    /// Somebody's own message is nothing for them to complain about.
    #[error("message: it is your own")]
    OwnMessage,
    /// The report was resolved before.
    #[error("the report was resolved before")]
    Resolved,
    /// What was said can't be a message.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// A text is too long, or has characters that no text has.
    #[error("{field}: at most {most} characters, and no control characters")]
    Text {
        /// Which.
        field: &'static str,
        /// How many characters it may have.
        most: usize,
    },
    /// A limit is used up.
    #[error("too much at once; try again in {} s", retry_after.as_secs().max(1))]
    TooMany {
        /// When to try again.
        retry_after: Duration,
    },
    /// A store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A text of at most so many characters.
pub(super) fn text(field: &'static str, text: &str, most: usize) -> Result<String, ChatError> {
    let text = text.trim();
    let is_fit = text.chars().count() <= most && !text.chars().any(|c| c.is_control() && !"\n\r\t".contains(c));
    if is_fit { Ok(text.to_owned()) } else { Err(ChatError::Text { field, most }) }
}
