//! The memory adapter keeps the contract of accounts: as it is, behind `Arc`, and behind every wrapper.
#![cfg(feature = "testing")]

use std::num::NonZeroU32;
use std::sync::Arc;

use designia_core::decorate::{Retrying, Traced};
use designia_core::memory::MemoryStore;
use designia_core::testing::conformance::AccountStores;
use designia_core::testing::{Faulty, block_on};

designia_core::account_conformance!(block_on = block_on, fresh = async || AccountStores::of(MemoryStore::new()));

mod arc {
    use super::*;

    designia_core::account_conformance!(
        block_on = block_on,
        fresh = async || AccountStores::of(Arc::new(MemoryStore::new()))
    );
}

mod wrapped {
    use super::*;

    fn fresh() -> AccountStores {
        let faulty = Faulty::new(MemoryStore::new());
        AccountStores::of(Traced::new(Retrying::new(faulty, NonZeroU32::MIN.saturating_add(1))))
    }

    designia_core::account_conformance!(block_on = block_on, fresh = async || fresh());
}
