//! Carts, one for each account.

use std::sync::Arc;

use crate::catalog::{Cart, CartChange, CartLine, MAX_CART_LINES};
use crate::ports::StoreErrorKind;
use crate::testing::conformance::ShopStores;
use crate::testing::conformance::shop_stores::{account, at};
use crate::testing::fixtures::product_id;

fn with(cart: &Cart, number: u32) -> Cart {
    let add = CartChange::Add { product: product_id(number), quantity: number };
    cart.after(&add, at(i64::from(number))).expect("the cart takes it")
}

async fn cart(stores: &ShopStores, number: u32) -> Cart {
    stores.carts.cart(account(number)).await.expect("the store answers")
}

async fn save(stores: &ShopStores, cart: &Cart) -> Option<u64> {
    stores.carts.save_cart(cart).await.expect("the store answers")
}

/// In the order in which it was filled.
pub async fn a_cart_comes_back_as_it_was_saved(stores: &ShopStores) {
    assert_eq!(cart(stores, 1).await, Cart::empty(account(1)));
    let full = with(&with(&Cart::empty(account(1)), 7), 2);
    assert_eq!(save(stores, &full).await, Some(1));
    let expected = Cart { version: 1, ..full };
    assert_eq!(cart(stores, 1).await, expected);
    assert_eq!(cart(stores, 2).await, Cart::empty(account(2)));
    let emptied = expected.after(&CartChange::Clear, at(9)).expect("it can be emptied");
    assert_eq!(save(stores, &emptied).await, Some(2));
    assert_eq!(cart(stores, 1).await, Cart { version: 2, ..emptied });
}

/// A checkout that empties what it ordered leaves alone what came in since.
pub async fn a_cart_is_saved_over_its_version_only(stores: &ShopStores) {
    let ordered = with(&Cart::empty(account(1)), 1);
    assert_eq!(save(stores, &ordered).await, Some(1));
    let ordered = cart(stores, 1).await;
    assert_eq!(save(stores, &with(&ordered, 2)).await, Some(2));
    let emptied = ordered.after(&CartChange::Clear, at(9)).expect("it can be emptied");
    assert_eq!(save(stores, &emptied).await, None);
    assert_eq!(save(stores, &Cart::empty(account(1))).await, None);
    assert_eq!(save(stores, &Cart { version: 7, ..emptied }).await, None);
    assert_eq!(cart(stores, 1).await.lines.len(), 2);
}

/// The others do it anew.
pub async fn of_eight_who_save_a_cart_at_once_one_does(stores: &ShopStores) {
    let put = |number: u32| {
        let carts = Arc::clone(&stores.carts);
        async move { carts.save_cart(&with(&Cart::empty(account(1)), number + 1)).await.expect("the store answers") }
    };
    let saved = stores.at_once(8, put).await;
    assert_eq!(saved.iter().flatten().count(), 1, "{saved:?}");
    assert_eq!((cart(stores, 1).await.version, cart(stores, 1).await.lines.len()), (1, 1));
}

/// A hundred products, 999 of each.
pub async fn a_full_cart_is_kept_and_a_fuller_one_refused(stores: &ShopStores) {
    let line = |number| CartLine { product: product_id(number), quantity: 999, added_at: at(i64::from(number)) };
    let full = Cart { lines: (1..=100).map(line).collect(), ..Cart::empty(account(1)) };
    assert_eq!((full.lines.len(), save(stores, &full).await), (MAX_CART_LINES, Some(1)));
    assert_eq!(cart(stores, 1).await.lines, full.lines);
    let fuller = Cart { lines: (1..=101).map(line).collect(), ..Cart::empty(account(2)) };
    let many = Cart { lines: vec![CartLine { quantity: 1_000, ..line(1) }], ..Cart::empty(account(2)) };
    let none = Cart { lines: vec![CartLine { quantity: 0, ..line(1) }], ..Cart::empty(account(2)) };
    for wrong in [fuller, many, none] {
        let refused = stores.carts.save_cart(&wrong).await;
        assert_eq!(refused.expect_err("it breaks a rule").kind, StoreErrorKind::Invalid);
    }
}

/// As if there never had been one.
pub async fn a_cart_that_was_forgotten_is_empty(stores: &ShopStores) {
    save(stores, &with(&Cart::empty(account(1)), 1)).await;
    save(stores, &with(&Cart::empty(account(2)), 1)).await;
    stores.carts.forget_cart(account(1)).await.expect("the store answers");
    assert_eq!(cart(stores, 1).await, Cart::empty(account(1)));
    assert_eq!(cart(stores, 2).await.lines.len(), 1);
}
