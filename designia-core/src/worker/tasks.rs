//! Background tasks: the handlers that there are, a worker that runs them, a scheduler that asks for them, and the relay that
//! carries what commits ask for to a queue that is elsewhere.
//!
//! All of it is driven from outside: a worker hands out [`Job`]s that the host spawns wherever it likes, and is told by the host
//! when to renew its leases. `designia-tokio` is that host for Tokio.

mod attempts;
mod context;
mod error;
mod job;
mod registry;
mod relay;
mod scheduler;
mod turn;
mod worker;

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests;

pub use context::{StopReason, TaskContext};
pub use error::TaskError;
pub use job::Job;
pub use registry::TaskRegistry;
pub use relay::{Carried, Relay};
pub use scheduler::{Fires, Scheduler};
pub use turn::{PreparedTurn, TaskTurn};
pub use worker::{Renewing, TaskWorker, WorkerConfig};
