//! What accounts like.

use std::sync::Arc;

use crate::ports::{Favourite, PageRequest};
use crate::testing::conformance::ShopStores;
use crate::testing::conformance::shop_stores::{account, at};
use crate::testing::fixtures::product_id;

async fn set(stores: &ShopStores, liker: u32, number: u32, wanted: bool, second: i64) -> Option<bool> {
    let set = stores.favourites.set_favourite(account(liker), product_id(number), wanted, at(second)).await;
    set.expect("the store answers")
}

async fn count(stores: &ShopStores, number: u32) -> u32 {
    stores.load(number).await.figures.favourites
}

async fn all(stores: &ShopStores, liker: u32, limit: u32) -> Vec<Favourite> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = PageRequest { after, limit };
        let page = stores.favourites.favourites(account(liker), page).await.expect("the store answers");
        all.extend(page.rows);
        let Some(next) = page.next else { return all };
        after = Some(next);
    }
}

/// However often it is said.
pub async fn a_favourite_is_one_once(stores: &ShopStores) {
    stores.shelve(1).await;
    assert_eq!(set(stores, 1, 9, true, 0).await, None);
    assert_eq!(set(stores, 1, 1, false, 0).await, Some(false));
    assert_eq!(set(stores, 1, 1, true, 0).await, Some(true));
    assert_eq!(set(stores, 1, 1, true, 5).await, Some(false));
    assert_eq!(set(stores, 2, 1, true, 0).await, Some(true));
    assert_eq!(count(stores, 1).await, 2);
    assert_eq!(all(stores, 1, 10).await, [Favourite { product: product_id(1), created_at: at(0) }]);
    assert_eq!(set(stores, 1, 1, false, 0).await, Some(true));
    assert_eq!((count(stores, 1).await, all(stores, 1, 10).await), (1, vec![]));
}

/// It is an increment, not a number that somebody read before.
pub async fn no_favourite_is_lost_whoever_likes_at_once(stores: &ShopStores) {
    stores.shelve(1).await;
    let like = |number| {
        let favourites = Arc::clone(&stores.favourites);
        // Two clicks each.
        async move {
            let mut changed = 0;
            for _ in 0..2 {
                let set = favourites.set_favourite(account(number), product_id(1), true, at(0)).await;
                changed += u32::from(set.expect("the store answers") == Some(true));
            }
            changed
        }
    };
    assert_eq!(stores.at_once(8, like).await, [1; 8]);
    assert_eq!(count(stores, 1).await, 8);
}

/// In pages of every length.
pub async fn favourites_come_newest_first_and_each_once(stores: &ShopStores) {
    stores.shelve(4).await;
    for (number, second) in [(1, 7), (2, 9), (3, 7), (4, 1)] {
        set(stores, 1, number, true, second).await;
    }
    set(stores, 2, 1, true, 8).await;
    for limit in [1, 2, 10] {
        let found: Vec<_> = all(stores, 1, limit).await.into_iter().map(|it| it.product).collect();
        assert_eq!(found, [2, 3, 1, 4].map(product_id), "in pages of {limit}");
    }
}

/// A page of cards asks once.
pub async fn favourites_are_found_among_many_at_once(stores: &ShopStores) {
    stores.shelve(4).await;
    set(stores, 1, 1, true, 0).await;
    set(stores, 1, 4, true, 0).await;
    set(stores, 2, 2, true, 0).await;
    let shown = [2, 1, 9, 3].map(product_id);
    let found = stores.favourites.favourites_among(account(1), &shown).await.expect("the store answers");
    assert_eq!(found, [product_id(1)]);
}

/// And the products' counts with them.
pub async fn an_account_that_goes_takes_its_favourites_along(stores: &ShopStores) {
    stores.shelve(2).await;
    for (liker, number) in [(1, 1), (1, 2), (2, 2)] {
        set(stores, liker, number, true, 0).await;
    }
    stores.favourites.forget_favourites_of(account(1)).await.expect("the store answers");
    assert_eq!((count(stores, 1).await, count(stores, 2).await), (0, 1));
    assert_eq!((all(stores, 1, 10).await.len(), all(stores, 2, 10).await.len()), (0, 1));
}
