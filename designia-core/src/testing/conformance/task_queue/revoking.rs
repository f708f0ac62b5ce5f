//! Tasks that were called off: before they ran, and while they did.

use crate::id::TaskId;
use crate::task::{Hold, LEASE, Revocation, Settled, TaskOutcome, TaskState};
use crate::testing::conformance::TaskStores;
use crate::testing::conformance::steps::minutes;
use crate::testing::conformance::task_stores::{failure, handed_back, retry_at, success};
use crate::testing::fixtures::{task, task_id};

/// Whether it waits for the first time or for a retry.
pub async fn a_waiting_task_that_is_called_off_never_runs(stores: &TaskStores) {
    let claimed = stores.claimed(task(2), minutes(0)).await;
    stores.ended(claimed.ticket, retry_at(minutes(1)), minutes(0)).await;
    stores.put([task(1)]).await;
    for number in [1, 2] {
        assert_eq!(revoke(stores, task_id(number)).await, Revocation::Revoked);
        let record = stores.record(task_id(number)).await;
        assert_eq!((record.state, record.ended_at), (TaskState::Revoked, Some(minutes(0))));
        assert_eq!(record.note.as_deref(), Some("called off before it ran"));
    }
    assert_eq!(stores.claim(9, minutes(99)).await, []);
}

/// With every renewal, until it stops.
pub async fn a_running_task_is_told_that_it_was_called_off(stores: &TaskStores) {
    let claimed = stores.claimed(task(1), minutes(0)).await;
    assert_eq!(stores.renew(claimed.ticket, minutes(1)).await, Hold::Held);
    for _ in 0..2 {
        assert_eq!(revoke(stores, task_id(1)).await, Revocation::Asked);
        assert_eq!(stores.renew(claimed.ticket, minutes(2)).await, Hold::RevokeAsked);
    }
    let record = stores.record(task_id(1)).await;
    assert_eq!((record.state, record.revoke_asked), (TaskState::Started, true));
    stores.ended(claimed.ticket, TaskOutcome::Revoked, minutes(1)).await;
    let record = stores.record(task_id(1)).await;
    assert_eq!((record.state, record.ended_at), (TaskState::Revoked, Some(minutes(1))));
    assert_eq!(stores.claim(9, minutes(99)).await, []);
}

/// Whether its attempt failed or was handed back.
pub async fn a_task_called_off_while_it_ran_is_not_tried_again(stores: &TaskStores) {
    for (number, outcome) in [(1, retry_at(minutes(1))), (2, handed_back(minutes(1)))] {
        let claimed = stores.claimed(task(number), minutes(0)).await;
        revoke(stores, task_id(number)).await;
        stores.ended(claimed.ticket, outcome, minutes(0)).await;
        let record = stores.record(task_id(number)).await;
        assert_eq!((record.state, record.ended_at), (TaskState::Revoked, Some(minutes(0))));
        assert_eq!(record.note.as_deref(), Some("called off while it ran"));
    }
    assert_eq!(stores.claim(9, minutes(99)).await, []);
}

/// It was too late to call it off: what happened has happened.
pub async fn a_task_that_succeeded_all_the_same_has_succeeded(stores: &TaskStores) {
    for (number, outcome, state) in [(1, success(), TaskState::Success), (2, failure(), TaskState::Failure)] {
        let claimed = stores.claimed(task(number), minutes(0)).await;
        revoke(stores, task_id(number)).await;
        assert_eq!(stores.settle(claimed.ticket, outcome, minutes(0)).await, Settled::Recorded);
        assert_eq!(stores.record(task_id(number)).await.state, state);
    }
}

/// Nobody else begins with it.
pub async fn a_task_called_off_whose_worker_vanished_is_called_off(stores: &TaskStores) {
    stores.claimed(task(1), minutes(0)).await;
    revoke(stores, task_id(1)).await;
    let over = minutes(0) + LEASE;
    assert_eq!(stores.claim(9, over).await, []);
    let record = stores.record(task_id(1)).await;
    assert_eq!((record.state, record.ended_at, record.attempts), (TaskState::Revoked, Some(over), 1));
    assert_eq!(record.last_error(), Some("the worker vanished: its lease ran out"));
}

/// It is said how it ended, and stays so.
pub async fn what_ended_is_not_called_off(stores: &TaskStores) {
    let ends = [(1, success(), TaskState::Success), (2, failure(), TaskState::Failure)];
    for (number, outcome, state) in ends {
        let claimed = stores.claimed(task(number), minutes(0)).await;
        stores.ended(claimed.ticket, outcome, minutes(0)).await;
        let before = stores.record(task_id(number)).await;
        assert_eq!(revoke(stores, task_id(number)).await, Revocation::Ended(state));
        assert_eq!(stores.record(task_id(number)).await, before);
    }
    stores.put([task(3)]).await;
    assert_eq!(revoke(stores, task_id(3)).await, Revocation::Revoked);
    assert_eq!(revoke(stores, task_id(3)).await, Revocation::Ended(TaskState::Revoked));
    assert_eq!(stores.console.revoke(task_id(4), minutes(0)).await.expect("the console answers"), None);
}

async fn revoke(stores: &TaskStores, id: TaskId) -> Revocation {
    stores.console.revoke(id, minutes(0)).await.expect("the console answers").expect("the task is there")
}
