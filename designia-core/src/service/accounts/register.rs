//! Making an account, and showing that its address is its owner's.

use super::password_policy::{About, broken_rule};
use super::profile::name;
use super::{AccountError, Accounts, FieldRule, MAIL_PAUSE, Origin, event};
use crate::account::{
    Account, AccountEventKind, Challenge, ChallengeKey, Email, Hidden, Letter, Purpose, Standing, Username,
};
use crate::id::AccountId;
use crate::ports::{AccountCommit, AccountCommitError, AccountKey};
use crate::time::Timestamp;

/// How often a public name is looked for that is free.
const NAME_TRIES: u32 = 16;

/// What somebody who wants an account tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The public name they wish for; they get one that is close to it and free.
    pub username: String,
    /// Their address.
    pub email: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// The password.
    pub password: Hidden,
}

/// What becomes of a registration, as far as whoever asked is told: the same whether the address has an account or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// The account's id; one that nobody has if the address had an account before.
    pub id: AccountId,
    /// The public name that it got, or would have.
    pub username: Username,
    /// The address.
    pub email: Email,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// When.
    pub at: Timestamp,
}

/// A registration whose fields are in order.
#[derive(Clone, Debug)]
struct Checked {
    wish: String,
    email: Email,
    first_name: String,
    last_name: String,
    password: Hidden,
}

