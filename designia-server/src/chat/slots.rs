//! How many sockets there may be: on this node, and of one account.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use designia_core::id::AccountId;
use tokio::sync::Notify;

use super::OPEN;
use crate::http::metrics::Metrics;

/// The places that sockets take.
pub(super) struct Slots {
    most: usize,
    per_account: usize,
    taken: Mutex<Taken>,
    /// Told whenever the last one has left.
    emptied: Notify,
    metrics: Metrics,
}

#[derive(Default)]
struct Taken {
    all: usize,
    of: HashMap<AccountId, usize>,
}

/// A place that is taken for as long as this lives.
pub(super) struct Slot {
    slots: Arc<Slots>,
    account: AccountId,
}

impl Slots {
    pub(super) fn new(most: usize, per_account: usize, metrics: Metrics) -> Self {
        Self { most, per_account, taken: Mutex::default(), emptied: Notify::new(), metrics }
    }

    /// A place for a socket of this account; `None` if it has enough, or the node has.
    pub(super) fn take(self: &Arc<Self>, account: AccountId) -> Option<Slot> {
        let mut taken = self.taken();
        if taken.all >= self.most || taken.of.get(&account).is_some_and(|own| *own >= self.per_account) {
            return None;
        }
        taken.all += 1;
        *taken.of.entry(account).or_default() += 1;
        self.show(&taken);
        Some(Slot { slots: Arc::clone(self), account })
    }

    pub(super) fn open(&self) -> usize {
        self.taken().all
    }

    /// Waits until no place is taken.
    pub(super) async fn empty(&self) {
        loop {
            let emptied = self.emptied.notified();
            if self.open() == 0 {
                return;
            }
            emptied.await;
        }
    }

    fn show(&self, taken: &Taken) {
        self.metrics.gauge(OPEN, &[], u32::try_from(taken.all).unwrap_or(u32::MAX));
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = self.slots.taken();
        taken.all = taken.all.saturating_sub(1);
        if let Some(own) = taken.of.get_mut(&self.account) {
            *own -= 1;
            if *own == 0 {
                taken.of.remove(&self.account);
            }
        }
        self.slots.show(&taken);
        if taken.all == 0 {
            self.slots.emptied.notify_waiters();
        }
    }
}

impl std::fmt::Debug for Slots {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Slots").field("open", &self.open()).finish_non_exhaustive()
    }
}
