//! Storing a placed order (two sellers, a payment begun): in memory, in SQLite, and beside the same statements in bare sqlx.
//!
//! `cargo bench --bench commit --features memory,sqlite`. The bare statements get their rows encoded beforehand, so they are
//! the floor: what the database alone costs. Both databases commit to disk (`synchronous = FULL`).

mod common;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use common::{START, placed, placement, products, sellers};
use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use designia::catalog::{Product, ProductDetails, ProductFigures};
use designia::memory::MemoryStore;
use designia::money::{Currency, Money};
use designia::order::{Actor, Cause, Command};
use designia::payment::PaymentMethod;
use designia::ports::{CatalogStore, Commit, OrderStore};
use designia::sqlite::{Config, SqliteStore};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tokio::runtime::Runtime;
use uuid::Uuid;

/// No order is stored twice, in whichever benchmark.
static NEXT: AtomicU32 = AtomicU32::new(1);

fn next() -> u128 {
    NEXT.fetch_add(1, Ordering::Relaxed).into()
}

/// A new order with its first payment attempt, as a checkout commits it.
fn commit() -> Commit {
    let placed = placed(placement(next()));
    let pay = Command::StartPayment { method: PaymentMethod::Card };
    let started = placed.order.decide(&pay, START).expect("a new order can be paid");
    let by = Actor::Buyer(started.order.buyer());
    Commit::of(placed.then(started), &Cause::Request(by))
}

async fn stock_up(store: &impl CatalogStore) {
    for (seller, id) in sellers().into_iter().zip(products()) {
        let product = Product {
            id,
            seller,
            slug: id.to_string(),
            name: "A well-made thing".to_owned(),
            description: String::new(),
            price: Money::new(4_990, Currency::EUR),
            stock: u32::MAX,
            active: true,
            details: ProductDetails::default(),
            figures: ProductFigures::default(),
            version: 1,
            created_at: START,
            updated_at: START,
        };
        store.put(&product).await.expect("a new product");
    }
}

/// A database in a folder of its own.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("designia-bench-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        Self(folder)
    }

    fn file(&self) -> PathBuf {
        self.0.join("bench.db")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // A folder that stays behind harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn of_store(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, runtime: &Runtime, store: &impl OrderStore) {
    group.bench_function(name, |bench| {
        bench.iter_batched(
            commit,
            |commit| runtime.block_on(store.commit(commit)).expect("nobody else commits"),
            BatchSize::SmallInput,
        );
    });
}

/// The rows of a commit, encoded: what the adapter makes of it before its turn to write.
struct Rows {
    id: Vec<u8>,
    buyer: Vec<u8>,
    state: String,
    sellers: String,
    events: String,
    attempts: String,
    effects: String,
    movements: String,
    moves: String,
}

impl Rows {
    fn of(commit: &Commit) -> Self {
        let json = |value: serde_json::Value| value.to_string();
        let hex = |id: Uuid| id.simple().to_string();
        let micros = START.as_micros();
        let events: Vec<_> =
            commit.events.iter().map(|it| serde_json::json!([it.seq, micros, it.cause, it.event])).collect();
        let effects: Vec<_> = commit
            .changes
            .effects
            .iter()
            .map(|it| {
                serde_json::json!([it.id.event, it.id.index, it.key.as_str(), it.request.kind(), micros, it.request])
            })
            .collect();
        let stock = &commit.changes.stock;
        let movements: Vec<_> = stock
            .iter()
            .map(|it| serde_json::json!([hex(it.product.as_uuid()), it.reason.as_str(), it.round, it.quantity, micros]))
            .collect();
        let moves: Vec<_> =
            stock.iter().map(|it| serde_json::json!([hex(it.product.as_uuid()), -i64::from(it.quantity)])).collect();
        Self {
            id: commit.order.id().as_uuid().as_bytes().to_vec(),
            buyer: commit.order.buyer().as_uuid().as_bytes().to_vec(),
            state: serde_json::to_string(&commit.order).expect("an order is JSON"),
            sellers: json(sellers().map(|seller| hex(seller.as_uuid())).to_vec().into()),
            events: json(events.into()),
            attempts: json(serde_json::json!([[1, null, null, "opening", "EUR", 12_980, 0]])),
            effects: json(effects.into()),
            movements: json(movements.into()),
            moves: json(moves.into()),
        }
    }

