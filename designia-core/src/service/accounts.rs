//! Accounts: registering, logging in, proving who one is, and leaving.
//!
//! Two rules hold throughout. What is answered, and how much is done for it, is the same whether an address has an account or not:
//! what differs is told by mail, to whom the address belongs. And every guess is counted before it is looked at, by the store
//! or by the [`RateLimiter`], so that no number of guesses at once is more than the limit.

mod applications;
mod error;
mod export;
mod known;
mod leaving;
mod limits;
mod log_in;
mod password_policy;
mod passwords;
mod profile;
mod register;
mod second_factor;
mod sessions;
mod shopping;
mod staff;
mod tasks;
mod totp;

#[cfg(all(test, feature = "testing"))]
mod tests;

use std::sync::Arc;
use std::time::Duration;

pub use applications::{Application, ApplicationDecision};
pub use error::{AccountError, FieldRule};
pub use export::{Export, OrdersOfPerson};
pub use known::Known;
pub use limits::MAIL_PAUSE;
pub use log_in::{Grant, LoggedIn, SecondStep, Vouching};
pub use passwords::NewPassword;
pub use profile::ProfileChange;
pub use register::{Registered, Registration};
pub use second_factor::FactorPurpose;
pub use shopping::ShoppingOfPerson;
pub use staff::NewAdmin;
pub use tasks::{ASK, AskByMail, ERASE, EXPORT, FORGET, Forgotten};
pub use totp::NewTotp;

use crate::account::{
    Account, AccountEvent, AccountEventKind, AccountLetter, ChallengeKey, Letter, MAIL_KIND, Session,
};
use crate::id::{AccountId, ChallengeId, SessionId, TaskId};
use crate::mail::account_mail;
use crate::ports::{
    AccountCommit, AccountCommitError, AccountKey, AccountStore, Clock, IdGenerator, IdentityProvider, ObjectStorage,
    PasswordHasher, PersonalData, RateLimiter, TaskQueue, Vault,
};
use crate::task::{Json, Kind, KindName, QueueName, Task};
use crate::time::{DAY, HOUR, Timestamp};
use crate::worker::kinds::MARKETPLACE_TASKS;

/// How often a decision is made anew because the account had changed meanwhile.
const MAX_TRIES: u32 = 16;

/// Accounts: the rules, over whoever fills the ports. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Accounts {
    ports: AccountPorts,
    policy: Arc<AccountPolicy>,
    known: Arc<known::Cache>,
}

/// Who fills each role around accounts.
#[derive(Clone, Debug)]
pub struct AccountPorts {
    /// Accounts, their sessions and challenges.
    pub store: Arc<dyn AccountStore>,
    /// Hashes passwords.
    pub passwords: Arc<dyn PasswordHasher>,
    /// Chance, and the keys of the installation.
    pub vault: Arc<dyn Vault>,
    /// One-time codes and links follow from it.
    pub challenges: ChallengeKey,
    /// Limits on guesses and mails.
    pub limiter: Arc<dyn RateLimiter>,
    /// Who else vouches for people.
    pub identities: Vec<Arc<dyn IdentityProvider>>,
    /// What other subjects keep about people.
    pub personal: Vec<Arc<dyn PersonalData>>,
    /// Where exports lie until they are fetched; none if there are no exports.
    pub exports: Option<Arc<dyn ObjectStorage>>,
    /// Where tasks are enqueued that no commit asks for.
    pub tasks: Arc<dyn TaskQueue>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub ids: Arc<dyn IdGenerator>,
}

/// What an operator decides about accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountPolicy {
    /// For how long a session lives without being refreshed.
    pub session_lifetime: Duration,
    /// For how long what is known of a session is used without looking: so long after it has ended elsewhere its access tokens
    /// may still be taken here.
    pub known_for: Duration,
    /// How long ago a log-in may be that counts as a proof by itself, where there is no password to ask for.
    pub recent: Duration,
    /// For how long an export can be fetched.
    pub export_kept: Duration,
    /// For how long sessions and challenges are kept after their end.
    pub ended_kept: Duration,
    /// For how long a registration waits for its owner to verify the address; then it is removed.
    pub unverified_kept: Duration,
    /// Below which address pictures are shown, by their keys; without a slash at the end.
    pub pictures_at: String,
}

impl Default for AccountPolicy {
    /// Sessions of a week; three seconds until a session that was ended elsewhere is over here as well.
    fn default() -> Self {
        Self {
            session_lifetime: 7 * DAY,
            known_for: Duration::from_secs(3),
            recent: Duration::from_secs(15 * 60),
            export_kept: DAY,
            ended_kept: 30 * DAY,
            unverified_kept: 7 * DAY,
            pictures_at: "/media".to_owned(),
        }
    }
}

/// Where a request comes from.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Origin {
    /// The address on the network, if it is known.
    pub address: Option<String>,
    /// What the client calls itself.
    pub client: String,
}

impl Accounts {
    /// Accounts over these ports.
    #[must_use]
    pub fn new(ports: AccountPorts, policy: AccountPolicy) -> Self {
        Self { ports, policy: Arc::new(policy), known: Arc::default() }
    }

