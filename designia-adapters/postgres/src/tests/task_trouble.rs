//! One task that makes trouble is the trouble of that task only; and what a transaction doesn't commit never waited.

use designia_core::ports::{
    CommitError, Enqueued, Exchange, OrderStore, ScheduleStore, StoreErrorKind, TaskClaim, TaskConsole, TaskQueue,
};
use designia_core::task::{LEASE, Retrial, Settled, Task, TaskOutcome, TaskSettlement, TaskState};
use designia_core::testing::fixtures::{NOW, claim as due, commit, order_id, placed, placement, queue, task, task_id};
use designia_core::time::{DAY, HOUR};
use sqlx::Connection;

use super::task_days::{claim, end};
use super::{Subject, fresh, place, shelve};
use crate::commit_in;

/// A trigger that lets nobody change the row of this task in this way.
async fn stone(store: &Subject, table: &str, event: &str, number: u32) {
    let id = task_id(number);
    let row = if event == "DELETE" { "OLD" } else { "NEW" };
    for statement in [
        "CREATE FUNCTION public.stumble() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN RAISE 'a stone' USING ERRCODE = '23514'; END $$",
        &format!(
            "CREATE TRIGGER stone BEFORE {event} ON designia.{table} FOR EACH ROW
             WHEN ({row}.id = '{id}') EXECUTE FUNCTION public.stumble()"
        ),
    ] {
        store.run(statement).await.unwrap();
    }
}

async fn state(store: &Subject, number: u32) -> TaskState {
    store.task(task_id(number)).await.unwrap().unwrap().state
}

async fn is_sound(store: &Subject) {
    let report = store.integrity_check().await.unwrap();
    assert!(report.is_sound(), "{report:#?}");
}

#[tokio::test]
async fn a_report_that_can_not_be_stored_does_not_hinder_the_others() {
    let Some(store) = fresh().await else { return };
    store.enqueue(&(0..5).map(task).collect::<Vec<_>>()).await.unwrap();
    let mut settle = claim(&store, 5, NOW + DAY).await;
    let error = "it did not work".to_owned();
    settle[4].outcome = TaskOutcome::Retry { at: NOW + DAY * 2, error };
    stone(&store, "tasks", "DELETE", 2).await;
    let exchanged = store.exchange(Exchange { now: NOW + DAY, settle, claim: None }).await.unwrap();
    let stale = exchanged.settled.iter().filter(|it| **it == Settled::Stale).count();
    assert_eq!((exchanged.settled.len(), stale), (5, 1));
    for number in [0, 1, 3] {
        assert_eq!(state(&store, number).await, TaskState::Success);
    }
    assert_eq!((state(&store, 2).await, state(&store, 4).await), (TaskState::Started, TaskState::Retry));
    is_sound(&store).await;
}

#[tokio::test]
async fn a_row_that_can_not_be_rescued_does_not_hinder_the_others() {
    let Some(store) = fresh().await else { return };
    store.enqueue(&(0..5).map(task).collect::<Vec<_>>()).await.unwrap();
    assert_eq!(claim(&store, 5, NOW + DAY).await.len(), 5);
    stone(&store, "tasks", "UPDATE", 2).await;
    let rescued = claim(&store, 5, NOW + DAY + LEASE).await;
    let rescued: Vec<_> = rescued.iter().map(|it| it.ticket.task).collect();
    assert_eq!(rescued, [0, 1, 3, 4].map(task_id));
    assert_eq!(state(&store, 2).await, TaskState::Failure, "it is ended as it is");
    is_sound(&store).await;
}

#[tokio::test]
async fn a_row_that_can_not_be_read_is_ended_when_its_lease_runs_out() {
    let Some(store) = fresh().await else { return };
    store.enqueue(&(0..3).map(task).collect::<Vec<_>>()).await.unwrap();
    let spoil = format!("UPDATE designia.tasks SET kind = 'no kind' WHERE id = '{}'", task_id(1));
    assert_eq!(store.run(&spoil).await, Ok(1));
    let claimed = claim(&store, 5, NOW + DAY).await;
    assert_eq!(claimed.iter().map(|it| it.ticket.task).collect::<Vec<_>>(), [task_id(0), task_id(2)]);
    store.exchange(Exchange { now: NOW + DAY, settle: claimed, claim: None }).await.unwrap();
    let later = NOW + DAY + LEASE;
    assert_eq!(claim(&store, 5, later).await, []);
    assert_eq!(store.task(task_id(1)).await.unwrap_err().kind, StoreErrorKind::Corrupt, "it is there to be looked at");
    let counts = &store.queues(later).await.unwrap()[0].tasks;
    assert_eq!(*counts, [(TaskState::Success, 2), (TaskState::Failure, 1)]);
    assert_eq!(store.purge(&queue(), later, 10).await.unwrap(), 0);
    is_sound(&store).await;
}

