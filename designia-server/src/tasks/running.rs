//! The task worker and the scheduler of this node, from the moment at which its database is open until it stops.

use std::sync::Arc;
use std::time::Duration;

use designia_core::ports::Ports;
use designia_core::worker::{Relay, Scheduler, TaskRegistry, TaskWorker};
use designia_tokio::{
    Heartbeat, RelayOptions, RelayRunner, RunnerOptions, SchedulerOptions, SchedulerRunner, Stopped, TaskRunner,
};
use tokio::sync::watch;

use crate::opening::Gate;
use crate::runtime::Wake;
use crate::signals::Topic;

/// What this node does of the background tasks.
#[derive(Clone, Debug)]
pub(crate) struct Share {
    /// The kinds that it knows.
    pub(crate) registry: TaskRegistry,
    /// Its worker, if it is one.
    pub(crate) worker: Option<TaskWorker>,
    /// How the worker's leases are kept.
    pub(crate) heartbeat: Heartbeat,
}

/// Runs the worker, and the relay if tasks are elsewhere than orders, until the node stops; then what runs has `grace` to finish.
pub(crate) async fn run_worker(
    worker: TaskWorker,
    heartbeat: Heartbeat,
    ports: Ports,
    wake: Wake,
    gate: Gate,
    mut stopped: watch::Receiver<bool>,
    grace: Duration,
) {
    tokio::select! {
        () = gate.opened() => {}
        _ = stopped.wait_for(|stopped| *stopped) => return,
    }
    let tasks = &ports.tasks;
    let name = worker.config().name.clone();
    let options = RunnerOptions { heartbeat, ..RunnerOptions::default() };
    let runner = TaskRunner::start(worker, Arc::clone(&tasks.queue), options);
    let bell = runner.bell();
    let relay = tasks.outbox().map(|outbox| {
        let relay = Relay::new(Arc::clone(outbox), Arc::clone(&tasks.queue), name);
        RelayRunner::start(relay, Arc::clone(&ports.clock), Some(bell.clone()), RelayOptions::default())
    });
    let listening = async {
        loop {
            wake.heard(Topic::Tasks).await;
            bell.ring();
            if let Some(relay) = &relay {
                relay.bell().ring();
            }
        }
    };
    tokio::select! {
        () = listening => {}
        _ = stopped.wait_for(|stopped| *stopped) => {}
    }
    let ending = async {
        if let Some(relay) = relay {
            relay.stop().await;
        }
    };
    let (Stopped { handed_back, held, reported }, ()) = tokio::join!(runner.stop(grace), ending);
    if handed_back > 0 {
        tracing::info!(handed_back, "tasks that were still running are handed to other workers");
    }
    if held > 0 {
        tracing::warn!(held, "handlers still hold their threads; their tasks are taken up after their lease");
    }
    if !reported {
        tracing::warn!("what became of the last tasks could not be reported; they are taken up after their lease");
    }
}

/// Runs the scheduler until the node stops.
pub(crate) async fn run_scheduler(
    registry: TaskRegistry,
    ports: Ports,
    gate: Gate,
    mut stopped: watch::Receiver<bool>,
) {
    tokio::select! {
        () = gate.opened() => {}
        _ = stopped.wait_for(|stopped| *stopped) => return,
    }
    // Firing goes through ports that wake the workers.
    let (scheduler, clock) = (Scheduler::new(registry), Arc::clone(&ports.clock));
    let runner = SchedulerRunner::start(scheduler, ports.tasks, clock, None, SchedulerOptions::default());
    let _ = stopped.wait_for(|stopped| *stopped).await;
    runner.stop().await;
}
