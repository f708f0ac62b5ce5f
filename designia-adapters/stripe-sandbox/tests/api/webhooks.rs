//! Webhooks: signed, retried, counted, and treated badly on purpose.

use designia_stripe_sandbox::{Card, Fault, FaultKind};
use ring::hmac;

use crate::support::{Endpoint, Letter, SECRET, START, Stripe, builder, settle};

const CARD_EVENTS: [&str; 4] =
    ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"];

async fn with_endpoint() -> (Stripe, Endpoint) {
    let endpoint = Endpoint::start().await;
    let stripe = Stripe::from(builder().webhook(&endpoint.url, SECRET)).await;
    (stripe, endpoint)
}

fn signed_with(letter: &Letter, secret: &str) -> bool {
    let time = letter.signature.split(',').find_map(|part| part.strip_prefix("t=")).unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hex::encode(hmac::sign(&key, format!("{time}.{}", letter.body).as_bytes()));
    letter.signature.split(',').any(|part| part.strip_prefix("v1=") == Some(&tag))
}

#[tokio::test]
async fn events_are_delivered_in_order_signed_and_acknowledged() {
    let (stripe, endpoint) = with_endpoint().await;
    stripe.paid_intent().await;
    settle(&stripe).await;
    assert_eq!(endpoint.kinds(), CARD_EVENTS);
    for letter in endpoint.letters() {
        assert!(signed_with(&letter, SECRET), "{}", letter.signature);
        assert!(letter.signature.starts_with(&format!("t={START},")));
        let event = letter.event();
        assert_eq!(event["object"], "event");
        assert_eq!(event["api_version"], "2026-10-28.endive");
        assert_eq!(event["livemode"], false);
        assert_eq!(event["pending_webhooks"], 1);
    }
    assert!(stripe.get("/v1/events").await.data().iter().all(|event| event["pending_webhooks"] == 0));
}

#[tokio::test]
async fn an_application_that_starts_later_is_told_from_then_on() {
    let stripe = Stripe::start().await;
    stripe.post("/v1/customers", &[]).await;
    let endpoint = Endpoint::start().await;
    stripe.sandbox.webhooks().send_to(&endpoint.url, SECRET).unwrap();
    assert!(stripe.sandbox.webhooks().send_to("http://example.com", SECRET).is_err());
    stripe.paid_intent().await;
    settle(&stripe).await;
    assert_eq!(endpoint.kinds(), CARD_EVENTS);
}

#[tokio::test]
async fn an_event_says_which_request_caused_it() {
    let (stripe, endpoint) = with_endpoint().await;
    let reply = stripe.post_with_key("/v1/payment_intents", "k1", &[("amount", "100"), ("currency", "usd")]).await;
    let event = endpoint.until(1).await[0].event();
    assert_eq!(event["request"]["id"].as_str(), reply.header("request-id"));
    assert_eq!(event["request"]["idempotency_key"], "k1");
}

#[tokio::test]
async fn what_is_not_acknowledged_is_tried_again_with_a_fresh_signature() {
    let (stripe, endpoint) = with_endpoint().await;
    for (status, seconds) in [(500, 300), (302, 1_800)] {
        endpoint.answers(status);
        if status == 500 {
            stripe.post("/v1/customers", &[]).await;
        }
        settle(&stripe).await;
        stripe.advance(seconds);
    }
    endpoint.answers(200);
    settle(&stripe).await;
    let letters = endpoint.letters();
    assert_eq!(letters.len(), 3);
    assert!(letters.iter().all(|letter| letter.id() == letters[0].id() && signed_with(letter, SECRET)));
    assert!(letters[2].signature.starts_with(&format!("t={},", START + 2_100)));
    assert_eq!(stripe.get("/v1/events?delivery_success=true").await.data().len(), 1);
}

#[tokio::test]
async fn an_endpoint_that_stays_down_is_given_up_after_three_days_and_found_in_the_list_of_failures() {
    let (stripe, endpoint) = with_endpoint().await;
    endpoint.answers(503);
    stripe.post("/v1/customers", &[]).await;
    for _ in 0..80 {
        settle(&stripe).await;
        stripe.advance(3_600);
    }
    let tried = endpoint.letters().len();
    endpoint.answers(200);
    stripe.advance(30 * 3_600);
    settle(&stripe).await;
    assert_eq!(endpoint.letters().len(), tried);
    assert!(tried > 6, "{tried}");
    assert_eq!(stripe.get("/v1/events?delivery_success=false").await.data().len(), 1);
    let event = endpoint.letters()[0].id();
    stripe.sandbox.webhooks().resend(&event).unwrap();
    settle(&stripe).await;
    assert_eq!(endpoint.letters().len(), tried + 1);
}

#[tokio::test]
async fn a_held_queue_keeps_quiet_until_it_is_released_or_flushed() {
    let (stripe, endpoint) = with_endpoint().await;
    stripe.sandbox.webhooks().hold();
    stripe.paid_intent().await;
    settle(&stripe).await;
    assert!(endpoint.letters().is_empty());
    stripe.sandbox.webhooks().flush().await;
    assert_eq!(endpoint.kinds(), CARD_EVENTS);
    stripe.post("/v1/customers", &[]).await;
    settle(&stripe).await;
    assert_eq!(endpoint.letters().len(), 4);
    stripe.sandbox.webhooks().release();
    settle(&stripe).await;
    assert_eq!(endpoint.letters().len(), 5);
}

#[tokio::test]
async fn a_flush_does_not_wait_for_the_next_try() {
    let (stripe, endpoint) = with_endpoint().await;
    endpoint.answers(500);
    stripe.post("/v1/customers", &[]).await;
    settle(&stripe).await;
    endpoint.answers(200);
    stripe.sandbox.webhooks().flush().await;
    assert_eq!(endpoint.letters().len(), 2);
    assert_eq!(stripe.sandbox.webhooks().deliveries()["counts"]["delivered"], 1);
}

