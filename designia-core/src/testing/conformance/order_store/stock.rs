//! Stock that moves with commits.

use std::sync::Arc;

use crate::catalog::Product;
use crate::order::{Event, Placement, StockReason};
use crate::ports::CommitError;
use crate::testing::conformance::Stores;
use crate::testing::conformance::steps::{assert_invalid, cancel, pay};
use crate::testing::fixtures::{commit, order_id, placed, placement, product, product_id, seller};
use crate::testing::lives::{Life, lives};

/// Two of product 1, three of product 2.
pub async fn placing_an_order_reserves_its_stock(stores: &Stores) {
    stores.place(1).await;
    assert_eq!(stores.stock(1).await, Some(998));
    assert_eq!(stores.stock(2).await, Some(997));
}

/// What was reserved is free again.
pub async fn cancelling_an_order_releases_its_stock(stores: &Stores) {
    let order = stores.place(1).await;
    stores.keep(cancel(&order)).await;
    assert_eq!(stores.stock(1).await, Some(1_000));
    assert_eq!(stores.stock(2).await, Some(1_000));
}

/// A whole life long, the shelf and the orders together hold what there was.
pub async fn no_unit_is_lost_in_any_life(stores: &Stores) {
    stores.shelve().await;
    let (mut reserved, mut released) = (0, 0);
    for life in lives() {
        for commit in life.commits {
            for movement in commit.changes.stock.iter().filter(|movement| movement.product == product_id(1)) {
                match movement.reason {
                    StockReason::Reserve => reserved += movement.quantity,
                    StockReason::Release => released += movement.quantity,
                }
            }
            stores.commit(commit).await;
        }
    }
    assert_eq!(stores.stock(1).await, Some(1_000 - reserved + released));
}

/// The buyer is told of what there is too little, and how much there is.
pub async fn too_little_stock_refuses_naming_the_product_and_what_is_left(stores: &Stores) {
    stores.shelve().await;
    stores.set_stock(2, 2).await;
    let before = stores.trace(&[order_id(1)]).await;
    assert_out_of_stock(&stores.refused(commit(placed(placement(1)))).await, 2, 2);
    assert_eq!(stores.trace(&[order_id(1)]).await, before, "nothing of product 1 is reserved, either");
}

/// The last units are for sale, too.
pub async fn stock_can_be_reserved_down_to_nothing(stores: &Stores) {
    stores.shelve().await;
    stores.set_stock(1, 2).await;
    stores.place_as(placement(1)).await;
    assert_eq!(stores.stock(1).await, Some(0));
    assert_out_of_stock(&stores.refused(commit(placed(placement(2)))).await, 1, 0);
}

/// What isn't there is out of stock.
pub async fn a_product_that_does_not_exist_is_out_of_stock(stores: &Stores) {
    stores.catalog.put(&product(1)).await.expect("a product is stored");
    assert_out_of_stock(&stores.refused(commit(placed(placement(1)))).await, 2, 0);
    assert_eq!(stores.stock(1).await, Some(1_000));
}

/// Sixteen buyers, five units: five of them get one.
pub async fn of_sixteen_orders_for_five_units_exactly_five_win(stores: &Stores) {
    stores.shelve().await;
    stores.set_stock(1, 5).await;
    let results = stores
        .at_once(16, |number| {
            let (orders, placing) = (Arc::clone(&stores.orders), commit(placed(one_unit(number))));
            async move { orders.commit(placing).await }
        })
        .await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 5, "of {results:?}");
    for error in results.iter().filter_map(|result| result.as_ref().err()) {
        assert_out_of_stock(error, 1, 0);
    }
    assert_eq!(stores.stock(1).await, Some(0));
}

/// Order, product, reason and round name a movement.
pub async fn a_movement_is_not_applied_twice(stores: &Stores) {
    let order = stores.place(1).await;
    let before = stores.trace(&[order.id()]).await;
    let mut again = commit(pay(&order));
    again.changes.stock = commit(placed(placement(1))).changes.stock;
    assert_invalid(&stores.refused(again).await);
    assert_eq!(stores.trace(&[order.id()]).await, before);
}

/// The same movement in one commit is the same movement.
pub async fn a_movement_is_not_applied_twice_in_one_commit(stores: &Stores) {
    stores.shelve().await;
    let mut twice = commit(placed(placement(1)));
    twice.changes.stock.push(twice.changes.stock[0]);
    assert_invalid(&stores.refused(twice).await);
    assert_eq!(stores.stock(1).await, Some(1_000));
}

/// Late money may make an order stand again: that is another reservation, and may end in another release.
pub async fn stock_is_reserved_and_released_again_in_another_round(stores: &Stores) {
    stores.shelve().await;
    let is_reinstated =
        |life: &Life| life.commits.iter().flat_map(|it| &it.events).any(|it| it.event == Event::Reinstated);
    let life = lives().into_iter().find(is_reinstated).expect("some order is reinstated");
    for commit in life.commits {
        stores.commit(commit).await;
    }
    assert_eq!(stores.stock(1).await, Some(998), "reserved, released, and reserved again");
    let order = stores.load(order_id(3)).await;
    stores.keep(cancel(&order)).await;
    assert_eq!(stores.stock(1).await, Some(1_000), "and released again");
}

/// A product that is no longer sold still takes back what was reserved of it.
pub async fn stock_of_an_inactive_product_is_released(stores: &Stores) {
    let order = stores.place(1).await;
    stores.catalog.put(&Product { active: false, ..product(1) }).await.expect("a product is changed");
    stores.keep(cancel(&order)).await;
    assert_eq!(stores.stock(1).await, Some(1_000));
}

fn one_unit(order: u32) -> Placement {
    let mut placement = placement(order);
    placement.consignments.retain(|(of, _, _)| *of == seller(1));
    placement.consignments[0].1[0].quantity = 1;
    placement
}

#[track_caller]
fn assert_out_of_stock(error: &CommitError, number: u32, left: u32) {
    let is_expected = matches!(
        error,
        CommitError::OutOfStock { product, available } if *product == product_id(number) && *available == left
    );
    assert!(is_expected, "expected that {left} of product {number} are left, got {error:?}");
}
