//! Keyset pages of what is for sale.

use crate::catalog::Product;
use crate::testing::conformance::Stores;
use crate::testing::fixtures::product;

/// Rising, and no longer than was asked.
pub async fn products_come_by_slug(stores: &Stores) {
    shelve(stores, &["cup", "bowl", "vase", "dish"]).await;
    assert_eq!(page(stores, None, 9).await, ["bowl", "cup", "dish", "vase"]);
    assert_eq!(page(stores, None, 2).await, ["bowl", "cup"]);
    assert_eq!(page(stores, Some("cup"), 9).await, ["dish", "vase"]);
    assert_eq!(page(stores, Some("vase"), 9).await, Vec::<String>::new());
    assert_eq!(page(stores, None, 0).await, Vec::<String>::new());
}

/// What is not shown is on no page, from when it is not shown.
pub async fn inactive_products_are_on_no_page(stores: &Stores) {
    shelve(stores, &["bowl", "cup", "dish"]).await;
    put(stores, &Product { slug: "cup".to_owned(), active: false, ..product(2) }).await;
    assert_eq!(page(stores, None, 9).await, ["bowl", "dish"]);
    assert_eq!(page(stores, None, 2).await, ["bowl", "dish"], "nor do they take another's place");
    put(stores, &Product { slug: "cup".to_owned(), ..product(2) }).await;
    assert_eq!(page(stores, None, 9).await, ["bowl", "cup", "dish"]);
}

/// A page begins behind a place, whether or not a product is there.
pub async fn a_page_begins_behind_a_slug_that_need_not_exist(stores: &Stores) {
    shelve(stores, &["bowl", "dish"]).await;
    assert_eq!(page(stores, Some("cup"), 9).await, ["dish"]);
    assert_eq!(page(stores, Some(""), 9).await, ["bowl", "dish"]);
}

/// From page to page, each product once, with hyphens and digits in whatever order the store sorts them.
pub async fn pages_hold_each_product_once(stores: &Stores) {
    let mut slugs = ["a", "a-1", "a-10", "a-2", "a1", "aa", "a-a", "b-1", "b", "b1"];
    shelve(stores, &slugs).await;
    for limit in [1, 2, 3, 10] {
        let (mut met, mut after) = (Vec::<String>::new(), None::<String>);
        loop {
            let slugs = page(stores, after.as_deref(), limit).await;
            after = slugs.last().cloned();
            met.extend(slugs);
            if after.is_none() {
                break;
            }
        }
        met.sort_unstable();
        slugs.sort_unstable();
        assert_eq!(met, slugs, "pages of {limit}");
    }
}

/// Products that come in between two pages, before or behind, move none of the others.
pub async fn products_put_between_two_pages_displace_no_other(stores: &Stores) {
    shelve(stores, &["b", "d", "f", "h"]).await;
    assert_eq!(page(stores, None, 2).await, ["b", "d"]);
    for (number, slug) in [(11, "a"), (12, "c"), (13, "g")] {
        put(stores, &Product { slug: slug.to_owned(), ..product(number) }).await;
    }
    assert_eq!(page(stores, Some("d"), 9).await, ["f", "g", "h"]);
}

async fn shelve(stores: &Stores, slugs: &[&str]) {
    for (number, slug) in (1..).zip(slugs) {
        put(stores, &Product { slug: (*slug).to_owned(), ..product(number) }).await;
    }
}

async fn put(stores: &Stores, product: &Product) {
    stores.catalog.put(product).await.expect("the product is stored");
}

async fn page(stores: &Stores, after: Option<&str>, limit: u32) -> Vec<String> {
    let page = stores.catalog.page(after, limit).await.expect("the store answers");
    page.into_iter().map(|product| product.slug).collect()
}
