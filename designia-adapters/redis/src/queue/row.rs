//! A row, read back.

use std::collections::HashMap;
use std::str::FromStr;

use designia_core::id::TaskId;
use designia_core::ports::StoreError;
use designia_core::task::{Failure, Json, TaskRecord, TaskState};
use designia_core::time::Timestamp;

use super::asked::{instant, parsed, read};
use super::{AT_ONCE, RedisQueue};
use crate::error::corrupt;
use crate::script::{Script, script};

static ROWS: Script = script!("common", "rows");

/// A row's fields, what was asked, and its failures.
type Row = (HashMap<String, String>, Option<String>, Vec<String>);

impl RedisQueue {
    /// The rows with these ids, without those that are gone, in their order.
    pub(super) async fn rows(&self, ids: &[TaskId]) -> Result<Vec<TaskRecord>, StoreError> {
        let mut records = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(AT_ONCE) {
            let mut call = ROWS.on(&self.connection);
            chunk.iter().for_each(|id| call.add(id.to_string()));
            let rows: Vec<Row> = call.run().await?;
            for (id, row) in chunk.iter().zip(&rows) {
                records.extend(record(*id, row)?);
            }
        }
        Ok(records)
    }
}

/// The state with this word.
pub(super) fn state(word: &str) -> Result<TaskState, StoreError> {
    let found = TaskState::ALL.into_iter().find(|state| state.as_str() == word);
    found.ok_or_else(|| corrupt("a task's state", format!("`{word}` is none")))
}

fn record(id: TaskId, (fields, asked, failures): &Row) -> Result<Option<TaskRecord>, StoreError> {
    let Some(word) = fields.get("s") else { return Ok(None) };
    let row = Fields { id, fields };
    let asked = asked.as_deref().ok_or_else(|| row.corrupt("what was asked is gone"))?;
    Ok(Some(TaskRecord {
        task: read(id, asked, row.text("y"))?,
        state: state(word)?,
        attempts: row.number("a")?,
        claims: row.number("c")?,
        due_at: row.instant("d")?.ok_or_else(|| row.corrupt("d: missing"))?,
        worker: row.text("w").map(parsed).transpose()?,
        started_at: row.instant("b")?,
        ended_at: row.instant("e")?,
        progress: row.text("p").map(serde_json::from_str).transpose().map_err(|error| row.corrupt(error))?,
        result: row.text("r").map(Json::parse).transpose().map_err(|error| row.corrupt(error))?,
        failures: failures.iter().map(|text| row.failure(text)).collect::<Result<_, _>>()?,
        revoke_asked: row.text("x").is_some(),
        note: row.text("n").map(str::to_owned),
    }))
}

struct Fields<'a> {
    id: TaskId,
    fields: &'a HashMap<String, String>,
}

impl Fields<'_> {
    fn corrupt(&self, why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
        corrupt(&format!("task {}", self.id), why)
    }

    fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field).map(String::as_str)
    }

    fn number<T: FromStr<Err = std::num::ParseIntError>>(&self, field: &str) -> Result<T, StoreError> {
        let text = self.text(field).unwrap_or_default();
        text.parse().map_err(|error| self.corrupt(format!("{field}: {error}")))
    }

    fn instant(&self, field: &str) -> Result<Option<Timestamp>, StoreError> {
        self.text(field).map(instant).transpose().map_err(|error| self.corrupt(format!("{field}: {error}")))
    }

    /// An attempt, a time, a worker and an error, a line each; the error may have more lines.
    fn failure(&self, text: &str) -> Result<Failure, StoreError> {
        let mut parts = text.splitn(4, '\n');
        let mut part = || parts.next().ok_or_else(|| self.corrupt("a failure is cut short"));
        let (attempt, at, worker, error) = (part()?, part()?, part()?, part()?);
        Ok(Failure {
            attempt: attempt.parse().map_err(|error| self.corrupt(error))?,
            at: instant(at).map_err(|error| self.corrupt(error))?,
            worker: (!worker.is_empty()).then(|| parsed(worker)).transpose()?,
            error: error.to_owned(),
        })
    }
}
