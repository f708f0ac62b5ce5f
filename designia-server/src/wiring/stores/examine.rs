//! A look at what is configured: what is stored, how its server is run, and what contradicts itself.

use designia_core::ports::StoreError;
use designia_postgres::HealthLevel;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::{WiringError, redis};
use super::{Behind, Stores, options};
use crate::config::{Database, Postgres};

/// One thing that was looked at, in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How good or bad it is.
    pub level: Level,
    /// What was found, and what to do about it.
    pub told: String,
}

/// How good or bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// As it should be.
    Ok,
    /// Worth knowing.
    Note,
    /// Something is at risk.
    Wrong,
}

/// One step of a database's schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Migration {
    /// The schema version that it makes.
    pub version: u32,
    /// What it brings.
    pub name: &'static str,
    /// Whether the database has it.
    pub applied: bool,
}

impl Stores {
    /// Looks at the database without reading what is stored: how its server is run, and in which version the schema is.
    ///
    /// # Errors
    ///
    /// When it can't be asked.
    pub async fn look(&self) -> Result<Vec<Finding>, StoreError> {
        let ok = |told: String| Finding { level: Level::Ok, told };
        match &self.behind {
            Behind::Memory => Ok(vec![ok("in memory, gone with the process".to_owned())]),
            Behind::File(store) => Ok(vec![ok(format!("SQLite, schema version {}", store.schema_version().await?))]),
            Behind::Server(store) => Ok(store.health().await?.into_iter().map(Finding::from).collect()),
        }
    }

    /// Looks at the database: how its server is run, what is stored in which version of the schema, what contradicts itself.
    ///
    /// # Errors
    ///
    /// When it can't be read.
    pub async fn examine(&self) -> Result<Vec<Finding>, WiringError> {
        match &self.behind {
            Behind::Memory => Ok(self.look().await?),
            Behind::File(store) => {
                let (version, report) = (store.schema_version().await?, store.integrity_check().await?);
                let told = format!("schema version {version}, {} orders", report.orders);
                let wrong = report.findings.iter().map(|it| format!("{}: {}", it.rule, it.detail));
                Ok(contradictions(&told, wrong.collect()))
            }
            Behind::Server(store) => {
                let mut findings = self.look().await?;
                let report = store.integrity_check().await?;
                let wrong = report.findings.iter().map(|it| format!("{}: {}", it.rule, it.detail));
                findings.extend(contradictions(&format!("{} orders", report.orders), wrong.collect()));
                Ok(findings)
            }
        }
    }

    /// Looks at Redis: whether it answers, and whether it keeps what it is given. `None` if none is configured.
    ///
    /// # Errors
    ///
    /// When it can't be reached.
    pub async fn examine_redis(&self) -> Option<Result<Vec<Finding>, WiringError>> {
        match &self.redis {
            Some(connection) => Some(redis::examine(connection).await),
            None => None,
        }
    }
}

fn contradictions(looked_at: &str, wrong: Vec<String>) -> Vec<Finding> {
    if wrong.is_empty() {
        return vec![Finding { level: Level::Ok, told: format!("{looked_at}, nothing contradicts itself") }];
    }
    wrong.into_iter().map(|told| Finding { level: Level::Wrong, told }).collect()
}

impl From<designia_postgres::HealthFinding> for Finding {
    fn from(finding: designia_postgres::HealthFinding) -> Self {
        let level = match finding.level {
            HealthLevel::Ok => Level::Ok,
            HealthLevel::Note => Level::Note,
            HealthLevel::Wrong => Level::Wrong,
        };
        Self { level, told: finding.told }
    }
}

/// The migrations that this program knows, and which of them the database has; it is left as it is. None for one in memory.
///
/// # Errors
///
/// When the database can't be read or is not ours, or a newer release has changed it.
pub async fn migrations(database: &Database) -> Result<Vec<Migration>, WiringError> {
    match database {
        Database::Memory => Ok(Vec::new()),
        Database::Sqlite(path) => {
            let known = designia_sqlite::migrations(&designia_sqlite::Config::file(path)).await;
            let known = known.map_err(|error| format!("DATABASE_URL: {error}"))?;
            Ok(known.iter().map(|it| Migration { version: it.version, name: it.name, applied: it.applied }).collect())
        }
        Database::Postgres(postgres) => {
            let known = designia_postgres::migrations(&options(postgres)?).await;
            let known = known.map_err(|error| format!("DATABASE_URL: {error}"))?;
            Ok(known.iter().map(|it| Migration { version: it.version, name: it.name, applied: it.applied }).collect())
        }
    }
}

/// What names a database: the same for the same one, as far as that can be told without asking it, and without a password.
///
/// # Errors
///
/// Those of [`check_postgres`].
pub fn place(database: &Database) -> Result<String, WiringError> {
    match database {
        Database::Memory => Ok("memory".to_owned()),
        Database::Sqlite(path) => {
            let path = path.canonicalize().or_else(|_| std::path::absolute(path))?;
            Ok(format!("sqlite://{}", path.display()))
        }
        Database::Postgres(postgres) => Ok(format!("postgres://{}", options(postgres)?.place())),
    }
}

/// Whether this can be the address of a PostgreSQL server; nobody is asked.
///
/// # Errors
///
/// The rule that it breaks, without the address, which may hold a password.
pub fn check_postgres(postgres: &Postgres) -> Result<(), WiringError> {
    options(postgres).map(drop)
}
