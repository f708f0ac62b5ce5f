//! The conformance suites of mails and notifications: on a database, and through a pooler.

mod support;

use designia_core::memory::MemoryStore;
use designia_core::testing::conformance::MailStores;

use support::block_on;

/// What stands in where there is no server: the harness can't say that a test was skipped, so a line has said it.
fn skipped() -> MailStores {
    MailStores::of(MemoryStore::new())
}

mod direct {
    use super::*;

    async fn fresh() -> MailStores {
        let Some((store, database)) = support::fresh().await else { return skipped() };
        MailStores::of(store).guarded_by(database)
    }

    designia_core::mail_store_conformance!(block_on = block_on, fresh = fresh);
    designia_core::notification_store_conformance!(block_on = block_on, fresh = fresh);
}

mod pooler {
    use super::*;

    async fn fresh() -> MailStores {
        let Some((store, database)) = support::pooled().await else { return skipped() };
        MailStores::of(store).guarded_by(database)
    }

    designia_core::mail_store_conformance!(block_on = block_on, fresh = fresh);
    designia_core::notification_store_conformance!(block_on = block_on, fresh = fresh);
}
