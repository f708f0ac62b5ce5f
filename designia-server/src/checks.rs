//! What has to work: asked by the readiness probe, by `doctor` in more detail, and for staff with the reason of whatever is wrong.

mod checkup;

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use designia_core::ports::StoreErrorKind;
use designia_core::service::Engine;

pub use checkup::{Checkup, gateway, system};

use crate::http::health::Check;
use crate::opening::{Gate, Phase};
use crate::outage::Outage;
use crate::tasks::Liveness;

/// What the server can't work without. The payment provider is not among it: orders can be placed while it is away, and
/// taking the server out of the balancer would not bring it back. Nor is Redis: tasks wait for it, and only who runs them is
/// not at work.
pub(crate) fn readiness(engine: &Engine, gate: &Gate, worker: Option<Liveness>) -> Vec<Box<dyn Check>> {
    let database = DatabaseCheck { engine: engine.clone(), gate: gate.clone(), outage: Mutex::default() };
    let worker = worker.map(|worker| Box::new(WorkerCheck(worker)) as Box<dyn Check>);
    std::iter::once(Box::new(database) as Box<dyn Check>).chain(worker).collect()
}

#[derive(Debug)]
struct WorkerCheck(Liveness);

#[async_trait]
impl Check for WorkerCheck {
    fn name(&self) -> &'static str {
        "tasks"
    }

    async fn check(&self) -> Result<(), String> {
        self.0.check()
    }
}

#[derive(Debug)]
struct DatabaseCheck {
    engine: Engine,
    gate: Gate,
    outage: Mutex<Outage>,
}

#[async_trait]
impl Check for DatabaseCheck {
    fn name(&self) -> &'static str {
        "database"
    }

    async fn check(&self) -> Result<(), String> {
        match self.gate.phase() {
            Phase::Open => {}
            Phase::Trying => return Err("the database is being opened".to_owned()),
            Phase::Waiting(class) => return Err(format!("{class}; it is tried again")),
        }
        let asked = self.engine.ports().catalog.page(None, 1).await;
        let mut outage = self.outage.lock().unwrap_or_else(PoisonError::into_inner);
        match asked {
            Ok(_) => {
                outage.ended();
                Ok(())
            }
            Err(error) => {
                // The store's own words may name hosts and paths, and a probe is read by anyone.
                if outage.failed() {
                    tracing::warn!(%error, "the database does not answer");
                }
                Err(match error.kind {
                    StoreErrorKind::Unavailable => "the database does not answer; the log says more",
                    _ => "the database is damaged or not ours; the log says more",
                }
                .to_owned())
            }
        }
    }
}
