//! The catalogue in the database: what the schema refuses, what the integrity check finds, and which index each list is read from.

use designia_core::catalog::{NewReview, ReviewChange};
use designia_core::id::AccountId;
use designia_core::ports::{CatalogStore, FavouriteStore, ProductKey, ReviewStore};
use designia_core::testing::fixtures::{NOW, buyer, product_id};

use sqlx::{AssertSqlSafe, Row};

use super::plans::{plan, planner};
use super::{Subject, fresh, shelve};
use crate::sql;

async fn opened_shop() -> Option<Subject> {
    let store = fresh().await?;
    shelve(&store).await;
    let content = ReviewChange { rating: 4, title: String::new(), comment: "Holds tea".to_owned() };
    let reviewer = AccountId::from(buyer(1));
    let review = NewReview { product: product_id(1), reviewer, content, verified: true, at: NOW };
    store.add_review(&review).await.unwrap();
    store.set_favourite(reviewer, product_id(1), true, NOW).await.unwrap();
    Some(store)
}

#[tokio::test]
async fn what_can_not_be_said_of_a_product_or_a_review_is_refused() {
    let Some(store) = opened_shop().await else { return };
    for refused in [
        "UPDATE designia.products SET condition = 'broken'",
        "UPDATE designia.products SET rating_sum = 6 WHERE review_count = 1",
        "UPDATE designia.products SET favourites = -1",
        "UPDATE designia.products SET version = 0",
        "UPDATE designia.reviews SET rating = 6",
        "UPDATE designia.reviews SET helpful = -1",
        "INSERT INTO designia.shop_days (seller, day, views) VALUES (gen_random_uuid(), 1, -1)",
    ] {
        assert!(store.run(refused).await.unwrap_err().contains("violates check constraint"), "{refused}");
    }
    let twice =
        "INSERT INTO designia.reviews (product, reviewer, rating, title, comment, verified, created_at, updated_at)
        SELECT product, reviewer, 1, '', '', true, created_at, created_at FROM designia.reviews";
    assert!(store.run(twice).await.unwrap_err().contains("reviews_of_product_by_reviewer"));
    let nowhere = store.run("UPDATE designia.products SET category = 9").await.unwrap_err();
    assert!(nowhere.contains("products_category_fkey"), "{nowhere}");
}

#[tokio::test]
async fn a_removed_review_rests_and_a_cart_only_advances() {
    let Some(store) = opened_shop().await else { return };
    store.run("UPDATE designia.reviews SET removed_at = now()").await.unwrap();
    let revived = store.run("UPDATE designia.reviews SET removed_at = NULL").await;
    assert_eq!(revived.unwrap_err(), "a removed review is never changed");
    store.run("INSERT INTO designia.carts VALUES (gen_random_uuid(), 3, now(), '[]')").await.unwrap();
    let back = store.run("UPDATE designia.carts SET version = 3").await;
    assert_eq!(back.unwrap_err(), "a cart never goes back to an older version");
}

#[tokio::test]
async fn a_figure_that_nothing_stands_behind_is_found() {
    for damage in [
        "UPDATE designia.products SET rating_sum = rating_sum + 1 WHERE review_count = 1",
        "UPDATE designia.products SET favourites = favourites + 1",
        "DELETE FROM designia.favourites",
        "UPDATE designia.shops SET products = products + 1",
    ] {
        let Some(store) = opened_shop().await else { return };
        let report = store.integrity_check().await.unwrap();
        assert!(report.is_sound(), "{report:#?}");
        assert!(store.run(damage).await.unwrap() > 0, "{damage}");
        let report = store.integrity_check().await.unwrap();
        let is_found = report.findings.iter().any(|it| it.rule == "every figure of the catalogue is right");
        assert!(is_found, "{damage}: {:#?}", report.findings);
    }
}

#[tokio::test]
async fn every_list_is_one_range_of_an_index() {
    let Some(store) = fresh().await else { return };
    let mut connection = planner(&store).await;
    let kinds = [("newest", ""), ("by_price", "_by_price"), ("by_price", "_by_price")];
    let kinds = kinds.into_iter().chain([("by_rating", "_by_rating"), ("by_popularity", "_by_popularity")]);
    for (lists, (all, suffix)) in sql::catalog_search::LISTS.chunks(3).zip(kinds) {
        let expected =
            [format!("products_{all}"), format!("products_of_category{suffix}"), format!("products_of_seller{suffix}")];
        for (place, ((name, statement), index)) in lists.iter().zip(expected).enumerate() {
            let plan = plan(&mut connection, statement).await;
            assert!(plan.contains(&format!(" using {index} on ")), "{name}: {plan} instead of {index}");
            // The first ones of several categories are put in order once more.
            assert_eq!(plan.matches("Sort Key").count(), usize::from(place == 1), "{name}: {plan}");
        }
    }
}

