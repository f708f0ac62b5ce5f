//! Many orders at once: one is stored the ordinary way, and its rows are copied with other ids.

use std::time::Duration;

use designia::id::OrderId;
use designia::order::{Actor, Cause, Order};
use designia::ports::{Commit, OrderStore};
use designia::postgres::testing::{Copies, copy_order};
use designia::time::{DAY, Timestamp};

use crate::shop::{BUYERS, START, Shop, order_id, placement};

/// Unpaid orders that come due two to four days after the time of the sweeps, until there are so many.
pub(crate) async fn pending(shop: &Shop, stored: u64, size: u64) {
    let template = template(shop, START + DAY).await;
    let due_later = Duration::from_secs(2 * 86_400);
    let copies = Copies { template, numbers: stored + 1..size + 1, buyers: BUYERS, due_later };
    copy_order(&shop.store, &copies).await.expect("the copies are new");
}

/// So many unpaid orders whose deadline has passed, and the one they are copies of.
pub(crate) async fn overdue(shop: &Shop, count: u64) {
    let first = shop.numbers(count);
    let template = template(shop, START - DAY * 10).await;
    let copies = Copies { template, numbers: first..first + count, buyers: BUYERS, due_later: Duration::ZERO };
    copy_order(&shop.store, &copies).await.expect("the copies are new");
}

/// An unpaid order whose buyer has not started to pay.
async fn template(shop: &Shop, placed_at: Timestamp) -> OrderId {
    let number = shop.number();
    let placed = Order::place(placement(number), placed_at).expect("the placement is valid");
    let by = Actor::Buyer(placed.order.buyer());
    shop.store.commit(Commit::of(placed, &Cause::Request(by))).await.expect("nobody else commits");
    order_id(number)
}
