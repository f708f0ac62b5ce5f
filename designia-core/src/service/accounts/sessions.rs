//! Sessions: what keeps somebody logged in, and how it ends.

use super::{AccountError, Accounts, Grant, Known, Origin, event};
use crate::account::{AccountEventKind, Letter, Refresh, Session};
use crate::id::{AccountId, SessionId};
use crate::ports::{AccountCommit, AccountKey, EndSessions};

impl Accounts {
    /// Whose a session is and what they may do, if it lives. Looked up at most every few seconds; what is changed through this value
    /// or a clone of it is known at once.
    ///
    /// # Errors
    /// A store error.
    pub async fn session_of(&self, account: AccountId, session: SessionId) -> Result<Option<Known>, AccountError> {
        let now = self.now();
        let since = match self.known.get(account, session, now, self.policy.known_for) {
            Ok(found) => return Ok(found.filter(|known| known.account == account)),
            Err(since) => since,
        };
        let found = match self.ports.store.session(session).await?.filter(|it| it.is_alive(now)) {
            Some(session) if session.account == account => {
                let owner = self.ports.store.account(&AccountKey::Id(account)).await?;
                owner.filter(crate::account::Account::is_active).map(|owner| Known::of(&owner, &session))
            }
            Some(_) | None => None,
        };
        self.known.put(session, found.clone(), since, now);
        Ok(found)
    }

    /// New tokens for a refresh token: the one of this number.
    ///
    /// One that was replaced a moment ago gets the same answer as the request that replaced it. One that was replaced longer ago has
    /// been copied: the session ends, and its owner is told.
    ///
    /// # Errors
    /// [`AccountError::SessionOver`], or a store error.
    pub async fn refresh(&self, id: SessionId, generation: u32, origin: &Origin) -> Result<Grant, AccountError> {
        for _ in 0..super::MAX_TRIES {
            let before = self.ports.store.session(id).await?.ok_or(AccountError::SessionOver)?;
            let account = self.active(before.account).await.map_err(|error| match error {
                AccountError::NoSuchAccount => AccountError::SessionOver,
                error => error,
            })?;
            let now = self.now();
            match before.clone().refresh(generation, now, self.policy.session_lifetime) {
                Refresh::Rotated(after) => {
                    if self.ports.store.put_session(&before, &after).await? {
                        return Ok(Grant { account, session: after });
                    }
                }
                Refresh::Again => return Ok(Grant { account, session: before }),
                Refresh::Reused(after) => {
                    if self.ports.store.put_session(&before, &after).await? {
                        self.tell_of_reuse(&after, origin).await?;
                        return Err(AccountError::SessionOver);
                    }
                }
                Refresh::Over => return Err(AccountError::SessionOver),
            }
        }
        Err(AccountError::Contended)
    }

    /// Ends one session of an account. One that is over already stays so.
    ///
    /// # Errors
    /// [`AccountError::NoSuch`] if it is nobody's or somebody else's, or a store error.
    pub async fn log_out(&self, account: AccountId, id: SessionId, origin: &Origin) -> Result<(), AccountError> {
        for _ in 0..super::MAX_TRIES {
            let session = self.ports.store.session(id).await?.filter(|session| session.account == account);
            let before = session.ok_or(AccountError::NoSuch("session"))?;
            if before.ended_at.is_some() {
                return Ok(());
            }
            let after = before.clone().ended(self.now());
            let stored = self.ports.store.put_session(&before, &after).await;
            self.known.forget(account);
            if stored? {
                return self.record(account, AccountEventKind::LoggedOut, origin).await;
            }
        }
        Err(AccountError::Contended)
    }

    /// Ends every session of an account.
    ///
    /// # Errors
    /// A store error.
    pub async fn log_out_everywhere(&self, account: AccountId, origin: &Origin) -> Result<(), AccountError> {
        let changed = self.change(account, |account, now| {
            let mut commit = AccountCommit::of(account, now);
            commit.ends = EndSessions::All;
            commit.events.push(event(commit.account.id, AccountEventKind::LoggedOut, origin, now));
            Ok((commit, ()))
        });
        changed.await.map(drop)
    }

    /// The sessions of an account that live, newest first.
    ///
    /// # Errors
    /// A store error.
    pub async fn sessions(&self, account: AccountId) -> Result<Vec<Session>, AccountError> {
        Ok(self.ports.store.live_sessions(account, self.now()).await?)
    }

    async fn tell_of_reuse(&self, session: &Session, origin: &Origin) -> Result<(), AccountError> {
        self.known.forget(session.account);
        let changed = self.change(session.account, |account, now| {
            let mut commit = AccountCommit::of(account, now);
            let id = commit.account.id;
            commit.events.push(event(id, AccountEventKind::TokenReused, origin, now));
            commit.tasks.push(self.mail(id, Letter::SessionEnded, now)?);
            Ok((commit, ()))
        });
        changed.await.map(drop)
    }

    /// Writes down that something happened, and changes nothing else.
    async fn record(&self, id: AccountId, kind: AccountEventKind, origin: &Origin) -> Result<(), AccountError> {
        let changed = self.change(id, |account, now| {
            let mut commit = AccountCommit::of(account, now);
            commit.events.push(event(id, kind, origin, now));
            Ok((commit, ()))
        });
        changed.await.map(drop)
    }
}
