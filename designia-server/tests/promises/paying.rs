//! Ordinary payments, and payments on days when webhooks misbehave.

use designia_stripe_sandbox::FaultKind;
use reqwest::Method;
use serde_json::json;

use crate::shop::{DAY, DECLINED_CARD, GOOD_CARD, HOUR, Shop, count, session_of};

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_card_leaves_the_order_waiting_and_a_good_one_pays_it() {
    let shop = Shop::open("declined", "refund").await;
    let stock = shop.stock().await;
    let begun = shop.order_cups(2).await;
    let session = session_of(&begun.url.unwrap());

    shop.at_stripe(&format!("/_sandbox/sessions/{session}/pay"), json!({ "card": DECLINED_CARD })).await;
    let order = shop.until(&begun.order, "declined", |order| count(order, "payment_declined") == 1).await;
    assert_eq!(order["status"], "pending_payment", "a failed card is a failed try, never a failed order");
    assert_eq!(order["payment_status"], "failed");
    assert_eq!(shop.stock().await, stock - 2, "and its stock stays reserved");

    shop.at_stripe(&format!("/_sandbox/sessions/{session}/pay"), json!({ "card": GOOD_CARD })).await;
    shop.until_settled(&begun.order, "payment_confirmed", "paid").await;
    assert_eq!(shop.money_at_stripe().await, 3580);
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_webhooks_change_nothing_about_where_a_paid_order_ends_up() {
    let shop = Shop::open("lost-webhooks", "refund").await;
    shop.drop_every_webhook();
    let begun = shop.order_cups(1).await;
    let session = session_of(&begun.url.unwrap());
    shop.at_stripe(&format!("/_sandbox/sessions/{session}/pay"), json!({ "card": GOOD_CARD })).await;

    // Nobody tells us. Some minutes after the page must have closed, the order asks.
    shop.clock.advance(DAY + HOUR);
    let order = shop.until_settled(&begun.order, "payment_confirmed", "paid").await;
    assert_eq!(count(&order, "payment_asked"), 1);
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn repeated_and_reordered_webhooks_are_one_payment() {
    let shop = Shop::open("repeated-webhooks", "refund").await;
    for kind in [FaultKind::WebhookDuplicate, FaultKind::WebhookTwin, FaultKind::WebhookReorder] {
        shop.always(kind);
    }
    let begun = shop.order_cups(1).await;
    let session = session_of(&begun.url.unwrap());
    shop.at_stripe(&format!("/_sandbox/sessions/{session}/pay"), json!({ "card": GOOD_CARD })).await;
    shop.webhooks.flush().await;
    shop.until_settled(&begun.order, "payment_confirmed", "paid").await;
    shop.mend();
    shop.webhooks.flush().await;
    shop.until_inbox_is_empty().await;
    let order = shop.order(&begun.order).await;
    assert_eq!((count(&order, "payment_captured"), count(&order, "confirmed")), (1, 1));
    assert_eq!(shop.money_at_stripe().await, 1790);
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_buyer_who_pays_while_cancelling_gets_the_money_back() {
    let shop = Shop::open("cancel-race", "refund").await;
    let stock = shop.stock().await;
    let begun = shop.order_cups(3).await;
    let session = session_of(&begun.url.unwrap());
    shop.webhooks.hold();
    shop.at_stripe(&format!("/_sandbox/sessions/{session}/pay"), json!({ "card": GOOD_CARD })).await;
    let cancel = format!("/api/marketplace/orders/{}/cancel/", begun.order);
    let (status, body) = shop.call("buyer", Method::POST, &cancel, Some(json!({ "reason": "changed_mind" }))).await;
    assert_eq!(status, 200, "{body}");

    shop.until_settled(&begun.order, "refunded", "refunded").await;
    shop.webhooks.release();
    shop.webhooks.flush().await;
    shop.until_inbox_is_empty().await;
    shop.until_settled(&begun.order, "refunded", "refunded").await;
    assert_eq!(shop.money_at_stripe().await, 0);
    assert_eq!(shop.objects("refund").await.len(), 1);
    assert_eq!(shop.stock().await, stock);
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_sessions_that_are_both_paid_one_goes_back() {
    let shop = Shop::open("two-sessions", "refund").await;
    let begun = shop.order_cups(1).await;
    let first = session_of(&begun.url.unwrap());
    // The first page closes; the buyer takes a second one, and pays both: the first payment lands late.
    shop.clock.advance(DAY + HOUR);
    let second = session_of(&shop.pay_again(&begun.order).await.unwrap());
    assert_ne!(first, second);
    shop.at_stripe(&format!("/_sandbox/sessions/{second}/pay"), json!({ "card": GOOD_CARD })).await;
    shop.until_settled(&begun.order, "payment_confirmed", "paid").await;
    shop.at_stripe(&format!("/_sandbox/sessions/{first}/pay"), json!({ "card": GOOD_CARD, "force": true })).await;

    let order = shop
        .until(&begun.order, "refunded once", |order| {
            order["status"] == "payment_confirmed" && order["payment_status"] == "partial_refund"
        })
        .await;
    assert_eq!(count(&order, "refund_requested"), 1);
    assert_eq!(shop.objects("refund").await.len(), 1);
    assert_eq!(shop.money_at_stripe().await, 1790, "just one payment is kept");
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_webhook_of_an_unknown_type_is_stored_and_answered() {
    let shop = Shop::open("unknown-type", "refund").await;
    let body = br#"{"id":"evt_new","object":"event","type":"invented.tomorrow","created":1795348800,"livemode":false,"data":{"object":{"id":"x","object":"invented"}}}"#;
    assert_eq!(shop.send_webhook(body, true).await, 200);
    assert_eq!(shop.send_webhook(body, true).await, 200, "and again");
    assert_eq!(shop.send_webhook(body, false).await, 400, "but never with a wrong signature");
    shop.until_inbox_is_empty().await;
    shop.close().await;
}
