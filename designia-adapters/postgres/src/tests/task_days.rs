//! What has ended is kept by the day, and a day is forgotten whole.

use designia_core::ports::{Exchange, OrderQueries, TaskClaim, TaskConsole, TaskQueue};
use designia_core::task::{Json, LEASE, Settled, Task, TaskOutcome, TaskSettlement, TaskState};
use designia_core::testing::fixtures::{NOW, queue, task, task_id};
use designia_core::time::{DAY, HOUR, Timestamp};
use sqlx::Connection;

use super::{Subject, fresh};

/// Enqueues these tasks, and has them end at that time.
pub(super) async fn end(store: &Subject, numbers: std::ops::Range<u32>, at: Timestamp) {
    let tasks: Vec<Task> = numbers.map(|number| Task { run_at: at, ..task(number) }).collect();
    store.enqueue(&tasks).await.unwrap();
    let settle = claim(store, u32::try_from(tasks.len()).unwrap(), at).await;
    assert_eq!(settle.len(), tasks.len());
    let exchanged = store.exchange(Exchange { now: at, settle, claim: None }).await.unwrap();
    assert!(exchanged.settled.iter().all(|it| *it == Settled::Recorded));
}

/// Claims tasks, and says how to report that they succeeded.
pub(super) async fn claim(store: &Subject, limit: u32, now: Timestamp) -> Vec<TaskSettlement> {
    let worker = "node-1:1".parse().unwrap();
    let claim = Some(TaskClaim { worker, queues: vec![queue()], limit, until: now + LEASE });
    let claimed = store.exchange(Exchange { now, settle: Vec::new(), claim }).await.unwrap().claimed;
    let success = || TaskOutcome::Success { result: Json::null() };
    claimed.into_iter().map(|it| TaskSettlement { ticket: it.ticket, outcome: success() }).collect()
}

/// How many tasks each day's table holds.
async fn days(store: &Subject) -> Vec<(String, i64)> {
    let mut connection = store.connection().await;
    sqlx::query_as(
        "SELECT day, coalesce(count, 0) FROM (
            SELECT substr(relname, 14) AS day, oid FROM pg_class
            WHERE relkind = 'r' AND relname LIKE 'task\\_history\\_%'
         ) AS tables
         LEFT JOIN (SELECT tableoid, count(*) FROM designia.task_history GROUP BY tableoid) AS counted ON tableoid = oid
         ORDER BY day",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap()
}

fn day(at: Timestamp) -> String {
    at.date().to_string().replace('-', "")
}

async fn ended(store: &Subject) -> u64 {
    let queues = store.queues(NOW).await.unwrap();
    queues.iter().flat_map(|queue| &queue.tasks).filter(|(state, _)| state.is_final()).map(|(_, count)| count).sum()
}

async fn is_sound(store: &Subject) {
    let report = store.integrity_check().await.unwrap();
    assert!(report.is_sound(), "{report:#?}");
}

#[tokio::test]
async fn each_day_has_a_table_that_is_there_before_it_begins() {
    let Some(store) = fresh().await else { return };
    end(&store, 0..3, NOW).await;
    end(&store, 3..5, NOW + DAY).await;
    let expected = [(day(NOW), 3), (day(NOW + DAY), 2), (day(NOW + DAY * 2), 0), ("other".to_owned(), 0)];
    assert_eq!(days(&store).await, expected);
    is_sound(&store).await;
}

#[tokio::test]
async fn whole_days_are_dropped_and_the_counters_with_them() {
    let Some(store) = fresh().await else { return };
    end(&store, 0..30, NOW).await;
    end(&store, 30..50, NOW + DAY).await;
    store.upkeep().await.unwrap();
    end(&store, 50..60, NOW + DAY * 2).await;
    assert_eq!(ended(&store).await, 60);
    // Of the first day, the middle of the second.
    assert_eq!(store.cleanup(NOW + DAY * 2, 1_000).await.unwrap(), 50);
    let left = days(&store).await;
    assert!(left.iter().all(|(it, _)| *it != day(NOW)), "{left:?}");
    assert_eq!(ended(&store).await, 10);
    assert_eq!(store.task(task_id(7)).await.unwrap(), None);
    assert_eq!(store.task(task_id(55)).await.unwrap().unwrap().state, TaskState::Success);
    is_sound(&store).await;
    store.upkeep().await.unwrap();
    is_sound(&store).await;
    assert_eq!(store.cleanup(NOW + DAY * 9, 1_000).await.unwrap(), 10);
    assert_eq!(store.cleanup(NOW + DAY * 9, 1_000).await.unwrap(), 0);
    let left = days(&store).await;
    assert_eq!(left, [("other".to_owned(), 0)], "what is empty goes too");
    assert_eq!(ended(&store).await, 0);
    is_sound(&store).await;
}

#[tokio::test]
async fn a_day_that_is_too_large_for_one_call_is_emptied_by_several() {
    let Some(store) = fresh().await else { return };
    end(&store, 0..30, NOW).await;
    let before = NOW + DAY * 2;
    for forgotten in [12, 12, 6, 0] {
        assert_eq!(store.cleanup(before, 12).await.unwrap(), forgotten);
        is_sound(&store).await;
    }
}

#[tokio::test]
async fn a_very_large_day_is_dropped_in_one_call() {
    let Some(store) = fresh().await else { return };
    end(&store, 0..1, NOW).await;
    store
        .run(
            "INSERT INTO designia.task_history
             SELECT gen_random_uuid(), queue, priority, state, due_at, ended_at, claims, attempts, max_attempts, revoke_asked,
                kind, unique_key, enqueued_at, run_at, start_by, schedule, slot_at, worker, started_at, args, result
             FROM designia.task_history, generate_series(1, 20000)",
        )
        .await
        .unwrap();
    let counted = "INSERT INTO designia.tally_changes
                   SELECT kind, word, unit, 20000 FROM designia.tally_changes WHERE kind = 'ended_tasks'";
    store.run(counted).await.unwrap();
    assert_eq!(store.cleanup(NOW + DAY * 2, 100).await.unwrap(), 20_001, "more than it was asked for, at no cost");
    is_sound(&store).await;
}

#[tokio::test]
async fn a_long_transaction_of_somebody_else_holds_up_neither_claims_nor_ends_nor_tidying() {
    let Some(store) = fresh().await else { return };
    end(&store, 0..5, NOW).await;
    let mut other = store.connection().await;
    let mut transaction = other.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ").await.unwrap();
    sqlx::query("SELECT count(*) FROM designia.task_history, designia.tasks").execute(&mut *transaction).await.unwrap();
    // Days for which no table can be made meanwhile.
    let later = NOW + DAY * 7;
    for round in 0..3 {
        let at = later + HOUR * (20 * round);
        end(&store, 10 + round * 5..15 + round * 5, at).await;
    }
    store.upkeep().await.unwrap();
    assert_eq!(store.cleanup(NOW + DAY, 100).await.unwrap(), 5, "row by row");
    is_sound(&store).await;
    transaction.rollback().await.unwrap();
    let left = days(&store).await;
    assert!(left.contains(&("other".to_owned(), 15)), "{left:?}");
    // What went astray is found, known and forgotten like everything else.
    assert!(store.task(task_id(12)).await.unwrap().is_some());
    end(&store, 40..42, later + DAY).await;
    store.upkeep().await.unwrap();
    assert_eq!(store.cleanup(later + DAY * 30, 100).await.unwrap(), 17);
    is_sound(&store).await;
    assert_eq!(store.counts(NOW).await.unwrap().orders, []);
}
