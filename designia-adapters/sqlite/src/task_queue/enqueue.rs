//! Enqueuing. Nearly always all tasks are new, and one statement stores them or, if one of them is known or its key taken,
//! nothing. Then what is known and taken is found first, so that the answers are those of one task after the other.

use std::collections::{HashMap, HashSet};

use designia_core::id::TaskId;
use designia_core::ports::{Enqueued, StoreError};
use designia_core::task::Task;
use sqlx::SqliteConnection;
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments};

use crate::error::store_error;
use crate::row::{self, StoredId, json};
use crate::sql::tasks as sql;
use crate::task_row;

/// Refuses the whole call for one bad task, before anything is written.
pub(crate) fn check(tasks: &[Task]) -> Result<(), StoreError> {
    tasks.iter().try_for_each(Task::check).map_err(StoreError::invalid)
}

/// The statement that stores tasks, all of them or none.
pub(super) fn all_new(tasks: &[Task]) -> Result<Query<'static, Sqlite, SqliteArguments>, StoreError> {
    Ok(sqlx::query(sql::INSERT).bind(json(&tasks.iter().map(task_row::columns).collect::<Vec<_>>())?))
}

/// Stores those tasks that are new, within a transaction that writes.
pub(crate) async fn enqueue(connection: &mut SqliteConnection, tasks: &[Task]) -> Result<Vec<Enqueued>, StoreError> {
    let mut known = known(connection, tasks).await?;
    let mut holders = holders(connection, tasks).await?;
    let mut new = Vec::with_capacity(tasks.len());
    let mut answers = Vec::with_capacity(tasks.len());
    for task in tasks {
        let holder = task.unique_key.as_deref().and_then(|key| holders.get(key));
        let answer = if known.contains(&task.id) {
            Enqueued::Known
        } else {
            holder.map_or(Enqueued::New, |holder| Enqueued::Duplicate(*holder))
        };
        if answer == Enqueued::New {
            known.insert(task.id);
            if let Some(key) = &task.unique_key {
                holders.insert(key.clone(), task.id);
            }
            new.push(task.clone());
        }
        answers.push(answer);
    }
    if !new.is_empty() {
        all_new(&new)?.execute(connection).await.map_err(store_error)?;
    }
    Ok(answers)
}

/// Which of these ids have been enqueued before.
async fn known(connection: &mut SqliteConnection, tasks: &[Task]) -> Result<HashSet<TaskId>, StoreError> {
    let ids = json(&tasks.iter().map(|task| task.id.hex()).collect::<Vec<_>>())?;
    let query = sqlx::query_scalar(sql::KNOWN).bind(ids);
    let known: Vec<Vec<u8>> = query.fetch_all(connection).await.map_err(store_error)?;
    known.iter().map(|id| row::task_id(id)).collect()
}

/// Which of the unique keys are taken, and by whom.
async fn holders(connection: &mut SqliteConnection, tasks: &[Task]) -> Result<HashMap<String, TaskId>, StoreError> {
    let keys: Vec<&String> = tasks.iter().filter_map(|task| task.unique_key.as_ref()).collect();
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let query = sqlx::query_as(sql::HOLDERS).bind(json(&keys)?);
    let holders: Vec<(String, Vec<u8>)> = query.fetch_all(connection).await.map_err(store_error)?;
    holders.into_iter().map(|(key, id)| Ok((key, row::task_id(&id)?))).collect()
}
