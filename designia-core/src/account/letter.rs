//! Every mail about an account, by what it is about. What a mail says is looked up when it is sent, and codes are derived then, so
//! that the task that sends it holds nothing secret and nothing stale.

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, ChallengeId};

/// The name of the kind of task that sends an [`AccountLetter`].
pub const MAIL_KIND: &str = "mail.account";

/// A mail about an account: the arguments of a task of kind [`MAIL_KIND`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountLetter {
    /// To whom.
    pub account: AccountId,
    /// What about.
    pub letter: Letter,
}

/// What a mail about an account is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "letter", rename_all = "snake_case")]
pub enum Letter {
    /// A link or a code that meets this challenge; nothing is sent once it is closed.
    Challenge {
        /// Which.
        challenge: ChallengeId,
    },
    /// Somebody tried to register with the address, which has an account.
    AddressInUse,
    /// The password was changed.
    PasswordChanged,
    /// The second factor was turned on, off, or changed.
    SecondFactorChanged,
    /// A recovery code was used.
    RecoveryCodeUsed {
        /// So many are left.
        left: u32,
    },
    /// A refresh token was used twice: somebody may have had a copy.
    SessionEnded,
    /// The application to become a seller has arrived.
    ApplicationReceived,
    /// The applicant is a seller now.
    ApplicationApproved,
    /// The application was turned down.
    ApplicationRejected {
        /// Why.
        reason: String,
    },
    /// The application is to be changed.
    RevisionRequested {
        /// What is to be changed.
        reason: String,
    },
    /// The account was closed by those who run the marketplace.
    Disabled,
    /// What the account's owner asked for can be fetched.
    ExportReady,
    /// The account is gone. Sent to the address that it had, which is nowhere else any more.
    Deleted {
        /// Where to.
        email: super::Email,
    },
}
