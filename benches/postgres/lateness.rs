//! How late an order is cancelled when the sweep looks every five seconds, as the server does, among all the orders stored.

use std::sync::Arc;
use std::time::{Duration, Instant};

use designia::order::{Actor, Cause, Command, Order};
use designia::ports::{Claim, Commit, OrderStore};
use designia::time::{MINUTE, Timestamp};

use crate::shop::{START, Shop, placement};
use crate::sweep::NOW;

/// The server's default.
const POLL: Duration = Duration::from_secs(5);

/// So many orders come due, one after the other, in so long: fifty times what a million pending orders make.
const DUE: u32 = 12_000;
const WITHIN: Duration = Duration::from_secs(60);

pub(crate) async fn run(shop: &Arc<Shop>) {
    let before = NOW;
    place(shop, before).await;
    shop.settle().await;
    let begun = Instant::now();
    let mut late = Vec::new();
    while late.len() < usize::try_from(DUE).expect("a number of orders") {
        tokio::time::sleep(POLL).await;
        loop {
            let now = before + begun.elapsed();
            let swept = turn(shop, now).await;
            let done = before + begun.elapsed();
            let is_over = swept.len() < 500;
            late.extend(swept.into_iter().map(|due| done.as_micros() - due.as_micros()));
            if is_over {
                break;
            }
        }
    }
    late.sort_unstable();
    let at = |percent: usize| Duration::from_micros(u64::try_from(late[(late.len() - 1) * percent / 100]).unwrap_or(0));
    println!("lateness of {DUE} orders that come due within {WITHIN:?}, with a look every {POLL:?}");
    println!("  median {:.2?}   p99 {:.2?}   worst {:.2?}", at(50), at(99), at(100));
}

/// When each of the orders that were changed had been due.
async fn turn(shop: &Shop, now: Timestamp) -> Vec<Timestamp> {
    let due_at = std::sync::Mutex::new(Vec::new());
    let tick = |order: &Order| {
        let mut due_at = due_at.lock().expect("nobody panicked");
        due_at.push(order.next_tick_at().expect("it is due"));
        let decision = order.decide(&Command::Tick, now).expect("a tick is never refused");
        Some(Commit::of(decision, &Cause::Timer))
    };
    let due = shop.store.change_due(Claim { now, until: now + MINUTE, limit: 500 }, &tick).await.expect("it answers");
    assert!(due.iter().all(|it| matches!(it.outcome, Ok(true))), "{due:?}");
    due_at.into_inner().expect("nobody panicked")
}

/// Orders whose deadlines lie evenly within the time that is measured.
async fn place(shop: &Arc<Shop>, before: Timestamp) {
    let grace = {
        let placed = Order::place(placement(1), START).expect("the placement is valid").order;
        Duration::from_micros(
            u64::try_from(placed.next_tick_at().expect("it waits").as_micros() - START.as_micros()).expect("later"),
        )
    };
    let next = Arc::new(std::sync::atomic::AtomicU32::new(0));
    let workers = (0..crate::WORKERS).map(|_| {
        let (shop, next) = (Arc::clone(shop), Arc::clone(&next));
        tokio::spawn(async move {
            loop {
                let number = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                if number >= DUE {
                    break;
                }
                let due = before + WITHIN * number / DUE;
                let placed = Order::place(placement(shop.number()), due - grace).expect("the placement is valid");
                let by = Actor::Buyer(placed.order.buyer());
                shop.store.commit(Commit::of(placed, &Cause::Request(by))).await.expect("nobody else commits");
            }
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.await.expect("no worker fails");
    }
}
