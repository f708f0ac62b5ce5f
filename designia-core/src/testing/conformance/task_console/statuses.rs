//! Queues and workers at a glance.

use std::time::Duration;

use crate::ports::{WorkerPhase, WorkerStatus};
use crate::task::{LEASE, Priority, QueueName, Task, TaskOutcome, TaskState};
use crate::testing::conformance::TaskStores;
use crate::testing::conformance::steps::{MICROSECOND, minutes};
use crate::testing::conformance::task_stores::{failure, handed_back, retry_at, success, worker};
use crate::testing::fixtures::{NOW, queue, task, task_id};
use crate::time::Timestamp;

/// Each once.
pub async fn queues_that_were_used_are_listed_by_name(stores: &TaskStores) {
    assert_eq!(stores.console.queues(minutes(0)).await.expect("the console answers"), []);
    let names = ["b", "a", "c.d", "a.b"];
    let tasks = (1..).zip(names.iter().chain(&names));
    stores.put(tasks.map(|(number, name)| Task { queue: named(name), ..task(number) })).await;
    let listed = stores.console.queues(minutes(0)).await.expect("the console answers");
    assert_eq!(listed.iter().map(|queue| queue.name.as_str()).collect::<Vec<_>>(), ["a", "a.b", "b", "c.d"]);
    for queue in listed {
        let tasks: Vec<_> = queue.tasks.iter().filter(|(_, count)| *count > 0).collect();
        assert_eq!((queue.paused, tasks), (false, vec![&(TaskState::Pending, 2)]));
    }
}

/// By state, after each step.
pub async fn counts_are_exact_after_whatever_happened(stores: &TaskStores) {
    use TaskState::{Failure, Pending, Progress, Retry, Revoked, Started, Success};
    let other = named("other");
    stores.put((1..=12).map(task).chain([Task { queue: other.clone(), ..task(99) }])).await;
    stores.enqueue(&[task(1), task(2)]).await;
    assert_eq!(counts(stores, minutes(0)).await, [(Pending, 12)]);
    let claimed = stores.claim(10, minutes(0)).await;
    assert_eq!(counts(stores, minutes(0)).await, [(Pending, 2), (Started, 10)]);
    let outcomes = [
        success(),
        success(),
        failure(),
        retry_at(minutes(5)),
        handed_back(minutes(5)),
        TaskOutcome::Moved,
        TaskOutcome::Revoked,
    ];
    for (claimed, outcome) in claimed.iter().zip(outcomes) {
        stores.settle(claimed.ticket, outcome.clone(), minutes(0)).await;
        stores.settle(claimed.ticket, outcome, minutes(0)).await;
    }
    let expected = [(Pending, 3), (Started, 3), (Retry, 1), (Success, 2), (Failure, 1), (Revoked, 1)];
    assert_eq!(counts(stores, minutes(0)).await, expected);
    let progress = crate::task::TaskProgress { done: 1, total: None, note: None };
    for _ in 0..2 {
        let renewal = crate::task::Renewal { ticket: claimed[7].ticket, progress: Some(progress.clone()) };
        stores.queue.renew(&[renewal], minutes(9)).await.expect("the queue answers");
    }
    for number in [4, 8, 11] {
        stores.console.revoke(task_id(number), minutes(0)).await.expect("the console answers");
    }
    stores.console.retry(task_id(3), minutes(5)).await.expect("the console answers");
    let expected = [(Pending, 3), (Started, 2), (Progress, 1), (Success, 2), (Revoked, 3)];
    assert_eq!(counts(stores, minutes(0)).await, expected);
    assert_eq!(stores.claim(1, minutes(0) + LEASE).await.len(), 1, "one that waits, or whose lease has run out");
    assert_eq!(stores.console.cleanup(minutes(1), 2).await.expect("the console answers"), 2);
    assert_eq!(counts(stores, minutes(0)).await.iter().map(|(_, count)| count).sum::<u64>(), 9);
    stores.console.purge(&queue(), minutes(0), 99).await.expect("the console answers");
    let left = counts(stores, minutes(0)).await;
    assert!(left.iter().all(|(state, _)| ![Pending, Retry].contains(state)), "{left:?}");
    assert_eq!(left.iter().map(|(_, count)| count).sum::<u64>(), 9, "what is called off is still there");
    let elsewhere = stores.status(&other, minutes(0)).await.expect("the queue has been used");
    assert_eq!(elsewhere.tasks, [(Pending, 1)]);
}

