//! [`ChatStore`] on SQLite.

mod rows;
mod writing;

use async_trait::async_trait;
use designia_core::chat::{Content, Conversation, Message, NewMessage, Pair, Report, ReportState, Resolution, Subject};
use designia_core::id::{AccountId, ConversationId, MessageId, ReportId};
use designia_core::ports::{
    Appended, ChatStore, Cursor, Listed, MessageRange, Opened, Page, PageRequest, StoreError, UNREAD_LOOKED_AT,
    conversation_cursor, report_cursor,
};
use designia_core::task::Task;
use designia_core::time::Timestamp;
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteRow};
use uuid::Uuid;

use self::rows::seq;
use crate::error::store_error;
use crate::row::{self, json, micros, number};
use crate::sql::chat as sql;
use crate::store::SqliteStore;
use crate::task_queue::check;

#[async_trait]
impl ChatStore for SqliteStore {
    async fn open(
        &self,
        id: ConversationId,
        pair: Pair,
        subject: Subject,
        now: Timestamp,
    ) -> Result<Opened, StoreError> {
        // Most that are opened are there, and nobody has to wait to see that.
        if let Some(known) = self.conversation_of(pair, subject).await? {
            return Ok(Opened::Known(known));
        }
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = writing::open(transaction.connection(), id, pair, subject, now).await;
        transaction.end(outcome).await
    }

    async fn conversation(&self, id: ConversationId) -> Result<Option<Conversation>, StoreError> {
        let query = sqlx::query(sql::CONVERSATION).bind(bytes(id.as_uuid()));
        self.first(query).await?.map(|row| rows::conversation(&row)).transpose()
    }

    async fn conversation_of(&self, pair: Pair, subject: Subject) -> Result<Option<Conversation>, StoreError> {
        let query = rows::of_pair(sqlx::query(sql::CONVERSATION_OF), pair).bind(subject.to_string());
        self.first(query).await?.map(|row| rows::conversation(&row)).transpose()
    }

    async fn conversations(&self, account: AccountId, page: PageRequest) -> Result<Page<Listed>, StoreError> {
        let query = page_of::<ConversationId>(sql::CONVERSATIONS, &page, ConversationId::as_uuid)?;
        let rows = self.rows(query.bind(bytes(account.as_uuid()))).await?;
        let listed = rows.iter().map(rows::listed).collect::<Result<Vec<_>, _>>()?;
        Ok(row::page(listed, page.limit, conversation_cursor))
    }

    async fn last_seqs(&self, ids: &[ConversationId]) -> Result<Vec<(ConversationId, u64)>, StoreError> {
        let ids = json(&ids.iter().map(|id| row::hex(id.as_uuid().as_bytes())).collect::<Vec<_>>())?;
        let query = sqlx::query_as(sql::LAST_SEQS).bind(ids);
        let rows: Vec<(Vec<u8>, i64)> = query.fetch_all(&mut *self.reader().await?).await.map_err(store_error)?;
        let last =
            |(id, seq): (Vec<u8>, i64)| Ok((ConversationId::from_uuid(row::uuid(&id)?), number("a number", seq)?));
        rows.into_iter().map(last).collect()
    }

    async fn append(&self, message: &NewMessage, tasks: &[Task]) -> Result<Appended, StoreError> {
        check(tasks)?;
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = writing::append(transaction.connection(), message, tasks).await;
        transaction.end(outcome).await
    }

    async fn message(&self, id: MessageId) -> Result<Option<Message>, StoreError> {
        let query = sqlx::query(sql::MESSAGE).bind(bytes(id.as_uuid()));
        self.first(query).await?.map(|row| rows::message(&row, 0)).transpose()
    }

    async fn messages(
        &self,
        conversation: ConversationId,
        range: MessageRange,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let (statement, bound) = match range {
            MessageRange::After(bound) => (sql::AFTER, bound),
            MessageRange::Before(bound) => (sql::BEFORE, bound),
        };
        let query = sqlx::query(statement).bind(bytes(conversation.as_uuid())).bind(seq(bound)).bind(limit);
        self.rows(query).await?.iter().map(|row| rows::message(row, 0)).collect()
    }

