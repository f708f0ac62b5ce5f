//! Keyset pages of orders, newest first.

use std::time::Duration;

use crate::id::OrderId;
use crate::order::{Order, OrderStatus};
use crate::ports::{Cursor, OrderFilter, Page, PageRequest, StoreErrorKind};
use crate::testing::conformance::Stores;
use crate::testing::conformance::steps::{cancel, learn, pay};
use crate::testing::fixtures::{NOW, buyer, commit, order_id, placement, seller};

/// No orders, no rows, no next page.
pub async fn a_page_of_nothing_is_empty(stores: &Stores) {
    assert_eq!(page(stores, EVERYTHING, None, 10).await, Page { rows: Vec::new(), next: None });
}

/// The latest order is the first on the page, and comes as it was committed last.
pub async fn orders_come_newest_first_and_as_they_are(stores: &Stores) {
    stores.shelve().await;
    for number in [2, 3, 1] {
        stores.place_as(placement(number)).await;
    }
    let changed = stores.keep(pay(&stores.load(order_id(2)).await)).await;
    let rows = page(stores, EVERYTHING, None, 10).await.rows;
    assert_eq!(ids(&rows), numbered([3, 2, 1]));
    assert_eq!(rows[1], changed);
}

/// As long as was asked, and no longer.
pub async fn a_page_is_as_long_as_was_asked(stores: &Stores) {
    placed(stores, 1..=5).await;
    for limit in 1..=5 {
        let page = page(stores, EVERYTHING, None, limit).await;
        assert_eq!(ids(&page.rows), numbered((1..=5).rev().take(usize::try_from(limit).expect("a small number"))));
    }
}

/// Following `next` from page to page meets every order once, and comes to an end.
pub async fn pages_of_any_length_hold_each_order_once(stores: &Stores) {
    placed(stores, 1..=7).await;
    for limit in [1, 2, 3, 6, 7, 8] {
        assert_eq!(walk(stores, EVERYTHING, limit).await, numbered((1..=7).rev()), "pages of {limit}");
    }
}

/// A moment is no key: the id decides between orders of one microsecond.
pub async fn orders_of_one_moment_are_paged_exactly(stores: &Stores) {
    stores.shelve().await;
    for number in 1..=7 {
        stores.commit(commit(Order::place(placement(number), NOW).expect("a placement that is in order"))).await;
    }
    for limit in [1, 2, 3, 7] {
        let mut met = walk(stores, EVERYTHING, limit).await;
        met.sort_unstable();
        assert_eq!(met, numbered(1..=7), "pages of {limit}");
    }
}

/// Orders that come in between two pages, before or behind, move none of the others.
pub async fn orders_placed_between_two_pages_displace_no_other(stores: &Stores) {
    placed(stores, [10, 20, 30, 40, 50, 60, 70]).await;
    let mut met = Vec::new();
    let mut after = None;
    for newcomers in [[80, 65], [55, 15], [45, 5], [85, 25]] {
        let page = page(stores, EVERYTHING, after, 2).await;
        met.extend(ids(&page.rows));
        after = page.next;
        for number in newcomers {
            stores.place_as(placement(number)).await;
        }
    }
    while after.is_some() {
        let page = page(stores, EVERYTHING, after, 2).await;
        met.extend(ids(&page.rows));
        after = page.next;
    }
    let twice = met.iter().enumerate().find(|(place, id)| met[..*place].contains(id));
    assert_eq!(twice, None, "an order is met once");
    met.retain(|id| numbered([10, 20, 30, 40, 50, 60, 70]).contains(id));
    assert_eq!(met, numbered([70, 60, 50, 40, 30, 20, 10]));
}

/// Nobody sees another buyer's orders.
pub async fn a_buyers_page_holds_that_buyers_orders(stores: &Stores) {
    stores.shelve().await;
    for (number, by) in [(1, 1), (2, 2), (3, 1), (4, 3), (5, 1), (6, 2)] {
        let mut placement = placement(number);
        placement.buyer = buyer(by);
        stores.place_as(placement).await;
    }
    let of = |number| OrderFilter { buyer: Some(buyer(number)), ..EVERYTHING };
    assert_eq!(walk(stores, of(1), 2).await, numbered([5, 3, 1]));
    assert_eq!(walk(stores, of(2), 2).await, numbered([6, 2]));
    assert_eq!(walk(stores, of(9), 2).await, []);
}

/// A seller sees the orders in which the seller has a part, each once.
pub async fn a_sellers_page_holds_the_orders_with_a_part_of_that_seller(stores: &Stores) {
    stores.shelve().await;
    for (number, sellers) in [(1, vec![1, 2]), (2, vec![1]), (3, vec![2]), (4, vec![2, 1]), (5, vec![2])] {
        let mut placement = placement(number);
        placement.consignments.retain(|(of, _, _)| sellers.iter().any(|number| seller(*number) == *of));
        stores.place_as(placement).await;
    }
    let of = |number| OrderFilter { seller: Some(seller(number)), ..EVERYTHING };
    assert_eq!(walk(stores, of(1), 2).await, numbered([4, 2, 1]));
    assert_eq!(walk(stores, of(2), 2).await, numbered([5, 4, 3, 1]));
    assert_eq!(walk(stores, of(9), 2).await, []);
    assert_eq!(walk(stores, EVERYTHING, 2).await, numbered([5, 4, 3, 2, 1]), "with two parts or one, an order is one");
}

