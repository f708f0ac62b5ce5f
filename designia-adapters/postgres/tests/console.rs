//! The conformance suites of the operations console: on a database, and through a pooler.

mod support;

use std::sync::Arc;

use designia_core::memory::MemoryStore;
use designia_core::ports::{AuditLog, StoreFacts};
use designia_core::testing::conformance::UnderTest;

use support::block_on;

mod direct {
    use super::*;

    async fn audit() -> UnderTest<Arc<dyn AuditLog>> {
        // What stands in where there is no server: the harness can't say that a test was skipped, so a line has said it.
        let Some((store, database)) = support::fresh().await else {
            return UnderTest::of(Arc::new(MemoryStore::new()));
        };
        UnderTest::of(Arc::new(store) as Arc<dyn AuditLog>).guarded_by(database)
    }

    async fn facts() -> UnderTest<Arc<dyn StoreFacts>> {
        let Some((store, database)) = support::fresh().await else {
            return UnderTest::of(Arc::new(MemoryStore::new()));
        };
        UnderTest::of(Arc::new(store) as Arc<dyn StoreFacts>).guarded_by(database)
    }

    designia_core::audit_log_conformance!(block_on = block_on, fresh = audit);
    designia_core::store_facts_conformance!(block_on = block_on, fresh = facts);
}

mod pooler {
    use super::*;

    async fn audit() -> UnderTest<Arc<dyn AuditLog>> {
        let Some((store, database)) = support::pooled().await else {
            return UnderTest::of(Arc::new(MemoryStore::new()));
        };
        UnderTest::of(Arc::new(store) as Arc<dyn AuditLog>).guarded_by(database)
    }

    async fn facts() -> UnderTest<Arc<dyn StoreFacts>> {
        let Some((store, database)) = support::pooled().await else {
            return UnderTest::of(Arc::new(MemoryStore::new()));
        };
        UnderTest::of(Arc::new(store) as Arc<dyn StoreFacts>).guarded_by(database)
    }

    designia_core::audit_log_conformance!(block_on = block_on, fresh = audit);
    designia_core::store_facts_conformance!(block_on = block_on, fresh = facts);
}
