//! A connection for the length of one call.
//!
//! Calls are single statements, each a transaction by itself. Behind a pooler each is put between `BEGIN` and `COMMIT`:
//! the driver prepares a statement and executes it in two messages, and the pooler could pass them to two servers.
//!
//! A connection on which something did not certainly end is closed instead of being lent again. That is so after a
//! failure of the connection itself, after an answer that didn't come, and for a call whose caller went away in the middle.

use std::io;
use std::time::Duration;

use sqlx::AssertSqlSafe;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgRow, Postgres};
use tokio::time::timeout;

use crate::config::Config;
use crate::statement::Statement;

/// What walks through tables plans like that, unlike everything else: see `Config::connect_options`.
const BEGIN_SNAPSHOT: &str = "
    BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
    SET LOCAL statement_timeout = 0;
    SET LOCAL enable_seqscan = on;
    SET LOCAL enable_hashjoin = on;
    SET LOCAL enable_mergejoin = on;
    SET LOCAL enable_bitmapscan = on";

/// A borrowed connection.
pub(crate) struct Session {
    connection: PoolConnection<Postgres>,
    begin: String,
    deadline: Duration,
    is_direct: bool,
    /// Whether something was begun that did not certainly end.
    is_doubtful: bool,
    is_in_transaction: bool,
}

impl Session {
    pub(crate) fn new(connection: PoolConnection<Postgres>, config: &Config) -> Self {
        Self {
            connection,
            begin: config.begin(),
            deadline: config.deadline(),
            is_direct: !config.pooler,
            is_doubtful: false,
            is_in_transaction: false,
        }
    }

    /// Begins a transaction that sees one state of the database throughout, reads all of it, writes nothing, and takes its
    /// time.
    pub(crate) async fn begin_snapshot(&mut self) -> Result<(), sqlx::Error> {
        self.command(BEGIN_SNAPSHOT.to_owned()).await?;
        (self.is_in_transaction, self.deadline) = (true, Duration::MAX);
        Ok(())
    }

    /// Runs one statement as a transaction by itself.
    pub(crate) async fn alone(&mut self, statement: Statement) -> Result<Vec<PgRow>, sqlx::Error> {
        if self.is_direct {
            return self.ask(statement).await;
        }
        self.begin().await?;
        let answer = self.ask(statement).await;
        self.end(answer).await
    }

    /// Runs one statement within whatever transaction there is.
    pub(crate) async fn ask(&mut self, statement: Statement) -> Result<Vec<PgRow>, sqlx::Error> {
        let query = statement.query(self.is_direct);
        self.is_doubtful = true;
        let answer = timeout(self.deadline, query.fetch_all(&mut *self.connection)).await;
        self.believe(answer.unwrap_or_else(|_| Err(no_answer())))
    }

    /// Begins a transaction. A session that is dropped within one takes it back.
    pub(crate) async fn begin(&mut self) -> Result<(), sqlx::Error> {
        let begin = self.begin.clone();
        self.command(begin).await?;
        self.is_in_transaction = true;
        Ok(())
    }

    /// Commits if the work succeeded, and takes it back if not. What goes wrong with the commit itself is the caller's to
    /// know; what goes wrong with taking back is not, since nothing was stored in either case.
    pub(crate) async fn end<T, E: From<sqlx::Error>>(&mut self, outcome: Result<T, E>) -> Result<T, E> {
        match outcome {
            Ok(value) => {
                self.command("COMMIT".to_owned()).await?;
                self.is_in_transaction = false;
                Ok(value)
            }
            Err(error) => {
                self.is_in_transaction = self.command("ROLLBACK".to_owned()).await.is_err();
                Err(error)
            }
        }
    }

    /// Runs commands without parameters.
    pub(crate) async fn command(&mut self, text: String) -> Result<(), sqlx::Error> {
        self.is_doubtful = true;
        let command = sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut *self.connection);
        let answer = timeout(self.deadline, command).await;
        self.believe(answer.unwrap_or_else(|_| Err(no_answer()))).map(|_| ())
    }

    /// An error that is not the database's own is the connection's.
    fn believe<T>(&mut self, answer: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        self.is_doubtful = answer.as_ref().is_err_and(|error| error.as_database_error().is_none());
        answer
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if self.is_doubtful || self.is_in_transaction {
            self.connection.close_on_drop();
        }
    }
}

/// The server is gone without a word: it would have given up by itself before.
pub(crate) fn no_answer() -> sqlx::Error {
    sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, "no answer came in time"))
}
