//! Redis, where background tasks may be, and over which nodes may call each other.

use std::sync::Arc;

use async_trait::async_trait;
use designia_core::ports::{Broadcast, Received, StoreError, Subscription, TaskQueue};
use designia_redis::{Config, HealthFinding, HealthLevel, RedisConnection, RedisQueue};
use designia_tokio::Heartbeat;

use super::{Finding, Level, WiringError};
use crate::config::Redis;
use crate::signals::{Ear, Signals, Topic};

/// Where nodes call each other.
const CHANNEL: &str = "wake";

/// Whether this can be the address of a Redis server; nobody is asked.
///
/// # Errors
///
/// The rule that it breaks, without the address, which may hold a password.
pub fn check_redis(redis: &Redis) -> Result<(), WiringError> {
    options(redis).map(drop)
}

/// A connection that is made when somebody needs it: the API doesn't wait for Redis, and nothing that it answers depends on it.
pub(super) fn connection(redis: &Redis) -> Result<RedisConnection, WiringError> {
    Ok(RedisConnection::lazy(&options(redis)?))
}

/// Leases of tasks in Redis, kept over a connection of their own.
pub(super) fn heartbeat(config: &Config) -> Heartbeat {
    let config = config.clone();
    Heartbeat::Own(Arc::new(move || {
        let connection = RedisConnection::lazy(&config);
        Box::pin(async move { Ok(Arc::new(RedisQueue::new(connection)) as Arc<dyn TaskQueue>) })
    }))
}

/// Whether Redis answers, and whether it keeps what it is given.
pub(super) async fn examine(connection: &RedisConnection) -> Result<Vec<Finding>, WiringError> {
    connection.ping().await?;
    let findings = RedisQueue::new(connection.clone()).health().await?;
    Ok(findings.into_iter().map(Finding::from).collect())
}

impl From<HealthFinding> for Finding {
    fn from(finding: HealthFinding) -> Self {
        let level = match finding.level {
            HealthLevel::Ok => Level::Ok,
            HealthLevel::Note => Level::Note,
            HealthLevel::Wrong => Level::Wrong,
        };
        Self { level, told: finding.told }
    }
}

fn options(redis: &Redis) -> Result<Config, WiringError> {
    Ok(redis.url.expose().parse()?)
}

/// The nodes that hear one broadcast.
#[derive(Debug)]
pub(super) struct BroadcastSignals(pub(super) Arc<dyn Broadcast>);

#[async_trait]
impl Signals for BroadcastSignals {
    async fn tell(&self, topics: &[Topic]) -> Result<(), StoreError> {
        for topic in topics {
            self.0.publish(CHANNEL, topic.as_str().as_bytes()).await?;
        }
        Ok(())
    }

    async fn listen(&self) -> Result<Box<dyn Ear>, StoreError> {
        Ok(Box::new(BroadcastEar { subscription: self.0.subscribe(CHANNEL).await?, missed: Vec::new() }))
    }
}

struct BroadcastEar {
    subscription: Box<dyn Subscription>,
    /// What may have been told while nobody was listening.
    missed: Vec<Topic>,
}

#[async_trait]
impl Ear for BroadcastEar {
    async fn next(&mut self) -> Result<Topic, StoreError> {
        loop {
            if let Some(topic) = self.missed.pop() {
                return Ok(topic);
            }
            match self.subscription.next().await? {
                Received::Missed => self.missed.extend(Topic::ALL),
                // A topic of a later release is nothing that this one can do.
                Received::Message(word) => {
                    self.missed.extend(Topic::ALL.into_iter().filter(|topic| topic.as_str().as_bytes() == word));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use designia_core::memory::MemoryBroadcast;

    use super::*;

    fn broadcast(room: usize) -> Arc<MemoryBroadcast> {
        Arc::new(MemoryBroadcast::new(NonZeroUsize::new(room).unwrap()))
    }

    #[tokio::test]
    async fn what_one_node_tells_is_heard_by_the_others_and_words_of_later_releases_are_nothing_to_them() {
        let broadcast = broadcast(10);
        let signals = BroadcastSignals(broadcast.clone());
        let mut ear = signals.listen().await.unwrap();
        broadcast.publish(CHANNEL, b"tea").await.unwrap();
        signals.tell(&[Topic::Inbox, Topic::Tasks]).await.unwrap();
        assert_eq!((ear.next().await.unwrap(), ear.next().await.unwrap()), (Topic::Inbox, Topic::Tasks));
    }

    #[tokio::test]
    async fn who_has_missed_something_looks_at_everything() {
        let signals = BroadcastSignals(broadcast(1));
        let mut ear = signals.listen().await.unwrap();
        signals.tell(&[Topic::Inbox, Topic::Inbox]).await.unwrap();
        let mut heard = [ear.next().await.unwrap(), ear.next().await.unwrap(), ear.next().await.unwrap()];
        heard.sort_by_key(|topic| topic.as_str());
        assert_eq!(heard, Topic::ALL);
    }
}
