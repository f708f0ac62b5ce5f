//! Leases: whoever holds a task holds it for so long and no longer, and a token tells the present holder from earlier ones.

use std::time::Duration;

use crate::id::TaskId;
use crate::task::{
    ClaimedTask, Failure, Hold, LEASE, RENEWAL, Renewal, Settled, Task, TaskProgress, TaskState, Ticket,
};
use crate::testing::conformance::TaskStores;
use crate::testing::conformance::steps::{MICROSECOND, minutes};
use crate::testing::conformance::task_stores::{failure, retry_at, success, worker};
use crate::testing::fixtures::{task, task_id};
use crate::time::Timestamp;

/// From 1, both.
pub async fn a_claim_has_a_token_and_counts_an_attempt(stores: &TaskStores) {
    let claimed = stores.claimed(task(1), minutes(0)).await;
    assert_eq!(claimed, ClaimedTask { task: task(1), ticket: ticket(1, 1), attempt: 1 });
    let record = stores.record(task_id(1)).await;
    assert_eq!((record.state, record.attempts, record.claims), (TaskState::Started, 1, 1));
    assert_eq!((record.worker, record.started_at), (Some(worker(1)), Some(minutes(0))));
    assert_eq!(record.due_at, minutes(0) + LEASE);
}

/// Not a microsecond before, and the attempt that vanished is written down.
pub async fn a_lease_that_ran_out_hands_the_task_out_again_at_once(stores: &TaskStores) {
    stores.claimed(task(1), minutes(0)).await;
    let over = minutes(0) + LEASE;
    assert_eq!(stores.claim(9, over - MICROSECOND).await, []);
    let heir = stores.claim_one(over).await;
    assert_eq!(heir, ClaimedTask { task: task(1), ticket: ticket(1, 2), attempt: 2 });
    let record = stores.record(task_id(1)).await;
    let error = "the worker vanished: its lease ran out".to_owned();
    assert_eq!(record.failures, [Failure { attempt: 1, at: over, worker: Some(worker(1)), error }]);
    assert_eq!((record.state, record.attempts, record.claims), (TaskState::Started, 2, 2));
}

/// A worker that was away for too long finds that another has taken over.
pub async fn a_stale_token_settles_nothing(stores: &TaskStores) {
    let stale = stores.claimed(task(1), minutes(0)).await;
    let present = stores.claim_one(minutes(1)).await;
    let before = stores.record(task_id(1)).await;
    for token in [stale.ticket.token, present.ticket.token + 1, 0] {
        for outcome in [success(), failure(), retry_at(minutes(1))] {
            assert_eq!(stores.settle(ticket(1, token), outcome, minutes(1)).await, Settled::Stale);
        }
    }
    assert_eq!(stores.record(task_id(1)).await, before);
    stores.ended(present.ticket, success(), minutes(1)).await;
}

/// Nor is progress stored for it; and what waits, has ended or is unheard of is held by nobody.
pub async fn a_stale_token_renews_nothing(stores: &TaskStores) {
    let stale = stores.claimed(task(1), minutes(0)).await;
    let present = stores.claim_one(minutes(1)).await;
    let before = stores.record(task_id(1)).await;
    let progress = Some(TaskProgress { done: 1, total: None, note: None });
    for token in [stale.ticket.token, present.ticket.token + 1, 0] {
        let renewal = Renewal { ticket: ticket(1, token), progress: progress.clone() };
        let holds = stores.queue.renew(&[renewal], minutes(99)).await.expect("the queue answers");
        assert_eq!(holds, [Hold::Lost]);
    }
    assert_eq!(stores.record(task_id(1)).await, before);
    stores.ended(present.ticket, retry_at(minutes(9)), minutes(1)).await;
    let again = stores.claim_one(minutes(9)).await;
    stores.ended(again.ticket, success(), minutes(9)).await;
    stores.put([task(2)]).await;
    let tickets = [present.ticket, again.ticket, ticket(2, 0), ticket(2, 1), ticket(3, 1)];
    let renewals = tickets.map(|ticket| Renewal { ticket, progress: None });
    let holds = stores.queue.renew(&renewals, minutes(99)).await.expect("the queue answers");
    assert_eq!(holds, [Hold::Lost; 5]);
    assert_eq!(stores.queue.renew(&[], minutes(99)).await.expect("the queue answers"), []);
}

/// Until the time that was named, and the answers are in the order of the questions.
pub async fn a_renewed_lease_holds_longer(stores: &TaskStores) {
    let first = stores.claimed(task(1), minutes(0)).await;
    let second = stores.claimed(task(2), minutes(0)).await;
    let renewals = [second.ticket, ticket(3, 1), first.ticket].map(|ticket| Renewal { ticket, progress: None });
    let holds = stores.queue.renew(&renewals, minutes(3)).await.expect("the queue answers");
    assert_eq!(holds, [Hold::Held, Hold::Lost, Hold::Held]);
    assert_eq!(stores.renew(first.ticket, minutes(5)).await, Hold::Held);
    assert_eq!(stores.claim(9, minutes(3) - MICROSECOND).await, []);
    assert_eq!(stores.claim_one(minutes(3)).await.ticket, ticket(2, 2));
    assert_eq!(stores.renew(second.ticket, minutes(9)).await, Hold::Lost);
    assert_eq!(stores.record(task_id(1)).await.due_at, minutes(5));
}

