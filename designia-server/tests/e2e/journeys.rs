//! Whole journeys through server, sandbox and webhooks: wherever the money comes from and whenever, it ends as promised.

use serde_json::json;

use crate::support::{DAY, DECLINED, GOOD, HOUR, Server, id, kinds};

const GRACE: std::time::Duration = std::time::Duration::from_secs(3 * 86_400);

#[tokio::test]
async fn a_paid_order_goes_from_seller_to_buyer() {
    let server = Server::start(&[]).await;
    let checkout = server.checkout(&[("tea-bowl", 2), ("tide-print", 1)]).await;
    let id = id(&checkout);
    server.pay(&checkout, GOOD).await;
    server.until_status(id, "payment_confirmed").await;
    for seller in ["seller", "seller2"] {
        server.act(seller, id, "prepare", json!({})).await.ok();
        let tracking = json!({ "shipping_carrier": "DHL", "tracking_number": "JD0146" });
        let seen = server.act(seller, id, "ship", tracking).await.ok();
        assert_eq!((seen["status"].as_str(), seen["tracking_number"].as_str()), (Some("shipped"), Some("JD0146")));
    }
    assert_eq!(server.order("buyer", id).await["status"], "shipped");
    let order = server.act("buyer", id, "deliver", json!({})).await.ok();
    assert_eq!((order["status"].as_str(), order["payment_status"].as_str()), (Some("delivered"), Some("paid")));
    assert_eq!(server.stock("tea-bowl").await, 38);
}

#[tokio::test]
async fn an_unpaid_order_is_reminded_and_cancelled_only_after_the_provider_was_asked() {
    let server = Server::start(&[]).await;
    let checkout = server.checkout(&[("moon-jar", 3)]).await;
    let id = id(&checkout);
    assert_eq!(server.stock("moon-jar").await, 9);
    for (reminded, step) in [(1, GRACE / 3), (2, GRACE / 2)] {
        server.clock.advance(step);
        let holds = async || {
            kinds(&server.order("buyer", id).await).iter().filter(|kind| **kind == "reminded").count() == reminded
        };
        server.until("the buyer is reminded", holds).await;
    }
    // A page is opened once more and left, so that something is under way at the deadline.
    server.get("buyer", &format!("/api/payments/checkout_session/retry/{id}/")).await.ok();
    server.webhooks.hold();
    server.clock.advance(GRACE / 6);
    let order = server.until_status(id, "cancelled").await;
    let kinds = kinds(&order);
    let place = |kind: &str| kinds.iter().rposition(|it| *it == kind);
    assert!(place("reminded") < place("closing_began") && place("void_requested") < place("cancelled"), "{kinds:?}");
    assert_eq!(server.stock("moon-jar").await, 12);
}

#[tokio::test]
async fn money_that_arrived_unnoticed_before_the_deadline_is_found_by_asking() {
    let server = Server::start(&[]).await;
    let first = server.checkout(&[("moon-jar", 1)]).await;
    let id = id(&first);
    server.clock.advance(GRACE - HOUR);
    server.until_status(id, "pending_payment").await;
    let page = server.get("buyer", &format!("/api/payments/checkout_session/retry/{id}/")).await.ok();
    server.webhooks.hold();
    server.pay(&page, GOOD).await;
    server.clock.advance(HOUR);
    let order = server.until_status(id, "payment_confirmed").await;
    assert!(kinds(&order).contains(&"closing_began"), "{:?}", kinds(&order));
    server.webhooks.release();
    server.webhooks.idle().await;
    assert_eq!(server.order("buyer", id).await["payment_status"], "paid", "the late webhook changes nothing");
}

async fn cancelled_for_want_of_money(server: &Server) -> serde_json::Value {
    let checkout = server.checkout(&[("moon-jar", 1)]).await;
    server.clock.advance(GRACE + HOUR);
    server.until_status(id(&checkout), "cancelled").await;
    server.pay_late(&checkout).await;
    checkout
}

