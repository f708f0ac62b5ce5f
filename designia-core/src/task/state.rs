//! How far a task has come, in Celery's words, and what goes first.

use serde::{Deserialize, Serialize};

/// How far a task has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum TaskState {
    /// It waits: until its time, or for a worker.
    Pending,
    /// A worker has it.
    Started,
    /// A worker has it, and has said how far it is.
    Progress,
    /// An attempt failed; it waits for the next.
    Retry,
    /// It is done.
    Success,
    /// It failed for good.
    Failure,
    /// It was called off, or not started in time.
    Revoked,
}

impl TaskState {
    /// Every state.
    pub const ALL: [Self; 7] =
        [Self::Pending, Self::Started, Self::Progress, Self::Retry, Self::Success, Self::Failure, Self::Revoked];

    /// Whether nothing more will happen to it by itself.
    #[must_use]
    pub const fn is_final(self) -> bool {
        match self {
            Self::Success | Self::Failure | Self::Revoked => true,
            Self::Pending | Self::Started | Self::Progress | Self::Retry => false,
        }
    }

    /// Whether a worker has it.
    #[must_use]
    pub const fn is_running(self) -> bool {
        match self {
            Self::Started | Self::Progress => true,
            Self::Pending | Self::Retry | Self::Success | Self::Failure | Self::Revoked => false,
        }
    }

    /// The word used in columns, filters and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Started => "STARTED",
            Self::Progress => "PROGRESS",
            Self::Retry => "RETRY",
            Self::Success => "SUCCESS",
            Self::Failure => "FAILURE",
            Self::Revoked => "REVOKED",
        }
    }
}

/// What goes first within a queue. The order of the variants is the order in which tasks are handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Before everything else.
    High,
    /// What most tasks have.
    #[default]
    Normal,
    /// When there is nothing else to do.
    Low,
}

impl Priority {
    /// Every priority, the first one first.
    pub const ALL: [Self; 3] = [Self::High, Self::Normal, Self::Low];

    /// The word used in filters and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Normal => "normal",
            Self::Low => "low",
        }
    }

    /// A number to sort by: 0 goes first.
    #[must_use]
    pub const fn rank(self) -> u8 {
        match self {
            Self::High => 0,
            Self::Normal => 1,
            Self::Low => 2,
        }
    }
}
