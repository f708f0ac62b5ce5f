//! The conformance suite of conversations, on a file and in memory.

mod support;

use designia_core::testing::conformance::ChatStores;
use designia_sqlite::{Config, SqliteStore};

use support::{Folder, block_on};

mod file {
    use super::*;

    async fn fresh() -> ChatStores {
        let folder = Folder::new();
        let store = SqliteStore::open(&folder.config()).await.expect("the database opens");
        ChatStores::of(store).guarded_by(folder)
    }

    designia_core::chat_store_conformance!(block_on = block_on, fresh = fresh);
}

mod memory {
    use super::*;

    async fn fresh() -> ChatStores {
        ChatStores::of(SqliteStore::open(&Config::memory()).await.expect("the database opens"))
    }

    designia_core::chat_store_conformance!(block_on = block_on, fresh = fresh);
}
