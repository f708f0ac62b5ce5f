//! Errors: why a database can't be opened, and what PostgreSQL's codes mean to a caller of a port.

use std::fmt;

use designia_core::ports::{StoreError, StoreErrorKind};
use sqlx::postgres::PgDatabaseError;

use crate::config::{Config, ConfigError};

/// Why a database can't be opened. No text of it holds the password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The address can't be understood.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Nobody answers there, or it is starting up, shutting down or full: trying again later may help.
    #[error("the PostgreSQL server of {place} can't be reached: {why}")]
    Unreachable {
        /// Host, port and database.
        place: String,
        /// What the system or the server says.
        why: String,
    },
    /// The server and this program don't agree on a safe connection.
    #[error("no safe connection to {place} can be made: {why}")]
    Tls {
        /// Host, port and database.
        place: String,
        /// What is wrong.
        why: String,
    },
    /// The server refuses the role or its password.
    #[error("the role `{role}` may not log in to {place}: {why}; check the role and the password")]
    Login {
        /// The role that was tried.
        role: String,
        /// Host, port and database.
        place: String,
        /// What the server says.
        why: String,
    },
    /// There is no such database.
    #[error("there is no database `{database}` on the server of {place}; create it first")]
    NoDatabase {
        /// The database that was asked for.
        database: String,
        /// Host, port and database.
        place: String,
    },
    /// The server is too old.
    #[error("the server of {place} is PostgreSQL {found}, and {needed} or later is needed")]
    OldServer {
        /// Host, port and database.
        place: String,
        /// The version found.
        found: String,
        /// The version needed.
        needed: &'static str,
    },
    /// A newer program has migrated the database.
    #[error(
        "{place} has schema version {found}, and this program knows versions up to {known}: it was last opened by a newer \
         Designia. Start that version or a later one, or restore the backup made before the update"
    )]
    Newer {
        /// Host, port and database.
        place: String,
        /// The version found.
        found: u32,
        /// The latest version that this program knows.
        known: u32,
    },
    /// A migration failed; the database is as it was before.
    #[error("migration {version} ({name}) failed and was taken back: {error}")]
    Migration {
        /// The version that it would have made.
        version: u32,
        /// The migration's name.
        name: &'static str,
        /// What went wrong.
        error: StoreError,
    },
    /// The database can't be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl OpenError {
    /// Whether the same call may succeed later without anybody changing anything.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Migration { error, .. } | Self::Store(error) => error.kind == StoreErrorKind::Unavailable,
            Self::Config(_)
            | Self::Tls { .. }
            | Self::Login { .. }
            | Self::NoDatabase { .. }
            | Self::OldServer { .. }
            | Self::Newer { .. } => false,
        }
    }

    /// What it means that no connection could be made.
    pub(crate) fn connecting(error: &sqlx::Error, config: &Config) -> Self {
        let (place, why) = (config.place(), plain(error));
        match error {
            sqlx::Error::Tls(_) => Self::Tls { place, why },
            _ => match code_of(error) {
                Some(code) if code.starts_with("28") => Self::Login { role: config.role().to_owned(), place, why },
                Some("3D000") => Self::NoDatabase { database: config.database().to_owned(), place },
                _ => Self::Unreachable { place, why },
            },
        }
    }
}

/// What a failed statement means to a caller of a port.
pub(crate) fn store_error(error: sqlx::Error) -> StoreError {
    let (kind, words) = meaning(&error);
    StoreError {
        kind,
        message: format!("the PostgreSQL database: {words} ({})", plain(&error)),
        source: Some(Fault::of(error)),
    }
}

/// What a caller can do about a failed statement.
pub(crate) fn kind_of(error: &sqlx::Error) -> StoreErrorKind {
    meaning(error).0
}

