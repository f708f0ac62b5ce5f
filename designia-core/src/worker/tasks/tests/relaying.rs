//! The relay: each task once, whatever dies on the way.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::memory::MemoryStore;
use crate::ports::{
    Enqueued, Exchange, Exchanged, StoreError, TaskClaim, TaskConsole, TaskFilter, TaskPage, TaskQueue, WorkerStatus,
};
use crate::task::{Hold, LEASE, Renewal, Settled, Task, TaskOutcome, TaskRecord, TaskSettlement, TaskState};
use crate::testing::fixtures::{NOW, queue, task, task_id};
use crate::testing::{Faulty, Lost, block_on};
use crate::time::{MINUTE, Timestamp};
use crate::worker::{Carried, Relay};

struct Site {
    from: MemoryStore,
    to: MemoryStore,
}

impl Site {
    fn with(tasks: &[Task]) -> Self {
        let from = MemoryStore::new();
        block_on(from.enqueue(tasks)).unwrap();
        Self { from, to: MemoryStore::new() }
    }

    fn relay(&self) -> Relay {
        Relay::new(Arc::new(self.from.clone()), Arc::new(self.to.clone()), "node-1".parse().unwrap())
    }

    fn arrived(&self) -> Vec<Task> {
        all(&self.to).into_iter().map(|record| record.task).collect()
    }
}

fn all(store: &MemoryStore) -> Vec<TaskRecord> {
    let mut all = block_on(store.tasks(&TaskFilter::default(), TaskPage { below: None, limit: 1_000 })).unwrap();
    all.reverse();
    all
}

fn tasks(numbers: impl IntoIterator<Item = u32>) -> Vec<Task> {
    numbers.into_iter().map(|number| Task { run_at: NOW, max_attempts: 1, ..task(number) }).collect()
}

#[test]
fn what_is_due_is_carried_over_as_it_was_asked_and_leaves_no_trace() {
    let later = Task { run_at: NOW + MINUTE, ..task(9) };
    let elsewhere = Task { queue: "elsewhere".parse().unwrap(), ..task(0) };
    let site = Site::with(&[later.clone(), elsewhere.clone()]);
    block_on(site.from.enqueue(&tasks(1..=5))).unwrap();
    assert_eq!(block_on(site.relay().turn(NOW, 4)).unwrap().arrived, 4);
    assert_eq!(block_on(site.relay().turn(NOW, 4)).unwrap().arrived, 2);
    assert_eq!(block_on(site.relay().turn(NOW, 4)).unwrap().arrived, 0);
    assert_eq!(site.arrived(), [vec![elsewhere], tasks(1..=5)].concat());
    assert_eq!(all(&site.from), [TaskRecord::pending(later)]);
}

#[test]
fn a_relay_that_dies_at_any_call_loses_nothing_and_carries_nothing_twice() {
    for lost in [Lost::Request, Lost::Reply] {
        for call in 1.. {
            let site = Site::with(&tasks(1..=3));
            let (from, to) = (Faulty::new(site.from.clone()), Faulty::new(site.to.clone()));
            // A relay calls `queues` and `exchange` here, `enqueue` there, and `exchange` here again.
            match call {
                3 => to.fail_call(1, lost),
                4 => from.fail_call(3, lost),
                _ => from.fail_call(call, lost),
            }
            let dying = Relay::new(Arc::new(from.clone()), Arc::new(to.clone()), "node-1".parse().unwrap());
            let has_died = block_on(dying.turn(NOW, 9)).is_err();
            let mut now = NOW;
            for _ in 0..3 {
                now = now + LEASE;
                block_on(site.relay().turn(now, 9)).unwrap();
            }
            assert_eq!(site.arrived(), tasks(1..=3), "{lost:?} of call {call}");
            assert_eq!(all(&site.from), [], "{lost:?} of call {call}");
            if !has_died {
                assert!(call > 4);
                break;
            }
        }
    }
}

#[test]
fn relays_that_vanish_with_a_task_in_hand_use_up_none_of_its_attempts() {
    let site = Site::with(&tasks([1]));
    let mut now = NOW;
    for _ in 0..3 {
        // One of them claims, and dies.
        let claim =
            TaskClaim { worker: "relay:node-2".parse().unwrap(), queues: vec![queue()], limit: 1, until: now + LEASE };
        block_on(site.from.exchange(Exchange { now, settle: Vec::new(), claim: Some(claim) })).unwrap();
        now = now + LEASE;
    }
    assert_eq!(all(&site.from)[0].state, TaskState::Failure);
    while block_on(site.relay().turn(now, 9)).unwrap().left() == 0 {
        now = now + LEASE;
        assert!(now < NOW + MINUTE * 10, "it is never carried over");
    }
    assert_eq!(site.arrived(), tasks([1]));
    assert_eq!(all(&site.from), []);
}

