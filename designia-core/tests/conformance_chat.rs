//! The memory adapter keeps the contract of conversations.
#![cfg(feature = "testing")]

use std::sync::Arc;

use designia_core::memory::MemoryStore;
use designia_core::testing::block_on;
use designia_core::testing::conformance::ChatStores;

designia_core::chat_store_conformance!(
    block_on = block_on,
    fresh = async || ChatStores::of(Arc::new(MemoryStore::new()))
);
