//! What those who run the marketplace do to accounts: close and open them, and say what they may do.

use super::password_policy::{About, broken_rule};
use super::{AccountError, Accounts, event_by};
use crate::account::{Account, AccountEvent, AccountEventKind, Email, Hidden, Letter, Role, Standing, Username};
use crate::id::AccountId;
use crate::ports::{AccountCommit, AccountFilter, EndSessions, Page, PageRequest};

/// Somebody who is to run the marketplace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAdmin {
    /// Their id; fresh if it is left out.
    pub id: Option<AccountId>,
    /// Their address.
    pub email: Email,
    /// Their public name.
    pub username: Username,
    /// Their password.
    pub password: Hidden,
}

impl Accounts {
    /// One page of accounts, newest first.
    ///
    /// # Errors
    /// A store error.
    pub async fn account_page(&self, filter: &AccountFilter, page: PageRequest) -> Result<Page<Account>, AccountError> {
        Ok(self.ports.store.account_page(filter, page).await?)
    }

    /// What happened to an account, newest first.
    ///
    /// # Errors
    /// A store error.
    pub async fn account_events(&self, id: AccountId, page: PageRequest) -> Result<Page<AccountEvent>, AccountError> {
        Ok(self.ports.store.account_events(id, page).await?)
    }

    /// Closes an account: nobody logs in, and its sessions die at once, here and within seconds on other nodes.
    ///
    /// # Errors
    /// [`AccountError::Forbidden`] for one's own account, or for a helper about somebody who runs the marketplace;
    /// [`AccountError::State`] if it is not open, or a store error.
    pub async fn disable(&self, id: AccountId, by: AccountId, why: &str) -> Result<Account, AccountError> {
        let why = super::profile::text("reason", why, 1000).map_err(|rule| AccountError::Invalid(vec![rule]))?;
        let actor = self.active(by).await?;
        let changed = self.change(id, |mut account, now| {
            may_touch(&actor, &account)?;
            if !account.is_active() {
                return Err(AccountError::State("the account is not open"));
            }
            account.standing = Standing::Disabled { at: now, why: why.clone() };
            let mut commit = AccountCommit::of(account, now);
            commit.ends = EndSessions::All;
            commit.events.push(event_by(id, AccountEventKind::Disabled, by, &why, now));
            commit.tasks.push(self.mail(id, Letter::Disabled, now)?);
            Ok((commit, ()))
        });
        changed.await.map(|(account, ())| account)
    }

    /// Opens an account that was closed.
    ///
    /// # Errors
    /// As [`Accounts::disable`].
    pub async fn enable(&self, id: AccountId, by: AccountId) -> Result<Account, AccountError> {
        let actor = self.active(by).await?;
        let changed = self.change(id, |mut account, now| {
            may_touch(&actor, &account)?;
            if !matches!(account.standing, Standing::Disabled { .. }) {
                return Err(AccountError::State("the account is not closed"));
            }
            account.standing = Standing::Active;
            let mut commit = AccountCommit::of(account, now);
            commit.events.push(event_by(id, AccountEventKind::Enabled, by, "", now));
            Ok((commit, ()))
        });
        changed.await.map(|(account, ())| account)
    }

    /// Says what an account may do. Only an admin does, and not about themselves: so there is always one.
    ///
    /// # Errors
    /// [`AccountError::Forbidden`], or a store error.
    pub async fn change_role(
        &self,
        id: AccountId,
        by: AccountId,
        role: Role,
        staff: bool,
    ) -> Result<Account, AccountError> {
        let actor = self.active(by).await?;
        if actor.role != Role::Admin {
            return Err(AccountError::Forbidden("only an admin says what somebody may do"));
        }
        let changed = self.change(id, |mut account, now| {
            may_touch(&actor, &account)?;
            if matches!(account.standing, Standing::Deleted { .. }) {
                return Err(AccountError::State("the account is gone"));
            }
            (account.role, account.staff) = (role, staff);
            let mut commit = AccountCommit::of(account, now);
            let note = format!("{role}{}", if staff { ", staff" } else { "" });
            commit.events.push(event_by(id, AccountEventKind::RoleChanged, by, &note, now));
            Ok((commit, ()))
        });
        changed.await.map(|(account, ())| account)
    }

    /// Makes an account that runs the marketplace: for whoever sits at the machine, and nobody else.
    ///
    /// # Errors
    /// [`AccountError::Invalid`] for a weak password, or an address or name that somebody has; or a store error.
    pub async fn create_admin(&self, admin: NewAdmin) -> Result<Account, AccountError> {
        let about = About { email: Some(&admin.email), names: [admin.username.as_str(), "", ""] };
        if let Some(rule) = broken_rule(&admin.password, about) {
            return Err(AccountError::field("password", rule));
        }
        let password = self.ports.passwords.hash(&admin.password).await?;
        let now = self.now();
        let id = admin.id.unwrap_or_else(|| AccountId::from_uuid(self.ports.ids.next()));
        let account = Account {
            role: Role::Admin,
            standing: Standing::Active,
            password: Some(password),
            ..Account::new(id, admin.email, admin.username, now)
        };
        let mut commit = AccountCommit::of(account, now);
        let note = Some("made at the machine".to_owned());
        let kind = AccountEventKind::Registered;
        commit.events.push(AccountEvent { account: id, at: now, kind, by: None, from: None, note });
        let after = commit.account.clone();
        self.commit(commit).await?;
        Ok(after)
    }
}

/// Nobody touches their own account, and only an admin the accounts of those who run the marketplace.
fn may_touch(actor: &Account, account: &Account) -> Result<(), AccountError> {
    if actor.id == account.id {
        return Err(AccountError::Forbidden("nobody does this to their own account"));
    }
    if !actor.is_staff() || (account.is_staff() && actor.role != Role::Admin) {
        return Err(AccountError::Forbidden(
            "only an admin does this to the account of somebody who runs the marketplace",
        ));
    }
    Ok(())
}