#[tokio::test]
async fn a_commit_that_fails_at_its_very_end_leaves_no_task() {
    let Some(store) = fresh().await else { return };
    shelve(&store).await;
    for statement in [
        "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'spoilt' USING ERRCODE = '23514'; END $$",
        "CREATE CONSTRAINT TRIGGER spoil AFTER INSERT ON designia.tasks DEFERRABLE INITIALLY DEFERRED
         FOR EACH ROW EXECUTE FUNCTION spoil()",
    ] {
        store.run(statement).await.unwrap();
    }
    let mut asking = commit(placed(placement(1)));
    asking.tasks = vec![task(1), task(2)];
    let refusal = store.commit(asking.clone()).await.unwrap_err();
    assert!(matches!(&refusal, CommitError::Store(error) if error.kind == StoreErrorKind::Invalid), "{refusal:?}");
    assert_eq!((store.load(order_id(1)).await.unwrap(), store.task(task_id(1)).await.unwrap()), (None, None));
    is_sound(&store).await;
    store.run("DROP TRIGGER spoil ON designia.tasks").await.unwrap();
    store.commit(asking).await.unwrap();
    assert_eq!(state(&store, 2).await, TaskState::Pending);
    is_sound(&store).await;
}

#[tokio::test]
async fn in_a_transaction_of_the_hosts_the_tasks_wait_when_the_host_commits() {
    let Some(store) = fresh().await else { return };
    shelve(&store).await;
    let mut connection = store.connection().await;
    for (number, is_kept) in [(1, false), (2, true)] {
        let mut asking = commit(placed(placement(number)));
        asking.tasks = vec![task(number)];
        let mut transaction = connection.begin().await.unwrap();
        commit_in(&mut transaction, &asking).await.unwrap();
        assert_eq!(store.task(task_id(number)).await.unwrap(), None);
        if is_kept {
            transaction.commit().await.unwrap();
        } else {
            transaction.rollback().await.unwrap();
        }
        assert_eq!(store.task(task_id(number)).await.unwrap().is_some(), is_kept);
    }
    is_sound(&store).await;
}

#[tokio::test]
async fn a_batch_of_due_orders_that_is_changed_one_by_one_asks_for_each_task_once() {
    let Some(store) = fresh().await else { return };
    shelve(&store).await;
    for number in 1..=3 {
        place(&store, number).await;
    }
    let stone = format!(
        "INSERT INTO designia.events SELECT order_id, 2, at, cause, event FROM designia.events WHERE order_id = '{}'",
        order_id(2)
    );
    assert_eq!(store.run(&stone).await, Ok(1));
    let now = NOW + DAY * 30;
    let tick = |order: &designia_core::order::Order| {
        let mut commit = order.decide(&designia_core::order::Command::Tick, now).ok().map(commit)?;
        let number = (1..=3).find(|number| order_id(*number) == order.id())?;
        commit.tasks = vec![task(number)];
        Some(commit)
    };
    assert_eq!(store.change_due(due(now), &tick).await.unwrap().len(), 3);
    for number in [1, 3] {
        assert_eq!(state(&store, number).await, TaskState::Pending);
    }
    assert_eq!(store.task(task_id(2)).await.unwrap(), None, "its order was not changed");
}

