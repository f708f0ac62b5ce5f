//! Accounts and what belongs to them: the rows, and the names that are one account's each.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::str::FromStr;

use crate::account::{
    Account, AccountEvent, ApplicationState, Attempt, Challenge, Identity, Purpose, Role, SellerApplication, Session,
    Standing,
};
use crate::id::{AccountId, ApplicationId, ChallengeId, SessionId};
use crate::ports::{
    AccountArchive, AccountCommit, AccountCommitError, AccountFilter, AccountKey, ApplicationKey, Cursor, EndSessions,
    Page, PageRequest, StoreError, account_cursor, needs_import,
};
use crate::time::Timestamp;

use super::page;

#[derive(Clone, Default)]
pub(super) struct Accounts {
    rows: BTreeMap<AccountId, Account>,
    newest: BTreeSet<(Timestamp, AccountId)>,
    by_email: HashMap<String, AccountId>,
    by_username: HashMap<String, AccountId>,
    by_identity: HashMap<Identity, AccountId>,
    sessions: BTreeMap<SessionId, Session>,
    challenges: BTreeMap<ChallengeId, Challenge>,
    applications: BTreeMap<ApplicationId, SellerApplication>,
    events: Vec<AccountEvent>,
}

impl Accounts {
    pub(super) fn account(&self, key: &AccountKey) -> Option<&Account> {
        let id = match key {
            AccountKey::Id(id) => Some(id),
            AccountKey::Email(email) => self.by_email.get(&email.key()),
            AccountKey::Username(name) => self.by_username.get(&name.key()),
            AccountKey::Identity(identity) => self.by_identity.get(identity),
        };
        self.rows.get(id?)
    }

    pub(super) fn page(&self, filter: &AccountFilter, request: &PageRequest) -> Result<Page<Account>, StoreError> {
        let last = after::<AccountId>(request)?;
        let start = filter.starts_with.as_ref().map(|text| text.to_lowercase());
        let is_wanted = |account: &Account| {
            filter.role.is_none_or(|role| account.role == role)
                && filter.standing.as_ref().is_none_or(|standing| account.standing.as_str() == standing)
                && start.as_ref().is_none_or(|start| {
                    account.email.key().starts_with(start) || account.username.key().starts_with(start)
                })
        };
        let keys = self.newest.iter().rev().filter(|key| last.is_none_or(|last| **key < last));
        let row = |(_, id): &(Timestamp, AccountId)| self.rows.get(id).filter(|it| is_wanted(it)).cloned();
        Ok(page::take(keys, request.limit, row, account_cursor))
    }

    /// Looks at everything that can refuse the commit. Nothing is written before all of it is known to be right.
    pub(super) fn refusal(&self, commit: &AccountCommit) -> Option<AccountCommitError> {
        let account = &commit.account;
        let stored = self.rows.get(&account.id).map_or(0, |row| row.version);
        if stored != commit.expected_version {
            return Some(AccountCommitError::Conflict);
        }
        let is_others = |owner: Option<&AccountId>| owner.is_some_and(|owner| *owner != account.id);
        if is_others(self.by_email.get(&account.email.key())) {
            return Some(AccountCommitError::EmailTaken);
        }
        if is_others(self.by_username.get(&account.username.key())) {
            return Some(AccountCommitError::UsernameTaken);
        }
        if account.identities.iter().any(|identity| is_others(self.by_identity.get(identity))) {
            return Some(AccountCommitError::IdentityTaken);
        }
        let is_closed = |id: &ChallengeId| !self.challenges.get(id).is_some_and(|it| may_be_met(it, commit));
        if commit.meets.as_ref().is_some_and(is_closed) {
            return Some(AccountCommitError::ChallengeClosed);
        }
        let is_session_known = commit.opens.as_ref().is_some_and(|it| self.sessions.contains_key(&it.id));
        let is_challenge_known = commit.challenges.as_ref().is_some_and(|it| self.challenges.contains_key(&it.id));
        if is_session_known || is_challenge_known {
            return Some(StoreError::invalid("the id of a new session or challenge is known already").into());
        }
        let application = commit.application.as_ref()?;
        let of_account = self.application(ApplicationKey::Account(account.id));
        let of_id = self.application(ApplicationKey::Id(application.id));
        let version = of_account.map_or(0, |stored| stored.version);
        let is_same = of_account.map(|it| it.id) == of_id.map(|it| it.id);
        (!is_same || application.version != version.saturating_add(1)).then_some(AccountCommitError::Conflict)
    }

