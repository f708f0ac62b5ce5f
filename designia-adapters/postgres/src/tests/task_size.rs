//! With a hundred thousand tasks that wait and as many that have ended, nothing that workers or people ask for walks through a
//! table.

use std::time::Duration;

use designia_core::id::TaskId;
use designia_core::ports::{Exchange, TaskClaim, TaskConsole, TaskFilter, TaskPage, TaskQueue};
use designia_core::task::{Json, LEASE, Renewal, TaskOutcome, TaskSettlement, TaskState};
use designia_core::testing::fixtures::{NOW, queue, task};
use designia_core::time::{DAY, Timestamp};

use super::{Subject, fresh};

const FILL: &str = "
    INSERT INTO designia.tasks (id, queue, priority, state, due_at, max_attempts, kind, unique_key, enqueued_at, run_at, args)
    SELECT gen_random_uuid(), CASE WHEN n % 10 = 0 THEN 'other' ELSE 'payment_tasks' END, n % 3, 'PENDING',
        timestamptz '2026-11-22' + n * interval '1 s', 4, 'a.kind', CASE WHEN n % 7 = 0 THEN 'key ' || n END,
        '2026-11-22', '2026-11-22', repeat('1', 200)
    FROM generate_series(1, 100000) AS n";

const FILL_HISTORY: &str = "
    INSERT INTO designia.task_history (id, queue, priority, state, due_at, ended_at, claims, attempts, max_attempts,
        revoke_asked, kind, enqueued_at, run_at, args, result)
    SELECT gen_random_uuid(), 'payment_tasks', n % 3, CASE WHEN n % 1000 = 0 THEN 'FAILURE' ELSE 'SUCCESS' END, '2026-11-20',
        timestamptz '2026-11-21 12:00Z' + n * interval '1 s', 1, 1, 4, false, 'a.kind', '2026-11-20', '2026-11-20',
        repeat('1', 200), 'null'
    FROM generate_series(1, 100000) AS n";

/// In the middle of what has ended.
const MIDDAY: Timestamp = Timestamp::from_secs(1_795_284_000);

const COUNT: &str = "
    INSERT INTO designia.tally_changes (kind, word, unit, amount)
    SELECT 'tasks', 'PENDING', queue, count(*) FROM designia.tasks WHERE kind = 'a.kind' GROUP BY queue
    UNION ALL
    SELECT 'ended_tasks', state, queue || ' ' || designia.task_day_1(ended_at), count(*)
    FROM designia.task_history WHERE kind = 'a.kind' GROUP BY 2, 3";

#[tokio::test]
async fn with_a_hundred_thousand_tasks_nobody_walks_through_a_table() {
    let Some(store) = fresh().await else { return };
    // Nobody makes a table later, which counts as walking through it.
    for day in ["2026-11-21", "2026-11-22", "2096-03-09", "2096-03-10"] {
        store.run(&format!("SELECT designia.keep_task_day_1('{day} 12:00Z')")).await.unwrap();
    }
    // Sessions that plan while there is nothing keep their plans.
    a_day_of_work(&store, 0).await;
    store.run(FILL).await.unwrap();
    store.run(FILL_HISTORY).await.unwrap();
    store.run(COUNT).await.unwrap();
    let (before, read) = (walks(&store).await, read(&store).await);
    a_day_of_work(&store, 1).await;
    store.run("ANALYZE").await.unwrap();
    let fresh = crate::PostgresStore::open(store.config()).await.unwrap();
    a_day_of_work(&fresh, 2).await;
    fresh.close().await.unwrap();
    store.close().await.unwrap();
    assert_eq!(walks(&store).await, before, "how often each table was walked through");
    let read = self::read(&store).await - read;
    assert!(read < 50_000, "{read} entries were read, which is a walk along an index");
}

