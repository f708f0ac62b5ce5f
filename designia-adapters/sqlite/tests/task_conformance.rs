//! The conformance suites of tasks and schedules, on a file, on an `Arc` of the store, and in memory.

mod support;

use std::sync::Arc;

use designia_core::testing::conformance::{CommitTasks, TaskStores};
use designia_sqlite::{Config, SqliteStore};

use support::{Folder, block_on};

/// A store in a file of its own.
async fn in_a_file() -> (SqliteStore, Folder) {
    let folder = Folder::new();
    let store = SqliteStore::open(&folder.config()).await.expect("the database opens");
    (store, folder)
}

async fn in_memory() -> SqliteStore {
    SqliteStore::open(&Config::memory()).await.expect("the database opens")
}

mod file {
    use super::*;

    async fn fresh() -> TaskStores {
        let (store, folder) = in_a_file().await;
        TaskStores::of(store.clone()).guarded_by(folder).reopened_by(move || closed_and_opened(store.clone()))
    }

    /// What was under way is finished before the file is closed, and what comes later finds it closed.
    async fn closed_and_opened(store: SqliteStore) -> TaskStores {
        store.close().await.expect("the file can be written to");
        TaskStores::of(SqliteStore::open(store.config()).await.expect("the database opens"))
    }

    designia_core::task_conformance!(block_on = block_on, fresh = fresh);
}

mod arc {
    use super::*;

    async fn fresh() -> TaskStores {
        let (store, folder) = in_a_file().await;
        TaskStores::of(Arc::new(store)).guarded_by(folder)
    }

    designia_core::task_conformance!(block_on = block_on, fresh = fresh);
}

mod memory {
    use super::*;

    async fn fresh() -> TaskStores {
        TaskStores::of(in_memory().await)
    }

    designia_core::task_conformance!(block_on = block_on, fresh = fresh);
}

mod commits {
    use super::*;

    async fn fresh() -> CommitTasks {
        let (store, folder) = in_a_file().await;
        CommitTasks::of(store).guarded_by(folder)
    }

    designia_core::commit_tasks_conformance!(block_on = block_on, fresh = fresh);
}

mod commits_in_memory {
    use super::*;

    async fn fresh() -> CommitTasks {
        CommitTasks::of(in_memory().await)
    }

    designia_core::commit_tasks_conformance!(block_on = block_on, fresh = fresh);
}
