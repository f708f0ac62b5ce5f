//! Logging in: with a password or by somebody who vouches, and then with a second factor where it is on.

use super::profile::NAME_LENGTH;
use super::second_factor::Proof;
use super::{AccountError, Accounts, MAIL_PAUSE, Origin, event, left_of};
use crate::account::{
    Account, AccountEventKind, Attempt, Challenge, Email, Hidden, Identity, Letter, Purpose, Session, Standing,
};
use crate::id::{AccountId, ChallengeId};
use crate::ports::{AccountCommit, AccountCommitError, AccountKey, IdentityProvider, Verdict, Vouched};
use crate::time::Timestamp;

/// A log-in that succeeded: what tokens are made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Whose.
    pub account: Account,
    /// The session, in which the number of the refresh token stands.
    pub session: Session,
}

/// What comes of a log-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoggedIn {
    /// A session.
    Granted(Box<Grant>),
    /// A second factor is asked for.
    SecondFactor(SecondStep),
}

/// What is asked for as the second step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondStep {
    /// What the code is given back with. It names this log-in, not the account: whoever has not shown the password knows none.
    pub challenge: ChallengeId,
    /// Whether a code is in a mail that went out before.
    pub code_already_sent: bool,
    /// Whether a code is sent by mail.
    pub by_mail: bool,
    /// Whether a code of the owner's program is taken.
    pub by_totp: bool,
}

/// How a log-in by somebody who vouches changed the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vouching {
    /// They had vouched before.
    Known,
    /// The account is new.
    New,
    /// The account had the address before; both have been shown it.
    Linked,
}

impl Accounts {
    /// Logs somebody in with address and password.
    ///
    /// Address unknown, password wrong, account closed: all the same answer, for the same work. That an address waits to be
    /// verified is told to who knows the password.
    ///
    /// # Errors
    /// [`AccountError::WrongCredentials`], [`AccountError::Unverified`], [`AccountError::TooMany`],
    /// [`AccountError::Overloaded`], or a store error.
    pub async fn log_in(&self, email: &str, password: &Hidden, origin: &Origin) -> Result<LoggedIn, AccountError> {
        let email = email.trim();
        self.may_log_in(email, origin).await?;
        let account = match email.parse::<Email>() {
            Ok(email) => self.ports.store.account(&AccountKey::Email(email)).await?,
            Err(_) => None,
        };
        let hash = account.as_ref().and_then(|account| account.password.as_ref());
        let verdict = self.ports.passwords.verify(password, hash).await?;
        let (account, verdict) = match (account, verdict) {
            (Some(account), Verdict::Right | Verdict::RightButStale) => (account, verdict),
            (None, _) | (_, Verdict::Wrong) => return Err(AccountError::WrongCredentials),
        };
        match account.standing {
            Standing::Active => {}
            Standing::Unverified => return Err(AccountError::Unverified),
            Standing::Disabled { .. } | Standing::Deleted { .. } => return Err(AccountError::WrongCredentials),
        }
        let rehashed = match verdict {
            Verdict::RightButStale => Some(self.ports.passwords.hash(password).await?),
            Verdict::Right | Verdict::Wrong => None,
        };
        let (seen, id) = (account.password.clone(), account.id);
        let renew = move |account: &mut Account| {
            // A password that was changed meanwhile was not the one that was shown.
            if account.password != seen || !account.is_active() {
                return Err(AccountError::WrongCredentials);
            }
            account.password = rehashed.clone().or_else(|| account.password.clone());
            Ok(())
        };
        if account.second_factor.is_on() {
            self.second_step(id, renew).await
        } else {
            self.open(id, renew, origin).await
        }
    }

