//! Of the tasks with one unique key, one at a time is waiting or running.

use std::sync::Arc;

use crate::ports::{Enqueued, Exchange};
use crate::task::{LEASE, Settled, Task, TaskOutcome, TaskState};
use crate::testing::conformance::TaskStores;
use crate::testing::conformance::steps::{MICROSECOND, minutes};
use crate::testing::conformance::task_stores::{failure, handed_back, retry_at, success, wanted, wanted_from};
use crate::testing::fixtures::{task, task_id};

/// And whoever is turned down is told by whom.
pub async fn a_key_is_taken_while_its_task_waits_runs_or_is_to_be_retried(stores: &TaskStores) {
    let turned_down = [Enqueued::Duplicate(task_id(1))];
    stores.put([keyed(1)]).await;
    assert_eq!(stores.enqueue(&[keyed(2)]).await, turned_down, "while it waits");
    let claimed = stores.claim_one(minutes(0)).await;
    assert_eq!(stores.enqueue(&[keyed(2)]).await, turned_down, "while it runs");
    stores.ended(claimed.ticket, retry_at(minutes(1)), minutes(0)).await;
    assert_eq!(stores.enqueue(&[keyed(2)]).await, turned_down, "while it waits for a retry");
    let claimed = stores.claim_one(minutes(1)).await;
    stores.ended(claimed.ticket, handed_back(minutes(2)), minutes(1)).await;
    assert_eq!(stores.enqueue(&[keyed(2)]).await, turned_down, "when it was handed back");
    assert_eq!(stores.enqueue(&[keyed(1)]).await, [Enqueued::Known], "its own id is known");
    assert_eq!(stores.find(task_id(2)).await, None, "what was dropped leaves no trace");
    let claimed = stores.claim_one(minutes(2)).await;
    assert_eq!(claimed.task, keyed(1));
}

/// At once.
pub async fn a_key_is_free_however_its_task_ended(stores: &TaskStores) {
    let last = Task { max_attempts: 1, ..keyed(0) };
    let ends = [
        (keyed(0), success()),
        (keyed(0), failure()),
        (last, retry_at(minutes(9))),
        (keyed(0), TaskOutcome::Revoked),
        (keyed(0), TaskOutcome::Moved),
    ];
    for (number, (like, outcome)) in (1..).zip(ends) {
        let holder = Task { id: task_id(number), ..like };
        let claimed = stores.claimed(holder, minutes(0)).await;
        let is_gone = outcome == TaskOutcome::Moved;
        let settled = stores.settle(claimed.ticket, outcome, minutes(0)).await;
        assert_eq!(settled, if is_gone { Settled::Gone } else { Settled::Recorded });
    }
    stores.put([keyed(20)]).await;
    stores.console.revoke(task_id(20), minutes(0)).await.expect("the console answers");
    stores.put([keyed(21)]).await;
    assert_eq!(stores.enqueue(&[keyed(20)]).await, [Enqueued::Known], "one that ended takes nothing back");
    assert_eq!(stores.enqueue(&[keyed(22)]).await, [Enqueued::Duplicate(task_id(21))]);
}

/// Its worker vanished once too often.
pub async fn a_key_is_free_when_its_task_was_poison(stores: &TaskStores) {
    stores.claimed(Task { max_attempts: 1, ..keyed(1) }, minutes(0)).await;
    assert_eq!(stores.enqueue(&[keyed(2)]).await, [Enqueued::Duplicate(task_id(1))]);
    assert_eq!(stores.claim(9, minutes(0) + LEASE).await, []);
    assert_eq!(stores.record(task_id(1)).await.state, TaskState::Failure);
    stores.put([keyed(2)]).await;
}

/// It was called off instead of being handed out.
pub async fn a_key_is_free_when_its_task_came_too_late(stores: &TaskStores) {
    stores.put([Task { start_by: Some(minutes(0)), ..keyed(1) }]).await;
    assert_eq!(stores.claim(9, minutes(0) + MICROSECOND).await, []);
    stores.put([keyed(2)]).await;
    assert_eq!(stores.record(task_id(1)).await.state, TaskState::Revoked);
}

/// A key is a name for all queues, and every letter of it counts.
pub async fn a_key_is_taken_across_queues_and_told_apart_exactly(stores: &TaskStores) {
    stores.put([keyed(1)]).await;
    let elsewhere = Task { queue: "elsewhere".parse().expect("a name"), ..keyed(2) };
    assert_eq!(stores.enqueue(std::slice::from_ref(&elsewhere)).await, [Enqueued::Duplicate(task_id(1))]);
    let others = ["Order:7", "order:7 ", " order:7", "order:07", "ordér:7", "order:7%", "order_7"];
    let others = (10..).zip(others).map(|(number, key)| Task { unique_key: Some(key.to_owned()), ..task(number) });
    stores.put(others).await;
    stores.console.revoke(task_id(1), minutes(0)).await.expect("the console answers");
    stores.put([elsewhere.clone()]).await;
    assert_eq!(stores.enqueue(&[keyed(3)]).await, [Enqueued::Duplicate(task_id(2))]);
    let claim = Some(wanted_from(std::slice::from_ref(&elsewhere.queue), 9, minutes(0)));
    let claimed = stores.exchange(Exchange { now: minutes(0), settle: Vec::new(), claim }).await.claimed;
    assert_eq!(claimed[0].task, elsewhere);
}

/// A call is looked at from front to back.
pub async fn of_two_with_one_key_in_one_call_the_first_is_new(stores: &TaskStores) {
    let answers = stores.enqueue(&[keyed(2), keyed(1), task(3), keyed(4), keyed(2)]).await;
    let duplicate = Enqueued::Duplicate(task_id(2));
    assert_eq!(answers, [Enqueued::New, duplicate, Enqueued::New, duplicate, Enqueued::Known]);
    assert_eq!(stores.claim(9, minutes(0)).await.len(), 2);
}

/// However they are interleaved.
pub async fn of_sixteen_with_one_key_at_once_one_is_new(stores: &TaskStores) {
    let answers = stores
        .at_once(16, |number| {
            let queue = Arc::clone(&stores.queue);
            async move { (number, queue.enqueue(&[keyed(number)]).await.expect("the queue answers").swap_remove(0)) }
        })
        .await;
    let exchange = Exchange { now: minutes(0), settle: Vec::new(), claim: Some(wanted(99, minutes(0))) };
    let claimed = stores.exchange(exchange).await.claimed;
    assert_eq!(claimed.len(), 1);
    for (number, answer) in answers {
        let is_winner = task_id(number) == claimed[0].task.id;
        assert_eq!(answer, if is_winner { Enqueued::New } else { Enqueued::Duplicate(claimed[0].task.id) });
    }
}

fn keyed(number: u32) -> Task {
    Task { unique_key: Some("order:7".to_owned()), ..task(number) }
}
