//! Carts, checkout, orders, rates.

use serde_json::json;

use crate::matrix::row::{Row, delete, get, patch, post};
use crate::matrix::rule::{accounts, admins, anybody, owner, parties, sellers};

pub(super) fn rows() -> Vec<Row> {
    [cart(), checkout(), orders(), rates()].into_iter().flatten().collect()
}

fn cart() -> Vec<Row> {
    vec![
        get("/api/marketplace/cart/", accounts(200)),
        get("/api/marketplace/cart/status/", accounts(200)),
        post("/api/marketplace/cart/add_item/", accounts(400)),
        patch("/api/marketplace/cart/update_item/", accounts(400)),
        delete("/api/marketplace/cart/remove_item/", accounts(200)).json(json!({ "product_id": "{product id}" })),
        delete("/api/marketplace/cart/clear/", accounts(204)),
        post("/api/marketplace/cart/validate_stock/", accounts(200)),
        post("/api/marketplace/cart/merge/", accounts(200)).json(json!({ "items": [] })),
    ]
}

fn checkout() -> Vec<Row> {
    vec![
        post("/api/payments/checkout_session/", accounts(400)),
        get("/api/payments/checkout_session/retry/{id}/", owner(409)).about(&["order"]),
        post("/api/payments/checkout_session/retry/{id}/", owner(409)).about(&["order"]),
        post("/api/payments/stripe_webhook/", anybody(400)),
    ]
}

fn orders() -> Vec<Row> {
    // The buyer knows of the order, but doesn't send it.
    let by_its_seller = |status| [401, 404, 403, 404, status, 404, status];
    let ship = json!({ "shipping_carrier": "DHL", "tracking_number": "00340434161094042557" });
    vec![
        get("/api/marketplace/orders/", accounts(200)),
        get("/api/marketplace/orders/seller_orders/", sellers(200)),
        get("/api/marketplace/orders/{id}/", parties(200)).about(&["order"]),
        // The delivered one is past all of these.
        post("/api/marketplace/orders/{id}/cancel/", parties(409)).about(&["delivered order"]),
        post("/api/marketplace/orders/{id}/prepare/", by_its_seller(409)).about(&["delivered order"]),
        post("/api/marketplace/orders/{id}/ship/", by_its_seller(409)).about(&["delivered order"]).json(ship.clone()),
        patch("/api/marketplace/orders/{id}/update_shipping/", by_its_seller(409))
            .about(&["delivered order"])
            .json(ship),
        post("/api/marketplace/orders/{id}/deliver/", parties(409)).about(&["order"]),
        post("/api/marketplace/orders/{id}/accept_held/", admins(409)).about(&["order"]),
        post("/api/marketplace/orders/{id}/return_held/", admins(409)).about(&["order"]),
    ]
}

fn rates() -> Vec<Row> {
    vec![
        get("/api/rates/latest/", accounts(200)),
        get("/api/rates/status/", accounts(200)),
        get("/api/rates/convert/", accounts(200)).query("?amount=1&from=EUR&to=USD"),
    ]
}
