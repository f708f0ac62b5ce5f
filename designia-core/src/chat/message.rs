//! What is said.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, ConversationId, MessageId};
use crate::time::Timestamp;

/// What a message can't be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContentError {
    /// Neither text nor image.
    #[error("a message needs text or an image")]
    Empty,
    /// More text than a message holds.
    #[error("text has {length} characters, and a message holds at most {}", Content::MAX_TEXT)]
    TooLong {
        /// How many characters it has.
        length: usize,
    },
    /// A character that no text has.
    #[error("text has the control character U+{:04X}", u32::from(*.0))]
    Control(char),
    /// A key that no image has.
    #[error("image is not the key of an uploaded image")]
    NotAnImage,
    /// A name for a message that is too long, empty, or has other characters than visible ASCII.
    #[error("client_id must have 1 to {} visible ASCII characters", ClientId::MAX)]
    ClientId,
}

/// What a message says: text, an image, or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    text: String,
    image: Option<ImageKey>,
}

impl Content {
    /// A message has at most so many characters (Unicode scalar values).
    pub const MAX_TEXT: usize = 4_000;

    /// What is said, without the white space around it.
    ///
    /// # Errors
    /// Nothing is said, too much, or with control characters other than tabs and line ends.
    pub fn new(text: &str, image: Option<ImageKey>) -> Result<Self, ContentError> {
        let text = text.trim();
        if text.is_empty() && image.is_none() {
            return Err(ContentError::Empty);
        }
        let length = text.chars().count();
        if length > Self::MAX_TEXT {
            return Err(ContentError::TooLong { length });
        }
        match text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            Some(control) => Err(ContentError::Control(control)),
            None => Ok(Self { text: text.to_owned(), image }),
        }
    }

    /// What stands in the place of what somebody said who has left.
    #[must_use]
    pub fn erased() -> Self {
        Self { text: Self::ERASED.to_owned(), image: None }
    }

    /// The text of [`Content::erased`].
    pub const ERASED: &str = "[erased]";

    /// The text; empty if there is an image alone.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The image.
    #[must_use]
    pub const fn image(&self) -> Option<&ImageKey> {
        self.image.as_ref()
    }

    /// Which kind of message this makes.
    #[must_use]
    pub const fn kind(&self) -> MessageKind {
        if self.image.is_some() { MessageKind::Image } else { MessageKind::Text }
    }
}

/// What kind of message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// Text alone.
    Text,
    /// An image, perhaps with text.
    Image,
}

impl MessageKind {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Image => "image",
        }
    }
}

/// The key of an image in the object storage.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ImageKey(String);

impl ImageKey {
    /// The key as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ImageKey {
    type Err = ContentError;

    /// A key that leads nowhere else: parts of letters, digits and `._-` between slashes, none of which begins with a dot.
    fn from_str(text: &str) -> Result<Self, ContentError> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        let is_part = |part: &str| !part.is_empty() && !part.starts_with('.') && part.chars().all(is_plain);
        let is_key = text.len() <= 200 && text.split('/').all(is_part);
        if is_key { Ok(Self(text.to_owned())) } else { Err(ContentError::NotAnImage) }
    }
}

/// What a client calls a message before it has been stored. Sending it again under the same name changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct ClientId(String);

impl ClientId {
    /// A name has at most so many characters.
    pub const MAX: usize = 100;

    /// The name as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ClientId {
    type Err = ContentError;

    fn from_str(text: &str) -> Result<Self, ContentError> {
        let is_fit = (1..=Self::MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if is_fit { Ok(Self(text.to_owned())) } else { Err(ContentError::ClientId) }
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A message that is to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMessage {
    /// Its id. A store takes each id once.
    pub id: MessageId,
    /// Where it is said.
    pub conversation: ConversationId,
    /// Who says it.
    pub sender: AccountId,
    /// What the sender's client calls it.
    pub client_id: Option<ClientId>,
    /// What is said.
    pub content: Content,
    /// When.
    pub at: Timestamp,
}

/// A message that has its place in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Where it was said.
    pub conversation: ConversationId,
    /// Its number within the conversation, from 1, without gaps.
    pub seq: u64,
    /// Who said it.
    pub sender: AccountId,
    /// What the sender's client calls it.
    pub client_id: Option<ClientId>,
    /// What was said. Only staff may see it once it is hidden.
    pub content: Content,
    /// When.
    pub created_at: Timestamp,
    /// When staff has hidden it from those who talk. It keeps its number.
    pub hidden_at: Option<Timestamp>,
}
