//! The conformance suites of tasks and schedules: on a database, on an `Arc` of the store, and through a pooler.

mod support;

use std::sync::Arc;

use designia_core::memory::MemoryStore;
use designia_core::testing::conformance::{CommitTasks, TaskStores};

use support::block_on;

/// What stands in where there is no server: the harness can't say that a test was skipped, so a line has said it.
fn skipped() -> TaskStores {
    TaskStores::of(MemoryStore::new())
}

mod direct {
    use super::*;

    async fn fresh() -> TaskStores {
        let Some((store, database)) = support::fresh().await else { return skipped() };
        TaskStores::of(store).guarded_by(database)
    }

    designia_core::task_conformance!(block_on = block_on, fresh = fresh);

    async fn fresh_commits() -> CommitTasks {
        let Some((store, database)) = support::fresh().await else { return CommitTasks::of(MemoryStore::new()) };
        CommitTasks::of(store).guarded_by(database)
    }

    designia_core::commit_tasks_conformance!(block_on = block_on, fresh = fresh_commits);
}

mod arc {
    use super::*;

    async fn fresh() -> TaskStores {
        let Some((store, database)) = support::fresh().await else { return skipped() };
        TaskStores::of(Arc::new(store)).guarded_by(database)
    }

    designia_core::task_conformance!(block_on = block_on, fresh = fresh);
}

mod pooler {
    use super::*;

    async fn fresh() -> TaskStores {
        let Some((store, database)) = support::pooled().await else { return skipped() };
        TaskStores::of(store).guarded_by(database)
    }

    designia_core::task_conformance!(block_on = block_on, fresh = fresh);

    async fn fresh_commits() -> CommitTasks {
        let Some((store, database)) = support::pooled().await else { return CommitTasks::of(MemoryStore::new()) };
        CommitTasks::of(store).guarded_by(database)
    }

    designia_core::commit_tasks_conformance!(block_on = block_on, fresh = fresh_commits);
}
