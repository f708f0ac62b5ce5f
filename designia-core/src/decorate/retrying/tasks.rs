//! Tasks and schedules: looking at them, and what only says again what is so already.

use async_trait::async_trait;

use super::Retrying;
use crate::id::TaskId;
use crate::ports::{
    Enqueued, Exchange, Exchanged, QueueStatus, ScheduleStore, StoreError, TaskConsole, TaskFilter, TaskPage,
    TaskQueue, TransactionalTaskQueue, WorkerStatus,
};
use crate::schedule::{Fire, Fired, Schedule, ScheduleRecord};
use crate::task::{Hold, QueueName, Renewal, Retrial, Revocation, ScheduleName, Task, TaskRecord};
use crate::time::Timestamp;

#[async_trait]
impl<S: TaskQueue> TaskQueue for Retrying<S> {
    async fn enqueue(&self, tasks: &[Task]) -> Result<Vec<Enqueued>, StoreError> {
        self.inner.enqueue(tasks).await
    }

    async fn exchange(&self, exchange: Exchange) -> Result<Exchanged, StoreError> {
        self.inner.exchange(exchange).await
    }

    async fn renew(&self, renewals: &[Renewal], until: Timestamp) -> Result<Vec<Hold>, StoreError> {
        self.read(|| self.inner.renew(renewals, until)).await
    }

    async fn beat(&self, worker: &WorkerStatus) -> Result<(), StoreError> {
        self.read(|| self.inner.beat(worker)).await
    }
}

impl<S: TransactionalTaskQueue> TransactionalTaskQueue for Retrying<S> {}

#[async_trait]
impl<S: TaskConsole> TaskConsole for Retrying<S> {
    async fn task(&self, id: TaskId) -> Result<Option<TaskRecord>, StoreError> {
        self.read(|| self.inner.task(id)).await
    }

    async fn tasks(&self, filter: &TaskFilter, page: TaskPage) -> Result<Vec<TaskRecord>, StoreError> {
        self.read(|| self.inner.tasks(filter, page)).await
    }

    async fn queues(&self, now: Timestamp) -> Result<Vec<QueueStatus>, StoreError> {
        self.read(|| self.inner.queues(now)).await
    }

    async fn workers(&self, since: Timestamp) -> Result<Vec<WorkerStatus>, StoreError> {
        self.read(|| self.inner.workers(since)).await
    }

    async fn revoke(&self, id: TaskId, now: Timestamp) -> Result<Option<Revocation>, StoreError> {
        self.inner.revoke(id, now).await
    }

    async fn retry(&self, id: TaskId, now: Timestamp) -> Result<Option<Retrial>, StoreError> {
        self.inner.retry(id, now).await
    }

    async fn set_paused(&self, queue: &QueueName, paused: bool) -> Result<(), StoreError> {
        self.inner.set_paused(queue, paused).await
    }

    async fn purge(&self, queue: &QueueName, now: Timestamp, limit: u32) -> Result<u32, StoreError> {
        self.inner.purge(queue, now, limit).await
    }

    async fn cleanup(&self, ended_before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        self.inner.cleanup(ended_before, limit).await
    }
}

#[async_trait]
impl<S: ScheduleStore> ScheduleStore for Retrying<S> {
    async fn define(&self, schedule: &Schedule, now: Timestamp) -> Result<(), StoreError> {
        self.inner.define(schedule, now).await
    }

    async fn schedules(&self) -> Result<Vec<ScheduleRecord>, StoreError> {
        self.read(|| self.inner.schedules()).await
    }

    async fn set_enabled(&self, name: &ScheduleName, enabled: bool, now: Timestamp) -> Result<bool, StoreError> {
        self.inner.set_enabled(name, enabled, now).await
    }

    async fn fire(&self, fire: &Fire) -> Result<Fired, StoreError> {
        self.inner.fire(fire).await
    }

    async fn remove(&self, name: &ScheduleName) -> Result<bool, StoreError> {
        self.inner.remove(name).await
    }
}
