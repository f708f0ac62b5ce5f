//! Conversations, messages and reports as clients see them.

use std::collections::HashMap;

use designia_core::chat::{Conversation, Message, Report, Side};
use designia_core::id::AccountId;
use designia_core::ports::Listed;
use designia_core::service::chat::{Chat, Face};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::view::when::When;

/// A conversation, as one of the two sees it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ConversationView {
    /// Its id.
    id: Uuid,
    /// When it began.
    created_at: When,
    /// When its last message came, or when it began.
    updated_at: When,
    /// Always false: two people talk.
    is_group: bool,
    /// Empty: it is called after the other one.
    name: &'static str,
    /// The two who talk.
    participants: Vec<ParticipantView>,
    /// The product that it is about.
    product: Option<SubjectView>,
    /// The order that it is about.
    order: Option<SubjectView>,
    /// The last message.
    last_message: Option<MessageView>,
    /// The number of the last message; 0 if there is none.
    last_seq: u64,
    /// How many messages of the other one the caller has not read.
    unread_count: u64,
}

/// What a conversation is about.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SubjectView {
    /// Its id.
    id: Uuid,
    /// What a product is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

/// One of the two who talk.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ParticipantView {
    /// The account's id.
    id: Uuid,
    /// The same.
    user: Uuid,
    /// The id of the account's part in this conversation.
    membership_id: String,
    /// What they are called.
    username: String,
    /// Where their picture is.
    avatar: Option<String>,
    /// Since when they take part.
    joined_at: When,
    /// When they last read something new.
    last_read_at: Option<When>,
    /// The number of the last message that they have read.
    last_read_seq: u64,
}

/// A message.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct MessageView {
    /// Its id.
    pub(crate) id: String,
    /// Its number within the conversation, without gaps.
    pub(crate) seq: u64,
    /// Who sent it.
    pub(crate) sender: Uuid,
    /// What they are called.
    pub(crate) sender_username: String,
    /// `text` or `image`.
    pub(crate) message_type: &'static str,
    /// The text; empty if it has none, or is hidden.
    pub(crate) text: String,
    /// Where the image is.
    pub(crate) image_url: Option<String>,
    /// When it was sent.
    pub(crate) created_at: When,
    /// Whether whoever it was sent to has read it.
    pub(crate) is_read: bool,
    /// Whether staff has hidden it.
    pub(crate) hidden: bool,
    /// What the sender's client called it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) client_id: Option<String>,
}

/// A report.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ReportView {
    /// Its id.
    pub(crate) id: Uuid,
    /// About which message.
    pub(crate) message: Uuid,
    /// In which conversation.
    pub(crate) conversation: Uuid,
    /// Who complains.
    pub(crate) reporter: Uuid,
    /// About what.
    pub(crate) reason: &'static str,
    /// In their words.
    pub(crate) description: String,
    /// When.
    pub(crate) created_at: When,
    /// `open`, `upheld` or `dismissed`.
    pub(crate) state: &'static str,
    /// Whether it has been judged.
    pub(crate) resolved: bool,
    /// When it was judged.
    pub(crate) resolved_at: Option<When>,
}

pub(super) fn conversation(
    chat: &Chat,
    caller: AccountId,
    listed: &Listed,
    faces: &HashMap<AccountId, Face>,
    products: &HashMap<Uuid, String>,
) -> ConversationView {
    let Listed { conversation: it, last } = listed;
    let product =
        it.subject.product().map(|id| SubjectView { id: id.as_uuid(), name: products.get(&id.as_uuid()).cloned() });
    ConversationView {
        id: it.id.as_uuid(),
        created_at: it.created_at.into(),
        updated_at: it.active_at.into(),
        is_group: false,
        name: "",
        participants: it.sides.iter().map(|side| participant(chat, it, side, faces)).collect(),
        product,
        order: it.subject.order().map(|id| SubjectView { id: id.as_uuid(), name: None }),
        last_message: last.as_ref().map(|last| message(chat, it, last, faces)),
        last_seq: it.last_seq,
        unread_count: it.unread(caller),
    }
}

fn participant(chat: &Chat, it: &Conversation, side: &Side, faces: &HashMap<AccountId, Face>) -> ParticipantView {
    let (id, face) = (side.account.as_uuid(), faces.get(&side.account).cloned().unwrap_or_default());
    ParticipantView {
        id,
        user: id,
        membership_id: format!("{}:{id}", it.id),
        username: face.name,
        avatar: face.picture.map(|key| chat.image_url(&key)),
        joined_at: it.created_at.into(),
        last_read_at: side.read_at.map(When),
        last_read_seq: side.read,
    }
}

/// A message for those who talk.
pub(super) fn message(
    chat: &Chat,
    conversation: &Conversation,
    message: &Message,
    faces: &HashMap<AccountId, Face>,
) -> MessageView {
    let name = faces.get(&message.sender).map_or_else(String::new, |face| face.name.clone());
    let said = chat.said(message, name);
    let reader = conversation.other(message.sender);
    MessageView {
        id: said.id.to_string(),
        seq: said.seq,
        sender: said.sender_id.as_uuid(),
        sender_username: said.sender_username,
        message_type: said.message_type.as_str(),
        text: said.text,
        image_url: said.image_url,
        created_at: said.created_at.into(),
        is_read: reader.is_some_and(|reader| reader.read >= message.seq),
        hidden: said.hidden,
        client_id: said.client_id,
    }
}

/// A message for staff, hidden or not.
pub(super) fn uncovered(chat: &Chat, message: &Message, faces: &HashMap<AccountId, Face>) -> MessageView {
    let name = faces.get(&message.sender).map_or_else(String::new, |face| face.name.clone());
    let shown = chat.said(&Message { hidden_at: None, ..message.clone() }, name);
    MessageView {
        id: shown.id.to_string(),
        seq: shown.seq,
        sender: shown.sender_id.as_uuid(),
        sender_username: shown.sender_username,
        message_type: shown.message_type.as_str(),
        text: shown.text,
        image_url: shown.image_url,
        created_at: shown.created_at.into(),
        is_read: false,
        hidden: message.hidden_at.is_some(),
        client_id: None,
    }
}

impl From<&Report> for ReportView {
    fn from(report: &Report) -> Self {
        Self {
            id: report.id.as_uuid(),
            message: report.message.as_uuid(),
            conversation: report.conversation.as_uuid(),
            reporter: report.reporter.as_uuid(),
            reason: report.reason.as_str(),
            description: report.description.clone(),
            created_at: report.created_at.into(),
            state: report.state.as_str(),
            resolved: report.resolution.is_some(),
            resolved_at: report.resolution.as_ref().map(|resolution| resolution.at.into()),
        }
    }
}
