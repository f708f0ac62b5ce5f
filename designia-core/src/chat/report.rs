//! Complaints about messages, and what becomes of them.

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, ConversationId, MessageId, ReportId};
use crate::time::Timestamp;

/// What is wrong with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Advertising that nobody asked for.
    Spam,
    /// It is meant to hurt.
    Harassment,
    /// It doesn't belong here.
    Inappropriate,
    /// It is meant to cheat.
    Scam,
    /// Something else, which the description says.
    Other,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Spam, Self::Harassment, Self::Inappropriate, Self::Scam, Self::Other];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Spam => "spam",
            Self::Harassment => "harassment",
            Self::Inappropriate => "inappropriate",
            Self::Scam => "scam",
            Self::Other => "other",
        }
    }
}

/// How far a report has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportState {
    /// Nobody has judged it yet.
    Open,
    /// It was right, and the message is hidden.
    Upheld,
    /// Nothing was wrong.
    Dismissed,
}

impl ReportState {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Open, Self::Upheld, Self::Dismissed];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Upheld => "upheld",
            Self::Dismissed => "dismissed",
        }
    }
}

/// A complaint of somebody who takes part in a conversation about a message of the other one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Its id. A store takes each id once.
    pub id: ReportId,
    /// About which message.
    pub message: MessageId,
    /// Where it was said.
    pub conversation: ConversationId,
    /// Who complains.
    pub reporter: AccountId,
    /// About what.
    pub reason: Reason,
    /// In the reporter's words; may be empty.
    pub description: String,
    /// When.
    pub created_at: Timestamp,
    /// How far it has come.
    pub state: ReportState,
    /// Who has judged it, and how; `None` while it is open.
    pub resolution: Option<Resolution>,
}

impl Report {
    /// A description has at most so many characters.
    pub const MAX_DESCRIPTION: usize = 2_000;
}

/// A judgement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// Whether the report was right: then the message is hidden in the same transaction.
    pub upheld: bool,
    /// Who judged.
    pub resolver: AccountId,
    /// Why, for other staff; may be empty.
    pub note: String,
    /// When.
    pub at: Timestamp,
}

impl Resolution {
    /// A note has at most so many characters.
    pub const MAX_NOTE: usize = 2_000;

    /// What it makes of the report.
    #[must_use]
    pub const fn state(&self) -> ReportState {
        if self.upheld { ReportState::Upheld } else { ReportState::Dismissed }
    }
}
