//! The tree of categories.

use crate::catalog::{Category, CategoryId, Product, ProductDetails};
use crate::ports::PutError;
use crate::testing::conformance::ShopStores;
use crate::testing::conformance::shop_stores::{category, detailed};

async fn all(stores: &ShopStores) -> Vec<Category> {
    stores.catalog.categories().await.expect("the store answers")
}

async fn counts(stores: &ShopStores) -> Vec<u64> {
    all(stores).await.iter().map(|it| it.products).collect()
}

fn within(category: CategoryId) -> ProductDetails {
    ProductDetails { category: Some(category), ..ProductDetails::default() }
}

/// Nothing of it is lost or mended.
pub async fn a_category_comes_back_as_it_was_put(stores: &ShopStores) {
    let home = stores.add_category("Home", None).await;
    let tables = stores.add_category("Tables", Some(home)).await;
    assert!(home < tables);
    let mut changed = category("Décor", Some(tables));
    changed.active = false;
    let decor = stores.add_category("Decor", None).await;
    stores.catalog.change_category(decor, &changed).await.expect("it is changed");
    let shown: Vec<_> = all(stores).await.into_iter().map(|it| (it.id, it.name, it.parent, it.active)).collect();
    let expected = [
        (home, "Home".to_owned(), None, true),
        (tables, "Tables".to_owned(), Some(home), true),
        (decor, "Décor".to_owned(), Some(tables), false),
    ];
    assert_eq!(shown, expected);
    assert_eq!(all(stores).await[0].description, category("Home", None).description);
}

/// Whoever walks it comes to an end.
pub async fn a_category_is_never_part_of_itself(stores: &ShopStores) {
    let one = stores.add_category("One", None).await;
    let two = stores.add_category("Two", Some(one)).await;
    let three = stores.add_category("Three", Some(two)).await;
    for parent in [one, two, three] {
        let moved = stores.catalog.change_category(one, &category("One", Some(parent))).await;
        assert!(matches!(moved, Err(PutError::NoPlace(it)) if it == parent), "{moved:?}");
    }
    let nowhere = CategoryId::new(four(three));
    let lost = stores.catalog.add_category(&category("Lost", Some(nowhere))).await;
    assert!(matches!(lost, Err(PutError::NoPlace(it)) if it == nowhere), "{lost:?}");
    let missing = stores.catalog.change_category(nowhere, &category("Lost", None)).await;
    assert!(matches!(missing, Err(PutError::Missing)), "{missing:?}");
    assert_eq!(all(stores).await.len(), 3);
}

const fn four(three: CategoryId) -> u32 {
    three.get() + 1_000
}

/// An address leads to one category.
pub async fn a_slug_belongs_to_one_category(stores: &ShopStores) {
    stores.add_category("One", None).await;
    let two = stores.add_category("Two", None).await;
    let taken = stores.catalog.add_category(&category("One", None)).await;
    assert!(matches!(&taken, Err(PutError::SlugTaken(slug)) if slug == "one"), "{taken:?}");
    let taken = stores.catalog.change_category(two, &category("One", None)).await;
    assert!(matches!(taken, Err(PutError::SlugTaken(_))), "{taken:?}");
    stores.catalog.change_category(two, &category("Two", None)).await.expect("its own slug is its own");
}

/// Nothing refers to what isn't there.
pub async fn a_product_stands_in_a_category_that_there_is(stores: &ShopStores) {
    let nowhere = CategoryId::new(77);
    let refused = stores.catalog.add(&detailed(1, "Cup", within(nowhere))).await;
    assert!(matches!(refused, Err(PutError::NoPlace(it)) if it == nowhere), "{refused:?}");
    stores.shelve(1).await;
    let refused = stores.catalog.change(&detailed(1, "Cup", within(nowhere))).await;
    assert!(matches!(refused, Err(PutError::NoPlace(it)) if it == nowhere), "{refused:?}");
    assert_eq!(stores.load(1).await.details.category, None);
}

/// Whatever adds, moves, hides and shows them.
pub async fn active_products_are_counted_in_their_category(stores: &ShopStores) {
    let one = stores.add_category("One", None).await;
    let two = stores.add_category("Two", None).await;
    for number in [1, 2] {
        stores.put(&detailed(number, "Cup", within(one))).await;
    }
    stores.put(&Product { active: false, ..detailed(3, "Cup", within(one)) }).await;
    assert_eq!(counts(stores).await, [2, 0]);
    stores.put(&detailed(1, "Cup", within(two))).await;
    stores.put(&detailed(3, "Cup", within(one))).await;
    assert_eq!(counts(stores).await, [2, 1]);
    stores.put(&Product { active: false, ..detailed(2, "Cup", within(one)) }).await;
    stores.put(&detailed(1, "Cup", ProductDetails::default())).await;
    assert_eq!(counts(stores).await, [1, 0]);
}