#[tokio::test]
async fn late_money_goes_back_where_the_policy_is_to_refund() {
    let server = Server::start(&["--late-payment", "refund"]).await;
    let checkout = cancelled_for_want_of_money(&server).await;
    let order = server.until_paid(id(&checkout), "refunded").await;
    assert_eq!((order["amount_paid"].as_str(), order["amount_refunded"].as_str()), (Some("120.00"), Some("120.00")));
    assert_eq!(server.at_provider("refund").await.len(), 1);
    assert_eq!(server.stock("moon-jar").await, 12);
}

#[tokio::test]
async fn late_money_reinstates_the_order_where_the_policy_says_so_and_the_stock_is_there() {
    let server = Server::start(&["--late-payment", "reinstate"]).await;
    let checkout = cancelled_for_want_of_money(&server).await;
    let order = server.until_status(id(&checkout), "payment_confirmed").await;
    assert_eq!(order["payment_status"], "paid");
    assert_eq!(server.stock("moon-jar").await, 11);
}

#[tokio::test]
async fn late_money_goes_back_where_it_would_reinstate_but_the_stock_is_gone() {
    let server = Server::start(&["--late-payment", "reinstate"]).await;
    let checkout = server.checkout(&[("moon-jar", 1)]).await;
    server.clock.advance(GRACE + HOUR);
    server.until_status(id(&checkout), "cancelled").await;
    server.checkout(&[("moon-jar", 12)]).await;
    server.pay_late(&checkout).await;
    let order = server.until_paid(id(&checkout), "refunded").await;
    assert_eq!(order["status"], "cancelled");
    assert_eq!(server.stock("moon-jar").await, 0);
}

#[tokio::test]
async fn late_money_waits_for_a_person_where_the_policy_is_to_hold_and_goes_back_if_nobody_comes() {
    let server = Server::start(&["--late-payment", "hold"]).await;
    let checkout = cancelled_for_want_of_money(&server).await;
    let id = id(&checkout);
    server
        .until("the money waits visibly", async || {
            server.order("admin", id).await["attention"][0]["deadline"].is_string()
        })
        .await;
    server.clock.advance(3 * DAY + HOUR);
    server.until_paid(id, "refunded").await;
}

#[tokio::test]
async fn held_money_can_make_the_order_stand_again_and_only_the_admin_may_say_so() {
    let server = Server::start(&["--late-payment", "hold"]).await;
    let checkout = cancelled_for_want_of_money(&server).await;
    let id = id(&checkout);
    server.until("the money waits visibly", async || server.order("admin", id).await["attention"].is_array()).await;
    server.act("buyer", id, "accept_held", json!({})).await.refused(403, "forbidden");
    let order = server.act("admin", id, "accept_held", json!({})).await.ok();
    assert_eq!(order["status"], "payment_confirmed");
    server.act("admin", id, "return_held", json!({})).await.refused(409, "order_state_forbids");
}

#[tokio::test]
async fn a_declined_card_is_a_failed_try_and_not_a_failed_order() {
    let server = Server::start(&[]).await;
    let checkout = server.checkout(&[("tea-bowl", 1)]).await;
    let id = id(&checkout);
    server.pay(&checkout, DECLINED).await;
    let order = server.until_paid(id, "failed").await;
    assert_eq!(order["status"], "pending_payment");
    server.pay(&checkout, GOOD).await;
    let order = server.until_status(id, "payment_confirmed").await;
    assert_eq!(kinds(&order).iter().filter(|kind| **kind == "payment_declined").count(), 1);
}

#[tokio::test]
async fn of_two_pages_that_were_both_paid_one_payment_goes_back() {
    let server = Server::start(&[]).await;
    let first = server.checkout(&[("tea-bowl", 1)]).await;
    let id = id(&first);
    server.clock.advance(DAY + HOUR);
    server.webhooks.idle().await;
    let second = server.get("buyer", &format!("/api/payments/checkout_session/retry/{id}/")).await.ok();
    assert_ne!(first["url"], second["url"]);
    server.pay(&second, GOOD).await;
    server.until_status(id, "payment_confirmed").await;
    server.pay_late(&first).await;
    let order = server.until_paid(id, "partial_refund").await;
    assert_eq!((order["amount_paid"].as_str(), order["amount_refunded"].as_str()), (Some("77.00"), Some("38.50")));
    assert_eq!(order["status"], "payment_confirmed");
    assert_eq!(server.at_provider("refund").await.len(), 1);
}

