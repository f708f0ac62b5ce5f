//! Accepting webhooks: verified, stored durably, answered; over HTTP, and the store alone beside a bare insert.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use designia::ports::{Inbox, InboxEvent};
use ring::hmac;

use crate::WORKERS;
use crate::client::{Client, request};
use crate::measure::{ROUND, ROUNDS, median, rate, tell};
use crate::server::{Node, WEBHOOK_SECRET, now};
use crate::shop::{START, Shop};

static NEXT: AtomicU64 = AtomicU64::new(0);

pub(crate) async fn run(shop: &Arc<Shop>) {
    let (mut ours, mut floor, mut over_http) = (Vec::new(), Vec::new(), Vec::new());
    let node = Node::start(shop).await;
    for _ in 0..ROUNDS {
        shop.settle().await;
        ours.push(accept(shop).await);
        floor.push(insert(shop).await);
        over_http.push(deliver(&node).await);
    }
    tell(
        &format!("storing webhook events, {WORKERS} at once, fsync on"),
        &ours,
        "a bare insert into the same table",
        &floor,
    );
    println!("  {:<34} {:>9.0}/s   verified, stored, answered", "designia over HTTP", median(over_http));
    node.stop().await;
    sqlx::query("DELETE FROM designia.webhook_events").execute(&shop.bare).await.expect("nobody folded any");
}

/// An event of a kind that concerns no order, of the size of a common one.
fn body(number: u64) -> Vec<u8> {
    let text = "x".repeat(1_500);
    format!(
        r#"{{"id":"evt_bench_{number}","object":"event","type":"customer.created","livemode":false,"created":1795348800,
            "api_version":"2026-10-28.endive","data":{{"object":{{"id":"cus_{number}","object":"customer","description":"{text}"}}}}}}"#
    )
    .into_bytes()
}

async fn accept(shop: &Arc<Shop>) -> f64 {
    rate(WORKERS, ROUND, |_, ticks| {
        let shop = Arc::clone(shop);
        async move {
            while ticks.goes_on() {
                let number = NEXT.fetch_add(1, Ordering::Relaxed);
                let (id, kind) = (format!("evt_bench_{number}"), "customer.created".to_owned());
                let event = InboxEvent { id, kind, received_at: START, body: body(number), signature: None };
                assert!(shop.store.accept(event).await.expect("the store answers"));
                ticks.tick();
            }
        }
    })
    .await
}

async fn insert(shop: &Arc<Shop>) -> f64 {
    rate(WORKERS, ROUND, |_, ticks| {
        let pool = shop.bare.clone();
        async move {
            while ticks.goes_on() {
                let number = NEXT.fetch_add(1, Ordering::Relaxed);
                let insert = "INSERT INTO designia.webhook_events (id, kind, received_at, body, state, due_at)
                    VALUES ($1, 'customer.created', now(), $2, 'waiting', now()) ON CONFLICT (id) DO NOTHING";
                let query = sqlx::query(insert).bind(format!("evt_bench_{number}")).bind(body(number));
                query.execute(&pool).await.expect("the row fits the schema");
                ticks.tick();
            }
        }
    })
    .await
}

async fn deliver(node: &Node) -> f64 {
    let address = node.address;
    rate(WORKERS, ROUND, move |_, ticks| async move {
        let mut client = Client::connect(address).await;
        let key = hmac::Key::new(hmac::HMAC_SHA256, WEBHOOK_SECRET.as_bytes());
        while ticks.goes_on() {
            let body = body(NEXT.fetch_add(1, Ordering::Relaxed));
            let at = now();
            let signed = [format!("{at}.").as_bytes(), &body].concat();
            let signature = format!("t={at},v1={}", hex::encode(hmac::sign(&key, &signed)));
            let headers = [("stripe-signature", signature.as_str()), ("content-type", "application/json")];
            let sent = request("POST", "/api/payments/stripe_webhook/", &headers, &body);
            let (status, _) = client.send(&sent).await;
            assert_eq!(status, 200, "{}", client.answer());
            ticks.tick();
        }
    })
    .await
}
