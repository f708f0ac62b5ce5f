//! Who leads within one process.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::ports::{Lease, StoreError};
use crate::time::Timestamp;

/// A [`Lease`] within one process: of use where several engines share it, as in tests. Clones share their data.
#[derive(Clone, Default)]
pub struct MemoryLease {
    names: Arc<Mutex<HashMap<String, Held>>>,
}

struct Held {
    /// Nobody, once it was given back.
    holder: Option<String>,
    until: Timestamp,
    token: u64,
}

impl MemoryLease {
    /// One of which nobody holds anything.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn names(&self) -> MutexGuard<'_, HashMap<String, Held>> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Lease for MemoryLease {
    async fn hold(
        &self,
        name: &str,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<u64>, StoreError> {
        let mut names = self.names();
        let held = names.entry(name.to_owned()).or_insert(Held { holder: None, until: now, token: 0 });
        match held.holder.as_deref() {
            Some(present) if present == holder => {}
            Some(_) if now < held.until => return Ok(None),
            Some(_) | None => {
                held.holder = Some(holder.to_owned());
                held.token += 1;
            }
        }
        held.until = until;
        Ok(Some(held.token))
    }

    async fn release(&self, name: &str, holder: &str) -> Result<bool, StoreError> {
        let mut names = self.names();
        let held = names.get_mut(name).filter(|held| held.holder.as_deref() == Some(holder));
        Ok(held.is_some_and(|held| held.holder.take().is_some()))
    }
}

impl fmt::Debug for MemoryLease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryLease").field("names", &self.names().len()).finish_non_exhaustive()
    }
}