fn meaning(error: &sqlx::Error) -> (StoreErrorKind, &'static str) {
    match error {
        sqlx::Error::Database(_) => of_code(code_of(error).unwrap_or_default()),
        sqlx::Error::PoolTimedOut => (StoreErrorKind::Unavailable, "no connection was to be had in time"),
        sqlx::Error::PoolClosed => (StoreErrorKind::Unavailable, "it has been closed"),
        sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::ColumnIndexOutOfBounds { .. }
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::Decode(_)
        | sqlx::Error::RowNotFound => (StoreErrorKind::Corrupt, "a stored row can't be read"),
        sqlx::Error::Encode(_) | sqlx::Error::InvalidArgument(_) => {
            (StoreErrorKind::Invalid, "a value can't be stored")
        }
        _ => (StoreErrorKind::Unavailable, "the connection is lost"),
    }
}

/// What the server's codes mean (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
fn of_code(code: &str) -> (StoreErrorKind, &'static str) {
    use StoreErrorKind::{Corrupt, Invalid, Unavailable};
    match (code.get(..2).unwrap_or_default(), code) {
        (_, "25006") => (Unavailable, "it can only be read now"),
        (_, "53100") => (Unavailable, "the disk is full"),
        (_, "53200") => (Unavailable, "out of memory"),
        (_, "53300") => (Unavailable, "it has too many connections"),
        (_, "57014") => (Unavailable, "it took too long"),
        (_, "55P03") => (Unavailable, "somebody holds a lock"),
        (_, "25P03") => (Unavailable, "the transaction stood open too long"),
        (_, "42501") => (Corrupt, "the role lacks a privilege"),
        ("08", _) => (Unavailable, "the connection is lost"),
        ("28" | "3D", _) => (Unavailable, "it refuses the login"),
        ("40", _) => (Unavailable, "others were in the way"),
        ("53", _) => (Unavailable, "it lacks a resource"),
        ("57", _) => (Unavailable, "it is starting up, shutting down or was told to stop"),
        ("58" | "XX", _) => (Unavailable, "the server has an inner error"),
        ("22" | "23" | "54", _) => (Invalid, "it breaks a rule of the schema"),
        _ => (Corrupt, "the schema is not the one that this program made"),
    }
}

/// Whether the same transaction may go well if it is run again.
pub(crate) fn is_passing(error: &sqlx::Error) -> bool {
    matches!(code_of(error), Some("40001" | "40P01"))
}

/// The server's code.
pub(crate) fn code_of(error: &sqlx::Error) -> Option<&str> {
    of_server(error).map(PgDatabaseError::code)
}

/// The server's error.
pub(crate) fn of_server(error: &sqlx::Error) -> Option<&PgDatabaseError> {
    error.as_database_error()?.try_downcast_ref()
}

/// A call came before the database could be reached.
pub(crate) fn not_ready(place: &str) -> StoreError {
    StoreError {
        kind: StoreErrorKind::Unavailable,
        message: format!("the PostgreSQL database: {place} is not ready yet"),
        source: None,
    }
}

/// A call came after the store was closed.
pub(crate) fn closed() -> StoreError {
    store_error(sqlx::Error::PoolClosed)
}

/// The words of the server or the system, without the driver's around them.
fn plain(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(database) => database.message().to_owned(),
        sqlx::Error::Io(error) => error.to_string(),
        sqlx::Error::Tls(error) => error.to_string(),
        _ => error.to_string(),
    }
}

/// The server's error without its details, which quote whole rows and with them people's names and addresses.
#[derive(Debug)]
struct Fault {
    code: String,
    message: String,
    constraint: Option<String>,
}

impl Fault {
    fn of(error: sqlx::Error) -> Box<dyn std::error::Error + Send + Sync> {
        let Some(error) = of_server(&error) else { return Box::new(error) };
        Box::new(Self {
            code: error.code().to_owned(),
            message: error.message().to_owned(),
            constraint: error.constraint().map(str::to_owned),
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, message, constraint } = self;
        write!(f, "{message} ({code}")?;
        constraint.iter().try_for_each(|name| write!(f, ", {name}"))?;
        f.write_str(")")
    }
}

impl std::error::Error for Fault {}
