//! Changing rows under their locks by the methods of `TaskRecord`: whatever isn't the ordinary course of things.

use std::collections::HashMap;

use designia_core::id::TaskId;
use designia_core::task::TaskRecord;
use designia_core::time::Timestamp;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::record::{self, Changes};
use crate::instant::Instant;
use crate::session::Session;
use crate::sql::tasks as sql;
use crate::statement::{Statement, statement};

/// Rows that are locked by this transaction.
#[derive(Default)]
pub(super) struct Locked {
    pub(super) records: HashMap<TaskId, TaskRecord>,
    /// What can't be read.
    pub(super) unreadable: Vec<Uuid>,
}

/// Locks the rows that a statement finds.
pub(super) async fn lock(session: &mut Session, query: Statement) -> Result<Locked, sqlx::Error> {
    let mut locked = Locked::default();
    for row in &session.ask(query).await? {
        match record::record(row) {
            Ok(record) => drop(locked.records.insert(record.task.id, record)),
            Err(error) => {
                tracing::error!(%error, "a task can't be read");
                locked.unreadable.push(record::id(row)?);
            }
        }
    }
    Ok(locked)
}

/// Locks the rows with these ids, waiting for whoever has them.
pub(super) async fn lock_all(session: &mut Session, mut ids: Vec<Uuid>) -> Result<Locked, sqlx::Error> {
    ids.sort_unstable();
    lock(session, statement(sql::LOCK).bind(ids).done()?).await
}

/// Writes what has become of rows that are locked.
pub(super) async fn put(session: &mut Session, changes: Changes) -> Result<(), sqlx::Error> {
    if !changes.is_empty() {
        session.ask(changes.bind(statement(sql::PUT)).done()?).await?;
    }
    Ok(())
}

/// Ends rows that can't be read, as they are: nobody could run them, and they would come up for ever.
pub(super) async fn bury(session: &mut Session, ids: Vec<Uuid>, now: Timestamp) -> Result<(), sqlx::Error> {
    if !ids.is_empty() {
        let why = "its row can't be read";
        session.ask(statement(sql::BURY).bind(ids).bind(Instant(now)).bind(why).done()?).await?;
    }
    Ok(())
}

/// The whole row, wherever it is.
pub(super) fn read(rows: &[PgRow]) -> Result<Option<TaskRecord>, sqlx::Error> {
    rows.first().map(record::record).transpose().map_err(|error| sqlx::Error::Decode(error.into()))
}

/// An error of this program within a transaction.
pub(super) fn broken(error: designia_core::ports::StoreError) -> sqlx::Error {
    sqlx::Error::Encode(error.into())
}