impl Accounts {
    /// Makes an account, unless the address has one: its owner is told so by mail, and nobody else is.
    ///
    /// Somebody who registers again before the address was verified begins anew: the link of the latest mail is for the latest
    /// password.
    ///
    /// # Errors
    /// [`AccountError::Invalid`], [`AccountError::TooMany`], [`AccountError::Overloaded`], or a store error.
    pub async fn register(&self, registration: Registration, origin: &Origin) -> Result<Registered, AccountError> {
        let checked = registration.check()?;
        self.may_register(origin).await?;
        let password = self.ports.passwords.hash(&checked.password).await?;
        for _ in 0..super::MAX_TRIES {
            let existing = self.ports.store.account(&AccountKey::Email(checked.email.clone())).await?;
            // Also from the account's own: that a name is free for an address would tell whose it is.
            let username = self.free_name(&checked.wish).await?;
            let now = self.now();
            let id = AccountId::from_uuid(self.ports.ids.next());
            let commit = match existing {
                None => self.fresh(&checked, id, username.clone(), password.clone(), origin, now)?,
                Some(account) if account.standing == Standing::Unverified => {
                    self.again(account, &checked, username.clone(), password.clone(), now).await?
                }
                Some(account) => self.hint(account, now).await?,
            };
            match self.commit(commit).await {
                Ok(()) => {
                    let Checked { email, first_name, last_name, .. } = checked;
                    return Ok(Registered { id, username, email, first_name, last_name, at: now });
                }
                // Somebody else took the name or the address meanwhile: look again.
                Err(
                    AccountCommitError::Conflict | AccountCommitError::UsernameTaken | AccountCommitError::EmailTaken,
                ) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(AccountError::Contended)
    }

    /// Follows the link of the mail: from now on the account can be used. Following it twice is as good as once.
    ///
    /// # Errors
    /// [`AccountError::LinkOver`], or a store error.
    pub async fn verify_email(&self, token: &str, origin: &Origin) -> Result<Account, AccountError> {
        self.may_guess_at(origin).await?;
        let id = ChallengeKey::challenge_of(token).ok_or(AccountError::LinkOver)?;
        let is_ours = self.ports.challenges.is_token(Purpose::VerifyEmail, id, token);
        let challenge = self.ports.store.challenge(id).await?;
        let challenge = challenge.filter(|it| is_ours && it.purpose == Purpose::VerifyEmail);
        let account = challenge.ok_or(AccountError::LinkOver)?.account;
        let verified = self.change(account, |mut account, now| {
            if account.is_active() {
                return Err(AccountError::State("the address was verified before"));
            }
            if account.standing != Standing::Unverified {
                return Err(AccountError::LinkOver);
            }
            account.standing = Standing::Active;
            let mut commit = AccountCommit::of(account, now);
            commit.meets = Some(id);
            commit.events.push(event(commit.account.id, AccountEventKind::Verified, origin, now));
            Ok((commit, ()))
        });
        match verified.await {
            Ok((account, ())) => Ok(account),
            Err(AccountError::State(_)) => self.account(account).await,
            Err(AccountError::WrongCode) => Err(AccountError::LinkOver),
            Err(error) => Err(error),
        }
    }

    /// The mail with the link again, if the address waits to be verified and the last mail is a minute old.
    pub(super) async fn send_verification(&self, email: &Email) -> Result<(), AccountError> {
        let account = self.ports.store.account(&AccountKey::Email(email.clone())).await?;
        match account.filter(|account| account.standing == Standing::Unverified) {
            Some(account) => self.send_challenge(account.id, Purpose::VerifyEmail).await,
            None => Ok(()),
        }
    }

    /// Begins a challenge and mails it, unless the last one for this purpose went out less than a minute ago.
    pub(super) async fn send_challenge(&self, account: AccountId, purpose: Purpose) -> Result<(), AccountError> {
        let latest = self.ports.store.latest_challenge(account, purpose).await?;
        if latest.is_some_and(|latest| self.now().since(latest.created_at) < MAIL_PAUSE) {
            return Ok(());
        }
        self.may_mail(account).await?;
        let id = self.challenge_id();
        let changed = self.change(account, |account, now| {
            let mut commit = AccountCommit::of(account, now);
            commit.challenges = Some(Challenge::new(id, commit.account.id, purpose, now));
            commit.tasks.push(self.mail(commit.account.id, Letter::Challenge { challenge: id }, now)?);
            Ok((commit, ()))
        });
        changed.await.map(drop)
    }

    /// A public name close to a wish that nobody else has.
    pub(super) async fn free_name(&self, wish: &str) -> Result<Username, AccountError> {
        let mut suffix = String::new();
        for _ in 0..NAME_TRIES {
            let name = Username::near(wish, &suffix);
            if self.ports.store.account(&AccountKey::Username(name.clone())).await?.is_none() {
                return Ok(name);
            }
            let mut chance = [0; 4];
            self.ports.vault.random(&mut chance)?;
            suffix = format!("{:06}", u32::from_be_bytes(chance) % 1_000_000);
        }
        Err(AccountError::Contended)
    }

    fn fresh(
        &self,
        checked: &Checked,
        id: AccountId,
        username: Username,
        password: Hidden,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<AccountCommit, AccountError> {
        let account = Account {
            first_name: checked.first_name.clone(),
            last_name: checked.last_name.clone(),
            password: Some(password),
            ..Account::new(id, checked.email.clone(), username, now)
        };
        let challenge = Challenge::new(self.challenge_id(), id, Purpose::VerifyEmail, now);
        let mut commit = AccountCommit::of(account, now);
        commit.events.push(event(id, AccountEventKind::Registered, origin, now));
        commit.tasks.push(self.mail(id, Letter::Challenge { challenge: challenge.id }, now)?);
        commit.challenges = Some(challenge);
        Ok(commit)
    }

    /// The address waits to be verified: whoever registers with it last has the password, once its owner has followed the link.
    async fn again(
        &self,
        account: Account,
        checked: &Checked,
        username: Username,
        password: Hidden,
        now: Timestamp,
    ) -> Result<AccountCommit, AccountError> {
        let id = account.id;
        let latest = self.ports.store.latest_challenge(id, Purpose::VerifyEmail).await?;
        let has_wish = account.username == Username::near(&checked.wish, "");
        let account = Account {
            first_name: checked.first_name.clone(),
            last_name: checked.last_name.clone(),
            username: if has_wish { account.username } else { username },
            password: Some(password),
            ..account
        };
        let mut commit = AccountCommit::of(account, now);
        let is_recent = latest.is_some_and(|it| it.is_open(now) && now.since(it.created_at) < MAIL_PAUSE);
        if !is_recent && self.may_mail(id).await.is_ok() {
            let challenge = Challenge::new(self.challenge_id(), id, Purpose::VerifyEmail, now);
            commit.tasks.push(self.mail(id, Letter::Challenge { challenge: challenge.id }, now)?);
            commit.challenges = Some(challenge);
        }
        Ok(commit)
    }

    /// The address has an account: its owner hears of it, and nothing else happens.
    async fn hint(&self, account: Account, now: Timestamp) -> Result<AccountCommit, AccountError> {
        let (id, can_read) = (account.id, account.is_active());
        let mut commit = AccountCommit::of(account, now);
        if can_read && self.may_hint(id).await? {
            commit.tasks.push(self.mail(id, Letter::AddressInUse, now)?);
        }
        Ok(commit)
    }
}

impl Registration {
    fn check(self) -> Result<Checked, AccountError> {
        let mut broken = Vec::new();
        let email = self.email.trim().parse::<Email>().map_err(|error| FieldRule::new("email", error.to_string()));
        let first_name = name("first_name", &self.first_name);
        let last_name = name("last_name", &self.last_name);
        let names = [self.username.as_str(), self.first_name.as_str(), self.last_name.as_str()];
        let about = About { email: email.as_ref().ok(), names };
        broken.extend(broken_rule(&self.password, about).map(|rule| FieldRule::new("password", rule)));
        match (email, first_name, last_name) {
            (Ok(email), Ok(first_name), Ok(last_name)) if broken.is_empty() => {
                let wish = if self.username.trim().is_empty() { email.local_part() } else { self.username.trim() };
                let wish = wish.to_owned();
                Ok(Checked { wish, email, first_name, last_name, password: self.password })
            }
            (email, first_name, last_name) => {
                broken.extend(email.err());
                broken.extend([first_name, last_name].into_iter().filter_map(Result::err));
                Err(AccountError::Invalid(broken))
            }
        }
    }
}
