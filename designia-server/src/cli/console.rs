//! What commands about background tasks have in common: the configured queue, reached from another process than its workers'.

use std::process::ExitCode;

use designia_core::ports::{Ports, QueueStatus};
use designia_core::service::Engine;
use designia_core::task::QueueName;
use designia_core::worker::TaskRegistry;
use serde::Serialize;

use super::{Failure, engine};
use crate::config::{Config, Database};
use crate::signals::Topic;
use crate::tasks;
use crate::wiring::Stores;

/// The configured queue.
pub(super) struct Console {
    engine: Engine,
    stores: Stores,
    /// The kinds that this program knows.
    pub(super) registry: TaskRegistry,
}

impl Console {
    /// Opens database and queue.
    pub(super) async fn open(config: &Config) -> Result<Self, Failure> {
        if config.database == Database::Memory && config.redis.is_none() {
            let told = "DATABASE_URL: a database in memory is reached by its server alone; use the server's REST API";
            return Err(told.into());
        }
        let stores = Stores::open(&config.database).await?.with_redis(config.redis.as_ref())?;
        let services = engine::services(config, &stores)?;
        let registry = services.registry(config);
        Ok(Self { engine: services.engine, stores, registry })
    }

    /// The ports over it.
    pub(super) fn ports(&self) -> &Ports {
        self.engine.ports()
    }

    /// Tells the workers of all nodes to look. What they don't hear they find at their next look.
    pub(super) async fn wake(&self) {
        if let Some(signals) = self.stores.signals()
            && let Err(error) = signals.tell(&[Topic::Tasks]).await
        {
            tracing::debug!(%error, "the workers can't be woken and look by themselves");
        }
    }

    /// A queue that is used, or could be.
    pub(super) async fn known_queue(&self, name: &QueueName) -> Result<QueueStatus, Failure> {
        let ports = self.ports();
        let queues = tasks::queues(&ports.tasks, &self.registry, ports.clock.now()).await?;
        let names: Vec<String> = queues.iter().map(|queue| queue.name.to_string()).collect();
        let found = queues.into_iter().find(|queue| queue.name == *name);
        found.ok_or_else(|| format!("there is no queue {name}; there are {}", names.join(", ")).into())
    }

    pub(super) async fn close(self) -> Result<(), Failure> {
        Ok(self.stores.close().await?)
    }
}

/// The kinds that this program knows, for who needs no database.
pub(super) fn registry(config: &Config) -> Result<TaskRegistry, Failure> {
    Ok(engine::services(config, &Stores::in_memory())?.registry(config))
}

/// Prints a value for programs.
pub(super) fn print_json(value: &impl Serialize) -> Result<ExitCode, Failure> {
    println!("{}", serde_json::to_string_pretty(value)?);
    Ok(ExitCode::SUCCESS)
}