    /// The second step of a log-in: a code from the mail or the owner's program, or a recovery code.
    ///
    /// # Errors
    /// [`AccountError::WrongCode`] whatever is wrong, [`AccountError::TooMany`], or a store error.
    pub async fn verify_second_factor(
        &self,
        challenge: ChallengeId,
        code: &str,
        origin: &Origin,
    ) -> Result<Grant, AccountError> {
        self.may_guess_at(origin).await?;
        let known = self.ports.store.challenge(challenge).await?.filter(|it| it.purpose == Purpose::LogIn);
        let id = known.ok_or(AccountError::WrongCode)?.account;
        self.may_guess(id).await?;
        if self.ports.store.attempt(challenge, self.now()).await? == Attempt::Closed {
            return Err(AccountError::WrongCode);
        }
        let granted = self.change(id, |mut account, now| {
            if !account.is_active() {
                return Err(AccountError::WrongCode);
            }
            let proof = self.proof(&account, Some((Purpose::LogIn, challenge)), code, now)?;
            proof.spend(&mut account);
            account.last_login = Some(now);
            let session = self.opened(id, origin, now);
            let mut commit = AccountCommit::of(account, now);
            self.tell_of_recovery(&mut commit, proof, origin)?;
            commit.meets = Some(challenge);
            commit.opens = Some(session.clone());
            commit.events.push(event(id, AccountEventKind::LoggedIn, origin, now));
            Ok((commit, session))
        });
        granted.await.map(|(account, session)| Grant { account, session })
    }

    /// Logs in whom somebody else vouches for.
    ///
    /// They are known by what the other calls them, which never changes. An address links only if both have been shown that it is
    /// the person's. An account that waits to be verified loses the password that somebody set without showing that.
    ///
    /// # Errors
    /// [`AccountError::NotVouched`], [`AccountError::Unavailable`], or a store error.
    pub async fn log_in_vouched(
        &self,
        provider: &str,
        token: &str,
        origin: &Origin,
    ) -> Result<(LoggedIn, Vouching), AccountError> {
        self.may_guess_at(origin).await?;
        let vouched = self.provider(provider)?.verify(token, self.now()).await?;
        let identity = Identity { provider: provider.to_owned(), subject: vouched.subject.clone() };
        for _ in 0..super::MAX_TRIES {
            // If somebody else was faster with the address, the name or the account: look again.
            let Some((id, how)) = self.linked(&identity, &vouched, origin).await? else { continue };
            let account = self.account(id).await?;
            if !account.is_active() {
                return Err(AccountError::NotVouched("the account can't be used"));
            }
            let still = |account: &mut Account| {
                if account.is_active() { Ok(()) } else { Err(AccountError::NotVouched("the account can't be used")) }
            };
            let is_on = account.second_factor.is_on();
            let logged_in =
                if is_on { self.second_step(id, still).await? } else { self.open(id, still, origin).await? };
            return Ok((logged_in, how));
        }
        Err(AccountError::Contended)
    }

    pub(super) fn provider(&self, name: &str) -> Result<&dyn IdentityProvider, AccountError> {
        let known = self.ports.identities.iter().find(|provider| provider.name() == name);
        known.map(|provider| &**provider).ok_or(AccountError::NoSuch("way to log in"))
    }

    /// The account of whom somebody vouches for: found, linked or made. `None` if somebody else changed what was found.
    async fn linked(
        &self,
        identity: &Identity,
        vouched: &Vouched,
        origin: &Origin,
    ) -> Result<Option<(AccountId, Vouching)>, AccountError> {
        if let Some(account) = self.ports.store.account(&AccountKey::Identity(identity.clone())).await? {
            return Ok(Some((account.id, Vouching::Known)));
        }
        let now = self.now();
        let email = vouched.email.parse::<Email>().ok().filter(|_| vouched.email_verified);
        let email = email.ok_or(AccountError::NotVouched("the address is not verified there"))?;
        let (mut account, how) = match self.ports.store.account(&AccountKey::Email(email.clone())).await? {
            Some(account) => (account, Vouching::Linked),
            None => {
                let name = self.free_name(email.local_part()).await?;
                (Account::new(AccountId::from_uuid(self.ports.ids.next()), email, name, now), Vouching::New)
            }
        };
        match account.standing {
            Standing::Active => {}
            Standing::Unverified => {
                account.standing = Standing::Active;
                account.password = None;
                account.first_name = short_name(&vouched.first_name);
                account.last_name = short_name(&vouched.last_name);
            }
            Standing::Disabled { .. } | Standing::Deleted { .. } => {
                return Err(AccountError::NotVouched("the account can't be used"));
            }
        }
        account.identities.push(identity.clone());
        let mut commit = AccountCommit::of(account, now);
        let (id, is_new) = (commit.account.id, how == Vouching::New);
        let kinds = [AccountEventKind::Registered, AccountEventKind::IdentityLinked];
        commit.events.extend(kinds.into_iter().skip(usize::from(!is_new)).map(|kind| event(id, kind, origin, now)));
        match self.commit(commit).await {
            Ok(()) => Ok(Some((id, how))),
            Err(AccountCommitError::Store(error)) => Err(error.into()),
            Err(_) => Ok(None),
        }
    }

