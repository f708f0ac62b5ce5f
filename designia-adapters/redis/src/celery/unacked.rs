//! What consumers hold of Celery's queues and have not acknowledged: kombu's hash and its index.
//!
//! Real consumers of the same Redis look into them, so what this process holds when it dies is put back by any of them, and this
//! process puts back what they held.

use std::time::Duration;

use designia_core::ports::StoreError;
use designia_core::time::Timestamp;
use redis::cmd;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Priority;
use super::envelope::Envelope;
use super::names::Names;
use crate::RedisConnection;

/// How many holds that are over are looked for in one go.
const RESCUED_AT_ONCE: usize = 100;

/// A message that this process holds.
#[derive(Debug)]
pub(super) struct Held {
    /// Empty if it could not be held, and has been put aside.
    pub(super) tag: String,
    pub(super) message: String,
}

/// Where a message goes when the hold on it ends.
#[derive(Debug)]
pub(super) enum LetGo {
    /// To where it came from, to be taken next.
    Back,
    /// Aside, to be looked at by a person.
    Aside,
}

#[derive(Clone, Debug)]
pub(super) struct Unacked {
    pub(super) broker: RedisConnection,
    pub(super) names: Names,
    pub(super) visibility_timeout: Duration,
    pub(super) hold: Duration,
}

impl Unacked {
    /// Takes up to so many messages of a queue, the most urgent first.
    pub(super) async fn take(&self, queue: &str, limit: u32, now: Timestamp) -> Result<Vec<Held>, StoreError> {
        let lists = self.names.lists(queue);
        let mut take = cmd("EVAL");
        take.arg(include_str!("lua/take.lua")).arg(3 + lists.len());
        take.arg(self.names.unacked()).arg(self.names.unacked_index()).arg(self.names.refused(queue)).arg(lists);
        // As if it had been held for most of the time: others take it for lost when the rest is over.
        let since = now - self.visibility_timeout.saturating_sub(self.hold);
        take.arg(limit).arg(seconds(since)).arg(queue);
        let taken: Vec<String> = self.broker.ask(&take).await?;
        let mut held = Vec::with_capacity(taken.len() / 2);
        let mut texts = taken.into_iter();
        while let (Some(tag), Some(message)) = (texts.next(), texts.next()) {
            held.push(Held { tag, message });
        }
        Ok(held)
    }

    /// Ends the hold on messages that need not be delivered again. No more than some hundreds.
    pub(super) async fn acknowledge(&self, tags: &[&str]) -> Result<(), StoreError> {
        if tags.is_empty() {
            return Ok(());
        }
        let mut end = cmd("EVAL");
        end.arg(include_str!("lua/acknowledge.lua")).arg(2);
        end.arg(self.names.unacked()).arg(self.names.unacked_index()).arg(tags);
        self.broker.ask(&end).await
    }

    /// Ends the hold on a message that goes somewhere.
    pub(super) async fn let_go(&self, queue: &str, held: &Held, whereto: LetGo) -> Result<(), StoreError> {
        if held.tag.is_empty() {
            return Ok(());
        }
        let (list, place) = match whereto {
            LetGo::Back => (self.names.list(queue, priority(&held.message)), "next"),
            LetGo::Aside => (self.names.refused(queue), "last"),
        };
        let mut end = cmd("EVAL");
        end.arg(include_str!("lua/let_go.lua")).arg(3);
        end.arg(self.names.unacked()).arg(self.names.unacked_index()).arg(list);
        end.arg(&held.tag).arg(&held.message).arg(place);
        self.broker.ask(&end).await
    }

    /// Puts back what was taken from these queues and has been held for longer than the visibility timeout: how many.
    pub(super) async fn rescue(&self, queues: &[String], now: Timestamp) -> Result<usize, StoreError> {
        let (mut rescued, mut left_alone) = (0, 0);
        loop {
            let mut over = cmd("ZRANGEBYSCORE");
            over.arg(self.names.unacked_index()).arg("-inf").arg(seconds(now - self.visibility_timeout));
            over.arg("LIMIT").arg(left_alone).arg(RESCUED_AT_ONCE);
            let tags: Vec<String> = self.broker.ask(&over).await?;
            let is_last = tags.len() < RESCUED_AT_ONCE;
            for tag in tags {
                let held: Option<String> = self.broker.ask(cmd("HGET").arg(self.names.unacked()).arg(&tag)).await?;
                match held.as_deref().and_then(read).filter(|(queue, _)| queues.contains(queue)) {
                    Some((queue, message)) => {
                        self.let_go(&queue, &Held { tag, message }, LetGo::Back).await?;
                        rescued += 1;
                    }
                    // What belongs to an exchange, or to a queue of others', is for others who know it.
                    None => left_alone += 1,
                }
            }
            if is_last {
                return Ok(rescued);
            }
        }
    }
}

/// Queue and message of an entry of the hash.
fn read(held: &str) -> Option<(String, String)> {
    #[derive(Deserialize)]
    struct Entry<'a>(#[serde(borrow)] &'a RawValue, Option<String>, Option<String>);
    let Entry(message, exchange, routing_key) = serde_json::from_str(held).ok()?;
    let exchange = exchange.unwrap_or_default();
    let queue = routing_key.filter(|key| exchange.is_empty() || exchange == *key)?;
    Some((queue, message.get().to_owned()))
}

fn priority(message: &str) -> Priority {
    serde_json::from_str(message).map_or_else(|_| Priority::default(), |envelope: Envelope| envelope.priority())
}

/// As kombu writes an instant: seconds, with a fraction.
fn seconds(at: Timestamp) -> String {
    let micros = at.as_micros().max(0);
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}
