//! Figures of queues and workers. They are read from the store's counters when somebody asks, and from this node's worker.

use designia_core::service::Engine;
use designia_core::task::{LEASE, TaskState};

use super::Metrics;
use crate::api::view::task::{QueueView, WorkerView};
use crate::tasks::Liveness;

const TASKS: &str = "designia_tasks";
const PAUSED: &str = "designia_task_queue_paused";
const OLDEST: &str = "designia_task_oldest_due_seconds";
const WORKERS: &str = "designia_task_workers";
const CLAIM_AGE: &str = "designia_task_claim_age_seconds";
const SLOTS: &str = "designia_task_slots";

/// Says what each figure shows.
pub(super) fn describe(metrics: &Metrics) {
    metrics.describe_gauge(TASKS, "Background tasks by queue and state; ended ones until they are forgotten.");
    metrics.describe_gauge(PAUSED, "Whether a queue is held.");
    metrics.describe_gauge(OLDEST, "How long the longest due task of a queue has been waiting for a worker.");
    metrics.describe_gauge(WORKERS, "Workers that have said within their lease that they are alive, on any node.");
    metrics.describe_gauge(
        CLAIM_AGE,
        "For how long this node's worker has had free slots and no answer to its asking for tasks.",
    );
    metrics.describe_gauge(SLOTS, "Slots of this node's worker, by whether they are taken.");
}

/// Sets the figures.
pub(super) async fn look(metrics: &Metrics, engine: &Engine, worker: Option<&Liveness>) {
    if let Some(worker) = worker {
        metrics.gauge(CLAIM_AGE, &[], figure(worker.age().as_secs()));
        for (state, slots) in [("taken", worker.running()), ("free", worker.free_slots())] {
            metrics.gauge(SLOTS, &[("state", state)], u32::try_from(slots).unwrap_or(u32::MAX));
        }
    }
    let (console, now) = (&engine.ports().tasks.console, engine.ports().clock.now());
    let (queues, workers) = match (console.queues(now).await, console.workers(now - LEASE).await) {
        (Ok(queues), Ok(workers)) => (queues, workers),
        (Err(error), _) | (_, Err(error)) => {
            tracing::warn!(%error, "the figures of tasks can't be read; those told are old");
            return;
        }
    };
    for queue in queues {
        let queue = QueueView::of(&queue, now);
        let name = ("queue", queue.name.as_str());
        for state in TaskState::ALL {
            metrics.gauge(TASKS, &[name, ("state", state.as_str())], figure(queue.count(state)));
        }
        metrics.gauge(PAUSED, &[name], u32::from(queue.paused));
        metrics.gauge(OLDEST, &[name], figure(queue.oldest_due_seconds.unwrap_or_default()));
    }
    let alive = workers.into_iter().map(|worker| WorkerView::of(worker, now));
    let alive = alive.filter(|worker| ["working", "draining"].contains(&worker.phase)).count();
    metrics.gauge(WORKERS, &[], u32::try_from(alive).unwrap_or(u32::MAX));
}

fn figure(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
