//! Where accounts, their sessions and their challenges live.

use std::fmt;

use async_trait::async_trait;

use super::{Cursor, Page, PageRequest, StoreError};
use crate::account::{
    Account, AccountEvent, ApplicationState, Attempt, Challenge, Email, Identity, Purpose, Role, SellerApplication,
    Session, Username,
};
use crate::id::{AccountId, ApplicationId, ChallengeId, SessionId};
use crate::task::Task;
use crate::time::Timestamp;

/// Reads and writes accounts.
///
/// # Contract
/// - `commit` is one transaction: everything in the [`AccountCommit`] is stored, or nothing is. The version is compared inside
///   it; two commits against the same version can't both succeed.
/// - An address, a public name and an identity belong to one account each, whatever its case; the first two are given up when
///   the account is [`Deleted`](crate::account::Standing::Deleted) and stored under others.
/// - Opening a challenge closes the account's open ones of the same purpose.
/// - `put_session` compares the generation and `ended_at` of what is stored: of two that rotate one token, one succeeds.
/// - `attempt` counts before it answers: of any number at once, no more than the limit are [`Counted`](Attempt::Counted).
/// - Pages are keyset pages, newest first. Times come from the arguments, never from the store's own clock.
#[async_trait]
pub trait AccountStore: fmt::Debug + Send + Sync + 'static {
    /// One account.
    async fn account(&self, key: &AccountKey) -> Result<Option<Account>, StoreError>;

    /// Those of these accounts that exist, in no particular order.
    async fn accounts(&self, ids: &[AccountId]) -> Result<Vec<Account>, StoreError>;

    /// One page of accounts, newest first.
    async fn account_page(&self, filter: &AccountFilter, page: PageRequest) -> Result<Page<Account>, StoreError>;

    /// Stores what was decided, all or nothing.
    async fn commit_account(&self, commit: AccountCommit) -> Result<(), AccountCommitError>;

    /// What happened to an account, newest first.
    async fn account_events(&self, account: AccountId, page: PageRequest) -> Result<Page<AccountEvent>, StoreError>;

    /// One session, ended or not.
    async fn session(&self, id: SessionId) -> Result<Option<Session>, StoreError>;

    /// The sessions of an account that live at `now`, newest first.
    async fn live_sessions(&self, account: AccountId, now: Timestamp) -> Result<Vec<Session>, StoreError>;

    /// Stores a session over the one that was read; `false` if that one has changed meanwhile.
    async fn put_session(&self, before: &Session, after: &Session) -> Result<bool, StoreError>;

    /// One challenge.
    async fn challenge(&self, id: ChallengeId) -> Result<Option<Challenge>, StoreError>;

    /// The latest challenge of an account for a purpose, open or not.
    async fn latest_challenge(&self, account: AccountId, purpose: Purpose) -> Result<Option<Challenge>, StoreError>;

    /// Counts a guess, and says whether it may be looked at: see [`Challenge::attempt`].
    async fn attempt(&self, id: ChallengeId, now: Timestamp) -> Result<Attempt, StoreError>;

    /// An application.
    async fn application(&self, key: ApplicationKey) -> Result<Option<SellerApplication>, StoreError>;

    /// One page of applications, the longest waiting first.
    async fn applications(
        &self,
        state: Option<ApplicationState>,
        page: PageRequest,
    ) -> Result<Page<SellerApplication>, StoreError>;

    /// Removes sessions and challenges that ended or expired before this, at most so many, and says how many they were.
    async fn forget_ended(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError>;

    /// Registrations that nobody has verified: accounts of customers, made before this and [`Unverified`], at which nobody has
    /// ever logged in and whose owner has no orders. The oldest first, at most so many.
    ///
    /// [`Unverified`]: crate::account::Standing::Unverified
    async fn unverified(&self, before: Timestamp, limit: u32) -> Result<Vec<AccountId>, StoreError>;

    /// Removes those of these accounts that [`AccountStore::unverified`] would still name, with all that belongs to them, and
    /// says how many they were. Their addresses and names are free then, and their ids unknown. Who verifies an address at the
    /// same time keeps the account, or learns of a conflict.
    async fn forget_unverified(&self, ids: &[AccountId], before: Timestamp) -> Result<u32, StoreError>;
}

/// What names an account.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AccountKey {
    /// Its id.
    Id(AccountId),
    /// Its address, whatever the case.
    Email(Email),
    /// Its public name, whatever the case.
    Username(Username),
    /// What somebody else calls its owner.
    Identity(Identity),
}

/// What names an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ApplicationKey {
    /// Its id.
    Id(ApplicationId),
    /// Whose it is.
    Account(AccountId),
}

