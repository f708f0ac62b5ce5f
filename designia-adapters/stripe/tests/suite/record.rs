//! Stripe's own record of events: every page of it, in the form in which webhooks bring it.

use std::collections::BTreeSet;
use std::time::Duration;

use designia_core::effect::PaymentRef;
use designia_core::id::AttemptNo;
use designia_core::payment::PaymentNews;
use designia_core::ports::{
    EventWindow, GatewayErrorKind, ListedEvent, PaymentGateway, WebhookSubject, WebhookVerifier,
};
use designia_core::time::{DAY, HOUR, Timestamp};
use designia_stripe::secret::SigningSecret;
use designia_stripe::webhook::{EVENT_TYPES, StripeWebhooks};
use designia_stripe_sandbox::{Card, FaultKind};
use serde_json::json;

use crate::bench::{Bench, session};
use crate::objects::{list, with};
use crate::peer::Answer;
use crate::subject::{STARTED_AT, eur, hosted, key, opening, refund};

fn window(from: Timestamp, until: Timestamp) -> EventWindow {
    EventWindow { from, until }
}

async fn all(bench: &Bench, window: EventWindow) -> Vec<ListedEvent> {
    let (mut events, mut after) = (Vec::new(), None);
    loop {
        let page = bench.gateway.events(window, after.as_deref()).await.unwrap();
        events.extend(page.events);
        match page.next {
            Some(next) => after = Some(next),
            None => return events,
        }
    }
}

fn interpret(event: &ListedEvent) -> WebhookSubject {
    let webhooks = StripeWebhooks::new([SigningSecret::new("whsec_of_somebody_else").unwrap()]).unwrap();
    webhooks.interpret(&event.body).unwrap()
}

#[tokio::test]
async fn the_record_is_asked_for_by_time_and_for_what_concerns_orders() {
    let (peer, gateway) = with([list(&[], false)]).await;
    let page = gateway.events(window(STARTED_AT, STARTED_AT + HOUR), Some("evt_9")).await.unwrap();
    assert_eq!((page.events.len(), page.next), (0, None));
    let times = format!("created%5Bgte%5D={}&created%5Blte%5D={}", STARTED_AT.as_secs(), (STARTED_AT + HOUR).as_secs());
    let types: String =
        EVENT_TYPES.iter().enumerate().map(|(index, kind)| format!("&types%5B{index}%5D={kind}")).collect();
    assert_eq!(peer.asked(), ["GET /v1/events"]);
    assert_eq!(peer.seen()[0].query, format!("{times}&limit=100&starting_after=evt_9{types}"));
    assert!(EVENT_TYPES.len() <= 20, "Stripe filters by at most twenty types");
}

#[tokio::test]
async fn a_listed_event_is_read_like_a_webhook_and_without_a_signature() {
    let bench = Bench::new(hosted()).await;
    let payment = bench.paid().await;
    let request = refund(named(&bench, &payment).await, eur(1000));
    bench.gateway.refund(&request, &key("r")).await.unwrap();
    let listed = all(&bench, window(STARTED_AT, STARTED_AT + DAY)).await;
    let kinds: Vec<&str> = listed.iter().map(|it| it.event.kind.as_str()).collect();
    assert!(kinds.iter().all(|kind| EVENT_TYPES.contains(kind)), "{kinds:?}");
    let of = |kind: &str| interpret(listed.iter().find(|it| it.event.kind == kind).unwrap());
    for kind in ["payment_intent.succeeded", "checkout.session.completed"] {
        let WebhookSubject::Payment { locator, news } = of(kind) else { panic!("{kind}") };
        assert_eq!(locator.order, Some(payment.order), "{kind}");
        assert_eq!(news, PaymentNews::Captured { total: eur(4250) }, "{kind}");
    }
    let WebhookSubject::Refund { amount, .. } = of("refund.created") else { panic!("no refund") };
    assert_eq!(amount, eur(1000));
    assert!(listed.iter().all(|it| it.event.created_at == STARTED_AT));
}

/// The attempt with all its names.
async fn named(bench: &Bench, payment: &PaymentRef) -> PaymentRef {
    let found = bench.gateway.look_up(payment).await.unwrap().unwrap();
    PaymentRef { refs: found.refs, ..payment.clone() }
}

#[tokio::test]
async fn every_page_of_the_window_is_listed_and_nothing_else() {
    let bench = Bench::new(hosted()).await;
    for number in 1..=60 {
        let mut request = opening();
        request.payment.attempt = AttemptNo::new(number);
        let (payment, _) = bench.open_as(request, &format!("o.{number}")).await;
        bench.sandbox.pay(session(&payment), Card::Visa).unwrap();
        bench.sandbox.clock().advance(Duration::from_secs(60));
    }
    let whole = all(&bench, window(STARTED_AT, STARTED_AT + DAY)).await;
    let ids: BTreeSet<&str> = whole.iter().map(|it| it.event.id.as_str()).collect();
    let objects = bench.sandbox.objects();
    let expected: BTreeSet<&str> = objects
        .of("event")
        .iter()
        .filter(|event| EVENT_TYPES.contains(&event["type"].as_str().unwrap()))
        .map(|event| event["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, expected);
    assert!(whole.len() > 100 && whole.len() == ids.len(), "{} events, each once", whole.len());

    let minute = |number: u32| STARTED_AT + Duration::from_secs(60) * number;
    let part = all(&bench, window(minute(10), minute(12))).await;
    assert_eq!(part.len(), 3 * whole.len() / 60, "both ends belong to the window");
}

#[tokio::test]
async fn a_record_that_can_not_be_read_now_is_asked_for_again_and_never_taken_for_an_empty_one() {
    let circle = || list(&[json!({ "id": "evt_1", "type": "refund.updated", "created": 1 })], true);
    let (_, gateway) = with([circle(), circle()]).await;
    let whole = window(STARTED_AT, STARTED_AT + DAY);
    assert_eq!(gateway.events(whole, None).await.unwrap().next.as_deref(), Some("evt_1"));
    assert_eq!(gateway.events(whole, Some("evt_1")).await.unwrap_err().kind, GatewayErrorKind::NotSent);

    let nameless = list(&[json!({ "type": "refund.updated", "created": 1 })], false);
    let cut_off = Answer::Say(200, vec![], "{\"object\":\"list\",\"data\":[".to_owned());
    for answer in [nameless, cut_off, Answer::Say(500, vec![], String::new())] {
        let (_, gateway) = with([answer]).await;
        assert_eq!(gateway.events(whole, None).await.unwrap_err().kind, GatewayErrorKind::NotSent);
    }

    let bench = Bench::new(hosted()).await;
    bench.strike(FaultKind::RateLimit, "GET", "/v1/events");
    assert_eq!(bench.gateway.events(whole, None).await.unwrap_err().kind, GatewayErrorKind::NotSent);
}
