//! [`Export`] and [`Import`] on SQLite. Tasks and schedules are not part of an archive.

mod accounts;
mod read;
mod records;
mod write;

use async_trait::async_trait;
use designia_core::catalog::Product;
use designia_core::exchange::RateBatch;
use designia_core::id::{AccountId, OrderId, ProductId};
use designia_core::ports::{
    AccountArchive, Export, Import, InboxRecord, OrderArchive, PROGRESS_SETTING, RateKey, Record, RecordKey,
    StoreError, Topic, Total, Totals,
};
use sqlx::Connection;

use crate::catalog::Whole;
use crate::error::store_error;
use crate::inbox::Stored;
use crate::row::StoredId;
use crate::sql::{archive as sql, records as records_sql};
use crate::store::SqliteStore;

/// A row of the totals: kind, word, currency, amount.
type Line = (String, Option<String>, Option<String>, i64);

#[async_trait]
impl Export for SqliteStore {
    async fn export_products(&self, after: Option<ProductId>, limit: u32) -> Result<Vec<Product>, StoreError> {
        let after = after.map(StoredId::bytes).unwrap_or_default();
        let query = sqlx::query_as::<_, Whole>(sql::PRODUCTS).bind(after).bind(limit);
        let rows = query.fetch_all(&mut *self.reader().await?).await.map_err(store_error)?;
        rows.into_iter().map(Whole::product).collect()
    }

    async fn export_orders(&self, after: Option<OrderId>, limit: u32) -> Result<Vec<OrderArchive>, StoreError> {
        let after = after.map(StoredId::bytes).unwrap_or_default();
        let mut reader = self.reader().await?;
        // A transaction that only reads sees one state of the database from its first statement on.
        let mut transaction = reader.begin().await.map_err(store_error)?;
        let query = sqlx::query_scalar(sql::ORDER_IDS).bind(after).bind(limit);
        let ids: Vec<Vec<u8>> = query.fetch_all(&mut *transaction).await.map_err(store_error)?;
        let orders = read::orders(&mut transaction, &ids).await?;
        transaction.rollback().await.map_err(store_error)?;
        Ok(orders)
    }

    async fn export_events(&self, after: Option<&str>, limit: u32) -> Result<Vec<InboxRecord>, StoreError> {
        let query = match after {
            Some(id) => sqlx::query_as(sql::EVENTS).bind(limit).bind(id.to_owned()),
            None => sqlx::query_as(sql::FIRST_EVENTS).bind(limit),
        };
        let rows: Vec<Stored> = query.fetch_all(&mut *self.reader().await?).await.map_err(store_error)?;
        rows.into_iter().map(Stored::record).collect()
    }

    async fn export_rates(&self, after: Option<&RateKey>, limit: u32) -> Result<Vec<RateBatch>, StoreError> {
        let query = sqlx::query_as(sql::RATES);
        let query = match after {
            Some(RateKey { publisher, bundled, base, as_of }) => {
                query.bind(publisher.clone()).bind(*bundled).bind(base.code()).bind(as_of.days_since_epoch())
            }
            // Less than every key, since no currency's code is empty.
            None => query.bind(String::new()).bind(false).bind("").bind(i32::MIN),
        };
        let rows = query.bind(limit).fetch_all(&mut *self.reader().await?).await.map_err(store_error)?;
        rows.into_iter().map(read::rates).collect()
    }

    async fn export_accounts(&self, after: Option<AccountId>, limit: u32) -> Result<Vec<AccountArchive>, StoreError> {
        let after = after.map(StoredId::bytes).unwrap_or_default();
        let mut reader = self.reader().await?;
        let mut transaction = reader.begin().await.map_err(store_error)?;
        let accounts = accounts::page(&mut transaction, after, limit).await?;
        transaction.rollback().await.map_err(store_error)?;
        Ok(accounts)
    }

    async fn export_records(
        &self,
        topic: Topic,
        after: Option<&RecordKey>,
        limit: u32,
    ) -> Result<Vec<Record>, StoreError> {
        records::page(&mut *self.reader().await?, topic, after, limit).await
    }

    async fn export_settings(&self) -> Result<Vec<(String, String)>, StoreError> {
        let query = sqlx::query_as(sql::SETTINGS);
        let mut settings: Vec<(String, String)> =
            query.fetch_all(&mut *self.reader().await?).await.map_err(store_error)?;
        settings.retain(|(name, _)| name != PROGRESS_SETTING);
        Ok(settings)
    }

    async fn totals(&self) -> Result<Totals, StoreError> {
        let query = sqlx::query_as(records_sql::TOTALS.as_str());
        let rows: Vec<Line> = query.fetch_all(&mut *self.reader().await?).await.map_err(store_error)?;
        let mut totals = Totals::default();
        for (kind, word, currency, amount) in rows {
            totals.add(Total::named(&kind, word.as_deref(), currency.as_deref())?, amount);
        }
        Ok(totals)
    }
}

#[async_trait]
impl Import for SqliteStore {
    async fn import_products(&self, products: &[Product]) -> Result<(), StoreError> {
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = write::products(transaction.connection(), products).await;
        transaction.end(outcome).await
    }

    async fn import_orders(&self, orders: &[OrderArchive]) -> Result<(), StoreError> {
        orders.iter().try_for_each(OrderArchive::check)?;
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = write::orders(transaction.connection(), orders).await;
        transaction.end(outcome).await
    }

    async fn import_events(&self, events: &[InboxRecord]) -> Result<(), StoreError> {
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = write::events(transaction.connection(), events).await;
        transaction.end(outcome).await
    }

    async fn import_rates(&self, batches: &[RateBatch]) -> Result<(), StoreError> {
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = write::rates(transaction.connection(), batches).await;
        transaction.end(outcome).await
    }

    async fn import_accounts(&self, accounts: &[AccountArchive]) -> Result<(), StoreError> {
        accounts.iter().try_for_each(AccountArchive::check)?;
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = accounts::write(transaction.connection(), accounts).await;
        transaction.end(outcome).await
    }

    async fn import_records(&self, topic: Topic, records: &[Record]) -> Result<(), StoreError> {
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = records::write(transaction.connection(), topic, records).await;
        transaction.end(outcome).await
    }

    async fn import_settings(&self, settings: &[(String, String)]) -> Result<(), StoreError> {
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = write::settings(transaction.connection(), settings).await;
        transaction.end(outcome).await
    }

    async fn progress(&self) -> Result<Option<String>, StoreError> {
        self.setting(PROGRESS_SETTING).await
    }

    async fn note_progress(&self, note: &str) -> Result<(), StoreError> {
        self.put_setting(PROGRESS_SETTING, note).await
    }
}
