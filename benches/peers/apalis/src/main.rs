//! apalis 1.0 on PostgreSQL, measured as `benches/tasks` measures Designia: same payload, same settings of the server, same
//! work, same lines printed. `DATABASE_URL` names the server; without it a private one is started, with fsync on.
//!
//! What apalis promises in the mode measured: at least once; every result is stored, a batch of them in one statement when the
//! batch is full or the worker idle. The rate counts until the last result is stored.

mod cpu;
mod measure;
mod work;

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use designia_services::PrivatePostgres;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use crate::measure::{Rounds, row};
use crate::work::{Bench, Mode, Work};

const SINGLE: usize = 1_000;
const BULK: usize = 20_000;
const PICKUPS: usize = 200;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    match arguments.next() {
        None => measure(),
        Some(lend) if lend == "lend-postgres" => return lend_postgres(arguments),
        Some(_) => {
            eprintln!("usage: designia-peer-apalis [lend-postgres COMMAND ARGUMENTS…]");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

/// Runs a command with the server that apalis is measured on as `DATABASE_URL`.
fn lend_postgres(mut arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let (server, url) = server();
    let program = arguments.next().expect("lend-postgres takes a command");
    let status = Command::new(program).args(arguments).env("DATABASE_URL", url).status().expect("the command starts");
    drop(server);
    if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[tokio::main]
async fn measure() {
    let rounds = std::env::var("ROUNDS").map_or(3, |rounds| rounds.parse().expect("ROUNDS is a number"));
    let (server, url) = server();
    let pool: PgPool = PgPoolOptions::new().max_connections(16).connect(&url).await.expect("the database answers");
    let server_cpu = cpu::Server::of(&pool).await;
    let bench = Bench::prepare(pool, server_cpu).await;

    let mut single = Rounds::default();
    let mut bulk = Rounds::default();
    for _ in 0..rounds {
        bench.clear().await;
        single.add(bench.enqueue_single(SINGLE).await);
        bench.clear().await;
        bulk.add(bench.enqueue_bulk(BULK).await);
    }
    row("enqueue, single", &single, "tasks/s", "one client, one commit each");
    row("enqueue, bulk", &bulk, "tasks/s", "push_bulk of 1000");

    for mode in [Mode::BATCHED, Mode::DEFAULTS] {
        for work in [Work::Nothing, Work::Sleep, Work::Update] {
            let (mut rate, mut client, mut on_server) = (Rounds::default(), Rounds::default(), Rounds::default());
            for _ in 0..rounds {
                bench.clear().await;
                let drained = bench.drain(mode, work).await;
                rate.add(drained.rate);
                client.add(drained.client_cpu);
                on_server.add(drained.server_cpu);
            }
            let notes = format!("{}; {} tasks at once; results stored; at least once", mode.name, work::CONCURRENCY);
            row(&format!("drain, {}", work.name()), &rate, "tasks/s", &notes);
            row(&format!("CPU client, {}", work.name()), &client, "µs/task", &notes);
            row(&format!("CPU server, {}", work.name()), &on_server, "µs/task", &notes);
        }
    }

    for mode in [Mode::BATCHED, Mode::DEFAULTS] {
        let (mut p50, mut p99) = (Rounds::default(), Rounds::default());
        for _ in 0..rounds {
            bench.clear().await;
            let mut waits = bench.pickups(mode, PICKUPS).await;
            waits.sort_by(f64::total_cmp);
            p50.add(waits[waits.len() / 2]);
            p99.add(waits[waits.len() * 99 / 100]);
        }
        let notes =
            format!("{}; idle worker, {PICKUPS} samples, from before the push to the handler's start", mode.name);
        row("pickup p50", &p50, "ms", &notes);
        row("pickup p99", &p99, "ms", &notes);
    }
    drop(server);
}

/// The server that is measured: a private one lives as long as what is returned.
fn server() -> (Option<PrivatePostgres>, String) {
    if let Ok(url) = std::env::var("DATABASE_URL") {
        return (None, url);
    }
    let server = PrivatePostgres::durable()
        .setting("shared_buffers", "1GB")
        .setting("max_wal_size", "4GB")
        .launch()
        .expect("Postgres is installed");
    let url = server.url();
    (Some(server), url)
}
