//! The memory adapters keep the contracts of the operations console: as they are, behind `Arc`, and behind every wrapper.
#![cfg(feature = "testing")]

use std::num::NonZeroU32;
use std::sync::Arc;

use designia_core::decorate::{Retrying, Traced};
use designia_core::memory::MemoryStore;
use designia_core::ports::AuditLog;
use designia_core::testing::conformance::UnderTest;
use designia_core::testing::{Faulty, block_on};

mod value {
    use super::*;

    designia_core::audit_log_conformance!(block_on = block_on, fresh = async || UnderTest::of(MemoryStore::new()));
    designia_core::store_facts_conformance!(block_on = block_on, fresh = async || UnderTest::of(MemoryStore::new()));
}

mod arc_dyn {
    use super::*;

    designia_core::audit_log_conformance!(
        block_on = block_on,
        fresh = async || UnderTest::of(Arc::new(MemoryStore::new()) as Arc<dyn AuditLog>)
    );
}

mod wrapped_three_times {
    use super::*;

    fn fresh() -> UnderTest<Traced<Retrying<Faulty<MemoryStore>>>> {
        UnderTest::of(Traced::new(Retrying::new(Faulty::new(MemoryStore::new()), NonZeroU32::MIN)))
    }

    designia_core::audit_log_conformance!(block_on = block_on, fresh = async || fresh());
    designia_core::store_facts_conformance!(block_on = block_on, fresh = async || fresh());
}
