//! The commit of one order: one call of `designia.commit_order_2`, and another in the same transaction if it asks for tasks.

use std::time::Duration;

use async_trait::async_trait;
use designia_core::order::Order;
use designia_core::ports::{Commit, CommitError, StoreError};
use sqlx::PgConnection;

use crate::error::{is_passing, store_error};
use crate::instant::Instant;
use crate::refusal::commit_error;
use crate::row;
use crate::rows::Rows;
use crate::session::Session;
use crate::sql::orders as sql;
use crate::statement::{Statement, statement};
use crate::store::{PostgresStore, Work};
use crate::tasks::{Chunk, chunks, enqueue, enqueue_in};

/// How often a transaction is begun anew that two others had to give way for, and the first pause before that.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(2);

/// Stores what was decided within a transaction of the host's own, on a connection to the same database: it becomes visible
/// when the host commits, and is gone if the host rolls back.
///
/// A refusal leaves the host's transaction in the failed state that PostgreSQL puts it into: all that the host can do with it
/// is to roll it back, or to return to a savepoint made before.
///
/// ```no_run
/// # use designia_core::ports::Commit;
/// # async fn example(pool: sqlx::PgPool, commit: Commit) -> Result<(), Box<dyn std::error::Error>> {
/// let mut transaction = pool.begin().await?;
/// sqlx::query("INSERT INTO loyalty_points (order_id, points) VALUES ($1, 10)")
///     .bind(commit.order.id().as_uuid())
///     .execute(&mut *transaction)
///     .await?;
/// designia_postgres::commit_in(&mut transaction, &commit).await?;
/// transaction.commit().await?;
/// # Ok(())
/// # }
/// ```
///
/// The schema must have been made by [`PostgresStore::prepare`]. Nothing is kept at the server beyond the call, so the
/// connection may go through a pooler.
///
/// # Errors
/// Those of [`OrderStore::commit`](designia_core::ports::OrderStore::commit). One that comes of the host's own
/// isolation level (`could not serialize access`) is `Unavailable`: run the transaction again.
pub async fn commit_in(connection: &mut PgConnection, commit: &Commit) -> Result<(), CommitError> {
    let (query, tasks) = (commit_statement(commit, None)?.query(false), chunks(&commit.tasks)?);
    query.execute(&mut *connection).await.map_err(|error| commit_error(error, &commit.order))?;
    enqueue_in(connection, tasks).await.map_err(store_error)?;
    Ok(())
}

/// The statement that does it all but for the tasks. What is stored already may be said, and then isn't written again.
pub(crate) fn commit_statement(commit: &Commit, stored: Option<&Order>) -> Result<Statement, StoreError> {
    let mut rows = Rows::default();
    rows.add(commit, stored)?;
    let Commit { order, expected_version, settles, folds, answers, .. } = commit;
    let settled = settles.as_ref().map(row::Settled::by);
    let binding = statement(sql::COMMIT)
        .bind(order.id().as_uuid())
        .bind(i64::from(*expected_version))
        .bind(Instant(order.updated_at()))
        .bind(answers.as_ref().map(|key| key.buyer.as_uuid()))
        .bind(answers.as_ref().map(|key| key.key.clone()))
        .bind(answers.as_ref().map(|key| key.fingerprint.clone()))
        .bind(settles.as_ref().map(|it| i64::from(it.id.event)))
        .bind(settles.as_ref().map(|it| i64::from(it.id.index)))
        .bind(settles.as_ref().map(|it| i64::from(it.token)))
        .bind(settled.as_ref().map(|it| it.state))
        .bind(settled.as_ref().and_then(|it| it.due_at).map(Instant))
        .bind(settled.and_then(|it| it.note))
        .bind(folds.as_ref().map(|mark| mark.event.clone()))
        .bind(folds.as_ref().map(|mark| i64::from(mark.token)))
        .bind(folds.as_ref().map(|mark| Instant(mark.at)));
    rows.bind(binding).done().map_err(store_error)
}

impl PostgresStore {
    pub(crate) async fn commit_one(&self, commit: &Commit) -> Result<(), CommitError> {
        let (statement, tasks) = (commit_statement(commit, None)?, chunks(&commit.tasks)?);
        let committed = if tasks.is_empty() {
            self.insist(statement).await?.map(|_| ())
        } else {
            self.transact(WithTasks { statement, tasks }).await?
        };
        committed.map_err(|error| commit_error(error, &commit.order))
    }
}

/// A call that commits something, and the tasks that it asks for.
pub(crate) struct WithTasks {
    pub(crate) statement: Statement,
    pub(crate) tasks: Vec<Chunk>,
}

#[async_trait]
impl Work<()> for WithTasks {
    async fn run(&self, session: &mut Session) -> Result<(), sqlx::Error> {
        session.ask(self.statement.clone()).await?;
        enqueue(session, &self.tasks).await
    }
}

/// Lets the others go first, a little longer each time.
pub(crate) async fn pause(tries: &mut u32) {
    tokio::time::sleep(PAUSE * tries.pow(2)).await;
    *tries += 1;
}

/// Whether a transaction that failed like this is to be run again.
pub(crate) fn is_worth_another_try(error: &sqlx::Error, tries: u32) -> bool {
    is_passing(error) && tries < TRIES
}
