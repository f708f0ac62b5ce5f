//! Which tasks Celery's side may ask about, and what it has been told so far: kept beside its results, so that a mirror that dies
//! is followed by another.

use designia_core::id::TaskId;
use designia_core::ports::StoreError;
use designia_core::task::{TaskProgress, TaskState};
use designia_core::time::Timestamp;
use redis::cmd;
use serde::{Deserialize, Serialize};

use super::CeleryOptions;
use super::names::Names;
use super::result::{Asked, Meta};
use crate::RedisConnection;

/// What is known of a task on Celery's side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Watch {
    pub(super) asked: Asked,
    /// Since when it is watched.
    pub(super) since: Timestamp,
    /// What was told last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) told: Option<Told>,
}

/// What was told last, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Told {
    pub(super) state: TaskState,
    pub(super) claims: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) progress: Option<TaskProgress>,
    pub(super) at: Timestamp,
}

/// A watch that is due for a look.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) task: TaskId,
    pub(super) watch: Watch,
    /// As it is stored: proof that nobody has told anything since.
    stored: String,
}

#[derive(Clone, Debug)]
pub(super) struct Watches {
    results: RedisConnection,
    names: Names,
    kept_for: u64,
}

impl Watches {
    pub(super) fn new(results: RedisConnection, options: &CeleryOptions) -> Self {
        let kept_for = options.result_expires.as_secs().max(1);
        Self { results, names: Names::new(&options.result_key_prefix), kept_for }
    }

    /// Begins to watch tasks, unless they are watched already.
    pub(super) async fn begin<'a>(
        &self,
        tasks: impl Iterator<Item = (TaskId, &'a Asked)>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut begin = cmd("EVAL");
        begin
            .arg(include_str!("lua/begin.lua"))
            .arg(2)
            .arg(self.by_next_look())
            .arg(self.by_task())
            .arg(now.as_micros());
        let mut count = 0;
        for (task, asked) in tasks {
            begin.arg(task.to_string()).arg(text(&Watch { asked: asked.clone(), since: now, told: None })?);
            count += 1;
        }
        if count > 0 {
            self.results.ask::<()>(&begin).await?;
        }
        Ok(())
    }

    /// Up to so many watches that are due; they are due again at `again` if nothing comes of it.
    pub(super) async fn due(&self, now: Timestamp, limit: u32, again: Timestamp) -> Result<Vec<Look>, StoreError> {
        let mut look = cmd("EVAL");
        look.arg(include_str!("lua/look.lua")).arg(2).arg(self.by_next_look()).arg(self.by_task());
        look.arg(now.as_micros()).arg(limit).arg(again.as_micros());
        let found: Vec<String> = self.results.ask(&look).await?;
        let mut looks = Vec::with_capacity(found.len() / 2);
        for pair in found.chunks_exact(2) {
            match (pair[0].parse(), serde_json::from_str(&pair[1])) {
                (Ok(task), Ok(watch)) => looks.push(Look { task, watch, stored: pair[1].clone() }),
                // It stays where it is, for people, and keeps no other from being told.
                _ => {
                    tracing::error!(
                        task = pair[0],
                        "what celery was told of a task can't be read; it is told nothing more"
                    );
                    self.results.ask::<()>(cmd("ZREM").arg(self.by_next_look()).arg(&pair[0])).await?;
                }
            }
        }
        Ok(looks)
    }

    /// Tells news of a task, if there are any, and looks again at `next`, or never.
    pub(super) async fn tell(
        &self,
        look: &Look,
        news: Option<(&Meta, Told)>,
        next: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let (meta, told) = news.unzip();
        let watch = Watch { told: told.or_else(|| look.watch.told.clone()), ..look.watch.clone() };
        let stored = if next.is_some() { text(&watch)? } else { String::new() };
        let next = next.unwrap_or_default().as_micros();
        self.write(&watch.asked, &look.task.to_string(), &look.stored, &stored, next, meta).await
    }

    /// Tells what became of a task that was never enqueued.
    pub(super) async fn tell_unwatched(&self, asked: &Asked, meta: &Meta) -> Result<(), StoreError> {
        self.write(asked, "", "", "", 0, Some(meta)).await
    }

    async fn write(
        &self,
        asked: &Asked,
        task: &str,
        before: &str,
        after: &str,
        next: i64,
        meta: Option<&Meta>,
    ) -> Result<(), StoreError> {
        let meta = meta.map_or_else(|| Ok(String::new()), text)?;
        let mut tell = cmd("EVAL");
        tell.arg(include_str!("lua/tell.lua")).arg(3);
        tell.arg(self.by_next_look()).arg(self.by_task()).arg(self.names.result(&asked.id));
        tell.arg(task).arg(before).arg(after).arg(next).arg(meta).arg(self.kept_for);
        self.results.ask(&tell).await
    }

    fn by_task(&self) -> String {
        self.results.key("celery:watches")
    }

    fn by_next_look(&self) -> String {
        self.results.key("celery:looks")
    }
}

fn text(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::corrupt("a watch or result", error))
}
