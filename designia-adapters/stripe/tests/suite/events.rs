//! What the sandbox sends is what the verifier reads: every event of a life, in the order in which it came.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use designia_core::payment::{CloseReason, PaymentNews, RefundState};
use designia_core::ports::{PaymentGateway, WebhookRequest, WebhookSubject, WebhookVerifier};
use designia_core::time::{DAY, Timestamp};
use designia_stripe::secret::SigningSecret;
use designia_stripe::webhook::StripeWebhooks;
use designia_stripe_sandbox::{Card, Delayed, Sandbox, SandboxClock};

use crate::bench::{Bench, session};
use crate::matrix::SECRET;
use crate::subject::{STARTED_AT, eur, hosted, key, refund};

type Inbox = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

async fn receive(State(inbox): State<Inbox>, headers: HeaderMap, body: Bytes) {
    inbox.lock().unwrap().push((headers, body));
}

/// A sandbox that delivers to us, and what it has delivered.
async fn bench() -> (Bench, Inbox) {
    let inbox = Inbox::default();
    let router = Router::new().fallback(receive).with_state(Arc::clone(&inbox));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let clock = SandboxClock::starting_at(STARTED_AT.as_secs());
    (Bench::over(Sandbox::builder().clock(clock).webhook(url, SECRET), hosted()).await, inbox)
}

/// What the deliveries so far say, each verified; nothing of it may be malformed.
async fn told(bench: &Bench, inbox: &Inbox) -> Vec<(String, WebhookSubject)> {
    bench.sandbox.webhooks().flush().await;
    let now = Timestamp::from_secs(bench.sandbox.clock().now());
    let webhooks = StripeWebhooks::new([SigningSecret::new(SECRET).unwrap()]).unwrap().with_livemode(false);
    let inbox = inbox.lock().unwrap();
    inbox
        .iter()
        .map(|(headers, body)| {
            let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
            let event = webhooks.verify(&WebhookRequest { headers: &headers, body }, now).unwrap();
            (event.kind.clone(), webhooks.interpret(body).unwrap_or_else(|error| panic!("{}: {error}", event.kind)))
        })
        .collect()
}

/// The payment news among them, each with the event that told it; every locator names our attempt.
fn news(told: &[(String, WebhookSubject)], of: &str) -> Vec<PaymentNews> {
    told.iter()
        .filter(|(kind, _)| kind == of)
        .map(|(kind, subject)| match subject {
            WebhookSubject::Payment { locator, news } => {
                assert_eq!(locator.order, crate::subject::ORDER.parse().ok(), "{kind}");
                assert_eq!(locator.attempt, Some(designia_core::id::AttemptNo::FIRST), "{kind}");
                news.clone()
            }
            other => panic!("{kind}: {other:?}"),
        })
        .collect()
}

#[tokio::test]
async fn a_paid_page_is_told_twice_and_means_the_same_both_times() {
    let (bench, inbox) = bench().await;
    let (payment, _) = bench.open().await;
    assert!(bench.sandbox.pay(session(&payment), Card::Declined).is_err());
    bench.sandbox.pay(session(&payment), Card::Visa).unwrap();
    let told = told(&bench, &inbox).await;
    for kind in ["checkout.session.completed", "payment_intent.succeeded"] {
        assert_eq!(news(&told, kind), [PaymentNews::Captured { total: eur(4250) }], "{kind}");
    }
    let declined = news(&told, "payment_intent.payment_failed");
    let [PaymentNews::Declined(decline)] = &declined[..] else { panic!("{declined:?}") };
    assert!(decline.reference.starts_with("ch_") && !decline.code.is_empty(), "{decline:?}");
}

#[tokio::test]
async fn a_voucher_is_told_as_settling_and_then_as_the_bank_decides() {
    let ends = [
        (true, "checkout.session.async_payment_succeeded", PaymentNews::Captured { total: eur(4250) }),
        (false, "checkout.session.async_payment_failed", PaymentNews::Closed(CloseReason::SettlementFailed)),
    ];
    for (succeed, kind, end) in ends {
        let (bench, inbox) = bench().await;
        let (payment, _) = bench.open().await;
        bench.sandbox.pay_delayed(session(&payment), &Delayed::new("multibanco")).unwrap();
        bench.sandbox.settle(session(&payment), succeed).unwrap();
        let told = told(&bench, &inbox).await;
        assert_eq!(news(&told, "checkout.session.completed"), [PaymentNews::Settling { by: None }]);
        assert_eq!(news(&told, kind), [end]);
    }
}

#[tokio::test]
async fn a_page_that_runs_out_is_told_as_closed() {
    let (bench, inbox) = bench().await;
    bench.open().await;
    bench.sandbox.clock().advance(DAY);
    let told = told(&bench, &inbox).await;
    assert_eq!(news(&told, "checkout.session.expired"), [PaymentNews::Closed(CloseReason::Unpaid)]);
}

#[tokio::test]
async fn each_step_of_a_refund_is_told_with_its_number() {
    let (bench, inbox) = bench().await;
    let (payment, _) = bench.open().await;
    bench.sandbox.pay(session(&payment), Card::Visa).unwrap();
    bench.sandbox.refunds_start_pending(true);
    let request = refund(payment, eur(1000));
    let made = bench.gateway.refund(&request, &key("r.1")).await.unwrap();
    bench.sandbox.succeed_refund(&made.provider_id).unwrap();
    bench.sandbox.fail_refund(&made.provider_id).unwrap();
    let states: Vec<_> = told(&bench, &inbox)
        .await
        .into_iter()
        .filter_map(|(_, subject)| match subject {
            WebhookSubject::Refund { refund, provider_id, amount, state, locator } => {
                assert_eq!((refund, amount), (Some(request.refund), eur(1000)));
                assert_eq!(provider_id, made.provider_id);
                assert_eq!(locator.order, Some(request.payment.order));
                Some(state)
            }
            WebhookSubject::Payment { .. } | WebhookSubject::Unrelated => None,
        })
        .collect();
    for state in [RefundState::Pending, RefundState::Succeeded, RefundState::Failed] {
        assert!(states.contains(&state), "{states:?}");
    }
}
