//! The conformance suite of accounts, on a file, on an `Arc` of the store, and in memory.

mod support;

use std::sync::Arc;

use designia_core::testing::conformance::AccountStores;
use designia_sqlite::{Config, SqliteStore};

use support::{Folder, block_on};

mod file {
    use super::*;

    async fn fresh() -> AccountStores {
        let folder = Folder::new();
        let store = SqliteStore::open(&folder.config()).await.expect("the database opens");
        AccountStores::of(store).guarded_by(folder)
    }

    designia_core::account_conformance!(block_on = block_on, fresh = fresh);
}

mod arc {
    use super::*;

    async fn fresh() -> AccountStores {
        let folder = Folder::new();
        let store = SqliteStore::open(&folder.config()).await.expect("the database opens");
        AccountStores::of(Arc::new(store)).guarded_by(folder)
    }

    designia_core::account_conformance!(block_on = block_on, fresh = fresh);
}

mod memory {
    use super::*;

    async fn fresh() -> AccountStores {
        AccountStores::of(SqliteStore::open(&Config::memory()).await.expect("the database opens"))
    }

    designia_core::account_conformance!(block_on = block_on, fresh = fresh);
}
