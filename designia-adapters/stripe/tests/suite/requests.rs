//! Every request that the gateway can make, judged by the parameter types of the official Python SDK.

use designia_core::money::{Currency, Money};
use designia_core::payment::PaymentMethod;
use designia_core::ports::{EventWindow, PaymentGateway};
use designia_core::time::DAY;
use designia_stripe::gateway::CheckoutPage;
use serde_json::{Value, json};

use crate::peer::{Answer, Peer, Seen};
use crate::strangers::{converse, stranger};
use crate::subject::{KEY, STARTED_AT, client, eur, gateway, hosted, key, opening, payment, refund};

/// Values outside the SDK's lists that we send on purpose: none so far.
const ALLOWED: [&str; 0] = [];

fn embedded() -> CheckoutPage {
    CheckoutPage::Embedded { return_url: "https://shop.example/back/{ORDER_ID}".to_owned() }
}

/// Drives every operation in every configuration against a peer that answers nothing useful; each is asked separately so
/// that none ends another.
async fn every_request() -> Vec<Seen> {
    let refused = || Answer::Say(400, vec![], json!({"error": {"type": "invalid_request_error"}}).to_string());
    let empty = || Answer::Say(200, vec![], json!({"data": [], "has_more": false}).to_string());
    let mut seen = Vec::new();
    for page in [hosted(), embedded(), CheckoutPage::Elements] {
        for method in [PaymentMethod::Card, PaymentMethod::Delayed("multibanco".to_owned())] {
            for amount in [eur(4250), Money::new(500, Currency::JPY), Money::new(7, Currency::ISK)] {
                let mut request = opening();
                (request.method, request.amount) = (method.clone(), amount);
                request.email = (amount == eur(4250)).then(|| "ana+test@example.com".to_owned());
                let peer = Peer::with([refused()]).await;
                let result = gateway(client(&peer.url), page.clone()).open(&request, &key("o.1.0")).await;
                assert!(result.is_err());
                seen.extend(peer.seen());
            }
        }
    }
    let found = json!({"id": "pi_1", "status": "requires_action", "amount": 1, "currency": "eur", "created": 1});
    let found = || Answer::Say(200, vec![], found.to_string());
    for known in [payment(None, None), payment(Some("cs_1"), None), payment(None, Some("pi_1"))] {
        for answers in [vec![empty(), empty()], vec![refused(), refused()], vec![empty(), found(), refused(), found()]]
        {
            let (asked, voided) = (Peer::with(answers.clone()).await, Peer::with(answers).await);
            drop(gateway(client(&asked.url), hosted()).look_up(&known).await);
            drop(gateway(client(&voided.url), hosted()).void(&known, &key("v.1.0")).await);
            seen.extend(asked.seen().into_iter().chain(voided.seen()));
        }
    }
    for known in [payment(Some("cs_1"), None), payment(None, Some("pi_1"))] {
        let mut request = refund(known, eur(1000));
        let peer = Peer::with([]).await;
        let gateway = gateway(client(&peer.url), hosted());
        drop(gateway.refund(&request, &key("r.1.0")).await);
        drop(gateway.look_up_refund(&request).await);
        request.provider_id = Some("re_1".to_owned());
        drop(gateway.look_up_refund(&request).await);
        drop(gateway.check().await);
        seen.extend(peer.seen());
    }
    for after in [None, Some("evt_1")] {
        let peer = Peer::with([empty()]).await;
        let window = EventWindow { from: STARTED_AT, until: STARTED_AT + DAY };
        drop(gateway(client(&peer.url), hosted()).events(window, after).await);
        seen.extend(peer.seen());
    }
    let peer = Peer::with([empty(), empty()]).await;
    drop(gateway(client(&peer.url), hosted()).find_sent(&payment(None, None), STARTED_AT).await);
    seen.extend(peer.seen());
    seen
}