    /// Opens a session; `renew` says whether what was shown still holds.
    async fn open(
        &self,
        id: AccountId,
        renew: impl Fn(&mut Account) -> Result<(), AccountError> + Send + Sync,
        origin: &Origin,
    ) -> Result<LoggedIn, AccountError> {
        let opened = self.change(id, |mut account, now| {
            renew(&mut account)?;
            if account.second_factor.is_on() {
                // It was turned on while the password was looked at.
                return Err(AccountError::Contended);
            }
            account.last_login = Some(now);
            let session = self.opened(id, origin, now);
            let mut commit = AccountCommit::of(account, now);
            commit.opens = Some(session.clone());
            commit.events.push(event(id, AccountEventKind::LoggedIn, origin, now));
            Ok((commit, session))
        });
        let (account, session) = opened.await?;
        Ok(LoggedIn::Granted(Box::new(Grant { account, session })))
    }

    /// Asks for the second factor. Within a minute the code that is under way serves again.
    async fn second_step(
        &self,
        id: AccountId,
        renew: impl Fn(&mut Account) -> Result<(), AccountError> + Send + Sync,
    ) -> Result<LoggedIn, AccountError> {
        let now = self.now();
        let latest = self.ports.store.latest_challenge(id, Purpose::LogIn).await?;
        let recent = latest.filter(|latest| now.since(latest.created_at) < MAIL_PAUSE);
        if let Some(recent) = recent {
            if recent.is_open(now) {
                let account = self.active(id).await?;
                return Ok(step(recent.id, &account, true));
            }
            if recent.attempts >= Challenge::MAX_ATTEMPTS {
                return Err(AccountError::TooMany { retry_after: left_of(MAIL_PAUSE, recent.created_at, now) });
            }
        }
        self.may_mail(id).await?;
        let challenge = self.challenge_id();
        let begun = self.change(id, |mut account, now: Timestamp| {
            renew(&mut account)?;
            let mut commit = AccountCommit::of(account, now);
            commit.challenges = Some(Challenge::new(challenge, id, Purpose::LogIn, now));
            if commit.account.second_factor.email {
                commit.tasks.push(self.mail(id, Letter::Challenge { challenge }, now)?);
            }
            Ok((commit, ()))
        });
        let (account, ()) = begun.await?;
        Ok(step(challenge, &account, false))
    }

    /// The owner hears of it when a recovery code is used: somebody else may have the list.
    fn tell_of_recovery(&self, commit: &mut AccountCommit, proof: Proof, origin: &Origin) -> Result<(), AccountError> {
        if let Proof::Recovery(_) = proof {
            let (id, now) = (commit.account.id, commit.now);
            let left = u32::try_from(commit.account.second_factor.recovery.len()).unwrap_or(u32::MAX);
            commit.tasks.push(self.mail(id, Letter::RecoveryCodeUsed { left }, now)?);
            commit.events.push(event(id, AccountEventKind::RecoveryCodeUsed, origin, now));
        }
        Ok(())
    }
}

/// A name as somebody else tells it, as far as it fits.
fn short_name(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(NAME_LENGTH).collect::<String>().trim().to_owned()
}

fn step(challenge: ChallengeId, account: &Account, already: bool) -> LoggedIn {
    let by_mail = account.second_factor.email;
    LoggedIn::SecondFactor(SecondStep {
        challenge,
        code_already_sent: already && by_mail,
        by_mail,
        by_totp: account.second_factor.totp.as_ref().is_some_and(|totp| totp.confirmed),
    })
}
