//! Tasks and schedules.

use std::sync::Arc;

use async_trait::async_trait;

use crate::id::TaskId;
use crate::ports::{
    Enqueued, Exchange, Exchanged, QueueStatus, ScheduleStore, StoreError, TaskConsole, TaskFilter, TaskPage,
    TaskQueue, TransactionalTaskQueue, WorkerStatus,
};
use crate::schedule::{Fire, Fired, Schedule, ScheduleRecord};
use crate::task::{Hold, QueueName, Renewal, Retrial, Revocation, ScheduleName, Task, TaskRecord};
use crate::time::Timestamp;

#[async_trait]
impl<T: TaskQueue + ?Sized> TaskQueue for Arc<T> {
    async fn enqueue(&self, tasks: &[Task]) -> Result<Vec<Enqueued>, StoreError> {
        (**self).enqueue(tasks).await
    }

    async fn exchange(&self, exchange: Exchange) -> Result<Exchanged, StoreError> {
        (**self).exchange(exchange).await
    }

    async fn renew(&self, renewals: &[Renewal], until: Timestamp) -> Result<Vec<Hold>, StoreError> {
        (**self).renew(renewals, until).await
    }

    async fn beat(&self, worker: &WorkerStatus) -> Result<(), StoreError> {
        (**self).beat(worker).await
    }
}

impl<T: TransactionalTaskQueue + ?Sized> TransactionalTaskQueue for Arc<T> {}

#[async_trait]
impl<T: TaskConsole + ?Sized> TaskConsole for Arc<T> {
    async fn task(&self, id: TaskId) -> Result<Option<TaskRecord>, StoreError> {
        (**self).task(id).await
    }

    async fn tasks(&self, filter: &TaskFilter, page: TaskPage) -> Result<Vec<TaskRecord>, StoreError> {
        (**self).tasks(filter, page).await
    }

    async fn queues(&self, now: Timestamp) -> Result<Vec<QueueStatus>, StoreError> {
        (**self).queues(now).await
    }

    async fn workers(&self, since: Timestamp) -> Result<Vec<WorkerStatus>, StoreError> {
        (**self).workers(since).await
    }

    async fn revoke(&self, id: TaskId, now: Timestamp) -> Result<Option<Revocation>, StoreError> {
        (**self).revoke(id, now).await
    }

    async fn retry(&self, id: TaskId, now: Timestamp) -> Result<Option<Retrial>, StoreError> {
        (**self).retry(id, now).await
    }

    async fn set_paused(&self, queue: &QueueName, paused: bool) -> Result<(), StoreError> {
        (**self).set_paused(queue, paused).await
    }

    async fn purge(&self, queue: &QueueName, now: Timestamp, limit: u32) -> Result<u32, StoreError> {
        (**self).purge(queue, now, limit).await
    }

    async fn cleanup(&self, ended_before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        (**self).cleanup(ended_before, limit).await
    }
}

#[async_trait]
impl<T: ScheduleStore + ?Sized> ScheduleStore for Arc<T> {
    async fn define(&self, schedule: &Schedule, now: Timestamp) -> Result<(), StoreError> {
        (**self).define(schedule, now).await
    }

    async fn schedules(&self) -> Result<Vec<ScheduleRecord>, StoreError> {
        (**self).schedules().await
    }

    async fn set_enabled(&self, name: &ScheduleName, enabled: bool, now: Timestamp) -> Result<bool, StoreError> {
        (**self).set_enabled(name, enabled, now).await
    }

    async fn fire(&self, fire: &Fire) -> Result<Fired, StoreError> {
        (**self).fire(fire).await
    }

    async fn remove(&self, name: &ScheduleName) -> Result<bool, StoreError> {
        (**self).remove(name).await
    }
}
