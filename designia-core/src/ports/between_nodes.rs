//! What nodes share besides the stores: a cache, limits on rates, messages, and who leads.
//!
//! None of it may hold a fact about money: what is lost here costs time, never an order. Each port has a twin in memory for a
//! single process.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use super::StoreError;
use crate::time::Timestamp;

/// Keeps values for a while.
///
/// # Contract
/// A value that was put is there until its time is over, it is removed or replaced, or the cache needs the room; never after its
/// time, by the caller's clock.
#[async_trait]
pub trait Cache: fmt::Debug + Send + Sync + 'static {
    /// The value under a key, if it is there and its time is not over.
    async fn get(&self, key: &str, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError>;

    /// Keeps a value for so long.
    async fn put(&self, key: &str, value: &[u8], keep_for: Duration, now: Timestamp) -> Result<(), StoreError>;

    /// Drops a value.
    async fn remove(&self, key: &str) -> Result<(), StoreError>;
}

/// Says whether something may happen once more.
///
/// # Contract
/// Under one key, in any window as long as `quota.per`, at most twice `quota.burst` is allowed, and in the long run no more than
/// `quota.burst` in each `quota.per`: the generic cell rate algorithm. What is refused costs nothing.
#[async_trait]
pub trait RateLimiter: fmt::Debug + Send + Sync + 'static {
    /// Takes one from the quota under this key, if there is one left.
    async fn take(&self, key: &str, quota: Quota, now: Timestamp) -> Result<Allowance, StoreError>;
}

/// How often something may happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// So many times at once; at least 1.
    pub burst: u32,
    /// They are all given back after so long; at least a microsecond for each.
    pub per: Duration,
}

/// Whether it may happen, and what is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Whether it may happen now.
    pub allowed: bool,
    /// How many more may happen right away.
    pub remaining: u32,
    /// When it may be tried again; zero if it is allowed.
    pub retry_after: Duration,
    /// After how long the whole quota is back.
    pub reset_after: Duration,
}

/// Tells every node something, now or never.
///
/// # Contract
/// What is published reaches everyone who was subscribed to that channel before it was, at most once each and in the order of
/// each publisher; who is away misses it, and a subscriber that is too slow may be told that it has missed something.
#[async_trait]
pub trait Broadcast: fmt::Debug + Send + Sync + 'static {
    /// Publishes a message.
    async fn publish(&self, channel: &str, message: &[u8]) -> Result<(), StoreError>;

    /// Subscribes to a channel; what is published after this has returned is received.
    async fn subscribe(&self, channel: &str) -> Result<Box<dyn Subscription>, StoreError>;
}

/// The receiving end of a channel. Dropping it ends the subscription.
#[async_trait]
pub trait Subscription: fmt::Debug + Send {
    /// Waits for what comes next.
    ///
    /// # Errors
    /// The connection is lost; subscribe again.
    async fn next(&mut self) -> Result<Received, StoreError>;
}

/// What a subscription brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// A message.
    Message(Vec<u8>),
    /// Something was published in between that can't be brought any more: look for yourself.
    Missed,
}

/// Says who leads, where one node is enough.
///
/// # Contract
/// At any moment one holder at most has the lease of a name, as long as clocks agree to within the length of a lease; whoever acts
/// on it passes the token on, so that what an earlier holder still sends can be refused.
#[async_trait]
pub trait Lease: fmt::Debug + Send + Sync + 'static {
    /// Takes the lease, or prolongs it if it is the caller's: its token, which is higher each time the holder changes, and stays the
    /// same while it is prolonged. `None` if somebody else has it.
    async fn hold(&self, name: &str, holder: &str, now: Timestamp, until: Timestamp)
    -> Result<Option<u64>, StoreError>;

    /// Gives the lease back before it runs out; `false` if it was not the caller's.
    async fn release(&self, name: &str, holder: &str) -> Result<bool, StoreError>;
}
