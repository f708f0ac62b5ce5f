//! The memory adapter of [`ObjectStorage`](designia_core::ports::ObjectStorage) keeps its contract.
#![cfg(feature = "testing")]

use designia_core::memory::MemoryObjects;
use designia_core::testing::block_on;

designia_core::object_storage_conformance!(block_on = block_on, fresh = async || MemoryObjects::new());
