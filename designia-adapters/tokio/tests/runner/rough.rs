//! A queue that behaves badly when it is told to, and keeps count of what it has recorded.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use designia_core::id::TaskId;
use designia_core::memory::MemoryStore;
use designia_core::ports::{Enqueued, Exchange, Exchanged, StoreError, TaskQueue, WorkerStatus};
use designia_core::task::{Hold, Renewal, Settled, Task};
use designia_core::time::Timestamp;

/// How calls go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Weather {
    #[default]
    Fair,
    RequestsLost,
    RepliesLost,
    Hangs,
    Slow(Duration),
    Panics,
}

/// A store behind weather. Clones are under the same.
#[derive(Clone, Debug)]
pub(crate) struct Rough {
    store: MemoryStore,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Debug, Default)]
struct Seen {
    weather: Weather,
    exchanges: usize,
    renewals: usize,
    recorded: BTreeMap<TaskId, usize>,
}

impl Rough {
    pub(crate) fn before(store: &MemoryStore) -> Self {
        Self { store: store.clone(), seen: Arc::default() }
    }

    pub(crate) fn turns(&self, weather: Weather) {
        self.seen.lock().unwrap().weather = weather;
    }

    /// How many exchanges were asked for.
    pub(crate) fn exchanges(&self) -> usize {
        self.seen.lock().unwrap().exchanges
    }

    /// How many renewals were asked for.
    pub(crate) fn renewals(&self) -> usize {
        self.seen.lock().unwrap().renewals
    }

    /// How many reports were recorded, by task.
    pub(crate) fn recorded(&self) -> BTreeMap<TaskId, usize> {
        self.seen.lock().unwrap().recorded.clone()
    }

    async fn weathered<T>(&self, call: impl Future<Output = Result<T, StoreError>> + Send) -> Result<T, StoreError> {
        let weather = self.seen.lock().unwrap().weather;
        match weather {
            Weather::Fair => call.await,
            Weather::RequestsLost => Err(StoreError::unavailable("the request was lost")),
            Weather::RepliesLost => {
                call.await?;
                Err(StoreError::unavailable("the reply was lost"))
            }
            Weather::Hangs => std::future::pending().await,
            Weather::Slow(by) => {
                let answer = call.await;
                tokio::time::sleep(by).await;
                answer
            }
            Weather::Panics => panic!("a defect, as planned"),
        }
    }
}

#[async_trait]
impl TaskQueue for Rough {
    async fn enqueue(&self, tasks: &[Task]) -> Result<Vec<Enqueued>, StoreError> {
        self.weathered(self.store.enqueue(tasks)).await
    }

    async fn exchange(&self, exchange: Exchange) -> Result<Exchanged, StoreError> {
        self.seen.lock().unwrap().exchanges += 1;
        let tasks: Vec<TaskId> = exchange.settle.iter().map(|it| it.ticket.task).collect();
        let call = async {
            let exchanged = self.store.exchange(exchange).await?;
            let recorded = tasks.iter().zip(&exchanged.settled).filter(|(_, it)| **it == Settled::Recorded);
            let mut seen = self.seen.lock().unwrap();
            recorded.for_each(|(task, _)| *seen.recorded.entry(*task).or_default() += 1);
            drop(seen);
            Ok(exchanged)
        };
        self.weathered(call).await
    }

    async fn renew(&self, renewals: &[Renewal], until: Timestamp) -> Result<Vec<Hold>, StoreError> {
        self.seen.lock().unwrap().renewals += renewals.len();
        self.weathered(self.store.renew(renewals, until)).await
    }

    async fn beat(&self, worker: &WorkerStatus) -> Result<(), StoreError> {
        self.weathered(self.store.beat(worker)).await
    }
}
