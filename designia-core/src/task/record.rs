//! A task as its store holds it, and the whole of its life.
//!
//! [`TaskRecord`]'s methods are the contract of every store: one that can't call them expresses the same in its own language, and
//! the conformance suite holds it to it.

use serde::{Deserialize, Serialize};

use super::{Json, Task, TaskState, WorkerName};
use crate::id::TaskId;
use crate::time::Timestamp;

/// How many failures of a task are kept: the latest ones.
pub const FAILURES_KEPT: usize = 10;

/// A task and how far it has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskRecord {
    /// What was asked.
    pub task: Task,
    /// How far it has come.
    pub state: TaskState,
    /// How many attempts have begun and count.
    pub attempts: u16,
    /// How often it has been claimed; also the fencing token of the latest claim.
    pub claims: u32,
    /// When it is next due, or when the present lease runs out; of no meaning once it has ended.
    pub due_at: Timestamp,
    /// Who has it, or had it last.
    pub worker: Option<WorkerName>,
    /// When the latest attempt began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How far the latest attempt is.
    pub progress: Option<TaskProgress>,
    /// What it came to, if it succeeded.
    pub result: Option<Json>,
    /// The latest failures, the last one last.
    pub failures: Vec<Failure>,
    /// Whether somebody wants the running attempt to stop.
    pub revoke_asked: bool,
    /// Why it is in this state, for people; never holds a secret.
    pub note: Option<String>,
}

/// How far an attempt is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskProgress {
    /// How much is done.
    pub done: u64,
    /// Of how much, if that is known.
    pub total: Option<u64>,
    /// What it is at, for people.
    pub note: Option<String>,
}

/// An attempt that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Which attempt, from 1.
    pub attempt: u16,
    /// When it ended, or was found to have.
    pub at: Timestamp,
    /// Whose it was.
    pub worker: Option<WorkerName>,
    /// What went wrong; never holds a secret.
    pub error: String,
}

/// Proof of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Ticket {
    /// Which task.
    pub task: TaskId,
    /// Which claim of it, from 1.
    pub token: u32,
}

/// A task that a worker holds until its lease runs out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedTask {
    /// What was asked.
    pub task: Task,
    /// Proof of this claim.
    pub ticket: Ticket,
    /// Which attempt this is, from 1.
    pub attempt: u16,
}

/// What came of trying to claim a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claiming {
    /// It is not due, or has ended.
    NotDue,
    /// The caller has it.
    Claimed(ClaimedTask),
    /// It was due, and has ended instead of being handed out: its attempts are used up, it was called off, or it is too late.
    Ended,
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskOutcome {
    /// It is done.
    Success {
        /// What it came to.
        result: Json,
    },
    /// It failed, and is tried again unless its attempts are used up or it was called off.
    Retry {
        /// When.
        at: Timestamp,
        /// What went wrong.
        error: String,
    },
    /// It failed for good.
    Failure {
        /// What went wrong.
        error: String,
    },
    /// The handler stopped because it was asked to.
    Revoked,
    /// It goes to another worker, and the attempt doesn't count.
    HandedBack {
        /// When it is due again.
        at: Timestamp,
        /// Why.
        why: String,
    },
    /// It has been enqueued elsewhere under the same id, and is to be forgotten here.
    Moved,
}

/// What became of the claim with this ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskSettlement {
    /// Which claim.
    pub ticket: Ticket,
    /// What became of it.
    pub outcome: TaskOutcome,
}

/// What a settlement did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It is recorded.
    Recorded,
    /// The task is gone from this store.
    Gone,
    /// Nothing: a later claim has taken over, or this one was settled before.
    Stale,
}

/// A lease to be prolonged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renewal {
    /// Whose.
    pub ticket: Ticket,
    /// How far the attempt is, if there is news.
    pub progress: Option<TaskProgress>,
}

/// Whether a worker still has what it wants to keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// It has.
    Held,
    /// It has, and somebody wants the attempt to stop.
    RevokeAsked,
    /// It has not: whatever it does from here on, another may be doing as well, and its report will be refused.
    Lost,
}

/// What calling off a task did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// It will not run.
    Revoked,
    /// It is running; its worker is told when it next renews its lease.
    Asked,
    /// It had ended before.
    Ended(TaskState),
}

/// What trying a task again by hand did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retrial {
    /// It waits again, with all its attempts.
    Waiting,
    /// It has not failed and was not called off: there is nothing to retry.
    NotEnded(TaskState),
    /// Another task with its unique key is waiting or running.
    Duplicate(TaskId),
}

impl TaskRecord {
    /// A fresh row.
    #[must_use]
    pub const fn pending(task: Task) -> Self {
        let due_at = task.run_at;
        Self {
            task,
            state: TaskState::Pending,
            attempts: 0,
            claims: 0,
            due_at,
            worker: None,
            started_at: None,
            ended_at: None,
            progress: None,
            result: None,
            failures: Vec::new(),
            revoke_asked: false,
            note: None,
        }
    }

