//! Stores that fail on demand: before a call is executed, or after it.

mod accounts;
mod console;
mod stores;
mod tasks;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::ports::StoreError;

/// A store in front of another one, whose calls fail when they are told to. Clones share the count and the faults.
///
/// Calls are counted from 1, over all ports together. A test that fails call 1, then call 2, and so on until nothing fails
/// any more has tried every cut point of what it does.
///
/// ```
/// # use designia_core::memory::MemoryStore;
/// # use designia_core::ports::{CatalogStore, StoreErrorKind};
/// # use designia_core::testing::{Faulty, Lost, block_on, fixtures};
/// let store = Faulty::new(MemoryStore::new());
/// store.fail_call(1, Lost::Reply);
/// let error = block_on(store.put(&fixtures::product(1))).unwrap_err();
/// assert_eq!(error.kind, StoreErrorKind::Unavailable);
/// assert_eq!(block_on(store.page(None, 10)).unwrap().len(), 1, "it was put all the same");
/// ```
#[derive(Clone, Debug)]
pub struct Faulty<S> {
    inner: S,
    plan: Arc<Mutex<Plan>>,
}

/// What gets lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lost {
    /// The request: the call is not executed.
    Request,
    /// The reply: the call is executed, and the caller can't know.
    Reply,
}

#[derive(Debug, Default)]
struct Plan {
    calls: u64,
    faults: BTreeMap<u64, Lost>,
}

impl<S> Faulty<S> {
    /// Stands in front of a store. Nothing fails yet.
    pub fn new(inner: S) -> Self {
        Self { inner, plan: Arc::default() }
    }

    /// Call number `number` fails; the first one ever has number 1.
    pub fn fail_call(&self, number: u64, lost: Lost) {
        self.plan().faults.insert(number, lost);
    }

    /// The next call fails.
    pub fn fail_next(&self, lost: Lost) {
        let mut plan = self.plan();
        let next = plan.calls + 1;
        plan.faults.insert(next, lost);
    }

    /// How many calls there have been.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.plan().calls
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Executes a call, unless its request is lost, and answers, unless its reply is.
    async fn call<T, E: From<StoreError>>(&self, call: impl Future<Output = Result<T, E>> + Send) -> Result<T, E> {
        let lost = {
            let mut plan = self.plan();
            plan.calls += 1;
            let number = plan.calls;
            plan.faults.remove(&number)
        };
        match lost {
            None => call.await,
            Some(Lost::Request) => Err(StoreError::unavailable("the request was lost, as scripted").into()),
            Some(Lost::Reply) => {
                let _hidden = call.await;
                Err(StoreError::unavailable("the reply was lost, as scripted").into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::MemoryStore;
    use crate::ports::{CommitError, OrderStore, StoreErrorKind};
    use crate::testing::{block_on, fixtures};

    #[test]
    fn a_lost_request_is_not_executed_and_a_lost_reply_is() {
        for (lost, is_stored) in [(Lost::Request, false), (Lost::Reply, true)] {
            let memory = MemoryStore::new();
            let store = Faulty::new(memory.clone());
            for number in [1, 2] {
                block_on(crate::ports::CatalogStore::put(&memory, &fixtures::product(number))).unwrap();
            }
            store.fail_next(lost);
            let error = block_on(store.commit(fixtures::commit(fixtures::placed(fixtures::placement(1))))).unwrap_err();
            assert!(matches!(error, CommitError::Store(error) if error.kind == StoreErrorKind::Unavailable));
            assert_eq!(block_on(store.load(fixtures::order_id(1))).unwrap().is_some(), is_stored);
            assert_eq!(store.calls(), 2);
        }
    }
}
