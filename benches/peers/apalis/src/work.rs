//! The work that is measured.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use apalis::prelude::*;
use apalis_postgres::{Config, PostgresStorage};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use tokio::sync::{Notify, mpsc};

use crate::cpu;

/// How many handlers run at once.
pub const CONCURRENCY: usize = 100;

const ROWS: u64 = 1_000;
const QUEUE: &str = "bench";

/// Some 200 bytes of JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Payload {
    number: u64,
    work: Work,
    padding: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Work {
    Nothing,
    Sleep,
    Update,
}

impl Work {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "no-op",
            Self::Sleep => "5 ms sleep",
            Self::Update => "one-row update",
        }
    }

    const fn count(self) -> usize {
        match self {
            Self::Nothing => 20_000,
            Self::Sleep | Self::Update => 10_000,
        }
    }
}

/// How the worker fetches.
#[derive(Clone, Copy)]
pub struct Mode {
    pub name: &'static str,
    batch: usize,
    locks: bool,
}

impl Mode {
    /// As fast as it goes.
    pub const BATCHED: Self =
        Self { name: "batch 100, no lock per task, NOTIFY and a poll each second", batch: 100, locks: false };
    /// As it is out of the box.
    pub const DEFAULTS: Self =
        Self { name: "its defaults: batch 10, a lock per task, NOTIFY and a poll each second", batch: 10, locks: true };
}

pub struct Drained {
    pub rate: f64,
    pub client_cpu: f64,
    pub server_cpu: f64,
}

#[derive(Clone)]
struct Shared {
    pool: PgPool,
    left: Arc<AtomicUsize>,
    done: Arc<Notify>,
    started: mpsc::UnboundedSender<Instant>,
}

pub struct Bench {
    pool: PgPool,
    server: cpu::Server,
}

impl Bench {
    pub async fn prepare(pool: PgPool, server: cpu::Server) -> Self {
        PostgresStorage::setup(&pool).await.expect("apalis' tables");
        for statement in [
            "CREATE TABLE IF NOT EXISTS bench_rows (id bigint PRIMARY KEY, number bigint NOT NULL)",
            "INSERT INTO bench_rows SELECT n, 0 FROM generate_series(0, 999) n ON CONFLICT DO NOTHING",
        ] {
            sqlx::query(statement).execute(&pool).await.expect("the bench's table");
        }
        Self { pool, server }
    }

    pub async fn clear(&self) {
        sqlx::query("TRUNCATE apalis.jobs").execute(&self.pool).await.expect("truncate");
        sqlx::query("VACUUM ANALYZE apalis.jobs").execute(&self.pool).await.expect("vacuum");
        sqlx::query("CHECKPOINT").execute(&self.pool).await.ok();
    }

    fn storage(&self, mode: Mode) -> PostgresStorage<Payload> {
        let config = Config::default().queue(QUEUE).batch_size(mode.batch).lock_tasks(mode.locks);
        PostgresStorage::new(&self.pool).with_config(config)
    }

    pub async fn enqueue_single(&self, count: usize) -> f64 {
        let mut storage = self.storage(Mode::BATCHED);
        let begin = Instant::now();
        for payload in payloads(Work::Nothing, count) {
            storage.push(payload).await.expect("a push");
        }
        count as f64 / begin.elapsed().as_secs_f64()
    }

    pub async fn enqueue_bulk(&self, count: usize) -> f64 {
        let begin = Instant::now();
        self.fill(Work::Nothing, count).await;
        count as f64 / begin.elapsed().as_secs_f64()
    }

    async fn fill(&self, work: Work, count: usize) {
        let mut storage = self.storage(Mode::BATCHED);
        let payloads: Vec<Payload> = payloads(work, count).collect();
        for chunk in payloads.chunks(1_000) {
            storage.push_bulk(chunk.to_vec()).await.expect("a bulk push");
        }
    }

