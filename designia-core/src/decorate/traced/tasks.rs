//! Calls about tasks and schedules, by id, name or count.

use async_trait::async_trait;
use tracing::debug_span;
use tracing::field::Empty;

use super::{Traced, within};
use crate::id::TaskId;
use crate::ports::{
    Enqueued, Exchange, Exchanged, QueueStatus, ScheduleStore, StoreError, TaskConsole, TaskFilter, TaskPage,
    TaskQueue, TransactionalTaskQueue, WorkerStatus,
};
use crate::schedule::{Fire, Fired, Schedule, ScheduleRecord};
use crate::task::{Hold, QueueName, Renewal, Retrial, Revocation, ScheduleName, Task, TaskRecord};
use crate::time::Timestamp;

#[async_trait]
impl<S: TaskQueue> TaskQueue for Traced<S> {
    async fn enqueue(&self, tasks: &[Task]) -> Result<Vec<Enqueued>, StoreError> {
        let span = debug_span!("task_queue.enqueue", tasks = tasks.len(), outcome = Empty);
        within(span, self.inner.enqueue(tasks)).await
    }

    async fn exchange(&self, exchange: Exchange) -> Result<Exchanged, StoreError> {
        let limit = exchange.claim.as_ref().map_or(0, |claim| claim.limit);
        let settles = exchange.settle.len();
        let span = debug_span!("task_queue.exchange", now = %exchange.now, settles, limit, outcome = Empty);
        within(span, self.inner.exchange(exchange)).await
    }

    async fn renew(&self, renewals: &[Renewal], until: Timestamp) -> Result<Vec<Hold>, StoreError> {
        let span = debug_span!("task_queue.renew", leases = renewals.len(), %until, outcome = Empty);
        within(span, self.inner.renew(renewals, until)).await
    }

    async fn beat(&self, worker: &WorkerStatus) -> Result<(), StoreError> {
        let span = debug_span!("task_queue.beat", worker = %worker.name, outcome = Empty);
        within(span, self.inner.beat(worker)).await
    }
}

impl<S: TransactionalTaskQueue> TransactionalTaskQueue for Traced<S> {}

#[async_trait]
impl<S: TaskConsole> TaskConsole for Traced<S> {
    async fn task(&self, id: TaskId) -> Result<Option<TaskRecord>, StoreError> {
        within(debug_span!("task_console.task", task = %id, outcome = Empty), self.inner.task(id)).await
    }

    async fn tasks(&self, filter: &TaskFilter, page: TaskPage) -> Result<Vec<TaskRecord>, StoreError> {
        let span = debug_span!("task_console.tasks", limit = page.limit, outcome = Empty);
        within(span, self.inner.tasks(filter, page)).await
    }

    async fn queues(&self, now: Timestamp) -> Result<Vec<QueueStatus>, StoreError> {
        within(debug_span!("task_console.queues", outcome = Empty), self.inner.queues(now)).await
    }

    async fn workers(&self, since: Timestamp) -> Result<Vec<WorkerStatus>, StoreError> {
        within(debug_span!("task_console.workers", outcome = Empty), self.inner.workers(since)).await
    }

    async fn revoke(&self, id: TaskId, now: Timestamp) -> Result<Option<Revocation>, StoreError> {
        within(debug_span!("task_console.revoke", task = %id, outcome = Empty), self.inner.revoke(id, now)).await
    }

    async fn retry(&self, id: TaskId, now: Timestamp) -> Result<Option<Retrial>, StoreError> {
        within(debug_span!("task_console.retry", task = %id, outcome = Empty), self.inner.retry(id, now)).await
    }

    async fn set_paused(&self, queue: &QueueName, paused: bool) -> Result<(), StoreError> {
        let span = debug_span!("task_console.set_paused", %queue, paused, outcome = Empty);
        within(span, self.inner.set_paused(queue, paused)).await
    }

    async fn purge(&self, queue: &QueueName, now: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let span = debug_span!("task_console.purge", %queue, limit, outcome = Empty);
        within(span, self.inner.purge(queue, now, limit)).await
    }

    async fn cleanup(&self, ended_before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let span = debug_span!("task_console.cleanup", %ended_before, limit, outcome = Empty);
        within(span, self.inner.cleanup(ended_before, limit)).await
    }
}

#[async_trait]
impl<S: ScheduleStore> ScheduleStore for Traced<S> {
    async fn define(&self, schedule: &Schedule, now: Timestamp) -> Result<(), StoreError> {
        let span = debug_span!("schedule_store.define", schedule = %schedule.name, outcome = Empty);
        within(span, self.inner.define(schedule, now)).await
    }

    async fn schedules(&self) -> Result<Vec<ScheduleRecord>, StoreError> {
        within(debug_span!("schedule_store.schedules", outcome = Empty), self.inner.schedules()).await
    }

    async fn set_enabled(&self, name: &ScheduleName, enabled: bool, now: Timestamp) -> Result<bool, StoreError> {
        let span = debug_span!("schedule_store.set_enabled", schedule = %name, enabled, outcome = Empty);
        within(span, self.inner.set_enabled(name, enabled, now)).await
    }

    async fn fire(&self, fire: &Fire) -> Result<Fired, StoreError> {
        let tasks = fire.tasks.len();
        let span =
            debug_span!("schedule_store.fire", schedule = %fire.name, version = fire.version, tasks, outcome = Empty);
        within(span, self.inner.fire(fire)).await
    }

    async fn remove(&self, name: &ScheduleName) -> Result<bool, StoreError> {
        let span = debug_span!("schedule_store.remove", schedule = %name, outcome = Empty);
        within(span, self.inner.remove(name)).await
    }
}