#[tokio::test]
async fn a_paid_order_that_is_cancelled_gives_the_money_and_the_stock_back() {
    let server = Server::start(&[]).await;
    let checkout = server.checkout(&[("tea-bowl", 1), ("tide-print", 1)]).await;
    let id = id(&checkout);
    server.pay(&checkout, GOOD).await;
    server.until_status(id, "payment_confirmed").await;
    server.act("seller2", id, "cancel", json!({ "reason": "broken" })).await.ok();
    let order = server.until_paid(id, "partial_refund").await;
    assert_eq!(
        (order["status"].as_str(), order["amount_refunded"].as_str()),
        (Some("payment_confirmed"), Some("57.29"))
    );
    server.clock.advance(HOUR);
    server.act("buyer", id, "cancel", json!({ "reason": "changed_mind", "comment": "sorry" })).await.ok();
    let order = server.until_status(id, "refunded").await;
    assert_eq!(order["cancellation_reason"], "cancelled by the buyer: changed_mind: sorry");
    assert_eq!((server.stock("tea-bowl").await, server.stock("tide-print").await), (40, 50));
}

#[tokio::test]
async fn a_lost_reply_to_the_opening_of_a_page_leaves_one_page_that_is_found_later() {
    let server = Server::start(&[]).await;
    server.control("faults", json!({ "kind": "lose_reply", "method": "POST", "path": "/v1/checkout/sessions" })).await;
    let body = json!({ "items": server.cart(&[("moon-jar", 1)]).await, "currency": "EUR" });
    let answer = server.post("buyer", "/api/payments/checkout_session/", body).await;
    assert_eq!((answer.status, answer.body["url"].is_null()), (202, true), "{}", answer.body);
    let path = answer.body["retry_url"].as_str().unwrap();
    server
        .until("the page is there", async || {
            server.clock.advance(std::time::Duration::from_secs(60));
            server.get("buyer", path).await.body["url"].is_string()
        })
        .await;
    assert_eq!(server.at_provider("checkout.session").await.len(), 1);
    let page = server.get("buyer", path).await.ok();
    server.pay(&page, GOOD).await;
    server.until_status(id(&page), "payment_confirmed").await;
}

#[tokio::test]
async fn a_lost_reply_to_a_refund_leaves_one_refund() {
    let server = Server::start(&[]).await;
    let checkout = server.checkout(&[("tea-bowl", 1)]).await;
    let id = id(&checkout);
    server.pay(&checkout, GOOD).await;
    server.until_status(id, "payment_confirmed").await;
    server.webhooks.hold();
    server.control("faults", json!({ "kind": "lose_reply", "method": "POST", "path": "/v1/refunds" })).await;
    server.act("buyer", id, "cancel", json!({ "reason": "changed_mind" })).await.ok();
    server
        .until("the refund is known", async || {
            server.clock.advance(std::time::Duration::from_secs(60));
            server.order("buyer", id).await["status"] == "refunded"
        })
        .await;
    assert_eq!(server.at_provider("refund").await.len(), 1);
}

#[tokio::test]
async fn a_lost_reply_to_the_closing_of_a_page_is_resolved_by_asking() {
    let server = Server::start(&[]).await;
    let checkout = server.checkout(&[("tea-bowl", 1)]).await;
    let id = id(&checkout);
    server.webhooks.hold();
    server
        .control("faults", json!({ "kind": "lose_reply", "method": "POST", "path": "/v1/checkout/sessions/*/expire" }))
        .await;
    let order = server.act("buyer", id, "cancel", json!({})).await.ok();
    assert_eq!(order["status"], "expiring", "the provider's word is not known yet");
    server
        .until("the order is cancelled", async || {
            server.clock.advance(std::time::Duration::from_secs(60));
            server.order("buyer", id).await["status"] == "cancelled"
        })
        .await;
    assert_eq!(server.stock("tea-bowl").await, 40);
}

#[tokio::test]
async fn a_server_that_is_told_to_stop_drains_and_its_loops_end() {
    let server = Server::start(&[]).await;
    server.checkout(&[("tea-bowl", 1)]).await;
    assert_eq!(server.stop().await, designia_server::serve::Ended::Drained);
}