    /// One transaction of the statements that `designia-sqlite` runs for this commit.
    async fn write(self, connection: &mut SqliteConnection) -> sqlx::Result<()> {
        let mut turn = connection.begin_with("BEGIN IMMEDIATE").await?;
        let at = START.as_micros();
        sqlx::query(
            "INSERT INTO orders (id, buyer, status, payment_status, currency, total_minor, placed_at, updated_at,
                next_tick_at, tick_due_at, version, state)
             VALUES (?1, ?2, 'pending_payment', 'pending', 'EUR', 12980, ?3, ?3, ?3, ?3, 2, ?4) ON CONFLICT (id) DO NOTHING",
        )
        .bind(self.id.clone())
        .bind(self.buyer)
        .bind(at)
        .bind(self.state)
        .execute(&mut *turn)
        .await?;
        sqlx::query(
            "INSERT INTO order_sellers (order_id, seller, status, placed_at)
             SELECT ?1, unhex(value), 'pending_payment', ?2 FROM json_each(?3)",
        )
        .bind(self.id.clone())
        .bind(at)
        .bind(self.sellers)
        .execute(&mut *turn)
        .await?;
        for (statement, rows) in [
            (
                "INSERT INTO attempts (order_id, no, session_ref, payment_ref, state, currency, amount_minor, captured_minor)
                 SELECT ?1, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6
                 FROM json_each(?2)",
                self.attempts,
            ),
            (
                "INSERT INTO events (order_id, seq, at, cause, event)
                 SELECT ?1, value ->> 0, value ->> 1, value -> 2, value -> 3 FROM json_each(?2)",
                self.events,
            ),
            (
                "INSERT INTO effects (order_id, event, idx, key, kind, state, planned_at, due_at, request)
                 SELECT ?1, value ->> 0, value ->> 1, value ->> 2, value ->> 3, 'planned', value ->> 4, value ->> 4, value -> 5
                 FROM json_each(?2)",
                self.effects,
            ),
            (
                "INSERT INTO stock_movements (order_id, product, reason, round, quantity, at)
                 SELECT ?1, unhex(value ->> 0), value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(?2)",
                self.movements,
            ),
        ] {
            sqlx::query(statement).bind(self.id.clone()).bind(rows).execute(&mut *turn).await?;
        }
        sqlx::query(
            "UPDATE products SET stock = stock + move.delta
             FROM (SELECT unhex(value ->> 0) AS product, value ->> 1 AS delta FROM json_each(?1)) AS move
             WHERE products.id = move.product AND products.stock + move.delta >= 0 RETURNING id",
        )
        .bind(self.moves)
        .fetch_all(&mut *turn)
        .await?;
        turn.commit().await
    }
}

fn place_an_order(c: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let mut group = c.benchmark_group("commit_placed_order");
    group.throughput(Throughput::Elements(1));

    let memory = MemoryStore::new();
    runtime.block_on(stock_up(&memory));
    of_store(&mut group, "memory", &runtime, &memory);

    let place = Place::new("sqlite");
    let sqlite = runtime.block_on(SqliteStore::open(&Config::file(place.file()))).expect("a new database");
    runtime.block_on(stock_up(&sqlite));
    of_store(&mut group, "sqlite", &runtime, &sqlite);

    let place = Place::new("bare");
    let migrated = runtime.block_on(SqliteStore::open(&Config::file(place.file()))).expect("a new database");
    runtime.block_on(stock_up(&migrated));
    runtime.block_on(migrated.close()).expect("an open database");
    let options = SqliteConnectOptions::new()
        .filename(place.file())
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .pragma("wal_autocheckpoint", "4000");
    let mut bare = runtime.block_on(options.connect()).expect("the same database");
    group.bench_function("sqlite_bare_sqlx", |bench| {
        bench.iter_batched(
            || Rows::of(&commit()),
            |rows| runtime.block_on(rows.write(&mut bare)).expect("nobody else writes"),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, place_an_order);
criterion_main!(benches);
