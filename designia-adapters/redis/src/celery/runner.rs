//! The bridge at work: an intake and a mirror, turned by tasks of tokio's.

use std::sync::Arc;
use std::time::Duration;

use designia_core::ports::{Clock, StoreError};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::{CeleryIntake, CeleryMirror};

/// How the bridge is driven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CeleryRunnerOptions {
    /// How often Celery's queues are looked at while they are empty; 100 ms by default.
    pub poll: Duration,
    /// How many messages are taken, or tasks looked at, in one turn; 100 by default.
    pub batch: u32,
    /// How long is waited after an error; 2 seconds by default.
    pub pause: Duration,
}

impl Default for CeleryRunnerOptions {
    fn default() -> Self {
        Self { poll: Duration::from_millis(100), batch: 100, pause: Duration::from_secs(2) }
    }
}

/// An intake and a mirror at work, until they are stopped or this is dropped.
#[derive(Debug)]
pub struct CeleryRunner {
    stop: watch::Sender<bool>,
    loops: Vec<JoinHandle<()>>,
}

impl CeleryRunner {
    /// Starts them on the present runtime of tokio. `taken` is called whenever tasks have been enqueued, to wake who runs them.
    ///
    /// # Panics
    /// Outside of such a runtime.
    #[must_use]
    pub fn start(
        intake: CeleryIntake,
        mirror: CeleryMirror,
        clock: Arc<dyn Clock>,
        options: CeleryRunnerOptions,
        taken: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        let (stop, stopping) = watch::channel(false);
        let intake = tokio::spawn({
            let (clock, stopping) = (Arc::clone(&clock), stopping.clone());
            take(intake, clock, options, taken, stopping)
        });
        let mirror = tokio::spawn(tell(mirror, clock, options, stopping));
        Self { stop, loops: vec![intake, mirror] }
    }

    /// Lets the turns that are under way end, and stops. No message is held any more, and what was not told yet is told by the next
    /// mirror that runs.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        for it in self.loops.drain(..) {
            if let Err(error) = it.await {
                tracing::error!(%error, "the celery bridge ended in disorder");
            }
        }
    }
}

impl Drop for CeleryRunner {
    fn drop(&mut self) {
        self.loops.iter().for_each(JoinHandle::abort);
    }
}

async fn take(
    intake: CeleryIntake,
    clock: Arc<dyn Clock>,
    options: CeleryRunnerOptions,
    taken: impl Fn(),
    mut stopping: watch::Receiver<bool>,
) {
    while !*stopping.borrow() {
        let wait = match intake.turn(clock.now(), options.batch).await {
            Ok(turn) => {
                if turn.tasks > 0 {
                    taken();
                }
                if turn.is_full { Duration::ZERO } else { options.poll }
            }
            Err(error) => trouble(&error, options),
        };
        pause(wait, &mut stopping).await;
    }
}

async fn tell(
    mirror: CeleryMirror,
    clock: Arc<dyn Clock>,
    options: CeleryRunnerOptions,
    mut stopping: watch::Receiver<bool>,
) {
    let limit = usize::try_from(options.batch).unwrap_or(usize::MAX);
    // Waiting clients feel this one.
    let poll = options.poll.min(Duration::from_millis(20));
    while !*stopping.borrow() {
        let wait = match mirror.turn(clock.now(), options.batch).await {
            Ok(looked) if looked >= limit => Duration::ZERO,
            Ok(0) => options.poll,
            Ok(_) => poll,
            Err(error) => trouble(&error, options),
        };
        pause(wait, &mut stopping).await;
    }
}

fn trouble(error: &StoreError, options: CeleryRunnerOptions) -> Duration {
    tracing::warn!(%error, "the celery bridge can't go on now and tries again");
    options.pause
}

async fn pause(wait: Duration, stopping: &mut watch::Receiver<bool>) {
    tokio::select! {
        () = sleep(wait) => {}
        _ = stopping.wait_for(|stop| *stop) => {}
    }
}
