//! Products and their stock, as far as the catalogue sees it.

use crate::catalog::Product;
use crate::money::Money;
use crate::ports::{ProductKey, StoreErrorKind};
use crate::testing::conformance::Stores;
use crate::testing::conformance::steps::cancel;
use crate::testing::fixtures::{currency, euros, product, product_id, seller};

/// By id and by name.
pub async fn a_product_comes_back_as_it_was_put(stores: &Stores) {
    put(stores, &product(1)).await;
    assert_eq!(by_id(stores, 1).await, Some(product(1)));
    assert_eq!(by_slug(stores, "product-1").await, Some(product(1)));
}

/// The largest amounts, empty texts, and those that careless storage spoils.
pub async fn a_product_at_the_edges_survives(stores: &Stores) {
    let edges = [
        Product { price: Money::new(i64::MAX, currency("JPY")), stock: u32::MAX, ..product(1) },
        Product { price: Money::new(0, currency("CLF")), stock: 0, description: String::new(), ..product(2) },
        Product { name: "\u{1f989} ' \" \\ % _ \u{202e}".to_owned(), active: false, ..product(3) },
    ];
    for (number, product) in (1..).zip(&edges) {
        put(stores, product).await;
        assert_eq!(by_id(stores, number).await.as_ref(), Some(product));
    }
}

/// Absent is `None`, not an error.
pub async fn a_product_that_does_not_exist_is_none(stores: &Stores) {
    put(stores, &product(1)).await;
    assert_eq!(by_id(stores, 2).await, None);
    assert_eq!(by_slug(stores, "product-2").await, None);
    assert_eq!(by_slug(stores, "").await, None);
    assert_eq!(by_slug(stores, "product_1").await, None, "a name is not a pattern");
}

/// Active or not: old orders still show it.
pub async fn an_inactive_product_is_still_found(stores: &Stores) {
    let hidden = Product { active: false, ..product(1) };
    put(stores, &hidden).await;
    assert_eq!(by_id(stores, 1).await.as_ref(), Some(&hidden));
    assert_eq!(by_slug(stores, "product-1").await.as_ref(), Some(&hidden));
}

/// Those that exist, each once.
pub async fn several_products_are_found_at_once(stores: &Stores) {
    for number in [1, 2, 3] {
        put(stores, &product(number)).await;
    }
    let wanted = [3, 9, 1, 3].map(product_id);
    let mut found = stores.catalog.products(&wanted).await.expect("the store answers");
    found.sort_by_key(|product| product.id);
    assert_eq!(found, [product(1), product(3)]);
    assert_eq!(stores.catalog.products(&[]).await.expect("the store answers"), []);
}

/// As many as an order may have lines.
pub async fn two_hundred_products_are_found_at_once(stores: &Stores) {
    for number in 0..200 {
        put(stores, &product(number)).await;
    }
    let wanted: Vec<_> = (0..200).map(product_id).collect();
    assert_eq!(stores.catalog.products(&wanted).await.expect("the store answers").len(), 200);
}

/// Whoever edits a product has an old number in the form; meanwhile some were sold.
pub async fn putting_a_known_product_changes_all_but_its_stock(stores: &Stores) {
    stores.place(1).await;
    let edited = Product {
        seller: seller(7),
        slug: "coruja".to_owned(),
        name: "Owl".to_owned(),
        description: "Another.".to_owned(),
        price: euros(1),
        stock: 77,
        active: false,
        ..product(1)
    };
    put(stores, &edited).await;
    assert_eq!(by_id(stores, 1).await, Some(Product { stock: 998, version: 2, ..edited }));
}

/// An address leads to one product.
pub async fn a_slug_of_another_product_is_refused(stores: &Stores) {
    put(stores, &product(1)).await;
    put(stores, &product(2)).await;
    for number in [2, 3] {
        let thief = Product { slug: "product-1".to_owned(), ..product(number) };
        let error = stores.catalog.put(&thief).await.expect_err("the slug is taken");
        assert_eq!(error.kind, StoreErrorKind::Invalid, "got {error}");
    }
    assert_eq!(by_slug(stores, "product-1").await, Some(product(1)));
    assert_eq!(by_id(stores, 2).await, Some(product(2)));
    assert_eq!(by_id(stores, 3).await, None);
}

/// A product that is renamed leaves its old name to others.
pub async fn a_slug_that_was_given_up_is_free(stores: &Stores) {
    put(stores, &product(1)).await;
    put(stores, &Product { slug: "coruja".to_owned(), ..product(1) }).await;
    assert_eq!(by_slug(stores, "product-1").await, None);
    put(stores, &Product { slug: "product-1".to_owned(), ..product(2) }).await;
    assert_eq!(by_slug(stores, "product-1").await.map(|product| product.id), Some(product_id(2)));
    assert_eq!(by_slug(stores, "coruja").await.map(|product| product.id), Some(product_id(1)));
}

/// Even an inactive product keeps its name.
pub async fn a_slug_of_an_inactive_product_is_taken(stores: &Stores) {
    put(stores, &Product { active: false, ..product(1) }).await;
    let thief = Product { slug: "product-1".to_owned(), ..product(2) };
    assert!(stores.catalog.put(&thief).await.is_err());
}

/// A person counted the shelf.
pub async fn stock_can_be_corrected(stores: &Stores) {
    put(stores, &product(1)).await;
    for quantity in [0, 7, u32::MAX] {
        stores.set_stock(1, quantity).await;
        assert_eq!(by_id(stores, 1).await, Some(Product { stock: quantity, ..product(1) }));
    }
}

/// Nothing to correct.
pub async fn stock_of_a_product_that_does_not_exist_can_not_be_corrected(stores: &Stores) {
    assert!(!stores.catalog.set_stock(product_id(1), 7).await.expect("the store answers"));
    assert_eq!(by_id(stores, 1).await, None);
}

/// A correction counts from where it was made: what was reserved before comes back on top.
pub async fn stock_that_is_released_comes_on_top_of_a_correction(stores: &Stores) {
    let order = stores.place(1).await;
    stores.set_stock(1, 5).await;
    stores.keep(cancel(&order)).await;
    assert_eq!(stores.stock(1).await, Some(7));
}

async fn put(stores: &Stores, product: &Product) {
    stores.catalog.put(product).await.expect("the product is stored");
}

async fn by_id(stores: &Stores, number: u32) -> Option<Product> {
    stores.catalog.product(&ProductKey::Id(product_id(number))).await.expect("the store answers")
}

async fn by_slug(stores: &Stores, slug: &str) -> Option<Product> {
    stores.catalog.product(&ProductKey::Slug(slug.to_owned())).await.expect("the store answers")
}
