//! The conformance suite of accounts: on a database, on an `Arc` of the store, and through a pooler.

mod support;

use std::sync::Arc;

use designia_core::memory::MemoryStore;
use designia_core::testing::conformance::AccountStores;

use support::block_on;

/// What stands in where there is no server: the harness can't say that a test was skipped, so a line has said it.
fn skipped() -> AccountStores {
    AccountStores::of(MemoryStore::new())
}

mod direct {
    use super::*;

    async fn fresh() -> AccountStores {
        let Some((store, database)) = support::fresh().await else { return skipped() };
        AccountStores::of(store).guarded_by(database)
    }

    designia_core::account_conformance!(block_on = block_on, fresh = fresh);
}

mod arc {
    use super::*;

    async fn fresh() -> AccountStores {
        let Some((store, database)) = support::fresh().await else { return skipped() };
        AccountStores::of(Arc::new(store)).guarded_by(database)
    }

    designia_core::account_conformance!(block_on = block_on, fresh = fresh);
}

mod pooler {
    use super::*;

    async fn fresh() -> AccountStores {
        let Some((store, database)) = support::pooled().await else { return skipped() };
        AccountStores::of(store).guarded_by(database)
    }

    designia_core::account_conformance!(block_on = block_on, fresh = fresh);
}
