//! A kind of task: where its tasks wait, how often they are tried, and for how long they may run.

use std::time::Duration;

use super::{Json, KindName, Priority, QueueName, RetryPolicy, Task};
use crate::id::TaskId;
use crate::time::Timestamp;

/// What holds for every task of a kind, unless the one who asks says otherwise.
///
/// The retry policy and the limits are applied by the worker that runs a task, so a new release changes them for tasks that
/// wait already; the number of attempts is written into the task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Its name.
    pub name: KindName,
    /// Where its tasks wait.
    pub queue: QueueName,
    /// What goes first within the queue.
    pub priority: Priority,
    /// When a failed attempt is followed by another.
    pub retry: RetryPolicy,
    /// For how long an attempt may run.
    pub limits: TimeLimits,
    /// A task that has not been started so long after its time is not started at all.
    pub start_within: Option<Duration>,
    /// What it does, in one line for people.
    pub about: &'static str,
    /// Members of its arguments and of its result that nobody is shown, at any depth.
    pub secrets: &'static [&'static str],
}

/// For how long an attempt may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeLimits {
    /// After this the handler is asked to stop.
    pub soft: Duration,
    /// After this it is cut off where it stands, and the attempt has failed.
    pub hard: Duration,
}

impl Default for TimeLimits {
    /// 25 and 30 minutes, as in the system that this one takes the place of.
    fn default() -> Self {
        Self { soft: Duration::from_secs(25 * 60), hard: Duration::from_secs(30 * 60) }
    }
}

impl Kind {
    /// A kind with the usual retries and limits.
    #[must_use]
    pub fn new(name: KindName, queue: QueueName) -> Self {
        Self {
            name,
            queue,
            priority: Priority::default(),
            retry: RetryPolicy::default(),
            limits: TimeLimits::default(),
            start_within: None,
            about: "",
            secrets: &[],
        }
    }

    /// A task of this kind, to be run as soon as there is a worker.
    #[must_use]
    pub fn task(&self, id: TaskId, args: Json, now: Timestamp) -> Task {
        self.task_at(id, args, now, now)
    }

    /// A task of this kind, to be run at `run_at`.
    #[must_use]
    pub fn task_at(&self, id: TaskId, args: Json, now: Timestamp, run_at: Timestamp) -> Task {
        Task {
            id,
            kind: self.name.clone(),
            queue: self.queue.clone(),
            priority: self.priority,
            args,
            unique_key: None,
            max_attempts: self.retry.max_attempts(),
            enqueued_at: now,
            run_at,
            start_by: self.start_within.map(|within| run_at + within),
            slot: None,
        }
    }
}
