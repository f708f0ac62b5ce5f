//! What the passing of time brings.

use designia_stripe_sandbox::{Card, Delayed};
use serde_json::json;

use crate::support::{START, Stripe};

#[tokio::test]
async fn an_open_session_expires_at_its_time() {
    let stripe = Stripe::start().await;
    let at = (START + 3_600).to_string();
    let session = stripe.session_with(&[("expires_at", &at)]).await;
    let paid = stripe.session_with(&[("expires_at", &at)]).await;
    stripe.sandbox.pay(&paid, Card::Visa).unwrap();
    stripe.advance(3_599);
    assert_eq!(stripe.retrieve(&session).await["status"], "open");
    stripe.advance(10);
    assert_eq!(stripe.retrieve(&session).await["status"], "expired");
    assert_eq!(stripe.retrieve(&paid).await["status"], "complete");
    let events = stripe.get("/v1/events?type=checkout.session.expired").await;
    assert_eq!(events.data().len(), 1);
    assert_eq!(events.data()[0]["created"], START + 3_600);
}

#[tokio::test]
async fn a_voucher_nobody_pays_fails_after_eleven_days() {
    let stripe = Stripe::start().await;
    let session = stripe.session().await;
    stripe.sandbox.pay_delayed(&session, &Delayed::new("multibanco")).unwrap();
    let intent = |stripe: &Stripe| stripe.sandbox.objects().of("payment_intent")[0]["status"].clone();
    stripe.advance(3 * 86_400);
    assert_eq!(intent(&stripe), "requires_action");
    stripe.advance(4 * 86_400);
    assert_eq!(intent(&stripe), "processing");
    stripe.advance(4 * 86_400);
    assert_eq!(intent(&stripe), "requires_payment_method");
    let session = stripe.retrieve(&session).await;
    assert_eq!((&session["status"], &session["payment_status"]), (&json!("complete"), &json!("unpaid")));
    assert_eq!(stripe.event_types().last().unwrap(), "checkout.session.async_payment_failed");
}

#[tokio::test]
async fn a_merchant_decides_how_long_a_voucher_is_open() {
    let stripe = Stripe::start().await;
    let more = [
        ("line_items[0][price_data][currency]", "brl"),
        ("allowed_payment_method_types[0]", "boleto"),
        ("payment_method_options[boleto][expires_after_days]", "10"),
    ];
    let session = stripe.session_with(&more).await;
    stripe.sandbox.pay_delayed(&session, &Delayed::new("boleto")).unwrap();
    stripe.advance(10 * 86_400);
    assert_eq!(stripe.sandbox.objects().of("payment_intent")[0]["status"], "processing");
    stripe.advance(86_400);
    assert_eq!(stripe.sandbox.objects().of("payment_intent")[0]["status"], "requires_payment_method");
}

#[tokio::test]
async fn a_delayed_payment_settles_by_itself_when_it_was_told_to() {
    let stripe = Stripe::start().await;
    for (succeed, expected) in [(true, "paid"), (false, "unpaid")] {
        let session = stripe.session().await;
        stripe.sandbox.pay_delayed(&session, &Delayed::new("sepa_debit").settles_after(3_600, succeed)).unwrap();
        stripe.advance(3_600);
        assert_eq!(stripe.retrieve(&session).await["payment_status"], expected);
    }
}

#[tokio::test]
async fn what_was_settled_by_hand_is_not_settled_again() {
    let stripe = Stripe::start().await;
    let session = stripe.session().await;
    stripe.sandbox.pay_delayed(&session, &Delayed::new("multibanco")).unwrap();
    stripe.sandbox.settle(&session, true).unwrap();
    let before = stripe.event_types().len();
    stripe.advance(60 * 86_400);
    assert_eq!(stripe.event_types().len(), before);
    assert_eq!(stripe.retrieve(&session).await["payment_status"], "paid");
}

#[tokio::test]
async fn a_long_leap_lets_everything_happen_in_order_and_at_its_own_time() {
    let stripe = Stripe::start().await;
    let short = (START + 1_800).to_string();
    stripe.session().await;
    stripe.session_with(&[("expires_at", &short)]).await;
    stripe.advance(90 * 86_400);
    let expired: Vec<_> = stripe.sandbox.objects().of("event").iter().map(|e| e["created"].as_i64().unwrap()).collect();
    assert_eq!(expired, [START + 1_800, START + 86_400]);
}
