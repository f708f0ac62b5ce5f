//! Tasks of a commit: waiting if it has succeeded, and never heard of if it was refused.

use std::sync::Arc;

use super::CommitTasks;
use super::subject::with;
use crate::effect::{EffectOutcome, EffectSettlement};
use crate::ports::{Commit, CommitError, Enqueued, RequestKey};
use crate::task::{Priority, Slot, Task, TaskRecord, TaskState};
use crate::testing::conformance::steps::{
    LATER, MICROSECOND, assert_conflict, assert_invalid, assert_stale, cancel, cancel_because, learn, minutes, pay,
    tick,
};
use crate::testing::fixtures::{NOW, buyer, order_id, placed, placement, task, task_id};

/// As they were asked, for those who run them and for those who look.
pub async fn the_tasks_of_a_commit_wait_as_soon_as_it_has_succeeded(subject: &CommitTasks) {
    subject.stores.shelve().await;
    let full = Task {
        priority: Priority::High,
        unique_key: Some("order:«7»".to_owned()),
        run_at: minutes(0) + MICROSECOND,
        start_by: Some(minutes(5)),
        slot: Some(Slot { schedule: "a.schedule".parse().expect("a name"), at: NOW - MICROSECOND }),
        ..task(1)
    };
    let order = subject.keep(placed(placement(1)), &[full.clone(), task(2)]).await;
    assert_eq!(subject.find(task_id(1)).await, Some(TaskRecord::pending(full)));
    assert_eq!(subject.find(task_id(2)).await, Some(TaskRecord::pending(task(2))));
    assert_eq!(subject.due(minutes(0)).await, [task_id(2)]);
    assert_eq!(subject.due(minutes(0) + MICROSECOND).await, [task_id(1)]);
    subject.keep(pay(&order), &[task(3)]).await;
    assert_eq!(subject.find(task_id(3)).await, Some(TaskRecord::pending(task(3))), "later commits as well");
}

/// Something is to be done about an order that is as it was.
pub async fn a_commit_without_events_may_ask_for_tasks(subject: &CommitTasks) {
    let order = subject.place(1).await;
    let nothing = tick(&order, order.contents().placed_at);
    assert_eq!(with(nothing.clone(), &[]).events, []);
    subject.keep(nothing, &[task(1)]).await;
    assert_eq!(subject.stores.load(order.id()).await, order);
    assert_eq!(subject.due(minutes(0)).await, [task_id(1)]);
}

/// Of an order that was created, changed, or left as it is.
pub async fn a_conflict_leaves_no_task(subject: &CommitTasks) {
    let order = subject.place(1).await;
    let nothing = tick(&order, order.contents().placed_at);
    subject.stores.keep(pay(&order)).await;
    for stale in [placed(placement(1)), cancel(&order), nothing] {
        assert_conflict(&subject.stores.refused(with(stale, &[task(1)])).await);
    }
    subject.assert_no_task().await;
}

/// The order never was.
pub async fn too_little_stock_leaves_no_task(subject: &CommitTasks) {
    subject.stores.shelve().await;
    subject.stores.set_stock(2, 2).await;
    let error = subject.stores.refused(with(placed(placement(1)), &[task(1), task(2)])).await;
    assert!(matches!(error, CommitError::OutOfStock { .. }), "{error:?}");
    subject.assert_no_task().await;
}

/// The first one's tasks are there already.
pub async fn a_repeated_request_leaves_no_task(subject: &CommitTasks) {
    subject.stores.shelve().await;
    let key = RequestKey { buyer: buyer(1), key: "key".to_owned(), fingerprint: "as asked".to_owned() };
    let placing =
        |number, tasks: &[Task]| Commit { answers: Some(key.clone()), ..with(placed(placement(number)), tasks) };
    subject.stores.commit(placing(1, &[task(1)])).await;
    let error = subject.stores.refused(placing(2, &[task(2)])).await;
    assert!(matches!(error, CommitError::Repeated { .. }), "{error:?}");
    assert_eq!(subject.find(task_id(2)).await, None);
    assert_eq!(subject.due(minutes(0)).await, [task_id(1)]);
}

