//! A store of orders that takes the tasks of commits, under test.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use crate::id::TaskId;
use crate::memory::MemoryStore;
use crate::order::{Decision, Order};
use crate::ports::{
    CatalogStore, Commit, Exchange, Inbox, OrderQueries, OrderStore, TaskFilter, TaskPage, TransactionalTaskQueue,
};
use crate::task::{Task, TaskRecord};
use crate::testing::conformance::Stores;
use crate::testing::conformance::task_stores::{ids, wanted};
use crate::testing::conformance::threads::Work;
use crate::testing::fixtures;
use crate::time::Timestamp;

/// A store of orders that takes the tasks of commits, under test.
#[non_exhaustive]
pub struct CommitTasks {
    /// Orders, and what is needed to place them.
    pub stores: Stores,
    /// Where the tasks of commits wait.
    pub tasks: Arc<dyn TransactionalTaskQueue>,
}

impl CommitTasks {
    /// One adapter that is all of them.
    #[must_use]
    pub fn of(store: impl OrderStore + OrderQueries + CatalogStore + Inbox + TransactionalTaskQueue) -> Self {
        let store = Arc::new(store);
        let mut stores = Stores::of(MemoryStore::new());
        stores.orders = store.clone();
        stores.queries = store.clone();
        stores.catalog = store.clone();
        stores.inbox = store.clone();
        Self { stores, tasks: store }
    }

    /// Keeps a value for as long as the stores live: a temporary directory, a schema to be dropped.
    #[must_use]
    pub fn guarded_by(self, guard: impl Any) -> Self {
        Self { stores: self.stores.guarded_by(guard), ..self }
    }

    /// Says how to drive a future on another thread. The suites' macros do this.
    #[doc(hidden)]
    #[must_use]
    pub fn driven_by(self, block_on: impl Fn(Work) + Send + Sync + 'static) -> Self {
        Self { stores: self.stores.driven_by(block_on), ..self }
    }

    /// Places the order of this number, without a task.
    pub(super) async fn place(&self, order: u32) -> Order {
        self.stores.place(order).await
    }

    /// Commits a decision together with tasks.
    pub(super) async fn keep(&self, decision: Decision, tasks: &[Task]) -> Order {
        let order = decision.order.clone();
        self.stores.commit(with(decision, tasks)).await;
        order
    }

    pub(super) async fn find(&self, id: TaskId) -> Option<TaskRecord> {
        self.tasks.task(id).await.expect("the console answers")
    }

    /// Which tasks are due.
    pub(super) async fn due(&self, now: Timestamp) -> Vec<TaskId> {
        let exchange = Exchange { now, settle: Vec::new(), claim: Some(wanted(99, now)) };
        ids(&self.tasks.exchange(exchange).await.expect("the queue answers").claimed)
    }

    /// Expects that no task has ever been heard of.
    pub(super) async fn assert_no_task(&self) {
        let page = TaskPage { below: None, limit: 9 };
        assert_eq!(self.tasks.tasks(&TaskFilter::default(), page).await.expect("the console answers"), []);
        assert_eq!(self.due(fixtures::NOW + crate::time::DAY).await, []);
    }
}

impl fmt::Debug for CommitTasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommitTasks").field("stores", &self.stores).finish_non_exhaustive()
    }
}

/// The commit of a decision that asks for tasks.
pub(super) fn with(decision: Decision, tasks: &[Task]) -> Commit {
    Commit { tasks: tasks.to_vec(), ..fixtures::commit(decision) }
}
