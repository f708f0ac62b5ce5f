//! Emptying queues, and forgetting what is long over.

use crate::ports::TaskFilter;
use crate::task::{QueueName, Task, TaskState};
use crate::testing::conformance::TaskStores;
use crate::testing::conformance::steps::{MICROSECOND, minutes};
use crate::testing::conformance::task_stores::{failure, retry_at, success};
use crate::testing::fixtures::{queue, task, task_id};
use crate::time::Timestamp;

/// What waits for the first time, for later, or for a retry; not what runs, has ended, or waits elsewhere.
pub async fn purging_calls_off_what_waits_and_nothing_else(stores: &TaskStores) {
    let other: QueueName = "other".parse().expect("a name");
    stores.put((1..=3).map(task)).await;
    let claimed = stores.claim(3, minutes(0)).await;
    stores.ended(claimed[1].ticket, success(), minutes(0)).await;
    stores.ended(claimed[2].ticket, retry_at(minutes(1)), minutes(0)).await;
    stores.put([task(4), Task { run_at: minutes(99), ..task(5) }, Task { queue: other, ..task(6) }]).await;
    assert_eq!(purge(stores, 9).await, 3);
    use TaskState::{Pending, Revoked, Started, Success};
    for (number, state) in (1..).zip([Started, Success, Revoked, Revoked, Revoked, Pending]) {
        assert_eq!(stores.record(task_id(number)).await.state, state, "task {number}");
    }
    let record = stores.record(task_id(4)).await;
    assert_eq!((record.ended_at, record.note.as_deref()), (Some(minutes(2)), Some("called off before it ran")));
    assert_eq!(stores.claim(9, minutes(99)).await.len(), 1, "the one whose lease ran out");
    assert_eq!(purge(stores, 9).await, 0);
    let unused = "never.used".parse().expect("a name");
    assert_eq!(stores.console.purge(&unused, minutes(0), 9).await.expect("the console answers"), 0);
}

/// Until it answers less.
pub async fn purging_does_no_more_than_it_is_told(stores: &TaskStores) {
    stores.put((1..=7).map(task)).await;
    assert_eq!(purge(stores, 0).await, 0);
    for (purged, left) in [(3, 4), (3, 1), (1, 0), (0, 0)] {
        assert_eq!(purge(stores, 3).await, purged);
        let waiting = TaskFilter { state: Some(TaskState::Pending), ..TaskFilter::default() };
        assert_eq!(stores.walk(&waiting, 9).await.len(), left);
    }
}

/// However it ended; a task that ended at that very moment is kept.
pub async fn cleaning_up_forgets_what_ended_before_then_and_nothing_else(stores: &TaskStores) {
    stores.put((1..=7).map(task)).await;
    let claimed = stores.claim(6, minutes(0)).await;
    stores.ended(claimed[0].ticket, success(), minutes(1) - MICROSECOND).await;
    stores.ended(claimed[1].ticket, failure(), minutes(0)).await;
    stores.ended(claimed[2].ticket, success(), minutes(1)).await;
    stores.ended(claimed[3].ticket, retry_at(minutes(0)), minutes(0)).await;
    stores.console.revoke(task_id(7), minutes(0)).await.expect("the console answers");
    assert_eq!(cleanup(stores, minutes(1), 9).await, 3);
    for (number, is_kept) in (1..).zip([false, false, true, true, true, true, false]) {
        assert_eq!(stores.find(task_id(number)).await.is_some(), is_kept, "task {number}");
    }
    assert_eq!(cleanup(stores, minutes(1), 9).await, 0);
    assert_eq!(stores.claim(9, minutes(0)).await.len(), 1, "what is to be retried is");
}

/// Until it answers less.
pub async fn cleaning_up_does_no_more_than_it_is_told(stores: &TaskStores) {
    stores.put((1..=7).map(task)).await;
    for claimed in stores.claim(9, minutes(0)).await {
        stores.ended(claimed.ticket, success(), minutes(0)).await;
    }
    assert_eq!(cleanup(stores, minutes(1), 0).await, 0);
    for (forgotten, left) in [(3, 4), (3, 1), (1, 0), (0, 0)] {
        assert_eq!(cleanup(stores, minutes(1), 3).await, forgotten);
        assert_eq!(stores.walk(&TaskFilter::default(), 9).await.len(), left);
        let status = stores.status(&queue(), minutes(1)).await.map(|status| status.tasks).unwrap_or_default();
        assert_eq!(status.iter().map(|(_, count)| *count).sum::<u64>(), left as u64);
    }
}

/// In every view, and its id may come again.
pub async fn what_was_forgotten_is_unheard_of(stores: &TaskStores) {
    let claimed = stores.claimed(task(1), minutes(0)).await;
    stores.ended(claimed.ticket, failure(), minutes(0)).await;
    assert_eq!(cleanup(stores, minutes(1), 9).await, 1);
    assert_eq!(stores.find(task_id(1)).await, None);
    assert_eq!(stores.walk(&TaskFilter::default(), 9).await, []);
    assert_eq!(stores.console.revoke(task_id(1), minutes(1)).await.expect("the console answers"), None);
    stores.put([task(1)]).await;
    let again = stores.claim_one(minutes(1)).await;
    assert_eq!((again.attempt, stores.record(task_id(1)).await.failures), (1, Vec::new()));
}

async fn purge(stores: &TaskStores, limit: u32) -> u32 {
    stores.console.purge(&queue(), minutes(2), limit).await.expect("the console answers")
}

async fn cleanup(stores: &TaskStores, ended_before: Timestamp, limit: u32) -> u32 {
    stores.console.cleanup(ended_before, limit).await.expect("the console answers")
}
