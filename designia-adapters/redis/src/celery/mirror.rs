//! From Designia's tasks to Celery's results.

use std::sync::Arc;
use std::time::Duration;

use designia_core::ports::{StoreError, StoreErrorKind, TaskConsole};
use designia_core::task::{TaskRecord, TaskState};
use designia_core::time::Timestamp;

use super::CeleryOptions;
use super::result::Meta;
use super::watch::{Look, Told, Watches};
use crate::RedisConnection;

/// Another mirror may look if the one that was about to has died.
const LOOK: Duration = Duration::from_secs(10);

/// How often a task is looked at at most.
const SOONEST: Duration = Duration::from_millis(20);

/// How often one that runs is looked at at least.
const LATEST: Duration = Duration::from_secs(5);

/// How often one that waits is looked at at least.
const LATEST_WAITING: Duration = Duration::from_secs(60);

/// Tells Celery's side how the tasks stand that an [intake](super::CeleryIntake) has taken over, so that `AsyncResult.get()`,
/// `.state` and `.info` work there.
///
/// It looks at the tasks, wherever they are carried out, and how soon it looks again grows with how long nothing has changed: what
/// a task came to is told a quarter later than it took, at least 20 ms and at most 5 s after it ended. Several mirrors may run.
#[derive(Clone, Debug)]
pub struct CeleryMirror {
    watches: Watches,
    tasks: Arc<dyn TaskConsole>,
    track_started: bool,
    /// For so long one waits for a task that was taken over and isn't there: it may have been put back and be taken again.
    patience: Duration,
}

impl CeleryMirror {
    /// From these tasks to Celery's `result_backend`.
    #[must_use]
    pub fn new(tasks: Arc<dyn TaskConsole>, results: RedisConnection, options: &CeleryOptions) -> Self {
        Self {
            watches: Watches::new(results, options),
            tasks,
            track_started: options.track_started,
            patience: options.result_expires.max(options.visibility_timeout * 2),
        }
    }

    /// One turn: looks at up to `limit` tasks that are due for it, and says at how many it has looked.
    ///
    /// # Errors
    /// One of the stores can't be used. Nothing is lost: the tasks are looked at again.
    pub async fn turn(&self, now: Timestamp, limit: u32) -> Result<usize, StoreError> {
        let looks = self.watches.due(now, limit, now + LOOK).await?;
        for look in &looks {
            match self.look(look, now).await {
                // It keeps no other from being told, and is looked at again later.
                Err(error) if error.kind == StoreErrorKind::Corrupt => {
                    tracing::error!(task = %look.task, %error, "celery can't be told of a task");
                }
                looked => looked?,
            }
        }
        Ok(looks.len())
    }

    async fn look(&self, look: &Look, now: Timestamp) -> Result<(), StoreError> {
        match self.tasks.task(look.task).await? {
            Some(record) => self.tell(look, &record, now).await,
            None if now.since(look.watch.since) > self.patience => self.watches.tell(look, None, None).await,
            None => self.watches.tell(look, None, Some(now + LATEST)).await,
        }
    }

    async fn tell(&self, look: &Look, record: &TaskRecord, now: Timestamp) -> Result<(), StoreError> {
        let told = Told { state: record.state, claims: record.claims, progress: record.progress.clone(), at: now };
        let is_old = |old: &Told| Told { at: told.at, ..old.clone() } == told;
        let is_untold = record.state == TaskState::Started && !self.track_started;
        let meta = Meta::of(record, &look.watch.asked);
        let meta = meta.map_err(|error| StoreError::corrupt(&format!("task {}", look.task), error))?;
        let news = meta.as_ref().filter(|_| !is_untold && !look.watch.told.as_ref().is_some_and(is_old));
        let next = (!record.state.is_final()).then(|| {
            let changed =
                if news.is_some() { now } else { look.watch.told.as_ref().map_or(look.watch.since, |it| it.at) };
            now + next_look(record, now.since(changed), now)
        });
        self.watches.tell(look, news.map(|meta| (meta, told)), next).await
    }
}

/// When to look again at a task that has not changed for so long.
fn next_look(record: &TaskRecord, unchanged: Duration, now: Timestamp) -> Duration {
    let quarter = (unchanged / 4).max(SOONEST);
    if record.state.is_running() {
        return quarter.min(LATEST);
    }
    // One that is not due can only be called off, or be tried again by hand.
    quarter.max(record.due_at.since(now)).min(LATEST_WAITING)
}

#[cfg(test)]
mod tests {
    use designia_core::id::TaskId;
    use designia_core::task::{Json, Kind};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_task_is_looked_at_less_often_the_longer_nothing_happens() {
        let now = Timestamp::from_secs(1_000);
        let kind = Kind::new("a".parse().unwrap(), "q".parse().unwrap());
        let mut record = TaskRecord::pending(kind.task(TaskId::from_uuid(Uuid::nil()), Json::null(), now));
        let millis =
            |record: &TaskRecord, unchanged: u64| next_look(record, Duration::from_millis(unchanged), now).as_millis();
        assert_eq!(millis(&record, 0), 20);
        assert_eq!(millis(&record, 1_000), 250);
        assert_eq!(millis(&record, 3_600_000), 60_000);
        record.due_at = now + Duration::from_secs(7);
        assert_eq!(millis(&record, 0), 7_000);
        record.due_at = now + Duration::from_secs(7_000);
        assert_eq!(millis(&record, 0), 60_000);
        record.claim(&"w".parse().unwrap(), now + Duration::from_secs(7_000), now + Duration::from_secs(7_030));
        assert_eq!(millis(&record, 3_600_000), 5_000);
    }
}
