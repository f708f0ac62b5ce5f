//! Wake-up calls between nodes, so that one which takes requests doesn't leave their work to the next look of another.
//!
//! They are hints and are sent after the fact, by a task of their own: one that is lost costs the time until the next look, and
//! none can hold up or fail a request. Only a node that can't do the work by itself calls the others: one without the role
//! `worker` calls for everything, one with it only when a whole turn was not enough. (For background tasks everybody is
//! called, since each node may take from other queues.) A node hears its own calls, too; then it looks, finds no full turn, and
//! calls nobody.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use designia_core::ports::StoreError;
use tokio::sync::Notify;

use crate::outage::Outage;
use crate::runtime::Wake;

/// Shortest time between two calls of one node.
const PACE: Duration = Duration::from_millis(50);

/// The waits before listening is tried anew.
const LEAST_WAIT: Duration = Duration::from_millis(500);
const MOST_WAIT: Duration = Duration::from_secs(5);

/// What there is more of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// Outside calls that are due.
    Effects,
    /// Webhook events that wait.
    Inbox,
    /// Background tasks that wait.
    Tasks,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Self; 3] = [Self::Effects, Self::Inbox, Self::Tasks];

    /// The word that is sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Effects => "effects",
            Self::Inbox => "inbox",
            Self::Tasks => "tasks",
        }
    }
}

/// How nodes reach each other.
#[async_trait]
pub trait Signals: fmt::Debug + Send + Sync + 'static {
    /// Tells every node that listens, this one included.
    async fn tell(&self, topics: &[Topic]) -> Result<(), StoreError>;

    /// Begins to listen.
    async fn listen(&self) -> Result<Box<dyn Ear>, StoreError>;
}

/// Hears what nodes tell.
#[async_trait]
pub trait Ear: Send {
    /// Waits for the next call. After an error nothing more is heard.
    async fn next(&mut self) -> Result<Topic, StoreError>;
}

/// What other nodes are to be told, gathered until somebody tells it. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Outbox(Arc<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    effects: AtomicBool,
    inbox: AtomicBool,
    tasks: AtomicBool,
    any: Notify,
}

impl Outbox {
    /// To be told soon.
    pub(crate) fn put(&self, topic: Topic) {
        if !self.0.flag(topic).swap(true, Ordering::Relaxed) {
            self.0.any.notify_one();
        }
    }

    async fn take(&self) -> Vec<Topic> {
        self.0.any.notified().await;
        Topic::ALL.into_iter().filter(|topic| self.0.flag(*topic).swap(false, Ordering::Relaxed)).collect()
    }
}

impl Waiting {
    const fn flag(&self, topic: Topic) -> &AtomicBool {
        match topic {
            Topic::Effects => &self.effects,
            Topic::Inbox => &self.inbox,
            Topic::Tasks => &self.tasks,
        }
    }
}

/// Tells other nodes what is put into the outbox, for ever.
pub(crate) async fn telling(signals: Arc<dyn Signals>, outbox: Outbox) {
    let mut outage = Outage::default();
    loop {
        let topics = outbox.take().await;
        if topics.is_empty() {
            continue;
        }
        match signals.tell(&topics).await {
            Ok(()) => drop(outage.ended()),
            Err(error) if outage.failed() => {
                tracing::warn!(%error, "other nodes can't be woken and find the work at their next look");
            }
            Err(_) => {}
        }
        tokio::time::sleep(PACE).await;
    }
}

/// Wakes this node's loops when other nodes call, for ever.
pub(crate) async fn listening(signals: Arc<dyn Signals>, wake: Wake) {
    let (mut outage, mut wait) = (Outage::default(), LEAST_WAIT);
    loop {
        let error = match signals.listen().await {
            Ok(mut ear) => {
                if outage.ended().is_some() {
                    tracing::info!("other nodes can wake this one again");
                }
                wait = LEAST_WAIT;
                hear(ear.as_mut(), &wake).await
            }
            Err(error) => error,
        };
        if outage.failed() {
            tracing::warn!(%error, "other nodes can't wake this one, which looks for work by itself");
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(MOST_WAIT);
    }
}

async fn hear(ear: &mut dyn Ear, wake: &Wake) -> StoreError {
    // What was told before this node listened was told to nobody.
    Topic::ALL.into_iter().for_each(|topic| wake.here(topic));
    loop {
        match ear.next().await {
            Ok(topic) => wake.here(topic),
            Err(error) => return error,
        }
    }
}

#[cfg(test)]
mod tests;
