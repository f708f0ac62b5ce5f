//! What is asked: kept exactly, and once for each id.

use std::sync::Arc;
use std::time::Duration;

use crate::ports::{Enqueued, StoreErrorKind};
use crate::task::{Json, Priority, Slot, Task, TaskOutcome, TaskRecord};
use crate::testing::conformance::TaskStores;
use crate::testing::conformance::steps::{MICROSECOND, minutes};
use crate::testing::conformance::task_stores::success;
use crate::testing::fixtures::{NOW, task, task_id};
use crate::time::Timestamp;

/// Every field, to the microsecond and to the letter.
pub async fn a_task_comes_back_as_it_was_asked(stores: &TaskStores) {
    let full = Task {
        priority: Priority::High,
        unique_key: Some("order:«7»/Zoë's 🎁 %_\\".to_owned()),
        max_attempts: 65_535,
        run_at: NOW + MICROSECOND,
        start_by: Some(minutes(0) + MICROSECOND * 2),
        slot: Some(Slot { schedule: "orders.expire-due@hourly".parse().expect("a name"), at: NOW - MICROSECOND }),
        ..task(1)
    };
    let plain = Task { priority: Priority::Low, max_attempts: 1, ..task(2) };
    stores.put([full.clone(), plain.clone()]).await;
    for asked in [&full, &plain] {
        assert_eq!(stores.record(asked.id).await, TaskRecord::pending(asked.clone()));
    }
    let claimed = stores.claim(9, minutes(0)).await;
    assert_eq!(claimed.iter().map(|it| &it.task).collect::<Vec<_>>(), [&full, &plain]);
}

/// Times before 1970 and far away, the longest names and keys, the shortest arguments.
pub async fn a_task_at_the_edges_survives(stores: &TaskStores) {
    let long = "a.B_c-9:@".repeat(15)[..128].to_owned();
    let edge = Task {
        kind: long.parse().expect("a name"),
        args: Json::null(),
        unique_key: Some("é".repeat(127) + "k"),
        enqueued_at: Timestamp::from_micros(-1),
        run_at: Timestamp::from_micros(-1_000_000_000_000_001),
        start_by: Some(Timestamp::from_secs(32_503_680_000)),
        slot: Some(Slot { schedule: long.parse().expect("a name"), at: Timestamp::from_micros(-1) }),
        ..task(1)
    };
    let texts = [r#""""#, "[]", "-0", "12345678901234567890123456789.000", r#"{"a":1,"a":2}"#, " \n{\t} "];
    let texts = (2..).zip(texts).map(|(number, text)| Task { args: Json::parse(text).expect("JSON"), ..task(number) });
    let all: Vec<Task> = std::iter::once(edge).chain(texts).collect();
    stores.put(all.clone()).await;
    for asked in &all {
        assert_eq!(stores.record(asked.id).await.task, *asked);
    }
    let claimed = stores.claim(9, minutes(0)).await;
    assert!(claimed.iter().map(|it| &it.task).eq(&all), "as they were asked, the longest due first");
}

/// A hundred kilobytes in, and as many out.
pub async fn large_arguments_and_results_survive(stores: &TaskStores) {
    let large = Json::of(&"«ü🎁»".repeat(10_000)).expect("JSON");
    let claimed = stores.claimed(Task { args: large.clone(), ..task(1) }, minutes(0)).await;
    assert_eq!(claimed.task.args, large);
    stores.ended(claimed.ticket, TaskOutcome::Success { result: large.clone() }, minutes(0)).await;
    let record = stores.record(task_id(1)).await;
    assert_eq!((record.task.args, record.result), (large.clone(), Some(large)));
}

/// The first word counts, also within one call.
pub async fn an_id_is_taken_once(stores: &TaskStores) {
    let other = Task { kind: "another.kind".parse().expect("a name"), priority: Priority::High, ..task(1) };
    assert_eq!(
        stores.enqueue(&[task(1), other.clone(), task(2)]).await,
        [Enqueued::New, Enqueued::Known, Enqueued::New]
    );
    let keyed = Task { unique_key: Some("key".to_owned()), ..other.clone() };
    assert_eq!(stores.enqueue(&[keyed, task(2), task(3)]).await, [Enqueued::Known, Enqueued::Known, Enqueued::New]);
    assert_eq!(stores.record(task_id(1)).await, TaskRecord::pending(task(1)));
    assert_eq!(stores.claim(9, minutes(0)).await.len(), 3, "each once");
    assert_eq!(stores.enqueue(&[other]).await, [Enqueued::Known], "while it runs, too");
}

/// Until it is forgotten.
pub async fn an_id_that_ended_is_still_known(stores: &TaskStores) {
    let claimed = stores.claimed(task(1), minutes(0)).await;
    stores.ended(claimed.ticket, success(), minutes(0)).await;
    assert_eq!(stores.enqueue(&[task(1)]).await, [Enqueued::Known]);
    assert_eq!(stores.claim(9, minutes(9)).await, []);
    assert_eq!(stores.record(task_id(1)).await.ended_at, Some(minutes(0)));
}

/// Nothing of it is stored.
pub async fn an_invalid_task_refuses_the_whole_call(stores: &TaskStores) {
    let invalid = [
        Task { max_attempts: 0, ..task(2) },
        Task { unique_key: Some(String::new()), ..task(2) },
        Task { unique_key: Some("k".repeat(256)), ..task(2) },
        Task { unique_key: Some("a\0b".to_owned()), ..task(2) },
        Task { start_by: Some(task(2).run_at - MICROSECOND), ..task(2) },
    ];
    for bad in invalid {
        let error = stores.queue.enqueue(&[task(1), bad, task(3)]).await.expect_err("the call is refused");
        assert_eq!(error.kind, StoreErrorKind::Invalid, "{error}");
    }
    for number in 1..=3 {
        assert_eq!(stores.find(task_id(number)).await, None);
    }
    assert_eq!(stores.claim(9, minutes(0)).await, []);
}

/// Nothing to do.
pub async fn no_tasks_may_be_enqueued(stores: &TaskStores) {
    assert_eq!(stores.enqueue(&[]).await, []);
    assert_eq!(stores.claim(9, minutes(0)).await, []);
}

/// However they are interleaved.
pub async fn of_sixteen_enqueued_at_once_one_is_new(stores: &TaskStores) {
    let answers = stores
        .at_once(16, |number| {
            let queue = Arc::clone(&stores.queue);
            let mine = Task { enqueued_at: NOW + Duration::from_secs(u64::from(number)), ..task(1) };
            async move { queue.enqueue(&[mine]).await.expect("the queue answers").swap_remove(0) }
        })
        .await;
    assert_eq!(answers.iter().filter(|answer| **answer == Enqueued::New).count(), 1);
    assert!(answers.iter().all(|answer| matches!(answer, Enqueued::New | Enqueued::Known)));
    assert_eq!(stores.claim(99, minutes(0)).await.len(), 1);
}