    /// The same accounts, beside more subjects that keep something about people.
    #[must_use]
    pub fn with_personal(mut self, more: Vec<Arc<dyn PersonalData>>) -> Self {
        self.ports.personal.extend(more);
        self
    }

    /// Who fills the roles.
    #[must_use]
    pub const fn ports(&self) -> &AccountPorts {
        &self.ports
    }

    /// What the operator has decided.
    #[must_use]
    pub fn policy(&self) -> &AccountPolicy {
        &self.policy
    }

    /// One account, whatever its standing.
    ///
    /// # Errors
    /// [`AccountError::NoSuchAccount`], or a store error.
    pub async fn account(&self, id: AccountId) -> Result<Account, AccountError> {
        self.ports.store.account(&AccountKey::Id(id)).await?.ok_or(AccountError::NoSuchAccount)
    }

    /// Those of these accounts that there are, whatever their standing, in no particular order.
    ///
    /// # Errors
    /// A store error.
    pub async fn accounts(&self, ids: &[AccountId]) -> Result<Vec<Account>, AccountError> {
        Ok(self.ports.store.accounts(ids).await?)
    }

    /// Where somebody's picture is shown, if they have one.
    #[must_use]
    pub fn picture_of(&self, account: &Account) -> Option<String> {
        account.profile.picture.as_ref().map(|key| self.picture_at(key))
    }

    /// Where the picture of this key is shown.
    #[must_use]
    pub fn picture_at(&self, key: &str) -> String {
        format!("{}/{key}", self.policy.pictures_at)
    }

    /// One account that can be used.
    async fn active(&self, id: AccountId) -> Result<Account, AccountError> {
        let account = self.account(id).await?;
        if account.is_active() { Ok(account) } else { Err(AccountError::SessionOver) }
    }

    fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    /// Loads, decides and commits, and again from the start if somebody else was faster.
    async fn change<T: Send>(
        &self,
        id: AccountId,
        mut decide: impl FnMut(Account, Timestamp) -> Result<(AccountCommit, T), AccountError> + Send,
    ) -> Result<(Account, T), AccountError> {
        for _ in 0..MAX_TRIES {
            let (commit, told) = decide(self.account(id).await?, self.now())?;
            let after = commit.account.clone();
            match self.commit(commit).await {
                Ok(()) => return Ok((after, told)),
                Err(AccountCommitError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(AccountError::Contended)
    }

    /// Stores a commit, and forgets what was known of the account's sessions.
    async fn commit(&self, commit: AccountCommit) -> Result<(), AccountCommitError> {
        let account = commit.account.id;
        let stored = self.ports.store.commit_account(commit).await;
        self.known.forget(account);
        stored
    }

    /// A session that begins now.
    fn opened(&self, account: AccountId, origin: &Origin, now: Timestamp) -> Session {
        let id = SessionId::from_uuid(self.ports.ids.next());
        Session {
            client: origin.client.chars().filter(|c| !c.is_control()).take(200).collect(),
            from: origin.address.clone(),
            ..Session::open(id, account, now, self.policy.session_lifetime)
        }
    }

    fn challenge_id(&self) -> ChallengeId {
        ChallengeId::from_uuid(self.ports.ids.next())
    }

    /// The task that sends a letter.
    fn mail(&self, account: AccountId, letter: Letter, now: Timestamp) -> Result<Task, AccountError> {
        let letter = AccountLetter { account, letter };
        let args = Json::of(&letter).map_err(|error| AccountError::Failed(format!("{MAIL_KIND}: {error}")))?;
        Ok(account_mail().task(TaskId::from_uuid(self.ports.ids.next()), args, now))
    }

    /// A task of this kind, among those of the marketplace.
    fn task(&self, kind: &'static str, args: &impl serde::Serialize, now: Timestamp) -> Result<Task, AccountError> {
        let args = Json::of(args).map_err(|error| AccountError::Failed(format!("{kind}: {error}")))?;
        let kind = Kind::new(KindName::fixed(kind), QueueName::fixed(MARKETPLACE_TASKS));
        Ok(kind.task(TaskId::from_uuid(self.ports.ids.next()), args, now))
    }
}

/// Something that the owner did, or that happened to them.
fn event(account: AccountId, kind: AccountEventKind, origin: &Origin, at: Timestamp) -> AccountEvent {
    AccountEvent { account, at, kind, by: None, from: origin.address.clone(), note: None }
}

/// Something that somebody else did to an account.
fn event_by(account: AccountId, kind: AccountEventKind, by: AccountId, note: &str, at: Timestamp) -> AccountEvent {
    let note = Some(note.to_owned()).filter(|note| !note.is_empty());
    AccountEvent { account, at, kind, by: Some(by), from: None, note }
}

/// So long is left until an hour after something.
fn left_of(pause: Duration, since: Timestamp, now: Timestamp) -> Duration {
    pause.saturating_sub(now.since(since)).min(HOUR)
}
