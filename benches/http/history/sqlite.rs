//! A history in a SQLite file.

use std::ops::Range;

use designia::id::OrderId;
use designia::ports::OrderStore;
use designia::postgres::testing::TABLES;
use designia::sqlite::{Config, SqliteStore};
use designia::time::{HOUR, Timestamp};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, SqliteConnection};

use super::{BUYERS, CHUNK, chunks};

/// The copy's id and buyer, as bytes and as text.
const ID: &str = "unhex('0000000000007000' || printf('8000%012x', n))";
const ID_TEXT: &str = "('00000000-0000-7000-8000-' || printf('%012x', n))";

/// The store, and a connection for what only a bench does.
#[derive(Debug)]
pub(super) struct Sqlite {
    pub(super) store: SqliteStore,
    bare: SqliteConnection,
}

impl Sqlite {
    pub(super) async fn open(path: &str) -> Self {
        let store = SqliteStore::open(&Config::file(path)).await.expect("the file is there");
        let options = SqliteConnectOptions::new().filename(path).journal_mode(SqliteJournalMode::Wal);
        let bare = options.synchronous(SqliteSynchronous::Normal).connect().await.expect("the file is there");
        Self { store, bare }
    }

    pub(super) async fn copy(&mut self, template: OrderId, numbers: Range<u64>) {
        let order = self.store.load(template).await.expect("the store answers").expect("it was stored");
        let (own, own_buyer) = (template.to_string(), order.buyer().to_string());
        let own_time = order.contents().placed_at;
        let placed = "(strftime('%Y-%m-%dT%H:%M:%S', (placed_at + n * 1000) / 1000000, 'unixepoch')
            || printf('.%06dZ', (placed_at + n * 1000) % 1000000))";
        let of = format!("x'{}'", template.as_uuid().simple());
        let buyer_text = format!("('00000000-0000-7000-9000-' || printf('%012x', n % {BUYERS}))");
        let buyer = format!("unhex('0000000000007000' || printf('9000%012x', n % {BUYERS}))");
        for range in chunks(numbers, CHUNK) {
            let all = numbered(&range);
            let mut statements = vec![format!(
                "INSERT INTO orders (id, buyer, status, payment_status, currency, total_minor, placed_at, updated_at,
                    next_tick_at, tick_due_at, expires_at, attention_at, version, state)
                 {all} SELECT {ID}, {buyer}, status, payment_status, currency, total_minor, placed_at + n * 1000, updated_at,
                    next_tick_at, next_tick_at, expires_at, attention_at, version,
                    replace(replace(replace(state, '{own}', {ID_TEXT}), '{own_buyer}', {buyer_text}), '{own_time}', {placed})
                 FROM orders, numbers WHERE id = {of}"
            )];
            for (table, columns) in TABLES {
                let names = columns.replace("no, NULL, NULL", "no, session_ref, payment_ref").replace("KEY", "key");
                let values = columns
                    .replace("KEY", &format!("replace(key, '{own}', {ID_TEXT})"))
                    .replace("status, placed_at", "status, placed_at + n * 1000");
                statements.push(format!(
                    "INSERT INTO {table} (order_id, {names})
                     {all} SELECT {ID}, {values} FROM {table}, numbers WHERE order_id = {of}"
                ));
            }
            self.run(&format!("BEGIN IMMEDIATE; {}; COMMIT", statements.join("; "))).await;
        }
    }

    pub(super) async fn add_tasks_and_events(&mut self, numbers: Range<u64>, now: Timestamp) {
        let (ended, received) = ((now - HOUR).as_micros(), (now - HOUR * 48).as_micros());
        for range in chunks(numbers, CHUNK) {
            let all = numbered(&range);
            self.run(&format!(
                "BEGIN IMMEDIATE;
                 INSERT INTO tasks (id, kind, queue, priority, args, max_attempts, enqueued_at, run_at, state, attempts, claims,
                    due_at, ended_at, result, failures)
                 {all} SELECT {ID}, 'orders.cancel_expired', 'payment_tasks', 1, json_object('order', {ID_TEXT}), 4, {ended},
                    {ended}, iif(n % 1000, 'SUCCESS', 'FAILURE'), 1, 1, {ended}, {ended} + n * 1000, iif(n % 1000, 'null', NULL),
                    iif(n % 1000, NULL, '[{{\"attempt\":1,\"at\":\"2026-11-22T12:00:00Z\",\"worker\":null,\"error\":\"bench ' || (n % 7) || '\"}}]')
                 FROM numbers WHERE true;
                 INSERT INTO webhook_events (id, kind, received_at, body, state, due_at, note, order_id)
                 {all} SELECT 'evt_bench_' || n, 'checkout.session.completed', {received} + n * 1000, x'7b7d',
                    iif(n % 1000, 'folded', 'dead'), {received}, iif(n % 1000, NULL, 'bench ' || n % 7), {ID}
                 FROM numbers WHERE true;
                 COMMIT"
            ))
            .await;
        }
        self.run("PRAGMA wal_checkpoint(TRUNCATE)").await;
    }

    pub(super) async fn run(&mut self, statements: &str) {
        sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut self.bare).await.expect("the statements fit the schema");
    }
}

/// The numbers as a table.
fn numbered(Range { start, end }: &Range<u64>) -> String {
    format!("WITH RECURSIVE numbers (n) AS (SELECT {start} UNION ALL SELECT n + 1 FROM numbers WHERE n < {})", end - 1)
}
