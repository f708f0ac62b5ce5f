//! Counts what a queue has recorded, so that the end of a drain is known without asking the store.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use designia::ports::{Enqueued, Exchange, Exchanged, StoreError, TaskQueue, WorkerStatus};
use designia::task::{Hold, Renewal, Settled, Task};
use designia::time::Timestamp;
use tokio::sync::Notify;

#[derive(Clone, Debug)]
pub(crate) struct Counted {
    queue: Arc<dyn TaskQueue>,
    recorded: Arc<AtomicUsize>,
    exchanges: Arc<AtomicUsize>,
    goal: usize,
    reached: Arc<Notify>,
}

impl Counted {
    pub(crate) fn until(goal: usize, queue: Arc<dyn TaskQueue>) -> Self {
        Self { queue, recorded: Arc::default(), exchanges: Arc::default(), goal, reached: Arc::default() }
    }

    /// Waits until so many reports are recorded.
    pub(crate) async fn done(&self) {
        self.reached.notified().await;
    }

    pub(crate) fn exchanges(&self) -> usize {
        self.exchanges.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl TaskQueue for Counted {
    async fn enqueue(&self, tasks: &[Task]) -> Result<Vec<Enqueued>, StoreError> {
        self.queue.enqueue(tasks).await
    }

    async fn exchange(&self, exchange: Exchange) -> Result<Exchanged, StoreError> {
        self.exchanges.fetch_add(1, Ordering::Relaxed);
        let exchanged = self.queue.exchange(exchange).await?;
        let recorded = exchanged.settled.iter().filter(|it| **it == Settled::Recorded).count();
        let before = self.recorded.fetch_add(recorded, Ordering::Relaxed);
        if before < self.goal && before + recorded >= self.goal {
            self.reached.notify_one();
        }
        Ok(exchanged)
    }

    async fn renew(&self, renewals: &[Renewal], until: Timestamp) -> Result<Vec<Hold>, StoreError> {
        self.queue.renew(renewals, until).await
    }

    async fn beat(&self, worker: &WorkerStatus) -> Result<(), StoreError> {
        self.queue.beat(worker).await
    }
}
