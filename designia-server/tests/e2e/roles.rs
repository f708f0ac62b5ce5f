//! Who may do what: every route, asked by everybody.

use reqwest::Method;
use serde_json::json;

use crate::support::{GOOD, Place, Server, id, on_every_database};

const NOBODY: &str = "";

/// Method and path, and the statuses for nobody, buyer, seller, the other seller (without a part), and admin. The order is
/// paid and holds a part of the first seller only; requests that would change it are sent where they are refused first.
const MATRIX: [(&str, &str, [u16; 5]); 38] = [
    ("GET", "/", [200, 200, 200, 200, 200]),
    ("GET", "/health/live", [200, 200, 200, 200, 200]),
    ("GET", "/health/ready", [200, 200, 200, 200, 200]),
    ("GET", "/api/openapi.json", [200, 200, 200, 200, 200]),
    ("GET", "/api/docs/", [200, 200, 200, 200, 200]),
    ("GET", "/metrics", [401, 403, 403, 403, 200]),
    ("GET", "/api/marketplace/products/", [200, 200, 200, 200, 200]),
    ("GET", "/api/marketplace/products/tea-bowl/", [200, 200, 200, 200, 200]),
    ("POST", "/api/payments/stripe_webhook/", [400, 400, 400, 400, 400]),
    ("GET", "/api/rates/latest/", [401, 200, 200, 200, 200]),
    ("GET", "/api/rates/status/", [401, 200, 200, 200, 200]),
    ("GET", "/api/rates/convert/?amount=1&from=EUR&to=USD", [401, 200, 200, 200, 200]),
    ("POST", "/api/payments/checkout_session/", [401, 400, 400, 400, 400]),
    ("GET", "/api/payments/checkout_session/retry/{id}/", [401, 409, 404, 404, 404]),
    ("GET", "/api/marketplace/orders/", [401, 200, 200, 200, 200]),
    ("GET", "/api/marketplace/orders/seller_orders/", [401, 403, 200, 200, 403]),
    ("GET", "/api/marketplace/orders/{id}/", [401, 200, 200, 404, 200]),
    ("POST", "/api/marketplace/orders/{id}/deliver/", [401, 409, 409, 404, 409]),
    ("POST", "/api/marketplace/orders/{id}/ship/", [401, 400, 400, 400, 400]),
    ("POST", "/api/marketplace/orders/{id}/accept_held/", [401, 403, 403, 403, 409]),
    ("POST", "/api/marketplace/orders/{id}/return_held/", [401, 403, 403, 403, 409]),
    ("POST", "/api/marketplace/orders/{id}/prepare/", [401, 403, 200, 404, 200]),
    ("GET", "/api/admin/tasks/", [401, 403, 403, 403, 200]),
    ("POST", "/api/admin/tasks/", [401, 403, 403, 403, 400]),
    ("GET", "/api/admin/tasks/{id}/", [401, 403, 403, 403, 404]),
    ("POST", "/api/admin/tasks/{id}/revoke/", [401, 403, 403, 403, 404]),
    ("POST", "/api/admin/tasks/{id}/retry/", [401, 403, 403, 403, 404]),
    ("GET", "/api/admin/task-kinds/", [401, 403, 403, 403, 200]),
    ("GET", "/api/admin/queues/", [401, 403, 403, 403, 200]),
    ("POST", "/api/admin/queues/nobodys/pause/", [401, 403, 403, 403, 404]),
    ("POST", "/api/admin/queues/nobodys/resume/", [401, 403, 403, 403, 404]),
    ("POST", "/api/admin/queues/nobodys/purge/", [401, 403, 403, 403, 404]),
    ("GET", "/api/admin/schedules/", [401, 403, 403, 403, 200]),
    ("GET", "/api/admin/schedules/nobodys/", [401, 403, 403, 403, 404]),
    ("POST", "/api/admin/schedules/nobodys/enable/", [401, 403, 403, 403, 404]),
    ("POST", "/api/admin/schedules/nobodys/disable/", [401, 403, 403, 403, 404]),
    ("POST", "/api/admin/schedules/nobodys/run/", [401, 403, 403, 403, 404]),
    ("GET", "/api/admin/workers/", [401, 403, 403, 403, 200]),
];

async fn paid_order(server: &Server) -> String {
    let checkout = server.checkout(&[("tea-bowl", 1)]).await;
    server.pay(&checkout, GOOD).await;
    server.until_status(id(&checkout), "payment_confirmed").await;
    id(&checkout).to_owned()
}

on_every_database! {
    every_route_opens_to_those_it_is_for_and_to_nobody_else,
    another_buyer_finds_no_such_order,
    a_seller_sees_the_own_part_and_nothing_of_the_others_or_of_the_money,
}

async fn every_route_opens_to_those_it_is_for_and_to_nobody_else(place: &Place) {
    let server = Server::start(place, &[]).await;
    let order = paid_order(&server).await;
    for (method, path, expected) in MATRIX {
        let method: Method = method.parse().unwrap();
        let path = path.replace("{id}", &order);
        for (who, expected) in [NOBODY, "buyer", "seller", "seller2", "admin"].into_iter().zip(expected) {
            let answer = server.send(who, method.clone(), &path, json!({})).await;
            assert_eq!(answer.status, expected, "{method} {path} by `{who}`: {}", answer.body);
        }
    }
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
