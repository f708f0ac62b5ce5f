//! [`ChatStore`] on PostgreSQL: what writes to a conversation is one call of a function, which locks its row.

mod append;
mod rows;

use async_trait::async_trait;
use designia_core::chat::{Content, Conversation, Message, NewMessage, Pair, Report, ReportState, Resolution, Subject};
use designia_core::id::{AccountId, ConversationId, MessageId, ReportId};
use designia_core::ports::{
    Appended, ChatStore, Cursor, Listed, MessageRange, Opened, Page, PageRequest, StoreError, UNREAD_LOOKED_AT,
    conversation_cursor, report_cursor,
};
use designia_core::task::Task;
use designia_core::time::Timestamp;
use sqlx::Row as _;
use uuid::Uuid;

use self::rows::seq;
use crate::error::store_error;
use crate::instant::Instant;
use crate::row::{self, number};
use crate::sql::chat as sql;
use crate::statement::{Binding, statement};
use crate::store::PostgresStore;

#[async_trait]
impl ChatStore for PostgresStore {
    async fn open(
        &self,
        id: ConversationId,
        pair: Pair,
        subject: Subject,
        now: Timestamp,
    ) -> Result<Opened, StoreError> {
        // Most that are opened are there, and reading makes no dead rows.
        if let Some(known) = self.conversation_of(pair, subject).await? {
            return Ok(Opened::Known(known));
        }
        let query = statement(sql::OPEN).bind(id.as_uuid()).bind(pair.lower().as_uuid()).bind(pair.higher().as_uuid());
        let query = query.bind(subject.to_string()).bind(Instant(now)).done().map_err(store_error)?;
        if !self.insist(query).await?.map_err(store_error)?.is_empty() {
            return Ok(Opened::New(Conversation::begin(id, pair, subject, now)));
        }
        let known = self.conversation_of(pair, subject).await?;
        known.map(Opened::Known).ok_or_else(|| store_error(sqlx::Error::RowNotFound))
    }

    async fn conversation(&self, id: ConversationId) -> Result<Option<Conversation>, StoreError> {
        let rows = self.ask(statement(sql::CONVERSATION).bind(id.as_uuid())).await?;
        rows.first().map(rows::conversation).transpose()
    }

    async fn conversation_of(&self, pair: Pair, subject: Subject) -> Result<Option<Conversation>, StoreError> {
        let query = statement(sql::CONVERSATION_OF).bind(pair.lower().as_uuid()).bind(pair.higher().as_uuid());
        let rows = self.ask(query.bind(subject.to_string())).await?;
        rows.first().map(rows::conversation).transpose()
    }

    async fn conversations(&self, account: AccountId, page: PageRequest) -> Result<Page<Listed>, StoreError> {
        let query = page_of(sql::CONVERSATIONS, &page, ConversationId::as_uuid)?.bind(account.as_uuid());
        let listed = self.ask(query).await?.iter().map(rows::listed).collect::<Result<Vec<_>, _>>()?;
        Ok(row::page(listed, page.limit, conversation_cursor))
    }

    async fn last_seqs(&self, ids: &[ConversationId]) -> Result<Vec<(ConversationId, u64)>, StoreError> {
        let ids: Vec<_> = ids.iter().map(|id| id.as_uuid()).collect();
        let rows: Vec<(Uuid, i64)> = self.all(statement(sql::LAST_SEQS).bind(ids)).await?;
        let last = |(id, seq)| Ok((ConversationId::from_uuid(id), number("a message's number", seq)?));
        rows.into_iter().map(last).collect()
    }

    async fn append(&self, message: &NewMessage, tasks: &[Task]) -> Result<Appended, StoreError> {
        self.append_message(message, tasks).await
    }

    async fn message(&self, id: MessageId) -> Result<Option<Message>, StoreError> {
        let rows = self.ask(statement(sql::MESSAGE).bind(id.as_uuid())).await?;
        rows.first().map(|row| rows::message(row, 0)).transpose()
    }

    async fn messages(
        &self,
        conversation: ConversationId,
        range: MessageRange,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let (text, bound) = match range {
            MessageRange::After(bound) => (sql::AFTER, bound),
            MessageRange::Before(bound) => (sql::BEFORE, bound),
        };
        let query = statement(text).bind(conversation.as_uuid()).bind(seq(bound)).bind(i64::from(limit));
        self.ask(query).await?.iter().map(|row| rows::message(row, 0)).collect()
    }

