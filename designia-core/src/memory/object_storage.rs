//! Files in one process's memory.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use crate::ports::{ObjectKey, ObjectStorage, StoreError};

/// An [`ObjectStorage`] for one process. Clones share their files.
#[derive(Clone, Default)]
pub struct MemoryObjects {
    files: Arc<Mutex<BTreeMap<ObjectKey, Vec<u8>>>>,
}

impl MemoryObjects {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The keys of all files, rising.
    #[must_use]
    pub fn keys(&self) -> Vec<ObjectKey> {
        self.files().keys().cloned().collect()
    }

    fn files(&self) -> MutexGuard<'_, BTreeMap<ObjectKey, Vec<u8>>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl ObjectStorage for MemoryObjects {
    async fn put(&self, key: &ObjectKey, content: Vec<u8>) -> Result<(), StoreError> {
        self.files().insert(key.clone(), content);
        Ok(())
    }

    async fn get(&self, key: &ObjectKey) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.files().get(key).cloned())
    }

    async fn delete(&self, key: &ObjectKey) -> Result<(), StoreError> {
        self.files().remove(key);
        Ok(())
    }

    async fn signed_url(&self, _: &ObjectKey, _: Duration) -> Result<Option<String>, StoreError> {
        Ok(None)
    }
}

impl fmt::Debug for MemoryObjects {
    /// How many files: they are people's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryObjects").field("files", &self.files().len()).finish_non_exhaustive()
    }
}
