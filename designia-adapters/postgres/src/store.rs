//! The store: its connections, and what a host does with the database as a whole.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use async_trait::async_trait;
use designia_core::ports::StoreError;
use sqlx::FromRow;
use sqlx::postgres::{PgPool, PgRow};
use tokio::sync::OnceCell;

use crate::commit::{is_worth_another_try, pause};
use crate::config::Config;
use crate::error::{OpenError, closed, not_ready, store_error};
use crate::open;
use crate::session::Session;
use crate::sql::upkeep as sql;
use crate::statement::{Binding, Statement, statement};

/// Orders, products, webhook events, exchange rates, background tasks and schedules in one PostgreSQL database. Clones share
/// their connections.
///
/// It fills the roles of [`OrderStore`](designia_core::ports::OrderStore),
/// [`OrderQueries`](designia_core::ports::OrderQueries), [`CatalogStore`](designia_core::ports::CatalogStore),
/// [`Inbox`](designia_core::ports::Inbox), [`RateStore`](designia_core::ports::RateStore),
/// [`TransactionalTaskQueue`](designia_core::ports::TransactionalTaskQueue) and
/// [`ScheduleStore`](designia_core::ports::ScheduleStore). Its calls need a tokio runtime with I/O and time enabled.
#[derive(Clone)]
pub struct PostgresStore {
    shared: Arc<Shared>,
}

struct Shared {
    config: Config,
    /// Set once the schema is known to be ours.
    pool: OnceCell<PgPool>,
    is_closed: AtomicBool,
    /// The day, counted from 1970, on which a task last ended as far as this process knows.
    task_day: AtomicI64,
}

/// What is done within a transaction, as often as it takes.
#[async_trait]
pub(crate) trait Work<T>: Sync {
    /// Does it, from the start.
    async fn run(&self, session: &mut Session) -> Result<T, sqlx::Error>;
}

impl PostgresStore {
    /// A store that connects nowhere yet: until [`PostgresStore::prepare`] has succeeded, every call fails as unavailable.
    #[must_use]
    pub fn lazy(config: &Config) -> Self {
        let (config, pool, is_closed) = (config.clone(), OnceCell::new(), AtomicBool::new(false));
        Self { shared: Arc::new(Shared { config, pool, is_closed, task_day: AtomicI64::new(i64::MIN) }) }
    }

    /// Connects, and brings the schema up to [`SCHEMA_VERSION`](crate::SCHEMA_VERSION). Does nothing if that was done before,
    /// and may be called again if it failed. Any number of nodes may do this at once.
    ///
    /// # Errors
    /// An [`OpenError`] that says what is wrong and, where there is a choice, what to do.
    pub async fn prepare(&self) -> Result<(), OpenError> {
        self.shared.pool.get_or_try_init(|| open::open(&self.shared.config)).await?;
        self.restate_orders().await?;
        Ok(())
    }

    /// [`PostgresStore::lazy`] and [`PostgresStore::prepare`].
    ///
    /// # Errors
    /// Those of [`PostgresStore::prepare`].
    pub async fn open(config: &Config) -> Result<Self, OpenError> {
        let store = Self::lazy(config);
        store.prepare().await?;
        Ok(store)
    }

    /// Whether [`PostgresStore::prepare`] has succeeded.
    #[must_use]
    pub fn is_prepared(&self) -> bool {
        self.shared.pool.initialized()
    }

    /// How it was opened.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.shared.config
    }

    /// The schema version of the database: that of this program, or a later one if a newer node has migrated it meanwhile.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn schema_version(&self) -> Result<u32, StoreError> {
        let (version,) = self.one::<(i64,)>(statement(sql::VERSION)).await?;
        crate::row::number("the schema version", version)
    }

    /// A small fact that the host keeps beside its orders.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        let value: Option<(String,)> = self.first(statement(sql::SETTING).bind(name)).await?;
        Ok(value.map(|(value,)| value))
    }

    /// Keeps a small fact beside the orders, in place of the one of that name.
    ///
    /// # Errors
    /// If the database can't be written to.
    pub async fn put_setting(&self, name: &str, value: &str) -> Result<(), StoreError> {
        self.ask(statement(sql::PUT_SETTING).bind(name).bind(value)).await?;
        Ok(())
    }

    /// Waits for the calls under way and closes the connections. Later calls on any clone fail as unavailable.
    ///
    /// # Errors
    /// None at present.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.shared.is_closed.store(true, Ordering::Release);
        if let Some(pool) = self.shared.pool.get() {
            pool.close().await;
        }
        Ok(())
    }

    /// The day, counted from 1970, on which a task last ended as far as this process knows.
    pub(crate) fn task_day(&self) -> &AtomicI64 {
        &self.shared.task_day
    }

    /// A connection for one call.
    pub(crate) async fn session(&self) -> Result<Session, StoreError> {
        let Shared { config, pool, is_closed, task_day: _ } = &*self.shared;
        if is_closed.load(Ordering::Acquire) {
            return Err(closed());
        }
        let pool = pool.get().ok_or_else(|| not_ready(&config.place()))?;
        Ok(Session::new(pool.acquire().await.map_err(store_error)?, config))
    }

    /// Runs a statement by itself; the rows that it returns.
    pub(crate) async fn ask(&self, query: Binding) -> Result<Vec<PgRow>, StoreError> {
        let statement = query.done().map_err(store_error)?;
        self.session().await?.alone(statement).await.map_err(store_error)
    }

    /// Runs a statement by itself, and again if others were in the way.
    pub(crate) async fn insist(&self, statement: Statement) -> Result<Result<Vec<PgRow>, sqlx::Error>, StoreError> {
        let mut tries = 1;
        loop {
            match self.session().await?.alone(statement.clone()).await {
                Err(error) if is_worth_another_try(&error, tries) => pause(&mut tries).await,
                answer => return Ok(answer),
            }
        }
    }

    /// Runs a transaction, and again if others were in the way.
    pub(crate) async fn transact<T>(&self, work: impl Work<T>) -> Result<Result<T, sqlx::Error>, StoreError> {
        let mut tries = 1;
        loop {
            let mut session = self.session().await?;
            session.begin().await.map_err(store_error)?;
            let done = work.run(&mut session).await;
            match session.end(done).await {
                Err(error) if is_worth_another_try(&error, tries) => {}
                answer => return Ok(answer),
            }
            drop(session);
            pause(&mut tries).await;
        }
    }

    /// The rows of a statement.
    pub(crate) async fn all<T: for<'r> FromRow<'r, PgRow>>(&self, query: Binding) -> Result<Vec<T>, StoreError> {
        let rows = self.ask(query).await?;
        rows.iter().map(|row| T::from_row(row).map_err(store_error)).collect()
    }

    /// The first row of a statement, if there is one.
    pub(crate) async fn first<T: for<'r> FromRow<'r, PgRow>>(&self, query: Binding) -> Result<Option<T>, StoreError> {
        Ok(self.all(query).await?.into_iter().next())
    }

    /// The one row of a statement that always has one.
    pub(crate) async fn one<T: for<'r> FromRow<'r, PgRow>>(&self, query: Binding) -> Result<T, StoreError> {
        self.first(query).await?.ok_or_else(|| store_error(sqlx::Error::RowNotFound))
    }

    /// Whether a statement that returns each row that it changed has changed any.
    pub(crate) async fn is_any_changed(&self, query: Binding) -> Result<bool, StoreError> {
        Ok(!self.ask(query).await?.is_empty())
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore").field("config", &self.shared.config).finish_non_exhaustive()
    }
}
