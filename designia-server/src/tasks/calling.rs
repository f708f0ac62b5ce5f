//! Ports that tell this node, and the others, when a task may be waiting: whoever enqueues one need not think of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use designia_core::effect::{ClaimedEffect, EffectSettlement, IdempotencyKey, Message};
use designia_core::id::OrderId;
use designia_core::order::Order;
use designia_core::payment::ProviderRefs;
use designia_core::ports::{
    Claim, Commit, CommitError, Decide, DueOrder, Enqueued, Exchange, Exchanged, Notifier, NotifyError, OrderStore,
    Ports, ScheduleStore, StoreError, TaskQueue, WorkerStatus,
};
use designia_core::schedule::{Fire, Fired, Schedule, ScheduleRecord};
use designia_core::task::{Hold, Renewal, ScheduleName, Task};
use designia_core::time::Timestamp;

use super::figures::Figures;
use crate::runtime::Wake;

/// A port that tells of tasks.
#[derive(Debug)]
pub(crate) struct Calling<P: ?Sized> {
    wake: Wake,
    figures: Figures,
    inner: Arc<P>,
}

impl Calling<dyn OrderStore> {
    /// Puts it around every port through which tasks come.
    pub(crate) fn around(ports: Ports, wake: &Wake, figures: &Figures) -> Ports {
        let mut tasks = ports.tasks;
        tasks.queue = Arc::new(Calling { wake: wake.clone(), figures: figures.clone(), inner: tasks.queue });
        tasks.schedules = Arc::new(Calling { wake: wake.clone(), figures: figures.clone(), inner: tasks.schedules });
        let orders = Arc::new(Calling { wake: wake.clone(), figures: figures.clone(), inner: ports.orders });
        let notifier = Arc::new(Calling { wake: wake.clone(), figures: figures.clone(), inner: ports.notifier });
        Ports { orders, tasks, notifier, ..ports }
    }
}

/// Whoever tells people may ask for mails.
#[async_trait]
impl Notifier for Calling<dyn Notifier> {
    async fn notify(&self, message: &Message, key: &IdempotencyKey) -> Result<(), NotifyError> {
        self.inner.notify(message, key).await?;
        self.wake.tasks();
        Ok(())
    }
}

#[async_trait]
impl TaskQueue for Calling<dyn TaskQueue> {
    async fn enqueue(&self, tasks: &[Task]) -> Result<Vec<Enqueued>, StoreError> {
        let enqueued = self.inner.enqueue(tasks).await?;
        if enqueued.contains(&Enqueued::New) {
            self.wake.tasks();
        }
        Ok(enqueued)
    }

    async fn exchange(&self, exchange: Exchange) -> Result<Exchanged, StoreError> {
        let settling = exchange.settle.clone();
        let exchanged = self.inner.exchange(exchange).await?;
        self.figures.settled(&settling, &exchanged.settled);
        self.figures.claimed(&exchanged.claimed);
        Ok(exchanged)
    }

    async fn renew(&self, renewals: &[Renewal], until: Timestamp) -> Result<Vec<Hold>, StoreError> {
        self.inner.renew(renewals, until).await
    }

    async fn beat(&self, worker: &WorkerStatus) -> Result<(), StoreError> {
        self.inner.beat(worker).await
    }
}

#[async_trait]
impl ScheduleStore for Calling<dyn ScheduleStore> {
    async fn define(&self, schedule: &Schedule, now: Timestamp) -> Result<(), StoreError> {
        self.inner.define(schedule, now).await
    }

    async fn schedules(&self) -> Result<Vec<ScheduleRecord>, StoreError> {
        self.inner.schedules().await
    }

    async fn set_enabled(&self, name: &ScheduleName, enabled: bool, now: Timestamp) -> Result<bool, StoreError> {
        self.inner.set_enabled(name, enabled, now).await
    }

    async fn fire(&self, fire: &Fire) -> Result<Fired, StoreError> {
        let fired = self.inner.fire(fire).await?;
        match &fired {
            Fired::New(tasks) if !tasks.is_empty() => self.wake.tasks(),
            Fired::New(_) | Fired::Conflict => {}
        }
        Ok(fired)
    }

    async fn remove(&self, name: &ScheduleName) -> Result<bool, StoreError> {
        self.inner.remove(name).await
    }
}

#[async_trait]
impl OrderStore for Calling<dyn OrderStore> {
    async fn load(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
        self.inner.load(id).await
    }

    async fn commit(&self, commit: Commit) -> Result<(), CommitError> {
        let asks = !commit.tasks.is_empty();
        self.inner.commit(commit).await?;
        if asks {
            self.wake.tasks();
        }
        Ok(())
    }

    async fn locate(&self, refs: &ProviderRefs) -> Result<Option<OrderId>, StoreError> {
        self.inner.locate(refs).await
    }

    async fn change_due(&self, claim: Claim, decide: Decide<'_>) -> Result<Vec<DueOrder>, StoreError> {
        let asks = AtomicBool::new(false);
        let noting = |order: &Order| {
            let commit = decide(order);
            if commit.as_ref().is_some_and(|commit| !commit.tasks.is_empty()) {
                asks.store(true, Ordering::Relaxed);
            }
            commit
        };
        let due = self.inner.change_due(claim, &noting).await?;
        if asks.load(Ordering::Relaxed) {
            self.wake.tasks();
        }
        Ok(due)
    }

    async fn claim_effects(&self, of: Option<OrderId>, claim: Claim) -> Result<Vec<ClaimedEffect>, StoreError> {
        self.inner.claim_effects(of, claim).await
    }

    async fn settle_effect(&self, settlement: EffectSettlement) -> Result<bool, StoreError> {
        self.inner.settle_effect(settlement).await
    }
}