/// As of the latest commit.
pub async fn a_page_by_status_follows_the_orders(stores: &Stores) {
    placed(stores, 1..=5).await;
    for number in [2, 4] {
        stores.keep(cancel(&stores.load(order_id(number)).await)).await;
    }
    let of = |status| OrderFilter { status: Some(status), ..EVERYTHING };
    assert_eq!(walk(stores, of(OrderStatus::PendingPayment), 2).await, numbered([5, 3, 1]));
    assert_eq!(walk(stores, of(OrderStatus::Cancelled), 2).await, numbered([4, 2]));
    assert_eq!(walk(stores, of(OrderStatus::Shipped), 2).await, []);
    stores.keep(cancel(&stores.load(order_id(5)).await)).await;
    assert_eq!(walk(stores, of(OrderStatus::PendingPayment), 2).await, numbered([3, 1]));
    assert_eq!(walk(stores, of(OrderStatus::Cancelled), 2).await, numbered([5, 4, 2]));
}

/// All that is asked holds for each order on the page.
pub async fn filters_can_be_combined(stores: &Stores) {
    stores.shelve().await;
    for number in 1..=12 {
        let mut placement = placement(number);
        placement.buyer = buyer(number % 2);
        placement.consignments.retain(|(of, _, _)| number % 3 != 0 || *of == seller(2));
        let order = stores.place_as(placement).await;
        if number % 4 < 2 {
            stores.keep(cancel(&order)).await;
        }
    }
    let both = [OrderStatus::PendingPayment, OrderStatus::Cancelled];
    for (by, part_of, status) in (0..2).flat_map(|by| (1..=2).flat_map(move |of| both.map(|status| (by, of, status)))) {
        let (buyer, seller) = (Some(buyer(by)), Some(seller(part_of)));
        let filter = OrderFilter { buyer, seller, status: Some(status), ..EVERYTHING };
        let is_cancelled = status == OrderStatus::Cancelled;
        let expected = (1..=12)
            .rev()
            .filter(|number| number % 2 == by && (number % 3 != 0 || part_of == 2) && (number % 4 < 2) == is_cancelled);
        assert_eq!(walk(stores, filter, 2).await, numbered(expected), "{filter:?}");
    }
}

/// An order that is paid is still the same age.
pub async fn a_change_does_not_move_an_order_to_another_page(stores: &Stores) {
    let orders = placed(stores, 1..=4).await;
    let first = page(stores, EVERYTHING, None, 2).await;
    stores.keep(pay(&orders[3])).await;
    let paying = stores.keep(pay(&orders[0])).await;
    stores.keep(learn(&paying, Some("cs_1"), None)).await;
    let second = page(stores, EVERYTHING, first.next, 2).await;
    assert_eq!(ids(&second.rows), numbered([2, 1]));
}

/// A cursor travels to the client and back as text.
pub async fn a_cursor_survives_its_text_form(stores: &Stores) {
    placed(stores, 1..=4).await;
    let first = page(stores, EVERYTHING, None, 2).await;
    let text = first.next.expect("there are more").to_string();
    let after = Some(text.parse().expect("a cursor that a page gave out"));
    assert_eq!(ids(&page(stores, EVERYTHING, after, 2).await.rows), numbered([2, 1]));
}

/// A cursor that no page gave out is the caller's mistake.
pub async fn a_cursor_that_names_no_order_id_is_invalid(stores: &Stores) {
    let after = Some(Cursor { at: NOW, id: "'; DROP TABLE orders; --".to_owned() });
    let error = stores.queries.orders(&EVERYTHING, PageRequest { after, limit: 2 }).await.expect_err("no such cursor");
    assert_eq!(error.kind, StoreErrorKind::Invalid, "got {error}");
}

/// The order that a cursor names need not exist for the cursor to name a place.
pub async fn a_cursor_is_a_place_and_not_an_order(stores: &Stores) {
    placed(stores, [1, 2, 4, 5]).await;
    let at = NOW + Duration::from_secs(3);
    let after = Some(Cursor { at, id: order_id(3).to_string() });
    assert_eq!(ids(&page(stores, EVERYTHING, after, 9).await.rows), numbered([2, 1]));
}

pub(super) const EVERYTHING: OrderFilter =
    OrderFilter { buyer: None, seller: None, status: None, placed_from: None, placed_before: None, total: None };

pub(super) async fn placed(stores: &Stores, numbers: impl IntoIterator<Item = u32>) -> Vec<Order> {
    stores.shelve().await;
    let mut orders = Vec::new();
    for number in numbers {
        orders.push(stores.place_as(placement(number)).await);
    }
    orders
}

pub(super) async fn page(stores: &Stores, filter: OrderFilter, after: Option<Cursor>, limit: u32) -> Page<Order> {
    stores.queries.orders(&filter, PageRequest { after, limit }).await.expect("the store answers")
}

/// Every order from the first page to the last.
pub(super) async fn walk(stores: &Stores, filter: OrderFilter, limit: u32) -> Vec<OrderId> {
    let (mut met, mut after) = (Vec::new(), None);
    for _ in 0..100 {
        let page = page(stores, filter, after, limit).await;
        assert!(page.rows.len() <= usize::try_from(limit).expect("a small number"), "a page is not too long");
        met.extend(ids(&page.rows));
        after = page.next;
        if after.is_none() {
            return met;
        }
    }
    panic!("the pages come to no end");
}

pub(super) fn ids(rows: &[Order]) -> Vec<OrderId> {
    rows.iter().map(Order::id).collect()
}

pub(super) fn numbered(numbers: impl IntoIterator<Item = u32>) -> Vec<OrderId> {
    numbers.into_iter().map(order_id).collect()
}
