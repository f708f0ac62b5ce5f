//! Keyset pages of tasks, the highest ids first.

use crate::ports::{TaskFilter, TaskPage};
use crate::task::{Task, TaskRecord, TaskState};
use crate::testing::conformance::TaskStores;
use crate::testing::conformance::steps::minutes;
use crate::testing::conformance::task_stores::{failure, retry_at, success};
use crate::testing::fixtures::{task, task_id};

/// Whatever they are, and in whichever order they came; each as it is when it is looked up.
pub async fn tasks_come_by_id_the_highest_first(stores: &TaskStores) {
    assert_eq!(stores.walk(&TaskFilter::default(), 10).await, []);
    mixed(stores).await;
    let all = stores.walk(&TaskFilter::default(), 100).await;
    assert_eq!(numbers(&all), (1..=12).rev().collect::<Vec<_>>());
    for record in all {
        assert_eq!(stores.record(record.task.id).await, record);
    }
}

/// By one of them, and by all of them together.
pub async fn tasks_are_found_by_state_queue_and_kind(stores: &TaskStores) {
    mixed(stores).await;
    let all = stores.walk(&TaskFilter::default(), 100).await;
    let queues = ["payment_tasks", "other", "unused"].map(|name| Some(name.parse().expect("a name")));
    let kinds = ["orders.expire_due", "rates.update", "unused"].map(|name| Some(name.parse().expect("a name")));
    for state in TaskState::ALL.map(Some).into_iter().chain([None]) {
        for queue in queues.iter().chain([&None]) {
            for kind in kinds.iter().chain([&None]) {
                let filter = TaskFilter { state, queue: queue.clone(), kind: kind.clone(), from: None };
                let fits = |row: &&TaskRecord| {
                    state.is_none_or(|state| row.state == state)
                        && queue.as_ref().is_none_or(|queue| row.task.queue == *queue)
                        && kind.as_ref().is_none_or(|kind| row.task.kind == *kind)
                };
                let expected: Vec<TaskRecord> = all.iter().filter(fits).cloned().collect();
                assert_eq!(stores.walk(&filter, 2).await, expected, "{filter:?}");
            }
        }
    }
}

/// Whatever else they are looked for by, and in whichever state they are.
pub async fn tasks_are_found_from_an_id_on(stores: &TaskStores) {
    mixed(stores).await;
    for from in [0, 1, 4, 8, 12, 13] {
        for state in TaskState::ALL.map(Some).into_iter().chain([None]) {
            let all = stores.walk(&TaskFilter { state, ..TaskFilter::default() }, 100).await;
            let filter = TaskFilter { state, from: Some(task_id(from)), ..TaskFilter::default() };
            let expected: Vec<TaskRecord> = all.into_iter().filter(|row| row.task.id >= task_id(from)).collect();
            assert_eq!(stores.walk(&filter, 2).await, expected, "{filter:?}");
        }
    }
}

/// Following the last id from page to page meets every task once, and comes to an end.
pub async fn pages_of_any_length_hold_each_task_once(stores: &TaskStores) {
    stores.put((1..=31).map(task)).await;
    for limit in [1, 2, 3, 10, 30, 31, 32, 500] {
        let all = stores.walk(&TaskFilter::default(), limit).await;
        assert_eq!(numbers(&all), (1..=31).rev().collect::<Vec<_>>(), "pages of {limit}");
    }
    let below = Some(task_id(1));
    let past_the_end = stores.console.tasks(&TaskFilter::default(), TaskPage { below, limit: 9 }).await;
    assert_eq!(past_the_end.expect("the console answers"), []);
}

/// Each that exists throughout is on one page.
pub async fn tasks_that_come_or_end_between_two_pages_displace_no_other(stores: &TaskStores) {
    stores.put([10, 20, 30, 40].map(task)).await;
    let first = page(stores, None, 2).await;
    assert_eq!(numbers(&first), [40, 30]);
    stores.put([35, 50].map(task)).await;
    for claimed in stores.claim(2, minutes(0)).await {
        stores.ended(claimed.ticket, success(), minutes(0)).await;
    }
    assert_eq!(numbers(&page(stores, Some(30), 9).await), [20, 10]);
}

/// Tasks 1 to 12, in two queues, of two kinds, in every state.
async fn mixed(stores: &TaskStores) {
    let mixed = |number: u32| {
        let queue = if number <= 8 { task(0).queue } else { "other".parse().expect("a name") };
        let kind = if number.is_multiple_of(2) { task(0).kind } else { "rates.update".parse().expect("a name") };
        Task { queue, kind, ..task(number) }
    };
    stores.put([5, 1, 12, 8, 3, 10, 2, 11, 4, 9, 6, 7].map(mixed)).await;
    let claimed = stores.claim(5, minutes(0)).await;
    for (index, outcome) in [(0, success()), (1, failure()), (2, retry_at(minutes(5))), (3, success())] {
        stores.ended(claimed[index].ticket, outcome, minutes(0)).await;
    }
    for number in [6, 9] {
        stores.console.revoke(task_id(number), minutes(0)).await.expect("the console answers");
    }
}

async fn page(stores: &TaskStores, below: Option<u32>, limit: u32) -> Vec<TaskRecord> {
    let page = TaskPage { below: below.map(task_id), limit };
    stores.console.tasks(&TaskFilter::default(), page).await.expect("the console answers")
}

fn numbers(rows: &[TaskRecord]) -> Vec<u32> {
    rows.iter().map(|row| row.task.id.as_uuid().as_fields().0).collect()
}
