//! The places: memory, SQLite, Postgres, and Redis twice, each with a private server of its own where it needs one.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use async_trait::async_trait;
use designia::memory::MemoryStore;
use designia::ports::{Broadcast, TaskQueue, Tasks};
use designia::postgres::{PostgresStore, Topic};
use designia::redis::{RedisBroadcast, RedisConnection, RedisQueue};
use designia::sqlite::SqliteStore;
use designia::task::Task;
use designia::tokio::{Bell, Heartbeat};
use designia_services::{Persistence, PrivatePostgres, PrivateRedis};
use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::contestant::{Contestant, Producer, Touch, Working, failed};

/// Connections of the handlers that update them.
const CONNECTIONS: u32 = 16;

pub(crate) async fn open(wanted: impl Fn(&str) -> bool) -> Vec<Contestant> {
    let mut open = Vec::new();
    if wanted("memory") {
        open.push(memory());
    }
    if wanted("sqlite") {
        open.push(sqlite().await);
    }
    if wanted("postgres") {
        open.push(postgres().await);
    }
    for (name, persistence, durability) in [
        (
            "redis-aof",
            Persistence::EverySecond,
            "a private server; AOF, appendfsync everysec: a crash may lose a second",
        ),
        ("redis-none", Persistence::None, "a private server; no persistence: a crash loses everything"),
    ] {
        if wanted(name) {
            open.push(redis(name, persistence, durability).await);
        }
    }
    open
}

fn memory() -> Contestant {
    Contestant {
        name: "memory",
        durability: "in this process: a crash loses everything".to_owned(),
        tasks: Tasks::in_store(Arc::new(MemoryStore::new())),
        heartbeat: Heartbeat::Shared,
        server: None,
        touch: Arc::new(|_| Box::pin(async { Ok(()) })),
        touched: "none",
        producer: None,
        written: None,
        _kept: Box::new(()),
    }
}

async fn sqlite() -> Contestant {
    let folder = Folder::fresh();
    let store = SqliteStore::open(&designia::sqlite::Config::file(folder.0.join("tasks.db"))).await.unwrap();
    // In the queue's own file handlers and worker would wait for each other.
    let options = SqliteConnectOptions::new().filename(folder.0.join("rows.db")).create_if_missing(true);
    let options = options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    sqlx::raw_sql(MAKE_ROWS).execute(&pool).await.unwrap();
    let touch: Touch = Arc::new(move |row| {
        let pool = pool.clone();
        Box::pin(async move {
            let update = sqlx::query(UPDATE).bind(i64::try_from(row).unwrap());
            update.execute(&pool).await.map(drop).map_err(failed)
        })
    });
    Contestant {
        name: "sqlite",
        durability: "a file; WAL, synchronous FULL: survives a power failure".to_owned(),
        tasks: Tasks::in_store(Arc::new(store)),
        heartbeat: Heartbeat::Shared,
        server: None,
        touch,
        touched: "another file, synchronous FULL, one connection",
        producer: None,
        written: None,
        _kept: Box::new(folder),
    }
}

async fn postgres() -> Contestant {
    let server = PrivatePostgres::durable()
        .setting("shared_buffers", "512MB")
        .setting("max_wal_size", "4GB")
        .launch()
        .expect("Postgres is installed");
    let (url, pid) = (server.url(), server.pid());
    let config = designia::postgres::Config::from_str(&url).unwrap();
    let store = PostgresStore::open(&config).await.unwrap();
    let (pool, to_beat) =
        (PgPoolOptions::new().max_connections(CONNECTIONS).connect(&url).await.unwrap(), config.clone());
    sqlx::raw_sql(MAKE_ROWS).execute(&pool).await.unwrap();
    let (touching, asking) = (pool.clone(), pool.clone());
    let touch: Touch = Arc::new(move |row| {
        let pool = touching.clone();
        Box::pin(async move {
            let update = sqlx::query(UPDATE).bind(i64::try_from(row).unwrap());
            update.execute(&pool).await.map(drop).map_err(failed)
        })
    });
    let producer = PostgresProducer(PostgresStore::open(&config).await.unwrap());
    Contestant {
        name: "postgres",
        durability: "a private server; fsync on, synchronous_commit on: survives a power failure".to_owned(),
        tasks: Tasks::in_store(Arc::new(store)),
        heartbeat: Heartbeat::Own(Arc::new(move || {
            let config = to_beat.clone();
            Box::pin(async move {
                let store = PostgresStore::lazy(&config);
                store.prepare().await.map_err(designia::ports::StoreError::unavailable)?;
                Ok(Arc::new(store) as Arc<dyn TaskQueue>)
            })
        })),
        server: pid,
        touch,
        touched: "the same database, 16 connections, a transaction each",
        producer: Some(Box::new(producer)),
        written: Some(Box::new(move || Box::pin(written(asking.clone())))),
        _kept: Box::new(server),
    }
}

