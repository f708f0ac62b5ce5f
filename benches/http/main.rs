//! The HTTP API under load: what a release server answers in a second, how long that takes, and what memory it needs, with ten
//! thousand and with a million products.
//!
//! ```text
//! benches/http/run sqlite
//! benches/http/run postgres
//! PRODUCTS=10000,1000000 SECONDS_EACH=10 CONNECTIONS=16 benches/http/run postgres
//! ```
//!
//! Prints `store | products | call | requests/s | p50 ms | p99 ms | errors | RSS MiB`. Each call is made over a fixed number of
//! connections that stay open, each sending the next request when the answer to the last has come: no more wait than connections, and
//! requests per second and times belong together. Client and server share the machine.
//!
//! Rates are not limited, and every request comes from an address of its own as far as the server knows (the client is its trusted
//! proxy), because limits on log-ins can't be turned off. `log-in, wrong` and `log-in, unknown` are the two answers by whose time
//! somebody might tell whether an address has an account: their medians should be as far apart as those of one of them in two runs.

#![expect(clippy::disallowed_methods, reason = "a bench measures real time")]

mod client;
mod figures;
mod fill;
mod load;
mod server;

use std::time::Duration;

use designia_services::PrivatePostgres;

use crate::fill::Stock;
use crate::server::Server;

/// How the load is set.
struct Plan {
    products: Vec<u64>,
    each: Duration,
    connections: usize,
}

#[tokio::main]
async fn main() {
    // Another may be there already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let store = std::env::args().skip(1).find(|arg| !arg.starts_with("--")).unwrap_or_else(|| "sqlite".to_owned());
    let plan = Plan::of_environment();
    println!("store | products | call | requests/s | p50 ms | p99 ms | errors | RSS MiB");
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
    for products in &plan.products {
        stock.fill_up_to(*products).await;
        let server = Server::start(url, directory);
        for (call, requests) in load::calls(&server, &stock).await {
            let seen = load::run(&server, requests, plan.connections, plan.each).await;
            println!("{store} | {products} | {call} | {} | {}", seen.row(), server.memory());
        }
    }
}

impl Plan {
    fn of_environment() -> Self {
        let number = |name: &str, usual: u64| {
            let given = std::env::var(name).ok();
            given.map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{name} is not a number: {text}")))
        };
        let products = std::env::var("PRODUCTS").unwrap_or_else(|_| "10000,1000000".to_owned());
        let products = products.split(',').map(|text| text.trim().parse().expect("PRODUCTS is a list of numbers"));
        Self {
            products: products.collect(),
            each: Duration::from_secs(number("SECONDS_EACH", 10)),
            connections: usize::try_from(number("CONNECTIONS", 16)).expect("not that many"),
        }
    }
}
