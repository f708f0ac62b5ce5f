//! The memory adapter keeps the contracts of the catalogue, reviews, favourites, carts and figures.
#![cfg(feature = "testing")]

use designia_core::memory::MemoryStore;
use designia_core::testing::block_on;
use designia_core::testing::conformance::ShopStores;

designia_core::shop_conformance!(block_on = block_on, fresh = async || ShopStores::of(MemoryStore::new()));
