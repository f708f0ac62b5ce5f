//! The webhook endpoint: what it takes, what it refuses, and that repetition changes nothing.

use designia_core::ports::{InboxFilter, InboxState, PageRequest};
use ring::hmac;
use serde_json::json;

use crate::support::{GOOD, Place, Server, id, kinds, on_every_database};

const PATH: &str = "/api/payments/stripe_webhook/";
const SECRET: &str = "whsec_of_the_tests";

fn signature(body: &str, at: i64, secret: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    format!("t={at},v1={}", hex::encode(hmac::sign(&key, format!("{at}.{body}").as_bytes())))
}

async fn stored(server: &Server, state: InboxState) -> Vec<String> {
    let page = server
        .engine
        .ports()
        .inbox
        .events(&InboxFilter::of(state), PageRequest { after: None, limit: 100 })
        .await
        .unwrap();
    page.rows.into_iter().map(|row| row.event.kind).collect()
}

#[tokio::test]
async fn a_signed_event_of_an_unknown_type_is_stored_and_answered_200() {
    let server = Server::with_remote_stripe(SECRET).await;
    let now = server.engine.ports().clock.now().as_secs();
    let body = json!({ "id": "evt_1", "object": "event", "type": "moon.phase_changed", "created": now, "livemode": false,
        "api_version": "2026-10-28.endive", "data": { "object": { "object": "moon" } } });
    let body = body.to_string();
    for duplicate in [false, true] {
        let answer = server.post_raw(PATH, &[("stripe-signature", &signature(&body, now, SECRET))], &body).await.ok();
        assert_eq!(answer, json!({ "received": true, "event": "evt_1", "duplicate": duplicate }));
    }
    server.until("it is folded", async || stored(&server, InboxState::Folded).await == ["moon.phase_changed"]).await;
}

#[tokio::test]
async fn what_the_provider_did_not_sign_is_refused_and_not_stored() {
    let server = Server::with_remote_stripe(SECRET).await;
    let now = server.engine.ports().clock.now().as_secs();
    let body = json!({ "id": "evt_2", "object": "event", "type": "x", "created": now, "livemode": false, "data": { "object": {} } });
    let body = body.to_string();
    let spaced = body.replace(':', ": ");
    for (headers, body) in [
        (None, &body),
        (Some("nonsense".to_owned()), &body),
        (Some(signature(&body, now, "whsec_other")), &body),
        (Some(signature(&body, now - 301, SECRET)), &body),
        (Some(signature(&body, now + 301, SECRET)), &body),
        (Some(signature(&body, now, SECRET)), &spaced),
        (Some(signature("{}", now, SECRET)), &"{}".to_owned()),
    ] {
        let headers: Vec<(&str, &str)> = headers.iter().map(|value| ("stripe-signature", value.as_str())).collect();
        server.post_raw(PATH, &headers, body).await.refused(400, "invalid_signature");
    }
    for state in [InboxState::Waiting, InboxState::Folded, InboxState::Dead] {
        assert!(stored(&server, state).await.is_empty());
    }
}

on_every_database! {
    an_event_that_comes_twice_and_late_changes_the_order_once,
}

async fn an_event_that_comes_twice_and_late_changes_the_order_once(place: &Place) {
    let server = Server::start(place, &[]).await;
    let checkout = server.checkout(&[("tea-bowl", 1)]).await;
    let id = id(&checkout);
    server.control("faults", json!({ "kind": "webhook_duplicate", "percent": 100 })).await;
    server.pay(&checkout, GOOD).await;
    server.webhooks.idle().await;
    let order = server.until_status(id, "payment_confirmed").await;
    assert_eq!(kinds(&order).iter().filter(|kind| **kind == "payment_captured").count(), 1, "{:?}", kinds(&order));
}
