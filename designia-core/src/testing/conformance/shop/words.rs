//! Finding products by words.

use crate::catalog::{Condition, Product, ProductDetails, SearchWords};
use crate::ports::{ProductOrder, ProductQuery};
use crate::testing::conformance::ShopStores;
use crate::testing::conformance::shop_stores::{account, at, detailed, named, numbers};
use crate::testing::fixtures::{euros, product_id, seller};

fn words(typed: &str) -> ProductQuery {
    let order = ProductOrder::Relevance;
    ProductQuery { words: SearchWords::new(typed), order, ..ProductQuery::default() }
}

/// Which are found, whatever their order.
async fn found(stores: &ShopStores, typed: &str) -> Vec<u32> {
    let mut found = stores.found(&words(typed), 100).await;
    found.sort_unstable();
    found
}

fn plain(number: u32, name: &str, description: &str) -> Product {
    Product { description: description.to_owned(), ..named(number, name) }
}

/// People type the next word while the answer to the last one arrives.
pub async fn all_words_must_be_there_and_the_last_may_be_a_beginning(stores: &ShopStores) {
    stores.put(&plain(1, "Blue tea bowl", "")).await;
    stores.put(&plain(2, "Blue teapot", "")).await;
    stores.put(&plain(3, "Red bowl", "")).await;
    stores.put(&Product { active: false, ..plain(4, "Blue bowl", "") }).await;
    for (typed, expected) in [
        ("blue", vec![1, 2]),
        ("bowl", vec![1, 3]),
        ("bowl blue", vec![1]),
        ("blue te", vec![1, 2]),
        ("blu tea", vec![]),
        ("t", vec![1, 2]),
        ("green", vec![]),
    ] {
        assert_eq!(found(stores, typed).await, expected, "`{typed}`");
    }
}

/// Nobody types accents.
pub async fn words_are_found_in_all_texts_whatever_their_case_and_marks(stores: &ShopStores) {
    let details = ProductDetails {
        short_description: "Grès émaillé".to_owned(),
        brand: "Olaria Ñandú".to_owned(),
        tags: vec!["Wabi-Sabi".to_owned()],
        ..ProductDetails::default()
    };
    let crème = detailed(1, "Crème BRÛLÉE", details);
    stores.put(&Product { description: "Für zwei, aus Köln".to_owned(), ..crème }).await;
    for typed in ["creme brulee", "BRÛLÉE", "nandu", "sabi wabi", "gres", "emaille", "koln", "FÜR creme"] {
        assert_eq!(found(stores, typed).await, [1], "`{typed}`");
    }
}

/// Nothing that anybody types is an error, or more than words.
pub async fn operators_are_words_like_others(stores: &ShopStores) {
    stores.put(&plain(1, "Salt and pepper", "not for sale or rent")).await;
    for typed in
        ["salt AND pepper", "\"salt\" & pepper!", "name:salt", "salt OR", "NOT sale", "salt -- pepper", "(salt*"]
    {
        let expected = if typed == "name:salt" { vec![] } else { vec![1] };
        assert_eq!(found(stores, typed).await, expected, "`{typed}`");
    }
    // Nothing but signs asks for nothing.
    assert_eq!(found(stores, "' \" * ( ) : ^ - \\ & | ! <->").await, [1]);
}

/// What it is called says more than what is said about it.
pub async fn a_name_goes_before_a_brand_and_that_before_a_description(stores: &ShopStores) {
    let brand = ProductDetails { brand: "Moon".to_owned(), ..ProductDetails::default() };
    stores.put(&Product { description: "Shines like the moon.".to_owned(), ..named(3, "Silver lamp") }).await;
    stores.put(&detailed(2, "Porcelain jar", brand)).await;
    stores.put(&named(1, "Moon jar")).await;
    for number in 4..20 {
        stores.put(&named(number, "Something else")).await;
    }
    for limit in [1, 2, 100] {
        assert_eq!(stores.found(&words("moon"), limit).await, [1, 2, 3], "in pages of {limit}");
    }
}

