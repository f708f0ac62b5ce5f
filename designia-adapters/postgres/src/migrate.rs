//! Brings a database to the schema that this program knows, one numbered step at a time.
//!
//! Steps are only ever appended. Each runs in its own transaction, under a lock that one node holds at a time, and ends by
//! noting its number, so a step either happened or didn't, and nodes that start at once don't run one twice.

use sqlx::{Connection, PgConnection, Row as _};

use crate::config::Config;
use crate::error::{OpenError, store_error};
use crate::open::connect;
use crate::row::number;
use crate::sql::upkeep as sql;

/// Marks the lock of whoever migrates: "DSGNmigr".
const MIGRATING: i64 = 0x4453_474E_6D69_6772;

/// One step: its name and what it does.
struct Step {
    version: u32,
    name: &'static str,
    sql: &'static str,
}

const STEPS: [Step; 17] = [
    Step { version: 1, name: "stores", sql: include_str!("../migrations/0001_stores.sql") },
    Step { version: 2, name: "tallies", sql: include_str!("../migrations/0002_tallies.sql") },
    Step { version: 3, name: "guards", sql: include_str!("../migrations/0003_guards.sql") },
    Step { version: 4, name: "commit", sql: include_str!("../migrations/0004_commit.sql") },
    Step { version: 5, name: "tasks", sql: include_str!("../migrations/0005_tasks.sql") },
    Step { version: 6, name: "task_calls", sql: include_str!("../migrations/0006_task_calls.sql") },
    Step { version: 7, name: "task_locks", sql: include_str!("../migrations/0007_task_locks.sql") },
    Step { version: 8, name: "accounts", sql: include_str!("../migrations/0008_accounts.sql") },
    Step { version: 9, name: "catalog", sql: include_str!("../migrations/0009_catalog.sql") },
    Step { version: 10, name: "chat", sql: include_str!("../migrations/0010_chat.sql") },
    Step { version: 11, name: "mail", sql: include_str!("../migrations/0011_mail.sql") },
    Step { version: 12, name: "requests", sql: include_str!("../migrations/0012_requests.sql") },
    Step { version: 13, name: "orders", sql: include_str!("../migrations/0013_orders.sql") },
    Step { version: 14, name: "inbox_console", sql: include_str!("../migrations/0014_inbox_console.sql") },
    Step { version: 15, name: "audit", sql: include_str!("../migrations/0015_audit.sql") },
    Step { version: 16, name: "task_pages", sql: include_str!("../migrations/0016_task_pages.sql") },
    Step { version: 17, name: "payments", sql: include_str!("../migrations/0017_payments.sql") },
];

/// The schema version that this program makes and needs.
pub const SCHEMA_VERSION: u32 = STEPS[STEPS.len() - 1].version;

/// Where the steps that were taken are noted. It comes before the first.
const BEGINNING: &str = "
    CREATE TABLE IF NOT EXISTS designia.schema_migrations (
        version bigint PRIMARY KEY,
        name text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now()
    )";

/// One migration, and whether a database has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Migration {
    /// The schema version that it makes.
    pub version: u32,
    /// What it brings.
    pub name: &'static str,
    /// Whether the database has it.
    pub applied: bool,
}

/// The migrations that this program knows, and which of them the database has. Changes nothing.
///
/// # Errors
/// As for opening, without migrating.
pub async fn migrations(config: &Config) -> Result<Vec<Migration>, OpenError> {
    let mut connection = connect(config).await?;
    let found = version(&mut connection, config).await?;
    let _ = connection.close().await;
    let migration = |step: &Step| Migration { version: step.version, name: step.name, applied: step.version <= found };
    Ok(STEPS.iter().map(migration).collect())
}

/// Runs the steps that the database lacks.
pub(crate) async fn run(connection: &mut PgConnection, config: &Config) -> Result<(), OpenError> {
    let found = version(connection, config).await?;
    for step in STEPS.iter().filter(|step| step.version > found) {
        let failed = |error| OpenError::Migration { version: step.version, name: step.name, error: store_error(error) };
        if take(connection, step, config, failed).await? {
            tracing::info!(version = step.version, name = step.name, "migrated the database");
        }
    }
    Ok(())
}

/// Takes one step, unless another node was faster.
async fn take(
    connection: &mut PgConnection,
    step: &Step,
    config: &Config,
    failed: impl Fn(sqlx::Error) -> OpenError,
) -> Result<bool, OpenError> {
    // However long it takes, and however long it takes another node that is at it.
    let begin = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = 0";
    let mut transaction = connection.begin_with(begin).await.map_err(&failed)?;
    let lock = sqlx::query(sql::LOCK_MIGRATIONS).bind(MIGRATING).persistent(false);
    lock.execute(&mut *transaction).await.map_err(&failed)?;
    if version(&mut transaction, config).await? >= step.version {
        return Ok(false);
    }
    if !is_there(&mut transaction, sql::HAS_SCHEMA).await.map_err(&failed)? {
        sqlx::raw_sql("CREATE SCHEMA designia").execute(&mut *transaction).await.map_err(&failed)?;
    }
    sqlx::raw_sql(BEGINNING).execute(&mut *transaction).await.map_err(&failed)?;
    sqlx::raw_sql(step.sql).execute(&mut *transaction).await.map_err(&failed)?;
    let note = sqlx::query(sql::MIGRATED).bind(i64::from(step.version)).bind(step.name).persistent(false);
    note.execute(&mut *transaction).await.map_err(&failed)?;
    transaction.commit().await.map_err(&failed)?;
    Ok(true)
}

/// The schema version of the database; 0 for one that has nothing of ours.
async fn version(connection: &mut PgConnection, config: &Config) -> Result<u32, OpenError> {
    if !is_there(connection, sql::HAS_MIGRATIONS).await.map_err(store_error)? {
        return Ok(0);
    }
    let row = sqlx::raw_sql(sql::VERSION).fetch_one(connection).await.map_err(store_error)?;
    let found = number("the schema version", row.try_get(0).map_err(store_error)?)?;
    if found > SCHEMA_VERSION {
        return Err(OpenError::Newer { place: config.place(), found, known: SCHEMA_VERSION });
    }
    Ok(found)
}

async fn is_there(connection: &mut PgConnection, statement: &'static str) -> Result<bool, sqlx::Error> {
    // As one message, which no pooler can take apart.
    sqlx::raw_sql(statement).fetch_one(connection).await?.try_get(0)
}
