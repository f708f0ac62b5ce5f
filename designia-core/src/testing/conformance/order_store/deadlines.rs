//! Orders whose next tick is due.

use std::sync::Arc;
use std::time::Duration;

use crate::id::OrderId;
use crate::order::{Decision, Order, Placement};
use crate::ports::Claim;
use crate::testing::conformance::Stores;
use crate::testing::conformance::steps::{MICROSECOND, at_most, cancel, tick};
use crate::testing::fixtures::{NOW, claim, commit, order_id, placement};
use crate::time::{DAY, HOUR, Timestamp};

/// Not a microsecond before.
pub async fn an_order_is_due_when_its_next_tick_is(stores: &Stores) {
    let order = stores.place(1).await;
    assert_eq!(stores.claim_due(claim(due(&order) - MICROSECOND)).await, []);
    let claimed = stores.orders.claim_due(claim(due(&order))).await.expect("the store answers");
    assert_eq!(claimed, [order]);
}

/// One worker at a time.
pub async fn a_claimed_order_is_not_handed_out_again_until_the_claim_runs_out(stores: &Stores) {
    let order = stores.place(1).await;
    let first = claim(due(&order));
    assert_eq!(stores.claim_due(first).await, [order.id()]);
    assert_eq!(stores.claim_due(claim(first.until - MICROSECOND)).await, []);
    assert_eq!(stores.claim_due(claim(first.until)).await, [order.id()]);
}

/// However the eight are interleaved.
pub async fn eight_claimers_share_the_due_orders_without_overlap(stores: &Stores) {
    stores.shelve().await;
    for number in 0..40 {
        stores.place_as(placement(number)).await;
    }
    let claims = stores
        .at_once(8, |_| {
            let orders = Arc::clone(&stores.orders);
            async move {
                let mut mine = Vec::new();
                for _ in 0..40 {
                    let some = orders.claim_due(at_most(3, NOW + DAY * 30)).await.expect("the store answers");
                    mine.extend(some.iter().map(Order::id));
                }
                mine
            }
        })
        .await;
    let mut all: Vec<OrderId> = claims.into_iter().flatten().collect();
    all.sort_unstable();
    let mut expected: Vec<_> = (0..40).map(order_id).collect();
    expected.sort_unstable();
    assert_eq!(all, expected, "each order once");
}

/// Whoever has waited longest comes first, whatever the ids.
pub async fn the_longest_overdue_orders_come_first(stores: &Stores) {
    stores.shelve().await;
    for (number, hours) in [(1, 3), (2, 1), (3, 2), (4, 4)] {
        stores.place_as(reminded_after(number, HOUR * hours)).await;
    }
    assert_eq!(stores.claim_due(at_most(2, NOW + DAY)).await, [order_id(2), order_id(3)]);
    assert_eq!(stores.claim_due(at_most(0, NOW + DAY)).await, []);
    assert_eq!(stores.claim_due(at_most(9, NOW + DAY)).await, [order_id(1), order_id(4)]);
}

/// A commit says anew when the order is due.
pub async fn a_commit_moves_the_deadline(stores: &Stores) {
    let order = stores.place(1).await;
    let now = due(&order);
    assert_eq!(stores.claim_due(claim(now)).await, [order.id()]);
    let order = stores.keep(tick(&order, now)).await;
    assert!(due(&order) > now, "the tick did what was due");
    assert_eq!(
        stores.claim_due(claim(due(&order) - MICROSECOND)).await,
        [],
        "neither by the claim nor by the old deadline"
    );
    assert_eq!(stores.claim_due(claim(due(&order))).await, [order.id()]);
}

/// A commit during somebody's claim ends the claim.
pub async fn a_commit_counts_for_more_than_a_claim(stores: &Stores) {
    let order = stores.place(1).await;
    let now = due(&order);
    let long = Claim { until: now + DAY * 365, ..claim(now) };
    assert_eq!(stores.claim_due(long).await, [order.id()]);
    let order = stores.keep(tick(&order, now)).await;
    assert_eq!(stores.claim_due(claim(due(&order))).await, [order.id()]);
}

/// What only settles an effect or a webhook event says nothing about the deadline.
pub async fn a_commit_without_events_leaves_a_claim_alone(stores: &Stores) {
    let order = stores.place(1).await;
    let taken = claim(due(&order));
    assert_eq!(stores.claim_due(taken).await, [order.id()]);
    stores.keep(Decision::nothing(&order, taken.now)).await;
    assert_eq!(stores.claim_due(claim(taken.until - MICROSECOND)).await, []);
    assert_eq!(stores.claim_due(claim(taken.until)).await, [order.id()]);
}

/// Nothing to wait for, nothing to do.
pub async fn an_order_that_waits_for_nothing_is_never_due(stores: &Stores) {
    let order = stores.place(1).await;
    let order = stores.keep(cancel(&order)).await;
    assert_eq!(order.next_tick_at(), None);
    assert_eq!(stores.claim_due(claim(NOW + DAY * 36_500)).await, []);
}

/// The store has no clock of its own: in 1954 it is 1954.
pub async fn deadlines_know_no_clock_but_the_callers(stores: &Stores) {
    stores.shelve().await;
    let long_ago = Timestamp::from_secs(-500_000_000);
    let decision = Order::place(placement(1), long_ago).expect("a placement that is in order");
    let order = decision.order.clone();
    stores.commit(commit(decision)).await;
    assert_eq!(stores.claim_due(claim(long_ago)).await, []);
    assert_eq!(stores.claim_due(claim(due(&order))).await, [order.id()]);
    assert_eq!(stores.claim_due(claim(due(&order))).await, [], "a claim in the past is a claim");
}

fn due(order: &Order) -> Timestamp {
    order.next_tick_at().expect("a pending order waits for something")
}

fn reminded_after(number: u32, wait: Duration) -> Placement {
    let mut placement = placement(number);
    placement.terms.timeout.reminders = vec![wait];
    placement
}
