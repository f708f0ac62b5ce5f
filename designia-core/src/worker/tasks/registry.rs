//! The handlers that a program has, by kind, and the schedules that it brings.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{TaskContext, TaskError};
use crate::schedule::Schedule;
use crate::task::{Json, Kind, KindName, QueueName};

/// Which kinds of task a program can run, and the schedules that it brings.
///
/// A handler is an async function from its arguments and a [`TaskContext`] to anything that has a JSON form, or a [`TaskError`]. It
/// may run more than once for one task: it does what is left to do.
///
/// A handler shares its thread with others, and can be cut off, at its hard limit or because the worker stops, only where it awaits.
/// Work that blocks or computes for more than a moment belongs on a thread for such work: on Tokio in `tokio::task::spawn_blocking`, with
/// time-outs of its own. A handler that blocks all the same, until a whole [`LEASE`](crate::task::LEASE) after its hard limit, loses its
/// lease: another worker gets the task, the attempt counts, and its slot stays taken for as long as it holds the thread.
#[derive(Clone, Default)]
pub struct TaskRegistry {
    handlers: BTreeMap<KindName, Registered>,
    schedules: Vec<Schedule>,
}

/// A handler at work.
pub(super) type Attempt = BoxFuture<'static, Result<Json, TaskError>>;

type Handle = dyn Fn(Json, TaskContext) -> Attempt + Send + Sync;

type Reads = fn(&Json) -> Result<(), serde_json::Error>;

#[derive(Clone)]
struct Registered {
    kind: Arc<Kind>,
    handle: Arc<Handle>,
    reads: Reads,
}

impl TaskRegistry {
    /// One that knows nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a kind and its handler; a kind that was there gets the new one.
    #[must_use]
    pub fn add<A, R, F, Work>(mut self, kind: Kind, handler: F) -> Self
    where
        A: DeserializeOwned + Send + 'static,
        R: Serialize,
        F: Fn(A, TaskContext) -> Work + Clone + Send + Sync + 'static,
        Work: Future<Output = Result<R, TaskError>> + Send + 'static,
    {
        let handle = move |args: Json, context: TaskContext| -> Attempt {
            let handler = handler.clone();
            Box::pin(async move {
                let args = args.read().map_err(|error| TaskError::fatal(format!("args: {error}")))?;
                let result = handler(args, context).await?;
                Json::of(&result).map_err(|error| TaskError::fatal(format!("result: {error}")))
            })
        };
        let reads: Reads = |args| args.read::<A>().map(drop);
        let registered = Registered { kind: Arc::new(kind), handle: Arc::new(handle), reads };
        self.handlers.insert(registered.kind.name.clone(), registered);
        self
    }

    /// Adds a schedule, which whoever runs the scheduler stores; one that was there under its name is replaced.
    #[must_use]
    pub fn on_schedule(mut self, schedule: Schedule) -> Self {
        self.schedules.retain(|it| it.name != schedule.name);
        self.schedules.push(schedule);
        self
    }

    /// A kind, if there is a handler for it.
    #[must_use]
    pub fn kind(&self, name: &KindName) -> Option<&Arc<Kind>> {
        self.handlers.get(name).map(|it| &it.kind)
    }

    /// Whether a kind's handler can read these arguments: to refuse a task before it waits for nothing.
    ///
    /// # Errors
    /// What it can't read, naming the field; nothing is said of a kind without a handler.
    pub fn check(&self, kind: &KindName, args: &Json) -> Result<(), serde_json::Error> {
        self.handlers.get(kind).map_or(Ok(()), |it| (it.reads)(args))
    }

    /// Every kind, by name.
    pub fn kinds(&self) -> impl Iterator<Item = &Arc<Kind>> {
        self.handlers.values().map(|it| &it.kind)
    }

    /// The schedules that the program brings.
    #[must_use]
    pub fn schedules(&self) -> &[Schedule] {
        &self.schedules
    }

    /// The queues of all kinds, each once, by name.
    #[must_use]
    pub fn queues(&self) -> Vec<QueueName> {
        let mut queues: Vec<QueueName> = self.kinds().map(|kind| kind.queue.clone()).collect();
        queues.sort();
        queues.dedup();
        queues
    }

    pub(super) fn work(&self, context: &TaskContext) -> Option<(Arc<Kind>, Attempt)> {
        let registered = self.handlers.get(&context.task().kind)?;
        let work = (registered.handle)(context.task().args.clone(), context.clone());
        Some((Arc::clone(&registered.kind), work))
    }
}

impl fmt::Debug for TaskRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds: Vec<&str> = self.handlers.keys().map(KindName::as_str).collect();
        f.debug_struct("TaskRegistry").field("kinds", &kinds).field("schedules", &self.schedules.len()).finish()
    }
}
