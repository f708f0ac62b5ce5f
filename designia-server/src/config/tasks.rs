//! Where background tasks are, which of them a node runs, and how many at once.

use std::time::Duration;

use designia_core::task::QueueName;
use designia_core::time::{DAY, HOUR};

use super::Secret;
use super::values::{self, ConfigError};

/// More tasks at once than this are more nodes.
const MAX_CONCURRENCY: u32 = 1_000;

/// A Redis server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redis {
    /// Host, port, user, password, database and namespace.
    pub url: Secret,
}

/// Which background tasks a node runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tasks {
    /// The queues that it takes from, the most urgent first; `None` for those of every kind that it has a handler for.
    pub queues: Option<Vec<QueueName>>,
    /// How many it runs at once.
    pub concurrency: u32,
    /// For how long a task that has ended is kept, with its result.
    pub kept_for: Duration,
}

impl Redis {
    /// Checks the URL without repeating it: it may hold a password.
    pub(super) fn parse(url: &Secret) -> Result<Self, ConfigError> {
        let redis = Self { url: url.clone() };
        let checked = crate::wiring::check_redis(&redis);
        checked.map_err(|rule| ConfigError::new("REDIS_URL", rule.to_string()))?;
        Ok(redis)
    }
}

impl Tasks {
    pub(super) fn parse(queues: Option<&str>, concurrency: &str, kept_for: &str) -> Result<Self, ConfigError> {
        Ok(Self {
            queues: queues.map(|queues| parse_queues("DESIGNIA_TASK_QUEUES", queues)).transpose()?,
            concurrency: values::count("DESIGNIA_TASK_CONCURRENCY", concurrency, 1, MAX_CONCURRENCY)?,
            kept_for: values::duration("DESIGNIA_TASKS_KEPT", kept_for, HOUR, 365 * DAY)?,
        })
    }
}

fn parse_queues(variable: &'static str, text: &str) -> Result<Vec<QueueName>, ConfigError> {
    let mut queues: Vec<QueueName> = Vec::new();
    for name in values::list(text) {
        let queue = name.parse().map_err(|rule| ConfigError::new(variable, format!("{rule}")))?;
        if !queues.contains(&queue) {
            queues.push(queue);
        }
    }
    values::require(variable, !queues.is_empty(), "names no queue")?;
    Ok(queues)
}
