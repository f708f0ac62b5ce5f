//! A lost reply is resolved by look-up, and the provider ends up with exactly one object.

use std::time::Duration;

use designia_stripe_sandbox::FaultKind;
use reqwest::Method;
use serde_json::json;

use crate::shop::{DAY, GOOD_CARD, HOUR, Shop, session_of};

const SESSIONS: &str = "/v1/checkout/sessions";
const REFUNDS: &str = "/v1/refunds";

/// Past the first waits of the schedule and the grace after which absence is proof.
const RETRIES: Duration = Duration::from_secs(10 * 60);

/// Past the provider's memory of idempotency keys.
const KEY_FORGOTTEN: Duration = Duration::from_secs(26 * 60 * 60);

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_reply_on_session_creation_leaves_one_session() {
    let shop = Shop::open("lost-create", "refund").await;
    shop.fault(FaultKind::LoseReply, "POST", SESSIONS);
    let begun = shop.order_cups(1).await;
    assert_eq!(begun.url, None, "the order stands, the page is not known yet");
    shop.clock.advance(RETRIES);
    shop.until(&begun.order, "open", |order| super::shop::count(order, "attempt_opened") == 1).await;
    let url = shop.pay_again(&begun.order).await.unwrap();
    assert_eq!(shop.objects("checkout.session").await.len(), 1);
    assert_eq!(shop.requests("POST", SESSIONS).await, 1, "it was found, not sent again");
    let session = session_of(&url);
    shop.at_stripe(&format!("/_sandbox/sessions/{session}/pay"), json!({ "card": GOOD_CARD })).await;
    shop.until_settled(&begun.order, "payment_confirmed", "paid").await;
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_never_arrived_is_sent_again_with_the_same_key_after_its_absence_is_proved() {
    let shop = Shop::open("never-arrived", "refund").await;
    shop.fault(FaultKind::ErrorBefore, "POST", SESSIONS);
    let begun = shop.order_cups(1).await;
    assert_eq!(begun.url, None);
    shop.clock.advance(RETRIES);
    shop.until(&begun.order, "open", |order| super::shop::count(order, "attempt_opened") == 1).await;
    assert_eq!(shop.objects("checkout.session").await.len(), 1);
    assert_eq!(shop.idempotency_keys("POST", SESSIONS).await.len(), 1, "both sends carry one key");
    shop.close().await;
}

/// A paid order that is cancelled while the reply to its refund is lost.
async fn refund_with(shop: &Shop, fault: FaultKind) -> String {
    let begun = shop.order_cups(2).await;
    let session = session_of(&begun.url.unwrap());
    shop.at_stripe(&format!("/_sandbox/sessions/{session}/pay"), json!({ "card": GOOD_CARD })).await;
    shop.until_status(&begun.order, "payment_confirmed").await;
    // The webhooks must not be what resolves it.
    shop.drop_every_webhook();
    shop.fault(fault, "POST", REFUNDS);
    let cancel = format!("/api/marketplace/orders/{}/cancel/", begun.order);
    let (status, body) = shop.call("buyer", Method::POST, &cancel, Some(json!({ "reason": "other" }))).await;
    assert_eq!(status, 200, "{body}");
    shop.until_requested("POST", REFUNDS).await;
    begun.order
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_reply_on_a_refund_leaves_one_refund() {
    let shop = Shop::open("lost-refund", "refund").await;
    let order = refund_with(&shop, FaultKind::LoseReply).await;
    shop.clock.advance(RETRIES);
    shop.until_settled(&order, "refunded", "refunded").await;
    assert_eq!((shop.objects("refund").await.len(), shop.requests("POST", REFUNDS).await), (1, 1));
    assert_eq!(shop.money_at_stripe().await, 0);
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_500_on_a_refund_leaves_one_refund_also_after_the_key_is_forgotten() {
    let shop = Shop::open("forgotten-key", "refund").await;
    let order = refund_with(&shop, FaultKind::ErrorAfter).await;
    shop.clock.advance(KEY_FORGOTTEN);
    shop.until_settled(&order, "refunded", "refunded").await;
    assert_eq!(shop.objects("refund").await.len(), 1);
    assert_eq!(shop.money_at_stripe().await, 0);
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_reply_on_expiry_is_resolved_by_asking_again() {
    let shop = Shop::open("lost-expiry", "refund").await;
    let stock = shop.stock().await;
    let begun = shop.order_cups(1).await;
    shop.clock.advance(DAY * 2 + HOUR * 12);
    shop.pay_again(&begun.order).await.unwrap();
    shop.drop_every_webhook();
    shop.fault(FaultKind::LoseReply, "POST", "/v1/checkout/sessions/*/expire");
    shop.clock.advance(HOUR * 12 + HOUR / 4);
    shop.until(&begun.order, "expiring or later", |order| order["status"] != "pending_payment").await;
    shop.until_requested("POST", "/v1/checkout/sessions/*/expire").await;
    shop.clock.advance(RETRIES);
    shop.until_status(&begun.order, "cancelled").await;
    let open: Vec<_> = shop.objects("checkout.session").await.into_iter().filter(|it| it["status"] == "open").collect();
    assert!(open.is_empty(), "{open:?}");
    assert_eq!(shop.stock().await, stock);
    shop.close().await;
}
