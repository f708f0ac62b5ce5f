//! Who sees what of an order. Who may ask for what is in the matrix.

use serde_json::json;

use crate::support::{GOOD, Place, Server, id, on_every_database};

on_every_database! {
    another_buyer_finds_no_such_order,
    a_seller_sees_the_own_part_and_nothing_of_the_others_or_of_the_money,
}

async fn another_buyer_finds_no_such_order(place: &Place) {
    let server = Server::start(place, &[]).await;
    let items = server.cart(&[("tide-print", 1)]).await;
    let theirs = server.post("seller", "/api/payments/checkout_session/", json!({ "items": items })).await.ok();
    let path = format!("/api/marketplace/orders/{}/", id(&theirs));
    server.get("buyer", &path).await.refused(404, "not_found");
    server.act("buyer", id(&theirs), "cancel", json!({})).await.refused(404, "not_found");
    assert_eq!(
        server.get("seller", &path).await.ok()["allowed_actions"],
        json!(["cancel"]),
        "the buyer of it, though a seller"
    );
    server.get("buyer", "/api/marketplace/orders/12/").await.refused(400, "invalid_field");
}

async fn a_seller_sees_the_own_part_and_nothing_of_the_others_or_of_the_money(place: &Place) {
    let server = Server::start(place, &[]).await;
    let checkout = server.checkout(&[("tea-bowl", 2), ("tide-print", 1)]).await;
    let id = id(&checkout);
    server.pay(&checkout, GOOD).await;
    server.until_status(id, "payment_confirmed").await;
    server.act("seller2", id, "prepare", json!({})).await.ok();
    let seen = server.order("seller", id).await;
    assert_eq!((seen["total_amount"].as_str(), seen["status"].as_str()), (Some("77.00"), Some("payment_confirmed")));
    assert_eq!((seen["items"].as_array().unwrap().len(), seen["shipping_info"].as_array().unwrap().len()), (1, 1));
    assert_eq!(server.order("seller2", id).await["items"][0]["id"], 2, "an item keeps its number");
    let text = seen.to_string();
    for secret in ["Tide", "57.29", "134.29", "buyer@example.com", "payment 1", "seller2"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    assert_eq!(seen["allowed_actions"], json!(["cancel", "prepare", "ship"]));
}
