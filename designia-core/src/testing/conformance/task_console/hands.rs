//! Trying again by hand.

use crate::id::TaskId;
use crate::ports::Enqueued;
use crate::task::{LEASE, Retrial, Task, TaskOutcome, TaskState};
use crate::testing::conformance::TaskStores;
use crate::testing::conformance::steps::{MICROSECOND, minutes};
use crate::testing::conformance::task_stores::{failure, retry_at, success};
use crate::testing::fixtures::{task, task_id};

/// What went wrong before is still to be seen.
pub async fn what_failed_or_was_called_off_waits_again_with_all_its_attempts(stores: &TaskStores) {
    for (number, outcome) in [(1, failure()), (2, TaskOutcome::Revoked)] {
        let claimed = stores.claimed(Task { max_attempts: 2, ..task(number) }, minutes(0)).await;
        stores.console.revoke(task_id(number), minutes(0)).await.expect("the console answers");
        stores.ended(claimed.ticket, outcome, minutes(0)).await;
        let failures = stores.record(task_id(number)).await.failures;
        assert_eq!(retry(stores, number).await, Some(Retrial::Waiting));
        let record = stores.record(task_id(number)).await;
        assert_eq!((record.state, record.attempts, record.ended_at), (TaskState::Pending, 0, None));
        assert_eq!((record.due_at, record.revoke_asked, record.failures), (minutes(5), false, failures));
        assert_eq!(record.note.as_deref(), Some("tried again by hand"));
        assert_eq!(stores.claim(9, minutes(5) - MICROSECOND).await, []);
        for attempt in 1..=2 {
            let again = stores.claim_one(minutes(5)).await;
            assert_eq!(
                (again.attempt, again.ticket.token),
                (attempt, u32::from(attempt) + 1),
                "tokens never fall back"
            );
            stores.ended(again.ticket, retry_at(minutes(5)), minutes(5)).await;
        }
        assert_eq!(stores.record(task_id(number)).await.state, TaskState::Failure);
    }
}

/// Whoever asks for it now doesn't mind.
pub async fn what_is_tried_again_by_hand_may_be_late(stores: &TaskStores) {
    stores.put([Task { start_by: Some(minutes(0)), ..task(1) }]).await;
    assert_eq!(stores.claim(9, minutes(1)).await, []);
    assert_eq!(retry(stores, 1).await, Some(Retrial::Waiting));
    assert_eq!(stores.record(task_id(1)).await.task.start_by, None);
    assert_eq!(stores.claim_one(minutes(5)).await.task, task(1));
}

/// The key was free, and others may have taken it.
pub async fn a_retry_by_hand_takes_the_key_or_is_told_who_has_it(stores: &TaskStores) {
    let keyed = |number| Task { unique_key: Some("order:7".to_owned()), ..task(number) };
    stores.put([keyed(1)]).await;
    revoke(stores, task_id(1)).await;
    stores.put([keyed(2)]).await;
    let before = stores.record(task_id(1)).await;
    assert_eq!(retry(stores, 1).await, Some(Retrial::Duplicate(task_id(2))));
    assert_eq!(stores.record(task_id(1)).await, before);
    revoke(stores, task_id(2)).await;
    assert_eq!(retry(stores, 1).await, Some(Retrial::Waiting));
    assert_eq!(retry(stores, 2).await, Some(Retrial::Duplicate(task_id(1))));
    assert_eq!(stores.enqueue(&[keyed(3)]).await, [Enqueued::Duplicate(task_id(1))]);
    let claimed = stores.claim_one(minutes(5)).await;
    stores.ended(claimed.ticket, success(), minutes(5)).await;
    stores.put([keyed(3)]).await;
}

/// It waits, it runs, or it has succeeded.
pub async fn what_has_not_failed_is_not_tried_again(stores: &TaskStores) {
    stores.put([task(1)]).await;
    assert_eq!(retry(stores, 1).await, Some(Retrial::NotEnded(TaskState::Pending)));
    let claimed = stores.claim_one(minutes(0)).await;
    assert_eq!(retry(stores, 1).await, Some(Retrial::NotEnded(TaskState::Started)));
    stores.ended(claimed.ticket, retry_at(minutes(1)), minutes(0)).await;
    assert_eq!(retry(stores, 1).await, Some(Retrial::NotEnded(TaskState::Retry)));
    assert_eq!(stores.record(task_id(1)).await.due_at, minutes(1), "nothing has changed");
    let claimed = stores.claim_one(minutes(1)).await;
    stores.ended(claimed.ticket, success(), minutes(1)).await;
    assert_eq!(retry(stores, 1).await, Some(Retrial::NotEnded(TaskState::Success)));
    assert_eq!(stores.claim(9, minutes(9) + LEASE).await, []);
}

/// Nor what was forgotten.
pub async fn nobody_retries_what_nobody_has_heard_of(stores: &TaskStores) {
    assert_eq!(retry(stores, 1).await, None);
    assert_eq!(stores.find(task_id(1)).await, None);
    stores.put([task(1)]).await;
    revoke(stores, task_id(1)).await;
    stores.console.cleanup(minutes(5), 9).await.expect("the console answers");
    assert_eq!(retry(stores, 1).await, None);
}

async fn retry(stores: &TaskStores, number: u32) -> Option<Retrial> {
    stores.console.retry(task_id(number), minutes(5)).await.expect("the console answers")
}

async fn revoke(stores: &TaskStores, id: TaskId) {
    stores.console.revoke(id, minutes(0)).await.expect("the console answers").expect("the task is there");
}
