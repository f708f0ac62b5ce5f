//! [`AccountStore`] in memory.

use async_trait::async_trait;

use super::MemoryStore;
use crate::account::{
    Account, AccountEvent, ApplicationState, Attempt, Challenge, Purpose, SellerApplication, Session,
};
use crate::id::{AccountId, ChallengeId, SessionId};
use crate::ports::{
    AccountCommit, AccountCommitError, AccountFilter, AccountKey, AccountStore, ApplicationKey, Page, PageRequest,
    StoreError,
};
use crate::time::Timestamp;

#[async_trait]
impl AccountStore for MemoryStore {
    async fn account(&self, key: &AccountKey) -> Result<Option<Account>, StoreError> {
        Ok(self.tables().accounts.account(key).cloned())
    }

    async fn accounts(&self, ids: &[AccountId]) -> Result<Vec<Account>, StoreError> {
        let tables = self.tables();
        let found = ids.iter().filter_map(|id| tables.accounts.account(&AccountKey::Id(*id)));
        let mut found: Vec<_> = found.cloned().collect();
        found.sort_by_key(|account| account.id);
        found.dedup_by_key(|account| account.id);
        Ok(found)
    }

    async fn account_page(&self, filter: &AccountFilter, page: PageRequest) -> Result<Page<Account>, StoreError> {
        self.tables().accounts.page(filter, &page)
    }

    async fn commit_account(&self, commit: AccountCommit) -> Result<(), AccountCommitError> {
        commit.check()?;
        let mut tables = self.tables();
        if let Some(refusal) = tables.accounts.refusal(&commit) {
            return Err(refusal);
        }
        for task in &commit.tasks {
            tables.tasks.enqueue(task.clone());
        }
        tables.accounts.commit(commit);
        Ok(())
    }

    async fn account_events(&self, account: AccountId, page: PageRequest) -> Result<Page<AccountEvent>, StoreError> {
        self.tables().accounts.events(account, &page)
    }

    async fn session(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        Ok(self.tables().accounts.session(id).cloned())
    }

    async fn live_sessions(&self, account: AccountId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        Ok(self.tables().accounts.live_sessions(account, now))
    }

    async fn put_session(&self, before: &Session, after: &Session) -> Result<bool, StoreError> {
        Ok(self.tables().accounts.put_session(before, after))
    }

    async fn challenge(&self, id: ChallengeId) -> Result<Option<Challenge>, StoreError> {
        Ok(self.tables().accounts.challenge(id).cloned())
    }

    async fn latest_challenge(&self, account: AccountId, purpose: Purpose) -> Result<Option<Challenge>, StoreError> {
        Ok(self.tables().accounts.latest_challenge(account, purpose).cloned())
    }

    async fn attempt(&self, id: ChallengeId, now: Timestamp) -> Result<Attempt, StoreError> {
        Ok(self.tables().accounts.attempt(id, now))
    }

    async fn application(&self, key: ApplicationKey) -> Result<Option<SellerApplication>, StoreError> {
        Ok(self.tables().accounts.application(key).cloned())
    }

    async fn applications(
        &self,
        state: Option<ApplicationState>,
        page: PageRequest,
    ) -> Result<Page<SellerApplication>, StoreError> {
        self.tables().accounts.applications(state, &page)
    }

    async fn forget_ended(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        Ok(self.tables().accounts.forget_ended(before, limit))
    }

    async fn unverified(&self, before: Timestamp, limit: u32) -> Result<Vec<AccountId>, StoreError> {
        let tables = self.tables();
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let left = tables.accounts.unverified(before).filter(|id| !tables.orders.has_any(id.buyer()));
        Ok(left.take(limit).collect())
    }

    async fn forget_unverified(&self, ids: &[AccountId], before: Timestamp) -> Result<u32, StoreError> {
        let mut tables = self.tables();
        let left = tables.accounts.unverified(before).filter(|id| !tables.orders.has_any(id.buyer()));
        let gone: Vec<_> = left.filter(|id| ids.contains(id)).collect();
        gone.iter().for_each(|id| tables.accounts.remove(*id));
        Ok(u32::try_from(gone.len()).unwrap_or(u32::MAX))
    }
}
