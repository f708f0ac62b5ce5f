//! What becomes of attempts.

use crate::ports::Exchange;
use crate::task::{FAILURES_KEPT, Failure, Settled, Task, TaskOutcome, TaskSettlement, TaskState, Ticket};
use crate::testing::conformance::TaskStores;
use crate::testing::conformance::steps::{MICROSECOND, minutes};
use crate::testing::conformance::task_stores::{failure, handed_back, ids, retry_at, success, wanted, worker};
use crate::testing::fixtures::{task, task_id};

/// And is over.
pub async fn a_success_keeps_its_result(stores: &TaskStores) {
    let claimed = stores.claimed(task(1), minutes(0)).await;
    stores.ended(claimed.ticket, success(), minutes(1)).await;
    let record = stores.record(task_id(1)).await;
    let TaskOutcome::Success { result } = success() else { unreachable!("it is one") };
    assert_eq!((record.state, record.result, record.ended_at), (TaskState::Success, Some(result), Some(minutes(1))));
    assert_eq!((record.attempts, record.worker, record.started_at), (1, Some(worker(1)), Some(minutes(0))));
    assert_eq!(record.failures, []);
    assert_eq!(stores.claim(9, minutes(99)).await, []);
}

/// However many attempts are left.
pub async fn a_failure_is_not_tried_again(stores: &TaskStores) {
    let claimed = stores.claimed(task(1), minutes(0)).await;
    stores.ended(claimed.ticket, failure(), minutes(1)).await;
    let record = stores.record(task_id(1)).await;
    assert_eq!((record.state, record.ended_at, record.result), (TaskState::Failure, Some(minutes(1)), None));
    let error = "it can't be done: «nein»".to_owned();
    assert_eq!(record.failures, [Failure { attempt: 1, at: minutes(1), worker: Some(worker(1)), error }]);
    assert_eq!(stores.claim(9, minutes(99)).await, []);
}

/// To the microsecond.
pub async fn a_retry_is_due_at_the_time_that_was_given(stores: &TaskStores) {
    let claimed = stores.claimed(task(1), minutes(0)).await;
    let at = minutes(7) + MICROSECOND;
    stores.ended(claimed.ticket, retry_at(at), minutes(1)).await;
    let record = stores.record(task_id(1)).await;
    assert_eq!((record.state, record.due_at, record.attempts, record.ended_at), (TaskState::Retry, at, 1, None));
    assert_eq!(stores.claim(9, at - MICROSECOND).await, []);
    let again = stores.claim_one(at).await;
    assert_eq!((again.attempt, again.ticket.token), (2, 2));
}

/// A retry is asked for, but there is none left.
pub async fn the_last_failure_ends_the_task_and_keeps_its_error(stores: &TaskStores) {
    stores.put([Task { max_attempts: 2, ..task(1) }]).await;
    for number in 1..=2 {
        let claimed = stores.claim_one(minutes(number)).await;
        let outcome = TaskOutcome::Retry { at: minutes(number + 1), error: format!("failure {number}") };
        stores.ended(claimed.ticket, outcome, minutes(number)).await;
    }
    let record = stores.record(task_id(1)).await;
    assert_eq!((record.state, record.attempts, record.ended_at), (TaskState::Failure, 2, Some(minutes(2))));
    assert_eq!(record.last_error(), Some("failure 2"));
    assert_eq!(record.note.as_deref(), Some("its attempts are used up"));
    assert_eq!(stores.claim(9, minutes(99)).await, []);
}

/// So many, the last one last.
pub async fn the_latest_failures_are_kept(stores: &TaskStores) {
    let attempts = u32::try_from(FAILURES_KEPT).expect("a small number") + 3;
    stores.put([Task { max_attempts: 99, ..task(1) }]).await;
    for number in 1..=attempts {
        let claimed = stores.claim_one(minutes(number)).await;
        let outcome = TaskOutcome::Retry { at: minutes(number), error: format!("failure «{number}»") };
        stores.ended(claimed.ticket, outcome, minutes(number)).await;
    }
    let kept = stores.record(task_id(1)).await.failures;
    let expected = (4..=attempts).map(|number| Failure {
        attempt: u16::try_from(number).expect("a small number"),
        at: minutes(number),
        worker: Some(worker(1)),
        error: format!("failure «{number}»"),
    });
    assert_eq!(kept, expected.collect::<Vec<_>>());
}

/// Only a claim.
pub async fn what_is_handed_back_has_lost_no_attempt(stores: &TaskStores) {
    let first = stores.claimed(Task { max_attempts: 2, ..task(1) }, minutes(0)).await;
    stores.ended(first.ticket, handed_back(minutes(2)), minutes(1)).await;
    let record = stores.record(task_id(1)).await;
    assert_eq!((record.state, record.attempts, record.due_at), (TaskState::Pending, 0, minutes(2)));
    assert_eq!((record.note.as_deref(), record.failures), (Some("its worker stopped"), Vec::new()));
    assert_eq!(stores.claim(9, minutes(2) - MICROSECOND).await, []);
    let second = stores.claim_one(minutes(2)).await;
    assert_eq!((second.attempt, second.ticket.token), (1, 2));
    stores.ended(second.ticket, retry_at(minutes(3)), minutes(2)).await;
    let third = stores.claim_one(minutes(3)).await;
    stores.ended(third.ticket, handed_back(minutes(3)), minutes(3)).await;
    assert_eq!(stores.record(task_id(1)).await.state, TaskState::Retry, "an attempt had failed before");
    let fourth = stores.claim_one(minutes(3)).await;
    assert_eq!((fourth.attempt, fourth.ticket.token), (2, 4));
}

