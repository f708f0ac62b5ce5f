//! The stores of the configured database: opened, looked at, kept and closed as the technology behind them asks for.

mod between_nodes;
mod console;
mod examine;
#[cfg(test)]
mod leases;
mod limits;

use std::sync::Arc;

use designia_core::memory::MemoryStore;
use designia_core::ports::{
    AccountStore, AuditLog, CartStore, CatalogSearch, CatalogStore, ChatStore, FavouriteStore, Import, Inbox,
    MailStore, NotificationStore, OrderQueries, OrderStore, RateStore, RequestLog, ReviewStore, ScheduleStore,
    ShopFigures, StoreError, StoreFacts, TaskConsole, TaskQueue, Tasks, TransactionalTaskQueue,
};
use designia_postgres::{OpenError, PostgresStore};
use designia_redis::{RedisBroadcast, RedisConnection, RedisQueue};
use designia_sqlite::SqliteStore;
use designia_tokio::Heartbeat;

use super::WiringError;
use super::redis;
use super::signals::PostgresSignals;
use crate::config::{Database, Postgres, Redis};
use crate::opening::NotOpened;
use crate::signals::Signals;
use between_nodes::BetweenNodes;
pub use console::ConsolePorts;
pub use examine::{Finding, Level, Migration, check_postgres, migrations, place};

/// The stores of one database.
#[derive(Clone, Debug)]
pub struct Stores {
    pub(super) accounts: Arc<dyn AccountStore>,
    pub(super) mails: Arc<dyn MailStore>,
    pub(super) notifications: Arc<dyn NotificationStore>,
    pub(super) orders: Arc<dyn OrderStore>,
    pub(super) queries: Arc<dyn OrderQueries>,
    pub(super) catalog: Arc<dyn CatalogStore>,
    pub(super) search: Arc<dyn CatalogSearch>,
    pub(super) reviews: Arc<dyn ReviewStore>,
    pub(super) favourites: Arc<dyn FavouriteStore>,
    pub(super) carts: Arc<dyn CartStore>,
    pub(super) figures: Arc<dyn ShopFigures>,
    pub(super) chats: Arc<dyn ChatStore>,
    pub(super) inbox: Arc<dyn Inbox>,
    pub(super) rates: Arc<dyn RateStore>,
    requests: Arc<dyn RequestLog>,
    audit: Arc<dyn AuditLog>,
    facts: Arc<dyn StoreFacts>,
    pub(super) tasks: Tasks,
    /// Where the tasks of commits are written, wherever they are run from.
    outbox: Arc<dyn TransactionalTaskQueue>,
    redis: Option<RedisConnection>,
    between: BetweenNodes,
    archive: Arc<dyn Import>,
    behind: Behind,
}

/// What is behind the ports, for its upkeep.
#[derive(Clone, Debug)]
enum Behind {
    Memory,
    File(SqliteStore),
    Server(PostgresStore),
}

/// Everything that is asked of one database.
trait Store:
    AccountStore
    + MailStore
    + NotificationStore
    + OrderStore
    + OrderQueries
    + CatalogStore
    + CatalogSearch
    + ReviewStore
    + FavouriteStore
    + CartStore
    + ShopFigures
    + ChatStore
    + Inbox
    + RateStore
    + RequestLog
    + AuditLog
    + StoreFacts
    + Import
    + TransactionalTaskQueue
    + TaskConsole
    + ScheduleStore
{
}

impl<S> Store for S where
    S: AccountStore
        + MailStore
        + NotificationStore
        + OrderStore
        + OrderQueries
        + CatalogStore
        + CatalogSearch
        + ReviewStore
        + FavouriteStore
        + CartStore
        + ShopFigures
        + ChatStore
        + Inbox
        + RateStore
        + RequestLog
        + AuditLog
        + StoreFacts
        + Import
        + TransactionalTaskQueue
        + TaskConsole
        + ScheduleStore
{
}

impl Stores {
    fn of<S: Store>(store: S, behind: Behind) -> Self {
        let store = Arc::new(store);
        Self {
            accounts: store.clone(),
            mails: store.clone(),
            notifications: store.clone(),
            orders: store.clone(),
            queries: store.clone(),
            catalog: store.clone(),
            search: store.clone(),
            reviews: store.clone(),
            favourites: store.clone(),
            carts: store.clone(),
            figures: store.clone(),
            chats: store.clone(),
            inbox: store.clone(),
            rates: store.clone(),
            requests: store.clone(),
            audit: store.clone(),
            facts: store.clone(),
            tasks: Tasks::in_store(store.clone()),
            outbox: store.clone(),
            redis: None,
            between: BetweenNodes::in_process(),
            archive: store,
            behind,
        }
    }

