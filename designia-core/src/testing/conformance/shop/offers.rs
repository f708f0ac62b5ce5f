//! What a product says, and who may change it.

use std::sync::Arc;

use crate::catalog::{Condition, Dimensions, ImageId, Product, ProductDetails, ProductFigures, ProductImage};
use crate::ports::{CatalogStore, PutError};
use crate::testing::conformance::ShopStores;
use crate::testing::conformance::shop_stores::{at, named};
use crate::testing::fixtures::{euros, product, product_id};

fn full() -> Product {
    let image = |id, object: &str| ProductImage {
        id: ImageId::new(id),
        object: object.to_owned(),
        alt_text: "A \"cup\", seen from 'above'".to_owned(),
        width: 1_200,
        height: 800,
        content_type: "image/webp".to_owned(),
    };
    let details = ProductDetails {
        short_description: "Thrown, «glazed» & 50% fired".to_owned(),
        category: None,
        original_price: Some(euros(2_500)),
        condition: Condition::LikeNew,
        brand: "Olaria Ñandú".to_owned(),
        model: "T-9\\b".to_owned(),
        weight_grams: Some(320),
        dimensions: Some(Dimensions { length_mm: 90, width_mm: 80, height_mm: 70 }),
        colors: vec!["azul".to_owned(), String::new()],
        tags: vec!["tea".to_owned(), "wabi sabi".to_owned()],
        materials: "stoneware, {\"glaze\": 1}".to_owned(),
        featured: true,
        digital: true,
        images: vec![image(3, "products/3.webp"), image(1, "products/1.webp")],
    };
    Product { details, created_at: at(-7), updated_at: at(-3), ..product(1) }
}

/// Nothing of it is lost or mended.
pub async fn every_detail_comes_back_as_it_was_put(stores: &ShopStores) {
    stores.put(&full()).await;
    assert_eq!(stores.load(1).await, full());
}

/// Lists, carts and checkouts never read the whole.
pub async fn a_card_says_what_the_product_says(stores: &ShopStores) {
    stores.put(&full()).await;
    stores.put(&product(2)).await;
    let wanted = [product_id(2), product_id(9), product_id(1)];
    let mut cards = stores.catalog.cards(&wanted).await.expect("the store answers");
    cards.sort_by_key(|card| card.id);
    assert_eq!(cards, [full().card(), product(2).card()]);
    assert_eq!(cards[0].cover, Some(full().details.images[0].clone()), "the first image is the primary one");
}

/// A request that is repeated finds what it made.
pub async fn a_product_is_added_once(stores: &ShopStores) {
    assert!(stores.catalog.add(&full()).await.expect("the store answers"));
    let other = Product { name: "Other".to_owned(), stock: 1, ..full() };
    assert!(!stores.catalog.add(&other).await.expect("the store answers"));
    assert_eq!(stores.load(1).await, full());
}

/// An editor that is late is told so.
pub async fn a_change_names_the_version_that_it_was_made_from(stores: &ShopStores) {
    stores.put(&product(1)).await;
    let edited = Product { name: "Bowl".to_owned(), updated_at: at(5), ..product(1) };
    assert_eq!(stores.catalog.change(&edited).await.expect("it is the latest version"), 2);
    let late = stores.catalog.change(&Product { name: "Late".to_owned(), ..product(1) }).await;
    assert!(matches!(late, Err(PutError::Conflict { current: 2 })), "{late:?}");
    assert_eq!(stores.load(1).await, Product { version: 2, ..edited });
}

/// Each of them holds the same version.
pub async fn of_eight_who_change_a_product_at_once_one_does(stores: &ShopStores) {
    stores.put(&product(1)).await;
    let change = |number: u32| {
        let catalog = Arc::clone(&stores.catalog);
        async move { catalog.change(&Product { name: format!("Bowl {number}"), ..product(1) }).await.is_ok() }
    };
    let done = stores.at_once(8, change).await;
    assert_eq!(done.iter().filter(|done| **done).count(), 1);
    assert_eq!(stores.load(1).await.version, 2);
}

/// A form holds old numbers.
pub async fn a_change_leaves_stock_age_and_figures_alone(stores: &ShopStores) {
    stores.shelve(2).await;
    stores.place(1).await;
    stores.review(1, 1, 4).await;
    let known = stores.load(1).await;
    let form = Product {
        stock: 5,
        created_at: at(99),
        figures: ProductFigures::default(),
        name: "Bowl".to_owned(),
        ..known.clone()
    };
    stores.catalog.change(&form).await.expect("it is the latest version");
    let expected = Product { name: "Bowl".to_owned(), version: 2, ..known };
    assert_eq!(stores.load(1).await, expected);
    assert_eq!((expected.stock, expected.figures.rating.sum), (998, 4));
}

/// Whoever edits a product while it is bought is not late.
pub async fn stock_that_moves_is_no_new_version(stores: &ShopStores) {
    stores.shelve(2).await;
    stores.place(1).await;
    stores.review(1, 1, 4).await;
    stores.catalog.set_stock(product_id(1), 7).await.expect("the store answers");
    assert_eq!(stores.load(1).await.version, 1);
}

/// Each reason is told apart.
pub async fn what_can_not_be_changed_says_why(stores: &ShopStores) {
    let missing = stores.catalog.change(&product(1)).await;
    assert!(matches!(missing, Err(PutError::Missing)), "{missing:?}");
    stores.shelve(2).await;
    let thief = Product { slug: product(1).slug, ..named(2, "Thief") };
    let taken = stores.catalog.change(&thief).await;
    assert!(matches!(&taken, Err(PutError::SlugTaken(slug)) if *slug == product(1).slug), "{taken:?}");
    let taken = stores.catalog.add(&Product { slug: product(1).slug, ..product(3) }).await;
    assert!(matches!(taken, Err(PutError::SlugTaken(_))), "{taken:?}");
    assert_eq!(stores.load(2).await, named(2, "Cup 2"));
}
