//! Calls about accounts, by id, purpose or count: no address, name or text of anybody is in a trace.

use async_trait::async_trait;
use tracing::debug_span;
use tracing::field::Empty;

use super::{Traced, within};
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
impl<S: AccountStore> AccountStore for Traced<S> {
    async fn account(&self, key: &AccountKey) -> Result<Option<Account>, StoreError> {
        let span = debug_span!("account_store.account", by = named_by(key), outcome = Empty);
        within(span, self.inner.account(key)).await
    }

    async fn accounts(&self, ids: &[AccountId]) -> Result<Vec<Account>, StoreError> {
        let span = debug_span!("account_store.accounts", ids = ids.len(), outcome = Empty);
        within(span, self.inner.accounts(ids)).await
    }

    async fn account_page(&self, filter: &AccountFilter, page: PageRequest) -> Result<Page<Account>, StoreError> {
        let span = debug_span!("account_store.account_page", limit = page.limit, outcome = Empty);
        within(span, self.inner.account_page(filter, page)).await
    }

    async fn commit_account(&self, commit: AccountCommit) -> Result<(), AccountCommitError> {
        let AccountCommit { account, expected_version, events, tasks, .. } = &commit;
        let (events, tasks) = (events.len(), tasks.len());
        let span = debug_span!(
            "account_store.commit_account",
            account = %account.id,
            expected_version,
            events,
            tasks,
            outcome = Empty
        );
        within(span, self.inner.commit_account(commit)).await
    }

    async fn account_events(&self, account: AccountId, page: PageRequest) -> Result<Page<AccountEvent>, StoreError> {
        let span = debug_span!("account_store.account_events", %account, limit = page.limit, outcome = Empty);
        within(span, self.inner.account_events(account, page)).await
    }

    async fn session(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        let span = debug_span!("account_store.session", session = %id, outcome = Empty);
        within(span, self.inner.session(id)).await
    }

    async fn live_sessions(&self, account: AccountId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let span = debug_span!("account_store.live_sessions", %account, %now, outcome = Empty);
        within(span, self.inner.live_sessions(account, now)).await
    }

    async fn put_session(&self, before: &Session, after: &Session) -> Result<bool, StoreError> {
        let span = debug_span!("account_store.put_session", session = %before.id, generation = after.generation, outcome = Empty);
        within(span, self.inner.put_session(before, after)).await
    }

    async fn challenge(&self, id: ChallengeId) -> Result<Option<Challenge>, StoreError> {
        let span = debug_span!("account_store.challenge", challenge = %id, outcome = Empty);
        within(span, self.inner.challenge(id)).await
    }

    async fn latest_challenge(&self, account: AccountId, purpose: Purpose) -> Result<Option<Challenge>, StoreError> {
        let span = debug_span!("account_store.latest_challenge", %account, purpose = purpose.as_str(), outcome = Empty);
        within(span, self.inner.latest_challenge(account, purpose)).await
    }

    async fn attempt(&self, id: ChallengeId, now: Timestamp) -> Result<Attempt, StoreError> {
        let span = debug_span!("account_store.attempt", challenge = %id, %now, outcome = Empty);
        within(span, self.inner.attempt(id, now)).await
    }

    async fn application(&self, key: ApplicationKey) -> Result<Option<SellerApplication>, StoreError> {
        let span = debug_span!("account_store.application", application = ?key, outcome = Empty);
        within(span, self.inner.application(key)).await
    }

    async fn applications(
        &self,
        state: Option<ApplicationState>,
        page: PageRequest,
    ) -> Result<Page<SellerApplication>, StoreError> {
        let span = debug_span!("account_store.applications", limit = page.limit, outcome = Empty);
        within(span, self.inner.applications(state, page)).await
    }

    async fn forget_ended(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let span = debug_span!("account_store.forget_ended", %before, limit, outcome = Empty);
        within(span, self.inner.forget_ended(before, limit)).await
    }

    async fn unverified(&self, before: Timestamp, limit: u32) -> Result<Vec<AccountId>, StoreError> {
        let span = debug_span!("account_store.unverified", %before, limit, outcome = Empty);
        within(span, self.inner.unverified(before, limit)).await
    }

    async fn forget_unverified(&self, ids: &[AccountId], before: Timestamp) -> Result<u32, StoreError> {
        let span = debug_span!("account_store.forget_unverified", accounts = ids.len(), %before, outcome = Empty);
        within(span, self.inner.forget_unverified(ids, before)).await
    }
}

/// By which of its names an account is asked for.
fn named_by(key: &AccountKey) -> &'static str {
    match key {
        AccountKey::Id(_) => "id",
        AccountKey::Email(_) => "email",
        AccountKey::Username(_) => "username",
        AccountKey::Identity(_) => "identity",
    }
}
