//! The conformance suites of the operations console, on a file and in memory.

mod support;

use designia_core::testing::conformance::UnderTest;
use designia_sqlite::{Config, SqliteStore};

use support::{Folder, block_on};

mod file {
    use super::*;

    async fn fresh() -> UnderTest<SqliteStore> {
        let folder = Folder::new();
        let store = SqliteStore::open(&folder.config()).await.expect("the database opens");
        UnderTest::of(store).guarded_by(folder)
    }

    designia_core::audit_log_conformance!(block_on = block_on, fresh = fresh);
    designia_core::store_facts_conformance!(block_on = block_on, fresh = fresh);
}

mod memory {
    use super::*;

    async fn fresh() -> UnderTest<SqliteStore> {
        UnderTest::of(SqliteStore::open(&Config::memory()).await.expect("the database opens"))
    }

    designia_core::audit_log_conformance!(block_on = block_on, fresh = fresh);
    designia_core::store_facts_conformance!(block_on = block_on, fresh = fresh);
}
