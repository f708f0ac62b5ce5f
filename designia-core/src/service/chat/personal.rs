//! What conversations hold about a person: what they said, and to which conversation it belongs. What others said is theirs.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::Chat;
use crate::id::{AccountId, ConversationId};
use crate::ports::{Listed, MessageRange, PageRequest, PersonalData, StoreError};
use crate::time::Timestamp;

/// Rows read from a store at a time.
const CHUNK: u32 = 200;

#[async_trait]
impl PersonalData for Chat {
    fn name(&self) -> &'static str {
        "conversations"
    }

    async fn export(&self, account: AccountId) -> Result<Value, StoreError> {
        let mut conversations = Vec::new();
        for Listed { conversation, .. } in self.all_of(account).await? {
            conversations.push(json!({
                "id": conversation.id,
                "about": conversation.subject.to_string(),
                "since": conversation.created_at,
                "messages": self.said_by(account, conversation.id).await?,
            }));
        }
        Ok(Value::Array(conversations))
    }

    async fn erase(&self, account: AccountId, now: Timestamp) -> Result<(), StoreError> {
        for listed in self.all_of(account).await? {
            self.ports.store.erase(listed.conversation.id, account, now).await?;
        }
        Ok(())
    }
}

impl Chat {
    async fn all_of(&self, account: AccountId) -> Result<Vec<Listed>, StoreError> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = self.ports.store.conversations(account, PageRequest { after, limit: CHUNK }).await?;
            all.extend(page.rows);
            let Some(next) = page.next else { return Ok(all) };
            after = Some(next);
        }
    }

    async fn said_by(&self, account: AccountId, conversation: ConversationId) -> Result<Vec<Value>, StoreError> {
        let (mut said, mut seq) = (Vec::new(), 0);
        loop {
            let messages = self.ports.store.messages(conversation, MessageRange::After(seq), CHUNK).await?;
            let Some(last) = messages.last() else { return Ok(said) };
            seq = last.seq;
            let own = messages.iter().filter(|message| message.sender == account);
            said.extend(own.map(|message| {
                let image = message.content.image().map(crate::chat::ImageKey::as_str);
                json!({"at": message.created_at, "text": message.content.text(), "image": image})
            }));
        }
    }
}
