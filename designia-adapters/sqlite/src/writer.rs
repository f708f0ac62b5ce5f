//! The one connection that writes.
//!
//! SQLite allows one writer at a time, so the writers of this process queue here, in order, instead of at the file's lock,
//! where they would poll and starve each other. A transaction begins with `BEGIN IMMEDIATE`: it has the file's lock from its
//! first statement, so it can't find halfway through that it may not write.
//!
//! After a failure of the connection itself, or one whose transaction was not certainly rolled back, or a call that was
//! dropped in the middle of one, the connection is replaced, because it may never work again. A database in memory is its
//! connection and keeps it: there the driver's own roll-back has to do.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use designia_core::ports::StoreError;
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteQueryResult};
use sqlx::{ConnectOptions, Connection, Sqlite, SqliteConnection, Transaction};
use tokio::sync::{MappedMutexGuard, Mutex, MutexGuard};

use crate::error::{closed, store_error, too_busy};
use crate::sql::orders::COMMIT_PROCEDURE;
use crate::sql::upkeep as sql;

/// The queue of writers.
pub(crate) struct Writer {
    options: SqliteConnectOptions,
    patience: Duration,
    replaceable: bool,
    /// None once it has been closed.
    state: Mutex<Option<State>>,
}

struct State {
    connection: SqliteConnection,
    /// Whether it may not work any more: a transaction was begun that did not certainly end, or the connection failed.
    doubtful: bool,
}

/// The turn to write.
pub(crate) struct Lane<'a> {
    state: MappedMutexGuard<'a, State>,
}

/// A transaction that writes. Dropped without [`WriteTx::end`], it changes nothing.
pub(crate) struct WriteTx<'a> {
    transaction: Transaction<'a, Sqlite>,
    doubtful: &'a mut bool,
}

impl Writer {
    /// Takes over a connection to the migrated database.
    pub(crate) async fn new(
        connection: SqliteConnection,
        options: SqliteConnectOptions,
        patience: Duration,
        replaceable: bool,
    ) -> Result<Self, StoreError> {
        let connection = able_to_commit(connection).await?;
        let state = Mutex::new(Some(State { connection, doubtful: false }));
        Ok(Self { options, patience, replaceable, state })
    }

    /// Waits for the turn to write.
    pub(crate) async fn lane(&self) -> Result<Lane<'_>, StoreError> {
        let mut state = MutexGuard::try_map(self.turn().await?, Option::as_mut).map_err(|_| closed())?;
        if state.doubtful && self.replaceable {
            let connection = self.options.connect().await.map_err(store_error)?;
            state.connection = able_to_commit(connection).await?;
        }
        state.doubtful = false;
        Ok(Lane { state })
    }

    /// Moves what is in the `-wal` file into the file itself and closes the connection. Closing twice is harmless.
    pub(crate) async fn close(&self) -> Result<(), StoreError> {
        let Some(State { mut connection, doubtful: _ }) = self.turn().await?.take() else { return Ok(()) };
        sqlx::query(sql::CHECKPOINT).execute(&mut connection).await.map_err(store_error)?;
        connection.close().await.map_err(store_error)
    }

    async fn turn(&self) -> Result<MutexGuard<'_, Option<State>>, StoreError> {
        tokio::time::timeout(self.patience, self.state.lock()).await.map_err(|_| too_busy())
    }
}

async fn able_to_commit(mut connection: SqliteConnection) -> Result<SqliteConnection, StoreError> {
    sqlx::raw_sql(COMMIT_PROCEDURE).execute(&mut connection).await.map_err(store_error)?;
    Ok(connection)
}

impl Lane<'_> {
    /// Runs a statement that is a transaction by itself.
    pub(crate) async fn execute(
        &mut self,
        statement: Query<'static, Sqlite, SqliteArguments>,
    ) -> Result<SqliteQueryResult, sqlx::Error> {
        let executed = statement.execute(&mut self.state.connection).await;
        // An error that is not the database's own is the connection's.
        self.state.doubtful = executed.as_ref().is_err_and(|error| error.as_database_error().is_none());
        executed
    }

    /// Begins a transaction that holds the file's write lock.
    pub(crate) async fn begin(&mut self) -> Result<WriteTx<'_>, StoreError> {
        let State { connection, doubtful } = &mut *self.state;
        *doubtful = true;
        let transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(store_error)?;
        Ok(WriteTx { transaction, doubtful })
    }
}

impl Deref for Lane<'_> {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.state.connection
    }
}

impl DerefMut for Lane<'_> {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.state.connection
    }
}

impl WriteTx<'_> {
    pub(crate) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.transaction
    }

    /// Commits if the work succeeded, rolls back if not. What goes wrong with the commit itself is the caller's to know;
    /// what goes wrong with the roll-back is not, since nothing was stored in either case.
    pub(crate) async fn end<T, E: From<StoreError>>(self, outcome: Result<T, E>) -> Result<T, E> {
        match outcome {
            Ok(value) => {
                self.transaction.commit().await.map_err(store_error)?;
                *self.doubtful = false;
                Ok(value)
            }
            Err(error) => {
                *self.doubtful = self.transaction.rollback().await.is_err();
                Err(error)
            }
        }
    }
}
