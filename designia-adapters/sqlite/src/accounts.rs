//! [`AccountStore`] on SQLite.

mod commit;
mod read;

use async_trait::async_trait;
use designia_core::account::{
    Account, AccountEvent, ApplicationState, Attempt, Challenge, Purpose, SellerApplication, Session,
};
use designia_core::id::{AccountId, ChallengeId, SessionId};
use designia_core::ports::{
    AccountCommit, AccountCommitError, AccountFilter, AccountKey, AccountStore, ApplicationKey, Page, PageRequest,
    StoreError,
};
use designia_core::time::Timestamp;

use crate::error::store_error;
use crate::row::{StoredId, json, micros, uuid};
use crate::sql::accounts as sql;
use crate::store::SqliteStore;
use crate::task_queue::check;
pub(crate) use commit::{add_event, insert_application, put_account};
use read::{ChallengeRow, SessionRow};
pub(crate) use read::{EventRow, account, application, event};

#[async_trait]
impl AccountStore for SqliteStore {
    async fn account(&self, key: &AccountKey) -> Result<Option<Account>, StoreError> {
        let query = match key {
            AccountKey::Id(id) => sqlx::query_scalar(sql::BY_ID).bind(id.bytes()),
            AccountKey::Email(email) => sqlx::query_scalar(sql::BY_EMAIL).bind(email.key()),
            AccountKey::Username(name) => sqlx::query_scalar(sql::BY_USERNAME).bind(name.key()),
            AccountKey::Identity(it) => {
                sqlx::query_scalar(sql::BY_IDENTITY).bind(it.provider.clone()).bind(it.subject.clone())
            }
        };
        let state: Option<String> = query.fetch_optional(&mut *self.reader().await?).await.map_err(store_error)?;
        state.map(|state| read::account(&state)).transpose()
    }

    async fn accounts(&self, ids: &[AccountId]) -> Result<Vec<Account>, StoreError> {
        let ids = json(&ids.iter().map(|id| id.hex()).collect::<Vec<_>>())?;
        let query = sqlx::query_scalar(sql::BY_IDS).bind(ids);
        let states: Vec<String> = query.fetch_all(&mut *self.reader().await?).await.map_err(store_error)?;
        states.iter().map(|state| read::account(state)).collect()
    }

    async fn account_page(&self, filter: &AccountFilter, page: PageRequest) -> Result<Page<Account>, StoreError> {
        read::page(&mut *self.reader().await?, filter, page).await
    }

    async fn commit_account(&self, commit: AccountCommit) -> Result<(), AccountCommitError> {
        commit.check()?;
        check(&commit.tasks)?;
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = commit::write(transaction.connection(), &commit).await;
        transaction.end(outcome).await
    }

    async fn account_events(&self, account: AccountId, page: PageRequest) -> Result<Page<AccountEvent>, StoreError> {
        read::events(&mut *self.reader().await?, account, page).await
    }

    async fn session(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        let query = sqlx::query_as(sql::SESSION).bind(id.bytes());
        let row: Option<SessionRow> = query.fetch_optional(&mut *self.reader().await?).await.map_err(store_error)?;
        row.map(read::session).transpose()
    }

    async fn live_sessions(&self, account: AccountId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let query = sqlx::query_as(sql::LIVE_SESSIONS).bind(account.bytes()).bind(micros(now));
        let rows: Vec<SessionRow> = query.fetch_all(&mut *self.reader().await?).await.map_err(store_error)?;
        rows.into_iter().map(read::session).collect()
    }

    async fn put_session(&self, before: &Session, after: &Session) -> Result<bool, StoreError> {
        let query = sqlx::query(sql::PUT_SESSION)
            .bind(before.id.bytes())
            .bind(before.generation)
            .bind(before.ended_at.map(micros))
            .bind(after.generation)
            .bind(micros(after.refreshed_at))
            .bind(micros(after.expires_at))
            .bind(after.ended_at.map(micros))
            .bind(after.client.clone())
            .bind(after.from.clone());
        let put = self.lane().await?.execute(query).await.map_err(store_error)?;
        Ok(put.rows_affected() > 0)
    }

    async fn challenge(&self, id: ChallengeId) -> Result<Option<Challenge>, StoreError> {
        let query = sqlx::query_as(sql::CHALLENGE).bind(id.bytes());
        let row: Option<ChallengeRow> = query.fetch_optional(&mut *self.reader().await?).await.map_err(store_error)?;
        row.map(read::challenge).transpose()
    }

    async fn latest_challenge(&self, account: AccountId, purpose: Purpose) -> Result<Option<Challenge>, StoreError> {
        let query = sqlx::query_as(sql::LATEST_CHALLENGE).bind(account.bytes()).bind(purpose.as_str());
        let row: Option<ChallengeRow> = query.fetch_optional(&mut *self.reader().await?).await.map_err(store_error)?;
        row.map(read::challenge).transpose()
    }

    async fn attempt(&self, id: ChallengeId, now: Timestamp) -> Result<Attempt, StoreError> {
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let query = sqlx::query_as(sql::ATTEMPT).bind(id.bytes()).bind(micros(now)).bind(Challenge::MAX_ATTEMPTS);
        let outcome = query.fetch_optional(transaction.connection()).await.map_err(store_error);
        let row: Option<ChallengeRow> = transaction.end(outcome).await?;
        row.map_or(Ok(Attempt::Closed), |row| read::challenge(row).map(Attempt::Counted))
    }

    async fn application(&self, key: ApplicationKey) -> Result<Option<SellerApplication>, StoreError> {
        let query = match key {
            ApplicationKey::Id(id) => sqlx::query_scalar(sql::APPLICATION).bind(id.bytes()),
            ApplicationKey::Account(account) => sqlx::query_scalar(sql::APPLICATION_OF).bind(account.bytes()),
        };
        let body: Option<String> = query.fetch_optional(&mut *self.reader().await?).await.map_err(store_error)?;
        body.map(|body| read::application(&body)).transpose()
    }

    async fn applications(
        &self,
        state: Option<ApplicationState>,
        page: PageRequest,
    ) -> Result<Page<SellerApplication>, StoreError> {
        read::applications(&mut *self.reader().await?, state, page).await
    }

    async fn forget_ended(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let mut lane = self.lane().await?;
        let sessions = sqlx::query(sql::FORGET_SESSIONS).bind(micros(before)).bind(limit);
        let sessions = lane.execute(sessions).await.map_err(store_error)?.rows_affected();
        let left = u64::from(limit).saturating_sub(sessions);
        let left = i64::try_from(left).unwrap_or(i64::MAX);
        let challenges = sqlx::query(sql::FORGET_CHALLENGES).bind(micros(before)).bind(left);
        let challenges = lane.execute(challenges).await.map_err(store_error)?.rows_affected();
        Ok(u32::try_from(sessions + challenges).unwrap_or(u32::MAX))
    }

    async fn unverified(&self, before: Timestamp, limit: u32) -> Result<Vec<AccountId>, StoreError> {
        let query = sqlx::query_scalar(sql::UNVERIFIED).bind(micros(before)).bind(limit);
        let ids: Vec<Vec<u8>> = query.fetch_all(&mut *self.reader().await?).await.map_err(store_error)?;
        ids.iter().map(|id| uuid(id).map(AccountId::from_uuid)).collect()
    }

    async fn forget_unverified(&self, ids: &[AccountId], before: Timestamp) -> Result<u32, StoreError> {
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = commit::forget_unverified(transaction.connection(), ids, before).await;
        transaction.end(outcome).await
    }
}
