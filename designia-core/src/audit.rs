//! What staff did, and what they tried to do: a row for every action, which nobody changes or removes.
//!
//! An entry is written by whoever carries an action out, after it has ended, and says how it ended. It holds what was asked for,
//! never a password, code, token or key: whoever makes the detail leaves those out.

mod action;
mod size;

use serde::{Deserialize, Serialize};

pub use action::{AuditAction, AuditActionError, AuditArea};
pub use size::AuditSizeError;

use crate::id::{AccountId, AuditId};
use crate::task::Json;
use crate::time::Timestamp;

/// One action of one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its id, best of UUID version 7.
    pub id: AuditId,
    /// When it ended.
    pub at: Timestamp,
    /// Who did it.
    pub actor: AccountId,
    /// What the account was called then; at most [`AuditEntry::MAX_NAME`] characters.
    pub actor_name: String,
    /// What was done.
    pub action: AuditAction,
    /// To what, if it was one thing.
    pub subject: Option<AuditSubject>,
    /// Why, in the person's own words; at most [`AuditEntry::MAX_REASON`] characters.
    pub reason: Option<String>,
    /// What was asked for, without secrets; at most [`AuditEntry::MAX_DETAIL`] bytes.
    pub detail: Json,
    /// How it ended.
    pub outcome: AuditOutcome,
    /// The request that asked for it; at most [`AuditEntry::MAX_NAME`] characters.
    pub request_id: Option<String>,
    /// The address from which it was asked for; at most [`AuditEntry::MAX_NAME`] characters.
    pub from: Option<String>,
}

/// What an action was about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AuditSubject {
    /// What it is, in one word, such as `order`; at most [`AuditEntry::MAX_NAME`] characters.
    pub kind: String,
    /// Which one; at most [`AuditEntry::MAX_NAME`] characters.
    pub id: String,
}

/// How an action ended. The reasons have at most [`AuditEntry::MAX_REASON`] characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "is", content = "why", rename_all = "lowercase")]
pub enum AuditOutcome {
    /// It was done.
    Done,
    /// The rules don't allow it, and nothing was done.
    Refused(String),
    /// It could not be carried out, or nobody knows whether it was.
    Failed(String),
}

impl AuditSubject {
    /// The subject of this kind and id.
    #[must_use]
    pub fn new(kind: &str, id: impl std::fmt::Display) -> Self {
        Self { kind: kind.to_owned(), id: id.to_string() }
    }
}

impl AuditOutcome {
    /// Its word in stores and answers.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused(_) => "refused",
            Self::Failed(_) => "failed",
        }
    }

    /// Why it was not done, if it was not.
    #[must_use]
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Done => None,
            Self::Refused(why) | Self::Failed(why) => Some(why),
        }
    }

    /// The outcome of this word, with the reason that belongs to it.
    #[must_use]
    pub fn of(word: &str, why: Option<String>) -> Option<Self> {
        match (word, why) {
            ("done", None) => Some(Self::Done),
            ("refused", Some(why)) => Some(Self::Refused(why)),
            ("failed", Some(why)) => Some(Self::Failed(why)),
            _ => None,
        }
    }
}
