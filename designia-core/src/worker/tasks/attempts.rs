//! The attempts that a worker has: which leases are to be kept, and which slots are taken.
//!
//! A handler that does not return to its runtime can't be cut off: its thread is its own. So nothing here waits for one. An attempt
//! that has outlasted its hard limit by a lease is overdue: its lease is left to run out, another worker rescues the task, and the
//! attempt counts, so that a task which does this to every worker fails in the end. Its slot stays taken for as long as it holds
//! the thread.

use std::collections::HashMap;
use std::time::Duration;

use super::{StopReason, TaskContext};
use crate::id::TaskId;
use crate::task::{LEASE, Ticket};
use crate::time::Timestamp;

/// For how long after its hard limit an attempt is still kept: it is cut off at its limit, and has its thread's turn to notice.
const MARGIN: Duration = LEASE;

/// All attempts of a worker.
#[derive(Default)]
pub(super) struct Attempts {
    ours: HashMap<TaskId, Running>,
    /// Those that are somebody else's by now and still hold a thread.
    lost: Vec<Running>,
}

/// One attempt.
struct Running {
    context: TaskContext,
    hard_limit: Duration,
    /// When it was claimed, and once it has begun, when it began.
    since: Timestamp,
    /// Whether the log has heard that it is overdue.
    is_told: bool,
}

/// Whose an attempt was that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// What it says counts.
    Ours,
    /// Somebody else has its task.
    Lost,
    /// It is not among the attempts any more.
    Unknown,
}

impl Attempts {
    /// How many slots are taken.
    pub(super) fn len(&self) -> usize {
        self.ours.len() + self.lost.len()
    }

    /// Takes up an attempt. If its task has come back to the same worker, because the lease ran out unnoticed, the earlier one is
    /// lost.
    pub(super) fn add(&mut self, context: TaskContext, hard_limit: Duration, now: Timestamp) {
        let task = context.task().id;
        let attempt = Running { context, hard_limit, since: now, is_told: false };
        if let Some(earlier) = self.ours.insert(task, attempt) {
            self.give_up(earlier);
        }
    }

    /// Its handler begins, and with it its limits.
    pub(super) fn begin(&mut self, ticket: Ticket, now: Timestamp) {
        if let Some(attempt) = self.ours.get_mut(&ticket.task).filter(|it| it.ticket() == ticket) {
            attempt.since = now;
        }
    }

    /// It holds no thread any more, and its slot is free.
    pub(super) fn end(&mut self, ticket: Ticket) -> Ended {
        if self.get(ticket).is_some() {
            self.ours.remove(&ticket.task);
            return Ended::Ours;
        }
        let lost = self.lost.iter().position(|it| it.ticket() == ticket);
        lost.map_or(Ended::Unknown, |at| {
            self.lost.swap_remove(at);
            Ended::Lost
        })
    }

    /// Its lease is lost: it is cut off.
    pub(super) fn lose(&mut self, ticket: Ticket) {
        if self.get(ticket).is_some()
            && let Some(attempt) = self.ours.remove(&ticket.task)
        {
            self.give_up(attempt);
        }
    }

    /// Cuts off all of them, and takes out those that hold no thread: their tasks can be given back. The others end when they let go
    /// of their threads.
    pub(super) fn cut(&mut self) -> Vec<Ticket> {
        let cut = self.ours.extract_if(|_, attempt| !attempt.context.stop(StopReason::HandedBack));
        cut.map(|(_, attempt)| attempt.ticket()).collect()
    }

    /// An attempt that is this worker's.
    pub(super) fn get(&self, ticket: Ticket) -> Option<&TaskContext> {
        self.ours.get(&ticket.task).map(|it| &it.context).filter(|context| context.claimed().ticket == ticket)
    }

    /// Those whose leases are to be kept.
    pub(super) fn kept(&mut self, now: Timestamp) -> Vec<TaskContext> {
        let (overdue, kept): (Vec<_>, Vec<_>) = self.ours.values_mut().partition(|it| it.is_overdue(now));
        for attempt in overdue {
            attempt.tell();
        }
        kept.into_iter().map(|it| it.context.clone()).collect()
    }

    /// The tasks of all of them, each once, in order.
    pub(super) fn tasks(&self) -> Vec<TaskId> {
        sorted(self.all())
    }

    /// The tasks of those that are overdue, each once, in order.
    pub(super) fn overdue(&self, now: Timestamp) -> Vec<TaskId> {
        sorted(self.all().filter(|it| it.is_overdue(now)))
    }

    /// How many slots are taken by attempts that are overdue.
    pub(super) fn count_overdue(&self, now: Timestamp) -> usize {
        self.all().filter(|it| it.is_overdue(now)).count()
    }

    fn all(&self) -> impl Iterator<Item = &Running> {
        self.ours.values().chain(&self.lost)
    }

    fn give_up(&mut self, attempt: Running) {
        if attempt.context.stop(StopReason::LeaseLost) {
            self.lost.push(attempt);
        }
    }
}

impl Running {
    fn ticket(&self) -> Ticket {
        self.context.claimed().ticket
    }

    fn is_overdue(&self, now: Timestamp) -> bool {
        now >= self.since + self.hard_limit + MARGIN
    }

    fn tell(&mut self) {
        if !std::mem::replace(&mut self.is_told, true) {
            let task = self.context.task();
            let limit = self.hard_limit.as_secs();
            tracing::error!(task = %task.id, kind = %task.kind, limit, "a handler holds its thread beyond its limit: its lease is left to run out");
        }
    }
}

fn sorted<'a>(attempts: impl Iterator<Item = &'a Running>) -> Vec<TaskId> {
    let mut tasks: Vec<TaskId> = attempts.map(|it| it.context.task().id).collect();
    tasks.sort_unstable();
    tasks.dedup();
    tasks
}
