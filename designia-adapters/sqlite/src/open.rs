//! Opens the file and its connections.

use std::fs::{DirBuilder, OpenOptions};
use std::io::ErrorKind;
use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, SqliteConnection, SqlitePool};

use crate::config::{Config, Durability, Place};
use crate::error::{OpenError, store_error};
use crate::migrate;
use crate::sql::upkeep as sql;

/// What was opened.
pub(crate) struct Opened {
    pub(crate) writer: SqliteConnection,
    /// How the writer was connected, for when it has to be replaced.
    pub(crate) options: SqliteConnectOptions,
    pub(crate) readers: Option<SqlitePool>,
}

pub(crate) async fn open(config: &Config) -> Result<Opened, OpenError> {
    let options = match &config.place {
        Place::File(path) => {
            make_file(path)?;
            migrate::inspect(path).await?;
            SqliteConnectOptions::new()
                .filename(path)
                .journal_mode(SqliteJournalMode::Wal)
                // A commit touches some thirty pages, mostly the same ends of the same indexes: moving them into the file
                // every 16 MB instead of every 4 MB writes far fewer of them.
                .pragma("wal_autocheckpoint", "4000")
                // What a long read made the log grow to is given back.
                .pragma("journal_size_limit", "67108864")
        }
        // The default of the driver: private to its connection.
        Place::Memory => SqliteConnectOptions::new(),
    };
    let options = options
        .foreign_keys(true)
        .busy_timeout(config.patience)
        .synchronous(match config.durability {
            Durability::PowerFailure => SqliteSynchronous::Full,
            Durability::ProcessDeath => SqliteSynchronous::Normal,
        })
        // Nothing that somebody wrote into the file's schema runs functions that could reach outside of it.
        .pragma("trusted_schema", "OFF");
    let mut writer = options.connect().await.map_err(store_error)?;
    check_sqlite(&mut writer).await?;
    migrate::run(&mut writer, config).await?;
    let readers = match &config.place {
        Place::File(_) => Some(readers(config, options.clone().pragma("query_only", "ON"))),
        Place::Memory => None,
    };
    Ok(Opened { writer, options, readers })
}

/// The first version whose triggers refuse in words that they compute, as the commit's do. The one that comes with this
/// crate is newer; a host may link another.
const NEEDED: (&str, [u32; 2]) = ("3.47", [3, 47]);

async fn check_sqlite(connection: &mut SqliteConnection) -> Result<(), OpenError> {
    let found: String = sqlx::query_scalar(sql::SQLITE_VERSION).fetch_one(connection).await.map_err(store_error)?;
    let (needed, least) = NEEDED;
    let is_enough = found.split('.').map_while(|part| part.parse::<u32>().ok()).ge(least);
    if is_enough { Ok(()) } else { Err(OpenError::OldSqlite { found, needed }) }
}

/// Connections are opened when they are first needed. A connection to a file doesn't go stale, so it is neither tested nor
/// replaced.
fn readers(config: &Config, options: SqliteConnectOptions) -> SqlitePool {
    SqlitePoolOptions::new()
        .max_connections(config.readers.max(1))
        .acquire_timeout(config.patience)
        .test_before_acquire(false)
        .max_lifetime(None)
        .connect_lazy_with(options)
}

/// Makes the file and its folder, for this user only; SQLite gives the files beside it the same permissions.
///
/// Blocks for as long as that takes: it happens once, at the start.
fn make_file(path: &Path) -> Result<(), OpenError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |error| OpenError::Io { path, error }
    };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder).map_err(io(folder))?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(io(path)(error)),
    }
}
