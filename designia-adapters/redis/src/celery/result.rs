//! What Celery stores of a task's fate: read for tasks that were sent, written for tasks that were taken over.
//!
//! Celery can't tell a task that waits from one that nobody has heard of: there is no entry for either.

use designia_core::task::{Json, TaskRecord, TaskState};
use designia_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};

/// How a task stands, as Celery has stored it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CeleryOutcome {
    /// A worker has it. Stored only if the task is tracked (`task_track_started`).
    Started,
    /// It failed and is tried again.
    Retry(CeleryFailure),
    /// It is done; what it returned.
    Success(Json),
    /// It failed for good.
    Failure(CeleryFailure),
    /// It was called off, or too late; why.
    Revoked(CeleryFailure),
    /// A state of the task's own, such as `PROGRESS`.
    Other {
        /// Its name.
        state: String,
        /// What the task says of it.
        meta: Json,
    },
}

impl CeleryOutcome {
    /// Whether nothing more will come.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        match self {
            Self::Success(_) | Self::Failure(_) | Self::Revoked(_) => true,
            Self::Started | Self::Retry(_) | Self::Other { .. } => false,
        }
    }
}

/// A Python exception, as Celery stores it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CeleryFailure {
    /// Its class, without the module.
    pub exc_type: String,
    /// Where the class is.
    pub exc_module: Option<String>,
    /// Its arguments; most have one, the message.
    pub exc_message: Json,
    /// Where it was raised, as Python prints it.
    pub traceback: Option<String>,
}

impl CeleryFailure {
    /// The exception's first argument, if it is text: its message.
    #[must_use]
    pub fn message(&self) -> String {
        let first = self.exc_message.read::<Vec<serde_json::Value>>().ok().and_then(|args| args.into_iter().next());
        match first {
            Some(serde_json::Value::String(text)) => text,
            Some(other) => other.to_string(),
            None => self.exc_message.as_str().to_owned(),
        }
    }
}

/// An entry of Celery's result store.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Meta {
    pub(super) status: String,
    pub(super) result: Option<Box<RawValue>>,
    #[serde(default)]
    pub(super) traceback: Option<String>,
    #[serde(default)]
    children: Vec<serde_json::Value>,
    #[serde(default)]
    date_done: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    group_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parent_id: Option<String>,
    task_id: String,
}

#[derive(Serialize, Deserialize)]
struct Exception {
    exc_type: String,
    exc_message: Box<RawValue>,
    #[serde(default)]
    exc_module: Option<String>,
}

impl Meta {
    pub(super) fn outcome(self) -> Result<CeleryOutcome, serde_json::Error> {
        let Self { status, result, traceback, .. } = self;
        let value = match &result {
            Some(raw) => Json::parse(raw.get())?,
            None => Json::null(),
        };
        let failure = |traceback| {
            let exception: Exception = value.read()?;
            Ok::<_, serde_json::Error>(CeleryFailure {
                exc_type: exception.exc_type,
                exc_module: exception.exc_module,
                exc_message: Json::parse(exception.exc_message.get())?,
                traceback,
            })
        };
        Ok(match status.as_str() {
            "STARTED" => CeleryOutcome::Started,
            "RETRY" => CeleryOutcome::Retry(failure(traceback)?),
            "SUCCESS" => CeleryOutcome::Success(value),
            "FAILURE" => CeleryOutcome::Failure(failure(traceback)?),
            "REVOKED" => CeleryOutcome::Revoked(failure(traceback)?),
            _ => CeleryOutcome::Other { state: status, meta: value },
        })
    }

    /// What Celery would have stored of a task that stands like this; `None` for one that waits, of which it stores nothing.
    pub(super) fn of(record: &TaskRecord, asked: &Asked) -> Result<Option<Self>, serde_json::Error> {
        let result = match record.state {
            TaskState::Pending => return Ok(None),
            TaskState::Started => {
                let worker = record.worker.as_ref().map(ToString::to_string);
                to_raw_value(&json!({ "hostname": worker }))?
            }
            TaskState::Progress => match &record.progress {
                // Names that progress bars for Celery look for.
                Some(it) => to_raw_value(&json!({ "current": it.done, "total": it.total, "description": it.note }))?,
                None => RawValue::NULL.to_owned(),
            },
            TaskState::Success => match &record.result {
                Some(result) => RawValue::from_string(result.as_str().to_owned())?,
                None => RawValue::NULL.to_owned(),
            },
            TaskState::Retry | TaskState::Failure => task_error(record.last_error().unwrap_or("without words"))?,
            TaskState::Revoked => exception("TaskRevokedError", record.note.as_deref().unwrap_or("revoked"))?,
        };
        let traceback = match record.state {
            TaskState::Retry | TaskState::Failure => Some(story(record)),
            TaskState::Pending | TaskState::Started | TaskState::Progress | TaskState::Success | TaskState::Revoked => {
                None
            }
        };
        let done = record.ended_at.filter(|_| record.state.is_final());
        Ok(Some(Self { traceback, ..Self::new(record.state.as_str(), result, done, asked) }))
    }

    /// What Celery would have stored of a task that is not run at all.
    pub(super) fn refused(
        state: TaskState,
        why: &str,
        now: Timestamp,
        asked: &Asked,
    ) -> Result<Self, serde_json::Error> {
        let result = if state == TaskState::Revoked { exception("TaskRevokedError", why)? } else { task_error(why)? };
        Ok(Self::new(state.as_str(), result, Some(now), asked))
    }

    fn new(status: &str, result: Box<RawValue>, done: Option<Timestamp>, asked: &Asked) -> Self {
        Self {
            status: status.to_owned(),
            result: Some(result),
            traceback: None,
            children: Vec::new(),
            // Python's own form; its older versions don't read a `Z`.
            date_done: done.map(|it| it.to_string().replace('Z', "+00:00")),
            group_id: asked.group.clone(),
            parent_id: asked.parent.clone(),
            task_id: asked.id.clone(),
        }
    }
}

/// What Celery's side knows a task by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Asked {
    /// Its id there.
    pub(super) id: String,
    /// The group that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) group: Option<String>,
    /// The task that sent it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) parent: Option<String>,
    /// Whether anybody may ask for the result.
    #[serde(skip, default = "yes")]
    pub(super) wants_result: bool,
}

/// An exception that every Celery client has, so that it can be caught by name.
fn task_error(message: &str) -> Result<Box<RawValue>, serde_json::Error> {
    exception("TaskError", message)
}

fn exception(name: &str, message: &str) -> Result<Box<RawValue>, serde_json::Error> {
    to_raw_value(&Exception {
        exc_type: name.to_owned(),
        exc_message: to_raw_value(&[message])?,
        exc_module: Some("celery.exceptions".to_owned()),
    })
}

/// What is not asked for is not watched.
const fn yes() -> bool {
    true
}

/// Every failure that is known, in the place of a traceback.
fn story(record: &TaskRecord) -> String {
    let mut story = String::new();
    for failure in &record.failures {
        let worker = failure.worker.as_ref().map_or("an unknown worker", |it| it.as_str());
        story += &format!("attempt {} on {worker}, {}: {}\n", failure.attempt, failure.at, failure.error);
    }
    story
}

#[cfg(test)]
mod tests;