#[tokio::test]
async fn reviews_favourites_and_best_sellers_are_read_in_the_order_of_an_index() {
    let Some(store) = fresh().await else { return };
    let mut connection = planner(&store).await;
    for (statement, index) in [
        (sql::shop::NEWEST_REVIEWS, "reviews_of_product"),
        (sql::shop::OLDEST_REVIEWS, "reviews_of_product"),
        (sql::shop::BEST_REVIEWS, "reviews_of_product_by_rating"),
        (sql::shop::WORST_REVIEWS, "reviews_of_product_by_rating"),
        (sql::shop::HELPFUL_REVIEWS, "reviews_of_product_by_help"),
        (sql::shop::REVIEWS_BY, "reviews_of_reviewer"),
        (sql::shop::FAVOURITES, "favourites_newest"),
        (sql::shop::BEST_SELLERS, "products_of_seller_by_sales"),
        (sql::shop::CART, "carts_pkey"),
    ] {
        let plan = plan(&mut connection, statement).await;
        assert!(plan.contains(&format!(" using {index} on ")) && !plan.contains("Sort"), "{plan} instead of {index}");
    }
}

/// Words are found by their index, though sessions are kept from reading such indexes otherwise.
#[tokio::test]
async fn words_are_found_by_their_index() {
    let Some(store) = fresh().await else { return };
    let mut connection = planner(&store).await;
    let statement = "SELECT t.product FROM designia.product_texts AS t WHERE t.search @@ $1::tsquery";
    let sql = "SET enable_bitmapscan = on";
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    let plan = plan(&mut connection, statement).await;
    assert!(plan.contains("Bitmap Index Scan on product_texts_search"), "{plan}");
    let settings = "SELECT array_to_string(proconfig, ',') FROM pg_proc WHERE proname = 'found_products_1'";
    let settings: String = sqlx::query_scalar(settings).fetch_one(&mut connection).await.unwrap();
    assert!(settings.contains("enable_bitmapscan=on"), "{settings}");
}

/// A node of the release before goes on adding products while the others are restarted.
#[tokio::test]
async fn what_an_older_node_adds_is_found_by_the_newer_ones() {
    let Some(store) = fresh().await else { return };
    let put =
        "INSERT INTO designia.products (id, seller, slug, name, description, price_minor, currency, active, stock)
        VALUES (gen_random_uuid(), gen_random_uuid(), 'old-cup', 'Old cup', 'Thin porcelain', 990, 'EUR', true, 7)";
    assert_eq!(store.run(put).await, Ok(1));
    let found = store.product(&ProductKey::Slug("old-cup".to_owned())).await.unwrap().unwrap();
    assert_eq!((found.description.as_str(), found.version, found.stock), ("Thin porcelain", 1, 7));
}

/// With real figures at hand, and many products of one price, the planner still does not sort them all.
#[tokio::test]
async fn a_list_of_many_products_is_read_no_further_than_its_page() {
    let Some(store) = fresh().await else { return };
    let fill = "INSERT INTO designia.products (
            id, seller, slug, name, price_minor, currency, active, stock, created_at, price_key, favourites
        )
        SELECT lpad(to_hex(number), 32, '0')::uuid, lpad(to_hex(number % 7), 32, '0')::uuid, 'p-' || number, 'Cup', 990, 'EUR',
            true, 1, to_timestamp(1700000000 + number), number % 100, number % 10
        FROM generate_series(1, 5000) AS number";
    assert_eq!(store.run(fill).await, Ok(5_000));
    let mut connection = planner(&store).await;
    sqlx::raw_sql("ANALYZE designia.products; SET plan_cache_mode = force_custom_plan")
        .execute(&mut connection)
        .await
        .unwrap();
    let highest = "9223372036854775807, 'ffffffff-ffff-ffff-ffff-ffffffffffff'";
    let lowest = "0, '00000000-0000-0000-0000-000000000000'";
    let newest = "'infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff'";
    for (statement, last, seller, index) in [
        (sql::catalog_search::NEWEST, newest, false, "products_newest"),
        (sql::catalog_search::CHEAPEST, lowest, false, "products_by_price"),
        (sql::catalog_search::DEAREST, highest, false, "products_by_price"),
        (sql::catalog_search::POPULAR, highest, false, "products_by_popularity"),
        (sql::catalog_search::CHEAPEST_OF_SELLER, lowest, true, "products_of_seller_by_price"),
    ] {
        let seller = if seller { "'00000000-0000-0000-0000-000000000003'" } else { "NULL" };
        let prepare = format!("PREPARE asked AS {statement}");
        sqlx::raw_sql(AssertSqlSafe(prepare)).execute(&mut connection).await.unwrap();
        let explain = format!(
            "EXPLAIN (COSTS OFF) EXECUTE asked(
                25, {last}, NULL, NULL, NULL, NULL, NULL, false, {seller}, NULL, NULL, NULL, false, '', 'newest'
            )"
        );
        let lines = sqlx::raw_sql(AssertSqlSafe(explain)).fetch_all(&mut connection).await.unwrap();
        let lines: Vec<String> = lines.iter().map(|line| line.get(0)).collect();
        sqlx::raw_sql("DEALLOCATE asked").execute(&mut connection).await.unwrap();
        let plan = lines.join("\n");
        assert!(plan.contains(&format!(" using {index} on ")) && !plan.contains("Sort"), "{plan} instead of {index}");
    }
}