/// Another worker has taken over the effect, and what follows from it.
pub async fn a_stale_claim_leaves_no_task(subject: &CommitTasks) {
    let order = subject.place(1).await;
    let effect = subject.stores.effects(order.id()).await.swap_remove(0).effect;
    let settles = Some(EffectSettlement { id: effect.id, token: 7, outcome: EffectOutcome::Done });
    let error = subject.stores.refused(Commit { settles, ..with(pay(&order), &[task(1)]) }).await;
    assert_stale(&error);
    subject.assert_no_task().await;
}

/// The provider's name is another order's.
pub async fn a_foreign_reference_leaves_no_task(subject: &CommitTasks) {
    let mut orders = Vec::new();
    for number in [1, 2] {
        let order = subject.place(number).await;
        orders.push(subject.stores.keep(pay(&order)).await);
    }
    subject.stores.keep(learn(&orders[0], Some("cs_1"), None)).await;
    let error = subject.stores.refused(with(learn(&orders[1], Some("cs_1"), None), &[task(1)])).await;
    assert!(matches!(error, CommitError::ForeignReference { .. }), "{error:?}");
    subject.assert_no_task().await;
}

/// Nothing of the commit is stored.
pub async fn an_invalid_task_refuses_the_commit(subject: &CommitTasks) {
    let order = subject.place(1).await;
    let before = subject.stores.trace(&[order.id()]).await;
    let bad = Task { max_attempts: 0, ..task(2) };
    assert_invalid(&subject.stores.refused(with(pay(&order), &[task(1), bad])).await);
    assert_eq!(subject.stores.trace(&[order.id()]).await, before);
    subject.assert_no_task().await;
}

/// Whether it waits, has ended, or is named twice.
pub async fn a_known_id_is_left_out_and_the_commit_stands(subject: &CommitTasks) {
    let order = subject.place(1).await;
    assert_eq!(subject.tasks.enqueue(&[task(1), task(2)]).await.expect("the queue answers"), [Enqueued::New; 2]);
    subject.tasks.revoke(task_id(2), minutes(0)).await.expect("the console answers");
    let other = |number| Task { priority: Priority::High, ..task(number) };
    let order = subject.keep(pay(&order), &[other(1), other(2), task(3), other(3)]).await;
    assert_eq!(subject.stores.load(order.id()).await, order);
    for number in [1, 2, 3] {
        assert_eq!(subject.find(task_id(number)).await.map(|record| record.task), Some(task(number)));
    }
    assert_eq!(subject.find(task_id(2)).await.map(|record| record.state), Some(TaskState::Revoked));
    assert_eq!(subject.due(minutes(0)).await, [task_id(1), task_id(3)]);
}

/// Whether another task or one of the same commit has it.
pub async fn a_taken_key_is_left_out_and_the_commit_stands(subject: &CommitTasks) {
    let keyed = |number, key: &str| Task { unique_key: Some(key.to_owned()), ..task(number) };
    let order = subject.place(1).await;
    let order = subject.keep(pay(&order), &[keyed(1, "a")]).await;
    let tasks = [keyed(2, "a"), keyed(3, "b"), keyed(4, "b"), task(5)];
    let order = subject.keep(cancel(&order), &tasks).await;
    assert_eq!(subject.stores.load(order.id()).await, order);
    for (number, is_there) in [(1, true), (2, false), (3, true), (4, false), (5, true)] {
        assert_eq!(subject.find(task_id(number)).await.is_some(), is_there, "task {number}");
    }
    assert_eq!(subject.due(minutes(0)).await, [task_id(1), task_id(3), task_id(5)]);
}

/// And no other's.
pub async fn of_sixteen_commits_at_once_the_winners_tasks_wait(subject: &CommitTasks) {
    let order = subject.place(1).await;
    let won = subject
        .stores
        .at_once(16, |number| {
            let orders = Arc::clone(&subject.stores.orders);
            let decision = cancel_because(&order, &format!("racer {number}"));
            // One key for all of them: whoever loses must not have it, nor hold it.
            let mine = Task { unique_key: Some("key".to_owned()), ..task(number) };
            async move { orders.commit(with(decision, &[mine])).await.is_ok().then_some(number) }
        })
        .await;
    let winners: Vec<u32> = won.into_iter().flatten().collect();
    assert_eq!(winners.len(), 1, "{winners:?}");
    assert_eq!(subject.due(LATER).await, [task_id(winners[0])]);
    assert_eq!(subject.stores.load(order_id(1)).await.version(), order.version() + 1);
}
