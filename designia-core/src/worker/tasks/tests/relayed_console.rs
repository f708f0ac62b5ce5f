//! The console of tasks that a relay carries elsewhere: each task is found wherever it is.

use std::sync::Arc;

use crate::memory::MemoryStore;
use crate::ports::{Exchange, StoreErrorKind, TaskClaim, TaskConsole, TaskFilter, TaskPage, TaskQueue, Tasks};
use crate::task::{Hold, LEASE, Renewal, Retrial, Revocation, Task, TaskRecord, TaskState, Ticket};
use crate::testing::fixtures::{NOW, queue, task, task_id};
use crate::testing::{Faulty, Lost, block_on};
use crate::time::{MINUTE, Timestamp};
use crate::worker::Relay;

struct Site {
    outbox: MemoryStore,
    elsewhere: Faulty<MemoryStore>,
    tasks: Tasks,
}

impl Site {
    /// The task of a commit, an hour from now.
    fn with_a_task_for_later() -> Self {
        Self::with(&[Task { run_at: NOW + MINUTE * 60, ..task(1) }])
    }

    fn with(outbox: &[Task]) -> Self {
        let (from, to) = (MemoryStore::new(), Faulty::new(MemoryStore::new()));
        block_on(from.enqueue(outbox)).unwrap();
        let tasks = Tasks::relayed(Arc::new(from.clone()), Arc::new(to.clone()));
        Self { outbox: from, elsewhere: to, tasks }
    }

    fn task(&self, number: u32) -> Option<TaskRecord> {
        block_on(self.tasks.console.task(task_id(number))).unwrap()
    }

    fn relay(&self, now: Timestamp) {
        let relay = Relay::new(Arc::new(self.outbox.clone()), self.tasks.queue.clone(), "node-1".parse().unwrap());
        block_on(relay.turn(now, 9)).unwrap();
    }

    fn revoke(&self, number: u32) -> Option<Revocation> {
        block_on(self.tasks.console.revoke(task_id(number), NOW)).unwrap()
    }

    fn claim_in(&self, store: &dyn TaskQueue, worker: &str) -> Vec<Ticket> {
        let claim = TaskClaim { worker: worker.parse().unwrap(), queues: vec![queue()], limit: 9, until: NOW + LEASE };
        let claimed = block_on(store.exchange(Exchange { now: NOW, settle: Vec::new(), claim: Some(claim) })).unwrap();
        claimed.claimed.into_iter().map(|it| it.ticket).collect()
    }

    fn page(&self, below: Option<u32>, limit: u32) -> Vec<u32> {
        let page = TaskPage { below: below.map(task_id), limit };
        let rows = block_on(self.tasks.console.tasks(&TaskFilter::default(), page)).unwrap();
        rows.iter().map(|row| (0..99).find(|number| task_id(*number) == row.task.id).unwrap()).collect()
    }
}

fn now(number: u32) -> Task {
    Task { run_at: NOW, ..task(number) }
}

#[test]
fn a_task_that_is_still_to_be_carried_over_is_found_and_called_off() {
    let site = Site::with_a_task_for_later();
    site.relay(NOW);
    assert_eq!(site.task(1).unwrap().state, TaskState::Pending);
    assert_eq!(site.task(2), None);
    assert_eq!(site.revoke(2), None);
    assert_eq!(site.revoke(1), Some(Revocation::Revoked));
    assert_eq!(site.task(1).unwrap().state, TaskState::Revoked);
    site.relay(NOW + MINUTE * 61);
    assert_eq!(block_on(site.elsewhere.task(task_id(1))).unwrap(), None, "it is never carried over");
}

#[test]
fn what_was_called_off_before_it_was_carried_over_may_be_tried_again() {
    let site = Site::with(&[now(1)]);
    site.revoke(1);
    assert_eq!(block_on(site.tasks.console.retry(task_id(1), NOW)).unwrap(), Some(Retrial::Waiting));
    site.relay(NOW);
    assert_eq!(block_on(site.elsewhere.task(task_id(1))).unwrap().unwrap().state, TaskState::Pending);
    assert_eq!(block_on(site.outbox.task(task_id(1))).unwrap(), None);
    assert_eq!(
        block_on(site.tasks.console.retry(task_id(1), NOW)).unwrap(),
        Some(Retrial::NotEnded(TaskState::Pending))
    );
    assert_eq!(block_on(site.tasks.console.retry(task_id(2), NOW)).unwrap(), None);
}

