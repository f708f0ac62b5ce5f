//! Money at and after the deadline: never both cancelled and charged.

use designia_stripe_sandbox::FaultKind;
use reqwest::Method;
use serde_json::json;

use crate::shop::{DAY, GOOD_CARD, HOUR, Shop, count, session_of, timeline};

/// An order whose second page is open when its deadline comes.
async fn open_at_the_deadline(shop: &Shop) -> (String, String) {
    let begun = shop.order_cups(2).await;
    shop.clock.advance(DAY * 2 + HOUR * 12);
    let url = shop.pay_again(&begun.order).await.unwrap();
    (begun.order, session_of(&url))
}

/// An order that was cancelled for want of money, and its session.
async fn cancelled(shop: &Shop) -> (String, String) {
    let (order, session) = open_at_the_deadline(shop).await;
    shop.clock.advance(HOUR * 13);
    shop.until_status(&order, "cancelled").await;
    (order, session)
}

async fn pay_late(shop: &Shop, session: &str) {
    let paid =
        shop.at_stripe(&format!("/_sandbox/sessions/{session}/pay"), json!({ "card": GOOD_CARD, "force": true })).await;
    assert!(paid["error"].is_null(), "{paid}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unpaid_order_is_reminded_and_cancelled_only_after_the_provider_was_asked() {
    let shop = Shop::open("unpaid", "refund").await;
    let stock = shop.stock().await;
    let (order, session) = open_at_the_deadline(&shop).await;
    assert_eq!(shop.stock().await, stock - 2);
    shop.until(&order, "reminded", |order| count(order, "reminded") > 0).await;
    // The provider doesn't tell us that the page has closed: we have to ask.
    shop.webhooks.hold();
    shop.clock.advance(HOUR * 13);
    let order = shop.until_status(&order, "cancelled").await;
    let happened = timeline(&order);
    let position = |kind| happened.iter().position(|it| *it == kind).unwrap();
    assert!(position("reminded") < position("closing_began"));
    assert!(position("closing_began") < position("void_requested"));
    assert!(position("void_requested") < position("cancelled"));
    let sessions = shop.objects("checkout.session").await;
    assert!(sessions.iter().all(|it| it["status"] == "expired"), "nothing can be paid any more");
    assert!(sessions.iter().any(|it| it["id"] == session.as_str()));
    assert_eq!(shop.stock().await, stock);
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_paid_while_it_expires_is_confirmed() {
    let shop = Shop::open("paid-while-expiring", "refund").await;
    let (order, session) = open_at_the_deadline(&shop).await;
    // The buyer pays at the last moment. The provider's word doesn't come, and then it can't be reached.
    shop.webhooks.hold();
    shop.clock.advance(HOUR * 12 - HOUR / 60);
    let paid = shop.at_stripe(&format!("/_sandbox/sessions/{session}/pay"), json!({ "card": GOOD_CARD })).await;
    assert!(paid["error"].is_null(), "{paid}");
    shop.always(FaultKind::Refuse);
    shop.clock.advance(HOUR / 4);
    shop.until_status(&order, "expiring").await;
    let retry = format!("/api/payments/checkout_session/retry/{order}/");
    let (status, refused) = shop.call("buyer", Method::GET, &retry, None).await;
    assert_eq!(status, 409, "no new payment can start: {refused}");
    shop.mend();
    shop.clock.advance(HOUR);
    let order_view = shop.until_settled(&order, "payment_confirmed", "paid").await;
    assert_eq!(count(&order_view, "cancelled"), 0);
    shop.webhooks.release();
    shop.webhooks.flush().await;
    shop.until_inbox_is_empty().await;
    shop.until_settled(&order, "payment_confirmed", "paid").await;
    assert_eq!(shop.money_at_stripe().await, 3580);
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn late_money_is_refunded_by_default() {
    let shop = Shop::open("late-refund", "refund").await;
    let stock = shop.stock().await;
    let (order, session) = cancelled(&shop).await;
    pay_late(&shop, &session).await;
    shop.until_settled(&order, "cancelled", "refunded").await;
    assert_eq!((shop.money_at_stripe().await, shop.objects("refund").await.len()), (0, 1));
    assert_eq!(shop.stock().await, stock);
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn late_money_reinstates_the_order_if_that_is_the_policy_and_the_stock_is_there() {
    let shop = Shop::open("late-reinstate", "reinstate").await;
    let stock = shop.stock().await;
    let (order, session) = cancelled(&shop).await;
    assert_eq!(shop.stock().await, stock);
    pay_late(&shop, &session).await;
    shop.until_settled(&order, "payment_confirmed", "paid").await;
    assert_eq!(shop.money_at_stripe().await, 3580);
    assert_eq!(shop.stock().await, stock - 2, "its stock is reserved again");
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn late_money_goes_back_if_the_stock_has_been_sold_meanwhile() {
    let shop = Shop::open("late-sold-out", "reinstate").await;
    let (order, session) = cancelled(&shop).await;
    let rest = u32::try_from(shop.stock().await).unwrap() - 1;
    shop.order_cups(rest).await;
    pay_late(&shop, &session).await;
    shop.until_settled(&order, "cancelled", "refunded").await;
    assert_eq!(shop.money_at_stripe().await, 0);
    assert_eq!(shop.stock().await, 1);
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn held_late_money_waits_visibly_and_goes_back_at_its_deadline() {
    let shop = Shop::open("late-hold", "hold").await;
    let (order, session) = cancelled(&shop).await;
    pay_late(&shop, &session).await;
    let held = shop.until(&order, "held", |order| count(order, "money_held") == 1).await;
    assert_eq!(held["status"], "cancelled");
    assert_eq!((shop.money_at_stripe().await, shop.objects("refund").await.len()), (3580, 0));
    shop.clock.advance(DAY * 3 + HOUR);
    shop.until_settled(&order, "cancelled", "refunded").await;
    assert_eq!((shop.money_at_stripe().await, shop.objects("refund").await.len()), (0, 1));
    shop.close().await;
}
