//! The HTTP API under load: what a release server answers in a second, how long that takes, and what memory it needs, with ten
//! thousand and with a million products; and its console, with ten thousand and with a million orders, tasks and events.
//!
//! ```text
//! benches/http/run sqlite
//! benches/http/run postgres
//! ROWS=10000,1000000 SECONDS_EACH=10 CONNECTIONS=16 benches/http/run postgres
//! benches/http/run postgres console
//! ```
//!
//! Prints `store | rows | call | requests/s | p50 ms | p99 ms | errors | RSS MiB`. Each call is made over a fixed number of
//! connections that stay open, each sending the next request when the answer to the last has come: no more wait than connections, and
//! requests per second and times belong together; the console has one, as a person is one. Client and server share the machine.
//!
//! Rates are not limited, and every request comes from an address of its own as far as the server knows (the client is its trusted
//! proxy), because limits on log-ins can't be turned off. `log-in, wrong` and `log-in, unknown` are the two answers by whose time
//! somebody might tell whether an address has an account: their medians should be as far apart as those of one of them in two runs.

#![expect(clippy::disallowed_methods, reason = "a bench measures real time")]

mod client;
mod console;
mod figures;
mod fill;
mod history;
mod load;
mod server;

use std::time::Duration;

use designia::time::Timestamp;
use designia_services::PrivatePostgres;

use crate::fill::Stock;
use crate::history::History;
use crate::load::Requests;
use crate::server::Server;

/// What is measured.
#[derive(Clone, Copy, Debug)]
enum Part {
    /// What buyers call, with so many products.
    Shop,
    /// What staff look at, with so many orders.
    Console,
}

/// How the load is set.
struct Plan {
    part: Part,
    rows: Vec<u64>,
    each: Duration,
    connections: usize,
}

#[tokio::main]
async fn main() {
    // Another may be there already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let store = args.next().unwrap_or_else(|| "sqlite".to_owned());
    let plan = Plan::of_environment(match args.next().as_deref() {
        None | Some("shop") => Part::Shop,
        Some("console") => Part::Console,
        Some(other) => panic!("no part is called {other}; there are shop and console"),
    });
    println!("store | rows | call | requests/s | p50 ms | p99 ms | errors | RSS MiB");
    match store.as_str() {
        "sqlite" => on_sqlite(&plan).await,
        "postgres" => on_postgres(&plan).await,
        other => panic!("no store is called {other}; there are sqlite and postgres"),
    }
}

async fn on_sqlite(plan: &Plan) {
    let directory = server::directory();
    let url = format!("sqlite://{}", directory.join("designia.db").display());
    measure("sqlite", &url, &directory, plan).await;
    std::fs::remove_dir_all(&directory).expect("what was made here can be removed");
}

async fn on_postgres(plan: &Plan) {
    // With the settings of production: what is answered is on the disk.
    let private = PrivatePostgres::durable().setting("shared_buffers", "1GB").setting("max_wal_size", "4GB");
    let private = private.launch().expect("Postgres is installed");
    let directory = server::directory();
    measure("postgres", &private.url(), &directory, plan).await;
    std::fs::remove_dir_all(&directory).expect("what was made here can be removed");
}

/// Fills the store up to each of the numbers in turn, and loads a server that has started on it anew.
async fn measure(store: &str, url: &str, directory: &std::path::Path, plan: &Plan) {
    let mut stock = Stock::open(url, directory).await;
    match plan.part {
        Part::Shop => {
            for rows in &plan.rows {
                stock.fill_up_to(*rows).await;
                let server = Server::start(url, directory);
                run(&format!("{store} | {rows}"), &server, load::calls(&server, &stock).await, plan).await;
            }
        }
        Part::Console => {
            let mut history = History::open(url, &mut stock, present()).await;
            for rows in &plan.rows {
                history.fill_up_to(*rows).await;
                let server = Server::start(url, directory);
                run(&format!("{store} | {rows}"), &server, console::calls(&server, &stock).await, plan).await;
            }
        }
    }
}

async fn run(what: &str, server: &Server, calls: Vec<(&'static str, Requests)>, plan: &Plan) {
    for (call, requests) in calls {
        let seen = load::run(server, requests, plan.connections, plan.each).await;
        println!("{what} | {call} | {} | {}", seen.row(), server.memory());
    }
}

/// The time of the server's clock.
fn present() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("it is after 1970");
    Timestamp::from_secs(i64::try_from(since.as_secs()).expect("not that late"))
}

impl Plan {
    fn of_environment(part: Part) -> Self {
        let number = |name: &str, usual: u64| {
            let given = std::env::var(name).ok();
            given.map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{name} is not a number: {text}")))
        };
        let rows = std::env::var("ROWS").unwrap_or_else(|_| "10000,1000000".to_owned());
        let rows = rows.split(',').map(|text| text.trim().parse().expect("ROWS is a list of numbers"));
        let connections = match part {
            Part::Shop => 16,
            Part::Console => 1,
        };
        Self {
            part,
            rows: rows.collect(),
            each: Duration::from_secs(number("SECONDS_EACH", 10)),
            connections: usize::try_from(number("CONNECTIONS", connections)).expect("not that many"),
        }
    }
}
