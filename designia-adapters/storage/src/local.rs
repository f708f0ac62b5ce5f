//! Files in a folder.

mod place;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use designia_core::ports::{ObjectKey, ObjectStorage, StoreError};

use self::place::Place;

/// An [`ObjectStorage`] in a folder of this machine. Clones share it.
#[derive(Clone, Debug)]
pub struct LocalStorage {
    place: Arc<Place>,
}

impl LocalStorage {
    /// Makes the folder unless it is there, and tidies up what a crash has left half-written in it.
    ///
    /// # Errors
    /// When the folder can't be made or written to.
    pub fn open(folder: impl AsRef<Path>) -> io::Result<Self> {
        Ok(Self { place: Arc::new(Place::open(folder.as_ref())?) })
    }

    /// Where the files are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.place.folder()
    }

    /// Disks are slow and have no readiness to wait for.
    async fn aside<T: Send + 'static>(
        &self,
        key: &ObjectKey,
        work: impl FnOnce(&Place, &ObjectKey) -> io::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (place, key) = (Arc::clone(&self.place), key.clone());
        let done = tokio::task::spawn_blocking(move || work(&place, &key)).await;
        done.map_err(StoreError::unavailable)?.map_err(StoreError::unavailable)
    }
}

#[async_trait]
impl ObjectStorage for LocalStorage {
    async fn put(&self, key: &ObjectKey, content: Vec<u8>) -> Result<(), StoreError> {
        self.aside(key, move |place, key| place.write(key, &content)).await
    }

    async fn get(&self, key: &ObjectKey) -> Result<Option<Vec<u8>>, StoreError> {
        self.aside(key, Place::read).await
    }

    async fn delete(&self, key: &ObjectKey) -> Result<(), StoreError> {
        self.aside(key, Place::remove).await
    }

    async fn signed_url(&self, _: &ObjectKey, _: Duration) -> Result<Option<String>, StoreError> {
        Ok(None)
    }
}

/// A name that no other writer of this process has.
fn fresh_name() -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    PathBuf::from(format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)))
}