#[test]
fn what_failed_in_the_hands_of_a_worker_is_not_revived() {
    let site = Site::with(&tasks([1]));
    let claim =
        TaskClaim { worker: "node-1:4711".parse().unwrap(), queues: vec![queue()], limit: 1, until: NOW + LEASE };
    let claimed = block_on(site.from.exchange(Exchange { now: NOW, settle: Vec::new(), claim: Some(claim) })).unwrap();
    let outcome = TaskOutcome::Failure { error: "no".to_owned() };
    let settle = vec![TaskSettlement { ticket: claimed.claimed[0].ticket, outcome }];
    let settled = block_on(site.from.exchange(Exchange { now: NOW, settle, claim: None })).unwrap().settled;
    assert_eq!(settled, [Settled::Recorded]);
    assert_eq!(block_on(site.relay().turn(NOW + MINUTE, 9)).unwrap().left(), 0);
    assert_eq!((all(&site.from)[0].state, site.arrived()), (TaskState::Failure, Vec::new()));
}

#[test]
fn what_can_not_be_carried_over_is_kept_without_counting() {
    let site = Site::with(&tasks(1..=2));
    let to = Faulty::new(site.to.clone());
    let relay = Relay::new(Arc::new(site.from.clone()), Arc::new(to.clone()), "node-1".parse().unwrap());
    let mut now = NOW;
    for _ in 0..5 {
        to.fail_next(Lost::Request);
        block_on(relay.turn(now, 9)).unwrap_err();
        for record in all(&site.from) {
            assert_eq!((record.state, record.attempts), (TaskState::Pending, 0));
            assert_eq!(
                record.note.as_deref(),
                Some("not carried over: the store can't be used now: the request was lost, as scripted")
            );
        }
        assert_eq!(block_on(relay.turn(now, 9)).unwrap().left(), 0, "not at once again");
        now = now + Duration::from_secs(5);
    }
    assert_eq!(block_on(relay.turn(now, 9)).unwrap().arrived, 2);
}

#[test]
fn one_that_is_refused_does_not_hold_up_the_others() {
    #[derive(Debug)]
    struct Picky(MemoryStore);

    #[async_trait]
    impl TaskQueue for Picky {
        async fn enqueue(&self, tasks: &[Task]) -> Result<Vec<Enqueued>, StoreError> {
            if tasks.iter().any(|task| task.id == task_id(2)) {
                return Err(StoreError::invalid("not this one"));
            }
            self.0.enqueue(tasks).await
        }

        async fn exchange(&self, exchange: Exchange) -> Result<Exchanged, StoreError> {
            self.0.exchange(exchange).await
        }

        async fn renew(&self, renewals: &[Renewal], until: Timestamp) -> Result<Vec<Hold>, StoreError> {
            self.0.renew(renewals, until).await
        }

        async fn beat(&self, worker: &WorkerStatus) -> Result<(), StoreError> {
            self.0.beat(worker).await
        }
    }

    let site = Site::with(&tasks(1..=3));
    let relay = Relay::new(Arc::new(site.from.clone()), Arc::new(Picky(site.to.clone())), "node-1".parse().unwrap());
    block_on(relay.turn(NOW, 9)).unwrap_err();
    assert_eq!(site.arrived(), tasks([1, 3]));
    let left = all(&site.from);
    assert_eq!((left.len(), left[0].task.id, left[0].state), (1, task_id(2), TaskState::Pending));
}

#[test]
fn one_whose_unique_key_is_taken_is_dropped_and_counted_apart() {
    let keyed = |number| Task { unique_key: Some("rates".to_owned()), run_at: NOW, ..task(number) };
    let site = Site::with(&[vec![keyed(2)], tasks([3])].concat());
    block_on(site.to.enqueue(&[keyed(1)])).unwrap();
    assert_eq!(block_on(site.relay().turn(NOW, 9)).unwrap(), Carried { arrived: 1, duplicates: 1 });
    assert_eq!(site.arrived(), [vec![keyed(1)], tasks([3])].concat());
    assert_eq!(all(&site.from), []);
    // One that was carried before by a relay that died is no duplicate of itself.
    block_on(site.from.enqueue(&[keyed(1)])).unwrap();
    assert_eq!(block_on(site.relay().turn(NOW, 9)).unwrap(), Carried { arrived: 1, duplicates: 0 });
}

#[test]
fn two_relays_at_once_carry_each_task_once() {
    let site = Site::with(&tasks(1..=50));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| while block_on(site.relay().turn(NOW, 3)).unwrap().left() > 0 {});
        }
    });
    assert_eq!(site.arrived(), tasks(1..=50));
    assert_eq!(all(&site.from), []);
}