/// It was slow, but it was alone.
pub async fn a_report_after_the_lease_counts_while_nobody_took_over(stores: &TaskStores) {
    let late = stores.claimed(task(1), minutes(0)).await;
    stores.ended(late.ticket, success(), minutes(5)).await;
    let kept = stores.claimed(task(2), minutes(0)).await;
    assert_eq!(stores.renew(kept.ticket, minutes(9)).await, Hold::Held, "nor is it too late to renew");
    assert_eq!(stores.claim(9, minutes(8)).await, []);
    assert_eq!(stores.record(task_id(1)).await.ended_at, Some(minutes(5)));
}

/// It kills every worker that touches it: it ends as a failure instead of being handed out once more.
pub async fn a_poison_task_dies_at_its_limit(stores: &TaskStores) {
    stores.put([Task { max_attempts: 3, ..task(1) }]).await;
    for attempt in 1..=3 {
        assert_eq!(stores.claim_one(minutes(u32::from(attempt))).await.attempt, attempt);
    }
    assert_eq!(stores.claim(9, minutes(4)).await, []);
    let record = stores.record(task_id(1)).await;
    assert_eq!((record.state, record.attempts, record.ended_at), (TaskState::Failure, 3, Some(minutes(4))));
    assert_eq!(record.failures.iter().map(|failure| failure.attempt).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(record.last_error(), Some("the worker vanished: its lease ran out"));
    assert_eq!(record.note.as_deref(), Some("its attempts are used up"));
    assert_eq!(stores.settle(ticket(1, 3), success(), minutes(4)).await, Settled::Stale);
    assert_eq!(stores.claim(9, minutes(99)).await, []);
}

/// A lease that is renewed in time outlives clocks that differ by less than what is left of it.
pub async fn a_clock_fifteen_seconds_ahead_takes_nothing_that_is_renewed(stores: &TaskStores) {
    let ahead = Duration::from_secs(15);
    let held = stores.claimed(task(1), minutes(0)).await;
    for second in 0..60 {
        let now = minutes(0) + Duration::from_secs(second);
        if second > 0 && second.is_multiple_of(RENEWAL.as_secs()) {
            assert_eq!(stores.renew(held.ticket, now + LEASE).await, Hold::Held);
        }
        assert_eq!(stores.claim(9, now + ahead).await, [], "after {second} s");
    }
    stores.ended(held.ticket, success(), minutes(1)).await;
}

/// Two run it then, but one of them completes it.
pub async fn a_clock_a_minute_ahead_takes_over_and_the_first_report_is_refused(stores: &TaskStores) {
    let first = stores.claimed(task(1), minutes(0)).await;
    let second = stores.claim_one(minutes(1)).await;
    assert!(second.ticket.token > first.ticket.token);
    assert_eq!(stores.settle(first.ticket, failure(), minutes(0)).await, Settled::Stale);
    assert_eq!(stores.renew(first.ticket, minutes(2)).await, Hold::Lost);
    stores.ended(second.ticket, success(), minutes(1)).await;
    assert_eq!(stores.settle(first.ticket, failure(), minutes(0)).await, Settled::Stale);
    assert_eq!(stores.record(task_id(1)).await.state, TaskState::Success);
}

/// The latest word stays until the next attempt begins.
pub async fn progress_is_stored_and_forgotten_with_its_attempt(stores: &TaskStores) {
    let claimed = stores.claimed(task(1), minutes(0)).await;
    let note = Some("«Zoë» 🎁".to_owned());
    let words = [
        TaskProgress { done: 0, total: None, note: None },
        TaskProgress { done: 3, total: Some(u64::from(u32::MAX) * 2), note },
    ];
    for progress in words {
        assert_eq!(renew(stores, claimed.ticket, Some(&progress), minutes(1)).await, Hold::Held);
        let record = stores.record(task_id(1)).await;
        assert_eq!((record.state, record.progress.as_ref()), (TaskState::Progress, Some(&progress)));
        assert_eq!(renew(stores, claimed.ticket, None, minutes(2)).await, Hold::Held);
        let record = stores.record(task_id(1)).await;
        assert_eq!((record.progress, record.due_at), (Some(progress), minutes(2)), "no news take nothing back");
    }
    let heir = stores.claim_one(minutes(2)).await;
    let record = stores.record(task_id(1)).await;
    assert_eq!((heir.attempt, record.state, record.progress), (2, TaskState::Started, None));
}

async fn renew(stores: &TaskStores, ticket: Ticket, progress: Option<&TaskProgress>, until: Timestamp) -> Hold {
    let renewal = Renewal { ticket, progress: progress.cloned() };
    stores.queue.renew(&[renewal], until).await.expect("the queue answers")[0]
}

const fn ticket(number: u32, token: u32) -> Ticket {
    let task: TaskId = task_id(number);
    Ticket { task, token }
}
