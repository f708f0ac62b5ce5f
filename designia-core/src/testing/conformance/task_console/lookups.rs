//! One task.

use crate::id::TaskId;
use crate::task::{Renewal, TaskProgress, TaskState};
use crate::testing::conformance::TaskStores;
use crate::testing::conformance::steps::minutes;
use crate::testing::conformance::task_stores::{failure, retry_at, success};
use crate::testing::fixtures::{order_id, task, task_id};

/// And never `PENDING`.
pub async fn an_id_that_nobody_has_heard_of_is_none(stores: &TaskStores) {
    assert_eq!(stores.find(task_id(1)).await, None);
    stores.put([task(1)]).await;
    assert_eq!(stores.find(task_id(2)).await, None);
    assert_eq!(stores.find(TaskId::from_uuid(order_id(1).as_uuid())).await, None);
}

/// Waiting, running, and ended.
pub async fn a_task_is_found_in_every_state(stores: &TaskStores) {
    stores.put((1..=7).map(task)).await;
    let claimed = stores.claim(6, minutes(0)).await;
    let progress = Some(TaskProgress { done: 1, total: None, note: None });
    let renewal = Renewal { ticket: claimed[1].ticket, progress };
    stores.queue.renew(&[renewal], minutes(5)).await.expect("the queue answers");
    stores.ended(claimed[2].ticket, retry_at(minutes(5)), minutes(0)).await;
    stores.ended(claimed[3].ticket, success(), minutes(0)).await;
    stores.ended(claimed[4].ticket, failure(), minutes(0)).await;
    stores.console.revoke(task_id(6), minutes(0)).await.expect("the console answers");
    stores.ended(claimed[5].ticket, retry_at(minutes(5)), minutes(0)).await;
    let states = [
        TaskState::Started,
        TaskState::Progress,
        TaskState::Retry,
        TaskState::Success,
        TaskState::Failure,
        TaskState::Revoked,
        TaskState::Pending,
    ];
    for (number, state) in (1..).zip(states) {
        let record = stores.record(task_id(number)).await;
        assert_eq!((record.state, record.task), (state, task(number)));
    }
}
