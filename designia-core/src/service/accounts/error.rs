//! How the account service fails, in kinds that callers act on.

use std::time::Duration;

use crate::account::ApplicationRefusal;
use crate::ports::{AccountCommitError, HashError, IdentityError, StoreError, StoreErrorKind, VaultError};

/// Why the account service did not do what it was asked. Nothing has changed then, unless it says so.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccountError {
    /// Fields break rules.
    #[error("{}", told(.0))]
    Invalid(Vec<FieldRule>),
    /// Address and password don't belong together, for whichever reason.
    #[error("no active account has this e-mail address and password")]
    WrongCredentials,
    /// The password was right, but nobody has shown yet that the address is theirs.
    #[error("the e-mail address is not verified yet: follow the link in the mail, or ask for another")]
    Unverified,
    /// The password is not the account's.
    #[error("the password is wrong")]
    WrongPassword,
    /// The code is wrong, was used, or is over.
    #[error("the code is wrong or not valid any more")]
    WrongCode,
    /// The link is wrong, was used, or is over.
    #[error("the link is not valid any more")]
    LinkOver,
    /// The session is over, or the token was never given out.
    #[error("the session is over; log in again")]
    SessionOver,
    /// Nobody vouches for the person.
    #[error("nobody vouches for this log-in: {0}")]
    NotVouched(&'static str),
    /// A limit is used up.
    #[error("too many attempts; try again in {} s", retry_after.as_secs().max(1))]
    TooMany {
        /// When to try again.
        retry_after: Duration,
    },
    /// Too many others ask for what takes time.
    #[error("too many log-ins at once; try again in a moment")]
    Overloaded {
        /// When to try again.
        retry_after: Duration,
    },
    /// There is no such account.
    #[error("there is no such account")]
    NoSuchAccount,
    /// There is no such thing of this account.
    #[error("there is no such {0}")]
    NoSuch(&'static str),
    /// This caller may not do it.
    #[error("{0}")]
    Forbidden(&'static str),
    /// The log-in is too long ago for something of weight, and there is no password to ask for.
    #[error("log in again first: this needs a log-in of the last minutes")]
    LogInAgain,
    /// The second factor has to be on.
    #[error("turn two-factor authentication on first")]
    SecondFactorNeeded,
    /// The account is not in a state for it.
    #[error("{0}")]
    State(&'static str),
    /// The application is not in a state for it.
    #[error(transparent)]
    Application(#[from] ApplicationRefusal),
    /// Too many others changed the account at the same time. Try again.
    #[error("too many changes to the account at the same time")]
    Contended,
    /// Something outside can't be asked now.
    #[error("{0}")]
    Unavailable(String),
    /// Something failed inside.
    #[error("{0}")]
    Failed(String),
    /// A store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A field and the rule that it breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldRule {
    /// The field.
    pub field: &'static str,
    /// The rule, in words.
    pub rule: String,
}

impl FieldRule {
    /// This field breaks this rule.
    #[must_use]
    pub fn new(field: &'static str, rule: impl Into<String>) -> Self {
        Self { field, rule: rule.into() }
    }
}

impl AccountError {
    /// One field breaks a rule.
    #[must_use]
    pub fn field(field: &'static str, rule: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldRule::new(field, rule)])
    }

    /// Whether the same call may succeed later without anybody changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::TooMany { .. } | Self::Overloaded { .. } | Self::Contended | Self::Unavailable(_) => true,
            Self::Store(error) => error.kind == StoreErrorKind::Unavailable,
            Self::Invalid(_)
            | Self::WrongCredentials
            | Self::Unverified
            | Self::WrongPassword
            | Self::WrongCode
            | Self::LinkOver
            | Self::SessionOver
            | Self::NotVouched(_)
            | Self::NoSuchAccount
            | Self::NoSuch(_)
            | Self::Forbidden(_)
            | Self::LogInAgain
            | Self::SecondFactorNeeded
            | Self::State(_)
            | Self::Application(_)
            | Self::Failed(_) => false,
        }
    }
}

fn told(rules: &[FieldRule]) -> String {
    let rules: Vec<_> = rules.iter().map(|it| format!("{}: {}", it.field, it.rule)).collect();
    rules.join("; ")
}

impl From<HashError> for AccountError {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Overloaded { retry_after } => Self::Overloaded { retry_after },
            HashError::Failed(_) => Self::Failed(error.to_string()),
        }
    }
}

impl From<VaultError> for AccountError {
    fn from(error: VaultError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<IdentityError> for AccountError {
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::Refused(why) => Self::NotVouched(why),
            IdentityError::Unavailable(_) => Self::Unavailable(error.to_string()),
        }
    }
}

impl From<AccountCommitError> for AccountError {
    fn from(error: AccountCommitError) -> Self {
        match error {
            AccountCommitError::Store(error) => Self::Store(error),
            AccountCommitError::ChallengeClosed => Self::WrongCode,
            AccountCommitError::EmailTaken => Self::field("email", "belongs to another account"),
            AccountCommitError::UsernameTaken => Self::field("username", "belongs to another account"),
            AccountCommitError::IdentityTaken => Self::NotVouched("it belongs to another account"),
            AccountCommitError::Conflict => Self::Contended,
        }
    }
}
