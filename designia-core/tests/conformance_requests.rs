//! The memory adapter keeps the contract of requests that may be repeated.
#![cfg(feature = "testing")]

use designia_core::memory::MemoryStore;
use designia_core::testing::block_on;
use designia_core::testing::conformance::UnderTest;

designia_core::request_log_conformance!(block_on = block_on, fresh = async || UnderTest::of(MemoryStore::new()));
