//! Messages that nobody is sent, for tests, demos and an outbox to look into.

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::effect::{IdempotencyKey, Message};
use crate::ports::{Notifier, NotifyError};

/// A notifier that keeps the latest messages. Clones share them.
///
/// It recognises the key of every message that it still keeps, so a message that is handed over twice is kept once.
#[derive(Clone)]
pub struct MemoryNotifier {
    kept: Arc<Mutex<Kept>>,
    capacity: usize,
}

#[derive(Default)]
struct Kept {
    messages: VecDeque<SentMessage>,
    keys: HashSet<IdempotencyKey>,
}

/// A message that was handed over. `Debug` shows what it is about, and not what it says to whom.
#[derive(Clone, PartialEq, Eq)]
pub struct SentMessage {
    /// The key that makes it unique.
    pub key: IdempotencyKey,
    /// What was to be told.
    pub message: Message,
}

impl fmt::Debug for SentMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SentMessage")
            .field("key", &self.key)
            .field("order", &self.message.order)
            .finish_non_exhaustive()
    }
}

impl MemoryNotifier {
    /// A notifier that keeps the latest `capacity` messages.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { kept: Arc::default(), capacity }
    }

    /// The messages kept, oldest first.
    #[must_use]
    pub fn sent(&self) -> Vec<SentMessage> {
        self.lock().messages.iter().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemoryNotifier {
    /// Keeps the latest thousand messages.
    fn default() -> Self {
        Self::new(1000)
    }
}

impl fmt::Debug for MemoryNotifier {
    /// Without the messages, which are about people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryNotifier")
            .field("kept", &self.lock().messages.len())
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Notifier for MemoryNotifier {
    async fn notify(&self, message: &Message, key: &IdempotencyKey) -> Result<(), NotifyError> {
        let mut kept = self.lock();
        if kept.keys.insert(key.clone()) {
            kept.messages.push_back(SentMessage { key: key.clone(), message: message.clone() });
        }
        if kept.messages.len() > self.capacity
            && let Some(oldest) = kept.messages.pop_front()
        {
            kept.keys.remove(&oldest.key);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use futures_executor::block_on;
    use uuid::Uuid;

    use super::*;
    use crate::effect::MessageKind;
    use crate::id::OrderId;

    fn tell(notifier: &MemoryNotifier, key: &str) {
        let kind = MessageKind::OrderReinstated;
        let email = Some("zoe@example.com".to_owned());
        let message = Message { order: OrderId::from_uuid(Uuid::nil()), email, kind };
        block_on(notifier.notify(&message, &IdempotencyKey::new(key.to_owned()))).unwrap();
    }

    fn keys(notifier: &MemoryNotifier) -> Vec<String> {
        notifier.sent().iter().map(|sent| sent.key.to_string()).collect()
    }

    #[test]
    fn a_message_that_is_handed_over_twice_is_kept_once() {
        let notifier = MemoryNotifier::default();
        ["a", "b", "a"].iter().for_each(|key| tell(&notifier, key));
        assert_eq!(keys(&notifier.clone()), ["a", "b"]);
    }

    #[test]
    fn the_oldest_messages_make_room_for_the_latest() {
        let notifier = MemoryNotifier::new(2);
        ["a", "b", "c", "a"].iter().for_each(|key| tell(&notifier, key));
        assert_eq!(keys(&notifier), ["c", "a"]);
    }

    #[test]
    fn its_debug_form_names_nobody() {
        let notifier = MemoryNotifier::default();
        tell(&notifier, "a");
        assert_eq!(format!("{notifier:?}"), "MemoryNotifier { kept: 1, capacity: 1000, .. }");
    }
}
