//! Accounts.

use async_trait::async_trait;

use super::Faulty;
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
impl<S: AccountStore> AccountStore for Faulty<S> {
    async fn account(&self, key: &AccountKey) -> Result<Option<Account>, StoreError> {
        self.call(self.inner.account(key)).await
    }

    async fn accounts(&self, ids: &[AccountId]) -> Result<Vec<Account>, StoreError> {
        self.call(self.inner.accounts(ids)).await
    }

    async fn account_page(&self, filter: &AccountFilter, page: PageRequest) -> Result<Page<Account>, StoreError> {
        self.call(self.inner.account_page(filter, page)).await
    }

    async fn commit_account(&self, commit: AccountCommit) -> Result<(), AccountCommitError> {
        self.call(self.inner.commit_account(commit)).await
    }

    async fn account_events(&self, account: AccountId, page: PageRequest) -> Result<Page<AccountEvent>, StoreError> {
        self.call(self.inner.account_events(account, page)).await
    }

    async fn session(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        self.call(self.inner.session(id)).await
    }

    async fn live_sessions(&self, account: AccountId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        self.call(self.inner.live_sessions(account, now)).await
    }

    async fn put_session(&self, before: &Session, after: &Session) -> Result<bool, StoreError> {
        self.call(self.inner.put_session(before, after)).await
    }

    async fn challenge(&self, id: ChallengeId) -> Result<Option<Challenge>, StoreError> {
        self.call(self.inner.challenge(id)).await
    }

    async fn latest_challenge(&self, account: AccountId, purpose: Purpose) -> Result<Option<Challenge>, StoreError> {
        self.call(self.inner.latest_challenge(account, purpose)).await
    }

    async fn attempt(&self, id: ChallengeId, now: Timestamp) -> Result<Attempt, StoreError> {
        self.call(self.inner.attempt(id, now)).await
    }

    async fn application(&self, key: ApplicationKey) -> Result<Option<SellerApplication>, StoreError> {
        self.call(self.inner.application(key)).await
    }

    async fn applications(
        &self,
        state: Option<ApplicationState>,
        page: PageRequest,
    ) -> Result<Page<SellerApplication>, StoreError> {
        self.call(self.inner.applications(state, page)).await
    }

    async fn forget_ended(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        self.call(self.inner.forget_ended(before, limit)).await
    }

    async fn unverified(&self, before: Timestamp, limit: u32) -> Result<Vec<AccountId>, StoreError> {
        self.call(self.inner.unverified(before, limit)).await
    }

    async fn forget_unverified(&self, ids: &[AccountId], before: Timestamp) -> Result<u32, StoreError> {
        self.call(self.inner.forget_unverified(ids, before)).await
    }
}
