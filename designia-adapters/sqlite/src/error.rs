//! Errors: why a database can't be opened, and what SQLite's codes mean to a caller of a port.

use std::io;
use std::path::PathBuf;

use designia_core::ports::{StoreError, StoreErrorKind};

/// Why a database can't be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The file or its folder can't be made.
    #[error("{path}: {error}", path = path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The file holds something else.
    #[error("{path} is not a Designia database: {what}", path = path.display())]
    NotOurs {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        what: String,
    },
    /// A newer program has migrated the database.
    #[error(
        "{place} has schema version {found}, and this program knows versions up to {known}: it was last opened by a newer \
         Designia. Start that version or a later one, or restore the backup made before the update"
    )]
    Newer {
        /// Where the database is.
        place: String,
        /// The version found.
        found: u32,
        /// The latest version that this program knows.
        known: u32,
    },
    /// The SQLite that was linked in is too old.
    #[error("SQLite {found} was linked in, and {needed} or later is needed")]
    OldSqlite {
        /// The version found.
        found: String,
        /// The version needed.
        needed: &'static str,
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

/// SQLite's primary result codes that deserve words of their own (<https://sqlite.org/rescode.html>).
mod code {
    pub(super) const BUSY: i32 = 5;
    pub(super) const LOCKED: i32 = 6;
    pub(super) const NO_MEMORY: i32 = 7;
    pub(super) const READ_ONLY: i32 = 8;
    pub(super) const INTERRUPTED: i32 = 9;
    pub(super) const IO: i32 = 10;
    pub(super) const CORRUPT: i32 = 11;
    pub(super) const FULL: i32 = 13;
    pub(super) const CANT_OPEN: i32 = 14;
    pub(super) const TOO_BIG: i32 = 18;
    pub(super) const CONSTRAINT: i32 = 19;
    /// With its extension, as text.
    pub(super) const CONSTRAINT_TRIGGER: &str = "1811";
    pub(super) const MISMATCH: i32 = 20;
    pub(super) const AUTH: i32 = 23;
    pub(super) const NOT_A_DATABASE: i32 = 26;
}

/// What a failed statement means to a caller of a port.
pub(crate) fn store_error(error: sqlx::Error) -> StoreError {
    let (kind, words) = match &error {
        sqlx::Error::Database(database) => match primary_code(database.as_ref()) {
            code::BUSY | code::LOCKED => (StoreErrorKind::Unavailable, "another process is writing to it"),
            code::NO_MEMORY => (StoreErrorKind::Unavailable, "out of memory"),
            code::READ_ONLY => (StoreErrorKind::Unavailable, "the file can't be written to"),
            code::INTERRUPTED => (StoreErrorKind::Unavailable, "it was interrupted"),
            code::IO => (StoreErrorKind::Unavailable, "the disk reports an error"),
            code::FULL => (StoreErrorKind::Unavailable, "the disk is full"),
            code::CANT_OPEN | code::AUTH => (StoreErrorKind::Unavailable, "the file can't be opened"),
            code::NOT_A_DATABASE => (StoreErrorKind::Corrupt, "the file is not a database"),
            code::CORRUPT => (StoreErrorKind::Corrupt, "the file is damaged"),
            code::CONSTRAINT | code::MISMATCH | code::TOO_BIG => {
                (StoreErrorKind::Invalid, "it breaks a rule of the schema")
            }
            _ => (StoreErrorKind::Corrupt, "the schema is not the one that this program made"),
        },
        sqlx::Error::PoolTimedOut => (StoreErrorKind::Unavailable, "too many calls are waiting"),
        sqlx::Error::PoolClosed => (StoreErrorKind::Unavailable, "it has been closed"),
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::RowNotFound => {
            (StoreErrorKind::Corrupt, "a stored row can't be read")
        }
        sqlx::Error::Encode(_) | sqlx::Error::InvalidArgument(_) => {
            (StoreErrorKind::Invalid, "a value can't be stored")
        }
        _ => (StoreErrorKind::Unavailable, "the connection is lost"),
    };
    StoreError {
        kind,
        message: format!("the SQLite database: {words} ({})", plain(&error)),
        source: Some(Box::new(error)),
    }
}

/// Whether a statement broke a constraint: of these, some have a meaning of their own in a contract.
pub(crate) fn broken_constraint(error: &sqlx::Error) -> Option<&str> {
    let database = error.as_database_error()?;
    (primary_code(database) == code::CONSTRAINT).then(|| database.message())
}

/// The words with which a trigger refused a statement.
pub(crate) fn raised(error: &sqlx::Error) -> Option<&str> {
    let database = error.as_database_error()?;
    (database.code().as_deref() == Some(code::CONSTRAINT_TRIGGER)).then(|| database.message())
}

/// Whether the file is something other than a SQLite database.
pub(crate) fn is_not_a_database(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|database| primary_code(database) == code::NOT_A_DATABASE)
}

/// A call had to wait longer than it was ready to.
pub(crate) fn too_busy() -> StoreError {
    store_error(sqlx::Error::PoolTimedOut)
}

/// A call came after the store was closed.
pub(crate) fn closed() -> StoreError {
    store_error(sqlx::Error::PoolClosed)
}

/// The extended result code without its extension.
fn primary_code(error: &dyn sqlx::error::DatabaseError) -> i32 {
    error.code().and_then(|code| code.parse::<i32>().ok()).unwrap_or_default() & 0xff
}

/// SQLite's own words, without the driver's around them.
fn plain(error: &sqlx::Error) -> String {
    error.as_database_error().map_or_else(|| error.to_string(), |database| database.message().to_owned())
}