#[tokio::test]
async fn a_fire_that_fails_leaves_neither_task_nor_trace() {
    use designia_core::schedule::{Fire, Fired, MissedRuns, Overlap, Recurrence, Schedule};
    let Some(store) = fresh().await else { return };
    let schedule = Schedule {
        name: "rates.update".parse().unwrap(),
        kind: task(1).kind,
        args: task(1).args,
        recurrence: Recurrence::every(HOUR),
        missed: MissedRuns::Coalesce,
        overlap: Overlap::Skip,
        start_within: None,
    };
    store.define(&schedule, NOW).await.unwrap();
    let record = store.schedules().await.unwrap().swap_remove(0);
    let tasks = vec![task(1)];
    let (name, version) = (schedule.name, record.version);
    let fire = Fire { name, version, tasks, last_at: NOW, next_at: Some(NOW + HOUR), missed: 0 };
    stone(&store, "tasks", "INSERT", 1).await;
    assert!(store.fire(&fire).await.is_err());
    assert_eq!(store.schedules().await.unwrap(), [record]);
    store.run("DROP TRIGGER stone ON designia.tasks").await.unwrap();
    assert_eq!(store.fire(&fire).await.unwrap(), Fired::New(vec![task_id(1)]));
    assert_eq!(store.fire(&fire).await.unwrap(), Fired::Conflict);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_id_that_ends_at_the_very_moment_is_known_all_the_same() {
    let Some(store) = fresh().await else { return };
    for number in 0..40 {
        store.enqueue(&[task(number)]).await.unwrap();
        let settle = claim(&store, 1, NOW + DAY).await;
        let ending = store.store.clone();
        let ending = tokio::spawn(async move {
            ending.exchange(Exchange { now: NOW + DAY, settle, claim: None }).await.unwrap();
        });
        assert_eq!(store.enqueue(&[task(number)]).await.unwrap(), [Enqueued::Known]);
        ending.await.unwrap();
        assert_eq!(store.enqueue(&[task(number)]).await.unwrap(), [Enqueued::Known]);
    }
    is_sound(&store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_retries_by_hand_and_a_new_task_with_the_key_one_has_it() {
    let Some(store) = fresh().await else { return };
    let keyed = |number| Task { unique_key: Some("one".to_owned()), ..task(number) };
    for number in 1..=6 {
        store.enqueue(&[keyed(number)]).await.unwrap();
        store.revoke(task_id(number), NOW).await.unwrap();
    }
    let retries = (1..=6).map(|number| {
        let store = store.store.clone();
        tokio::spawn(async move { store.retry(task_id(number), NOW).await.unwrap().unwrap() })
    });
    let retries: Vec<_> = retries.collect();
    let new = store.enqueue(&[keyed(7)]).await.unwrap()[0];
    let mut waiting = usize::from(new == Enqueued::New);
    for retry in retries {
        match retry.await.unwrap() {
            Retrial::Waiting => waiting += 1,
            Retrial::Duplicate(_) => {}
            Retrial::NotEnded(state) => panic!("{state:?}"),
        }
    }
    assert_eq!(waiting, 1);
    is_sound(&store).await;
}

/// Everything that anybody may do, all at once, in orders that would close circles if rows were not taken in one order.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn eight_workers_a_watchman_and_an_impatient_person_never_wait_in_a_circle() {
    let Some(store) = fresh().await else { return };
    let keyed = |number: u32| Task { unique_key: Some(format!("key {}", number % 97)), ..task(number) };
    let workers = (0..8_u32).map(|worker| {
        let store = store.store.clone();
        tokio::spawn(async move {
            let mut settle: Vec<TaskSettlement> = Vec::new();
            for round in 0..25_u32 {
                let first = (worker / 2) * 1_000 + round * 20;
                let mut tasks: Vec<_> = (first..first + 20).map(keyed).collect();
                if worker % 2 == 0 {
                    tasks.reverse();
                }
                store.enqueue(&tasks).await.unwrap();
                let now = NOW + DAY + HOUR * round;
                let claim = TaskClaim {
                    worker: format!("node:{worker}").parse().unwrap(),
                    queues: vec![queue()],
                    limit: 15,
                    until: now + LEASE,
                };
                let claimed = store.exchange(Exchange { now, settle, claim: Some(claim) }).await.unwrap().claimed;
                let tickets: Vec<_> = claimed.iter().rev().map(|it| it.ticket).collect();
                let renewals: Vec<_> = tickets
                    .iter()
                    .map(|ticket| designia_core::task::Renewal { ticket: *ticket, progress: None })
                    .collect();
                store.renew(&renewals, now + LEASE * 2).await.unwrap();
                if let Some(ticket) = tickets.first() {
                    store.revoke(ticket.task, now).await.unwrap();
                }
                let outcome = |index: usize| match index % 4 {
                    0 => TaskOutcome::Retry { at: now, error: "no".to_owned() },
                    1 => TaskOutcome::HandedBack { at: now, why: "no time".to_owned() },
                    _ => TaskOutcome::Success { result: designia_core::task::Json::null() },
                };
                settle = tickets
                    .into_iter()
                    .enumerate()
                    .map(|(index, ticket)| TaskSettlement { ticket, outcome: outcome(index) })
                    .collect();
            }
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.await.unwrap();
    }
    is_sound(&store).await;
    store.upkeep().await.unwrap();
    is_sound(&store).await;
    end(&store, 90_000..90_001, NOW).await;
    let circles = "SELECT 1 FROM pg_stat_database WHERE datname = current_database() AND deadlocks > 0";
    assert_eq!(store.run(circles).await, Ok(0), "the server's log says which statements: look for `deadlock detected`");
}
