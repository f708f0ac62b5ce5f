//! Saying something, and reading what was said.

use super::{Chat, ChatError, Person};
use crate::chat::{ClientId, Content, Conversation, Frame, ImageKey, Message, NewMessage, Said, conversation_channel};
use crate::id::{AccountId, ConversationId, MessageId};
use crate::notification::activity_channel;
use crate::ports::{Appended, MessageRange};

/// Something that somebody wants to say.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Draft {
    /// The text; may be empty if there is an image.
    pub text: String,
    /// The key of an uploaded image.
    pub image: Option<ImageKey>,
    /// What the sender's client calls it.
    pub client_id: Option<ClientId>,
}

/// Something that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The message as it is told.
    pub said: Said,
    /// Whom it was said to.
    pub to: AccountId,
    /// Whether it was stored by this call, and not by an earlier one under the same name.
    pub is_new: bool,
}

impl Chat {
    /// Stores a message. Nobody is told yet: see [`Chat::announce`].
    ///
    /// # Errors
    /// It is no message, a limit is used up, there is no such conversation of the sender's, or a store error.
    pub async fn say(&self, from: &Person, conversation: ConversationId, draft: Draft) -> Result<Sent, ChatError> {
        let content = Content::new(&draft.text, draft.image)?;
        self.take("say", from.account, self.policy.messages).await?;
        let found = self.conversation(from.account, conversation).await?;
        let to = *found.other(from.account).ok_or(ChatError::NoSuchConversation)?;
        let new = NewMessage {
            id: MessageId::from_uuid(self.ports.ids.next()),
            conversation,
            sender: from.account,
            client_id: draft.client_id,
            content,
            at: self.ports.clock.now(),
        };
        let task = self.notification_task(&found, &to, new.at)?;
        let (message, is_new) = match self.ports.store.append(&new, &[task]).await? {
            Appended::New(message) => (message, true),
            Appended::Known(message) => (message, false),
            Appended::NoSuchConversation => return Err(ChatError::NoSuchConversation),
        };
        Ok(Sent { said: self.said(&message, from.name.clone()), to: to.account, is_new })
    }

    /// Tells whoever looks at the conversation, and the other one wherever they are. What was stored before is told again: whoever
    /// stored it may have died before it was told.
    pub async fn announce(&self, sent: &Sent) {
        let text = Frame::Message { data: sent.said.clone() }.text();
        let activity = activity_channel(sent.to);
        if let Ok(text) = &text
            && sent.is_new
        {
            self.publish(&activity, Ok(text.clone())).await;
        }
        self.publish(&conversation_channel(sent.said.thread_id), text).await;
        if sent.is_new {
            self.tell_unread(sent.to).await;
        }
    }

    /// At most so many messages of a conversation of the caller's.
    ///
    /// # Errors
    /// There is no such conversation of the caller's, or a store error.
    pub async fn messages(
        &self,
        caller: AccountId,
        conversation: ConversationId,
        range: MessageRange,
        limit: u32,
    ) -> Result<(Conversation, Vec<Message>), ChatError> {
        let found = self.conversation(caller, conversation).await?;
        let messages = self.ports.store.messages(conversation, range, limit).await?;
        Ok((found, messages))
    }

    /// A message as it is told to those who talk.
    #[must_use]
    pub fn said(&self, message: &Message, sender: String) -> Said {
        Said::of(message, sender, |key| self.image_url(key))
    }

    /// Notes that the caller has read up to a number, or everything: how many messages of the other one that were.
    ///
    /// # Errors
    /// There is no such conversation of the caller's, or a store error.
    pub async fn read(
        &self,
        caller: AccountId,
        conversation: ConversationId,
        up_to: Option<u64>,
    ) -> Result<u64, ChatError> {
        let before = self.conversation(caller, conversation).await?;
        let (up_to, now) = (up_to.unwrap_or(before.last_seq), self.ports.clock.now());
        let Some(after) = self.ports.store.mark_read(conversation, caller, up_to, now).await? else { return Ok(0) };
        let seen = |conversation: &Conversation| conversation.side(caller).map_or(0, |side| side.seen);
        if let Some(side) = after.side(caller) {
            let frame = Frame::read(conversation, caller, side.read, side.read_at.unwrap_or(now));
            self.publish(&conversation_channel(conversation), frame.text()).await;
        }
        self.tell_unread(caller).await;
        Ok(seen(&after).saturating_sub(seen(&before)))
    }

    /// Tells the other one that somebody is typing. The caller has looked whether they take part; nothing is stored.
    pub async fn typing(&self, from: &Person, conversation: ConversationId) {
        let frame = Frame::Typing { thread_id: conversation, sender_id: from.account, username: from.name.clone() };
        self.publish(&conversation_channel(conversation), frame.text()).await;
    }

    /// Tells an account how many messages it has not read.
    async fn tell_unread(&self, account: AccountId) {
        match self.ports.store.unread(account).await {
            Ok(unread_messages_count) => {
                let text = Frame::Unread { unread_messages_count }.text();
                self.publish(&activity_channel(account), text).await;
            }
            Err(error) => tracing::warn!(%error, "unread messages could not be counted"),
        }
    }
}
