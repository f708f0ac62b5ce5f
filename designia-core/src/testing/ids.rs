//! Ids that count.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

use crate::ports::IdGenerator;

/// Ids that count from 1, so that a failure can be repeated and read. Clones count on together.
#[derive(Clone, Debug, Default)]
pub struct SequentialIds {
    last: Arc<AtomicU64>,
}

impl SequentialIds {
    /// Begins at 1.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl IdGenerator for SequentialIds {
    fn next(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.last.fetch_add(1, Ordering::SeqCst)) + 1)
    }
}
