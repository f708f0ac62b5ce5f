//! What was asked, as it is kept: short names, because every waiting task takes the server's memory, and times as they are.

use std::str::FromStr;

use designia_core::id::TaskId;
use designia_core::ports::StoreError;
use designia_core::task::{Json, KindName, Priority, QueueName, ScheduleName, Slot, Task};
use designia_core::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::corrupt;
use crate::script::ScriptCall;

#[derive(Serialize, Deserialize)]
struct Asked {
    #[serde(rename = "k")]
    kind: KindName,
    #[serde(rename = "q")]
    queue: QueueName,
    #[serde(rename = "p", default, skip_serializing_if = "is_usual")]
    priority: Priority,
    #[serde(rename = "a")]
    args: Json,
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    unique_key: Option<String>,
    #[serde(rename = "m")]
    max_attempts: u16,
    #[serde(rename = "e")]
    enqueued_at: i64,
    #[serde(rename = "r")]
    run_at: i64,
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    slot: Option<(ScheduleName, i64)>,
}

fn is_usual(priority: &Priority) -> bool {
    *priority == Priority::default()
}

/// Adds a task to a call of a script that has the form of `add`.
pub(super) fn add(call: &mut ScriptCall<'_>, task: &Task) -> Result<(), StoreError> {
    let asked = Asked {
        kind: task.kind.clone(),
        queue: task.queue.clone(),
        priority: task.priority,
        args: task.args.clone(),
        unique_key: task.unique_key.clone(),
        max_attempts: task.max_attempts,
        enqueued_at: task.enqueued_at.as_micros(),
        run_at: task.run_at.as_micros(),
        slot: task.slot.as_ref().map(|slot| (slot.schedule.clone(), slot.at.as_micros())),
    };
    let asked = serde_json::to_string(&asked).map_err(|error| StoreError::invalid(format!("args: {error}")))?;
    call.add(task.id.to_string());
    call.add(asked);
    call.add(task.queue.as_str());
    call.add(task.priority.rank());
    call.add(task.run_at.as_micros());
    call.add(task.max_attempts);
    call.add(task.start_by.map_or_else(String::new, |at| at.as_micros().to_string()));
    call.add(task.unique_key.as_deref().unwrap_or_default());
    Ok(())
}

/// The task with this id. By when it must start is kept apart, because it can be dropped.
pub(super) fn read(id: TaskId, asked: &str, start_by: Option<&str>) -> Result<Task, StoreError> {
    let unreadable = |error: &dyn ToString| corrupt(&format!("task {id}"), error.to_string());
    let asked: Asked = serde_json::from_str(asked).map_err(|error| unreadable(&error))?;
    let start_by = start_by.filter(|text| !text.is_empty()).map(instant).transpose();
    Ok(Task {
        id,
        kind: asked.kind,
        queue: asked.queue,
        priority: asked.priority,
        args: asked.args,
        unique_key: asked.unique_key,
        max_attempts: asked.max_attempts,
        enqueued_at: Timestamp::from_micros(asked.enqueued_at),
        run_at: Timestamp::from_micros(asked.run_at),
        start_by: start_by.map_err(|error| unreadable(&error))?,
        slot: asked.slot.map(|(schedule, at)| Slot { schedule, at: Timestamp::from_micros(at) }),
    })
}

/// An instant as it is kept: its microseconds.
pub(super) fn instant(text: &str) -> Result<Timestamp, std::num::ParseIntError> {
    text.parse().map(Timestamp::from_micros)
}

/// What a script answered, as the type that it stands for.
pub(super) fn parsed<T: FromStr>(text: &str) -> Result<T, StoreError>
where
    T::Err: ToString,
{
    text.parse().map_err(|error: T::Err| corrupt("a name or an id", error.to_string()))
}
