//! What is told to whoever has a conversation or an inbox open, in the words that go over the wire.
//!
//! A frame that goes through [`Broadcast`](crate::ports::Broadcast) is the very text that sockets send, so a node reads it once
//! however many sockets it has. It may get lost on the way: the number in it tells who hears the next one.

use serde::{Deserialize, Serialize};

use super::{ClientId, Message, MessageKind};
use crate::id::{AccountId, ConversationId, MessageId};
use crate::ports::StoreError;
use crate::time::Timestamp;

/// Where a conversation is told about.
#[must_use]
pub fn conversation_channel(conversation: ConversationId) -> String {
    format!("chat:{conversation}")
}

/// Something that is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type")]
#[non_exhaustive]
pub enum Frame {
    /// Somebody has said something; or, on a socket, said it while it was away.
    #[serde(rename = "chat.message")]
    Message {
        /// What.
        data: Said,
    },
    /// Somebody is typing. It is not told to themselves.
    #[serde(rename = "chat.typing")]
    Typing {
        /// Where.
        thread_id: ConversationId,
        /// Who.
        sender_id: AccountId,
        /// Under which name.
        username: String,
    },
    /// Somebody has read.
    #[serde(rename = "chat.read")]
    Read {
        /// What.
        data: HasRead,
    },
    /// Staff has hidden a message, or shown it again.
    #[serde(rename = "chat.hidden")]
    Hidden {
        /// Which.
        data: IsHidden,
    },
    /// An account has so many unread messages.
    #[serde(rename = "unread_messages_count_update")]
    Unread {
        /// How many.
        unread_messages_count: u64,
    },
}

/// A message as it goes over the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// Its id.
    pub id: MessageId,
    /// Where.
    pub thread_id: ConversationId,
    /// Its number there.
    pub seq: u64,
    /// Who said it.
    pub sender_id: AccountId,
    /// Under which name.
    pub sender_username: String,
    /// What kind of message it is.
    pub message_type: MessageKind,
    /// The text; empty if it has none, or is hidden.
    pub text: String,
    /// Where the image is; `null` if it has none, or is hidden.
    pub image_url: Option<String>,
    /// When.
    pub created_at: Timestamp,
    /// Whether staff has hidden it.
    pub hidden: bool,
    /// What the sender's client called it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
}

/// How far somebody has read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HasRead {
    /// Where.
    pub thread_id: ConversationId,
    /// Who.
    pub reader_id: AccountId,
    /// Up to which message.
    pub seq: u64,
    /// When.
    pub read_at: Timestamp,
}

/// What staff has done to a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IsHidden {
    /// Which.
    pub id: MessageId,
    /// Where.
    pub thread_id: ConversationId,
    /// Its number there.
    pub seq: u64,
    /// Whether it is hidden now.
    pub hidden: bool,
}

impl Said {
    /// A message for those who talk. What is hidden says nothing.
    #[must_use]
    pub fn of(message: &Message, sender_username: String, image_url: impl Fn(&str) -> String) -> Self {
        let is_hidden = message.hidden_at.is_some();
        let content = Some(&message.content).filter(|_| !is_hidden);
        Self {
            id: message.id,
            thread_id: message.conversation,
            seq: message.seq,
            sender_id: message.sender,
            sender_username,
            message_type: message.content.kind(),
            text: content.map_or_else(String::new, |content| content.text().to_owned()),
            image_url: content.and_then(|content| content.image()).map(|key| image_url(key.as_str())),
            created_at: message.created_at,
            hidden: is_hidden,
            client_id: message.client_id.as_ref().map(ClientId::to_string),
        }
    }
}

impl Frame {
    /// Somebody has read.
    #[must_use]
    pub const fn read(thread_id: ConversationId, reader_id: AccountId, seq: u64, read_at: Timestamp) -> Self {
        Self::Read { data: HasRead { thread_id, reader_id, seq, read_at } }
    }

    /// Staff has hidden a message, or shown it again.
    #[must_use]
    pub const fn hidden(message: &Message) -> Self {
        let Message { id, conversation, seq, hidden_at, .. } = message;
        Self::Hidden { data: IsHidden { id: *id, thread_id: *conversation, seq: *seq, hidden: hidden_at.is_some() } }
    }

    /// The text that goes over the wire.
    ///
    /// # Errors
    /// None in practice: everything in it has a JSON form.
    pub fn text(&self) -> Result<String, StoreError> {
        crate::ports::rows::json(self)
    }
}
