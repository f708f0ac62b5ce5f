//! The conformance suites of the stores, on a file, on an `Arc` of the store, and in memory.

mod support;

use std::sync::Arc;

use designia_core::memory::MemoryStore;
use designia_core::testing::conformance::archive::Archives;
use designia_core::testing::conformance::{ShopStores, Stores};
use designia_sqlite::{Config, SqliteStore};

use support::{Folder, block_on};

/// A store in a file of its own.
async fn in_a_file() -> (SqliteStore, Folder) {
    let folder = Folder::new();
    let store = SqliteStore::open(&folder.config()).await.expect("the database opens");
    (store, folder)
}

mod file {
    use super::*;

    async fn fresh() -> Stores {
        let (store, folder) = in_a_file().await;
        Stores::of(store).guarded_by(folder)
    }

    designia_core::store_conformance!(block_on = block_on, fresh = fresh);
}

mod arc {
    use super::*;

    async fn fresh() -> Stores {
        let (store, folder) = in_a_file().await;
        Stores::of(Arc::new(store)).guarded_by(folder)
    }

    designia_core::store_conformance!(block_on = block_on, fresh = fresh);
}

mod memory {
    use super::*;

    async fn fresh() -> Stores {
        Stores::of(SqliteStore::open(&Config::memory()).await.expect("the database opens"))
    }

    designia_core::store_conformance!(block_on = block_on, fresh = fresh);
}

mod shops {
    use super::*;

    async fn fresh() -> ShopStores {
        let (store, folder) = in_a_file().await;
        ShopStores::of(store).guarded_by(folder)
    }

    designia_core::shop_conformance!(block_on = block_on, fresh = fresh);
}

mod archives {
    use super::*;

    async fn fresh() -> Archives {
        let (source, folder) = in_a_file().await;
        let (target, another) = in_a_file().await;
        Archives::of(source, target).guarded_by((folder, another))
    }

    designia_core::archive_conformance!(block_on = block_on, fresh = fresh);
}

mod archives_from_memory {
    use super::*;

    async fn fresh() -> Archives {
        Archives::of(MemoryStore::new(), SqliteStore::open(&Config::memory()).await.expect("the database opens"))
    }

    designia_core::archive_conformance!(block_on = block_on, fresh = fresh);
}

mod archives_to_memory {
    use super::*;

    async fn fresh() -> Archives {
        Archives::of(SqliteStore::open(&Config::memory()).await.expect("the database opens"), MemoryStore::new())
    }

    designia_core::archive_conformance!(block_on = block_on, fresh = fresh);
}
