//! Setting and checking passwords.

use super::password_policy::{About, broken_rule};
use super::{AccountError, Accounts, Origin, event};
use crate::account::{Account, AccountEventKind, Attempt, Email, Hidden, Letter, Purpose};
use crate::id::{AccountId, SessionId};
use crate::ports::{AccountCommit, AccountKey, EndSessions, Verdict};

/// A password that is to be set, and what shows that it may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPassword {
    /// The old one; needed if there is one.
    pub old: Option<Hidden>,
    /// The new one.
    pub new: Hidden,
}

impl Accounts {
    /// Sets a new password by the code of a mail. Every session ends: whoever had the old password is out.
    ///
    /// The work is the same for an address that has no account.
    ///
    /// # Errors
    /// [`AccountError::Invalid`], [`AccountError::WrongCode`] whatever is wrong, [`AccountError::TooMany`],
    /// [`AccountError::Overloaded`], or a store error.
    pub async fn reset_password(
        &self,
        email: &str,
        code: &str,
        new: &Hidden,
        origin: &Origin,
    ) -> Result<(), AccountError> {
        let email = email.trim().parse::<Email>().map_err(|error| AccountError::field("email", error.to_string()))?;
        refuse(broken_rule(new, About { email: Some(&email), names: [""; 3] }))?;
        self.may_guess_at(origin).await?;
        self.may_reset(email.as_str()).await?;
        let hash = self.ports.passwords.hash(new).await?;
        let account = self.ports.store.account(&AccountKey::Email(email)).await?.filter(Account::is_active);
        let nobody = AccountId::from_uuid(self.ports.ids.next());
        let id = account.map_or(nobody, |account| account.id);
        let purpose = Purpose::ResetPassword;
        let latest = self.ports.store.latest_challenge(id, purpose).await?;
        let challenge = latest.map_or_else(|| self.challenge_id(), |latest| latest.id);
        let attempt = self.ports.store.attempt(challenge, self.now()).await?;
        let key = &self.ports.challenges;
        let is_right = key.is_code(purpose, challenge, code) || key.is_token(purpose, challenge, code);
        if attempt == Attempt::Closed || !is_right {
            return Err(AccountError::WrongCode);
        }
        let changed = self.change(id, |account, now| {
            if !account.is_active() {
                return Err(AccountError::WrongCode);
            }
            let mut commit = self.with_password(account, &hash, EndSessions::All, origin, now)?;
            commit.meets = Some(challenge);
            Ok((commit, ()))
        });
        changed.await.map(drop)
    }

    /// Changes the password, or sets the first one. Every other session ends.
    ///
    /// # Errors
    /// [`AccountError::Invalid`], [`AccountError::WrongPassword`], [`AccountError::LogInAgain`] if there is no old one and the log-in
    /// is too long ago, [`AccountError::TooMany`], [`AccountError::Overloaded`], or a store error.
    pub async fn change_password(
        &self,
        id: AccountId,
        session: Option<SessionId>,
        password: &NewPassword,
        origin: &Origin,
    ) -> Result<(), AccountError> {
        let account = self.active(id).await?;
        refuse(broken_rule(&password.new, About::account(&account)))?;
        self.show_presence(&account, session, password.old.as_ref()).await?;
        let seen = account.password;
        let hash = self.ports.passwords.hash(&password.new).await?;
        let changed = self.change(id, |account, now| {
            if account.password != seen {
                return Err(AccountError::WrongPassword);
            }
            let ends = session.map_or(EndSessions::All, EndSessions::AllBut);
            Ok((self.with_password(account, &hash, ends, origin, now)?, ()))
        });
        changed.await.map(drop)
    }

    /// Whether this is the account's password.
    ///
    /// # Errors
    /// [`AccountError::WrongPassword`], [`AccountError::TooMany`], [`AccountError::Overloaded`], or a store error.
    pub async fn verify_password(&self, id: AccountId, password: &Hidden) -> Result<(), AccountError> {
        let account = self.active(id).await?;
        self.check_password(&account, password).await
    }

    /// Shows that the owner is there: by the password, or where there is none by a log-in of the last minutes.
    pub(super) async fn show_presence(
        &self,
        account: &Account,
        session: Option<SessionId>,
        password: Option<&Hidden>,
    ) -> Result<(), AccountError> {
        if account.password.is_some() {
            return self.check_password(account, password.ok_or(AccountError::WrongPassword)?).await;
        }
        let session = match session {
            Some(id) => self.ports.store.session(id).await?,
            None => None,
        };
        let now = self.now();
        let is_recent =
            session.is_some_and(|it| it.account == account.id && now.since(it.created_at) <= self.policy.recent);
        if is_recent { Ok(()) } else { Err(AccountError::LogInAgain) }
    }

    async fn check_password(&self, account: &Account, password: &Hidden) -> Result<(), AccountError> {
        self.may_guess(account.id).await?;
        match self.ports.passwords.verify(password, account.password.as_ref()).await? {
            Verdict::Right | Verdict::RightButStale => Ok(()),
            Verdict::Wrong => Err(AccountError::WrongPassword),
        }
    }

    fn with_password(
        &self,
        mut account: Account,
        hash: &Hidden,
        ends: EndSessions,
        origin: &Origin,
        now: crate::time::Timestamp,
    ) -> Result<AccountCommit, AccountError> {
        let id = account.id;
        account.password = Some(hash.clone());
        let mut commit = AccountCommit::of(account, now);
        commit.ends = ends;
        commit.events.push(event(id, AccountEventKind::PasswordChanged, origin, now));
        commit.tasks.push(self.mail(id, Letter::PasswordChanged, now)?);
        Ok(commit)
    }
}

fn refuse(broken: Option<String>) -> Result<(), AccountError> {
    broken.map_or(Ok(()), |rule| Err(AccountError::field("password", rule)))
}
