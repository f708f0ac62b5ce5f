//! Pages of orders by date and by what they cost.

use std::time::Duration;

use super::pages::{EVERYTHING, ids, numbered, page, placed, walk};
use crate::money::Money;
use crate::order::{OrderStatus, Placement};
use crate::ports::{AmountRange, Cursor, OrderFilter};
use crate::testing::conformance::Stores;
use crate::testing::conformance::steps::{MICROSECOND, cancel};
use crate::testing::fixtures::{NOW, buyer, currency, order_id, placement, seller};
use crate::time::{DAY, Timestamp};

/// The first moment belongs to it, the last does not.
pub async fn orders_can_be_asked_for_by_when_they_were_placed(stores: &Stores) {
    placed(stores, 1..=6).await;
    let between = |from, before| OrderFilter { placed_from: from, placed_before: before, ..EVERYTHING };
    for limit in [1, 2, 6] {
        assert_eq!(walk(stores, between(Some(at(3)), None), limit).await, numbered((3..=6).rev()));
        assert_eq!(walk(stores, between(Some(at(3) + MICROSECOND), None), limit).await, numbered((4..=6).rev()));
        assert_eq!(walk(stores, between(None, Some(at(3))), limit).await, numbered((1..=2).rev()));
        assert_eq!(walk(stores, between(None, Some(at(3) + MICROSECOND)), limit).await, numbered((1..=3).rev()));
        assert_eq!(walk(stores, between(Some(at(2)), Some(at(5))), limit).await, numbered((2..=4).rev()));
        assert_eq!(
            walk(stores, between(Some(Timestamp::EPOCH), Some(NOW + DAY)), limit).await,
            numbered((1..=6).rev())
        );
    }
}

/// All that is asked holds for each order on the page.
pub async fn dates_hold_together_with_every_other_filter(stores: &Stores) {
    mixed(stores).await;
    for filter in filters() {
        let filter = OrderFilter { placed_from: Some(at(3)), placed_before: Some(at(11)), ..filter };
        let expected = (3..11).rev().filter(|number| passes(&filter, *number));
        assert_eq!(walk(stores, filter, 2).await, numbered(expected), "{filter:?}");
    }
}

/// A range that ends before it begins is empty, and no error.
pub async fn dates_that_leave_nothing_between_them_leave_nothing(stores: &Stores) {
    placed(stores, 1..=3).await;
    for (from, before) in [(at(2), at(2)), (at(3), at(1)), (NOW + DAY, NOW), (at(9), NOW + DAY)] {
        let filter = OrderFilter { placed_from: Some(from), placed_before: Some(before), ..EVERYTHING };
        assert_eq!(walk(stores, filter, 2).await, []);
    }
    for extreme in [i64::MIN, i64::MAX] {
        let far = Some(Timestamp::from_micros(extreme));
        let filter = OrderFilter { placed_from: far, placed_before: far, ..EVERYTHING };
        assert_eq!(walk(stores, filter, 2).await, []);
    }
}

/// Wherever it lies: before the range, in it, or behind it.
pub async fn a_cursor_goes_on_between_the_dates(stores: &Stores) {
    placed(stores, 1..=6).await;
    let filter = OrderFilter { placed_from: Some(at(2)), placed_before: Some(at(5)), ..EVERYTHING };
    for (after, expected) in [(6, vec![4, 3, 2]), (4, vec![3, 2]), (2, vec![]), (1, vec![])] {
        let upto = OrderFilter { placed_from: Some(at(after)), ..EVERYTHING };
        let cursor = Cursor { at: at(after), id: order_id(after).to_string() };
        assert_eq!(
            page(stores, upto, Some(cursor.clone()), 9).await.rows,
            [],
            "the cursor's own order is not after it"
        );
        assert_eq!(ids(&page(stores, filter, Some(cursor), 9).await.rows), numbered(expected), "after {after}");
    }
}

/// Both ends belong to it, and either may be open.
pub async fn orders_can_be_asked_for_by_what_they_cost(stores: &Stores) {
    stores.shelve().await;
    for number in 1..=6 {
        stores.place_as(priced(placement(number), "EUR", i64::from(number) * 10)).await;
    }
    let euros = |min, max| AmountRange { currency: currency("EUR"), min, max };
    let of = |range| OrderFilter { total: Some(range), ..EVERYTHING };
    for (range, expected) in [
        (euros(None, None), vec![6, 5, 4, 3, 2, 1]),
        (euros(Some(30), None), vec![6, 5, 4, 3]),
        (euros(Some(31), None), vec![6, 5, 4]),
        (euros(None, Some(30)), vec![3, 2, 1]),
        (euros(None, Some(29)), vec![2, 1]),
        (euros(Some(20), Some(40)), vec![4, 3, 2]),
        (euros(Some(40), Some(40)), vec![4]),
        (euros(Some(40), Some(20)), vec![]),
        (euros(Some(i64::MIN), Some(i64::MAX)), vec![6, 5, 4, 3, 2, 1]),
    ] {
        assert_eq!(walk(stores, of(range), 2).await, numbered(expected), "{range:?}");
    }
}

