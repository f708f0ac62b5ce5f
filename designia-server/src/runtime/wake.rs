//! How whoever makes work tells those who do it.

use std::sync::Arc;

use tokio::sync::Notify;

use crate::signals::{Outbox, Topic};

/// Tells loops that there is something to do, so that nobody waits for the next interval. Clones tell the same loops.
#[derive(Clone, Debug, Default)]
pub struct Wake {
    inbox: Arc<Notify>,
    effects: Arc<Notify>,
    tasks: Arc<Notify>,
    others: Outbox,
    /// Whether the loops are on other nodes only.
    is_elsewhere: bool,
}

impl Wake {
    /// For a node that works or doesn't; what is for other nodes goes into the outbox.
    #[must_use]
    pub fn of(works: bool, others: Outbox) -> Self {
        Self { others, is_elsewhere: !works, ..Self::default() }
    }

    /// A webhook event was stored.
    pub fn inbox(&self) {
        self.tell(Topic::Inbox);
    }

    /// An order may have planned an outside call.
    pub fn effects(&self) {
        self.tell(Topic::Effects);
    }

    /// A background task may be waiting. Which nodes take from its queue isn't known here, so all are told.
    pub(crate) fn tasks(&self) {
        if !self.is_elsewhere {
            self.here(Topic::Tasks);
        }
        self.others.put(Topic::Tasks);
    }

    /// There is more than this node does in one turn.
    pub(crate) fn for_help(&self, topic: Topic) {
        self.others.put(topic);
    }

    /// Wakes this node's loop and no other's.
    pub(crate) fn here(&self, topic: Topic) {
        self.of_topic(topic).notify_one();
    }

    /// Waits until this node's loop is to wake.
    pub(crate) async fn heard(&self, topic: Topic) {
        self.of_topic(topic).notified().await;
    }

    fn tell(&self, topic: Topic) {
        if self.is_elsewhere { self.others.put(topic) } else { self.here(topic) }
    }

    const fn of_topic(&self, topic: Topic) -> &Arc<Notify> {
        match topic {
            Topic::Effects => &self.effects,
            Topic::Inbox => &self.inbox,
            Topic::Tasks => &self.tasks,
        }
    }
}
