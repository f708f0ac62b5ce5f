//! Carts, and checkouts out of them.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Place, Server, id, on_every_database};

const CART: &str = "/api/marketplace/cart/";
const CHECKOUT: &str = "/api/payments/checkout_session/";

on_every_database! {
    a_cart_is_filled_changed_and_emptied_as_the_client_does_it,
    a_product_that_is_taken_off_is_an_issue_and_never_a_failure,
    what_a_guest_had_gathered_is_merged_and_told_line_by_line,
    a_cart_of_several_currencies_adds_each_up_and_knows_no_tax,
    a_checkout_without_a_body_orders_the_cart_and_empties_it,
    a_second_click_on_a_cart_is_the_same_order,
    a_checkout_that_fails_leaves_the_cart_and_the_stock_alone,
    an_order_takes_out_of_the_cart_what_it_ordered_and_nothing_else,
}

async fn add(server: &Server, slug: &str, quantity: u32) -> Value {
    let product = server.product(slug).await["id"].clone();
    server.post("buyer", &format!("{CART}add_item/"), json!({ "product_id": product, "quantity": quantity })).await.ok()
}

fn lines(cart: &Value) -> Vec<(&str, u64)> {
    cart["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["product"]["slug"].as_str().unwrap(), it["quantity"].as_u64().unwrap()))
        .collect()
}

/// D-48.
async fn a_cart_is_filled_changed_and_emptied_as_the_client_does_it(place: &Place) {
    let server = Server::start(place, &[]).await;
    server.get("", CART).await.refused(401, "unauthenticated");
    let empty = server.get("buyer", CART).await.ok();
    assert_eq!((lines(&empty), empty["totals"]["items_count"].as_u64()), (vec![], Some(0)));
    let me = server.get("buyer", "/api/auth/profile/").await.ok()["id"].clone();
    assert!(empty["user_id"].is_string() && empty["user_id"] == me);
    add(&server, "tea-bowl", 1).await;
    let cart = add(&server, "tea-bowl", 2).await;
    assert_eq!((lines(&cart), cart["totals"]["subtotal"].as_str()), (vec![("tea-bowl", 3)], Some("115.50")));
    let product = cart["items"][0]["product"]["id"].clone();
    for field in ["id", "name", "price", "slug"] {
        assert!(cart["items"][0]["product"][field].is_string(), "{field}");
    }
    let set = |quantity: i64| json!({ "product_id": product, "quantity": quantity });
    let path = format!("{CART}update_item/");
    assert_eq!(lines(&server.send("buyer", Method::PATCH, &path, set(2)).await.ok()), [("tea-bowl", 2)]);
    assert_eq!(
        server.send("buyer", Method::PATCH, &path, set(0)).await.refused(400, "invalid_field")["field"],
        "quantity"
    );
    server.send("buyer", Method::PATCH, &path, set(-1)).await.refused(400, "invalid_field");
    server.send("buyer", Method::PATCH, &path, set(999)).await.refused(409, "out_of_stock");
    server
        .send("buyer", Method::PATCH, &path, json!({ "product_id": "x", "quantity": 1 }))
        .await
        .refused(400, "invalid_field");
    let unknown = json!({ "product_id": "00000000-0000-0000-0000-000000000001", "quantity": 1 });
    server.post("buyer", &format!("{CART}add_item/"), unknown).await.refused(409, "product_not_for_sale");
    server.post("seller", &format!("{CART}add_item/"), set(1)).await.refused(400, "invalid_field");
    let status = server.get("buyer", &format!("{CART}status/")).await.ok();
    assert_eq!((status["total_items"].as_u64(), status["total_amount"].as_str()), (Some(2), Some("77.00")));
    let left = server
        .send("buyer", Method::DELETE, &format!("{CART}remove_item/"), json!({ "product_id": product }))
        .await
        .ok();
    assert_eq!(lines(&left), vec![]);
    server.send("buyer", Method::DELETE, &format!("{CART}remove_item/"), json!({ "product_id": product })).await.ok();
    assert_eq!(server.send("buyer", Method::DELETE, &format!("{CART}clear/"), json!({})).await.status, 204);
}

async fn a_product_that_is_taken_off_is_an_issue_and_never_a_failure(place: &Place) {
    let server = Server::start(place, &[]).await;
    add(&server, "moon-jar", 2).await;
    add(&server, "salt-cellar", 1).await;
    server.send("seller", Method::DELETE, "/api/marketplace/products/moon-jar/", json!({})).await.ok();
    let cart = server.get("buyer", CART).await.ok();
    assert_eq!((cart["items"][0]["issue"].as_str(), cart["items"][1]["issue"].as_str()), (Some("not_for_sale"), None));
    assert_eq!(cart["totals"]["subtotal"], "22.00");
    let looked = server.post("buyer", &format!("{CART}validate_stock/"), json!({})).await.ok();
    assert_eq!((looked["valid"].as_bool(), looked["issues"][0]["issue"].as_str()), (Some(false), Some("not_for_sale")));
    assert!(looked["checked_at"].is_string());
    server.post("buyer", CHECKOUT, json!({})).await.refused(409, "product_not_for_sale");
    assert_eq!(server.get("buyer", CART).await.ok()["items"].as_array().unwrap().len(), 2);
}

async fn what_a_guest_had_gathered_is_merged_and_told_line_by_line(place: &Place) {
    let server = Server::start(place, &[]).await;
    let stock = server.stock("moon-jar").await;
    let (jar, bowl) = (server.product("moon-jar").await["id"].clone(), server.product("tea-bowl").await["id"].clone());
    let gone = "00000000-0000-0000-0000-000000000001";
    let guest = json!({ "items": [{ "product_id": jar, "quantity": stock + 5 }, { "product_id": bowl }, { "product_id": gone, "quantity": 1 }] });
    for _ in 0..2 {
        let merged = server.post("buyer", &format!("{CART}merge/"), guest.clone()).await.ok();
        assert_eq!(lines(&merged), [("moon-jar", stock), ("tea-bowl", 1)], "merging twice is merging once");
        let told: Vec<_> = merged["merged"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| (it["quantity"].as_u64().unwrap(), it["issue"].as_str()))
            .collect();
        assert_eq!(told, [(stock, Some("insufficient_stock")), (1, None), (0, Some("not_for_sale"))]);
    }
}

/// D-19.
async fn a_cart_of_several_currencies_adds_each_up_and_knows_no_tax(place: &Place) {
    let server = Server::start(place, &[]).await;
    add(&server, "tea-bowl", 2).await;
    add(&server, "field-notebook", 1).await;
    let cart = add(&server, "tide-print", 1).await;
    let sums: Vec<_> = cart["totals"]["by_currency"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| format!("{} {}", it["amount"].as_str().unwrap(), it["currency"].as_str().unwrap()))
        .collect();
    assert_eq!(sums, ["77.00 EUR", "2400 JPY", "64.00 USD"]);
    assert!(cart["totals"].get("tax").is_none() && cart["totals"].get("shipping").is_none(), "nobody made one up");
    let euros = server.get("buyer", &format!("{CART}?currency=EUR")).await.ok();
    assert_eq!(
        (euros["totals"]["currency"].as_str(), euros["totals"]["is_converted"].as_bool()),
        (Some("EUR"), Some(true))
    );
    let order = server.post("buyer", CHECKOUT, json!({ "currency": "EUR" })).await.ok();
    assert_eq!(
        order["total_amount"], euros["totals"]["total"],
        "what the cart told is what the order pins, at the same rates"
    );
    let shown = server.order("buyer", id(&order)).await;
    assert_eq!((shown["items"].as_array().unwrap().len(), shown["exchange_rates"].as_array().unwrap().len()), (3, 2));
}

/// D-09, E1.
async fn a_checkout_without_a_body_orders_the_cart_and_empties_it(place: &Place) {
    let server = Server::start(place, &["--checkout-ui", "embedded"]).await;
    assert_eq!(
        server.post_file("buyer", CHECKOUT, "application/json", Vec::new()).await.refused(400, "invalid_field")["field"],
        "items"
    );
    let stock = server.stock("tea-bowl").await;
    add(&server, "tea-bowl", 2).await;
    let order = server.post_file("buyer", CHECKOUT, "application/json", Vec::new()).await.ok();
    let order = server.with_page(order).await;
    assert!(order["clientSecret"].is_string() && order["clientSecret"] == order["client_secret"], "{order}");
    assert_eq!(order["total_amount"], "77.00");
    assert_eq!(server.get("buyer", CART).await.ok()["items"], json!([]));
    assert_eq!(server.stock("tea-bowl").await, stock - 2);
}

async fn a_second_click_on_a_cart_is_the_same_order(place: &Place) {
    let server = Server::start(place, &[]).await;
    add(&server, "tea-bowl", 1).await;
    let click = || server.post("buyer", CHECKOUT, json!({}));
    let (first, second) = tokio::join!(click(), click());
    let orders: Vec<_> =
        [first, second].into_iter().filter(|it| it.status < 300).map(|it| it.body["order_id"].clone()).collect();
    assert!(!orders.is_empty() && orders.iter().all(|order| *order == orders[0]), "{orders:?}");
    assert_eq!(server.get("buyer", "/api/marketplace/orders/").await.ok()["count"], 1);
    add(&server, "tea-bowl", 1).await;
    let third = click().await.ok();
    assert_ne!(third["order_id"], orders[0], "the same cart filled anew is another order");
    add(&server, "tea-bowl", 1).await;
    let with_key = server.post_with_key("buyer", CHECKOUT, "key-7", &json!({})).await.ok();
    assert_ne!(with_key["order_id"], third["order_id"]);
}

/// D-09, D-10.
async fn a_checkout_that_fails_leaves_the_cart_and_the_stock_alone(place: &Place) {
    let server = Server::start(place, &[]).await;
    let stock = server.stock("moon-jar").await;
    add(&server, "moon-jar", 3).await;
    let fewer = json!({ "stock_quantity": 2 });
    server.send("seller", Method::PATCH, "/api/marketplace/products/moon-jar/", fewer).await.ok();
    server.post("buyer", CHECKOUT, json!({})).await.refused(409, "out_of_stock");
    assert_eq!(
        (server.stock("moon-jar").await, lines(&server.get("buyer", CART).await.ok())),
        (2, vec![("moon-jar", 3)])
    );
    server
        .send("seller", Method::PATCH, "/api/marketplace/products/moon-jar/", json!({ "stock_quantity": stock }))
        .await
        .ok();
    server.post("buyer", CHECKOUT, json!({ "shipping_address": { "name": "A" } })).await.refused(400, "invalid_field");
    assert_eq!(lines(&server.get("buyer", CART).await.ok()), [("moon-jar", 3)]);
    assert_eq!(server.get("buyer", "/api/marketplace/orders/").await.ok()["count"], 0);
}

async fn an_order_takes_out_of_the_cart_what_it_ordered_and_nothing_else(place: &Place) {
    let server = Server::start(place, &[]).await;
    add(&server, "tea-bowl", 1).await;
    server.checkout(&[("salt-cellar", 1)]).await;
    assert_eq!(
        lines(&server.get("buyer", CART).await.ok()),
        [("tea-bowl", 1)],
        "an order by its body leaves the cart alone"
    );
    server.post("buyer", CHECKOUT, json!({})).await.ok();
    assert_eq!(lines(&server.get("buyer", CART).await.ok()), vec![]);
}

#[tokio::test]
async fn all_of_it_holds_in_a_file_too() {
    a_cart_is_filled_changed_and_emptied_as_the_client_does_it(&Place::file()).await;
    a_product_that_is_taken_off_is_an_issue_and_never_a_failure(&Place::file()).await;
    what_a_guest_had_gathered_is_merged_and_told_line_by_line(&Place::file()).await;
    a_cart_of_several_currencies_adds_each_up_and_knows_no_tax(&Place::file()).await;
    a_checkout_without_a_body_orders_the_cart_and_empties_it(&Place::file()).await;
    a_second_click_on_a_cart_is_the_same_order(&Place::file()).await;
    a_checkout_that_fails_leaves_the_cart_and_the_stock_alone(&Place::file()).await;
    an_order_takes_out_of_the_cart_what_it_ordered_and_nothing_else(&Place::file()).await;
}
