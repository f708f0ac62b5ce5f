//! What is learnt from the provider's own record when webhooks are lost for good.
//!
//! Everything that an open attempt or a pending refund comes to, the order asks about by itself. What is left is what happens
//! to things that were over.

use std::time::Duration;

use designia_core::task::TaskState;
use designia_core::worker::kinds::RECONCILE;
use designia_stripe_sandbox::FaultKind;
use reqwest::Method;
use serde_json::json;

use crate::shop::{DAY, GOOD_CARD, HOUR, Shop, count, session_of};

const EVENTS: &str = "/v1/events";
const MINUTE: Duration = Duration::from_secs(60);

/// Past the next comparison, which is at most five minutes away.
const COMPARISON: Duration = Duration::from_secs(6 * 60);

/// An order that was cancelled for want of money, and its page, on which money then lands. Nobody will ever tell us.
async fn money_in_silence(shop: &Shop) -> (String, i64) {
    let begun = shop.order_cups(2).await;
    shop.clock.advance(DAY * 3 + HOUR);
    let before = shop.until_status(&begun.order, "cancelled").await;
    shop.drop_every_webhook();
    let session = session_of(&begun.url.unwrap());
    let pay = format!("/_sandbox/sessions/{session}/pay");
    let paid = shop.at_stripe(&pay, json!({ "card": GOOD_CARD, "force": true })).await;
    assert!(paid["error"].is_null(), "{paid}");
    shop.webhooks.flush().await;
    assert_eq!(shop.order(&begun.order).await, before, "nobody has told us");
    (begun.order, shop.money_at_stripe().await)
}

