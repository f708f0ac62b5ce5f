//! Orders by the state of their payments, the highest ids first.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::OrderId;
use crate::order::Order;
use crate::payment::AttemptState;
use crate::ports::PaymentList;
use crate::testing::conformance::Stores;
use crate::testing::conformance::steps::pay;
use crate::testing::fixtures::{order_id, placement};
use crate::testing::lives::lives;

/// Whatever happens to an order, it is on each list where it belongs, once and as it is.
pub async fn orders_are_listed_by_the_state_of_their_payments_through_every_life(stores: &Stores) {
    stores.shelve().await;
    let mut orders = BTreeMap::<OrderId, Order>::new();
    let (mut lives, mut had_some) = (lives(), BTreeSet::new());
    // All of them at once, a step each.
    while lives.iter().any(|life| !life.commits.is_empty()) {
        for life in lives.iter_mut().filter(|life| !life.commits.is_empty()) {
            let commit = life.commits.remove(0);
            orders.insert(commit.order.id(), commit.order.clone());
            stores.commit(commit).await;
        }
        for of in PaymentList::all() {
            let expected: Vec<_> = orders.values().rev().filter(|order| of.includes(order)).cloned().collect();
            assert_eq!(page(stores, of, None, 100).await, expected, "{of:?}");
            had_some.extend((!expected.is_empty()).then_some(of));
        }
    }
    assert_eq!(had_some, PaymentList::all().collect(), "every list had something on it");
}

/// Following the last id from page to page meets each order once.
pub async fn pages_of_payments_of_any_length_hold_each_order_once(stores: &Stores) {
    stores.shelve().await;
    for number in [4, 2, 7, 1, 6, 3, 5] {
        let order = stores.place_as(placement(number)).await;
        if number != 6 {
            stores.keep(pay(&order)).await;
        }
    }
    let expected = [7, 5, 4, 3, 2, 1].map(order_id);
    let of = PaymentList::Attempts(AttemptState::Opening);
    for limit in [1, 2, 5, 6, 7] {
        let (mut met, mut below) = (Vec::new(), None);
        loop {
            let orders = page(stores, of, below, limit).await;
            assert!(orders.len() <= usize::try_from(limit).expect("a small number"), "a page is not too long");
            let Some(last) = orders.last() else { break };
            below = Some(last.id());
            met.extend(orders.iter().map(Order::id));
        }
        assert_eq!(met, expected, "pages of {limit}");
    }
}

async fn page(stores: &Stores, of: PaymentList, below: Option<OrderId>, limit: u32) -> Vec<Order> {
    stores.queries.with_payments(of, below, limit).await.expect("the store answers")
}
