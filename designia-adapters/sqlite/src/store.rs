//! The store: one connection that writes, several that read, and what a host does with the file as a whole.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use designia_core::ports::StoreError;
use sqlx::pool::PoolConnection;
use sqlx::{Sqlite, SqliteConnection, SqlitePool};

use crate::config::{Config, Place};
use crate::error::{OpenError, store_error};
use crate::migrate;
use crate::open;
use crate::sql::upkeep as sql;
use crate::writer::{Lane, Writer};

/// Orders, products, webhook events, exchange rates, tasks and schedules in one SQLite file. Clones share their connections.
///
/// It fills the roles of [`OrderStore`](designia_core::ports::OrderStore),
/// [`OrderQueries`](designia_core::ports::OrderQueries), [`CatalogStore`](designia_core::ports::CatalogStore),
/// [`Inbox`](designia_core::ports::Inbox), [`RateStore`](designia_core::ports::RateStore),
/// [`TransactionalTaskQueue`](designia_core::ports::TransactionalTaskQueue),
/// [`TaskConsole`](designia_core::ports::TaskConsole) and [`ScheduleStore`](designia_core::ports::ScheduleStore). Its calls need
/// a tokio runtime with time enabled.
#[derive(Clone)]
pub struct SqliteStore {
    shared: Arc<Shared>,
}

struct Shared {
    config: Config,
    writer: Writer,
    /// None in memory, where the one connection does everything.
    readers: Option<SqlitePool>,
}

/// A connection to read from.
pub(crate) enum Reader<'a> {
    Pooled(PoolConnection<Sqlite>),
    Lane(Lane<'a>),
}

impl SqliteStore {
    /// Opens the database, makes it if it is missing, and brings its schema up to [`SCHEMA_VERSION`](crate::SCHEMA_VERSION).
    ///
    /// # Errors
    /// An [`OpenError`] that says what is wrong with the file and, where there is a choice, what to do.
    pub async fn open(config: &Config) -> Result<Self, OpenError> {
        let opened = open::open(config).await?;
        let is_replaceable = matches!(config.place, Place::File(_));
        let writer = Writer::new(opened.writer, opened.options, config.patience, is_replaceable).await?;
        Ok(Self { shared: Arc::new(Shared { config: config.clone(), writer, readers: opened.readers }) })
    }

    /// The schema version of the database: that of this program, since [`SqliteStore::open`] migrates.
    ///
    /// # Errors
    /// If the file can't be read.
    pub async fn schema_version(&self) -> Result<u32, StoreError> {
        migrate::version(&mut *self.reader().await?).await.map_err(store_error)
    }

    /// A small fact that the host keeps beside its orders.
    ///
    /// # Errors
    /// If the file can't be read.
    pub async fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        let query = sqlx::query_scalar(sql::SETTING).bind(name);
        query.fetch_optional(&mut *self.reader().await?).await.map_err(store_error)
    }

    /// Keeps a small fact beside the orders, in place of the one of that name.
    ///
    /// # Errors
    /// If the file can't be written to.
    pub async fn put_setting(&self, name: &str, value: &str) -> Result<(), StoreError> {
        let query = sqlx::query(sql::PUT_SETTING).bind(name).bind(value);
        self.lane().await?.execute(query).await.map_err(store_error)?;
        Ok(())
    }

    /// Waits for the calls under way, writes everything into the file itself and closes it. Later calls on any clone fail
    /// as unavailable. A store that is dropped without this loses nothing; its `-wal` file is read at the next start.
    ///
    /// # Errors
    /// If the file can't be written to.
    pub async fn close(&self) -> Result<(), StoreError> {
        if let Some(readers) = &self.shared.readers {
            readers.close().await;
        }
        self.shared.writer.close().await
    }

    /// How it was opened.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.shared.config
    }

    /// The turn to write.
    pub(crate) async fn lane(&self) -> Result<Lane<'_>, StoreError> {
        self.shared.writer.lane().await
    }

    /// A connection to read from. It sees every commit that was answered before it was asked for.
    pub(crate) async fn reader(&self) -> Result<Reader<'_>, StoreError> {
        match &self.shared.readers {
            Some(readers) => readers.acquire().await.map(Reader::Pooled).map_err(store_error),
            None => self.lane().await.map(Reader::Lane),
        }
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("config", &self.shared.config).finish_non_exhaustive()
    }
}

impl Deref for Reader<'_> {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        match self {
            Self::Pooled(connection) => connection,
            Self::Lane(lane) => lane,
        }
    }
}

impl DerefMut for Reader<'_> {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        match self {
            Self::Pooled(connection) => connection,
            Self::Lane(lane) => lane,
        }
    }
}
