//! A scheduler at work.

use std::sync::Arc;
use std::time::Duration;

use designia_core::ports::{Clock, StoreError, Tasks};
use designia_core::time::Timestamp;
use designia_core::worker::Scheduler;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::call::{answered, jittered};
use crate::outage::Outage;
use crate::{Bell, SchedulerOptions};

/// A turn that takes longer is given up; what it had not fired is fired by the next one.
const TURN: Duration = Duration::from_secs(30);

/// How long a turn under way may take to finish when the runner stops. Cut in the middle it loses nothing: a fire is one
/// transaction.
const LAST_TURN: Duration = Duration::from_secs(5);

/// Fires schedules on the runtime that started it: when they are due, and to the second.
///
/// Any number may run on one store; each moment fires once. One that is dropped stops at once, and nothing is lost.
#[derive(Debug)]
pub struct SchedulerRunner {
    bell: Bell,
    stop: watch::Sender<bool>,
    looping: JoinHandle<()>,
}

impl SchedulerRunner {
    /// Defines the schedules that the scheduler's registry brings, as soon as the store can be reached, and fires what is due
    /// from then on. `bell` is that of a worker on this node, and rung when tasks were asked for.
    ///
    /// # Panics
    /// Outside a Tokio runtime.
    #[must_use]
    pub fn start(
        scheduler: Scheduler,
        tasks: Tasks,
        clock: Arc<dyn Clock>,
        worker: Option<Bell>,
        options: SchedulerOptions,
    ) -> Self {
        let (bell, (stop, stopped)) = (Bell::default(), watch::channel(false));
        let firing = Firing {
            scheduler,
            tasks,
            clock,
            worker,
            look: options.look,
            bell: bell.clone(),
            outage: OUTAGE,
            defined: false,
        };
        Self { bell, stop, looping: tokio::spawn(firing.run(stopped)) }
    }

    /// To be rung when a schedule was changed.
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

impl Drop for SchedulerRunner {
    fn drop(&mut self) {
        self.looping.abort();
    }
}

const OUTAGE: Outage = Outage::of("scheduler");

struct Firing {
    scheduler: Scheduler,
    tasks: Tasks,
    clock: Arc<dyn Clock>,
    worker: Option<Bell>,
    look: Duration,
    bell: Bell,
    outage: Outage,
    /// Whether the schedules that the program brings are stored.
    defined: bool,
}

impl Firing {
    async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        while !*stopped.borrow_and_update() {
            let (pause, listens) = match answered(TURN, self.turn()).await {
                Ok(next_at) => {
                    self.outage.ended();
                    let look = jittered(self.look);
                    (next_at.map_or(look, |at| look.min(at.since(self.clock.now()))), true)
                }
                Err(error) => (self.outage.failed(&error), false),
            };
            tokio::select! {
                () = sleep(pause) => {}
                () = self.bell.rung(), if listens => {}
                _ = stopped.changed() => {}
            }
        }
    }

    async fn turn(&mut self) -> Result<Option<Timestamp>, StoreError> {
        if !self.defined {
            self.scheduler.define(&self.tasks, self.clock.now()).await?;
            self.defined = true;
        }
        let fires = self.scheduler.turn(&self.tasks, self.clock.now()).await?;
        if let Some(worker) = self.worker.as_ref().filter(|_| !fires.fired.is_empty()) {
            worker.ring();
        }
        Ok(fires.next_at)
    }
}
