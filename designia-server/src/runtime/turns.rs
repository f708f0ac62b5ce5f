//! One turn of each loop, all in the same form.

use std::sync::Arc;

use async_trait::async_trait;
use designia_core::ports::{Clock, RequestLog};
use designia_core::service::catalog::RESCALE;
use designia_core::service::{Engine, Error, Folded};
use designia_core::time::{HOUR, Timestamp};
use designia_core::worker::kinds::UPDATE_RATES;
use designia_core::worker::{Scheduler, TaskRegistry};

use crate::http::idempotency::KEPT_FOR;
use crate::tasks::ask;
use crate::wiring::Stores;

/// Most outside calls or webhook events that one turn takes on: so many that a round trip to the database is shared, so few
/// that a node which dies holds up little until its lease runs out.
const BATCH: u32 = 50;

/// Most orders that one turn of the sweep changes. They are one transaction, and nobody waits for anybody outside in it.
const SWEEP_BATCH: u32 = 500;

/// What a turn tells its loop.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Turned {
    /// Orders may have changed, and may have planned outside calls.
    pub(super) did_something: bool,
    /// There may be more to do right away.
    pub(super) is_full: bool,
}

/// Something that is done again and again.
#[async_trait]
pub(super) trait Task: Send {
    /// Its name in logs and metrics.
    fn name(&self) -> &'static str;

    /// Does what is due.
    async fn turn(&mut self) -> Result<Turned, Error>;
}

/// Orders whose deadline has come.
pub(super) struct Sweep(pub(super) Engine);

/// Outside calls.
pub(super) struct Effects(pub(super) Engine);

/// Webhook events.
pub(super) struct Inbox(pub(super) Engine);

/// The store's own upkeep.
pub(super) struct Upkeep(pub(super) Stores);

/// Requests that may no longer be repeated.
pub(super) struct Forget {
    pub(super) requests: Arc<dyn RequestLog>,
    pub(super) clock: Arc<dyn Clock>,
}

/// Lets lists follow the exchange rates at the start, and asks for the day's rates where none are stored: at the start, too, when no
/// midnight may have passed since the installation, and after a day on which the task has failed for good. Their daily update is a
/// schedule like any other.
pub(super) struct Rates {
    engine: Engine,
    registry: TaskRegistry,
    looked_at: Option<Timestamp>,
}

impl Rates {
    pub(super) const fn new(engine: Engine, registry: TaskRegistry) -> Self {
        Self { engine, registry, looked_at: None }
    }
}

#[async_trait]
impl Task for Sweep {
    fn name(&self) -> &'static str {
        "sweep"
    }

    async fn turn(&mut self) -> Result<Turned, Error> {
        let turn = self.0.sweep_turn(SWEEP_BATCH).await?;
        Ok(Turned { did_something: turn.done.iter().any(|swept| swept.changed), is_full: turn.is_full })
    }
}

#[async_trait]
impl Task for Effects {
    fn name(&self) -> &'static str {
        "effects"
    }

    async fn turn(&mut self) -> Result<Turned, Error> {
        let turn = self.0.effects_turn(BATCH).await?;
        Ok(Turned { did_something: !turn.done.is_empty(), is_full: turn.is_full })
    }
}

#[async_trait]
impl Task for Inbox {
    fn name(&self) -> &'static str {
        "inbox"
    }

    async fn turn(&mut self) -> Result<Turned, Error> {
        let turn = self.0.inbox_turn(BATCH).await?;
        let did_something = turn.done.iter().any(|folded| matches!(folded, Folded::Into(_)));
        Ok(Turned { did_something, is_full: turn.is_full })
    }
}

#[async_trait]
impl Task for Upkeep {
    fn name(&self) -> &'static str {
        "upkeep"
    }

    async fn turn(&mut self) -> Result<Turned, Error> {
        self.0.upkeep().await?;
        Ok(Turned::default())
    }
}

#[async_trait]
impl Task for Forget {
    fn name(&self) -> &'static str {
        "forget"
    }

    async fn turn(&mut self) -> Result<Turned, Error> {
        let forgotten = self.requests.forget(self.clock.now() - KEPT_FOR, SWEEP_BATCH).await?;
        Ok(Turned { did_something: false, is_full: forgotten == SWEEP_BATCH })
    }
}

#[async_trait]
impl Task for Rates {
    fn name(&self) -> &'static str {
        "rates"
    }

    async fn turn(&mut self) -> Result<Turned, Error> {
        let ports = self.engine.ports();
        let now = ports.clock.now();
        if self.looked_at.is_some_and(|at| now.since(at) < HOUR) {
            return Ok(Turned::default());
        }
        let latest = self.engine.rate_status().await?.latest;
        let are_of_today = latest.is_some_and(|batch| batch.fetched_at().date() == now.date());
        // Rates that were stored before lists followed them; they do so whenever new ones are stored.
        let is_first = self.looked_at.is_none();
        let wanted = [(UPDATE_RATES, !are_of_today), (RESCALE, is_first)];
        for (name, _) in wanted.into_iter().filter(|(_, is_wanted)| *is_wanted) {
            let schedule = self.registry.schedules().iter().find(|schedule| schedule.name.as_str() == name);
            // Its unique key lets one of any number of nodes that begin at once through.
            let scheduler = Scheduler::new(self.registry.clone());
            if let Some(task) = schedule.and_then(|it| scheduler.task_now(it, ports.ids.as_ref(), now)) {
                ask(ports.tasks.queue.as_ref(), task).await?;
            }
        }
        self.looked_at = Some(now);
        Ok(Turned::default())
    }
}
