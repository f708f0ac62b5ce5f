//! Who takes part: a store, what it promises, and what belongs to its measurements.

use std::any::Any;
use std::fmt::Display;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use designia::ports::Tasks;
use designia::task::Task;
use designia::tokio::{Bell, Heartbeat};
use designia::worker::TaskError;

/// Work that is under way.
pub(crate) type Working<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Updates the row of this number.
pub(crate) type Touch = Arc<dyn Fn(u64) -> Working<Result<(), TaskError>> + Send + Sync>;

pub(crate) struct Contestant {
    pub(crate) name: &'static str,
    /// What is still there after a crash.
    pub(crate) durability: String,
    pub(crate) tasks: Tasks,
    pub(crate) heartbeat: Heartbeat,
    /// The process at the root of its server.
    pub(crate) server: Option<u32>,
    pub(crate) touch: Touch,
    /// What touching a row is.
    pub(crate) touched: &'static str,
    /// A producer on a connection of its own, and how it is heard.
    pub(crate) producer: Option<Box<dyn Producer>>,
    pub(crate) written: Option<Written>,
    /// What ends, and tidies up, when it is dropped: last, after what is connected to it.
    pub(crate) _kept: Box<dyn Any + Send>,
}

/// How many bytes the server has written to its log.
pub(crate) type Written = Box<dyn Fn() -> Working<u64> + Send + Sync>;

/// Enqueues from elsewhere.
#[async_trait]
pub(crate) trait Producer: Send + Sync {
    /// By which way the worker hears of it.
    fn way(&self) -> &'static str;

    /// Rings the bell whenever this producer, or another, says that there is something.
    async fn listen(&self, bell: Bell) -> Working<()>;

    /// Enqueues a task and says so.
    async fn enqueue(&self, task: Task);
}

/// An error of the handler's own work.
pub(crate) fn failed(error: impl Display) -> TaskError {
    TaskError::new(error.to_string())
}
