//! A relay at work.

use std::sync::Arc;
use std::time::Duration;

use designia_core::ports::Clock;
use designia_core::worker::Relay;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::call::{answered, jittered};
use crate::outage::Outage;
use crate::{Bell, RelayOptions};

/// A turn that takes longer is given up; what it held is carried over when its lease has run out.
const TURN: Duration = Duration::from_secs(30);

/// How long a turn under way may take to finish when the runner stops.
const LAST_TURN: Duration = Duration::from_secs(5);

/// Carries the tasks of commits to a queue that is elsewhere, on the runtime that started it.
///
/// Any number may run; a task arrives once by its id. One that is dropped in the middle of a turn leaves what it held to be
/// carried over when its lease has run out.
#[derive(Debug)]
pub struct RelayRunner {
    bell: Bell,
    stop: watch::Sender<bool>,
    looping: JoinHandle<()>,
}

impl RelayRunner {
    /// Starts carrying. `worker` is the bell of a worker on this node, and rung when tasks were carried over.
    ///
    /// # Panics
    /// Outside a Tokio runtime.
    #[must_use]
    pub fn start(relay: Relay, clock: Arc<dyn Clock>, worker: Option<Bell>, options: RelayOptions) -> Self {
        let (bell, (stop, stopped)) = (Bell::default(), watch::channel(false));
        let carrying = carry(relay, clock, worker, options, bell.clone(), stopped);
        Self { bell, stop, looping: tokio::spawn(carrying) }
    }

    /// To be rung when a commit may have asked for tasks.
    #[must_use]
    pub fn bell(&self) -> Bell {
        self.bell.clone()
    }

    /// Finishes its turn and stops.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        let _ended = timeout(LAST_TURN, &mut self.looping).await;
    }
}

impl Drop for RelayRunner {
    fn drop(&mut self) {
        self.looping.abort();
    }
}

async fn carry(
    relay: Relay,
    clock: Arc<dyn Clock>,
    worker: Option<Bell>,
    options: RelayOptions,
    bell: Bell,
    mut stopped: watch::Receiver<bool>,
) {
    let mut outage = Outage::of("relay");
    let full = usize::try_from(options.batch).unwrap_or(usize::MAX);
    while !*stopped.borrow_and_update() {
        let (pause, listens) = match answered(TURN, relay.turn(clock.now(), options.batch)).await {
            Ok(carried) => {
                outage.ended();
                if let Some(worker) = worker.as_ref().filter(|_| carried.arrived > 0) {
                    worker.ring();
                }
                if carried.left() >= full {
                    continue;
                }
                (jittered(options.poll), true)
            }
            Err(error) => (outage.failed(&error), false),
        };
        tokio::select! {
            () = sleep(pause) => {}
            () = bell.rung(), if listens => {}
            _ = stopped.changed() => {}
        }
    }
}
