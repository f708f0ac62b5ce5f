//! Designia on PostgreSQL beside the floor of each kind of work, on one private server with the settings of production:
//!
//! ```text
//! cargo bench --bench postgres --features full                     everything, with 10,000, 100,000 and 1,000,000 orders stored
//! cargo bench --bench postgres --features full -- place sweep      some of it
//! cargo bench --bench postgres --features full -- --orders 10000,50000
//! ```
//!
//! Contestants take turns on the same database, so that a slow minute of the machine hits both. Client, server and floor
//! share the machine: the figures are those of all of them together.

#![expect(clippy::disallowed_methods, clippy::float_arithmetic, reason = "a bench measures real time, and tells rates")]

mod client;
mod fill;
mod lateness;
mod lists;
mod measure;
mod pgbench;
mod place;
mod server;
mod shop;
mod sweep;
mod webhook;

use designia_services::PrivatePostgres;

use shop::Shop;

/// So many workers, connections and buyers at once.
const WORKERS: u32 = 16;

const KINDS: [&str; 5] = ["place", "sweep", "lateness", "webhook", "lists"];

fn main() {
    let mut kinds = Vec::new();
    let mut sizes = vec![10_000, 100_000, 1_000_000];
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--orders" => {
                let list = args.next().expect("--orders takes a list of numbers");
                sizes = list.split(',').map(|size| size.parse().expect("a number of orders")).collect();
            }
            kind => kinds.push(
                KINDS.into_iter().find(|known| *known == kind).expect("one of place, sweep, lateness, webhook, lists"),
            ),
        }
    }
    if kinds.is_empty() {
        kinds = KINDS.to_vec();
    }
    let _ = rustls::crypto::ring::default_provider().install_default();
    let server = PrivatePostgres::durable()
        .setting("shared_buffers", "1GB")
        .setting("max_wal_size", "4GB")
        .setting("max_connections", "100")
        // What pgbench is to run is read from the log.
        .setting("logging_collector", "on")
        .setting("log_line_prefix", "")
        .launch()
        .expect("Postgres is installed");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let shop = Shop::open(&server).await;
        let mut stored = 0;
        for size in sizes {
            fill::pending(&shop, stored, size).await;
            stored = size;
            println!("\n== with {size} orders stored");
            for kind in &kinds {
                match *kind {
                    "place" => place::run(&shop).await,
                    "sweep" => sweep::run(&shop).await,
                    "lateness" => lateness::run(&shop).await,
                    "webhook" => webhook::run(&shop).await,
                    _ => lists::run(&shop).await,
                }
            }
        }
    });
}
