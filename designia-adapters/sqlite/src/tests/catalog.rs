//! The catalogue in the file: what the schema refuses, what the integrity check finds, and which index each list is read from.

use designia_core::catalog::{NewReview, ReviewChange};
use designia_core::id::AccountId;
use designia_core::ports::{FavouriteStore, ReviewStore};
use designia_core::testing::fixtures::{NOW, buyer, product_id};

use super::statements::plan;
use super::{in_memory, run, shelve};
use crate::{SqliteStore, sql};

async fn opened_shop() -> SqliteStore {
    let store = in_memory().await;
    shelve(&store).await;
    let content = ReviewChange { rating: 4, title: String::new(), comment: "Holds tea".to_owned() };
    let reviewer = AccountId::from(buyer(1));
    let review = NewReview { product: product_id(1), reviewer, content, verified: true, at: NOW };
    store.add_review(&review).await.unwrap();
    store.set_favourite(reviewer, product_id(1), true, NOW).await.unwrap();
    store
}

#[tokio::test]
async fn what_can_not_be_said_of_a_product_or_a_review_is_refused() {
    let store = opened_shop().await;
    for refused in [
        "UPDATE products SET condition = 'broken'",
        "UPDATE products SET rating_sum = 6 WHERE review_count = 1",
        "UPDATE products SET favourites = -1",
        "UPDATE products SET version = 0",
        "UPDATE reviews SET rating = 6",
        "UPDATE reviews SET helpful = -1",
        "INSERT INTO carts VALUES (x'00', 1, 0, '[]')",
        "INSERT INTO shop_days (seller, day, views) VALUES (zeroblob(16), 1, -1)",
    ] {
        assert!(run(&store, refused).await.unwrap_err().starts_with("CHECK"), "{refused}");
    }
    let twice = "INSERT INTO reviews (id, product, reviewer, rating, verified, created_at, updated_at, title, comment)
        SELECT 9, product, reviewer, 1, 1, 0, 0, '', '' FROM reviews";
    assert!(run(&store, twice).await.unwrap_err().starts_with("UNIQUE"));
    assert!(run(&store, "UPDATE products SET category = 9").await.unwrap_err().starts_with("FOREIGN KEY"));
}

#[tokio::test]
async fn a_removed_review_rests_and_a_cart_only_advances() {
    let store = opened_shop().await;
    run(&store, "UPDATE reviews SET removed_at = 1").await.unwrap();
    let revived = run(&store, "UPDATE reviews SET removed_at = NULL").await;
    assert_eq!(revived.unwrap_err(), "a removed review is never changed");
    run(&store, "INSERT INTO carts VALUES (zeroblob(16), 3, 0, '[]')").await.unwrap();
    let back = run(&store, "UPDATE carts SET version = 3").await;
    assert_eq!(back.unwrap_err(), "a cart never goes back to an older version");
}

#[tokio::test]
async fn a_figure_that_nothing_stands_behind_is_found() {
    for damage in [
        "UPDATE products SET rating_sum = rating_sum + 1 WHERE review_count = 1",
        "UPDATE products SET favourites = favourites + 1",
        "DELETE FROM favourites",
        "UPDATE shops SET products = products + 1",
    ] {
        let store = opened_shop().await;
        let report = store.integrity_check().await.unwrap();
        assert!(report.is_sound(), "{report:#?}");
        assert!(run(&store, damage).await.unwrap() > 0, "{damage}");
        let report = store.integrity_check().await.unwrap();
        let is_found = report.findings.iter().any(|it| it.rule == "every figure of the catalogue is right");
        assert!(is_found, "{damage}: {:#?}", report.findings);
    }
}

#[tokio::test]
async fn every_list_is_one_range_of_an_index() {
    let store = in_memory().await;
    let mut lane = store.lane().await.unwrap();
    let ranges = [
        ("(created_at,id)<(?,?)", "newest", ""),
        ("(price_key,id)>(?,?) AND price_key<?", "by_price", "_by_price"),
        ("price_key>? AND (price_key,id)<(?,?)", "by_price", "_by_price"),
        ("rating_key>? AND (rating_key,id)<(?,?)", "by_rating", "_by_rating"),
        ("(popularity,id)<(?,?)", "by_popularity", "_by_popularity"),
    ];
    for (lists, (range, all, suffix)) in sql::catalog_search::LISTS.chunks(3).zip(ranges) {
        let expected = [
            format!("products_{all} ({range})"),
            format!("products_of_category{suffix} (category=? AND {range})"),
            format!("products_of_seller{suffix} (seller=? AND {range})"),
        ];
        for (place, ((name, statement), index)) in lists.iter().zip(expected).enumerate() {
            let plan = plan(&mut lane, statement).await;
            assert!(plan.iter().any(|step| step.contains(&index)), "{name}: {plan:#?} instead of {index}");
            // The first ones of several categories are put in order once more.
            let sorts = plan.iter().filter(|step| step.contains("TEMP B-TREE")).count();
            assert_eq!(sorts, usize::from(place == 1), "{name}: {plan:#?}");
        }
    }
}

#[tokio::test]
async fn reviews_favourites_and_best_sellers_are_read_in_the_order_of_an_index() {
    let store = in_memory().await;
    let mut lane = store.lane().await.unwrap();
    let ordered = [
        (sql::shop::NEWEST_REVIEWS, "reviews_of_product (product=? AND (created_at,id)<(?,?))"),
        (sql::shop::OLDEST_REVIEWS, "reviews_of_product (product=? AND (created_at,id)>(?,?))"),
        (sql::shop::BEST_REVIEWS, "reviews_of_product_by_rating (product=? AND (rating,id)<(?,?))"),
        (sql::shop::WORST_REVIEWS, "reviews_of_product_by_rating (product=? AND (rating,id)>(?,?))"),
        (sql::shop::HELPFUL_REVIEWS, "reviews_of_product_by_help (product=? AND (helpful,id)<(?,?))"),
        (sql::shop::REVIEWS_BY, "reviews_of_reviewer (reviewer=? AND (created_at,id)<(?,?))"),
        (sql::shop::FAVOURITES, "favourites_newest (account=? AND (created_at,product)<(?,?))"),
        (sql::shop::BEST_SELLERS, "products_of_seller_by_sales (seller=?)"),
        (sql::shop::CART, "carts USING PRIMARY KEY (account=?)"),
    ];
    for (statement, index) in ordered {
        let plan = plan(&mut lane, statement).await;
        assert!(plan[0].ends_with(index), "{plan:?} instead of {index}");
        assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{plan:?} sorts");
    }
}

/// What a list and a checkout read never touches the long texts.
#[tokio::test]
async fn cards_are_read_without_texts() {
    for (name, statement) in sql::catalog_search::LISTS.iter().chain([&("CARDS", sql::catalog::CARDS)]) {
        assert!(!statement.contains("product_texts"), "{name}");
    }
}
