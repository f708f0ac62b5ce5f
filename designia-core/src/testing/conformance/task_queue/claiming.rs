//! Which tasks are handed out, in which order, and to whom.

use std::sync::Arc;
use std::time::Duration;

use crate::id::TaskId;
use crate::ports::{Exchange, Exchanged};
use crate::task::{LEASE, Priority, QueueName, Task, TaskState};
use crate::testing::conformance::TaskStores;
use crate::testing::conformance::steps::{MICROSECOND, minutes};
use crate::testing::conformance::task_stores::{handed_back, ids, retry_at, success, wanted, wanted_from, worker};
use crate::testing::fixtures::{NOW, queue, task, task_id};
use crate::time::{HOUR, Timestamp};

/// To the microsecond.
pub async fn a_task_is_due_at_its_time_and_not_before(stores: &TaskStores) {
    let times = [NOW, NOW + MICROSECOND * 3, minutes(0), Timestamp::from_micros(-500_000_000_000_001)];
    for (number, run_at) in (1..).zip(times) {
        stores.put([Task { run_at, ..task(number) }]).await;
        assert_eq!(stores.claim(9, run_at - MICROSECOND).await, []);
        let claimed = stores.claim_one(run_at).await;
        assert_eq!(claimed.task.id, task_id(number));
        stores.ended(claimed.ticket, success(), run_at).await;
    }
}

/// Whatever the ids, and in whichever order they came.
pub async fn higher_priorities_go_first_then_the_longest_due(stores: &TaskStores) {
    let (high, normal, low) = (Priority::High, Priority::Normal, Priority::Low);
    let asked = [(1, low, 1), (2, normal, 4), (3, high, 9), (4, normal, 2), (5, low, 0), (6, high, 8), (7, normal, 3)];
    for (number, priority, seconds) in asked {
        let run_at = NOW + Duration::from_secs(seconds);
        stores.put([Task { priority, run_at, ..task(number) }]).await;
    }
    let order = numbered([6, 3, 4, 7, 2, 5, 1]);
    assert_eq!(ids(&stores.claim(2, minutes(0)).await), order[..2]);
    assert_eq!(ids(&stores.claim(3, minutes(0)).await), order[2..5]);
    assert_eq!(ids(&stores.claim(9, minutes(0)).await), order[5..]);
}

/// A queue is drained before the next one is looked at, whatever waits there.
pub async fn queues_named_first_go_first(stores: &TaskStores) {
    let (a, b, c) = (named("a"), named("b"), named("c"));
    let asked = [(1, &a, Priority::High), (2, &b, Priority::Low), (3, &c, Priority::Normal), (4, &b, Priority::Normal)];
    stores.put(asked.map(|(number, queue, priority)| Task { queue: queue.clone(), priority, ..task(number) })).await;
    let order = [c, named("never.used"), b, a];
    assert_eq!(ids(&claim_from(stores, &order, 2, minutes(0)).await.claimed), numbered([3, 4]));
    assert_eq!(ids(&claim_from(stores, &order, 9, minutes(0)).await.claimed), numbered([2, 1]));
}

/// What waits elsewhere waits on.
pub async fn only_the_queues_that_were_named_are_claimed_from(stores: &TaskStores) {
    let (a, b) = (named("a"), named("a.b"));
    stores.put([Task { queue: a.clone(), ..task(1) }, Task { queue: b.clone(), ..task(2) }]).await;
    assert_eq!(claim_from(stores, &[queue(), named("A")], 9, minutes(0)).await.claimed, []);
    assert_eq!(claim_from(stores, &[], 9, minutes(0)).await.claimed, []);
    assert_eq!(ids(&claim_from(stores, &[b], 9, minutes(0)).await.claimed), numbered([2]));
    assert_eq!(ids(&claim_from(stores, &[a], 9, minutes(0)).await.claimed), numbered([1]));
}

/// Nor is anything held that was not handed out.
pub async fn no_more_is_handed_out_than_was_asked_for(stores: &TaskStores) {
    stores.put((1..=5).map(task)).await;
    assert_eq!(stores.claim(0, minutes(0)).await, []);
    for rest in [[1, 2], [3, 4]] {
        assert_eq!(ids(&stores.claim(2, minutes(0)).await), numbered(rest));
    }
    assert_eq!(stores.record(task_id(5)).await.state, TaskState::Pending);
    assert_eq!(ids(&stores.claim(2, minutes(0)).await), numbered([5]));
}

