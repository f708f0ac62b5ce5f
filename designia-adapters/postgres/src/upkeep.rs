//! What has to be done now and then, by any node: folding what was counted, and making tables ahead.

use designia_core::ports::StoreError;
use sqlx::Row as _;

use crate::error::store_error;
use crate::session::Session;
use crate::sql::upkeep as sql;
use crate::statement::statement;
use crate::store::PostgresStore;

/// Marks the lock of whoever folds: "DSGNfold".
pub(crate) const FOLDING: i64 = 0x4453_474E_666F_6C64;

/// How many changes are folded at a time.
const BATCH: i64 = 10_000;

impl PostgresStore {
    /// Folds the differences that were noted since the last time into the sums that [`counts`], [`trial_balance`], [`figures`]
    /// and [`queues`] answer with, forgets those of hours and days that are over, makes the tables for tasks that end today and
    /// tomorrow, and states the deadlines of orders that a node of an earlier release has written. All but these is right
    /// without it, but becomes slow: call it every few seconds on every node. Nodes that call at the same time don't wait for
    /// each other.
    ///
    /// [`counts`]: designia_core::ports::OrderQueries::counts
    /// [`trial_balance`]: designia_core::ports::OrderQueries::trial_balance
    /// [`figures`]: designia_core::ports::OrderQueries::figures
    /// [`queues`]: designia_core::ports::TaskConsole::queues
    ///
    /// # Errors
    /// If the database can't be written to.
    pub async fn upkeep(&self) -> Result<(), StoreError> {
        loop {
            let mut session = self.session().await?;
            session.begin().await.map_err(store_error)?;
            let folded = fold(&mut session).await;
            if session.end(folded).await.map_err(store_error)? < BATCH {
                break;
            }
        }
        self.keep_days().await;
        self.restate_orders().await
    }
}

/// How many changes were folded; 0 if another node is folding.
async fn fold(session: &mut Session) -> Result<i64, sqlx::Error> {
    let lock = session.ask(statement(sql::TRY_LOCK_TALLIES).bind(FOLDING).done()?).await?;
    let is_ours = lock.first().map_or(Ok(false), |row| row.try_get(0))?;
    if !is_ours {
        return Ok(0);
    }
    let folded = session.ask(statement(sql::FOLD).bind(BATCH).done()?).await?;
    let folded = folded.first().map_or(Ok(0), |row| row.try_get(0))?;
    if folded > 0 {
        session.ask(statement(sql::FORGET_MINUTES).done()?).await?;
        session.ask(statement(sql::FORGET_TALLIES).done()?).await?;
    }
    Ok(folded)
}
