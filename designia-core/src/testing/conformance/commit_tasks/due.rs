//! Tasks of the commits that a sweep makes.

use super::CommitTasks;
use super::subject::with;
use crate::order::Order;
use crate::ports::{Commit, CommitError, InboxMark};
use crate::task::TaskRecord;
use crate::testing::conformance::steps::tick;
use crate::testing::fixtures::{NOW, claim, order_id, placement, task, task_id};
use crate::time::DAY;

/// Each order its own.
pub async fn what_is_due_may_ask_for_tasks(subject: &CommitTasks) {
    let late = claim(NOW + DAY * 30);
    for number in [1, 2, 3] {
        subject.place(number).await;
    }
    let sweep = |order: &Order| Some(with(tick(order, late.now), &[task(number_of(order))]));
    let changed = subject.stores.orders.change_due(late, &sweep).await.expect("the store answers");
    assert!(changed.iter().all(|it| matches!(it.outcome, Ok(true))) && changed.len() == 3, "{changed:?}");
    for number in [1, 2, 3] {
        assert_eq!(subject.find(task_id(number)).await, Some(TaskRecord::pending(task(number))));
    }
    assert_eq!(subject.due(late.now).await, [1, 2, 3].map(task_id));
}

/// The others' are there.
pub async fn what_is_due_and_can_not_be_changed_leaves_no_task(subject: &CommitTasks) {
    let late = claim(NOW + DAY * 30);
    subject.stores.shelve().await;
    for number in 1..=4 {
        subject.stores.place_as(placement(number)).await;
    }
    let sweep = |order: &Order| {
        let mut change = with(tick(order, late.now), &[task(number_of(order))]);
        if order.id() == order_id(2) {
            // A claim that nobody holds.
            change.folds = Some(InboxMark { event: "evt_nobody".to_owned(), token: 1, at: NOW });
        }
        if order.id() == order_id(3) {
            change = Commit { expected_version: order.version() + 1, ..change };
        }
        Some(change)
    };
    let changed = subject.stores.orders.change_due(late, &sweep).await.expect("the store answers");
    for it in changed {
        match it.outcome {
            Ok(true) => assert!([order_id(1), order_id(4)].contains(&it.order)),
            Err(CommitError::StaleClaim) => assert_eq!(it.order, order_id(2)),
            outcome => assert!(it.order == order_id(3) && outcome.is_err(), "order {}: {outcome:?}", it.order),
        }
    }
    for (number, is_there) in [(1, true), (2, false), (3, false), (4, true)] {
        assert_eq!(subject.find(task_id(number)).await.is_some(), is_there, "task {number}");
    }
    assert_eq!(subject.due(late.now).await, [1, 4].map(task_id));
}

fn number_of(order: &Order) -> u32 {
    order.id().as_uuid().as_fields().0
}
