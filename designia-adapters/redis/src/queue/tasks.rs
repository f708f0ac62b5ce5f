//! The port [`TaskQueue`].

use std::time::Duration;

use async_trait::async_trait;
use designia_core::ports::{Enqueued, Exchange, Exchanged, StoreError, TaskQueue, WorkerPhase, WorkerStatus};
use designia_core::task::{Hold, Renewal, Task};
use designia_core::time::Timestamp;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::asked::{self, parsed};
use super::{AT_ONCE, RedisQueue};
use crate::error::corrupt;
use crate::script::{Script, script};

static ENQUEUE: Script = script!("common", "add", "enqueue");
static RENEW: Script = script!("common", "renew");
static BEAT: Script = script!("common", "beat");

/// How many tasks one script stores, and how many such calls are under way at once.
const ADDED_AT_ONCE: (usize, usize) = (250, 4);

/// Workers that have said nothing for so long are forgotten.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

#[async_trait]
impl TaskQueue for RedisQueue {
    async fn enqueue(&self, tasks: &[Task]) -> Result<Vec<Enqueued>, StoreError> {
        tasks.iter().try_for_each(Task::check).map_err(StoreError::invalid)?;
        let (many, calls) = ADDED_AT_ONCE;
        let added: Vec<_> = tasks.chunks(many).map(|chunk| self.add(chunk)).collect();
        let added = stream::iter(added).buffered(calls);
        Ok(added.try_collect::<Vec<_>>().await?.concat())
    }

    async fn exchange(&self, exchange: Exchange) -> Result<Exchanged, StoreError> {
        self.exchanged(exchange).await
    }

    async fn renew(&self, renewals: &[Renewal], until: Timestamp) -> Result<Vec<Hold>, StoreError> {
        let mut holds = Vec::with_capacity(renewals.len());
        for chunk in renewals.chunks(AT_ONCE) {
            let mut call = RENEW.on(&self.connection).arg(until.as_micros());
            for Renewal { ticket, progress } in chunk {
                let progress = progress.as_ref().map(serde_json::to_string).transpose();
                let progress = progress.map_err(|error| StoreError::invalid(format!("progress: {error}")))?;
                call = call.arg(ticket.task.to_string()).arg(ticket.token).arg(progress.unwrap_or_default());
            }
            let codes: String = call.run().await?;
            for code in codes.chars() {
                holds.push(hold(code)?);
            }
        }
        Ok(holds)
    }

    async fn beat(&self, worker: &WorkerStatus) -> Result<(), StoreError> {
        let text = match worker.phase {
            WorkerPhase::Stopped => String::new(),
            WorkerPhase::Working | WorkerPhase::Draining => {
                serde_json::to_string(worker).map_err(|error| StoreError::invalid(format!("worker: {error}")))?
            }
        };
        let (at, forgotten) = (worker.beat_at.as_micros(), (worker.beat_at - KEPT).as_micros());
        BEAT.on(&self.connection).arg(worker.name.as_str()).arg(at).arg(text).arg(forgotten).run().await
    }
}

impl RedisQueue {
    async fn add(&self, tasks: &[Task]) -> Result<Vec<Enqueued>, StoreError> {
        let mut call = ENQUEUE.on(&self.connection);
        for task in tasks {
            asked::add(&mut call, task)?;
        }
        let answers: Vec<String> = call.run().await?;
        answers.iter().map(|answer| enqueued(answer)).collect()
    }
}

/// What `add` says of a task.
pub(super) fn enqueued(answer: &str) -> Result<Enqueued, StoreError> {
    match answer {
        "N" => Ok(Enqueued::New),
        "K" => Ok(Enqueued::Known),
        holder => parsed(holder).map(Enqueued::Duplicate),
    }
}

fn hold(code: char) -> Result<Hold, StoreError> {
    match code {
        'H' => Ok(Hold::Held),
        'A' => Ok(Hold::RevokeAsked),
        'L' => Ok(Hold::Lost),
        other => Err(corrupt("what a renewal did", format!("`{other}` is not known"))),
    }
}
