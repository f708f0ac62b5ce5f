//! [`AccountStore`] on PostgreSQL.

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

use sqlx::Row;
use uuid::Uuid;

use crate::commit::WithTasks;
use crate::error::store_error;
use crate::instant::Instant;
use crate::session;
use crate::sql::accounts as sql;
use crate::statement::statement;
use crate::store::{PostgresStore, Work};
use crate::tasks::chunks;
pub(crate) use commit::{commit_error, commit_statement};
use read::{ChallengeRow, SessionRow};
pub(crate) use read::{EventRow, account, application, event};

#[async_trait]
impl AccountStore for PostgresStore {
    async fn account(&self, key: &AccountKey) -> Result<Option<Account>, StoreError> {
        let query = match key {
            // No text with a zero byte can be in a column, and none can be asked for.
            AccountKey::Identity(it) if it.provider.contains('\0') || it.subject.contains('\0') => return Ok(None),
            AccountKey::Id(id) => statement(sql::BY_ID).bind(id.as_uuid()),
            AccountKey::Email(email) => statement(sql::BY_EMAIL).bind(email.key()),
            AccountKey::Username(name) => statement(sql::BY_USERNAME).bind(name.key()),
            AccountKey::Identity(it) => {
                statement(sql::BY_IDENTITY).bind(it.provider.as_str()).bind(it.subject.as_str())
            }
        };
        let state: Option<(String,)> = self.first(query).await?;
        state.map(|(state,)| read::account(&state)).transpose()
    }

    async fn accounts(&self, ids: &[AccountId]) -> Result<Vec<Account>, StoreError> {
        let ids: Vec<_> = ids.iter().map(|id| id.as_uuid()).collect();
        let states: Vec<(String,)> = self.all(statement(sql::BY_IDS).bind(ids)).await?;
        states.iter().map(|(state,)| read::account(state)).collect()
    }

    async fn account_page(&self, filter: &AccountFilter, page: PageRequest) -> Result<Page<Account>, StoreError> {
        read::page(self, filter, page).await
    }

    async fn commit_account(&self, commit: AccountCommit) -> Result<(), AccountCommitError> {
        commit.check()?;
        let (statement, tasks) = (commit::commit_statement(&commit)?, chunks(&commit.tasks)?);
        self.transact(WithTasks { statement, tasks }).await?.map_err(commit::commit_error)
    }

    async fn account_events(&self, account: AccountId, page: PageRequest) -> Result<Page<AccountEvent>, StoreError> {
        read::events(self, account, page).await
    }

    async fn session(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        let row: Option<SessionRow> = self.first(statement(sql::SESSION).bind(id.as_uuid())).await?;
        row.map(read::session).transpose()
    }

    async fn live_sessions(&self, account: AccountId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let query = statement(sql::LIVE_SESSIONS).bind(account.as_uuid()).bind(Instant(now));
        let rows: Vec<SessionRow> = self.all(query).await?;
        rows.into_iter().map(read::session).collect()
    }

    async fn put_session(&self, before: &Session, after: &Session) -> Result<bool, StoreError> {
        let query = statement(sql::PUT_SESSION)
            .bind(before.id.as_uuid())
            .bind(i64::from(before.generation))
            .bind(before.ended_at.map(Instant))
            .bind(i64::from(after.generation))
            .bind(Instant(after.refreshed_at))
            .bind(Instant(after.expires_at))
            .bind(after.ended_at.map(Instant))
            .bind(after.client.as_str())
            .bind(after.from.as_deref());
        self.is_any_changed(query).await
    }

    async fn challenge(&self, id: ChallengeId) -> Result<Option<Challenge>, StoreError> {
        let row: Option<ChallengeRow> = self.first(statement(sql::CHALLENGE).bind(id.as_uuid())).await?;
        row.map(read::challenge).transpose()
    }

    async fn latest_challenge(&self, account: AccountId, purpose: Purpose) -> Result<Option<Challenge>, StoreError> {
        let query = statement(sql::LATEST_CHALLENGE).bind(account.as_uuid()).bind(purpose.as_str());
        let row: Option<ChallengeRow> = self.first(query).await?;
        row.map(read::challenge).transpose()
    }

    async fn attempt(&self, id: ChallengeId, now: Timestamp) -> Result<Attempt, StoreError> {
        let query =
            statement(sql::ATTEMPT).bind(id.as_uuid()).bind(Instant(now)).bind(i64::from(Challenge::MAX_ATTEMPTS));
        let row: Option<ChallengeRow> = self.first(query).await?;
        row.map_or(Ok(Attempt::Closed), |row| read::challenge(row).map(Attempt::Counted))
    }

    async fn application(&self, key: ApplicationKey) -> Result<Option<SellerApplication>, StoreError> {
        let query = match key {
            ApplicationKey::Id(id) => statement(sql::APPLICATION).bind(id.as_uuid()),
            ApplicationKey::Account(account) => statement(sql::APPLICATION_OF).bind(account.as_uuid()),
        };
        let body: Option<(String,)> = self.first(query).await?;
        body.map(|(body,)| read::application(&body)).transpose()
    }

    async fn applications(
        &self,
        state: Option<ApplicationState>,
        page: PageRequest,
    ) -> Result<Page<SellerApplication>, StoreError> {
        read::applications(self, state, page).await
    }

    async fn forget_ended(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let sessions = statement(sql::FORGET_SESSIONS).bind(Instant(before)).bind(i64::from(limit));
        let sessions = u32::try_from(self.ask(sessions).await?.len()).unwrap_or(u32::MAX);
        let left = i64::from(limit.saturating_sub(sessions));
        let challenges = statement(sql::FORGET_CHALLENGES).bind(Instant(before)).bind(left);
        let challenges = u32::try_from(self.ask(challenges).await?.len()).unwrap_or(u32::MAX);
        Ok(sessions.saturating_add(challenges))
    }

    async fn unverified(&self, before: Timestamp, limit: u32) -> Result<Vec<AccountId>, StoreError> {
        let rows: Vec<(Uuid,)> =
            self.all(statement(sql::UNVERIFIED).bind(Instant(before)).bind(i64::from(limit))).await?;
        Ok(rows.into_iter().map(|(id,)| AccountId::from_uuid(id)).collect())
    }

    async fn forget_unverified(&self, ids: &[AccountId], before: Timestamp) -> Result<u32, StoreError> {
        let ids = ids.iter().map(|id| id.as_uuid()).collect();
        self.transact(Forgetting { ids, before }).await?.map_err(store_error)
    }
}

struct Forgetting {
    ids: Vec<Uuid>,
    before: Timestamp,
}

#[async_trait]
impl Work<u32> for Forgetting {
    async fn run(&self, session: &mut session::Session) -> Result<u32, sqlx::Error> {
        let still = statement(sql::STILL_UNVERIFIED).bind(self.ids.clone()).bind(Instant(self.before));
        let rows = session.ask(still.done()?).await?;
        let gone = rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<Uuid>, _>>()?;
        let theirs = [sql::DROP_IDENTITIES, sql::DROP_CHALLENGES, sql::DROP_APPLICATIONS, sql::DROP_EVENTS, sql::DROP];
        for text in theirs {
            session.ask(statement(text).bind(gone.clone()).done()?).await?;
        }
        Ok(u32::try_from(gone.len()).unwrap_or(u32::MAX))
    }
}