/// It is elsewhere now, and if it comes back it is new.
pub async fn what_was_moved_is_gone(stores: &TaskStores) {
    let claimed = stores.claimed(task(1), minutes(0)).await;
    assert_eq!(stores.settle(claimed.ticket, TaskOutcome::Moved, minutes(0)).await, Settled::Gone);
    assert_eq!(stores.find(task_id(1)).await, None);
    assert_eq!(stores.settle(claimed.ticket, success(), minutes(0)).await, Settled::Stale);
    assert_eq!(stores.claim(9, minutes(99)).await, []);
    stores.put([task(1)]).await;
    assert_eq!(stores.claim_one(minutes(0)).await.attempt, 1);
}

/// Nor what nobody has heard of.
pub async fn what_was_never_claimed_is_not_settled(stores: &TaskStores) {
    stores.put([task(1)]).await;
    let before = stores.record(task_id(1)).await;
    for (number, token) in [(1, 0), (1, 1), (2, 0), (2, 1)] {
        let ticket = Ticket { task: task_id(number), token };
        for outcome in [success(), handed_back(minutes(1)), TaskOutcome::Moved] {
            assert_eq!(stores.settle(ticket, outcome, minutes(0)).await, Settled::Stale);
        }
    }
    assert_eq!(stores.record(task_id(1)).await, before);
    assert_eq!(stores.find(task_id(2)).await, None);
}

/// Also if both reports are in one exchange: the first one counts.
pub async fn a_claim_is_settled_once(stores: &TaskStores) {
    stores.put((1..=3).map(task)).await;
    let claimed = stores.claim(9, minutes(0)).await;
    let report = |index: usize, outcome| TaskSettlement { ticket: claimed[index].ticket, outcome };
    let settle = vec![
        report(0, success()),
        report(1, retry_at(minutes(5))),
        report(0, failure()),
        report(1, success()),
        report(2, TaskOutcome::Moved),
        report(2, success()),
    ];
    let settled = stores.exchange(Exchange { now: minutes(0), settle, claim: None }).await.settled;
    let (recorded, stale) = (Settled::Recorded, Settled::Stale);
    assert_eq!(settled, [recorded, recorded, stale, stale, Settled::Gone, stale]);
    assert_eq!(stores.record(task_id(1)).await.state, TaskState::Success);
    assert_eq!(stores.record(task_id(2)).await.state, TaskState::Retry);
    assert_eq!(stores.settle(claimed[0].ticket, failure(), minutes(1)).await, stale);
    assert_eq!(stores.record(task_id(1)).await.last_error(), None);
}

/// The answers are in the order of the reports.
pub async fn one_stale_settlement_does_not_hinder_the_others(stores: &TaskStores) {
    stores.put((1..=4).map(task)).await;
    let claimed = stores.claim(9, minutes(0)).await;
    let ticket = |number: usize| claimed[number - 1].ticket;
    let stale = |number| Ticket { token: 9, ..ticket(number) };
    let reports = [
        (stale(2), success()),
        (ticket(3), failure()),
        (Ticket { task: task_id(99), token: 1 }, success()),
        (ticket(1), success()),
        (stale(4), TaskOutcome::Moved),
        (ticket(2), retry_at(minutes(5))),
    ];
    let settle = reports.map(|(ticket, outcome)| TaskSettlement { ticket, outcome }).to_vec();
    let settled = stores.exchange(Exchange { now: minutes(0), settle, claim: None }).await.settled;
    let recorded = Settled::Recorded;
    assert_eq!(settled, [Settled::Stale, recorded, Settled::Stale, recorded, Settled::Stale, recorded]);
    let states = [TaskState::Success, TaskState::Retry, TaskState::Failure, TaskState::Started];
    for (number, state) in (1..).zip(states) {
        assert_eq!(stores.record(task_id(number)).await.state, state);
    }
}

/// What is given back is there to be claimed.
pub async fn an_exchange_settles_before_it_claims(stores: &TaskStores) {
    let claimed = stores.claimed(task(1), minutes(0)).await;
    let settle = vec![TaskSettlement { ticket: claimed.ticket, outcome: retry_at(minutes(0)) }];
    let exchange = Exchange { now: minutes(0), settle, claim: Some(wanted(1, minutes(0))) };
    let exchanged = stores.exchange(exchange).await;
    assert_eq!(
        (exchanged.settled.as_slice(), ids(&exchanged.claimed).as_slice()),
        ([Settled::Recorded].as_slice(), [task_id(1)].as_slice())
    );
    assert_eq!((exchanged.claimed[0].attempt, exchanged.claimed[0].ticket.token), (2, 2));
}
