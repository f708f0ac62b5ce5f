//! What a host puts into the server: ports of its own, and kinds of task of its own.

use std::fmt;

use designia_core::ports::Ports;
use designia_core::service::Engine;
use designia_core::worker::TaskRegistry;

/// What a host puts into the server before it starts.
///
/// ```
/// use designia_core::task::{Kind, KindName, QueueName};
/// use designia_core::worker::{TaskContext, TaskError};
/// use designia_server::instance::Host;
///
/// let host = Host::new().kinds(|_engine, registry| {
///     let kind = Kind::new(KindName::fixed("greetings.send"), QueueName::fixed("shop_tasks"));
///     registry.add(kind, |whom: String, _: TaskContext| async move {
///         Ok::<_, TaskError>(format!("good morning, {whom}"))
///     })
/// });
/// ```
pub struct Host {
    pub(crate) ports: Box<dyn FnOnce(Ports) -> Ports + Send>,
    pub(crate) kinds: Box<Kinds>,
}

type Kinds = dyn FnOnce(&Engine, TaskRegistry) -> TaskRegistry + Send;

impl Host {
    /// One that changes nothing.
    #[must_use]
    pub fn new() -> Self {
        Self { ports: Box::new(|ports| ports), kinds: Box::new(|_, registry| registry) }
    }

    /// Puts ports of its own in the place of the server's, or around them.
    #[must_use]
    pub fn ports(self, ports: impl FnOnce(Ports) -> Ports + Send + 'static) -> Self {
        Self { ports: Box::new(ports), ..self }
    }

    /// Adds kinds of task and schedules to the server's. Every node that shares the queues should know the same. Work that blocks belongs
    /// in `tokio::task::spawn_blocking`: see [`TaskRegistry`] about handlers that hold their thread.
    #[must_use]
    pub fn kinds(self, kinds: impl FnOnce(&Engine, TaskRegistry) -> TaskRegistry + Send + 'static) -> Self {
        Self { kinds: Box::new(kinds), ..self }
    }
}

impl Default for Host {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").finish_non_exhaustive()
    }
}
