//! A worker at work: what a host starts, rings and stops.

use std::sync::Arc;
use std::time::Duration;

use designia_core::ports::TaskQueue;
use designia_core::worker::TaskWorker;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::driver::Driver;
use crate::heartbeat::Pulse;
use crate::{Bell, RunnerOptions};

/// A worker at work on the runtime that started it.
///
/// It is stopped with [`stop`](TaskRunner::stop). One that is dropped instead ends as a killed process does: what it runs is cut
/// off where it waits, and taken up by others when its lease has run out.
///
/// Whether it works is said by [`TaskWorker::hungry_since`]: a worker that has had a free slot for half a minute, and all the time
/// no answer to its claims, is stuck, or its store is away. And by [`TaskWorker::is_stuck`]: one whose slots are all taken by handlers
/// that hold their threads beyond their limits.
#[derive(Debug)]
pub struct TaskRunner {
    worker: TaskWorker,
    bell: Bell,
    stop: watch::Sender<Option<Duration>>,
    driver: JoinHandle<Stopped>,
    pulse: Option<Pulse>,
}

/// How a runner stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// How many tasks still ran when the grace was over, were cut off, and go to other workers without a counted attempt.
    pub handed_back: usize,
    /// How many handlers still hold their threads. Nobody else gets their tasks before their leases have run out, and the attempts
    /// count: by then the process should have ended.
    pub held: usize,
    /// Whether the queue has heard of everything that ended here. What it has not heard of is run again when its lease has run out.
    pub reported: bool,
}

impl TaskRunner {
    /// Starts a worker on the present Tokio runtime.
    ///
    /// # Panics
    /// Outside a Tokio runtime.
    #[must_use]
    pub fn start(worker: TaskWorker, queue: Arc<dyn TaskQueue>, options: RunnerOptions) -> Self {
        let (stop, stopped) = watch::channel(None);
        let bell = Bell::default();
        let driver = Driver::new(worker.clone(), Arc::clone(&queue), bell.clone(), options.poll, options.exchanges);
        let pulse = Pulse::start(worker.clone(), queue, options);
        Self { worker, bell, stop, driver: tokio::spawn(driver.run(stopped)), pulse: Some(pulse) }
    }

    /// To be rung when something may have been enqueued.
    #[must_use]
    pub fn bell(&self) -> Bell {
        self.bell.clone()
    }

    /// The worker.
    #[must_use]
    pub const fn worker(&self) -> &TaskWorker {
        &self.worker
    }

    /// Takes nothing new, lets what runs finish for at most `grace`, cuts off and hands back the rest, and reports everything.
    ///
    /// If the queue can't be reached, or a handler holds its thread, this ends five seconds after the grace nevertheless.
    pub async fn stop(mut self, grace: Duration) -> Stopped {
        self.worker.drain();
        if let Some(pulse) = &self.pulse {
            pulse.draining();
        }
        self.stop.send_replace(Some(grace));
        let ended = (&mut self.driver).await;
        if let Some(pulse) = self.pulse.take() {
            pulse.stop().await;
        }
        ended.unwrap_or_else(|error| {
            tracing::error!(%error, "the worker's loop ended before its time");
            Stopped { handed_back: 0, held: 0, reported: false }
        })
    }
}

impl Drop for TaskRunner {
    fn drop(&mut self) {
        self.driver.abort();
    }
}