    pub(super) fn commit(&mut self, commit: AccountCommit) {
        let account = commit.account;
        if let Some(before) = self.rows.get(&account.id) {
            self.newest.remove(&(before.created_at, before.id));
            self.by_email.remove(&before.email.key());
            self.by_username.remove(&before.username.key());
            for identity in &before.identities {
                self.by_identity.remove(identity);
            }
        }
        self.newest.insert((account.created_at, account.id));
        self.by_email.insert(account.email.key(), account.id);
        self.by_username.insert(account.username.key(), account.id);
        for identity in &account.identities {
            self.by_identity.insert(identity.clone(), account.id);
        }
        let spared = match commit.ends {
            EndSessions::None => None,
            EndSessions::All => Some(None),
            EndSessions::AllBut(id) => Some(Some(id)),
        };
        if let Some(spared) = spared {
            let own = self.sessions.values_mut().filter(|it| it.account == account.id && Some(it.id) != spared);
            own.for_each(|session| session.ended_at = session.ended_at.or(Some(commit.now)));
        }
        if let Some(session) = commit.opens {
            self.sessions.insert(session.id, session);
        }
        if let Some(met) = commit.meets.and_then(|id| self.challenges.get_mut(&id)) {
            met.closed_at = Some(commit.now);
        }
        if let Some(new) = commit.challenges {
            let same = self.challenges.values_mut().filter(|it| it.account == new.account && it.purpose == new.purpose);
            same.for_each(|challenge| challenge.closed_at = challenge.closed_at.or(Some(commit.now)));
            self.challenges.insert(new.id, new);
        }
        if let Some(application) = commit.application {
            self.applications.insert(application.id, application);
        }
        self.events.extend(commit.events);
        self.rows.insert(account.id, account);
    }

    pub(super) fn events(&self, account: AccountId, request: &PageRequest) -> Result<Page<AccountEvent>, StoreError> {
        let after = after::<usize>(request)?.map(|(_, no)| no);
        let own = self.events.iter().enumerate().rev();
        let own = own.filter(|(no, event)| event.account == account && after.is_none_or(|after| *no < after));
        let page = page::take(
            own,
            request.limit,
            |(no, event)| Some((no, event.clone())),
            |(no, event)| Cursor { at: event.at, id: no.to_string() },
        );
        Ok(Page { rows: page.rows.into_iter().map(|(_, event)| event).collect(), next: page.next })
    }

    pub(super) fn session(&self, id: SessionId) -> Option<&Session> {
        self.sessions.get(&id)
    }

    pub(super) fn live_sessions(&self, account: AccountId, now: Timestamp) -> Vec<Session> {
        let own = self.sessions.values().filter(|it| it.account == account && it.is_alive(now));
        let mut own: Vec<_> = own.cloned().collect();
        own.sort_by_key(|session| std::cmp::Reverse((session.created_at, session.id)));
        own
    }

    pub(super) fn put_session(&mut self, before: &Session, after: &Session) -> bool {
        let same = |row: &&mut Session| (row.generation, row.ended_at) == (before.generation, before.ended_at);
        self.sessions.get_mut(&before.id).filter(same).map(|row| *row = after.clone()).is_some()
    }

    pub(super) fn challenge(&self, id: ChallengeId) -> Option<&Challenge> {
        self.challenges.get(&id)
    }

    pub(super) fn latest_challenge(&self, account: AccountId, purpose: Purpose) -> Option<&Challenge> {
        let own = self.challenges.values().filter(|it| it.account == account && it.purpose == purpose);
        own.max_by_key(|challenge| (challenge.created_at, challenge.id))
    }

    pub(super) fn attempt(&mut self, id: ChallengeId, now: Timestamp) -> Attempt {
        let Some(row) = self.challenges.get_mut(&id) else { return Attempt::Closed };
        let attempt = row.clone().attempt(now);
        if let Attempt::Counted(counted) = &attempt {
            row.clone_from(counted);
        }
        attempt
    }

    pub(super) fn application(&self, key: ApplicationKey) -> Option<&SellerApplication> {
        match key {
            ApplicationKey::Id(id) => self.applications.get(&id),
            ApplicationKey::Account(account) => self.applications.values().find(|it| it.account == account),
        }
    }

    pub(super) fn applications(
        &self,
        state: Option<ApplicationState>,
        request: &PageRequest,
    ) -> Result<Page<SellerApplication>, StoreError> {
        let last = after::<ApplicationId>(request)?;
        let cursor = |it: &SellerApplication| Cursor { at: it.submitted_at, id: it.id.to_string() };
        let mut rows: Vec<_> = self.applications.values().filter(|it| state.is_none_or(|s| it.state == s)).collect();
        rows.sort_by_key(|it| (it.submitted_at, it.id));
        let rest = rows.into_iter().filter(|it| last.is_none_or(|last| (it.submitted_at, it.id) > last));
        Ok(page::take(rest, request.limit, |it| Some(it.clone()), cursor))
    }

