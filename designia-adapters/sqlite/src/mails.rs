//! [`MailStore`] on SQLite.

use async_trait::async_trait;
use designia_core::account::Email;
use designia_core::id::{AccountId, MailId, OrderId};
use designia_core::mail::{Line, MailBody, MailKey, MailKind, MailRecord, MailState, Mailbox};
use designia_core::ports::{Cursor, MailFilter, MailOutcome, MailStore, Page, PageRequest, StoreError, mail_cursor};
use designia_core::time::Timestamp;
use sqlx::Row as _;
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteRow};

use crate::error::store_error;
use crate::row::{self, StoredId, micros, number, word};
use crate::sql::mails as sql;
use crate::store::SqliteStore;

#[async_trait]
impl MailStore for SqliteStore {
    async fn begin_mail(&self, mail: &MailRecord) -> Result<MailRecord, StoreError> {
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = async {
            begin(mail).execute(transaction.connection()).await.map_err(store_error)?;
            let query = sqlx::query(sql::MAIL).bind(mail.id.bytes());
            record(&query.fetch_one(transaction.connection()).await.map_err(store_error)?)
        };
        let outcome = outcome.await;
        transaction.end(outcome).await
    }

    async fn settle_mail(&self, id: MailId, outcome: &MailOutcome, now: Timestamp) -> Result<bool, StoreError> {
        let query = sqlx::query(sql::SETTLE).bind(id.bytes()).bind(outcome.state.as_str());
        let query = query.bind(outcome.note.clone()).bind(micros(now));
        let done = self.lane().await?.execute(query).await.map_err(store_error)?;
        Ok(done.rows_affected() > 0)
    }

    async fn reopen_mail(&self, id: MailId, now: Timestamp) -> Result<bool, StoreError> {
        let query = sqlx::query(sql::REOPEN).bind(id.bytes()).bind(micros(now));
        let done = self.lane().await?.execute(query).await.map_err(store_error)?;
        Ok(done.rows_affected() > 0)
    }

    async fn mail(&self, id: MailId) -> Result<Option<MailRecord>, StoreError> {
        let query = sqlx::query(sql::MAIL).bind(id.bytes());
        let row = query.fetch_optional(&mut *self.reader().await?).await.map_err(store_error)?;
        row.map(|row| record(&row)).transpose()
    }

    async fn mails(&self, filter: &MailFilter, page: PageRequest) -> Result<Page<MailRecord>, StoreError> {
        let query = match filter {
            MailFilter::All => page_of(sql::PAGE, &page)?,
            MailFilter::State(state) => page_of(sql::PAGE_BY_STATE, &page)?.bind(state.as_str()),
            MailFilter::Account(account) => page_of(sql::PAGE_BY_ACCOUNT, &page)?.bind(account.bytes()),
            MailFilter::Order(order) => page_of(sql::PAGE_BY_ORDER, &page)?.bind(order.bytes()),
        };
        let rows = query.fetch_all(&mut *self.reader().await?).await.map_err(store_error)?;
        let mails = rows.iter().map(record).collect::<Result<Vec<_>, _>>()?;
        Ok(row::page(mails, page.limit, mail_cursor))
    }

    async fn forget_mails_of(&self, account: AccountId) -> Result<(), StoreError> {
        let query = sqlx::query(sql::FORGET_OF).bind(account.bytes());
        self.lane().await?.execute(query).await.map_err(store_error)?;
        Ok(())
    }

    async fn forget_mails(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let query = sqlx::query(sql::FORGET).bind(micros(before)).bind(limit);
        let done = self.lane().await?.execute(query).await.map_err(store_error)?;
        Ok(u32::try_from(done.rows_affected()).unwrap_or(u32::MAX))
    }
}

fn begin(mail: &MailRecord) -> Query<'static, Sqlite, SqliteArguments> {
    let (text, html) = mail.body.clone().map(|body| (body.text, body.html)).unzip();
    sqlx::query(sql::BEGIN)
        .bind(mail.id.bytes())
        .bind(mail.key.as_str().to_owned())
        .bind(mail.kind.as_str())
        .bind(mail.to.name.as_str().to_owned())
        .bind(mail.to.email.as_str().to_owned())
        .bind(mail.subject.as_str().to_owned())
        .bind(mail.account.map(StoredId::bytes))
        .bind(mail.order.map(StoredId::bytes))
        .bind(mail.state.as_str())
        .bind(mail.attempts)
        .bind(micros(mail.created_at))
        .bind(micros(mail.changed_at))
        .bind(mail.note.clone())
        .bind(text)
        .bind(html)
}

/// A statement whose first parameters are where a page begins and how long it is, one row more than asked for.
fn page_of(statement: &'static str, page: &PageRequest) -> Result<Query<'static, Sqlite, SqliteArguments>, StoreError> {
    let (at, id) = match &page.after {
        Some(Cursor { at, id }) => {
            let id: MailId = id.parse().map_err(|error| StoreError::invalid(format!("not a cursor: {error}")))?;
            (micros(*at), id.bytes())
        }
        None => (i64::MAX, vec![u8::MAX; 16]),
    };
    Ok(sqlx::query(statement).bind(at).bind(id).bind(row::one_more(page.limit)))
}

fn record(row: &SqliteRow) -> Result<MailRecord, StoreError> {
    let text = |name: &str| row.try_get::<String, _>(name).map_err(store_error);
    let maybe = |name: &str| row.try_get::<Option<String>, _>(name).map_err(store_error);
    let bytes = |name: &str| row.try_get::<Option<Vec<u8>>, _>(name).map_err(store_error);
    let count = |name: &str| row.try_get::<i64, _>(name).map_err(store_error);
    let id = |name: &str| bytes(name)?.map(|bytes| row::uuid(&bytes)).transpose();
    let email: Email = text("to_email")?.parse().map_err(|error| StoreError::corrupt("a mail's address", error))?;
    Ok(MailRecord {
        id: MailId::from_uuid(id("id")?.unwrap_or_default()),
        key: MailKey::new(&text("key")?),
        kind: word("a mail's kind", MailKind::ALL, &text("kind")?, MailKind::as_str)?,
        to: Mailbox { name: Line::new(&text("to_name")?), email },
        subject: Line::new(&text("subject")?),
        body: maybe("text")?.zip(maybe("html")?).map(|(text, html)| MailBody { text, html }),
        account: id("account")?.map(AccountId::from_uuid),
        order: id("order_id")?.map(OrderId::from_uuid),
        state: word("a mail's state", MailState::ALL, &text("state")?, MailState::as_str)?,
        attempts: number("a mail's attempts", count("attempts")?)?,
        created_at: Timestamp::from_micros(count("created_at")?),
        changed_at: Timestamp::from_micros(count("changed_at")?),
        note: maybe("note")?,
    })
}
