//! The loops of an engine, one turn at a time: whoever hosts them decides when, on which thread, and how often.
//!
//! Nothing here spawns or sleeps. Each turn says whether it was [full](Turn::is_full), in which case there may be more to do
//! right away. Any number of nodes may run the same loops on the same store.

pub mod kinds;
mod sweep;
mod tasks;

pub use sweep::Swept;
pub use tasks::{
    Carried, Fires, Job, PreparedTurn, Relay, Renewing, Scheduler, StopReason, TaskContext, TaskError, TaskRegistry,
    TaskTurn, TaskWorker, WorkerConfig,
};

use crate::service::{Engine, Error, Folded, Performed};

/// What one turn of a loop did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn<T> {
    /// What became of each thing that was due.
    pub done: Vec<T>,
    /// Whether there may be more to do right away.
    pub is_full: bool,
}

impl<T> Turn<T> {
    fn of(done: Vec<T>, limit: u32) -> Self {
        let is_full = u32::try_from(done.len()).is_ok_and(|done| done >= limit);
        Self { done, is_full }
    }
}

impl Engine {
    /// One turn of the effects: makes up to `limit` outside calls that are due, side by side.
    ///
    /// # Errors
    /// A store error; try again.
    pub async fn effects_turn(&self, limit: u32) -> Result<Turn<Performed>, Error> {
        Ok(Turn::of(self.run_effects(None, limit).await?, limit))
    }

    /// One turn of the inbox: folds up to `limit` webhook events.
    ///
    /// # Errors
    /// A store error; try again.
    pub async fn inbox_turn(&self, limit: u32) -> Result<Turn<Folded>, Error> {
        Ok(Turn::of(self.fold_webhooks(limit).await?, limit))
    }
}
