//! Notifying somebody of what they have not read.
//!
//! A message asks for the task in its own transaction, so no crash loses it. The task's id follows from the recipient's read mark, so
//! however much is said before they read, there is one task and one notification; and it waits a little, so that whoever has
//! the conversation open and reads along gets none.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Chat, ChatError};
use crate::chat::{Conversation, Side};
use crate::id::{AccountId, ConversationId, NotificationId, TaskId};
use crate::notification::NotificationKind;
use crate::ports::{MessageRange, StoreError};
use crate::service::notifications::{NewNotification, Notifications};
use crate::task::{Json, Kind, KindName, QueueName, Task};
use crate::time::Timestamp;
use crate::worker::kinds::MARKETPLACE_TASKS;
use crate::worker::{TaskError, TaskRegistry};

/// `chat.notify`: notifies an account of messages that it has not read.
pub const NOTIFY: &str = "chat.notify";

/// How much of a message a notification shows, in characters.
const EXCERPT: usize = 140;

/// Arguments of [`NOTIFY`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Notify {
    conversation: ConversationId,
    account: AccountId,
    /// How far the account had read.
    read: u64,
}

/// What a client needs to lead there.
#[derive(Serialize)]
struct Lead {
    thread_id: ConversationId,
}

impl Chat {
    /// Adds the kind of task that messages ask for.
    #[must_use]
    pub fn add_kinds(&self, registry: TaskRegistry, notifications: &Notifications) -> TaskRegistry {
        let both = Arc::new((self.clone(), notifications.clone()));
        registry.add(kind(), move |args: Notify, _| {
            let both = Arc::clone(&both);
            async move {
                let (chat, notifications) = &*both;
                chat.notify(notifications, args).await.map_err(|error| TaskError::new(error.to_string()))
            }
        })
    }

    /// The task that a message to this side asks for.
    pub(super) fn notification_task(
        &self,
        conversation: &Conversation,
        to: &Side,
        now: Timestamp,
    ) -> Result<Task, ChatError> {
        let args = Notify { conversation: conversation.id, account: to.account, read: to.read };
        let since = to.read_at.unwrap_or(conversation.created_at);
        let id = TaskId::of_slot(&format!("{NOTIFY}:{}:{}:{}", conversation.id, to.account, to.read), since);
        let args = Json::of(&args).map_err(|error| StoreError::invalid(error.to_string()))?;
        Ok(kind().task_at(id, args, now, now + self.policy.notify_after))
    }

    /// Notifies, unless it has been read meanwhile; whether it did.
    pub(super) async fn notify(&self, notifications: &Notifications, args: Notify) -> Result<bool, ChatError> {
        let Notify { conversation: id, account, read } = args;
        let Some(conversation) = self.ports.store.conversation(id).await? else { return Ok(false) };
        let is_unread = conversation.side(account).is_some_and(|side| side.read == read);
        if !is_unread || conversation.unread(account) == 0 {
            return Ok(false);
        }
        let unread = self.ports.store.messages(id, MessageRange::Before(u64::MAX), 20).await?;
        let shown = |message: &&crate::chat::Message| message.sender != account && message.hidden_at.is_none();
        let Some(message) = unread.iter().find(shown) else { return Ok(false) };
        let faces = self.faces(&[message.sender]).await?;
        let sender = faces.get(&message.sender).map_or("somebody", |face| &face.name);
        let text = message.content.text();
        let told = NewNotification {
            id: NotificationId::from_uuid(Uuid::new_v5(&id.as_uuid(), format!("{account}:{read}").as_bytes())),
            account,
            kind: NotificationKind::ChatMessage,
            title: format!("New message from {sender}"),
            message: if text.is_empty() { "An image".to_owned() } else { text.chars().take(EXCERPT).collect() },
            data: Json::of(&Lead { thread_id: id }).map_err(|error| StoreError::invalid(error.to_string()))?,
            at: self.ports.clock.now(),
        };
        Ok(notifications.tell(told).await?)
    }
}

fn kind() -> Kind {
    let about = "notifies an account of messages that it has not read";
    Kind { about, ..Kind::new(KindName::fixed(NOTIFY), QueueName::fixed(MARKETPLACE_TASKS)) }
}