#[tokio::test]
async fn a_duplicate_is_the_same_event_and_a_twin_is_another() {
    let (stripe, endpoint) = with_endpoint().await;
    stripe.sandbox.faults().add(Fault::once(FaultKind::WebhookDuplicate).on_event("charge.succeeded"));
    stripe.sandbox.faults().add(Fault::once(FaultKind::WebhookTwin).on_event("payment_intent.succeeded"));
    stripe.paid_intent().await;
    settle(&stripe).await;
    let of = |kind: &str| endpoint.letters().into_iter().filter(|letter| letter.kind() == kind).collect::<Vec<_>>();
    let duplicates = of("charge.succeeded");
    assert_eq!((duplicates.len(), duplicates[0].id()), (2, duplicates[1].id()));
    let twins = of("payment_intent.succeeded");
    assert_eq!(twins.len(), 2);
    assert_ne!(twins[0].id(), twins[1].id());
    assert_eq!(twins[0].event()["data"], twins[1].event()["data"]);
}

#[tokio::test]
async fn events_are_dropped_delayed_and_reordered() {
    let (stripe, endpoint) = with_endpoint().await;
    for fault in [
        Fault::once(FaultKind::WebhookDrop).on_event("payment_intent.created"),
        Fault::once(FaultKind::WebhookReorder).on_event("charge.succeeded"),
        Fault::once(FaultKind::WebhookDelay { seconds: 600 }).on_event("payment_intent.succeeded"),
    ] {
        stripe.sandbox.faults().add(fault);
    }
    stripe.paid_intent().await;
    settle(&stripe).await;
    assert_eq!(endpoint.kinds(), ["checkout.session.completed", "charge.succeeded"]);
    stripe.advance(600);
    settle(&stripe).await;
    assert_eq!(endpoint.kinds()[2..], ["payment_intent.succeeded"]);
    stripe.sandbox.webhooks().flush().await;
    assert_eq!(endpoint.letters().len(), 3);
    assert_eq!(stripe.get("/v1/events?delivery_success=false").await.data().len(), 1);
}

#[tokio::test]
async fn a_rolled_secret_signs_along_for_a_day() {
    let (stripe, endpoint) = with_endpoint().await;
    assert!(stripe.sandbox.webhooks().roll_secret(&endpoint.url, "whsec_new"));
    stripe.post("/v1/customers", &[]).await;
    let both = endpoint.until(1).await.remove(0);
    assert!(signed_with(&both, SECRET) && signed_with(&both, "whsec_new"));
    stripe.advance(86_400);
    stripe.post("/v1/customers", &[]).await;
    let one = endpoint.until(2).await.remove(1);
    assert!(!signed_with(&one, SECRET) && signed_with(&one, "whsec_new"));
}

#[tokio::test]
async fn endpoints_are_registered_by_the_api_and_get_what_they_asked_for() {
    let stripe = Stripe::start().await;
    let endpoint = Endpoint::start().await;
    let form = [("url", endpoint.url.as_str()), ("enabled_events[0]", "checkout.session.completed")];
    let created = stripe.post("/v1/webhook_endpoints", &form).await;
    let secret = created.body["secret"].as_str().unwrap().to_owned();
    let path = format!("/v1/webhook_endpoints/{}", created.id());
    assert!(stripe.get(&path).await.body.get("secret").is_none());
    stripe.paid_intent().await;
    settle(&stripe).await;
    let letters = endpoint.letters();
    assert_eq!(endpoint.kinds(), ["checkout.session.completed"]);
    assert!(signed_with(&letters[0], &secret));
    assert_eq!(stripe.delete(&path).await.body["deleted"], true);
    assert_eq!(stripe.get(&path).await.status, 404);
    assert!(stripe.get("/v1/webhook_endpoints").await.data().is_empty());
    stripe.paid_intent().await;
    settle(&stripe).await;
    assert_eq!(endpoint.letters().len(), 1);
    let elsewhere =
        stripe.post("/v1/webhook_endpoints", &[("url", "http://example.com"), ("enabled_events[]", "*")]).await;
    assert_eq!(elsewhere.code(), "url_invalid");
}

#[tokio::test]
async fn an_event_shows_the_object_as_it_was() {
    let (stripe, endpoint) = with_endpoint().await;
    let session = stripe.session().await;
    stripe.sandbox.pay(&session, Card::Declined).unwrap_err();
    stripe.sandbox.pay(&session, Card::Visa).unwrap();
    settle(&stripe).await;
    let failed =
        endpoint.letters().into_iter().find(|letter| letter.kind() == "payment_intent.payment_failed").unwrap();
    let stored = stripe.get(&format!("/v1/events/{}", failed.id())).await.body;
    assert_eq!(stored["data"]["object"]["status"], "requires_payment_method");
    assert_eq!(stored["data"], failed.event()["data"]);
}

#[tokio::test]
async fn an_endpoint_that_does_not_answer_in_time_has_failed() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", silent.local_addr().unwrap());
    let short = std::time::Duration::from_millis(20);
    let stripe = Stripe::from(builder().webhook(&url, SECRET).webhook_timeout(short)).await;
    stripe.post("/v1/customers", &[]).await;
    settle(&stripe).await;
    let deliveries = stripe.sandbox.webhooks().deliveries();
    assert_eq!(deliveries["deliveries"][0]["attempts"][0]["outcome"], "timeout");
    assert_eq!(deliveries["counts"]["waiting"], 1);
}