fn line(seen: &Seen) -> Value {
    json!({
        "method": seen.method, "path": seen.path, "query": seen.query, "headers": seen.headers, "body": seen.body,
    })
}

#[tokio::test]
async fn the_official_sdk_would_send_every_request_that_we_send() {
    let Some(oracle) = stranger("DESIGNIA_PYTHON", "validate.py") else { return };
    let seen = every_request().await;
    let mut endpoints: Vec<_> = seen.iter().map(|seen| format!("{} {}", seen.method, seen.path)).collect();
    endpoints.sort_unstable();
    endpoints.dedup();
    assert_eq!(
        endpoints,
        [
            "GET /v1/checkout/sessions",
            "GET /v1/checkout/sessions/cs_1",
            "GET /v1/events",
            "GET /v1/payment_intents",
            "GET /v1/payment_intents/pi_1",
            "GET /v1/refunds",
            "GET /v1/refunds/re_1",
            "POST /v1/checkout/sessions",
            "POST /v1/checkout/sessions/cs_1/expire",
            "POST /v1/payment_intents",
            "POST /v1/payment_intents/pi_1/cancel",
            "POST /v1/refunds",
        ]
    );
    let lines: Vec<_> = seen.iter().map(line).collect();
    for (line, verdict) in lines.iter().zip(converse(oracle, &lines)) {
        let findings: Vec<_> = verdict["findings"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let bad: Vec<_> = findings.into_iter().filter(|finding| !ALLOWED.contains(finding)).collect();
        assert!(bad.is_empty(), "{bad:#?}\n{line:#}");
    }
}

#[test]
fn the_oracle_finds_what_it_is_there_to_find() {
    let Some(oracle) = stranger("DESIGNIA_PYTHON", "validate.py") else { return };
    let good = "mode=payment&line_items[0][price_data][currency]=eur&line_items[0][price_data][unit_amount]=1\
        &line_items[0][price_data][product_data][name]=x&line_items[0][quantity]=1";
    let session = "/v1/checkout/sessions";
    let table = [
        (session, good.to_owned(), ""),
        (session, good.replace("[quantity]=1", "[quantity]=two"), "[line_items][0][quantity]=two is not an integer"),
        (session, good.replace("unit_amount]=1", "unit_amount]=1.5"), "is not an integer"),
        (session, good.replace("[price_data][currency]=eur&line_items[0]", ""), "[price_data][currency] is required"),
        (session, format!("{good}&payment_intent_data[bogus]=1"), "[payment_intent_data][bogus] is unknown"),
        (session, format!("{good}&adaptive_pricing[enabled]=no"), "[adaptive_pricing][enabled]=no is not a boolean"),
        (session, format!("{good}&excluded_payment_method_types=card"), "is not a list"),
        (session, format!("{good}&ui_mode=hosted"), "enum: [ui_mode]=hosted"),
        (session, format!("{good}&mode=payment"), "mode is there twice"),
        (session, format!("{good}&customer_email=a b"), "the SDK would send"),
        ("/v1/payment_intents", "amount=1".to_owned(), "[currency] is required"),
        ("/v1/refunds", "payment_intent=pi_1&reason=whatever".to_owned(), "enum: [reason]=whatever"),
        ("/v1/refunds/re_1/undo", String::new(), "is not an endpoint"),
    ];
    let headers = json!({
        "authorization": format!("Bearer {KEY}"), "stripe-version": designia_stripe::config::API_VERSION,
        "content-type": "application/x-www-form-urlencoded", "idempotency-key": "k",
    });
    let lines: Vec<_> = table
        .iter()
        .map(|(path, body, _)| json!({"method": "POST", "path": path, "query": "", "headers": headers, "body": body}))
        .collect();
    for ((_, body, expected), verdict) in table.iter().zip(converse(oracle, &lines)) {
        let findings = verdict["findings"].to_string();
        assert_eq!(findings == "[]", expected.is_empty(), "{body}: {findings}");
        assert!(findings.contains(expected), "{body}: {findings}");
    }
}
