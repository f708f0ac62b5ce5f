//! [`NotificationStore`] on PostgreSQL.

use std::collections::BTreeSet;

use async_trait::async_trait;
use designia_core::id::{AccountId, NotificationId};
use designia_core::notification::{Notification, NotificationKind};
use designia_core::ports::{
    Cursor, NotificationStore, Page, PageRequest, StoreError, UNREAD_LIMIT, notification_cursor,
};
use designia_core::task::Json;
use designia_core::time::Timestamp;
use uuid::Uuid;

use crate::error::store_error;
use crate::instant::Instant;
use crate::row::{self, number, word};
use crate::session::Session;
use crate::sql::notifications as sql;
use crate::statement::statement;
use crate::store::{PostgresStore, Work};

/// Id, account, kind, title, message, data, told at, read at.
type Row = (Uuid, Uuid, String, String, String, String, Instant, Option<Instant>);

#[async_trait]
impl NotificationStore for PostgresStore {
    async fn put_notification(&self, notification: &Notification) -> Result<bool, StoreError> {
        let query = statement(sql::PUT)
            .bind(notification.id.as_uuid())
            .bind(notification.account.as_uuid())
            .bind(notification.kind.as_str())
            .bind(notification.title.clone())
            .bind(notification.message.clone())
            .bind(notification.data.as_str().to_owned())
            .bind(Instant(notification.created_at))
            .bind(notification.read_at.map(Instant));
        self.is_any_changed(query).await
    }

    async fn notifications(
        &self,
        account: AccountId,
        only_unread: bool,
        page: PageRequest,
    ) -> Result<Page<Notification>, StoreError> {
        let (at, id) = match &page.after {
            Some(Cursor { at, id }) => {
                let parsed = id.parse::<NotificationId>();
                let id = parsed.map_err(|error| StoreError::invalid(format!("not a cursor: {error}")))?;
                (*at, id.as_uuid())
            }
            None => (Timestamp::from_micros(i64::MAX), Uuid::max()),
        };
        let text = if only_unread { sql::PAGE_OF_UNREAD } else { sql::PAGE };
        let query = statement(text).bind(Instant(at)).bind(id).bind(row::one_more(page.limit));
        let rows: Vec<Row> = self.all(query.bind(account.as_uuid())).await?;
        let rows = rows.into_iter().map(notification).collect::<Result<Vec<_>, _>>()?;
        Ok(row::page(rows, page.limit, notification_cursor))
    }

    async fn unread_notifications(&self, account: AccountId) -> Result<u32, StoreError> {
        let query = statement(sql::UNREAD).bind(account.as_uuid()).bind(i64::from(UNREAD_LIMIT));
        let (unread,) = self.one::<(i64,)>(query).await?;
        number("what is unread", unread)
    }

    async fn read_notification(
        &self,
        account: AccountId,
        id: NotificationId,
        now: Timestamp,
    ) -> Result<Option<Notification>, StoreError> {
        let query = statement(sql::READ).bind(id.as_uuid()).bind(account.as_uuid()).bind(Instant(now));
        self.first::<Row>(query).await?.map(notification).transpose()
    }

    async fn read_notifications(&self, account: AccountId, now: Timestamp) -> Result<u32, StoreError> {
        let query = statement(sql::READ_ALL).bind(account.as_uuid()).bind(Instant(now));
        Ok(u32::try_from(self.ask(query).await?.len()).unwrap_or(u32::MAX))
    }

    async fn muted_kinds(&self, account: AccountId) -> Result<BTreeSet<NotificationKind>, StoreError> {
        let rows: Vec<(String,)> = self.all(statement(sql::MUTED).bind(account.as_uuid())).await?;
        let kind = |(text,): (String,)| word("a kind", NotificationKind::ALL, &text, NotificationKind::as_str);
        rows.into_iter().map(kind).collect()
    }

    async fn set_muted_kinds(&self, account: AccountId, kinds: &BTreeSet<NotificationKind>) -> Result<(), StoreError> {
        self.transact(Muting { account, kinds }).await?.map_err(store_error)
    }

    async fn forget_notifications_of(&self, account: AccountId) -> Result<(), StoreError> {
        self.ask(statement(sql::UNMUTE).bind(account.as_uuid())).await?;
        self.ask(statement(sql::FORGET_OF).bind(account.as_uuid())).await?;
        Ok(())
    }

    async fn forget_notifications(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let query = statement(sql::FORGET).bind(Instant(before)).bind(i64::from(limit));
        Ok(u32::try_from(self.ask(query).await?.len()).unwrap_or(u32::MAX))
    }
}

struct Muting<'a> {
    account: AccountId,
    kinds: &'a BTreeSet<NotificationKind>,
}

#[async_trait]
impl Work<()> for Muting<'_> {
    async fn run(&self, session: &mut Session) -> Result<(), sqlx::Error> {
        let kinds: Vec<String> = self.kinds.iter().map(|kind| kind.as_str().to_owned()).collect();
        session.ask(statement(sql::UNMUTE).bind(self.account.as_uuid()).done()?).await?;
        session.ask(statement(sql::MUTE).bind(self.account.as_uuid()).bind(kinds).done()?).await?;
        Ok(())
    }
}

fn notification(row: Row) -> Result<Notification, StoreError> {
    let (id, account, kind, title, message, data, created_at, read_at) = row;
    Ok(Notification {
        id: NotificationId::from_uuid(id),
        account: AccountId::from_uuid(account),
        kind: word("a notification's kind", NotificationKind::ALL, &kind, NotificationKind::as_str)?,
        title,
        message,
        data: Json::parse(&data).map_err(|error| StoreError::corrupt("a notification's data", error))?,
        created_at: created_at.0,
        read_at: read_at.map(|at| at.0),
    })
}
