//! Carts over stores in memory.

use super::*;
use crate::memory::MemoryStore;
use crate::testing::fixtures::{NOW, buyer, euros, product, product_id, seller};
use crate::testing::{FixedClock, block_on};

fn me() -> AccountId {
    buyer(1).into()
}

/// Products 1 to 3, of which there are five, and 4, which is not for sale.
fn shop() -> (Carts, MemoryStore) {
    let store = MemoryStore::new();
    for number in 1..=4 {
        let product = crate::catalog::Product { stock: 5, active: number < 4, ..product(number) };
        block_on(store.put(&product)).unwrap();
    }
    let shared = Arc::new(store.clone());
    let clock = Arc::new(FixedClock::at(NOW));
    (Carts::new(CartPorts { carts: shared.clone(), products: shared.clone(), figures: shared, clock }), store)
}

fn contents(cart: &PricedCart) -> Vec<(ProductId, u32)> {
    cart.cart.lines.iter().map(|line| (line.product, line.quantity)).collect()
}

#[test]
fn no_more_goes_into_a_cart_than_there_is() {
    let (carts, _) = shop();
    assert_eq!(contents(&block_on(carts.add(me(), product_id(1), 3)).unwrap()), [(product_id(1), 3)]);
    let told = block_on(carts.add(me(), product_id(1), 3)).unwrap_err();
    assert!(matches!(told, CartError::TooLittle { available: 5, .. }), "{told}");
    assert_eq!(contents(&block_on(carts.set(me(), product_id(1), 5)).unwrap()), [(product_id(1), 5)]);
    assert!(matches!(block_on(carts.set(me(), product_id(1), 6)), Err(CartError::TooLittle { .. })));
    assert!(matches!(block_on(carts.set(me(), product_id(1), 0)), Err(CartError::Refused(CartRefusal::Quantity(0)))));
    assert!(matches!(block_on(carts.set(me(), product_id(2), 1)), Err(CartError::Refused(CartRefusal::NotThere(_)))));
    assert!(matches!(block_on(carts.add(me(), product_id(4), 1)), Err(CartError::NotForSale(_))));
    assert!(matches!(block_on(carts.add(me(), product_id(9), 1)), Err(CartError::NotForSale(_))));
    assert!(matches!(block_on(carts.add(seller(1).into(), product_id(1), 1)), Err(CartError::Own(_))));
}

#[test]
fn a_product_that_is_not_sold_any_more_is_told_and_costs_nothing() {
    let (carts, store) = shop();
    block_on(carts.add(me(), product_id(1), 2)).unwrap();
    block_on(carts.add(me(), product_id(2), 1)).unwrap();
    block_on(store.put(&crate::catalog::Product { active: false, ..product(1) })).unwrap();
    let cart = block_on(carts.cart(me())).unwrap();
    let faults: Vec<_> = cart.lines.iter().map(PricedLine::fault).collect();
    assert_eq!(faults, [Some(LineFault::NotForSale), None]);
    assert_eq!(cart.totals().unwrap(), [euros(1_002)]);
    block_on(store.set_stock(product_id(2), 0)).unwrap();
    assert_eq!(block_on(carts.cart(me())).unwrap().lines[1].fault(), Some(LineFault::OutOfStock));
}

#[test]
fn what_a_guest_had_gathered_is_taken_in_as_far_as_it_goes_and_told_line_by_line() {
    let (carts, _) = shop();
    block_on(carts.add(me(), product_id(1), 2)).unwrap();
    let guest = [(product_id(1), 1), (product_id(2), 4), (product_id(2), 4), (product_id(4), 1), (product_id(9), 1)];
    for _ in 0..2 {
        let (cart, report) = block_on(carts.merge(me(), &guest)).unwrap();
        assert_eq!(contents(&cart), [(product_id(1), 2), (product_id(2), 5)]);
        let told: Vec<_> = report.iter().map(|it| (it.product, it.wanted, it.kept, it.fault)).collect();
        let (none, gone) = (None, Some(LineFault::NotForSale));
        let little = Some(LineFault::TooLittle { available: 5 });
        assert_eq!(
            told,
            [
                (product_id(1), 1, 2, none),
                (product_id(2), 8, 5, little),
                (product_id(4), 1, 0, gone),
                (product_id(9), 1, 0, gone)
            ]
        );
    }
}

#[test]
fn an_order_takes_out_what_it_ordered_and_leaves_what_was_put_in_since() {
    let (carts, _) = shop();
    block_on(carts.add(me(), product_id(1), 2)).unwrap();
    let ordered = block_on(carts.add(me(), product_id(2), 1)).unwrap().cart;
    block_on(carts.add(me(), product_id(1), 1)).unwrap();
    block_on(carts.add(me(), product_id(3), 1)).unwrap();
    block_on(carts.ordered(&ordered)).unwrap();
    assert_eq!(contents(&block_on(carts.cart(me())).unwrap()), [(product_id(1), 1), (product_id(3), 1)]);
}

#[test]
fn of_many_that_change_a_cart_at_once_none_is_lost() {
    let (carts, store) = shop();
    block_on(store.set_stock(product_id(1), 100)).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let carts = carts.clone();
            scope.spawn(move || {
                for _ in 0..5 {
                    while let Err(error) = block_on(carts.add(me(), product_id(1), 1)) {
                        assert!(matches!(error, CartError::Contended), "{error}");
                    }
                }
            });
        }
    });
    assert_eq!(contents(&block_on(carts.cart(me())).unwrap()), [(product_id(1), 20)]);
}