    async fn mark_read(
        &self,
        conversation: ConversationId,
        account: AccountId,
        up_to: u64,
        now: Timestamp,
    ) -> Result<Option<Conversation>, StoreError> {
        let query = statement(sql::READ).bind(conversation.as_uuid()).bind(account.as_uuid());
        let query = query.bind(seq(up_to)).bind(Instant(now)).done().map_err(store_error)?;
        let rows = self.insist(query).await?.map_err(store_error)?;
        let is_new = rows.first().map(|row| row.try_get(0)).transpose().map_err(store_error)?;
        if is_new == Some(true) { self.conversation(conversation).await } else { Ok(None) }
    }

    async fn unread(&self, account: AccountId) -> Result<u64, StoreError> {
        let query = statement(sql::UNREAD).bind(account.as_uuid()).bind(i64::from(UNREAD_LOOKED_AT));
        let (unread,) = self.one::<(i64,)>(query).await?;
        number("what is unread", unread)
    }

    async fn hide(&self, id: MessageId, hidden_at: Option<Timestamp>) -> Result<Option<Message>, StoreError> {
        let rows = self.ask(statement(sql::HIDE).bind(id.as_uuid()).bind(hidden_at.map(Instant))).await?;
        rows.first().map(|row| rows::message(row, 0)).transpose()
    }

    async fn erase(&self, conversation: ConversationId, sender: AccountId, now: Timestamp) -> Result<u32, StoreError> {
        let query = statement(sql::ERASE).bind(conversation.as_uuid()).bind(sender.as_uuid());
        let rows = self.ask(query.bind(Instant(now)).bind(Content::ERASED)).await?;
        Ok(u32::try_from(rows.len()).unwrap_or(u32::MAX))
    }

    async fn report(&self, report: &Report) -> Result<Report, StoreError> {
        let query = statement(sql::INSERT_REPORT)
            .bind(report.id.as_uuid())
            .bind(report.message.as_uuid())
            .bind(report.conversation.as_uuid())
            .bind(report.reporter.as_uuid())
            .bind(report.reason.as_str())
            .bind(report.description.as_str())
            .bind(Instant(report.created_at));
        if self.is_any_changed(query).await? {
            return Ok(report.clone());
        }
        let query = statement(sql::REPORT_BY).bind(report.message.as_uuid()).bind(report.reporter.as_uuid());
        let rows = self.ask(query).await?;
        rows::report(rows.first().ok_or_else(|| store_error(sqlx::Error::RowNotFound))?)
    }

    async fn report_of(&self, id: ReportId) -> Result<Option<Report>, StoreError> {
        let rows = self.ask(statement(sql::REPORT).bind(id.as_uuid())).await?;
        rows.first().map(rows::report).transpose()
    }

    async fn reports(&self, state: Option<ReportState>, page: PageRequest) -> Result<Page<Report>, StoreError> {
        let query = match state {
            None => page_of(sql::REPORTS, &page, ReportId::as_uuid)?,
            Some(state) => page_of(sql::REPORTS_BY_STATE, &page, ReportId::as_uuid)?.bind(state.as_str()),
        };
        let reports = self.ask(query).await?.iter().map(rows::report).collect::<Result<Vec<_>, _>>()?;
        Ok(row::page(reports, page.limit, report_cursor))
    }

    async fn resolve(&self, id: ReportId, resolution: &Resolution) -> Result<bool, StoreError> {
        let query = statement(sql::RESOLVE)
            .bind(id.as_uuid())
            .bind(resolution.state().as_str())
            .bind(resolution.resolver.as_uuid())
            .bind(resolution.note.as_str())
            .bind(Instant(resolution.at));
        self.is_any_changed(query).await
    }
}

/// A statement whose first parameters are where a page begins and how long it is, one row more than asked for.
fn page_of<T: std::str::FromStr<Err: std::fmt::Display>>(
    text: &'static str,
    page: &PageRequest,
    uuid: fn(T) -> Uuid,
) -> Result<Binding, StoreError> {
    let (at, id) = match &page.after {
        Some(Cursor { at, id }) => {
            let id = id.parse().map_err(|error| StoreError::invalid(format!("not a cursor: {error}")))?;
            (Instant(*at), uuid(id))
        }
        None => (Instant::NEVER, Uuid::max()),
    };
    Ok(statement(text).bind(at).bind(id).bind(row::one_more(page.limit)))
}
