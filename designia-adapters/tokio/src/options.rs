//! What a host can choose. The defaults fit most.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use designia_core::ports::{StoreError, TaskQueue};
use designia_core::task::RENEWAL;
use futures_util::future::BoxFuture;

/// How a [`TaskRunner`](crate::TaskRunner) goes about it.
#[derive(Clone, Debug)]
pub struct RunnerOptions {
    /// How often an idle worker looks for tasks if nobody rings; shortened by up to a fifth, by chance. Default: 1 s.
    pub poll: Duration,
    /// How many exchanges with the queue are under way at once, at most; at least 1. Default: 2.
    ///
    /// With two, tasks run while reports of others are on their way, if the worker's slots are more than one batch.
    pub exchanges: usize,
    /// Over which connections the leases are renewed. Default: the worker's.
    pub heartbeat: Heartbeat,
    /// How often every lease is renewed and the worker says that it is alive. In real time, whatever the worker's clock shows.
    /// Default: [`RENEWAL`].
    pub renew_every: Duration,
    /// How often news of progress is stored. In real time. Default: 1 s.
    pub news_every: Duration,
}

impl Default for RunnerOptions {
    fn default() -> Self {
        Self {
            poll: Duration::from_secs(1),
            exchanges: 2,
            heartbeat: Heartbeat::Shared,
            renew_every: RENEWAL,
            news_every: Duration::from_secs(1),
        }
    }
}

/// Opens a queue on the runtime that it is called on.
pub type OpenQueue = dyn Fn() -> BoxFuture<'static, Result<Arc<dyn TaskQueue>, StoreError>> + Send + Sync;

/// Over which connections leases are renewed. In either case a thread of its own does it.
#[derive(Clone, Default)]
pub enum Heartbeat {
    /// Over those of the worker. Right for stores without sockets (memory, SQLite).
    ///
    /// A socket is served by the runtime on which it was opened: handlers that block all of its threads hold up the renewals
    /// too, and a connection that the heartbeat has opened in a shared pool breaks when the runner stops. So stores behind
    /// sockets need `Own`.
    #[default]
    Shared,
    /// Over connections of its own: the queue that this opens, on the heartbeat's own runtime. While it can't be opened, it is
    /// tried again.
    Own(Arc<OpenQueue>),
}

impl fmt::Debug for Heartbeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shared => "Shared",
            Self::Own(_) => "Own",
        })
    }
}

/// How a [`SchedulerRunner`](crate::SchedulerRunner) goes about it.
#[derive(Clone, Copy, Debug)]
pub struct SchedulerOptions {
    /// How often it looks at the schedules even if none is due, since others may change them; shortened by up to a fifth, by
    /// chance. Default: 15 s.
    pub look: Duration,
}

impl Default for SchedulerOptions {
    fn default() -> Self {
        Self { look: Duration::from_secs(15) }
    }
}

/// How a [`RelayRunner`](crate::RelayRunner) goes about it.
#[derive(Clone, Copy, Debug)]
pub struct RelayOptions {
    /// How often it looks for tasks if nobody rings; shortened by up to a fifth, by chance. Default: 1 s.
    pub poll: Duration,
    /// How many tasks are carried over at once. Default: 100.
    pub batch: u32,
}

impl Default for RelayOptions {
    fn default() -> Self {
        Self { poll: Duration::from_secs(1), batch: 100 }
    }
}