    /// Enqueues, then starts a worker, and waits until the last result is stored.
    pub async fn drain(&self, mode: Mode, work: Work) -> Drained {
        let count = work.count();
        self.fill(work, count).await;
        sqlx::query("ANALYZE apalis.jobs").execute(&self.pool).await.expect("analyze");
        let (started, _) = mpsc::unbounded_channel();
        let shared = self.shared(count, started);
        let (client, server, begin) = (cpu::own(), self.server.used(), Instant::now());
        let all_stored = async {
            shared.done.notified().await;
            while self.unstored().await > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::select! {
            () = run(self.storage(mode), shared.clone()) => panic!("the worker stopped"),
            () = all_stored => {}
        }
        let seconds = begin.elapsed().as_secs_f64();
        let per_task = |used: f64| used * 1e6 / count as f64;
        Drained {
            rate: count as f64 / seconds,
            client_cpu: per_task(cpu::own() - client),
            server_cpu: per_task(self.server.used() - server),
        }
    }

    /// How long an idle worker takes to start each of so many tasks, in milliseconds.
    pub async fn pickups(&self, mode: Mode, count: usize) -> Vec<f64> {
        let (started, mut starts) = mpsc::unbounded_channel();
        let mut storage = self.storage(mode);
        let mut waits = Vec::with_capacity(count);
        let sample = async {
            for (number, payload) in payloads(Work::Nothing, count + 1).enumerate() {
                // Long enough to be idle, and never in step with a poll.
                tokio::time::sleep(Duration::from_millis(20 + (number as u64 * 7) % 41)).await;
                let begin = Instant::now();
                storage.push(payload).await.expect("a push");
                let start: Instant = starts.recv().await.expect("the worker runs");
                // The first one waits for the worker to come up.
                if number > 0 {
                    waits.push(start.saturating_duration_since(begin).as_secs_f64() * 1e3);
                }
            }
        };
        tokio::select! {
            () = run(self.storage(mode), self.shared(count + 1, started)) => panic!("the worker stopped"),
            () = sample => {}
        }
        waits
    }

    fn shared(&self, count: usize, started: mpsc::UnboundedSender<Instant>) -> Shared {
        Shared { pool: self.pool.clone(), left: Arc::new(AtomicUsize::new(count)), done: Arc::default(), started }
    }

    async fn unstored(&self) -> i64 {
        let count = sqlx::query_scalar("SELECT count(*) FROM apalis.jobs WHERE status <> 'Done'");
        count.fetch_one(&self.pool).await.expect("a count")
    }
}

async fn run(storage: PostgresStorage<Payload>, shared: Shared) {
    // A name that has beaten within its lease is refused to anyone else.
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let name = format!("bench-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let worker = WorkerBuilder::new(name)
        // Of the notifications alone some were missed for half a minute.
        .backend(storage.with_pubsub().poll_with_interval(Duration::from_secs(1)))
        .data(shared)
        .concurrency(CONCURRENCY)
        .parallelize(tokio::spawn)
        .build(handle);
    worker.run().await.expect("the worker runs until it is stopped");
}

async fn handle(payload: Payload, shared: Data<Shared>) -> Result<u64, BoxDynError> {
    // Nobody listens during a drain.
    let _ = shared.started.send(Instant::now());
    match payload.work {
        Work::Nothing => {}
        Work::Sleep => tokio::time::sleep(Duration::from_millis(5)).await,
        Work::Update => {
            let update = sqlx::query("UPDATE bench_rows SET number = number + 1 WHERE id = $1");
            let id = i64::try_from(payload.number % ROWS)?;
            update.bind(id).execute(&shared.pool).await?;
        }
    }
    if shared.left.fetch_sub(1, Ordering::AcqRel) == 1 {
        shared.done.notify_one();
    }
    Ok(payload.number)
}

fn payloads(work: Work, count: usize) -> impl Iterator<Item = Payload> {
    (0..count as u64).map(move |number| Payload { number, work, padding: "x".repeat(150) })
}
