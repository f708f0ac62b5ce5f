//! A history in PostgreSQL.

use std::ops::Range;
use std::time::Duration;

use designia::id::OrderId;
use designia::postgres::PostgresStore;
use designia::postgres::testing::{Copies, copy_order};
use designia::time::{HOUR, Timestamp};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::{BUYERS, CHUNK, chunks};

/// The store, and a connection for what only a bench does.
#[derive(Debug)]
pub(super) struct Postgres {
    pub(super) store: PostgresStore,
    bare: PgConnection,
}

impl Postgres {
    pub(super) async fn open(url: &str) -> Self {
        let store = PostgresStore::open(&url.parse().expect("a URL of Postgres")).await.expect("the database is there");
        let bare = PgConnection::connect(url).await.expect("Postgres answers");
        Self { store, bare }
    }

    pub(super) async fn copy(&self, template: OrderId, numbers: Range<u64>) {
        let copies = Copies { template, numbers, buyers: BUYERS, due_later: Duration::ZERO };
        copy_order(&self.store, &copies).await.expect("the copies are new");
    }

    pub(super) async fn add_tasks_and_events(&mut self, numbers: Range<u64>, now: Timestamp) {
        let at = |time: Timestamp| format!("timestamptz '{time}'");
        for day in [now - HOUR, now] {
            self.run(&format!("SELECT designia.keep_task_day_1({})", at(day))).await;
        }
        let (ended, received) = (at(now - HOUR), at(now - HOUR * 48));
        let id = "('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))";
        for Range { start, end } in chunks(numbers, CHUNK) {
            let numbers = format!("generate_series({start}::bigint, {}) AS n", end - 1);
            self.run(&format!(
                "WITH added AS (
                    INSERT INTO designia.task_history (id, queue, priority, state, due_at, ended_at, claims, attempts,
                        max_attempts, revoke_asked, kind, enqueued_at, run_at, args, result, failures)
                    SELECT {id}::uuid, 'payment_tasks', 1, CASE n % 1000 WHEN 0 THEN 'FAILURE' ELSE 'SUCCESS' END,
                        {ended}, {ended} + n * interval '1 ms', 1, 1, 4, false, 'orders.cancel_expired', {ended}, {ended},
                        json_build_object('order', {id})::text, CASE n % 1000 WHEN 0 THEN NULL ELSE 'null' END,
                        CASE n % 1000 WHEN 0 THEN '[{{\"attempt\":1,\"at\":\"2026-11-22T12:00:00Z\",\"worker\":null,\"error\":\"bench ' || (n % 7) || '\"}}]' END
                    FROM {numbers}
                    RETURNING state, queue || ' ' || designia.task_day_1(ended_at) AS unit
                 )
                 INSERT INTO designia.tally_changes (kind, word, unit, amount)
                 SELECT 'ended_tasks', state, unit, count(*) FROM added GROUP BY state, unit"
            ))
            .await;
            self.run(&format!(
                "INSERT INTO designia.webhook_events (id, kind, received_at, body, state, due_at, note, order_id)
                 SELECT 'evt_bench_' || n, 'checkout.session.completed', {received} + n * interval '1 ms', '{{}}',
                    CASE n % 1000 WHEN 0 THEN 'dead' ELSE 'folded' END, {received},
                    CASE n % 1000 WHEN 0 THEN 'bench ' || (n % 7) END, {id}::uuid
                 FROM {numbers}"
            ))
            .await;
        }
        self.store.upkeep().await.expect("the tallies are folded");
        self.run("VACUUM (ANALYZE)").await;
    }

    pub(super) async fn run(&mut self, statement: &str) {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut self.bare).await.expect("the statement fits the schema");
    }
}