    /// Claims the task, if it is due.
    ///
    /// A task whose lease ran out is due again at once, and the attempt that vanished counts.
    pub fn claim(&mut self, worker: &WorkerName, now: Timestamp, until: Timestamp) -> Claiming {
        if self.state.is_final() || self.due_at > now {
            return Claiming::NotDue;
        }
        if self.state.is_running() {
            self.fail(now, "the worker vanished: its lease ran out".to_owned());
            if self.revoke_asked {
                self.end(TaskState::Revoked, now, Some("called off; its worker vanished".to_owned()));
                return Claiming::Ended;
            }
            if self.attempts >= self.task.max_attempts {
                self.end(TaskState::Failure, now, Some("its attempts are used up".to_owned()));
                return Claiming::Ended;
            }
        }
        if self.attempts == 0 && self.task.start_by.is_some_and(|start_by| start_by < now) {
            self.end(TaskState::Revoked, now, Some("not started in time".to_owned()));
            return Claiming::Ended;
        }
        self.state = TaskState::Started;
        self.attempts += 1;
        self.claims += 1;
        self.due_at = until;
        self.worker = Some(worker.clone());
        self.started_at = Some(now);
        self.progress = None;
        self.note = None;
        let ticket = Ticket { task: self.task.id, token: self.claims };
        Claiming::Claimed(ClaimedTask { task: self.task.clone(), ticket, attempt: self.attempts })
    }

    /// Records what became of the claim with this token, unless a later claim has taken over.
    pub fn settle(&mut self, token: u32, outcome: TaskOutcome, now: Timestamp) -> Settled {
        if !self.is_held_by(token) {
            return Settled::Stale;
        }
        match outcome {
            TaskOutcome::Success { result } => {
                self.result = Some(result);
                self.end(TaskState::Success, now, None);
            }
            TaskOutcome::Retry { at, error } => {
                self.fail(now, error);
                if self.revoke_asked {
                    self.end(TaskState::Revoked, now, Some("called off while it ran".to_owned()));
                } else if self.attempts >= self.task.max_attempts {
                    self.end(TaskState::Failure, now, Some("its attempts are used up".to_owned()));
                } else {
                    self.state = TaskState::Retry;
                    self.due_at = at;
                }
            }
            TaskOutcome::Failure { error } => {
                self.fail(now, error);
                self.end(TaskState::Failure, now, None);
            }
            TaskOutcome::Revoked => self.end(TaskState::Revoked, now, Some("called off while it ran".to_owned())),
            TaskOutcome::HandedBack { at, why } => {
                self.attempts -= 1;
                if self.revoke_asked {
                    self.end(TaskState::Revoked, now, Some("called off while it ran".to_owned()));
                } else {
                    self.state = if self.attempts == 0 { TaskState::Pending } else { TaskState::Retry };
                    self.due_at = at;
                    self.note = Some(why);
                }
            }
            TaskOutcome::Moved => return Settled::Gone,
        }
        Settled::Recorded
    }

    /// Prolongs the lease of the claim with this token.
    pub fn renew(&mut self, token: u32, progress: Option<TaskProgress>, until: Timestamp) -> Hold {
        if !self.is_held_by(token) {
            return Hold::Lost;
        }
        self.due_at = until;
        if progress.is_some() {
            self.state = TaskState::Progress;
            self.progress = progress;
        }
        if self.revoke_asked { Hold::RevokeAsked } else { Hold::Held }
    }

    /// Calls the task off.
    pub fn revoke(&mut self, now: Timestamp) -> Revocation {
        if self.state.is_final() {
            return Revocation::Ended(self.state);
        }
        if self.state.is_running() {
            self.revoke_asked = true;
            return Revocation::Asked;
        }
        self.end(TaskState::Revoked, now, Some("called off before it ran".to_owned()));
        Revocation::Revoked
    }

    /// Lets a task that failed or was called off wait again, with all its attempts and however late. The store has made sure that
    /// its unique key is free.
    pub fn retry(&mut self, now: Timestamp) -> Retrial {
        match self.state {
            TaskState::Failure | TaskState::Revoked => {}
            TaskState::Pending | TaskState::Started | TaskState::Progress | TaskState::Retry | TaskState::Success => {
                return Retrial::NotEnded(self.state);
            }
        }
        self.task.start_by = None;
        self.state = TaskState::Pending;
        self.attempts = 0;
        self.due_at = now;
        self.ended_at = None;
        self.progress = None;
        self.revoke_asked = false;
        self.note = Some("tried again by hand".to_owned());
        Retrial::Waiting
    }

    /// Whether the claim with this token is the present one.
    #[must_use]
    pub const fn is_held_by(&self, token: u32) -> bool {
        self.state.is_running() && self.claims == token
    }

    /// The last thing that went wrong.
    #[must_use]
    pub fn last_error(&self) -> Option<&str> {
        self.failures.last().map(|failure| failure.error.as_str())
    }

    fn fail(&mut self, now: Timestamp, error: String) {
        let failure = Failure { attempt: self.attempts, at: now, worker: self.worker.clone(), error };
        if self.failures.len() >= FAILURES_KEPT {
            self.failures.remove(0);
        }
        self.failures.push(failure);
    }

    fn end(&mut self, state: TaskState, now: Timestamp, note: Option<String>) {
        self.state = state;
        self.ended_at = Some(now);
        self.note = note;
    }
}
