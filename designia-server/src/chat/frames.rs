//! What clients send over sockets, and what is answered to them alone.

use designia_core::chat::Said;
use designia_core::id::AccountId;
use designia_core::service::chat::ChatError;
use serde::{Deserialize, Serialize};

/// What a client sends to a conversation.
#[derive(Debug, Deserialize)]
#[serde(tag = "type")]
pub(super) enum Order {
    /// Says something.
    #[serde(rename = "chat.message")]
    Message {
        /// What.
        payload: Payload,
    },
    /// Is typing.
    #[serde(rename = "chat.typing")]
    Typing,
    /// Has read, up to a message or everything.
    #[serde(rename = "chat.read")]
    Read {
        /// Up to which.
        seq: Option<u64>,
    },
    /// Wants what came after a message.
    #[serde(rename = "resume")]
    Resume {
        /// After which.
        after: u64,
    },
    /// Asks for a sign of life.
    #[serde(rename = "ping")]
    Ping,
    /// Gives one.
    #[serde(rename = "pong")]
    Pong,
    /// Something of a later release.
    #[serde(other)]
    Unknown,
}

/// What somebody says.
#[derive(Debug, Deserialize)]
pub(super) struct Payload {
    pub(super) text: Option<String>,
    pub(super) image_url: Option<String>,
    pub(super) client_id: Option<String>,
}

/// What a client sends about its account.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Question {
    GetCartCount,
    GetUnreadCount,
    Ping,
    #[serde(other)]
    Unknown,
}

/// What is answered to one socket.
#[derive(Debug, Serialize)]
#[serde(tag = "type")]
pub(super) enum Answer<'a> {
    #[serde(rename = "chat.ack")]
    Ack { data: Ack<'a> },
    /// What lies between was too much to be sent: it is in the history.
    #[serde(rename = "chat.behind")]
    Behind { data: Gap },
    #[serde(rename = "pong")]
    Pong,
    #[serde(rename = "error")]
    Error {
        code: &'a str,
        message: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        client_id: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        retry_after_ms: Option<u64>,
    },
    #[serde(rename = "connection_success")]
    Connected { user_id: AccountId, cart_count: u64, unread_messages_count: u64, message: &'a str },
    #[serde(rename = "cart_count_update")]
    CartCount { cart_count: u64 },
    #[serde(rename = "unread_messages_count_update")]
    Unread { unread_messages_count: u64 },
}

/// That a message is stored, to whoever sent it.
#[derive(Debug, Serialize)]
pub(super) struct Ack<'a> {
    client_id: &'a str,
    id: String,
    seq: u64,
    created_at: String,
}

/// Which messages are left out.
#[derive(Debug, Serialize)]
pub(super) struct Gap {
    pub(super) after: u64,
    pub(super) before: u64,
}

impl<'a> Answer<'a> {
    pub(super) fn ack(said: &'a Said, client_id: &'a str) -> Self {
        let (id, created_at) = (said.id.to_string(), said.created_at.to_string());
        Self::Ack { data: Ack { client_id, id, seq: said.seq, created_at } }
    }

    pub(super) const fn error(code: &'a str, message: &'a str) -> Self {
        Self::Error { code, message, client_id: None, retry_after_ms: None }
    }

    /// Numbers and texts always have a JSON form; nothing would be an empty frame, which clients ignore.
    pub(super) fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// The word for what went wrong with a message.
pub(super) const fn code_of(error: &ChatError) -> &'static str {
    match error {
        ChatError::TooMany { .. } => "throttled",
        ChatError::Content(_) | ChatError::Text { .. } => "invalid",
        ChatError::NoSuchConversation => "forbidden",
        _ => "error",
    }
}
