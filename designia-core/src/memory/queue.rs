//! The ports of tasks and schedules, on the store's tables.

use async_trait::async_trait;

use super::MemoryStore;
use crate::id::TaskId;
use crate::ports::{
    Enqueued, Exchange, Exchanged, QueueStatus, ScheduleStore, StoreError, TaskConsole, TaskFilter, TaskPage,
    TaskQueue, TransactionalTaskQueue, WorkerStatus,
};
use crate::schedule::{Fire, Fired, Schedule, ScheduleRecord};
use crate::task::{Hold, QueueName, Renewal, Retrial, Revocation, ScheduleName, Task, TaskRecord};
use crate::time::Timestamp;

/// Refuses the whole call for one bad task, before anything is written.
fn check(tasks: &[Task]) -> Result<(), StoreError> {
    tasks.iter().try_for_each(Task::check).map_err(StoreError::invalid)
}

#[async_trait]
impl TaskQueue for MemoryStore {
    async fn enqueue(&self, tasks: &[Task]) -> Result<Vec<Enqueued>, StoreError> {
        check(tasks)?;
        let mut tables = self.tables();
        Ok(tasks.iter().map(|task| tables.tasks.enqueue(task.clone())).collect())
    }

    async fn exchange(&self, exchange: Exchange) -> Result<Exchanged, StoreError> {
        Ok(self.tables().tasks.exchange(exchange))
    }

    async fn renew(&self, renewals: &[Renewal], until: Timestamp) -> Result<Vec<Hold>, StoreError> {
        let mut tables = self.tables();
        Ok(renewals.iter().map(|renewal| tables.tasks.renew(renewal, until)).collect())
    }

    async fn beat(&self, worker: &WorkerStatus) -> Result<(), StoreError> {
        self.tables().tasks.beat(worker);
        Ok(())
    }
}

impl TransactionalTaskQueue for MemoryStore {}

#[async_trait]
impl TaskConsole for MemoryStore {
    async fn task(&self, id: TaskId) -> Result<Option<TaskRecord>, StoreError> {
        Ok(self.tables().tasks.task(id).cloned())
    }

    async fn tasks(&self, filter: &TaskFilter, page: TaskPage) -> Result<Vec<TaskRecord>, StoreError> {
        Ok(self.tables().tasks.page(filter, page))
    }

    async fn queues(&self, now: Timestamp) -> Result<Vec<QueueStatus>, StoreError> {
        Ok(self.tables().tasks.statuses(now))
    }

    async fn workers(&self, since: Timestamp) -> Result<Vec<WorkerStatus>, StoreError> {
        Ok(self.tables().tasks.workers(since))
    }

    async fn revoke(&self, id: TaskId, now: Timestamp) -> Result<Option<Revocation>, StoreError> {
        Ok(self.tables().tasks.revoke(id, now))
    }

    async fn retry(&self, id: TaskId, now: Timestamp) -> Result<Option<Retrial>, StoreError> {
        Ok(self.tables().tasks.retry(id, now))
    }

    async fn set_paused(&self, queue: &QueueName, paused: bool) -> Result<(), StoreError> {
        self.tables().tasks.set_paused(queue, paused);
        Ok(())
    }

    async fn purge(&self, queue: &QueueName, now: Timestamp, limit: u32) -> Result<u32, StoreError> {
        Ok(self.tables().tasks.purge(queue, now, limit))
    }

    async fn cleanup(&self, ended_before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        Ok(self.tables().tasks.cleanup(ended_before, limit))
    }
}

#[async_trait]
impl ScheduleStore for MemoryStore {
    async fn define(&self, schedule: &Schedule, now: Timestamp) -> Result<(), StoreError> {
        self.tables().schedules.define(schedule, now);
        Ok(())
    }

    async fn schedules(&self) -> Result<Vec<ScheduleRecord>, StoreError> {
        Ok(self.tables().schedules.all())
    }

    async fn set_enabled(&self, name: &ScheduleName, enabled: bool, now: Timestamp) -> Result<bool, StoreError> {
        Ok(self.tables().schedules.set_enabled(name, enabled, now))
    }

    async fn fire(&self, fire: &Fire) -> Result<Fired, StoreError> {
        check(&fire.tasks)?;
        let tables = &mut *self.tables();
        Ok(tables.schedules.fire(fire, &mut tables.tasks))
    }

    async fn remove(&self, name: &ScheduleName) -> Result<bool, StoreError> {
        Ok(self.tables().schedules.remove(name))
    }
}
