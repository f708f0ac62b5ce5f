//! Brings a database to the schema that this program knows, one numbered step at a time.
//!
//! Steps are only ever appended. Each runs in its own transaction and ends by writing its number into the file's
//! `user_version`, so a step either happened or didn't, and two programs that start at once don't run one twice.

mod restate;

use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use crate::config::{Config, Place};
use crate::error::{OpenError, is_not_a_database, store_error};

/// The `application_id` of our files: "DSGN".
const APPLICATION_ID: i64 = 0x4453_474E;

/// One step: its name and what it does.
struct Step {
    version: u32,
    name: &'static str,
    sql: &'static str,
}

const STEPS: [Step; 14] = [
    Step { version: 1, name: "stores", sql: include_str!("../migrations/0001_stores.sql") },
    Step { version: 2, name: "counters", sql: include_str!("../migrations/0002_counters.sql") },
    Step { version: 3, name: "guards", sql: include_str!("../migrations/0003_guards.sql") },
    Step { version: 4, name: "settings", sql: include_str!("../migrations/0004_settings.sql") },
    Step { version: 5, name: "tasks", sql: include_str!("../migrations/0005_tasks.sql") },
    Step { version: 6, name: "accounts", sql: include_str!("../migrations/0006_accounts.sql") },
    Step { version: 7, name: "catalog", sql: include_str!("../migrations/0007_catalog.sql") },
    Step { version: 8, name: "chat", sql: include_str!("../migrations/0008_chat.sql") },
    Step { version: 9, name: "mail", sql: include_str!("../migrations/0009_mail.sql") },
    Step { version: 10, name: "requests", sql: include_str!("../migrations/0010_requests.sql") },
    Step { version: RESTATING, name: "orders", sql: include_str!("../migrations/0011_orders.sql") },
    Step { version: 12, name: "inbox_console", sql: include_str!("../migrations/0012_inbox_console.sql") },
    Step { version: 13, name: "audit", sql: include_str!("../migrations/0013_audit.sql") },
    Step { version: 14, name: "payments", sql: include_str!("../migrations/0014_payments.sql") },
];

/// The step that states more of the orders than SQL can tell.
const RESTATING: u32 = 11;

/// The schema version that this program makes and needs.
pub const SCHEMA_VERSION: u32 = STEPS[STEPS.len() - 1].version;

/// The numbers and names of all steps.
pub(crate) fn names() -> impl Iterator<Item = (u32, &'static str)> {
    STEPS.iter().map(|step| (step.version, step.name))
}

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

/// The migrations that this program knows, and which of them the database has. Changes nothing, and makes no file.
///
/// # Errors
/// As for opening, without migrating.
pub async fn migrations(config: &Config) -> Result<Vec<Migration>, OpenError> {
    let found = match &config.place {
        Place::File(path) => inspect(path).await?,
        Place::Memory => 0,
    };
    refuse_newer(found, config)?;
    let migration = |step: &Step| Migration { version: step.version, name: step.name, applied: step.version <= found };
    Ok(STEPS.iter().map(migration).collect())
}

/// Makes sure that the file is ours or can become ours, before anything about it is changed, and says which schema version
/// it has; 0 for one that is missing or empty.
pub(crate) async fn inspect(path: &Path) -> Result<u32, OpenError> {
    if !path.metadata().is_ok_and(|metadata| metadata.len() > 0) {
        return Ok(0);
    }
    let not_ours = |what: String| OpenError::NotOurs { path: path.to_owned(), what };
    let options = SqliteConnectOptions::new().filename(path);
    let inspected = async {
        let mut connection = options.connect().await?;
        let application: i64 = sqlx::query_scalar("PRAGMA application_id").fetch_one(&mut connection).await?;
        let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema").fetch_one(&mut connection).await?;
        let version = version(&mut connection).await?;
        connection.close().await?;
        Ok::<_, sqlx::Error>((application, tables, version))
    };
    match inspected.await {
        Ok((APPLICATION_ID, _, version)) => Ok(version),
        Ok((0, 0, 0)) => Ok(0),
        Ok(_) => Err(not_ours("it is a SQLite database of another program".to_owned())),
        Err(error) if is_not_a_database(&error) => Err(not_ours("it is no SQLite database".to_owned())),
        Err(error) => Err(store_error(error).into()),
    }
}

/// Runs the steps that the database lacks.
pub(crate) async fn run(connection: &mut SqliteConnection, config: &Config) -> Result<(), OpenError> {
    for step in &STEPS {
        let failed = |error| OpenError::Migration { version: step.version, name: step.name, error: store_error(error) };
        let found = version(connection).await.map_err(store_error)?;
        refuse_newer(found, config)?;
        if found >= step.version {
            continue;
        }
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        // Another program may have been faster.
        if version(&mut transaction).await.map_err(failed)? >= step.version {
            continue;
        }
        sqlx::raw_sql(step.sql).execute(&mut *transaction).await.map_err(failed)?;
        if step.version == RESTATING {
            restate::orders(&mut transaction).await.map_err(failed)?;
        }
        transaction.commit().await.map_err(failed)?;
        tracing::info!(version = step.version, name = step.name, "migrated the database");
    }
    Ok(())
}

/// The schema version of the database.
pub(crate) async fn version(connection: &mut SqliteConnection) -> Result<u32, sqlx::Error> {
    sqlx::query_scalar("PRAGMA user_version").fetch_one(connection).await
}

fn refuse_newer(found: u32, config: &Config) -> Result<(), OpenError> {
    if found <= SCHEMA_VERSION {
        return Ok(());
    }
    let place = match &config.place {
        Place::File(path) => path.display().to_string(),
        Place::Memory => "the database in memory".to_owned(),
    };
    Err(OpenError::Newer { place, found, known: SCHEMA_VERSION })
}
