//! Whoever waits for a row of a task holds none that comes after it, so that nobody waits in a circle.
//!
//! Each of these keeps somebody waiting, and looks at what they hold meanwhile.

use std::time::Duration;

use designia_core::ports::{Enqueued, Exchange, TaskQueue};
use designia_core::task::{Priority, Settled, Task, TaskOutcome};
use designia_core::testing::fixtures::{NOW, task, task_id};
use designia_core::time::DAY;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::time::timeout;

use super::task_days::{claim, end};
use super::{Subject, fresh};

const PATIENCE: Duration = Duration::from_secs(20);

/// Begins a transaction with these statements behind the store's back.
async fn begun(store: &Subject, statements: &str) -> PgConnection {
    let mut connection = store.connection().await;
    run(&mut connection, &format!("BEGIN; {statements}")).await.unwrap();
    connection
}

async fn run(connection: &mut PgConnection, statements: &str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(statements)).execute(connection).await.map(drop)
}

/// Until somebody waits for a lock.
async fn until_somebody_waits(store: &Subject) {
    let waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND state = 'active'";
    let waits = async {
        while store.run(waiting).await.unwrap() == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, waits).await.unwrap();
}

fn keyed(number: u32, key: &str) -> Task {
    Task { unique_key: Some(key.to_owned()), run_at: NOW, ..task(number) }
}

#[tokio::test]
async fn reports_wait_for_the_first_of_their_rows_before_they_touch_the_next() {
    for second in [
        TaskOutcome::Success { result: designia_core::task::Json::null() },
        TaskOutcome::Retry { at: NOW + DAY, error: "no".to_owned() },
    ] {
        let Some(store) = fresh().await else { return };
        let urgent = |number| Task { priority: Priority::High, ..task(number) };
        store.enqueue(&[vec![task(1)], (2..=8).map(urgent).collect()].concat()).await.unwrap();
        let mut settle = claim(&store, 8, NOW + DAY).await;
        settle.iter_mut().find(|it| it.ticket.task == task_id(2)).unwrap().outcome = second;

        let lock = |number| format!("SELECT 1 FROM designia.tasks WHERE id = '{}' FOR UPDATE", task_id(number));
        let mut renewing = begun(&store, &lock(1)).await;
        let reporting = store.store.clone();
        let reporting =
            tokio::spawn(
                async move { reporting.exchange(Exchange { now: NOW + DAY, settle, claim: None }).await.unwrap() },
            );
        until_somebody_waits(&store).await;
        run(&mut renewing, &format!("{} NOWAIT", lock(2))).await.expect("nobody holds the second one");
        run(&mut renewing, "COMMIT").await.unwrap();
        assert_eq!(reporting.await.unwrap().settled, [Settled::Recorded; 8]);
    }
}

#[tokio::test]
async fn nobody_goes_back_to_a_key_whose_holder_has_ended_meanwhile() {
    let Some(store) = fresh().await else { return };
    store.enqueue(&[keyed(1, "a")]).await.unwrap();
    let settle = claim(&store, 1, NOW).await;
    let taken = |number: u32, key: &str| {
        format!(
            "INSERT INTO designia.tasks
                (id, queue, priority, state, due_at, max_attempts, kind, unique_key, enqueued_at, run_at, args)
             VALUES ('{}', 'q', 1, 'PENDING', now(), 1, 'k', '{key}', now(), now(), 'null')",
            task_id(number)
        )
    };
    let mut other = begun(&store, &taken(11, "b")).await;
    let asking = store.store.clone();
    let asking = tokio::spawn(async move { asking.enqueue(&[keyed(3, "b"), keyed(2, "a")]).await.unwrap() });
    until_somebody_waits(&store).await;
    store.exchange(Exchange { now: NOW, settle, claim: None }).await.unwrap();
    let mut next = begun(&store, &taken(12, "a")).await;
    run(&mut other, "ROLLBACK").await.unwrap();
    let answers = timeout(PATIENCE, asking).await.expect("it waits for no key before the one it has").unwrap();
    assert_eq!(answers, [Enqueued::New, Enqueued::Duplicate(task_id(1))]);
    run(&mut next, "ROLLBACK").await.unwrap();
}

/// The chunks of a call are one transaction if a commit brings them.
#[tokio::test]
async fn keys_are_taken_in_their_order_from_the_first_chunk_to_the_last() {
    let tasks: Vec<Task> = (0..2_500_u32).rev().map(|number| keyed(number, &format!("{number:04}"))).collect();
    let chunks = crate::tasks::chunks(&tasks).unwrap();
    let sent: Vec<_> = chunks.iter().flat_map(crate::tasks::Chunk::ids).collect();
    assert_eq!((chunks.len(), sent), (3, (0..2_500).map(|number| task_id(number).as_uuid()).collect()));
}

#[tokio::test]
async fn a_key_is_not_kept_by_a_task_of_the_same_call_that_has_ended_long_ago() {
    let Some(store) = fresh().await else { return };
    end(&store, 1..2, NOW).await;
    let answers = store.enqueue(&[keyed(1, "a"), keyed(2, "a"), keyed(3, "a")]).await.unwrap();
    assert_eq!(answers, [Enqueued::Known, Enqueued::New, Enqueued::Duplicate(task_id(2))]);
    let report = store.integrity_check().await.unwrap();
    assert!(report.is_sound(), "{report:#?}");
}

#[tokio::test]
async fn whoever_waits_to_make_a_days_table_is_in_nobodys_way() {
    let Some(store) = fresh().await else { return };
    let mut making = begun(&store, "LOCK TABLE ONLY designia.task_history IN SHARE UPDATE EXCLUSIVE MODE").await;
    let mut waiting = store.connection().await;
    let waiting = tokio::spawn(async move {
        run(&mut waiting, "SELECT designia.keep_task_day_1('2100-01-01')").await.unwrap();
    });
    until_somebody_waits(&store).await;
    let attach = "LOCK TABLE ONLY designia.task_history_other IN ACCESS EXCLUSIVE MODE NOWAIT";
    run(&mut making, attach).await.expect("nobody reads the others meanwhile");
    run(&mut making, "COMMIT").await.unwrap();
    waiting.await.unwrap();
    making.close().await.unwrap();
}
