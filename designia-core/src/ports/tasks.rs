//! Where an engine's tasks are: in the store of its orders, or elsewhere with a relay in between.

mod relayed_console;

use std::sync::Arc;

use relayed_console::RelayedConsole;

use super::{ScheduleStore, TaskConsole, TaskQueue, TransactionalTaskQueue};

/// Who fills the roles around tasks.
///
/// A task that a [`Commit`](super::Commit) asks for must be waiting exactly if the commit has succeeded. The two ways to get there are
/// the two constructors, and a queue that is not in the orders' store fits the second one only:
///
/// ```
/// use std::sync::Arc;
/// use designia_core::memory::MemoryStore;
/// use designia_core::ports::Tasks;
///
/// let store = Arc::new(MemoryStore::new());
/// let tasks = Tasks::in_store(store.clone());
/// assert!(tasks.outbox().is_none());
///
/// let elsewhere = Arc::new(MemoryStore::new());
/// let tasks = Tasks::relayed(store, elsewhere);
/// assert!(tasks.outbox().is_some(), "what commits enqueue is carried over by the relay");
/// ```
///
/// A queue that is not part of the orders' store does not fit the first one:
///
/// ```compile_fail,E0277
/// # use std::sync::Arc;
/// # use designia_core::ports::{ScheduleStore, TaskConsole, TaskQueue, Tasks};
/// fn wire<Q: TaskQueue + TaskConsole + ScheduleStore>(elsewhere: Arc<Q>) -> Tasks {
///     Tasks::in_store(elsewhere) // the trait bound `Q: TransactionalTaskQueue` is not satisfied
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Tasks {
    /// Where tasks are enqueued and claimed.
    pub queue: Arc<dyn TaskQueue>,
    /// The same tasks, for people; also those that wait for the relay.
    pub console: Arc<dyn TaskConsole>,
    /// Schedules, which enqueue there.
    pub schedules: Arc<dyn ScheduleStore>,
    outbox: Option<Arc<dyn TransactionalTaskQueue>>,
}

impl Tasks {
    /// Tasks in the orders' own store: what a commit asks for is claimed where it was written.
    #[must_use]
    pub fn in_store<S: TransactionalTaskQueue + TaskConsole + ScheduleStore>(store: Arc<S>) -> Self {
        Self { queue: store.clone(), console: store.clone(), schedules: store, outbox: None }
    }

    /// Tasks elsewhere: what a commit asks for is written into the orders' store, and carried over from there by a
    /// [relay](crate::worker::Relay), once by its id.
    #[must_use]
    pub fn relayed<Q: TaskQueue + TaskConsole + ScheduleStore>(
        outbox: Arc<dyn TransactionalTaskQueue>,
        elsewhere: Arc<Q>,
    ) -> Self {
        let console = Arc::new(RelayedConsole::new(Arc::clone(&outbox), elsewhere.clone()));
        Self { queue: elsewhere.clone(), console, schedules: elsewhere, outbox: Some(outbox) }
    }

    /// Where the tasks of commits wait for the relay; `None` if they need none.
    #[must_use]
    pub fn outbox(&self) -> Option<&Arc<dyn TransactionalTaskQueue>> {
        self.outbox.as_ref()
    }
}