/// Which accounts.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct AccountFilter {
    /// Only those of this role.
    pub role: Option<Role>,
    /// Only those in this standing, by its name.
    pub standing: Option<String>,
    /// Only those whose address or public name begins with this, whatever the case.
    pub starts_with: Option<String>,
}

/// Everything that must be stored together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountCommit {
    /// The account afterwards, with its new version.
    pub account: Account,
    /// The version that the decision was made against; 0 for an account that is not to exist yet.
    pub expected_version: u32,
    /// A session that begins.
    pub opens: Option<Session>,
    /// Which sessions end.
    pub ends: EndSessions,
    /// A challenge that begins.
    pub challenges: Option<Challenge>,
    /// A challenge that is met: the whole commit is refused if it was closed before, or its time is over. How many have guessed is
    /// counted before, by [`AccountStore::attempt`].
    pub meets: Option<ChallengeId>,
    /// The application, new or over the version before it.
    pub application: Option<SellerApplication>,
    /// What happened.
    pub events: Vec<AccountEvent>,
    /// The background tasks that this asks for, among them every mail. One whose id is known, or whose unique key is taken, is
    /// left out.
    pub tasks: Vec<Task>,
    /// The time.
    pub now: Timestamp,
}

/// Which sessions end with a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum EndSessions {
    /// None.
    #[default]
    None,
    /// All of the account's.
    All,
    /// All of the account's but this one.
    AllBut(SessionId),
}

impl AccountCommit {
    /// A commit that stores this account over the version it was read in, and nothing else.
    #[must_use]
    pub fn of(mut account: Account, now: Timestamp) -> Self {
        let expected_version = account.version;
        account.version = expected_version.saturating_add(1);
        account.updated_at = now;
        Self {
            account,
            expected_version,
            opens: None,
            ends: EndSessions::None,
            challenges: None,
            meets: None,
            application: None,
            events: Vec::new(),
            tasks: Vec::new(),
            now,
        }
    }

    /// Refuses what no caller may ask, whatever is stored. Every store begins with this.
    ///
    /// # Errors
    /// A [`StoreError`] of kind `Invalid`: the version doesn't follow, something belongs to another account, an identity is named
    /// twice, a text that has a column of its own holds a zero byte, which PostgreSQL knows no way to store, or a task is none.
    pub fn check(&self) -> Result<(), StoreError> {
        let id = self.account.id;
        if Some(self.account.version) != self.expected_version.checked_add(1) {
            let (found, expected) = (self.account.version, self.expected_version);
            return Err(StoreError::invalid(format!("version {found} of an account does not follow {expected}")));
        }
        let is_own = self.opens.as_ref().is_none_or(|session| session.account == id)
            && self.challenges.as_ref().is_none_or(|challenge| challenge.account == id)
            && self.application.as_ref().is_none_or(|application| application.account == id)
            && self.events.iter().all(|event| event.account == id);
        if !is_own {
            return Err(StoreError::invalid("a commit changes one account and what belongs to it"));
        }
        let identities = &self.account.identities;
        if let Some(twice) = identities.iter().enumerate().find(|(at, it)| identities[..*at].contains(it)) {
            return Err(StoreError::invalid(format!("the identity with {} is named twice", twice.1.provider)));
        }
        let named = identities.iter().flat_map(|it| [&it.provider, &it.subject]);
        let opened = self.opens.iter().flat_map(|it| [Some(&it.client), it.from.as_ref()]).flatten();
        let happened = self.events.iter().flat_map(|it| [it.from.as_ref(), it.note.as_ref()]).flatten();
        if named.chain(opened).chain(happened).any(|text| text.contains('\0')) {
            return Err(StoreError::invalid("an identity, a session or an event holds a text with a zero byte"));
        }
        self.tasks.iter().try_for_each(Task::check).map_err(StoreError::invalid)
    }
}

/// Why nothing was stored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccountCommitError {
    /// The account, or its application, has changed since it was loaded, or exists already: load it and decide again.
    #[error("the account has changed meanwhile")]
    Conflict,
    /// The address belongs to another account.
    #[error("the address belongs to another account")]
    EmailTaken,
    /// The public name belongs to another account.
    #[error("the public name belongs to another account")]
    UsernameTaken,
    /// What somebody else calls the owner belongs to another account.
    #[error("the identity belongs to another account")]
    IdentityTaken,
    /// The challenge that this was to meet is not open any more.
    #[error("the challenge is not open any more")]
    ChallengeClosed,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Where a page of accounts ended.
#[must_use]
pub fn account_cursor(account: &Account) -> Cursor {
    Cursor { at: account.created_at, id: account.id.to_string() }
}
