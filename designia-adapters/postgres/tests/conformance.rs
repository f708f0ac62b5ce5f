//! The conformance suites of the stores, on a database, on an `Arc` of the store, and through a pooler.

mod support;

use std::sync::Arc;

use designia_core::memory::MemoryStore;
use designia_core::testing::conformance::archive::Archives;
use designia_core::testing::conformance::{ShopStores, Stores};

use support::block_on;

/// What stands in where there is no server: the harness can't say that a test was skipped, so a line has said it.
fn skipped() -> Stores {
    Stores::of(MemoryStore::new())
}

mod direct {
    use super::*;

    async fn fresh() -> Stores {
        let Some((store, database)) = support::fresh().await else { return skipped() };
        Stores::of(store).guarded_by(database)
    }

    designia_core::store_conformance!(block_on = block_on, fresh = fresh);
}

mod arc {
    use super::*;

    async fn fresh() -> Stores {
        let Some((store, database)) = support::fresh().await else { return skipped() };
        Stores::of(Arc::new(store)).guarded_by(database)
    }

    designia_core::store_conformance!(block_on = block_on, fresh = fresh);
}

mod shops {
    use super::*;

    async fn fresh() -> ShopStores {
        let Some((store, database)) = support::fresh().await else { return ShopStores::of(MemoryStore::new()) };
        ShopStores::of(store).guarded_by(database)
    }

    designia_core::shop_conformance!(block_on = block_on, fresh = fresh);
}

mod shops_through_a_pooler {
    use super::*;

    async fn fresh() -> ShopStores {
        let Some((store, database)) = support::pooled().await else { return ShopStores::of(MemoryStore::new()) };
        ShopStores::of(store).guarded_by(database)
    }

    designia_core::shop_conformance!(block_on = block_on, fresh = fresh);
}

mod pooler {
    use super::*;

    async fn fresh() -> Stores {
        let Some((store, database)) = support::pooled().await else { return skipped() };
        Stores::of(store).guarded_by(database)
    }

    designia_core::store_conformance!(block_on = block_on, fresh = fresh);
}

mod archives {
    use super::*;

    async fn fresh() -> Archives {
        let (Some((source, from)), Some((target, to))) = (support::fresh().await, support::fresh().await) else {
            return Archives::of(MemoryStore::new(), MemoryStore::new());
        };
        Archives::of(source, target).guarded_by((from, to))
    }

    designia_core::archive_conformance!(block_on = block_on, fresh = fresh);
}

mod archives_from_memory_through_a_pooler {
    use super::*;

    async fn fresh() -> Archives {
        let Some((store, database)) = support::pooled().await else {
            return Archives::of(MemoryStore::new(), MemoryStore::new());
        };
        Archives::of(MemoryStore::new(), store).guarded_by(database)
    }

    designia_core::archive_conformance!(block_on = block_on, fresh = fresh);
}
