//! The conformance suite of requests that may be repeated: on a database, and through a pooler.

mod support;

use std::sync::Arc;

use designia_core::memory::MemoryStore;
use designia_core::ports::RequestLog;
use designia_core::testing::conformance::UnderTest;

use support::block_on;

/// What stands in where there is no server: the harness can't say that a test was skipped, so a line has said it.
fn skipped() -> UnderTest<Arc<dyn RequestLog>> {
    UnderTest::of(Arc::new(MemoryStore::new()))
}

mod direct {
    use super::*;

    async fn fresh() -> UnderTest<Arc<dyn RequestLog>> {
        let Some((store, database)) = support::fresh().await else { return skipped() };
        UnderTest::of(Arc::new(store) as Arc<dyn RequestLog>).guarded_by(database)
    }

    designia_core::request_log_conformance!(block_on = block_on, fresh = fresh);
}

mod pooler {
    use super::*;

    async fn fresh() -> UnderTest<Arc<dyn RequestLog>> {
        let Some((store, database)) = support::pooled().await else { return skipped() };
        UnderTest::of(Arc::new(store) as Arc<dyn RequestLog>).guarded_by(database)
    }

    designia_core::request_log_conformance!(block_on = block_on, fresh = fresh);
}
