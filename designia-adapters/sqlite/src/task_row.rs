//! Between a task's row and its record. What may happen to it is said by the methods of [`TaskRecord`]; here it is read and
//! written.

use std::fmt::Display;
use std::str::FromStr;

use designia_core::id::TaskId;
use designia_core::ports::StoreError;
use designia_core::task::{Json, Priority, Slot, Task, TaskRecord, TaskState};
use designia_core::time::Timestamp;
use serde::Serialize;
use sqlx::sqlite::{Sqlite, SqliteRow};
use sqlx::{Decode, Row as _, SqliteConnection, Type};

use crate::error::store_error;
use crate::row::{self, StoredId, from_json, hex, json, micros, number};
use crate::sql::tasks as sql;

/// A record, and the row that it was read from.
pub(crate) struct Stored {
    pub(crate) seq: i64,
    pub(crate) record: TaskRecord,
}

impl Stored {
    /// Writes all of it that may have changed.
    pub(crate) async fn write(&self, connection: &mut SqliteConnection) -> Result<(), StoreError> {
        let record = &self.record;
        let failures = if record.failures.is_empty() { None } else { Some(json(&record.failures)?) };
        let query = sqlx::query(sql::WRITE)
            .bind(self.seq)
            .bind(record.task.start_by.map(micros))
            .bind(record.state.as_str())
            .bind(record.attempts)
            .bind(record.claims)
            .bind(micros(record.due_at))
            .bind(record.worker.as_ref().map(|name| name.as_str().to_owned()))
            .bind(record.started_at.map(micros))
            .bind(record.ended_at.map(micros))
            .bind(record.progress.as_ref().map(json).transpose()?)
            .bind(record.result.as_ref().map(|result| result.as_str().to_owned()))
            .bind(failures)
            .bind(record.revoke_asked)
            .bind(record.note.clone());
        query.execute(connection).await.map_err(store_error)?;
        Ok(())
    }
}

/// A row, or why it can't be read.
pub(crate) fn stored(row: &SqliteRow) -> Result<Stored, StoreError> {
    Ok(Stored { seq: column(row, "seq")?, record: record(row)? })
}

/// A row's record, or why it can't be read.
pub(crate) fn record(row: &SqliteRow) -> Result<TaskRecord, StoreError> {
    let bytes = column(row, "id")?;
    let id = row::task_id(bytes).map_err(|_| StoreError::corrupt("a task's id", hex(bytes)))?;
    let what = || format!("task {id}");
    let count = |name: &'static str| column::<i64>(row, name);
    let text = |name: &'static str| column::<Option<String>>(row, name);
    Ok(TaskRecord {
        task: task(row, id)?,
        state: state(column(row, "state")?)?,
        attempts: number("a task's attempts", count("attempts")?)?,
        claims: number("a task's claims", count("claims")?)?,
        due_at: instant(row, "due_at")?,
        worker: text("worker")?.map(|text| named(id, &text)).transpose()?,
        started_at: maybe_instant(row, "started_at")?,
        ended_at: maybe_instant(row, "ended_at")?,
        progress: text("progress")?.map(|text| from_json(what, &text)).transpose()?,
        result: text("result")?.map(|text| value(id, &text)).transpose()?,
        failures: text("failures")?.map(|text| from_json(what, &text)).transpose()?.unwrap_or_default(),
        revoke_asked: column(row, "revoke_asked")?,
        note: text("note")?,
    })
}

fn task(row: &SqliteRow, id: TaskId) -> Result<Task, StoreError> {
    let rank: i64 = column(row, "priority")?;
    let priority = Priority::ALL.into_iter().find(|it| i64::from(it.rank()) == rank);
    let slot = match (column::<Option<&str>>(row, "schedule")?, maybe_instant(row, "slot_at")?) {
        (Some(schedule), Some(at)) => Some(Slot { schedule: named(id, schedule)?, at }),
        (Some(_) | None, Some(_) | None) => None,
    };
    Ok(Task {
        id,
        kind: named(id, column(row, "kind")?)?,
        queue: named(id, column(row, "queue")?)?,
        priority: priority.ok_or_else(|| StoreError::corrupt("a task's priority", format!("{rank} is none")))?,
        args: value(id, column(row, "args")?)?,
        unique_key: column(row, "unique_key")?,
        max_attempts: number("a task's max_attempts", column(row, "max_attempts")?)?,
        enqueued_at: instant(row, "enqueued_at")?,
        run_at: instant(row, "run_at")?,
        start_by: maybe_instant(row, "start_by")?,
        slot,
    })
}

/// A task as an array of columns, for `json_each`.
pub(crate) fn columns(task: &Task) -> impl Serialize + use<'_> {
    (
        task.id.hex(),
        &task.kind,
        &task.queue,
        task.priority.rank(),
        task.args.as_str(),
        &task.unique_key,
        task.max_attempts,
        micros(task.enqueued_at),
        micros(task.run_at),
        task.start_by.map(micros),
        task.slot.as_ref().map(|slot| &slot.schedule),
        task.slot.as_ref().map(|slot| micros(slot.at)),
    )
}

pub(crate) fn state(text: &str) -> Result<TaskState, StoreError> {
    row::word("a task's state", &TaskState::ALL, text, TaskState::as_str)
}

/// A name in a column of this task.
fn named<T: FromStr<Err: Display>>(id: TaskId, text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|error: T::Err| StoreError::corrupt(&format!("task {id}"), error.to_string()))
}

fn value(id: TaskId, text: &str) -> Result<Json, StoreError> {
    Json::parse(text).map_err(|error| StoreError::corrupt(&format!("task {id}"), error))
}

fn instant(row: &SqliteRow, name: &'static str) -> Result<Timestamp, StoreError> {
    column(row, name).map(Timestamp::from_micros)
}

fn maybe_instant(row: &SqliteRow, name: &'static str) -> Result<Option<Timestamp>, StoreError> {
    Ok(column::<Option<i64>>(row, name)?.map(Timestamp::from_micros))
}

pub(crate) fn column<'r, T: Decode<'r, Sqlite> + Type<Sqlite>>(
    row: &'r SqliteRow,
    name: &'static str,
) -> Result<T, StoreError> {
    row.try_get(name).map_err(store_error)
}
