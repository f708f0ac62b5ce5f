//! Reviews by those who have bought.

use reqwest::Method;
use serde_json::json;

use crate::support::{GOOD, Place, Server, id, on_every_database};

const REVIEWS: &str = "/api/marketplace/products/tea-bowl/reviews/";

on_every_database! {
    only_who_has_got_a_product_may_review_it_and_only_once,
    a_review_that_was_taken_away_counts_nowhere,
}

/// The buyer gets a tea bowl.
async fn deliver(server: &Server) {
    let checkout = server.checkout(&[("tea-bowl", 1)]).await;
    server.pay(&checkout, GOOD).await;
    server.until_status(id(&checkout), "payment_confirmed").await;
    server.act("seller", id(&checkout), "prepare", json!({})).await.ok();
    let shipped = json!({ "shipping_carrier": "DHL", "tracking_number": "JD0146" });
    server.act("seller", id(&checkout), "ship", shipped).await.ok();
}

/// D-39, and the seller's figures of D-44.
async fn only_who_has_got_a_product_may_review_it_and_only_once(place: &Place) {
    let server = Server::start(place, &[]).await;
    let review = json!({ "product_id": server.product("tea-bowl").await["id"], "rating": 4, "title": "Good", "comment": "Feels good in the hand." });
    server.post("", REVIEWS, review.clone()).await.refused(401, "unauthenticated");
    server.post("buyer", REVIEWS, review.clone()).await.refused(403, "not_allowed");
    deliver(&server).await;
    for (field, value) in
        [("rating", json!(6)), ("rating", json!(0)), ("comment", json!("short")), ("title", json!("x".repeat(201)))]
    {
        let mut bad = review.clone();
        bad[field] = value;
        assert_eq!(server.post("buyer", REVIEWS, bad).await.refused(400, "invalid_field")["field"], field);
    }
    let written = server.post("buyer", REVIEWS, review.clone()).await;
    assert_eq!(written.status, 201, "{}", written.body);
    let written = written.ok();
    assert_eq!(
        (written["reviewer"]["username"].as_str(), written["is_verified_purchase"].as_bool()),
        (Some("buyer"), Some(true))
    );
    let again = server.post("buyer", REVIEWS, review.clone()).await.refused(400, "bad_request");
    assert!(again["detail"].as_str().unwrap().contains("already"));
    server.post("seller2", REVIEWS, review.clone()).await.refused(403, "not_allowed");
    let product = server.product("tea-bowl").await;
    assert_eq!((product["average_rating"].as_str(), product["review_count"].as_u64()), (Some("4.00"), Some(1)));
    let path = format!("/api/marketplace/reviews/{}/", written["id"]);
    server.send("seller", Method::PATCH, &path, json!({ "rating": 5 })).await.refused(403, "not_allowed");
    assert_eq!(
        server.send("buyer", Method::PATCH, &path, json!({ "rating": 5 })).await.ok()["comment"],
        review["comment"]
    );
    assert_eq!(server.product("tea-bowl").await["average_rating"], "5.00");
    let sold = async || server.get("seller", "/api/marketplace/seller/analytics/").await.ok();
    server.until("the sale is counted", async || sold().await["total_items_sold"] == 1).await;
    let told = sold().await;
    assert_eq!(
        (told["total_revenue"].as_str(), told["total_orders"].as_u64(), told["top_products"][0]["total_sold"].as_u64()),
        (Some("38.50"), Some(1), Some(1))
    );
    assert_eq!(
        (told["recent_orders"][0]["buyer_username"].as_str(), told["recent_orders"][0]["total_amount"].as_str()),
        (Some("buyer"), Some("38.50"))
    );
}

/// D-38.
async fn a_review_that_was_taken_away_counts_nowhere(place: &Place) {
    let server = Server::start(place, &[]).await;
    deliver(&server).await;
    let review = json!({ "rating": 2, "comment": "Smaller than I thought." });
    let written = server.post("buyer", REVIEWS, review.clone()).await.ok();
    let path = format!("/api/marketplace/reviews/{}/", written["id"]);
    server.post("buyer", &format!("{path}mark_helpful/"), json!({})).await.refused(403, "not_allowed");
    let helpful = server.post("seller2", &format!("{path}mark_helpful/"), json!({})).await.ok();
    assert_eq!((helpful["helpful_count"].as_u64(), helpful["voted"].as_bool()), (Some(1), Some(true)));
    assert_eq!(server.post("seller2", &format!("{path}mark_helpful/"), json!({})).await.ok()["helpful_count"], 0);
    assert_eq!(server.get("", REVIEWS).await.ok()["results"][0]["id"], written["id"]);
    server.send("seller", Method::DELETE, &path, json!({})).await.refused(403, "not_allowed");
    server.send("admin", Method::DELETE, &path, json!({})).await.ok();
    server.get("", &path).await.refused(404, "not_found");
    let (listed, product) = (server.get("", REVIEWS).await.ok(), server.product("tea-bowl").await);
    assert_eq!(
        (&listed["results"], product["review_count"].as_u64(), product["average_rating"].as_str()),
        (&json!([]), Some(0), Some("0.00"))
    );
    let found = server.get("", "/api/marketplace/products/search/?min_rating=1").await.ok();
    assert_eq!(found["results"], json!([]));
    assert_eq!(server.post("buyer", REVIEWS, review).await.status, 201, "one that was taken away can be written anew");
}

#[tokio::test]
async fn all_of_it_holds_in_a_file_too() {
    only_who_has_got_a_product_may_review_it_and_only_once(&Place::file()).await;
    a_review_that_was_taken_away_counts_nowhere(&Place::file()).await;
}
