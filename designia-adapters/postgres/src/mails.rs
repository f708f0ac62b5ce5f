//! [`MailStore`] on PostgreSQL.

use async_trait::async_trait;
use designia_core::account::Email;
use designia_core::id::{AccountId, MailId, OrderId};
use designia_core::mail::{Line, MailBody, MailKey, MailKind, MailRecord, MailState, Mailbox};
use designia_core::ports::{Cursor, MailFilter, MailOutcome, MailStore, Page, PageRequest, StoreError, mail_cursor};
use designia_core::time::Timestamp;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::error::store_error;
use crate::instant::Instant;
use crate::row::{self, number, word};
use crate::sql::mails as sql;
use crate::statement::{Binding, statement};
use crate::store::PostgresStore;

#[async_trait]
impl MailStore for PostgresStore {
    async fn begin_mail(&self, mail: &MailRecord) -> Result<MailRecord, StoreError> {
        if let Some(row) = self.ask(begin(mail)).await?.first() {
            return record(row);
        }
        // It has ended, and neither of the two statements can change that.
        let rows = self.ask(statement(sql::MAIL).bind(mail.id.as_uuid())).await?;
        rows.first().map_or_else(|| Err(store_error(sqlx::Error::RowNotFound)), record)
    }

    async fn settle_mail(&self, id: MailId, outcome: &MailOutcome, now: Timestamp) -> Result<bool, StoreError> {
        let query = statement(sql::SETTLE).bind(id.as_uuid()).bind(outcome.state.as_str());
        self.is_any_changed(query.bind(outcome.note.clone()).bind(Instant(now))).await
    }

    async fn reopen_mail(&self, id: MailId, now: Timestamp) -> Result<bool, StoreError> {
        self.is_any_changed(statement(sql::REOPEN).bind(id.as_uuid()).bind(Instant(now))).await
    }

    async fn mail(&self, id: MailId) -> Result<Option<MailRecord>, StoreError> {
        let rows = self.ask(statement(sql::MAIL).bind(id.as_uuid())).await?;
        rows.first().map(record).transpose()
    }

    async fn mails(&self, filter: &MailFilter, page: PageRequest) -> Result<Page<MailRecord>, StoreError> {
        let query = match filter {
            MailFilter::All => page_of(sql::PAGE, &page)?,
            MailFilter::State(state) => page_of(sql::PAGE_BY_STATE, &page)?.bind(state.as_str()),
            MailFilter::Account(account) => page_of(sql::PAGE_BY_ACCOUNT, &page)?.bind(account.as_uuid()),
            MailFilter::Order(order) => page_of(sql::PAGE_BY_ORDER, &page)?.bind(order.as_uuid()),
        };
        let mails = self.ask(query).await?.iter().map(record).collect::<Result<Vec<_>, _>>()?;
        Ok(row::page(mails, page.limit, mail_cursor))
    }

    async fn forget_mails_of(&self, account: AccountId) -> Result<(), StoreError> {
        self.ask(statement(sql::FORGET_OF).bind(account.as_uuid())).await?;
        Ok(())
    }

    async fn forget_mails(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let query = statement(sql::FORGET).bind(Instant(before)).bind(i64::from(limit));
        Ok(u32::try_from(self.ask(query).await?.len()).unwrap_or(u32::MAX))
    }
}

fn begin(mail: &MailRecord) -> Binding {
    let (text, html) = mail.body.clone().map(|body| (body.text, body.html)).unzip();
    statement(sql::BEGIN)
        .bind(mail.id.as_uuid())
        .bind(mail.key.as_str().to_owned())
        .bind(mail.kind.as_str())
        .bind(mail.to.name.as_str().to_owned())
        .bind(mail.to.email.as_str().to_owned())
        .bind(mail.subject.as_str().to_owned())
        .bind(mail.account.map(AccountId::as_uuid))
        .bind(mail.order.map(OrderId::as_uuid))
        .bind(mail.state.as_str())
        .bind(i64::from(mail.attempts))
        .bind(Instant(mail.created_at))
        .bind(Instant(mail.changed_at))
        .bind(mail.note.clone())
        .bind(text)
        .bind(html)
}

/// A statement whose first parameters are where a page begins and how long it is, one row more than asked for.
fn page_of(text: &'static str, page: &PageRequest) -> Result<Binding, StoreError> {
    let (at, id) = match &page.after {
        Some(Cursor { at, id }) => {
            let id: MailId = id.parse().map_err(|error| StoreError::invalid(format!("not a cursor: {error}")))?;
            (*at, id.as_uuid())
        }
        None => (Timestamp::from_micros(i64::MAX), Uuid::max()),
    };
    Ok(statement(text).bind(Instant(at)).bind(id).bind(row::one_more(page.limit)))
}

fn record(row: &PgRow) -> Result<MailRecord, StoreError> {
    let text = |name: &str| row.try_get::<String, _>(name).map_err(store_error);
    let maybe = |name: &str| row.try_get::<Option<String>, _>(name).map_err(store_error);
    let id = |name: &str| row.try_get::<Option<Uuid>, _>(name).map_err(store_error);
    let at = |name: &str| row.try_get::<Instant, _>(name).map(|at| at.0).map_err(store_error);
    let email: Email = text("to_email")?.parse().map_err(|error| StoreError::corrupt("a mail's address", error))?;
    let attempts: i64 = row.try_get("attempts").map_err(store_error)?;
    Ok(MailRecord {
        id: MailId::from_uuid(row.try_get("id").map_err(store_error)?),
        key: MailKey::new(&text("key")?),
        kind: word("a mail's kind", MailKind::ALL, &text("kind")?, MailKind::as_str)?,
        to: Mailbox { name: Line::new(&text("to_name")?), email },
        subject: Line::new(&text("subject")?),
        body: maybe("text")?.zip(maybe("html")?).map(|(text, html)| MailBody { text, html }),
        account: id("account")?.map(AccountId::from_uuid),
        order: id("order_id")?.map(OrderId::from_uuid),
        state: word("a mail's state", MailState::ALL, &text("state")?, MailState::as_str)?,
        attempts: number("a mail's attempts", attempts)?,
        created_at: at("created_at")?,
        changed_at: at("changed_at")?,
        note: maybe("note")?,
    })
}