async fn pay(shop: &Shop, url: &str) {
    let path = format!("/_sandbox/sessions/{}/pay", session_of(url));
    let paid = shop.at_stripe(&path, json!({ "card": GOOD_CARD })).await;
    assert!(paid["error"].is_null(), "{paid}");
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_lands_after_the_end_goes_back_although_its_webhook_is_lost_for_good() {
    let shop = Shop::open("silent-money", "refund").await;
    shop.compares(true).await;
    let (order, landed) = money_in_silence(&shop).await;
    assert_eq!(landed, 3580);
    shop.clock.advance(COMPARISON);
    shop.until_settled(&order, "cancelled", "refunded").await;
    assert_eq!((shop.money_at_stripe().await, shop.objects("refund").await.len()), (0, 1));
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_lands_after_the_end_reinstates_the_order_if_that_is_the_policy() {
    let shop = Shop::open("silent-reinstate", "reinstate").await;
    let (order, _) = money_in_silence(&shop).await;
    shop.clock.advance(COMPARISON);
    shop.ask_to_compare().await;
    shop.until_settled(&order, "payment_confirmed", "paid").await;
    assert_eq!(shop.money_at_stripe().await, 3580);
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn comparing_again_changes_nothing() {
    let shop = Shop::open("compared-again", "refund").await;
    let (order, _) = money_in_silence(&shop).await;
    shop.clock.advance(COMPARISON);
    shop.compare().await;
    shop.until_settled(&order, "cancelled", "refunded").await;
    // The refund is news in the record, too.
    shop.clock.advance(COMPARISON);
    shop.compare().await;
    shop.until_inbox_is_empty().await;
    let (before, known) = (shop.order(&order).await, shop.known_events().await);
    for _ in 0..3 {
        shop.clock.advance(COMPARISON);
        shop.compare().await;
        shop.until_inbox_is_empty().await;
    }
    assert_eq!((shop.order(&order).await, shop.known_events().await), (before, known));
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_can_not_be_asked_now_is_asked_again() {
    let shop = Shop::open("silent-and-down", "refund").await;
    let (order, _) = money_in_silence(&shop).await;
    shop.fault(FaultKind::ErrorBefore, "GET", EVENTS);
    shop.fault(FaultKind::Refuse, "GET", EVENTS);
    let asked = shop.requests("GET", EVENTS).await;
    shop.clock.advance(COMPARISON);
    shop.ask_to_compare().await;
    shop.until_task(RECONCILE, |task| task.state == TaskState::Retry).await;
    // After one minute, and after two more.
    shop.clock.advance(MINUTE + MINUTE / 2);
    shop.until_task(RECONCILE, |task| task.state == TaskState::Retry && task.attempts == 2).await;
    shop.clock.advance(MINUTE * 3);
    shop.until_settled(&order, "cancelled", "refunded").await;
    assert!(shop.requests("GET", EVENTS).await > asked + 1);
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comparison_among_webhooks_that_arrive_counts_nothing_twice() {
    let shop = Shop::open("compared-amid", "refund").await;
    shop.compares(true).await;
    for kind in [FaultKind::WebhookDuplicate, FaultKind::WebhookTwin, FaultKind::WebhookReorder] {
        shop.always(kind);
    }
    let mut orders = Vec::new();
    for _ in 0..8 {
        let begun = shop.order_cups(1).await;
        pay(&shop, &begun.url.unwrap()).await;
        // The comparison and the webhooks bring the same word at the same time.
        shop.clock.advance(MINUTE * 5);
        orders.push(begun.order);
    }
    shop.webhooks.flush().await;
    for order in &orders {
        shop.until_settled(order, "payment_confirmed", "paid").await;
    }
    shop.until_compared().await;
    shop.until_inbox_is_empty().await;
    for order in &orders {
        let order = shop.order(order).await;
        assert_eq!((count(&order, "payment_captured"), count(&order, "confirmed")), (1, 1));
    }
    assert_eq!(shop.money_at_stripe().await, 8 * 1790);
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_somebody_makes_in_the_dashboard_is_found_without_its_webhook() {
    let shop = Shop::open("silent-dashboard", "refund").await;
    let begun = shop.order_cups(2).await;
    pay(&shop, &begun.url.unwrap()).await;
    shop.until_settled(&begun.order, "payment_confirmed", "paid").await;
    shop.drop_every_webhook();
    let charges = shop.objects("charge").await;
    let payment = charges[0]["payment_intent"].as_str().unwrap();
    let refund = shop.at_dashboard("/v1/refunds", &[("payment_intent", payment), ("amount", "1000")]).await;
    assert_eq!(refund["status"], "succeeded", "{refund}");
    shop.clock.advance(COMPARISON);
    shop.ask_to_compare().await;
    let order = shop.until(&begun.order, "partly refunded", |it| it["payment_status"] == "partial_refund").await;
    assert_eq!(count(&order, "foreign_refund_moved"), 1);
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_comes_back_late_is_found_without_its_webhook() {
    let shop = Shop::open("silent-return", "refund").await;
    let begun = shop.order_cups(1).await;
    pay(&shop, &begun.url.unwrap()).await;
    shop.until_settled(&begun.order, "payment_confirmed", "paid").await;
    let cancel = format!("/api/marketplace/orders/{}/cancel/", begun.order);
    let (status, body) = shop.call("buyer", Method::POST, &cancel, Some(json!({ "reason": "other" }))).await;
    assert_eq!(status, 200, "{body}");
    shop.until_settled(&begun.order, "refunded", "refunded").await;

    shop.drop_every_webhook();
    shop.clock.advance(DAY);
    let refunds = shop.objects("refund").await;
    let failed =
        shop.at_stripe(&format!("/_sandbox/refunds/{}/fail", refunds[0]["id"].as_str().unwrap()), json!({})).await;
    assert_eq!(failed["status"], "failed", "{failed}");
    shop.clock.advance(COMPARISON);
    shop.ask_to_compare().await;
    shop.until(&begun.order, "stuck", |it| it["payment_status"] == "failed_refund").await;
    shop.clock.advance(DAY * 8);
    shop.until_settled(&begun.order, "refunded", "refunded").await;
    assert_eq!(shop.money_at_stripe().await, 0);
    shop.close().await;
}