#[test]
fn a_task_that_a_relay_has_in_hand_is_called_off_where_it_is_carried_to() {
    let site = Site::with(&[now(1)]);
    let tickets = site.claim_in(&site.outbox, "relay:node-2");
    assert_eq!(site.revoke(1), Some(Revocation::Revoked));
    assert_eq!(site.task(1).unwrap().state, TaskState::Revoked);
    // The relay goes on as if nothing had happened.
    block_on(site.elsewhere.enqueue(&[now(1)])).unwrap();
    assert!(site.claim_in(&site.elsewhere, "node-1:1").is_empty(), "nobody runs it");
    let renewals: Vec<Renewal> = tickets.into_iter().map(|ticket| Renewal { ticket, progress: None }).collect();
    assert_eq!(block_on(site.outbox.renew(&renewals, NOW + LEASE)).unwrap(), [Hold::RevokeAsked]);
}

#[test]
fn one_that_arrived_without_its_relay_hearing_of_it_is_shown_and_called_off_where_it_runs() {
    let site = Site::with(&[now(1)]);
    site.claim_in(&site.outbox, "relay:node-2");
    block_on(site.elsewhere.enqueue(&[now(1)])).unwrap();
    site.claim_in(&site.elsewhere, "node-1:1");
    assert_eq!(site.task(1).unwrap().worker.unwrap().as_str(), "node-1:1");
    assert_eq!(site.page(None, 9), [1], "it is listed once");
    assert_eq!(site.revoke(1), Some(Revocation::Asked));
}

#[test]
fn in_an_outage_what_waits_in_the_database_is_still_found() {
    let site = Site::with_a_task_for_later();
    site.elsewhere.fail_next(Lost::Request);
    assert_eq!(site.task(1).unwrap().state, TaskState::Pending);
    site.elsewhere.fail_next(Lost::Request);
    let unknown = block_on(site.tasks.console.task(task_id(2))).unwrap_err();
    assert_eq!(unknown.kind, StoreErrorKind::Unavailable, "nobody knows whether there is one");
}

#[test]
fn in_an_outage_a_task_is_said_to_be_called_off_only_if_no_relay_has_ever_had_it() {
    let site = Site::with(&[now(1), Task { run_at: NOW + MINUTE, ..task(2) }]);
    site.claim_in(&site.outbox, "relay:node-2");
    let tries = |number| {
        site.elsewhere.fail_next(Lost::Request);
        block_on(site.tasks.console.revoke(task_id(number), NOW))
    };
    assert_eq!(tries(2).unwrap(), Some(Revocation::Revoked));
    assert_eq!(tries(1).unwrap_err().kind, StoreErrorKind::Unavailable);
}

#[test]
fn a_page_holds_the_tasks_of_both_places_in_order() {
    let site = Site::with(&[now(1), now(3), now(4), now(6)]);
    block_on(site.elsewhere.enqueue(&[now(2), now(5), now(7)])).unwrap();
    assert_eq!(site.page(None, 4), [7, 6, 5, 4]);
    assert_eq!(site.page(Some(4), 4), [3, 2, 1]);
}

#[test]
fn a_queue_is_shown_purged_and_tidied_up_in_both_places() {
    let site = Site::with(&[now(1), now(2)]);
    block_on(site.elsewhere.enqueue(&[Task { run_at: NOW + MINUTE, ..task(3) }])).unwrap();
    let console = &site.tasks.console;
    let status = block_on(console.queues(NOW)).unwrap();
    assert_eq!((status.len(), &status[0].tasks), (1, &vec![(TaskState::Pending, 3)]));
    assert_eq!(status[0].oldest_due, Some(NOW));
    assert_eq!(block_on(console.purge(&queue(), NOW, 2)).unwrap(), 2);
    assert_eq!(block_on(console.purge(&queue(), NOW, 2)).unwrap(), 1);
    let status = block_on(console.queues(NOW)).unwrap();
    assert_eq!((&status[0].tasks, status[0].oldest_due), (&vec![(TaskState::Revoked, 3)], None));
    assert_eq!(block_on(console.cleanup(NOW + MINUTE, 2)).unwrap(), 2);
    assert_eq!(block_on(console.cleanup(NOW + MINUTE, 2)).unwrap(), 1);
    assert_eq!(site.page(None, 9), [0; 0]);
}

#[test]
fn a_queue_that_was_held_before_its_tasks_went_elsewhere_is_let_go_with_them() {
    let site = Site::with(&[now(1)]);
    block_on(site.outbox.set_paused(&queue(), true)).unwrap();
    let console = &site.tasks.console;
    assert!(block_on(console.queues(NOW)).unwrap()[0].paused);
    site.relay(NOW);
    assert_eq!(block_on(site.elsewhere.task(task_id(1))).unwrap(), None);
    block_on(console.set_paused(&queue(), false)).unwrap();
    site.relay(NOW);
    assert!(block_on(site.elsewhere.task(task_id(1))).unwrap().is_some());
    block_on(console.set_paused(&queue(), true)).unwrap();
    assert!(block_on(console.queues(NOW)).unwrap()[0].paused);
    assert!(site.claim_in(&site.elsewhere, "node-1:1").is_empty());
}
