//! Placing an order: our commit beside pgbench, which runs the very statement that our commit sends.
//!
//! Each of ours is decided anew, encoded, sent and checked; pgbench only fills ids into a text that it prepared once.

use std::sync::Arc;

use designia::ports::OrderStore;

use crate::measure::{ROUND, ROUNDS, rate, tell};
use crate::pgbench::Script;
use crate::shop::Shop;
use crate::{WORKERS, pgbench};

pub(crate) async fn run(shop: &Arc<Shop>) {
    let script = Script::of_a_checkout(shop).await;
    let (mut ours, mut floor) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        shop.settle().await;
        ours.push(place(shop, WORKERS).await);
        shop.settle().await;
        floor.push(pgbench::rate(&script, &shop.url, WORKERS).await);
    }
    tell(&format!("placing an order, {WORKERS} at once, fsync on"), &ours, "pgbench, the same statement", &floor);
    let alone = place(shop, 1).await;
    println!("  {:<34} {alone:>9.0}/s", "designia, one after the other");
}

async fn place(shop: &Arc<Shop>, workers: u32) -> f64 {
    rate(workers, ROUND, |_, ticks| {
        let shop = Arc::clone(shop);
        async move {
            while ticks.goes_on() {
                shop.store.commit(shop.checkout()).await.expect("nobody else has this number");
                ticks.tick();
            }
        }
    })
    .await
}