    async fn mark_read(
        &self,
        conversation: ConversationId,
        account: AccountId,
        up_to: u64,
        now: Timestamp,
    ) -> Result<Option<Conversation>, StoreError> {
        // What has been read before is read again all the time.
        let known = self.conversation(conversation).await?;
        if known.is_none_or(|known| known.side(account).is_none_or(|side| side.read >= up_to.min(known.last_seq))) {
            return Ok(None);
        }
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = writing::mark_read(transaction.connection(), conversation, account, up_to, now).await;
        transaction.end(outcome).await
    }

    async fn unread(&self, account: AccountId) -> Result<u64, StoreError> {
        let query = sqlx::query_scalar(sql::UNREAD).bind(bytes(account.as_uuid())).bind(UNREAD_LOOKED_AT);
        let unread: i64 = query.fetch_one(&mut *self.reader().await?).await.map_err(store_error)?;
        number("what is unread", unread)
    }

    async fn hide(&self, id: MessageId, hidden_at: Option<Timestamp>) -> Result<Option<Message>, StoreError> {
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = writing::hide(transaction.connection(), id, hidden_at).await;
        transaction.end(outcome).await
    }

    async fn erase(&self, conversation: ConversationId, sender: AccountId, now: Timestamp) -> Result<u32, StoreError> {
        let query = sqlx::query(sql::ERASE).bind(bytes(conversation.as_uuid())).bind(bytes(sender.as_uuid()));
        let query = query.bind(micros(now)).bind(Content::ERASED);
        let erased = self.lane().await?.execute(query).await.map_err(store_error)?;
        Ok(u32::try_from(erased.rows_affected()).unwrap_or(u32::MAX))
    }

    async fn report(&self, report: &Report) -> Result<Report, StoreError> {
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = writing::report(transaction.connection(), report).await;
        transaction.end(outcome).await
    }

    async fn report_of(&self, id: ReportId) -> Result<Option<Report>, StoreError> {
        let query = sqlx::query(sql::REPORT).bind(bytes(id.as_uuid()));
        self.first(query).await?.map(|row| rows::report(&row)).transpose()
    }

    async fn reports(&self, state: Option<ReportState>, page: PageRequest) -> Result<Page<Report>, StoreError> {
        let query = match state {
            None => page_of::<ReportId>(sql::REPORTS, &page, ReportId::as_uuid)?,
            Some(state) => page_of::<ReportId>(sql::REPORTS_BY_STATE, &page, ReportId::as_uuid)?.bind(state.as_str()),
        };
        let reports = self.rows(query).await?.iter().map(rows::report).collect::<Result<Vec<_>, _>>()?;
        Ok(row::page(reports, page.limit, report_cursor))
    }

    async fn resolve(&self, id: ReportId, resolution: &Resolution) -> Result<bool, StoreError> {
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = writing::resolve(transaction.connection(), id, resolution).await;
        transaction.end(outcome).await
    }
}

type Asked = Query<'static, Sqlite, SqliteArguments>;

impl SqliteStore {
    async fn first(&self, query: Asked) -> Result<Option<SqliteRow>, StoreError> {
        query.fetch_optional(&mut *self.reader().await?).await.map_err(store_error)
    }

    async fn rows(&self, query: Asked) -> Result<Vec<SqliteRow>, StoreError> {
        query.fetch_all(&mut *self.reader().await?).await.map_err(store_error)
    }
}

/// A statement whose first parameters are where a page begins and how long it is, one row more than asked for.
fn page_of<T: std::str::FromStr<Err: std::fmt::Display>>(
    statement: &'static str,
    page: &PageRequest,
    uuid: fn(T) -> Uuid,
) -> Result<Asked, StoreError> {
    let (at, id) = match &page.after {
        Some(Cursor { at, id }) => {
            let id = id.parse().map_err(|error| StoreError::invalid(format!("not a cursor: {error}")))?;
            (micros(*at), uuid(id))
        }
        None => (i64::MAX, Uuid::max()),
    };
    Ok(sqlx::query(statement).bind(at).bind(bytes(id)).bind(row::one_more(page.limit)))
}

fn bytes(id: Uuid) -> Vec<u8> {
    id.as_bytes().to_vec()
}
