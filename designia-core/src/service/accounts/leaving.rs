//! Leaving: what tells who somebody was goes, what the books need stays.

use super::tasks::Erase;
use super::{AccountError, Accounts, ERASE, Origin, event};
use crate::account::{
    Account, AccountEventKind, Email, Hidden, Letter, Profile, Role, SecondFactor, Standing, Username,
};
use crate::id::{AccountId, SessionId};
use crate::ports::{AccountCommit, EndSessions};
use crate::time::Timestamp;

impl Accounts {
    /// Closes an account for good on behalf of its owner.
    ///
    /// Orders and payments stay, under an id that no longer says whose it was. What other subjects keep is taken away by a
    /// task. Whoever has no password shows that they are there by a log-in of the last minutes.
    ///
    /// # Errors
    /// [`AccountError::WrongPassword`], [`AccountError::LogInAgain`], [`AccountError::State`] for an admin, who has to hand that
    /// over first, [`AccountError::TooMany`], or a store error.
    pub async fn delete(
        &self,
        id: AccountId,
        session: Option<SessionId>,
        password: Option<&Hidden>,
        origin: &Origin,
    ) -> Result<(), AccountError> {
        let account = self.active(id).await?;
        self.show_presence(&account, session, password).await?;
        let changed = self.change(id, |account, now| {
            if account.role == Role::Admin {
                return Err(AccountError::State("an admin leaves after another admin has taken the role away"));
            }
            if !account.is_active() {
                return Err(AccountError::SessionOver);
            }
            let farewell = Letter::Deleted { email: account.email.clone() };
            let mut commit = AccountCommit::of(anonymous(&account, now)?, now);
            commit.ends = EndSessions::All;
            commit.events.push(event(id, AccountEventKind::Deleted, &Origin::default(), now));
            commit.tasks.push(self.mail(id, farewell, now)?);
            commit.tasks.push(self.task(ERASE, &Erase { account: id }, now)?);
            Ok((commit, ()))
        });
        tracing::info!(account = %id, from = origin.address, "an account is deleted by its owner");
        changed.await.map(drop)
    }

    /// Takes away what other subjects keep about somebody who has left.
    pub(super) async fn erase(&self, id: AccountId) -> Result<u32, AccountError> {
        let account = self.account(id).await?;
        if !matches!(account.standing, Standing::Deleted { .. }) {
            return Err(AccountError::State("the account is not deleted"));
        }
        let mut subjects = 0;
        for subject in &self.ports.personal {
            subject.erase(id, self.now()).await?;
            subjects += 1;
        }
        Ok(subjects)
    }
}

/// The account without anything that tells whose it was.
fn anonymous(account: &Account, now: Timestamp) -> Result<Account, AccountError> {
    let name = format!("deleted-{}", account.id.as_uuid().simple());
    let failed = |error: &dyn std::fmt::Display| AccountError::Failed(format!("{name}: {error}"));
    let email = format!("{name}@deleted.invalid").parse::<Email>().map_err(|error| failed(&error))?;
    let username = name.parse::<Username>().map_err(|error| failed(&error))?;
    Ok(Account {
        email,
        username,
        first_name: String::new(),
        last_name: String::new(),
        role: Role::Customer,
        staff: false,
        seller_type: None,
        standing: Standing::Deleted { at: now },
        password: None,
        identities: Vec::new(),
        second_factor: SecondFactor::default(),
        profile: Profile::default(),
        last_login: None,
        id: account.id,
        version: account.version,
        created_at: account.created_at,
        updated_at: account.updated_at,
    })
}
