//! [`NotificationStore`] on SQLite.

use std::collections::BTreeSet;

use async_trait::async_trait;
use designia_core::id::{AccountId, NotificationId};
use designia_core::notification::{Notification, NotificationKind};
use designia_core::ports::{
    Cursor, NotificationStore, Page, PageRequest, StoreError, UNREAD_LIMIT, notification_cursor,
};
use designia_core::task::Json;
use designia_core::time::Timestamp;
use sqlx::SqliteConnection;

use crate::error::store_error;
use crate::row::{self, StoredId, json, micros, number, word};
use crate::sql::notifications as sql;
use crate::store::SqliteStore;

/// Id, account, kind, title, message, data, told at, read at.
type Row = (Vec<u8>, Vec<u8>, String, String, String, String, i64, Option<i64>);

#[async_trait]
impl NotificationStore for SqliteStore {
    async fn put_notification(&self, notification: &Notification) -> Result<bool, StoreError> {
        let query = sqlx::query(sql::PUT)
            .bind(notification.id.bytes())
            .bind(notification.account.bytes())
            .bind(notification.kind.as_str())
            .bind(notification.title.clone())
            .bind(notification.message.clone())
            .bind(notification.data.as_str().to_owned())
            .bind(micros(notification.created_at))
            .bind(notification.read_at.map(micros));
        let done = self.lane().await?.execute(query).await.map_err(store_error)?;
        Ok(done.rows_affected() > 0)
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
                (micros(*at), id.bytes())
            }
            None => (i64::MAX, vec![u8::MAX; 16]),
        };
        let statement = if only_unread { sql::PAGE_OF_UNREAD } else { sql::PAGE };
        let query = sqlx::query_as(statement).bind(at).bind(id).bind(row::one_more(page.limit)).bind(account.bytes());
        let rows: Vec<Row> = query.fetch_all(&mut *self.reader().await?).await.map_err(store_error)?;
        let rows = rows.into_iter().map(notification).collect::<Result<Vec<_>, _>>()?;
        Ok(row::page(rows, page.limit, notification_cursor))
    }

    async fn unread_notifications(&self, account: AccountId) -> Result<u32, StoreError> {
        let query = sqlx::query_scalar(sql::UNREAD).bind(account.bytes()).bind(UNREAD_LIMIT);
        let unread: i64 = query.fetch_one(&mut *self.reader().await?).await.map_err(store_error)?;
        number("what is unread", unread)
    }

    async fn read_notification(
        &self,
        account: AccountId,
        id: NotificationId,
        now: Timestamp,
    ) -> Result<Option<Notification>, StoreError> {
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let query = sqlx::query_as(sql::READ).bind(id.bytes()).bind(account.bytes()).bind(micros(now));
        let row: Result<Option<Row>, _> = query.fetch_optional(transaction.connection()).await.map_err(store_error);
        transaction.end(row).await?.map(notification).transpose()
    }

    async fn read_notifications(&self, account: AccountId, now: Timestamp) -> Result<u32, StoreError> {
        let query = sqlx::query(sql::READ_ALL).bind(account.bytes()).bind(micros(now));
        let done = self.lane().await?.execute(query).await.map_err(store_error)?;
        Ok(u32::try_from(done.rows_affected()).unwrap_or(u32::MAX))
    }

    async fn muted_kinds(&self, account: AccountId) -> Result<BTreeSet<NotificationKind>, StoreError> {
        let query = sqlx::query_scalar(sql::MUTED).bind(account.bytes());
        let kinds: Vec<String> = query.fetch_all(&mut *self.reader().await?).await.map_err(store_error)?;
        let kind = |text: String| word("a kind", NotificationKind::ALL, &text, NotificationKind::as_str);
        kinds.into_iter().map(kind).collect()
    }

    async fn set_muted_kinds(&self, account: AccountId, kinds: &BTreeSet<NotificationKind>) -> Result<(), StoreError> {
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = set_muted(transaction.connection(), account, kinds).await;
        transaction.end(outcome).await
    }

    async fn forget_notifications_of(&self, account: AccountId) -> Result<(), StoreError> {
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = forget(transaction.connection(), account).await;
        transaction.end(outcome).await
    }

    async fn forget_notifications(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let query = sqlx::query(sql::FORGET).bind(micros(before)).bind(limit);
        let done = self.lane().await?.execute(query).await.map_err(store_error)?;
        Ok(u32::try_from(done.rows_affected()).unwrap_or(u32::MAX))
    }
}

async fn set_muted(
    connection: &mut SqliteConnection,
    account: AccountId,
    kinds: &BTreeSet<NotificationKind>,
) -> Result<(), StoreError> {
    let unmute = sqlx::query(sql::UNMUTE).bind(account.bytes());
    unmute.execute(&mut *connection).await.map_err(store_error)?;
    let mute = sqlx::query(sql::MUTE).bind(account.bytes()).bind(json(kinds)?);
    mute.execute(connection).await.map_err(store_error)?;
    Ok(())
}

async fn forget(connection: &mut SqliteConnection, account: AccountId) -> Result<(), StoreError> {
    for statement in [sql::UNMUTE, sql::FORGET_OF] {
        let query = sqlx::query(statement).bind(account.bytes());
        query.execute(&mut *connection).await.map_err(store_error)?;
    }
    Ok(())
}

fn notification(row: Row) -> Result<Notification, StoreError> {
    let (id, account, kind, title, message, data, created_at, read_at) = row;
    Ok(Notification {
        id: NotificationId::from_uuid(row::uuid(&id)?),
        account: AccountId::from_uuid(row::uuid(&account)?),
        kind: word("a notification's kind", NotificationKind::ALL, &kind, NotificationKind::as_str)?,
        title,
        message,
        data: Json::parse(&data).map_err(|error| StoreError::corrupt("a notification's data", error))?,
        created_at: Timestamp::from_micros(created_at),
        read_at: read_at.map(Timestamp::from_micros),
    })
}
