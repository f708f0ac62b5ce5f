//! Rows of tasks as [`TaskRecord`] has them, and back.

use designia_core::id::TaskId;
use designia_core::ports::StoreError;
use designia_core::task::{ClaimedTask, Json, Priority, Slot, Task, TaskRecord, TaskState, Ticket};
use sqlx::postgres::PgRow;
use sqlx::{Decode, Postgres, Row as _, Type};
use uuid::Uuid;

use crate::error::store_error;
use crate::instant::Instant;
use crate::row::{from_json, json, number, word};
use crate::rows::arrays;
use crate::statement::Binding;

/// The id in a row.
pub(super) fn id(row: &PgRow) -> Result<Uuid, sqlx::Error> {
    row.try_get("id")
}

/// The whole row.
pub(super) fn record(row: &PgRow) -> Result<TaskRecord, StoreError> {
    let task = task(row)?;
    let what = || format!("task {}", task.id);
    let state: String = get(row, "state")?;
    let worker: Option<String> = get(row, "worker")?;
    let progress: Option<String> = get(row, "progress")?;
    let failures: Option<String> = get(row, "failures")?;
    let result: Option<String> = get(row, "result")?;
    Ok(TaskRecord {
        state: word("a task's state", &TaskState::ALL, &state, TaskState::as_str)?,
        attempts: number("a task", i64::from(get::<i32>(row, "attempts")?))?,
        claims: number("a task", get(row, "claims")?)?,
        due_at: get::<Instant>(row, "due_at")?.0,
        worker: worker.map(|name| name.parse()).transpose().map_err(|error| StoreError::corrupt(&what(), error))?,
        started_at: get::<Option<Instant>>(row, "started_at")?.map(|at| at.0),
        ended_at: get::<Option<Instant>>(row, "ended_at")?.map(|at| at.0),
        progress: progress.map(|text| from_json(what, &text)).transpose()?,
        result: result.map(|text| value(&what(), &text)).transpose()?,
        failures: failures.map_or(Ok(Vec::new()), |text| from_json(what, &text))?,
        revoke_asked: get(row, "revoke_asked")?,
        note: get(row, "note")?,
        task,
    })
}

/// A row that has been claimed just now.
pub(super) fn claimed(row: &PgRow) -> Result<ClaimedTask, StoreError> {
    let task = task(row)?;
    let ticket = Ticket { task: task.id, token: number("a task", get(row, "claims")?)? };
    Ok(ClaimedTask { attempt: number("a task", i64::from(get::<i32>(row, "attempts")?))?, task, ticket })
}

fn task(row: &PgRow) -> Result<Task, StoreError> {
    let id = TaskId::from_uuid(get(row, "id")?);
    let what = || format!("task {id}");
    let (kind, queue): (String, String) = (get(row, "kind")?, get(row, "queue")?);
    let (schedule, slot_at): (Option<String>, Option<Instant>) = (get(row, "schedule")?, get(row, "slot_at")?);
    let slot = match (schedule, slot_at) {
        (Some(schedule), Some(at)) => {
            let schedule = schedule.parse().map_err(|error| StoreError::corrupt(&what(), error))?;
            Some(Slot { schedule, at: at.0 })
        }
        (None, _) | (_, None) => None,
    };
    Ok(Task {
        id,
        kind: kind.parse().map_err(|error| StoreError::corrupt(&what(), error))?,
        queue: queue.parse().map_err(|error| StoreError::corrupt(&what(), error))?,
        priority: priority(get(row, "priority")?)?,
        args: value(&what(), &get::<String>(row, "args")?)?,
        unique_key: get(row, "unique_key")?,
        max_attempts: number("a task", i64::from(get::<i32>(row, "max_attempts")?))?,
        enqueued_at: get::<Instant>(row, "enqueued_at")?.0,
        run_at: get::<Instant>(row, "run_at")?.0,
        start_by: get::<Option<Instant>>(row, "start_by")?.map(|at| at.0),
        slot,
    })
}

fn get<'r, T: Decode<'r, Postgres> + Type<Postgres>>(row: &'r PgRow, column: &str) -> Result<T, StoreError> {
    row.try_get(column).map_err(store_error)
}

fn value(what: &str, text: &str) -> Result<Json, StoreError> {
    Json::parse(text).map_err(|error| StoreError::corrupt(what, error))
}

fn priority(rank: i16) -> Result<Priority, StoreError> {
    let known = Priority::ALL.into_iter().find(|priority| i16::from(priority.rank()) == rank);
    known.ok_or_else(|| StoreError::corrupt("a task's priority", format!("{rank} is no rank of this program")))
}

arrays! {
    Changed {
        id: Uuid, state: &'static str, due_at: Instant, claims: i64, attempts: i32, worker: Option<String>,
        started_at: Option<Instant>, ended_at: Option<Instant>, progress: Option<String>, result: Option<String>,
        failures: Option<String>, revoke_asked: bool, note: Option<String>,
    }
    Moved { id: Uuid, }
}

/// What has become of rows, to be written.
#[derive(Default)]
pub(super) struct Changes {
    changed: Changed,
    moved: Moved,
}

impl Changes {
    pub(super) fn put(&mut self, record: &TaskRecord) -> Result<(), StoreError> {
        let failures = (!record.failures.is_empty()).then(|| json(&record.failures)).transpose()?;
        self.changed.push((
            record.task.id.as_uuid(),
            record.state.as_str(),
            record.due_at.into(),
            i64::from(record.claims),
            i32::from(record.attempts),
            record.worker.as_ref().map(|name| name.as_str().to_owned()),
            record.started_at.map(Instant),
            record.ended_at.map(Instant),
            record.progress.as_ref().map(json).transpose()?,
            record.result.as_ref().map(|it| it.as_str().to_owned()),
            failures,
            record.revoke_asked,
            record.note.as_deref().map(printable),
        ));
        Ok(())
    }

    /// The row goes, and is not kept as ended.
    pub(super) fn forget(&mut self, task: TaskId) {
        self.moved.push((task.as_uuid(),));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.changed.id.is_empty() && self.moved.id.is_empty()
    }

    pub(super) fn bind(self, binding: Binding) -> Binding {
        self.moved.bind(self.changed.bind(binding))
    }
}

/// A note comes from anywhere, and a column of text has no place for this one character.
fn printable(note: &str) -> String {
    note.replace('\0', "\u{fffd}")
}
