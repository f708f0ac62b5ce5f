//! `/_sandbox/…`: the same control for other languages.

use designia_stripe_sandbox::Fault;
use serde_json::json;

use crate::support::{Endpoint, SECRET, START, Stripe, builder, settle};

#[tokio::test]
async fn buyers_are_played_over_http() {
    let stripe = Stripe::start().await;
    let id = stripe.session().await;
    let pay = format!("/_sandbox/sessions/{id}/pay");
    let declined = stripe.control(&pay, json!({ "card": "4000 0000 0000 0002" })).await;
    assert_eq!((declined.status, declined.code()), (400, "card_declined"));
    assert_eq!(stripe.control(&pay, json!({ "card": "1234" })).await.code(), "incorrect_number");
    let voucher = stripe.control(&pay, json!({ "method": "multibanco" })).await;
    assert_eq!((&voucher.body["status"], &voucher.body["payment_status"]), (&json!("complete"), &json!("unpaid")));
    let settled = stripe.control(&format!("/_sandbox/sessions/{id}/settle"), json!({ "succeed": true })).await;
    assert_eq!(settled.body["payment_status"], "paid");

    let late = stripe.session().await;
    stripe.post(&format!("/v1/checkout/sessions/{late}/expire"), &[]).await;
    let pay = format!("/_sandbox/sessions/{late}/pay");
    assert_eq!(stripe.control(&pay, json!({})).await.status, 400);
    let forced = stripe.control(&pay, json!({ "card": "4242424242424242", "force": true })).await;
    assert_eq!((&forced.body["status"], &forced.body["payment_status"]), (&json!("expired"), &json!("paid")));
}

#[tokio::test]
async fn the_clock_is_advanced_over_http() {
    let stripe = Stripe::start().await;
    let id = stripe.session().await;
    let reply = stripe.control("/_sandbox/clock/advance", json!({ "seconds": 86_400 })).await;
    assert_eq!(reply.body["now"], START + 86_400);
    assert_eq!(stripe.retrieve(&id).await["status"], "expired");
    assert_eq!(stripe.control("/_sandbox/clock/advance", json!({ "seconds": -1 })).await.status, 400);
}

#[tokio::test]
async fn faults_are_set_and_cleared_over_http() {
    let stripe = Stripe::start().await;
    let fault = json!({ "kind": "error_before", "method": "GET", "path": "/v1/balance" });
    stripe.control("/_sandbox/faults", fault).await;
    let many = json!([{ "kind": "webhook_delay", "seconds": 60, "percent": 50 }, { "kind": "lose_reply", "times": 3 }]);
    let listed = stripe.control("/_sandbox/faults", many).await;
    assert_eq!(listed.body["faults"].as_array().unwrap().len(), 3);
    let parsed: Vec<Fault> = serde_json::from_value(listed.body["faults"].clone()).unwrap();
    assert_eq!(parsed, stripe.sandbox.faults().list());
    assert_eq!(stripe.get("/v1/balance").await.status, 500);
    stripe.delete("/_sandbox/faults").await;
    assert!(stripe.sandbox.faults().list().is_empty());
    assert_eq!(stripe.control("/_sandbox/faults", json!({ "kind": "nonsense" })).await.status, 400);
}

#[tokio::test]
async fn refunds_are_turned_over_http() {
    let stripe = Stripe::start().await;
    stripe.control("/_sandbox/refunds/start_pending", json!({})).await;
    let intent = stripe.paid_intent().await;
    let refund = stripe.post("/v1/refunds", &[("payment_intent", &intent)]).await.id();
    let succeeded = stripe.control(&format!("/_sandbox/refunds/{refund}/succeed"), json!({})).await;
    assert_eq!(succeeded.body["status"], "succeeded");
    let failed = stripe.control(&format!("/_sandbox/refunds/{refund}/fail"), json!({})).await;
    assert_eq!(failed.body["status"], "failed");
}

#[tokio::test]
async fn webhooks_are_held_flushed_and_resent_over_http() {
    let endpoint = Endpoint::start().await;
    let stripe = Stripe::from(builder().webhook(&endpoint.url, SECRET)).await;
    stripe.control("/_sandbox/webhooks/hold", json!({})).await;
    stripe.paid_intent().await;
    settle(&stripe).await;
    assert!(endpoint.letters().is_empty());
    let counts = stripe.control("/_sandbox/webhooks/flush", json!({})).await;
    assert_eq!((&counts.body["delivered"], endpoint.letters().len()), (&json!(4), 4));
    stripe.control("/_sandbox/webhooks/release", json!({})).await;
    let event = endpoint.letters()[3].id();
    stripe.control(&format!("/_sandbox/webhooks/resend/{event}"), json!({})).await;
    assert_eq!(endpoint.until(5).await[4].id(), event);
    assert_eq!(stripe.control("/_sandbox/webhooks/resend/evt_x", json!({})).await.status, 400);
    let roll = json!({ "url": endpoint.url, "secret": "whsec_new" });
    assert_eq!(stripe.control("/_sandbox/webhooks/roll_secret", roll).await.status, 200);
}

#[tokio::test]
async fn objects_and_requests_are_counted_over_http_and_show_no_secret() {
    let endpoint = Endpoint::start().await;
    let stripe = Stripe::from(builder().webhook(&endpoint.url, SECRET)).await;
    stripe.paid_intent().await;
    let form = [("url", endpoint.url.as_str()), ("enabled_events[0]", "*")];
    let registered = stripe.post_with_key("/v1/webhook_endpoints", "k1", &form).await;
    let shown_once = registered.body["secret"].as_str().unwrap();
    let all = stripe.get("/_sandbox/objects").await;
    assert_eq!((&all.body["counts"]["charge"], &all.body["counts"]["refund"]), (&json!(1), &json!(0)));
    let charges = stripe.get("/_sandbox/objects?type=charge").await;
    assert_eq!(charges.body["objects"]["charge"].as_array().unwrap().len(), 1);
    let log = stripe.get("/_sandbox/requests").await;
    assert_eq!(log.body["requests"][0]["path"], "/v1/checkout/sessions");
    for text in [all.body.to_string(), log.body.to_string(), format!("{:?}", stripe.sandbox)] {
        for secret in [SECRET, shown_once, "sk_test_designia"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}