async fn redis(name: &'static str, persistence: Persistence, durability: &str) -> Contestant {
    let server = PrivateRedis::builder().persistence(persistence).launch().expect("Redis is installed");
    let (url, pid) = (server.url(), server.pid());
    let config = designia::redis::Config::from_str(&url).unwrap();
    let queue = RedisQueue::connect(&config).await.unwrap();
    let rows = redis::Client::open(url).unwrap().get_multiplexed_async_connection().await.unwrap();
    let touch: Touch = Arc::new(move |row| {
        let mut rows = rows.clone();
        Box::pin(async move {
            let update = redis::cmd("HINCRBY").arg("rows").arg(row).arg(1).query_async::<i64>(&mut rows).await;
            update.map(drop).map_err(failed)
        })
    });
    let other = RedisConnection::connect(&config).await.unwrap();
    let producer = RedisProducer { queue: RedisQueue::new(other.clone()), broadcast: RedisBroadcast::new(other) };
    Contestant {
        name,
        durability: durability.to_owned(),
        tasks: Tasks::relayed(Arc::new(MemoryStore::new()), Arc::new(queue)),
        heartbeat: Heartbeat::Own(Arc::new(move || {
            let config = config.clone();
            Box::pin(async move { Ok(Arc::new(RedisQueue::new(RedisConnection::lazy(&config))) as Arc<dyn TaskQueue>) })
        })),
        server: pid,
        touch,
        touched: "HINCRBY in the same Redis, one connection",
        producer: Some(Box::new(producer)),
        written: None,
        _kept: Box::new(server),
    }
}

/// A thousand rows to be updated, in SQL that both databases know.
const MAKE_ROWS: &str = "CREATE TABLE bench_rows (id bigint PRIMARY KEY, n bigint NOT NULL);
    INSERT INTO bench_rows (id, n)
    WITH RECURSIVE numbers (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM numbers WHERE i < 999) SELECT i, 0 FROM numbers;";

const UPDATE: &str = "UPDATE bench_rows SET n = n + 1 WHERE id = $1";

async fn written(pool: PgPool) -> u64 {
    let bytes: i64 =
        sqlx::query_scalar("SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint").fetch_one(&pool).await.unwrap();
    u64::try_from(bytes).unwrap()
}

/// A directory that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn fresh() -> Self {
        let folder = std::env::temp_dir().join(format!("designia-bench-tasks-{}", std::process::id()));
        std::fs::create_dir(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _left_to_the_system = std::fs::remove_dir_all(&self.0);
    }
}

struct PostgresProducer(PostgresStore);

#[async_trait]
impl Producer for PostgresProducer {
    fn way(&self) -> &'static str {
        "over another connection, heard by LISTEN"
    }

    async fn listen(&self, bell: Bell) -> Working<()> {
        let mut listener = self.0.listen().await.unwrap();
        Box::pin(async move {
            loop {
                if listener.next().await.unwrap() == Topic::Tasks {
                    bell.ring();
                }
            }
        })
    }

    async fn enqueue(&self, task: Task) {
        self.0.enqueue(&[task]).await.unwrap();
        self.0.notify(&[Topic::Tasks]).await.unwrap();
    }
}

struct RedisProducer {
    queue: RedisQueue,
    broadcast: RedisBroadcast,
}

const CHANNEL: &str = "tasks";

#[async_trait]
impl Producer for RedisProducer {
    fn way(&self) -> &'static str {
        "over another connection, heard by PUBLISH"
    }

    async fn listen(&self, bell: Bell) -> Working<()> {
        let mut subscription = self.broadcast.subscribe(CHANNEL).await.unwrap();
        Box::pin(async move {
            loop {
                subscription.next().await.unwrap();
                bell.ring();
            }
        })
    }

    async fn enqueue(&self, task: Task) {
        self.queue.enqueue(&[task]).await.unwrap();
        self.broadcast.publish(CHANNEL, b"1").await.unwrap();
    }
}