    /// Stores in memory.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::of(MemoryStore::new(), Behind::Memory)
    }

    /// Stores that can be used when [`Stores::attempt`] has succeeded. A file is opened at once; a server need not be there yet.
    ///
    /// # Errors
    ///
    /// When a file can't be opened, or a newer release has changed it.
    pub async fn begin(database: &Database) -> Result<Self, WiringError> {
        match database {
            Database::Memory => Ok(Self::in_memory()),
            Database::Sqlite(path) => {
                let opened = SqliteStore::open(&designia_sqlite::Config::file(path)).await;
                let store = opened.map_err(|error| format!("DATABASE_URL: {error}"))?;
                Ok(Self::of(store.clone(), Behind::File(store)))
            }
            Database::Postgres(postgres) => {
                let store = PostgresStore::lazy(&options(postgres)?);
                Ok(Self::of(store.clone(), Behind::Server(store)))
            }
        }
    }

    /// The same, with background tasks in Redis if there is one. Nobody waits for it: tasks of commits wait in the database, and
    /// the API answers.
    ///
    /// # Errors
    ///
    /// When the address can't be understood after all.
    pub fn with_redis(self, redis: Option<&Redis>) -> Result<Self, WiringError> {
        let Some(redis) = redis else { return Ok(self) };
        let connection = redis::connection(redis).map_err(|error| format!("REDIS_URL: {error}"))?;
        let tasks = Tasks::relayed(Arc::clone(&self.outbox), Arc::new(RedisQueue::new(connection.clone())));
        let between = BetweenNodes::over(&connection);
        Ok(Self { tasks, redis: Some(connection), between, ..self })
    }

    /// Requests that clients may repeat.
    #[must_use]
    pub fn requests(&self) -> Arc<dyn RequestLog> {
        Arc::clone(&self.requests)
    }

    /// Over which connections a worker keeps its leases. Where there are sockets it has some of its own, so that neither busy
    /// handlers nor a busy pool hold it up.
    pub(crate) fn heartbeat(&self) -> Heartbeat {
        match (&self.redis, &self.behind) {
            (Some(connection), _) => redis::heartbeat(connection.config()),
            (None, Behind::Memory | Behind::File(_)) => Heartbeat::Shared,
            (None, Behind::Server(store)) => server_heartbeat(store.config()),
        }
    }

    /// Connects to a server and brings its schema up to date. May be tried again.
    ///
    /// # Errors
    ///
    /// Whether a later try may succeed, and why this one did not.
    pub async fn attempt(&self) -> Result<(), NotOpened> {
        match &self.behind {
            Behind::Memory | Behind::File(_) => Ok(()),
            Behind::Server(store) => store.prepare().await.map_err(|error| not_opened(&error)),
        }
    }

    /// Opens the database for good, and brings its schema up to date.
    ///
    /// # Errors
    ///
    /// When it can't be opened, or a newer release has changed it.
    pub async fn open(database: &Database) -> Result<Self, WiringError> {
        let stores = Self::begin(database).await?;
        match stores.attempt().await {
            Ok(()) => Ok(stores),
            Err(NotOpened::ForNow { class: _, told }) => Err(format!("DATABASE_URL: {told}").into()),
            Err(NotOpened::ForGood(told)) => Err(told.into()),
        }
    }

    /// Everything that is stored, to be taken out or put in as a whole.
    #[must_use]
    pub fn archive(&self) -> Arc<dyn Import> {
        self.archive.clone()
    }

    /// How the nodes of this database wake each other: through a PostgreSQL server, or else through Redis; `None` if they can't
    /// and have to look for themselves.
    #[must_use]
    pub fn signals(&self) -> Option<Arc<dyn Signals>> {
        if let Behind::Server(store) = &self.behind
            && !store.config().pooler
        {
            return Some(Arc::new(PostgresSignals(store.clone())));
        }
        if let Some(connection) = &self.redis {
            return Some(Arc::new(redis::BroadcastSignals(Arc::new(RedisBroadcast::new(connection.clone())))));
        }
        if let Behind::Server(_) = &self.behind {
            tracing::info!("nodes can't wake each other through a pooler, and look for work at their interval");
        }
        None
    }

    /// Whether [`Stores::upkeep`] is to be called every few seconds.
    #[must_use]
    pub const fn need_upkeep(&self) -> bool {
        matches!(self.behind, Behind::Server(_))
    }

    /// Tidies up after what was counted.
    ///
    /// # Errors
    ///
    /// When the database can't be written to.
    pub async fn upkeep(&self) -> Result<(), StoreError> {
        match &self.behind {
            Behind::Memory | Behind::File(_) => Ok(()),
            Behind::Server(store) => store.upkeep().await,
        }
    }

    /// Writes back what is not yet, and lets go of the database.
    ///
    /// # Errors
    ///
    /// When a file can't be written to; nothing that was answered is lost even then.
    pub async fn close(&self) -> Result<(), StoreError> {
        match &self.behind {
            Behind::Memory => Ok(()),
            Behind::File(store) => store.close().await,
            Behind::Server(store) => store.close().await,
        }
    }
}

/// Leases of tasks on a server, kept over a connection of their own.
fn server_heartbeat(config: &designia_postgres::Config) -> Heartbeat {
    let mut config = config.clone();
    config.max_connections = 1;
    Heartbeat::Own(Arc::new(move || {
        let config = config.clone();
        Box::pin(async move {
            let opened = PostgresStore::open(&config).await;
            let store = opened.map_err(|error| StoreError::unavailable(error.to_string()))?;
            Ok(Arc::new(store) as Arc<dyn TaskQueue>)
        })
    }))
}

fn options(postgres: &Postgres) -> Result<designia_postgres::Config, WiringError> {
    let mut options: designia_postgres::Config = postgres.url.expose().parse()?;
    options.max_connections = postgres.connections;
    Ok(options)
}

fn not_opened(error: &OpenError) -> NotOpened {
    if !error.is_temporary() {
        return NotOpened::ForGood(format!("DATABASE_URL: {error}"));
    }
    let class = match error {
        OpenError::Migration { .. } => "the database's schema could not be brought up to date",
        OpenError::Store(_) => "the database does not answer",
        _ => "the database is not reachable",
    };
    NotOpened::ForNow { class, told: error.to_string() }
}