    pub(super) fn forget_ended(&mut self, before: Timestamp, limit: u32) -> u32 {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let is_over = |ended: Option<Timestamp>, expires: Timestamp| ended.unwrap_or(expires).min(expires) < before;
        let over = self.sessions.values().filter(|it| is_over(it.ended_at, it.expires_at));
        let sessions: Vec<_> = over.map(|it| it.id).take(limit).collect();
        let over = self.challenges.values().filter(|it| is_over(it.closed_at, it.expires_at));
        let challenges: Vec<_> = over.map(|it| it.id).take(limit - sessions.len()).collect();
        for id in &sessions {
            self.sessions.remove(id);
        }
        for id in &challenges {
            self.challenges.remove(id);
        }
        u32::try_from(sessions.len() + challenges.len()).unwrap_or(u32::MAX)
    }

    /// Registrations of before this that nobody has verified, the oldest first.
    pub(super) fn unverified(&self, before: Timestamp) -> impl Iterator<Item = AccountId> {
        let is_left = |account: &Account| {
            account.standing == Standing::Unverified
                && account.role == Role::Customer
                && account.last_login.is_none()
                && !self.sessions.values().any(|session| session.account == account.id)
        };
        let old = self.newest.iter().take_while(move |(made, _)| *made < before);
        old.map(|(_, id)| *id).filter(move |id| self.rows.get(id).is_some_and(is_left))
    }

    /// Takes an account away, and all that belongs to it.
    pub(super) fn remove(&mut self, id: AccountId) {
        let Some(account) = self.rows.remove(&id) else { return };
        self.newest.remove(&(account.created_at, id));
        self.by_email.remove(&account.email.key());
        self.by_username.remove(&account.username.key());
        self.by_identity.retain(|_, owner| *owner != id);
        self.sessions.retain(|_, session| session.account != id);
        self.challenges.retain(|_, challenge| challenge.account != id);
        self.applications.retain(|_, application| application.account != id);
        self.events.retain(|event| event.account != id);
    }
}

impl Accounts {
    /// What is given away of the accounts after this one, by id.
    pub(super) fn archives_after(&self, after: Option<AccountId>) -> impl Iterator<Item = AccountArchive> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.rows.range((from, Bound::Unbounded)).map(|(_, account)| self.archive(account))
    }

    fn archive(&self, account: &Account) -> AccountArchive {
        let application = self.application(ApplicationKey::Account(account.id)).cloned();
        let events = self.events.iter().filter(|event| event.account == account.id).cloned().collect();
        AccountArchive { account: account.clone(), application, events }
    }

    /// Stores what another store gave away: all of it, or nothing.
    pub(super) fn import(&mut self, archives: &[AccountArchive]) -> Result<(), StoreError> {
        let mut imported = self.clone();
        for archive in archives {
            archive.check()?;
            let id = archive.account.id;
            let stored = imported.rows.get(&id).map(|account| imported.archive(account));
            if !needs_import(stored.as_ref(), archive, || format!("account {id}"))? {
                continue;
            }
            let new = AccountCommit {
                expected_version: 0,
                events: archive.events.clone(),
                ..AccountCommit::of(archive.account.clone(), archive.account.updated_at)
            };
            let new = AccountCommit { account: archive.account.clone(), ..new };
            let is_taken = |it: &SellerApplication| imported.applications.contains_key(&it.id);
            if archive.application.as_ref().is_some_and(is_taken) {
                return Err(StoreError::invalid(format!("the application of account {id} belongs to another")));
            }
            if let Some(refusal) = imported.refusal(&new) {
                return Err(StoreError::invalid(format!("account {id}: {refusal}")));
            }
            imported.commit(AccountCommit { application: archive.application.clone(), ..new });
        }
        *self = imported;
        Ok(())
    }
}

/// Where the page before ended.
fn after<T: FromStr>(request: &PageRequest) -> Result<Option<(Timestamp, T)>, StoreError> {
    let parsed = |cursor: &Cursor| Ok((cursor.at, cursor.id.parse::<T>().map_err(|_| foreign(cursor))?));
    request.after.as_ref().map(parsed).transpose()
}

fn foreign(cursor: &Cursor) -> StoreError {
    StoreError::invalid(format!("not a cursor of this list: `{cursor}`"))
}

/// A challenge is met by its own account, in time; the guess that meets it has been counted, and may have been the last one.
fn may_be_met(challenge: &Challenge, commit: &AccountCommit) -> bool {
    challenge.account == commit.account.id && challenge.closed_at.is_none() && commit.now < challenge.expires_at
}
