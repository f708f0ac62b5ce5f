//! The memory adapters keep every contract: as they are, behind `Arc`, and behind every wrapper.
#![cfg(feature = "testing")]

use std::num::NonZeroU32;
use std::sync::Arc;

use designia_core::decorate::{Retrying, Traced};
use designia_core::memory::MemoryStore;
use designia_core::testing::conformance::Stores;
use designia_core::testing::conformance::archive::Archives;
use designia_core::testing::{Faulty, block_on};

mod value {
    use super::*;

    designia_core::store_conformance!(block_on = block_on, fresh = async || Stores::of(MemoryStore::new()));
}

mod arc {
    use super::*;

    designia_core::store_conformance!(block_on = block_on, fresh = async || Stores::of(Arc::new(MemoryStore::new())));
}

mod arc_dyn {
    use super::*;

    fn fresh() -> Stores {
        let mut stores = Stores::of(MemoryStore::new());
        stores.orders = Arc::new(stores.orders);
        stores.queries = Arc::new(stores.queries);
        stores.catalog = Arc::new(stores.catalog);
        stores.inbox = Arc::new(stores.inbox);
        stores.rates = Arc::new(stores.rates);
        stores
    }

    designia_core::store_conformance!(block_on = block_on, fresh = async || fresh());
}

mod traced {
    use super::*;

    designia_core::store_conformance!(
        block_on = block_on,
        fresh = async || Stores::of(Traced::new(MemoryStore::new()))
    );
}

mod retrying {
    use super::*;

    fn fresh() -> Stores {
        let store = MemoryStore::new();
        let tries = NonZeroU32::MIN.saturating_add(1);
        let mut stores = Stores::of(store.clone());
        stores.orders = Arc::new(Retrying::new(store.clone(), tries));
        stores.queries = Arc::new(Retrying::new(store.clone(), tries));
        stores.catalog = Arc::new(Retrying::new(store.clone(), tries));
        stores.rates = Arc::new(Retrying::new(store, tries));
        stores
    }

    designia_core::store_conformance!(block_on = block_on, fresh = async || fresh());
}

mod faulty_without_faults {
    use super::*;

    designia_core::store_conformance!(
        block_on = block_on,
        fresh = async || Stores::of(Faulty::new(MemoryStore::new()))
    );
}

mod wrapped_three_times {
    use super::*;

    designia_core::store_conformance!(
        block_on = block_on,
        fresh = async || Stores::of(Traced::new(Arc::new(Faulty::new(MemoryStore::new()))))
    );
}

mod archives {
    use super::*;

    designia_core::archive_conformance!(
        block_on = block_on,
        fresh = async || Archives::of(MemoryStore::new(), Arc::new(MemoryStore::new()))
    );
}
