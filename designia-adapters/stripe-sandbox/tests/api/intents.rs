//! PaymentIntents without Checkout.

use designia_stripe_sandbox::Card;
use serde_json::json;

use crate::support::Stripe;

const INTENTS: &str = "/v1/payment_intents";

#[tokio::test]
async fn a_confirmed_intent_is_charged() {
    let stripe = Stripe::start().await;
    let form = [("amount", "1000"), ("currency", "USD"), ("automatic_payment_methods[enabled]", "true")];
    let created = stripe.post(INTENTS, &form).await;
    assert_eq!(
        (&created.body["status"], &created.body["currency"]),
        (&json!("requires_payment_method"), &json!("usd"))
    );
    let path = format!("{INTENTS}/{}/confirm", created.id());
    let bare = stripe.post(&path, &[]).await;
    assert_eq!(bare.code(), "payment_intent_unexpected_state");
    let confirmed = stripe.post(&path, &[("payment_method", "pm_card_visa")]).await;
    assert_eq!((&confirmed.body["status"], &confirmed.body["amount_received"]), (&json!("succeeded"), &json!(1_000)));
    let twice = stripe.post(&path, &[("payment_method", "pm_card_visa")]).await;
    assert_eq!(twice.code(), "payment_intent_unexpected_state");
}

#[tokio::test]
async fn a_declined_confirmation_is_a_402_and_leaves_its_traces() {
    let stripe = Stripe::start().await;
    let form = [
        ("amount", "1000"),
        ("currency", "usd"),
        ("confirm", "true"),
        ("payment_method", "pm_card_chargeDeclined"),
        ("metadata[order]", "9"),
    ];
    let declined = stripe.post(INTENTS, &form).await;
    let error = &declined.body["error"];
    assert_eq!((declined.status, declined.code()), (402, "card_declined"));
    assert_eq!((&error["type"], &error["decline_code"]), (&json!("card_error"), &json!("generic_decline")));
    assert_eq!(error["payment_intent"]["status"], "requires_payment_method");
    assert_eq!(error["charge"], stripe.sandbox.objects().of("charge")[0]["id"]);
    assert_eq!(stripe.event_types(), ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]);
}

#[tokio::test]
async fn bad_amounts_are_refused() {
    let stripe = Stripe::start().await;
    for (amount, currency, code) in [
        ("0", "usd", "parameter_invalid_integer"),
        ("-1", "usd", "parameter_invalid_integer"),
        ("1.5", "usd", "parameter_invalid_integer"),
        ("1e3", "usd", "parameter_invalid_integer"),
        ("49", "usd", "amount_too_small"),
        ("29", "gbp", "amount_too_small"),
        ("9999999999999", "usd", "amount_too_large"),
        ("12345", "isk", "parameter_invalid_integer"),
        ("12345", "kwd", "parameter_invalid_integer"),
        ("1000", "zzz", ""),
    ] {
        let reply = stripe.post(INTENTS, &[("amount", amount), ("currency", currency)]).await;
        assert_eq!((reply.status, reply.code()), (400, code), "{amount} {currency}: {reply:?}");
    }
    assert_eq!(stripe.post(INTENTS, &[("currency", "usd")]).await.code(), "parameter_missing");
    assert_eq!(stripe.sandbox.objects().count("payment_intent"), 0);
}

#[tokio::test]
async fn an_intent_is_cancelled_once_and_never_after_success() {
    let stripe = Stripe::start().await;
    let form = [("amount", "1000"), ("currency", "usd")];
    let open = stripe.post(INTENTS, &form).await.id();
    let cancelled = stripe.post(&format!("{INTENTS}/{open}/cancel"), &[("cancellation_reason", "abandoned")]).await;
    assert_eq!(
        (&cancelled.body["status"], &cancelled.body["cancellation_reason"]),
        (&json!("canceled"), &json!("abandoned"))
    );
    let again = stripe.post(&format!("{INTENTS}/{open}/cancel"), &[]).await;
    assert_eq!((again.status, again.code()), (400, "payment_intent_unexpected_state"));

    let paid = stripe.post(INTENTS, &form).await.id();
    stripe.post(&format!("{INTENTS}/{paid}/confirm"), &[("payment_method", "pm_card_visa")]).await;
    let refused = stripe.post(&format!("{INTENTS}/{paid}/cancel"), &[]).await;
    assert_eq!(refused.code(), "payment_intent_unexpected_state");
    assert_eq!(refused.body["error"]["payment_intent"]["status"], "succeeded");
}

#[tokio::test]
async fn checkouts_intent_ends_with_its_session_and_not_before() {
    let stripe = Stripe::start().await;
    let session = stripe.session().await;
    stripe.sandbox.pay(&session, Card::Declined).unwrap_err();
    let intent = stripe.retrieve(&session).await["payment_intent"].as_str().unwrap().to_owned();
    for verb in ["cancel", "confirm"] {
        let reply = stripe.post(&format!("{INTENTS}/{intent}/{verb}"), &[]).await;
        assert_eq!((reply.status, reply.code()), (400, "payment_intent_unexpected_state"));
        assert!(reply.message().contains("expire the Checkout Session"), "{}", reply.message());
    }
}

#[tokio::test]
async fn authentication_is_settled_by_the_buyer() {
    let stripe = Stripe::start().await;
    let card = ("payment_method", "pm_card_authenticationRequired");
    let intent = stripe.post(INTENTS, &[("amount", "1000"), ("currency", "usd"), ("confirm", "true"), card]).await;
    assert_eq!(
        (&intent.body["status"], &intent.body["next_action"]["type"]),
        (&json!("requires_action"), &json!("use_stripe_sdk"))
    );
    assert_eq!(stripe.sandbox.settle(&intent.id(), true).unwrap()["status"], "succeeded");
}