/// Pages of them, too.
pub async fn what_has_the_words_comes_in_every_order(stores: &ShopStores) {
    for (number, price) in [(1, 500), (2, 300), (3, 500), (4, 100)] {
        stores.put(&Product { price: euros(price), ..named(number, "Blue cup") }).await;
    }
    stores.put(&named(5, "Red cup")).await;
    stores.review(2, 1, 5).await;
    stores.review(4, 1, 4).await;
    let liked = stores.favourites.set_favourite(account(1), product_id(3), true, at(0)).await;
    assert_eq!(liked.expect("the store answers"), Some(true));
    for (order, expected) in [
        (ProductOrder::Newest, [4, 3, 2, 1]),
        (ProductOrder::PriceUp, [4, 2, 1, 3]),
        (ProductOrder::PriceDown, [3, 1, 2, 4]),
        (ProductOrder::Rating, [2, 4, 3, 1]),
        (ProductOrder::Popular, [3, 4, 2, 1]),
    ] {
        for limit in [1, 3, 100] {
            let query = ProductQuery { order, ..words("blue") };
            assert_eq!(stores.found(&query, limit).await, expected, "{order} in pages of {limit}");
        }
    }
}

/// Words and conditions together.
pub async fn what_has_the_words_can_be_narrowed(stores: &ShopStores) {
    let category = stores.add_category("Cups", None).await;
    let details = ProductDetails { category: Some(category), condition: Condition::Good, ..ProductDetails::default() };
    stores.put(&detailed(1, "Blue cup", details.clone())).await;
    stores.put(&named(2, "Blue cup")).await;
    stores.put(&Product { active: false, ..detailed(3, "Blue cup", details.clone()) }).await;
    stores.put(&detailed(4, "Red cup", details)).await;
    let narrowed = [
        ProductQuery { categories: vec![category], ..words("blue") },
        ProductQuery { conditions: vec![Condition::Good], ..words("blue") },
        ProductQuery { seller: Some(seller(1)), ..words("blue") },
    ];
    for query in narrowed {
        assert_eq!(stores.found(&query, 10).await, [1], "{query:?}");
        assert_eq!(stores.search.facets(&query).await.expect("the store answers").count, 1, "{query:?}");
    }
    let own = ProductQuery { seller: Some(seller(1)), seller_view: true, order: ProductOrder::Newest, ..words("blue") };
    assert_eq!(stores.found(&own, 10).await, [3, 1]);
}

/// The index follows.
pub async fn what_is_changed_is_found_by_its_new_words_only(stores: &ShopStores) {
    stores.put(&plain(1, "Blue cup", "for coffee")).await;
    stores.put(&plain(1, "Red cup", "for tea")).await;
    for (typed, expected) in
        [("blue", vec![]), ("coffee", vec![]), ("red", vec![1]), ("tea", vec![1]), ("cup", vec![1])]
    {
        assert_eq!(found(stores, typed).await, expected, "`{typed}`");
    }
}

/// While somebody types.
pub async fn names_and_brands_are_suggested_the_popular_first(stores: &ShopStores) {
    let brand = ProductDetails { brand: "Moonshine".to_owned(), ..ProductDetails::default() };
    stores.put(&named(1, "Moon jar")).await;
    stores.put(&detailed(2, "Lamp", brand)).await;
    stores.put(&plain(3, "Lamp", "like the moon")).await;
    stores.put(&Product { active: false, ..named(4, "Moon cup") }).await;
    let liked = stores.favourites.set_favourite(account(1), product_id(2), true, at(0)).await;
    assert_eq!(liked.expect("the store answers"), Some(true));
    let suggest = async |typed: &str, limit| {
        let cards = stores.search.suggest(&SearchWords::new(typed), limit).await.expect("the store answers");
        numbers(&cards)
    };
    assert_eq!(suggest("moo", 10).await, [2, 1]);
    assert_eq!(suggest("moo", 1).await, [2]);
    assert_eq!(suggest("jar mo", 10).await, [1]);
    assert_eq!(suggest("...", 10).await, Vec::<u32>::new());
}