/// The first alarm that there is: not what runs, not what is for later, whatever its priority.
pub async fn the_longest_due_task_that_waits_is_named(stores: &TaskStores) {
    let run_at = |seconds| NOW + Duration::from_secs(seconds);
    stores
        .put([
            Task { run_at: run_at(5), priority: Priority::High, ..task(1) },
            Task { run_at: run_at(1), ..task(2) },
            Task { run_at: run_at(3), priority: Priority::Low, ..task(3) },
        ])
        .await;
    assert_eq!(oldest(stores, run_at(1) - MICROSECOND).await, None);
    assert_eq!(oldest(stores, run_at(1)).await, Some(run_at(1)));
    assert_eq!(oldest(stores, minutes(0)).await, Some(run_at(1)));
    let claimed = stores.claim(2, run_at(5)).await;
    assert_eq!(claimed[1].task.id, task_id(2));
    assert_eq!(oldest(stores, run_at(5)).await, Some(run_at(3)), "what runs doesn't wait");
    stores.ended(claimed[1].ticket, retry_at(run_at(2)), run_at(5)).await;
    assert_eq!(oldest(stores, run_at(5)).await, Some(run_at(2)), "a retry waits like any other");
    for number in [2, 3] {
        stores.console.revoke(task_id(number), run_at(5)).await.expect("the console answers");
    }
    assert_eq!(oldest(stores, run_at(5)).await, None);
}

/// Until it isn't any more.
pub async fn a_paused_queue_is_said_to_be(stores: &TaskStores) {
    stores.put([task(1), Task { queue: named("other"), ..task(2) }]).await;
    for paused in [true, true, false] {
        stores.console.set_paused(&queue(), paused).await.expect("the console answers");
        let status = stores.status(&queue(), minutes(0)).await.expect("the queue has been used");
        assert_eq!((status.paused, status.tasks), (paused, vec![(TaskState::Pending, 1)]));
        assert!(!stores.status(&named("other"), minutes(0)).await.expect("the queue has been used").paused);
    }
}

/// By name, and the latest word counts.
pub async fn a_worker_is_shown_as_it_describes_itself(stores: &TaskStores) {
    assert_eq!(heard_of(stores, NOW).await, []);
    let (first, second) = (status(1, minutes(0)), status(2, minutes(0)));
    beat(stores, &second).await;
    beat(stores, &first).await;
    assert_eq!(heard_of(stores, minutes(0)).await, [first.clone(), second.clone()]);
    let draining = WorkerStatus {
        phase: WorkerPhase::Draining,
        running: Vec::new(),
        overdue: Vec::new(),
        claimed_at: None,
        beat_at: minutes(1),
        ..second
    };
    beat(stores, &draining).await;
    assert_eq!(heard_of(stores, minutes(0)).await, [first, draining]);
}

/// From the very moment on.
pub async fn workers_that_were_not_heard_of_since_are_left_out(stores: &TaskStores) {
    beat(stores, &status(1, minutes(0))).await;
    beat(stores, &status(2, minutes(0) + MICROSECOND)).await;
    assert_eq!(heard_of(stores, minutes(0)).await.len(), 2);
    assert_eq!(heard_of(stores, minutes(0) + MICROSECOND).await, [status(2, minutes(0) + MICROSECOND)]);
    assert_eq!(heard_of(stores, minutes(1)).await, []);
}

/// It said so itself.
pub async fn a_worker_that_stopped_is_forgotten(stores: &TaskStores) {
    let stopped = WorkerStatus { phase: WorkerPhase::Stopped, ..status(1, minutes(1)) };
    beat(stores, &stopped).await;
    assert_eq!(heard_of(stores, NOW).await, []);
    beat(stores, &status(1, minutes(0))).await;
    beat(stores, &status(2, minutes(0))).await;
    beat(stores, &stopped).await;
    assert_eq!(heard_of(stores, NOW).await, [status(2, minutes(0))]);
}

async fn counts(stores: &TaskStores, now: Timestamp) -> Vec<(TaskState, u64)> {
    stores.status(&queue(), now).await.expect("the queue has been used").tasks
}

async fn oldest(stores: &TaskStores, now: Timestamp) -> Option<Timestamp> {
    stores.status(&queue(), now).await.expect("the queue has been used").oldest_due
}

async fn beat(stores: &TaskStores, worker: &WorkerStatus) {
    stores.queue.beat(worker).await.expect("the queue answers");
}

async fn heard_of(stores: &TaskStores, since: Timestamp) -> Vec<WorkerStatus> {
    stores.console.workers(since).await.expect("the console answers")
}

fn status(number: u32, beat_at: Timestamp) -> WorkerStatus {
    WorkerStatus {
        name: worker(number),
        host: "Zoë's laptop 🎁".to_owned(),
        pid: u32::MAX,
        version: "0.1.0+«x»".to_owned(),
        queues: vec![queue(), named("other")],
        kinds: vec![task(1).kind],
        slots: 8,
        running: vec![task_id(1), task_id(2)],
        overdue: vec![task_id(number)],
        started_at: NOW,
        beat_at,
        claimed_at: Some(beat_at - MICROSECOND),
        phase: WorkerPhase::Working,
    }
}

fn named(name: &str) -> QueueName {
    name.parse().expect("a name")
}
