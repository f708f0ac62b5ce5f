//! The memory adapters keep the contracts around tasks, and those of what nodes share.
#![cfg(feature = "testing")]

use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;

use designia_core::decorate::{Retrying, Traced};
use designia_core::memory::{MemoryBroadcast, MemoryCache, MemoryLease, MemoryRateLimiter, MemoryStore};
use designia_core::testing::conformance::{CommitTasks, TaskStores};
use designia_core::testing::{Faulty, block_on};

const ROOM: NonZeroUsize = NonZeroUsize::new(1_000).unwrap();

mod value {
    use super::*;

    designia_core::task_conformance!(block_on = block_on, fresh = async || TaskStores::of(MemoryStore::new()));
    designia_core::commit_tasks_conformance!(block_on = block_on, fresh = async || CommitTasks::of(MemoryStore::new()));
    designia_core::cache_conformance!(block_on = block_on, fresh = async || MemoryCache::new(ROOM));
    designia_core::rate_limiter_conformance!(block_on = block_on, fresh = async || MemoryRateLimiter::new());
    designia_core::broadcast_conformance!(block_on = block_on, fresh = async || MemoryBroadcast::new(ROOM));
    designia_core::lease_conformance!(block_on = block_on, fresh = async || MemoryLease::new());
}

mod arc {
    use super::*;

    designia_core::task_conformance!(
        block_on = block_on,
        fresh = async || TaskStores::of(Arc::new(MemoryStore::new()))
    );
    designia_core::commit_tasks_conformance!(
        block_on = block_on,
        fresh = async || CommitTasks::of(Arc::new(MemoryStore::new()))
    );
    designia_core::cache_conformance!(block_on = block_on, fresh = async || Arc::new(MemoryCache::new(ROOM)));
    designia_core::rate_limiter_conformance!(block_on = block_on, fresh = async || Arc::new(MemoryRateLimiter::new()));
    designia_core::broadcast_conformance!(block_on = block_on, fresh = async || Arc::new(MemoryBroadcast::new(ROOM)));
    designia_core::lease_conformance!(block_on = block_on, fresh = async || Arc::new(MemoryLease::new()));
}

mod traced {
    use super::*;

    designia_core::task_conformance!(
        block_on = block_on,
        fresh = async || TaskStores::of(Traced::new(MemoryStore::new()))
    );
    designia_core::commit_tasks_conformance!(
        block_on = block_on,
        fresh = async || CommitTasks::of(Traced::new(Faulty::new(MemoryStore::new())))
    );
}

mod retrying {
    use super::*;

    designia_core::task_conformance!(
        block_on = block_on,
        fresh = async || TaskStores::of(Retrying::new(Arc::new(MemoryStore::new()), NonZeroU32::MIN.saturating_add(1)))
    );
}

mod faulty_without_faults {
    use super::*;

    designia_core::task_conformance!(
        block_on = block_on,
        fresh = async || TaskStores::of(Faulty::new(MemoryStore::new()))
    );
}
