//! The port [`TaskConsole`].

use async_trait::async_trait;
use designia_core::id::TaskId;
use designia_core::ports::{QueueStatus, StoreError, TaskConsole, TaskFilter, TaskPage, WorkerStatus};
use designia_core::task::{QueueName, Retrial, Revocation, TaskRecord, TaskState};
use designia_core::time::Timestamp;

use super::asked::{instant, parsed};
use super::row::state;
use super::{AT_ONCE, RedisQueue};
use crate::error::corrupt;
use crate::script::{Script, script};

static REVOKE: Script = script!("common", "revoke");
static RETRY: Script = script!("common", "retry");
static PURGE: Script = script!("common", "purge");
static CLEANUP: Script = script!("common", "cleanup");
static QUEUES: Script = script!("common", "queues");
static WORKERS: Script = script!("common", "workers");

/// A queue's name, whether it is held, its counts, when the longest due one was due.
type Queue = (String, String, Vec<(String, i64)>, Option<String>);

#[async_trait]
impl TaskConsole for RedisQueue {
    async fn task(&self, id: TaskId) -> Result<Option<TaskRecord>, StoreError> {
        Ok(self.rows(&[id]).await?.pop())
    }

    async fn tasks(&self, filter: &TaskFilter, page: TaskPage) -> Result<Vec<TaskRecord>, StoreError> {
        self.page(filter, page).await
    }

    async fn queues(&self, now: Timestamp) -> Result<Vec<QueueStatus>, StoreError> {
        let queues: Vec<Queue> = QUEUES.on(&self.connection).arg(now.as_micros()).run().await?;
        let mut queues = queues.into_iter().map(status).collect::<Result<Vec<_>, _>>()?;
        queues.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(queues)
    }

    async fn workers(&self, since: Timestamp) -> Result<Vec<WorkerStatus>, StoreError> {
        let texts: Vec<String> = WORKERS.on(&self.connection).arg(since.as_micros()).run().await?;
        let workers = texts.iter().map(|text| serde_json::from_str(text)).collect::<Result<Vec<WorkerStatus>, _>>();
        let mut workers = workers.map_err(|error| corrupt("a worker", error))?;
        workers.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(workers)
    }

    async fn revoke(&self, id: TaskId, now: Timestamp) -> Result<Option<Revocation>, StoreError> {
        let call = REVOKE.on(&self.connection).arg(id.to_string()).arg(now.as_micros());
        let answer: Option<String> = call.run().await?;
        answer.as_deref().map(revocation).transpose()
    }

    async fn retry(&self, id: TaskId, now: Timestamp) -> Result<Option<Retrial>, StoreError> {
        let call = RETRY.on(&self.connection).arg(id.to_string()).arg(now.as_micros());
        let answer: Option<String> = call.run().await?;
        answer.as_deref().map(retrial).transpose()
    }

    async fn set_paused(&self, queue: &QueueName, paused: bool) -> Result<(), StoreError> {
        let mut set = redis::cmd("HSET");
        set.arg(self.connection.key("queues")).arg(queue.as_str()).arg(u8::from(paused));
        self.connection.ask(&set).await
    }

    async fn purge(&self, queue: &QueueName, now: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let purge = |limit| {
            let call = PURGE.on(&self.connection).arg(queue.as_str()).arg(now.as_micros()).arg(limit);
            call.run()
        };
        in_steps(limit, purge).await
    }

    async fn cleanup(&self, ended_before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let cleanup = |limit| CLEANUP.on(&self.connection).arg(ended_before.as_micros()).arg(limit).run();
        in_steps(limit, cleanup).await
    }
}

/// Calls with small limits until they are as much as the limit, or there is no more to do.
async fn in_steps<F>(limit: u32, step: impl Fn(u32) -> F) -> Result<u32, StoreError>
where
    F: Future<Output = Result<u32, StoreError>>,
{
    let at_once = u32::try_from(AT_ONCE).unwrap_or(u32::MAX);
    let mut done = 0;
    while done < limit {
        let wanted = (limit - done).min(at_once);
        let did = step(wanted).await?;
        done += did;
        if did < wanted {
            break;
        }
    }
    Ok(done)
}

fn status((name, held, counts, oldest): Queue) -> Result<QueueStatus, StoreError> {
    let mut tasks = Vec::with_capacity(counts.len());
    for (word, count) in counts {
        if let Ok(count @ 1..) = u64::try_from(count) {
            tasks.push((state(&word)?, count));
        }
    }
    tasks.sort_by_key(|(state, _): &(TaskState, u64)| *state);
    let oldest_due = oldest.as_deref().map(instant).transpose().map_err(|error| corrupt("a due time", error))?;
    Ok(QueueStatus { name: parsed(&name)?, paused: held == "1", tasks, oldest_due })
}

fn revocation(answer: &str) -> Result<Revocation, StoreError> {
    match answer.split_once(' ') {
        Some(("ENDED", word)) => state(word).map(Revocation::Ended),
        None if answer == "REVOKED" => Ok(Revocation::Revoked),
        None if answer == "ASKED" => Ok(Revocation::Asked),
        Some(_) | None => Err(corrupt("what calling off did", format!("`{answer}` is not known"))),
    }
}

fn retrial(answer: &str) -> Result<Retrial, StoreError> {
    match answer.split_once(' ') {
        Some(("NOTENDED", word)) => state(word).map(Retrial::NotEnded),
        Some(("DUPLICATE", holder)) => parsed(holder).map(Retrial::Duplicate),
        None if answer == "WAITING" => Ok(Retrial::Waiting),
        Some(_) | None => Err(corrupt("what trying again did", format!("`{answer}` is not known"))),
    }
}
