//! Very many tasks at once.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::ports::{Enqueued, Exchange};
use crate::task::{Settled, Task, TaskSettlement, TaskState};
use crate::testing::conformance::TaskStores;
use crate::testing::conformance::steps::{MICROSECOND, minutes};
use crate::testing::conformance::task_stores::{ids, success, wanted};
use crate::testing::fixtures::{queue, task, task_id};
use crate::time::{DAY, HOUR};

/// As many as there are.
const MANY: u32 = 50_000;

/// In one exchange.
const BATCH: u32 = 500;

/// A sale ends, and every order is due in the same second.
pub async fn fifty_thousand_due_at_once_are_handed_out_once_each(stores: &TaskStores) {
    let all: Vec<Task> = (0..MANY).map(|number| Task { run_at: minutes(0), ..task(number) }).collect();
    let (one_call, many_calls) = all.split_at(5_000);
    for chunk in std::iter::once(one_call).chain(many_calls.chunks(1_000)) {
        assert_eq!(stores.enqueue(chunk).await, vec![Enqueued::New; chunk.len()]);
    }
    assert_eq!(status(stores).await, [(TaskState::Pending, u64::from(MANY))]);

    let (mut met, mut settle) = (BTreeSet::new(), Vec::new());
    loop {
        let exchange = Exchange { now: minutes(1), settle, claim: Some(wanted(BATCH, minutes(1))) };
        let exchanged = stores.exchange(exchange).await;
        assert!(exchanged.settled.iter().all(|settled| *settled == Settled::Recorded));
        for claimed in &exchanged.claimed {
            assert!(met.insert(claimed.task.id), "each is handed out once");
        }
        let report = |ticket| TaskSettlement { ticket, outcome: success() };
        settle = exchanged.claimed.iter().map(|claimed| report(claimed.ticket)).collect();
        if settle.is_empty() {
            break;
        }
    }
    assert_eq!(u32::try_from(met.len()).expect("a small number"), MANY, "every one of them");
    assert_eq!(status(stores).await, [(TaskState::Success, u64::from(MANY))]);
    assert_eq!(stores.claim(BATCH, minutes(99)).await, []);
}

/// They wait in the store, and what is due now is found behind, before and among them.
pub async fn fifty_thousand_for_later_are_in_nobodys_way(stores: &TaskStores) {
    let later = minutes(0) + DAY;
    let run_at = |number: u32| later + Duration::from_secs(u64::from(number * 7 % 86_400));
    let all: Vec<Task> = (0..MANY).map(|number| Task { run_at: run_at(number), ..task(number) }).collect();
    let due = |number: u32| Task { run_at: minutes(0) + MICROSECOND * number, ..task(MANY + number) };
    stores.put((0..5).map(due)).await;
    for chunk in all.chunks(1_000) {
        assert_eq!(stores.enqueue(chunk).await, vec![Enqueued::New; chunk.len()]);
    }
    stores.put((5..10).map(due)).await;
    let exchange = Exchange { now: minutes(1), settle: Vec::new(), claim: Some(wanted(BATCH, minutes(1))) };
    let exchanged = stores.exchange(exchange).await;
    assert_eq!(ids(&exchanged.claimed), (0..10).map(|number| task_id(MANY + number)).collect::<Vec<_>>());
    assert!(exchanged.next_due.is_some_and(|due| due > minutes(1) && due <= later), "{:?}", exchanged.next_due);
    for claimed in exchanged.claimed {
        stores.ended(claimed.ticket, success(), minutes(1)).await;
    }
    assert_eq!(stores.claim(BATCH, later - MICROSECOND).await, []);
    let tomorrow = stores.claim(BATCH, later + HOUR).await;
    assert_eq!(u32::try_from(tomorrow.len()).expect("a small number"), BATCH);
    assert!(tomorrow.is_sorted_by_key(|claimed| claimed.task.run_at), "the longest due first");
}

async fn status(stores: &TaskStores) -> Vec<(TaskState, u64)> {
    stores.status(&queue(), minutes(1)).await.expect("the queue has been used").tasks
}
