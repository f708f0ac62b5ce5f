//! [`Export`] and [`Import`] on PostgreSQL.

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
use sqlx::FromRow;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::catalog::Whole;
use crate::error::store_error;
use crate::inbox::Stored;
use crate::session::Session;
use crate::sql::{archive as sql, records as records_sql};
use crate::statement::{Binding, statement};
use crate::store::PostgresStore;

/// A row of the totals: kind, word, currency, amount.
type Line = (String, Option<String>, Option<String>, i64);

/// Why something can't be read or written.
struct Failure(StoreError);

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self(store_error(error))
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self(error)
    }
}

/// The rows of a statement within a transaction.
async fn rows<T: for<'r> FromRow<'r, PgRow>>(session: &mut Session, query: Binding) -> Result<Vec<T>, Failure> {
    let rows = session.ask(query.done()?).await?;
    Ok(rows.iter().map(T::from_row).collect::<Result<_, _>>()?)
}

#[async_trait]
impl Export for PostgresStore {
    async fn export_products(&self, after: Option<ProductId>, limit: u32) -> Result<Vec<Product>, StoreError> {
        let query = match after {
            Some(id) => statement(sql::NEXT_PRODUCTS).bind(i64::from(limit)).bind(id.as_uuid()),
            None => statement(sql::FIRST_PRODUCTS).bind(i64::from(limit)),
        };
        self.all::<Whole>(query).await?.into_iter().map(Whole::product).collect()
    }

    async fn export_orders(&self, after: Option<OrderId>, limit: u32) -> Result<Vec<OrderArchive>, StoreError> {
        let query = match after {
            Some(id) => statement(sql::NEXT_ORDERS).bind(i64::from(limit)).bind(id.as_uuid()),
            None => statement(sql::FIRST_ORDERS).bind(i64::from(limit)),
        };
        let mut session = self.session().await?;
        session.begin_snapshot().await.map_err(store_error)?;
        let page = async {
            let ids: Vec<(Uuid,)> = rows(&mut session, query).await?;
            read::orders(&mut session, ids.into_iter().map(|(id,)| id).collect()).await
        };
        let page = page.await;
        session.end(page).await.map_err(|failure| failure.0)
    }

    async fn export_events(&self, after: Option<&str>, limit: u32) -> Result<Vec<InboxRecord>, StoreError> {
        let query = match after {
            Some(id) => statement(sql::NEXT_EVENTS).bind(i64::from(limit)).bind(id),
            None => statement(sql::FIRST_EVENTS).bind(i64::from(limit)),
        };
        self.all::<Stored>(query).await?.into_iter().map(Stored::record).collect()
    }

    async fn export_rates(&self, after: Option<&RateKey>, limit: u32) -> Result<Vec<RateBatch>, StoreError> {
        let query = statement(sql::RATES);
        let query = match after {
            Some(RateKey { publisher, bundled, base, as_of }) => {
                query.bind(publisher.as_str()).bind(*bundled).bind(base.code()).bind(as_of.days_since_epoch())
            }
            None => query.bind("").bind(false).bind("").bind(0),
        };
        self.all(query.bind(i64::from(limit))).await?.into_iter().map(read::rates).collect()
    }

    async fn export_accounts(&self, after: Option<AccountId>, limit: u32) -> Result<Vec<AccountArchive>, StoreError> {
        let mut session = self.session().await?;
        session.begin_snapshot().await.map_err(store_error)?;
        let page = accounts::page(&mut session, after, limit).await;
        session.end(page).await.map_err(|failure| failure.0)
    }

    async fn export_records(
        &self,
        topic: Topic,
        after: Option<&RecordKey>,
        limit: u32,
    ) -> Result<Vec<Record>, StoreError> {
        let rows = self.ask(records::page(topic, after, limit)?).await?;
        rows.iter().map(|row| records::record(topic, row)).collect()
    }

    async fn export_settings(&self) -> Result<Vec<(String, String)>, StoreError> {
        self.all(statement(sql::SETTINGS).bind(PROGRESS_SETTING)).await
    }

    async fn totals(&self) -> Result<Totals, StoreError> {
        let mut session = self.session().await?;
        // Counting takes longer than a call may.
        session.begin_snapshot().await.map_err(store_error)?;
        let lines = rows::<Line>(&mut session, statement(&records_sql::TOTALS)).await;
        let mut totals = Totals::default();
        for (kind, word, currency, amount) in session.end(lines).await.map_err(|failure| failure.0)? {
            totals.add(Total::named(&kind, word.as_deref(), currency.as_deref())?, amount);
        }
        Ok(totals)
    }
}

#[async_trait]
impl Import for PostgresStore {
    async fn import_products(&self, products: &[Product]) -> Result<(), StoreError> {
        let mut session = self.session().await?;
        session.begin().await.map_err(store_error)?;
        let written = write::products(&mut session, products).await;
        session.end(written).await.map_err(|failure| failure.0)
    }

    async fn import_orders(&self, orders: &[OrderArchive]) -> Result<(), StoreError> {
        orders.iter().try_for_each(OrderArchive::check)?;
        let mut session = self.session().await?;
        session.begin().await.map_err(store_error)?;
        let written = write::orders(&mut session, orders).await;
        session.end(written).await.map_err(|failure| failure.0)
    }

    async fn import_events(&self, events: &[InboxRecord]) -> Result<(), StoreError> {
        let mut session = self.session().await?;
        session.begin().await.map_err(store_error)?;
        let written = write::events(&mut session, events).await;
        session.end(written).await.map_err(|failure| failure.0)
    }

    async fn import_rates(&self, batches: &[RateBatch]) -> Result<(), StoreError> {
        let mut session = self.session().await?;
        session.begin().await.map_err(store_error)?;
        let written = write::rates(&mut session, batches).await;
        session.end(written).await.map_err(|failure| failure.0)
    }

    async fn import_accounts(&self, accounts: &[AccountArchive]) -> Result<(), StoreError> {
        accounts.iter().try_for_each(AccountArchive::check)?;
        let mut session = self.session().await?;
        session.begin().await.map_err(store_error)?;
        let written = accounts::write(&mut session, accounts).await;
        session.end(written).await.map_err(|failure| failure.0)
    }

    async fn import_records(&self, topic: Topic, records: &[Record]) -> Result<(), StoreError> {
        let mut session = self.session().await?;
        session.begin().await.map_err(store_error)?;
        let written = records::write(&mut session, topic, records).await;
        session.end(written).await.map_err(|failure| failure.0)
    }

    async fn import_settings(&self, settings: &[(String, String)]) -> Result<(), StoreError> {
        let mut session = self.session().await?;
        session.begin().await.map_err(store_error)?;
        let written = write::settings(&mut session, settings).await;
        session.end(written).await.map_err(|failure| failure.0)
    }

    async fn progress(&self) -> Result<Option<String>, StoreError> {
        self.setting(PROGRESS_SETTING).await
    }

    async fn note_progress(&self, note: &str) -> Result<(), StoreError> {
        self.put_setting(PROGRESS_SETTING, note).await
    }
}
