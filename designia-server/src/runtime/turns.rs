//! One turn of each loop, all in the same form.

use async_trait::async_trait;
use designia_core::service::{Engine, Error, Folded};
use designia_core::worker::DailyRates;

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

/// The day's exchange rates.
pub(super) struct Rates {
    engine: Engine,
    daily: DailyRates,
}

impl Rates {
    pub(super) fn new(engine: Engine) -> Self {
        Self { engine, daily: DailyRates::default() }
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
impl Task for Rates {
    fn name(&self) -> &'static str {
        "rates"
    }

    async fn turn(&mut self) -> Result<Turned, Error> {
        match self.daily.turn(&self.engine).await {
            None => {}
            Some(Ok(update)) => {
                tracing::info!(source = %update.batch.source(), as_of = %update.batch.as_of(), "exchange rates are stored");
            }
            Some(Err(error)) => return Err(error),
        }
        Ok(Turned::default())
    }
}
