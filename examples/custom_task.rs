//! A kind of task of your own, in ten lines: arguments as a struct, an async handler, and a schedule that asks for it as well.
//!
//! `cargo run --example custom_task --features tokio` asks for one, waits for it, and prints what it came to.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use designia::id::TaskId;
use designia::memory::MemoryStore;
use designia::ports::{Clock, TaskConsole, TaskQueue, Tasks};
use designia::schedule::{MissedRuns, Overlap, Recurrence, Schedule};
use designia::task::{Json, Kind, TaskState};
use designia::time::Timestamp;
use designia::tokio::{RunnerOptions, SchedulerOptions, SchedulerRunner, TaskRunner};
use designia::worker::{Scheduler, TaskContext, TaskError, TaskRegistry, TaskWorker, WorkerConfig};
use serde::{Deserialize, Serialize};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

// The ten lines: what the task is told, what it does, and under which name. Retries, limits and queue are the kind's.
#[derive(Serialize, Deserialize)]
struct Remind {
    buyers: u64,
}

// Work that blocks or computes for long belongs in `tokio::task::spawn_blocking`: a handler that holds its thread can't be cut off.
async fn remind(args: Remind, context: TaskContext) -> std::result::Result<String, TaskError> {
    for buyer in 1..=args.buyers {
        context.progress(buyer, Some(args.buyers), Some("writing"));
    }
    Ok(format!("{} buyers were asked for a review", args.buyers))
}

fn registry() -> Result<(Kind, TaskRegistry)> {
    let kind = Kind { about: "asks buyers for a review", ..Kind::new("reviews.remind".parse()?, "mail".parse()?) };
    let every_morning = Schedule {
        name: "reviews.remind".parse()?,
        kind: kind.name.clone(),
        args: Json::of(&Remind { buyers: 100 })?,
        recurrence: Recurrence::cron("0 8 * * *")?,
        missed: MissedRuns::Coalesce,
        overlap: Overlap::Skip,
        start_within: None,
    };
    Ok((kind.clone(), TaskRegistry::new().add(kind, remind).on_schedule(every_morning)))
}

fn main() -> Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(run())
}

async fn run() -> Result<()> {
    // Who fills the ports: a host of several nodes puts `PostgresStore` here, whose tasks may be part of a commit.
    let (store, clock) = (Arc::new(MemoryStore::new()), Arc::new(SystemClock));
    let (kind, registry) = registry()?;
    let config = WorkerConfig {
        name: format!("example:{}", std::process::id()).parse()?,
        host: "localhost".to_owned(),
        pid: std::process::id(),
        queues: registry.queues(),
        slots: 10,
        batch: 10,
    };
    let worker = TaskWorker::new(config, registry.clone(), clock.clone());
    let runner = TaskRunner::start(worker, store.clone(), RunnerOptions::default());
    let scheduling = SchedulerRunner::start(
        Scheduler::new(registry),
        Tasks::in_store(store.clone()),
        clock.clone(),
        Some(runner.bell()),
        SchedulerOptions::default(),
    );

    let task = kind.task(new_id(), Json::of(&Remind { buyers: 3 })?, clock.now());
    store.enqueue(std::slice::from_ref(&task)).await?;
    runner.bell().ring();
    let ended = loop {
        let record = store.task(task.id).await?.ok_or("it was enqueued")?;
        if record.state.is_final() {
            break record;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    let came_to: String = ended.result.ok_or_else(|| ended.note.unwrap_or_default())?.read()?;
    println!("{} {}: {came_to}", task.kind, ended.state.as_str());
    assert_eq!(ended.state, TaskState::Success);

    scheduling.stop().await;
    runner.stop(Duration::from_secs(30)).await;
    Ok(())
}

/// The machine's clock.
#[derive(Debug)]
struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "a host's edge is where time comes from")]
    fn now(&self) -> Timestamp {
        Timestamp::EPOCH + SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }
}

#[expect(clippy::disallowed_methods, reason = "a host's edge is where ids come from")]
fn new_id() -> TaskId {
    TaskId::from_uuid(uuid::Uuid::now_v7())
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_task_of_the_hosts_own_runs() {
        super::main().unwrap();
    }
}
