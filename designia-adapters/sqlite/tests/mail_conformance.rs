//! The conformance suites of mails and notifications, on a file and in memory.

mod support;

use designia_core::testing::conformance::MailStores;
use designia_sqlite::{Config, SqliteStore};

use support::{Folder, block_on};

mod file {
    use super::*;

    async fn fresh() -> MailStores {
        let folder = Folder::new();
        let store = SqliteStore::open(&folder.config()).await.expect("the database opens");
        MailStores::of(store).guarded_by(folder)
    }

    designia_core::mail_store_conformance!(block_on = block_on, fresh = fresh);
    designia_core::notification_store_conformance!(block_on = block_on, fresh = fresh);
}

mod memory {
    use super::*;

    async fn fresh() -> MailStores {
        MailStores::of(SqliteStore::open(&Config::memory()).await.expect("the database opens"))
    }

    designia_core::mail_store_conformance!(block_on = block_on, fresh = fresh);
    designia_core::notification_store_conformance!(block_on = block_on, fresh = fresh);
}
