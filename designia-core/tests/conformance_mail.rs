//! The conformance suites of mails and notifications on the reference adapter.
#![cfg(feature = "testing")]

use designia_core::memory::MemoryStore;
use designia_core::testing::block_on;
use designia_core::testing::conformance::MailStores;

designia_core::mail_store_conformance!(block_on = block_on, fresh = async || MailStores::of(MemoryStore::new()));
designia_core::notification_store_conformance!(
    block_on = block_on,
    fresh = async || MailStores::of(MemoryStore::new())
);