/// Whatever is asked for, several times over.
async fn a_day_of_work(store: &crate::PostgresStore, number: u32) {
    let now = NOW + DAY * 9;
    let mut settle: Vec<TaskSettlement> = Vec::new();
    for round in 0..8 {
        let tasks: Vec<_> = (0..50).map(|it| task(number * 10_000 + round * 100 + it)).collect();
        store.enqueue(&tasks).await.unwrap();
        let worker = "node-1:1".parse().unwrap();
        let queues = vec!["other".parse().unwrap(), queue()];
        let claim = Some(TaskClaim { worker, queues, limit: 40, until: now + LEASE });
        let exchanged = store.exchange(Exchange { now, settle, claim }).await.unwrap();
        assert_eq!(exchanged.claimed.len(), 40);
        let renewals: Vec<_> =
            exchanged.claimed.iter().map(|it| Renewal { ticket: it.ticket, progress: None }).collect();
        store.renew(&renewals, now + LEASE).await.unwrap();
        let outcome = |index| match index {
            0 => TaskOutcome::Retry { at: now, error: "no".to_owned() },
            1 => TaskOutcome::Failure { error: "no".to_owned() },
            _ => TaskOutcome::Success { result: Json::null() },
        };
        let tickets = exchanged.claimed.iter().map(|it| it.ticket).enumerate();
        settle = tickets.map(|(index, ticket)| TaskSettlement { ticket, outcome: outcome(index) }).collect();
        let ids: Vec<TaskId> = settle.iter().map(|it| it.ticket.task).collect();
        store.task(ids[2]).await.unwrap().unwrap();
        store.revoke(tasks[49].id, now).await.unwrap();
        store.retry(tasks[49].id, now).await.unwrap();
        for state in [None, Some(TaskState::Pending), Some(TaskState::Success), Some(TaskState::Failure)] {
            let page = TaskPage { below: Some(ids[0]), limit: 20 };
            let much = TaskFilter { state, queue: Some(queue()), ..TaskFilter::default() };
            store.tasks(&much, page).await.unwrap();
            // What is rare is not looked for among all that has ended. What waits is looked through.
            if state.is_none_or(|state| !state.is_final()) {
                continue;
            }
            let rare = |name: &str| TaskFilter { kind: Some(name.parse().unwrap()), ..much.clone() };
            store.tasks(&rare("rates.update"), page).await.unwrap();
            let seldom = TaskFilter { state, queue: Some("seldom".parse().unwrap()), ..TaskFilter::default() };
            store.tasks(&seldom, page).await.unwrap();
        }
        store.queues(now).await.unwrap();
        store.purge(&queue(), now, 5).await.unwrap();
        assert_eq!(store.cleanup(MIDDAY, 20).await.unwrap(), if number == 0 { 0 } else { 20 });
        // Leases run out, and what a dead worker left is taken over.
        let worker = "node-2:1".parse().unwrap();
        let claim = Some(TaskClaim { worker, queues: vec![queue()], limit: 5, until: now + LEASE * 2 });
        store.exchange(Exchange { now, settle: Vec::new(), claim }).await.unwrap();
    }
}

/// How many entries of indexes have been read. Those of `walks` have told.
async fn read(store: &Subject) -> i64 {
    let mut connection = store.connection().await;
    let read = "SELECT sum(idx_tup_read)::bigint FROM pg_stat_user_indexes WHERE relname LIKE 'task%'";
    sqlx::query_scalar(read).fetch_one(&mut connection).await.unwrap()
}

/// How often each table of tasks was walked through, once every session that counts has told.
async fn walks(store: &Subject) -> Vec<(String, i64)> {
    let mut connection = store.connection().await;
    loop {
        let others: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
                AND (state <> 'idle' OR state_change > clock_timestamp() - interval '2 s')",
        )
        .fetch_one(&mut connection)
        .await
        .unwrap();
        if others == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    sqlx::query_as(
        "SELECT relname::text, seq_scan FROM pg_stat_user_tables
         WHERE schemaname = 'designia' AND relname LIKE 'task%'
         ORDER BY relname",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap()
}