/// Ten yen are not ten cents.
pub async fn an_amount_is_of_one_currency(stores: &Stores) {
    stores.shelve().await;
    for (number, code) in [(1, "EUR"), (2, "JPY"), (3, "EUR"), (4, "KWD"), (5, "JPY")] {
        stores.place_as(priced(placement(number), code, 10)).await;
    }
    for (code, expected) in [("EUR", vec![3, 1]), ("JPY", vec![5, 2]), ("KWD", vec![4]), ("USD", vec![])] {
        for (min, max) in [(None, None), (Some(10), Some(10))] {
            let filter = OrderFilter { total: Some(AmountRange { currency: currency(code), min, max }), ..EVERYTHING };
            assert_eq!(walk(stores, filter, 1).await, numbered(expected.clone()), "{filter:?}");
        }
    }
}

/// All that is asked holds for each order on the page.
pub async fn a_total_holds_together_with_every_other_filter(stores: &Stores) {
    mixed(stores).await;
    let total = AmountRange { currency: currency("EUR"), min: Some(30), max: Some(90) };
    for filter in filters() {
        let filter =
            OrderFilter { total: Some(total), placed_from: Some(at(2)), placed_before: Some(at(12)), ..filter };
        let expected = (3..=9).rev().filter(|number| passes(&filter, *number));
        assert_eq!(walk(stores, filter, 2).await, numbered(expected), "{filter:?}");
    }
}

/// A page may be short and not the last, and following `next` comes to an end all the same.
pub async fn pages_by_total_hold_each_order_once(stores: &Stores) {
    stores.shelve().await;
    for number in 1..=12 {
        let minor = if number % 5 == 0 { 7 } else { 8 };
        stores.place_as(priced(placement(number), "EUR", minor)).await;
    }
    let of = |minor| {
        let total = AmountRange { currency: currency("EUR"), min: Some(minor), max: Some(minor) };
        OrderFilter { total: Some(total), ..EVERYTHING }
    };
    for limit in [1, 2, 3, 9, 10, 11] {
        assert_eq!(walk(stores, of(7), limit).await, numbered([10, 5]), "pages of {limit}");
        assert_eq!(walk(stores, of(8), limit).await, numbered([12, 11, 9, 8, 7, 6, 4, 3, 2, 1]), "pages of {limit}");
    }
}

/// When the order of this number is placed.
fn at(number: u32) -> Timestamp {
    NOW + Duration::from_secs(u64::from(number))
}

/// Twelve orders of two buyers with parts of one seller or two, some cancelled, each for ten cents more than the one before.
async fn mixed(stores: &Stores) {
    stores.shelve().await;
    for number in 1..=12 {
        let mut placement = priced(placement(number), "EUR", i64::from(number) * 10);
        placement.buyer = buyer(number % 2);
        if number.is_multiple_of(3) {
            placement.consignments[0].0 = seller(2);
        }
        let order = stores.place_as(placement).await;
        if number % 4 < 2 {
            stores.keep(cancel(&order)).await;
        }
    }
}

/// Whether the order of this number passes by buyer, seller and status.
fn passes(filter: &OrderFilter, number: u32) -> bool {
    let OrderFilter { buyer: by, seller: of, status, placed_from: _, placed_before: _, total: _ } = filter;
    let is_cancelled = number % 4 < 2;
    by.is_none_or(|by| by == buyer(number % 2))
        && of.is_none_or(|of| of == seller(if number.is_multiple_of(3) { 2 } else { 1 }))
        && status.is_none_or(|status| (status == OrderStatus::Cancelled) == is_cancelled)
}

/// Every combination of the other filters.
fn filters() -> Vec<OrderFilter> {
    let both = [None, Some(OrderStatus::PendingPayment), Some(OrderStatus::Cancelled)];
    let mut filters = Vec::new();
    for by in [None, Some(buyer(0)), Some(buyer(1))] {
        for part_of in [None, Some(seller(1)), Some(seller(2))] {
            let of = |status| OrderFilter { buyer: by, seller: part_of, status, ..EVERYTHING };
            filters.extend(both.map(of));
        }
    }
    filters
}

/// One part of seller 1, of one piece at this price.
pub(super) fn priced(placement: Placement, code: &str, minor: i64) -> Placement {
    let mut placement = Placement { currency: currency(code), ..placement };
    placement.consignments.truncate(1);
    for (_, lines, shipping) in &mut placement.consignments {
        *shipping = Money::zero(currency(code));
        for line in lines {
            line.quantity = 1;
            line.unit_price = Money::new(minor, currency(code));
        }
    }
    placement
}
