//! Tasks that follow from what happens to orders.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::effect::{ClaimedEffect, EffectSettlement};
use crate::id::OrderId;
use crate::order::Order;
use crate::payment::ProviderRefs;
use crate::ports::{Claim, Commit, CommitError, Decide, DueOrder, OrderStore, StoreError};
use crate::task::Task;

/// A store of orders that asks for tasks of the host's own in the very commits that they follow from: a parcel label for each
/// order that was paid, a line in the accounting for each refund. The task is waiting exactly if the change was stored.
///
/// The host is asked about every commit, also about one whose change is then refused because the order had changed meanwhile:
/// it only says what should follow. Its events tell what happened:
///
/// ```
/// use designia_core::decorate::Reacting;
/// use designia_core::id::TaskId;
/// use designia_core::memory::MemoryStore;
/// use designia_core::order::Event;
/// use designia_core::ports::{Commit, IdGenerator};
/// use designia_core::task::{Json, Kind, KindName, QueueName};
/// # fn with(ids: impl IdGenerator) -> Reacting<MemoryStore> {
/// let label = Kind::new(KindName::fixed("parcels.print_label"), QueueName::fixed("parcels"));
/// Reacting::new(MemoryStore::new(), move |commit: &Commit| {
///     let paid = commit.events.iter().filter(|it| matches!(it.event, Event::Confirmed));
///     let order = Json::of(&commit.order.id()).unwrap_or_else(|_| Json::null());
///     paid.map(|it| label.task(TaskId::from_uuid(ids.next()), order.clone(), it.at)).collect()
/// })
/// # }
/// ```
#[derive(Clone)]
pub struct Reacting<S> {
    inner: S,
    react: Arc<React>,
}

/// What follows from a commit.
type React = dyn Fn(&Commit) -> Vec<Task> + Send + Sync;

impl<S> Reacting<S> {
    /// Asks `react` what should follow from each commit. It must be quick, and must not call the store.
    pub fn new(inner: S, react: impl Fn(&Commit) -> Vec<Task> + Send + Sync + 'static) -> Self {
        Self { inner, react: Arc::new(react) }
    }

    fn with_tasks(&self, mut commit: Commit) -> Commit {
        let tasks = (self.react)(&commit);
        commit.tasks.extend(tasks);
        commit
    }
}

impl<S: fmt::Debug> fmt::Debug for Reacting<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reacting").field("inner", &self.inner).finish_non_exhaustive()
    }
}

#[async_trait]
impl<S: OrderStore> OrderStore for Reacting<S> {
    async fn load(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
        self.inner.load(id).await
    }

    async fn commit(&self, commit: Commit) -> Result<(), CommitError> {
        self.inner.commit(self.with_tasks(commit)).await
    }

    async fn locate(&self, refs: &ProviderRefs) -> Result<Option<OrderId>, StoreError> {
        self.inner.locate(refs).await
    }

    async fn change_due(&self, claim: Claim, decide: Decide<'_>) -> Result<Vec<DueOrder>, StoreError> {
        let reacting = |order: &Order| decide(order).map(|commit| self.with_tasks(commit));
        self.inner.change_due(claim, &reacting).await
    }

    async fn claim_effects(&self, of: Option<OrderId>, claim: Claim) -> Result<Vec<ClaimedEffect>, StoreError> {
        self.inner.claim_effects(of, claim).await
    }

    async fn settle_effect(&self, settlement: EffectSettlement) -> Result<bool, StoreError> {
        self.inner.settle_effect(settlement).await
    }
}