/// Each task once, however the eight are interleaved.
pub async fn eight_claimers_share_the_tasks_without_overlap(stores: &TaskStores) {
    const TASKS: u32 = 400;
    stores.put((0..TASKS).map(task)).await;
    let claims = stores
        .at_once(8, |number| {
            let queue = Arc::clone(&stores.queue);
            async move {
                let mut mine = Vec::new();
                for _ in 0..TASKS {
                    let mut claim = wanted(7, minutes(0));
                    claim.worker = worker(number);
                    let exchange = Exchange { now: minutes(0), settle: Vec::new(), claim: Some(claim) };
                    let some = queue.exchange(exchange).await.expect("the queue answers").claimed;
                    if some.is_empty() {
                        break;
                    }
                    mine.extend(some.into_iter().map(|it| (it.task.id, it.ticket.token, number)));
                }
                mine
            }
        })
        .await;
    let mut all: Vec<_> = claims.into_iter().flatten().collect();
    // One who comes while the others hold what is due may go away with nothing.
    all.extend(drained(stores, 100, minutes(0)).await.into_iter().map(|id| (id, 1, 1)));
    all.sort_unstable();
    let once = (0..TASKS).map(|number| (task_id(number), 1));
    assert!(all.iter().map(|(id, token, _)| (*id, *token)).eq(once), "each task once: {all:?}");
    for (id, _, number) in all {
        assert_eq!(stores.record(id).await.worker, Some(worker(number)), "and in the hands of its claimer");
    }
}

/// What runs goes on, what waits waits, and other queues are not touched.
pub async fn a_paused_queue_hands_out_nothing_and_goes_on_afterwards(stores: &TaskStores) {
    let other = Task { queue: named("other"), ..task(9) };
    let running = stores.claimed(task(1), minutes(0)).await;
    stores.put([task(2), other.clone()]).await;
    pause(stores, true).await;
    pause(stores, true).await;
    stores.put([Task { priority: Priority::High, ..task(3) }]).await;
    let paused = claim_from(stores, &[queue()], 9, minutes(0)).await;
    assert_eq!(paused.claimed, []);
    assert!(paused.next_due.is_none_or(|due| due > minutes(0)), "it is not worth asking again at once");
    let queues = [queue(), other.queue];
    assert_eq!(ids(&claim_from(stores, &queues, 9, minutes(0)).await.claimed), numbered([9]));
    stores.ended(running.ticket, retry_at(minutes(0)), minutes(0)).await;
    assert_eq!(stores.claim(9, minutes(0) + LEASE).await, [], "nor what is to be retried, or whose lease ran out");
    pause(stores, false).await;
    let mut claimed = ids(&stores.claim(9, minutes(0)).await);
    claimed.sort_unstable();
    assert_eq!(claimed, numbered([1, 2, 3]));

    let fresh = named("fresh");
    stores.console.set_paused(&fresh, true).await.expect("the console answers");
    stores.put([Task { queue: fresh.clone(), ..task(4) }]).await;
    let claimed = claim_from(stores, std::slice::from_ref(&fresh), 9, minutes(0)).await.claimed;
    assert_eq!(claimed, [], "also if it was paused before its first task");
}

/// It may be started up to the very moment, and ends as called off after it.
pub async fn a_task_not_started_in_time_is_called_off(stores: &TaskStores) {
    let start_by = Some(minutes(0));
    stores.put([Task { start_by, ..task(1) }]).await;
    assert_eq!(ids(&stores.claim(9, minutes(0)).await), numbered([1]));
    stores.put([Task { start_by, ..task(2) }]).await;
    let late = minutes(0) + MICROSECOND;
    assert_eq!(stores.claim(9, late).await, []);
    let record = stores.record(task_id(2)).await;
    assert_eq!((record.state, record.ended_at, record.attempts), (TaskState::Revoked, Some(late), 0));
    assert_eq!(record.note.as_deref(), Some("not started in time"));
    assert_eq!((record.failures, record.worker, record.started_at), (Vec::new(), None, None));
}

