//! A Celery message as a task of Designia's, or the reason why it can't be one.

use designia_core::id::TaskId;
use designia_core::task::{Json, Task};
use designia_core::time::Timestamp;
use uuid::Uuid;

use super::CeleryKinds;
use super::envelope::{Body, Envelope};
use super::result::Asked;

/// What a message comes to.
#[derive(Debug)]
pub(super) enum Translation {
    /// A task.
    Task { task: Task, asked: Asked },
    /// It would come too late, and is not run.
    Expired { asked: Asked },
    /// It can't be carried; `asked` is known unless not even that much can be read.
    Refused { asked: Option<Asked>, why: String },
}

/// Ids that are no UUID get one that follows from them.
const IDS: Uuid = Uuid::from_u128(0x6ca7_24f0_1f0c_4d6e_9b0a_53b7_0c1e_a9d2);

/// The id under which Designia knows a task of Celery's.
#[must_use]
pub fn task_id(celery_id: &str) -> TaskId {
    let uuid = Uuid::try_parse(celery_id).ok().filter(|uuid| uuid.hyphenated().to_string() == celery_id);
    TaskId::from_uuid(uuid.unwrap_or_else(|| Uuid::new_v5(&IDS, celery_id.as_bytes())))
}

pub(super) fn translate(raw: &str, kinds: &CeleryKinds, now: Timestamp) -> Translation {
    let refused = |asked, why| Translation::Refused { asked, why };
    let envelope: Envelope = match serde_json::from_str(raw) {
        Ok(envelope) => envelope,
        Err(error) => return refused(None, format!("message: {error}")),
    };
    let headers = &envelope.headers;
    let Some(id) = headers.id.clone() else {
        return refused(None, "no id in the headers, as in protocol 1: set task_protocol = 2".to_owned());
    };
    let asked = Asked {
        id,
        group: headers.group.clone(),
        parent: headers.parent_id.clone(),
        wants_result: !headers.ignore_result.unwrap_or(false),
    };
    match read(&envelope, &asked.id, kinds, now) {
        Ok(Some(task)) => Translation::Task { task, asked },
        Ok(None) => Translation::Expired { asked },
        Err(why) => refused(Some(asked), why),
    }
}

/// The task; `None` if it would come too late.
fn read(envelope: &Envelope, id: &str, kinds: &CeleryKinds, now: Timestamp) -> Result<Option<Task>, String> {
    let headers = &envelope.headers;
    let name = headers.task.as_deref().ok_or("no task in the headers")?;
    let taken = kinds.get(name).ok_or_else(|| format!("`{name}` is not taken over here"))?;
    let Body(args, kwargs, embed) = envelope.read_body()?;
    if let Some(sequel) = embed.sequel() {
        return Err(format!("it has a {sequel}, which this bridge can't see to"));
    }
    let args = taken.args(args, kwargs)?;
    let args = Json::parse(args.get()).map_err(|error| format!("arguments: {error}"))?;
    let eta = headers.eta.as_deref().map(instant).transpose()?;
    let expires = headers.expires.as_deref().map(instant).transpose()?;
    let run_at = eta.unwrap_or(now).max(now);
    if expires.is_some_and(|expires| expires < run_at) {
        return Ok(None);
    }
    let mut task = taken.kind.task_at(task_id(id), args, now, run_at);
    task.priority = envelope.priority().of_kind(taken.kind.priority);
    task.start_by = [task.start_by, expires].into_iter().flatten().min();
    // What Celery's workers have tried already counts.
    let tried = u16::try_from(headers.retries.unwrap_or(0)).unwrap_or(u16::MAX);
    task.max_attempts = task.max_attempts.saturating_sub(tried).max(1);
    task.check()?;
    Ok(Some(task))
}

/// An instant as Python's `isoformat` writes it. One without an offset is UTC's, as in Celery's own default.
fn instant(text: &str) -> Result<Timestamp, String> {
    text.parse()
        .or_else(|error: designia_core::time::TimeParseError| format!("{text}Z").parse().map_err(|_| error.to_string()))
}

#[cfg(test)]
mod tests;
