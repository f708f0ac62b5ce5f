//! Conversations: beginning them, talking, reading, complaining, moderating.
//!
//! The store is the truth. What goes over [`Broadcast`] after a commit is a bell that happens to carry the message: whoever misses
//! it sees by the numbers that something is missing, and reads it from the store. So nothing is lost where a bell is.
//!
//! A conversation is closed to everybody but the two who talk; to others it answers as if there were none. Staff sees what was
//! reported, and what stands around it.

mod error;
mod moderation;
mod notify;
mod personal;
mod starting;
mod talking;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

pub use error::ChatError;
pub use moderation::{Complaint, Examined};
pub use notify::NOTIFY;
pub use starting::About;
pub use talking::{Draft, Sent};

use crate::chat::Conversation;
use crate::id::{AccountId, ConversationId};
use crate::ports::{
    AccountStore, Broadcast, CatalogStore, ChatStore, Clock, IdGenerator, Listed, OrderStore, Page, PageRequest, Quota,
    RateLimiter, StoreError,
};
use crate::time::DAY;

/// Conversations: the rules, over whoever fills the ports. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Chat {
    ports: ChatPorts,
    policy: Arc<ChatPolicy>,
}

/// Who fills each role around conversations.
#[derive(Clone, Debug)]
pub struct ChatPorts {
    /// Conversations.
    pub store: Arc<dyn ChatStore>,
    /// What people are called.
    pub accounts: Arc<dyn AccountStore>,
    /// Whose a product is.
    pub catalog: Arc<dyn CatalogStore>,
    /// Whose an order is.
    pub orders: Arc<dyn OrderStore>,
    /// How others hear of it at once.
    pub broadcast: Arc<dyn Broadcast>,
    /// Limits on how much one says.
    pub limiter: Arc<dyn RateLimiter>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub ids: Arc<dyn IdGenerator>,
}

/// What an operator decides about conversations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatPolicy {
    /// How many messages an account may send, on all its devices and through all nodes.
    pub messages: Quota,
    /// How many conversations it may begin.
    pub conversations: Quota,
    /// How many messages it may report.
    pub reports: Quota,
    /// How long a message may stay unread before the account is notified of it.
    pub notify_after: Duration,
    /// Where the image of a key is fetched: this, and the key behind it.
    pub media_url: String,
}

impl Default for ChatPolicy {
    /// Five messages a second and twenty at once, sixty new conversations a day, thirty reports an hour; a notification after
    /// ten seconds.
    fn default() -> Self {
        Self {
            messages: Quota { burst: 20, per: Duration::from_secs(4) },
            conversations: Quota { burst: 60, per: DAY },
            reports: Quota { burst: 30, per: Duration::from_secs(60 * 60) },
            notify_after: Duration::from_secs(10),
            media_url: "/media/".to_owned(),
        }
    }
}

/// Somebody who talks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub account: AccountId,
    /// Under which name.
    pub name: String,
}

/// What is shown of somebody.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Face {
    /// What they are called; empty for somebody whose account is not stored.
    pub name: String,
    /// The key of their picture.
    pub picture: Option<String>,
}

impl Chat {
    /// Conversations over these ports.
    #[must_use]
    pub fn new(ports: ChatPorts, policy: ChatPolicy) -> Self {
        Self { ports, policy: Arc::new(policy) }
    }

    /// Who fills the roles.
    #[must_use]
    pub const fn ports(&self) -> &ChatPorts {
        &self.ports
    }

    /// What the operator has decided.
    #[must_use]
    pub fn policy(&self) -> &ChatPolicy {
        &self.policy
    }

    /// A conversation of this account.
    ///
    /// # Errors
    /// [`ChatError::NoSuchConversation`] also where there is one of others, or a store error.
    pub async fn conversation(&self, caller: AccountId, id: ConversationId) -> Result<Conversation, ChatError> {
        let found = self.ports.store.conversation(id).await?;
        found.filter(|conversation| conversation.side(caller).is_some()).ok_or(ChatError::NoSuchConversation)
    }

    /// One page of an account's conversations, the latest active first.
    ///
    /// # Errors
    /// A store error.
    pub async fn conversations(&self, caller: AccountId, page: PageRequest) -> Result<Page<Listed>, ChatError> {
        Ok(self.ports.store.conversations(caller, page).await?)
    }

    /// How many messages an account has not read.
    ///
    /// # Errors
    /// A store error.
    pub async fn unread(&self, caller: AccountId) -> Result<u64, ChatError> {
        Ok(self.ports.store.unread(caller).await?)
    }

    /// What is shown of these accounts, looked up at once.
    ///
    /// # Errors
    /// A store error.
    pub async fn faces(&self, accounts: &[AccountId]) -> Result<HashMap<AccountId, Face>, ChatError> {
        let mut asked = accounts.to_vec();
        asked.sort_unstable();
        asked.dedup();
        let found = self.ports.accounts.accounts(&asked).await?;
        let face = |name: &str, picture: &Option<String>| Face { name: name.to_owned(), picture: picture.clone() };
        Ok(found.iter().map(|it| (it.id, face(it.username.as_str(), &it.profile.picture))).collect())
    }

    /// Where the image of a key is fetched.
    #[must_use]
    pub fn image_url(&self, key: &str) -> String {
        format!("{}{key}", self.policy.media_url)
    }

    /// Takes one from a quota. A limiter that can't be asked limits nothing: it is there against abuse, and to be unable to
    /// talk would be the greater harm.
    async fn take(&self, what: &str, account: AccountId, quota: Quota) -> Result<(), ChatError> {
        let key = format!("chat:{what}:{account}");
        match self.ports.limiter.take(&key, quota, self.ports.clock.now()).await {
            Ok(allowance) if !allowance.allowed => Err(ChatError::TooMany { retry_after: allowance.retry_after }),
            Ok(_) => Ok(()),
            Err(error) => {
                tracing::warn!(%error, "a limit on conversations could not be looked at");
                Ok(())
            }
        }
    }

    /// Rings a bell. One that can't be rung loses nothing.
    async fn publish(&self, channel: &str, text: Result<String, StoreError>) {
        let published = match text {
            Ok(text) => self.ports.broadcast.publish(channel, text.as_bytes()).await,
            Err(error) => Err(error),
        };
        if let Err(error) = published {
            tracing::warn!(%error, "what was said is stored and could not be told");
        }
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests;