/// A retry may come later, and so may the heir of a worker that vanished; one that was handed back has not been started.
pub async fn a_task_that_was_started_in_time_is_not_late(stores: &TaskStores) {
    let start_by = Some(minutes(0));
    let first = stores.claimed(Task { start_by, ..task(1) }, minutes(0)).await;
    stores.ended(first.ticket, retry_at(minutes(5)), minutes(0)).await;
    let second = stores.claim_one(minutes(5)).await;
    assert_eq!((second.attempt, second.ticket.token), (2, 2));
    let third = stores.claim_one(minutes(5) + LEASE).await;
    assert_eq!((third.attempt, third.ticket.token), (3, 3));
    stores.ended(third.ticket, success(), minutes(6)).await;

    let returned = stores.claimed(Task { start_by, ..task(2) }, minutes(0)).await;
    stores.ended(returned.ticket, handed_back(minutes(0)), minutes(0)).await;
    assert_eq!(stores.claim(9, minutes(1)).await, []);
    assert_eq!(stores.record(task_id(2)).await.state, TaskState::Revoked);
}

/// An exchange may come back empty-handed for them, but then it says that it is worth asking again at once.
pub async fn what_ends_instead_of_being_handed_out_is_in_nobodys_way(stores: &TaskStores) {
    let late = |number| Task { start_by: Some(minutes(0)), ..task(number) };
    stores.claimed(Task { max_attempts: 1, ..task(0) }, NOW).await;
    stores.put((1..=30).map(late)).await;
    stores.put([task(40)]).await;
    assert_eq!(drained(stores, 1, minutes(1)).await, numbered([40]));
    for number in 1..=30 {
        assert_eq!(stores.record(task_id(number)).await.state, TaskState::Revoked);
    }
    assert_eq!(stores.record(task_id(0)).await.state, TaskState::Failure);
}

/// Of the queues that were asked for, so that a worker can sleep until then.
pub async fn the_next_due_task_is_named(stores: &TaskStores) {
    assert_eq!(claim_from(stores, &[queue()], 1, minutes(0)).await.next_due, None, "there is nothing to wait for");
    let (other, at) = (named("other"), minutes(0) + HOUR);
    stores.put([Task { queue: other.clone(), run_at: minutes(1), ..task(1) }]).await;
    stores.put([Task { run_at: at + MICROSECOND, priority: Priority::High, ..task(2) }]).await;
    stores.put([Task { run_at: at, priority: Priority::Low, ..task(3) }]).await;
    assert_eq!(claim_from(stores, &[queue()], 1, minutes(0)).await.next_due, Some(at));
    assert_eq!(claim_from(stores, &[queue(), other], 1, minutes(0)).await.next_due, Some(minutes(1)));
    let claimed = stores.claim_one(at).await;
    stores.ended(claimed.ticket, retry_at(at + MICROSECOND * 2), at).await;
    assert_eq!(claim_from(stores, &[queue()], 1, at).await.next_due, Some(at + MICROSECOND));
    let claimed = stores.claim(2, at + MICROSECOND).await;
    assert_eq!(ids(&claimed), numbered([2]));
    stores.ended(claimed[0].ticket, success(), at + MICROSECOND).await;
    assert_eq!(claim_from(stores, &[queue()], 1, at).await.next_due, Some(at + MICROSECOND * 2), "the retry is next");
}

async fn pause(stores: &TaskStores, paused: bool) {
    stores.console.set_paused(&queue(), paused).await.expect("the console answers");
}

async fn claim_from(stores: &TaskStores, queues: &[QueueName], limit: u32, now: Timestamp) -> Exchanged {
    let claim = Some(wanted_from(queues, limit, now));
    stores.exchange(Exchange { now, settle: Vec::new(), claim }).await
}

/// Claims until the queue says that nothing is due.
async fn drained(stores: &TaskStores, limit: u32, now: Timestamp) -> Vec<TaskId> {
    let mut all = Vec::new();
    for _ in 0..1_000 {
        let exchanged = claim_from(stores, &[queue()], limit, now).await;
        if exchanged.claimed.is_empty() && exchanged.next_due.is_none_or(|due| due > now) {
            return all;
        }
        all.extend(ids(&exchanged.claimed));
    }
    panic!("the queue comes to no end");
}

fn named(name: &str) -> QueueName {
    name.parse().expect("a name")
}

fn numbered(numbers: impl IntoIterator<Item = u32>) -> Vec<TaskId> {
    numbers.into_iter().map(task_id).collect()
}
