//! The task queue: rows in hashes, and what is due in sorted sets.
//!
//! Of each queue and priority there is one set of what waits, by the time from which it is due, and one of what runs, by the end
//! of its lease. A claim reads from the front of both, so what is due longest goes first, a lease that has run out is found by the
//! clock of whoever looks, and it makes no difference how many tasks wait for later or are due at once: nothing is ever moved
//! from a set of what is to come into a set of what is due.

mod asked;
mod console;
mod exchange;
mod health;
mod page;
mod row;
mod schedules;
mod tasks;

use crate::config::Config;
use crate::connection::RedisConnection;
use crate::error::OpenError;

pub use health::{HealthFinding, HealthLevel};

/// Tasks and schedules on a Redis server. Clones are the same queue.
///
/// What it has promised is as durable as the server is set up to be: see the crate's page. And it is no part of a commit's
/// transaction, so it can't stand where the tasks of commits are to be written:
///
/// ```compile_fail,E0277
/// use std::sync::Arc;
/// use designia_core::ports::Tasks;
/// use designia_redis::RedisQueue;
///
/// fn wiring(queue: Arc<RedisQueue>) -> Tasks {
///     Tasks::in_store(queue)
/// }
/// ```
///
/// It stands behind a [relay](designia_core::worker::Relay) from the store of the orders instead:
///
/// ```
/// use std::sync::Arc;
/// use designia_core::memory::MemoryStore;
/// use designia_core::ports::Tasks;
/// use designia_redis::RedisQueue;
///
/// fn wiring(orders: Arc<MemoryStore>, queue: Arc<RedisQueue>) -> Tasks {
///     Tasks::relayed(orders, queue)
/// }
/// ```
#[derive(Clone, Debug)]
pub struct RedisQueue {
    connection: RedisConnection,
}

impl RedisQueue {
    /// Connects to a server.
    ///
    /// # Errors
    /// Why it can't be used.
    pub async fn connect(config: &Config) -> Result<Self, OpenError> {
        RedisConnection::connect(config).await.map(Self::new)
    }

    /// A queue on a connection that others may use as well.
    #[must_use]
    pub const fn new(connection: RedisConnection) -> Self {
        Self { connection }
    }

    /// The connection.
    #[must_use]
    pub const fn connection(&self) -> &RedisConnection {
        &self.connection
    }
}

/// Rows that one script looks at or changes, at most: some milliseconds, in which the server does nothing else.
const AT_ONCE: usize = 500;
