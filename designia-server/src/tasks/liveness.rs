//! Whether this node's worker still asks for tasks, and can run them: one that is alive and doesn't is stuck, and nobody else would
//! notice.

use std::sync::Arc;
use std::time::Duration;

use designia_core::ports::Clock;
use designia_core::worker::TaskWorker;

/// A worker with free slots asks every second or so; one that has got no answer for so long is not at work.
pub(crate) const STUCK: Duration = Duration::from_secs(60);

/// Looks at this node's worker.
#[derive(Clone, Debug)]
pub(crate) struct Liveness {
    worker: TaskWorker,
    clock: Arc<dyn Clock>,
}

impl Liveness {
    pub(crate) fn of(worker: TaskWorker, clock: Arc<dyn Clock>) -> Self {
        Self { worker, clock }
    }

    /// For how long it could have been given tasks and has had no answer. Zero if its slots are all taken.
    pub(crate) fn age(&self) -> Duration {
        self.worker.hungry_since().map_or(Duration::ZERO, |since| self.clock.now().since(since))
    }

    /// Whether it takes tasks as it should.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.worker.is_stuck() {
            return Err("every slot is held by a task beyond its limits; the log names them".to_owned());
        }
        let age = self.age();
        if age > STUCK {
            return Err(format!("no tasks could be asked for in {} s; the log says more", age.as_secs()));
        }
        Ok(())
    }

    /// How many tasks run.
    pub(crate) fn running(&self) -> usize {
        self.worker.running()
    }

    /// How many it could run besides.
    pub(crate) fn free_slots(&self) -> usize {
        self.worker.free_slots()
    }
}

#[cfg(test)]
mod tests {
    use designia_core::id::TaskId;
    use designia_core::memory::MemoryStore;
    use designia_core::ports::{IdGenerator, TaskQueue};
    use designia_core::task::{Json, Kind, LEASE};
    use designia_core::testing::{FixedClock, SequentialIds};
    use designia_core::time::Timestamp;
    use designia_core::worker::{TaskError, TaskRegistry};

    use super::*;
    use crate::config;

    #[tokio::test]
    async fn a_worker_that_has_free_slots_and_gets_no_answer_for_a_minute_is_stuck() {
        let clock = Arc::new(FixedClock::at(Timestamp::from_secs(1_000)));
        let tasks = config::Tasks { queues: None, concurrency: 2, kept_for: Duration::from_secs(3600) };
        let worker = super::super::worker(&tasks, &TaskRegistry::new(), clock.clone()).unwrap();
        let liveness = Liveness::of(worker.clone(), clock.clone());
        assert_eq!(liveness.check(), Ok(()), "it has just begun");
        clock.advance(STUCK + Duration::from_secs(1));
        assert!(liveness.check().unwrap_err().contains("in 61 s"));
        worker.turn(&MemoryStore::new()).await.unwrap();
        assert_eq!(liveness.check(), Ok(()));
    }

    #[tokio::test]
    async fn a_worker_whose_slots_are_all_held_beyond_their_limits_is_stuck() {
        let clock = Arc::new(FixedClock::at(Timestamp::from_secs(1_000)));
        let tasks = config::Tasks { queues: None, concurrency: 1, kept_for: Duration::from_secs(3600) };
        let kind = Kind::new("hold".parse().unwrap(), "shop".parse().unwrap());
        let registry = TaskRegistry::new().add(kind.clone(), async |(): (), _| Ok::<_, TaskError>(()));
        let worker = super::super::worker(&tasks, &registry, clock.clone()).unwrap();
        let (store, id) = (MemoryStore::new(), TaskId::from_uuid(SequentialIds::new().next()));
        store.enqueue(&[kind.task(id, Json::null(), clock.now())]).await.unwrap();
        let held = worker.turn(&store).await.unwrap().jobs;
        let liveness = Liveness::of(worker.clone(), clock.clone());
        clock.advance(kind.limits.hard);
        assert_eq!(liveness.check(), Ok(()), "that all slots are taken is no fault");
        clock.advance(LEASE);
        assert!(liveness.check().unwrap_err().contains("beyond its limits"));
        drop(held);
        worker.turn(&store).await.unwrap();
        assert_eq!(liveness.check(), Ok(()));
    }
}
