//! Whole lives of attempts against the stateful sandbox, over HTTP, in virtual time.

use std::time::Duration;

use designia_core::effect::{OpenPayment, PaymentRef};
use designia_core::id::AttemptNo;
use designia_core::payment::{CloseReason, PaymentMethod};
use designia_core::ports::{GatewayErrorKind, PaymentGateway, PaymentSnapshot, PaymentStanding};
use designia_core::time::{DAY, Timestamp};
use designia_stripe::gateway::{CheckoutPage, GatewayOptions, StripeGateway};
use designia_stripe_sandbox::{Card, Delayed, FaultKind, Sandbox, SandboxClock};

use crate::bench::{Bench, nameless, session};
use crate::subject::{STARTED_AT, client, eur, hosted, impatient, key, opening};

fn open() -> PaymentStanding {
    PaymentStanding::Open { captured: eur(0) }
}

fn closed(reason: CloseReason) -> PaymentStanding {
    PaymentStanding::Closed { reason, captured: eur(0) }
}

fn captured() -> PaymentStanding {
    PaymentStanding::Captured { total: eur(4250) }
}

#[tokio::test]
async fn an_attempt_is_opened_paid_and_found_paid() {
    let bench = Bench::new(hosted()).await;
    let (payment, opened) = bench.open().await;
    assert_eq!(opened.standing, open());
    let page = opened.page.unwrap();
    assert_eq!(page.expires_at, STARTED_AT + DAY);
    assert!(page.url.unwrap().starts_with("http"));
    assert_eq!(bench.standing(&payment).await, open());
    bench.sandbox.pay(session(&payment), Card::Visa).unwrap();
    let found = bench.gateway.look_up(&payment).await.unwrap().unwrap();
    assert_eq!((found.standing, found.page), (captured(), None));
    let named_by_payment = PaymentRef { refs: found.refs.clone(), ..payment.clone() };
    for known in [nameless(&payment), named_by_payment] {
        assert_eq!(bench.gateway.look_up(&known).await.unwrap().unwrap().refs, found.refs);
    }
}

#[tokio::test]
async fn an_embedded_page_hands_out_a_client_secret() {
    let page = CheckoutPage::Embedded { return_url: "https://shop.example/{ORDER_ID}".to_owned() };
    let (_, opened) = Bench::new(page).await.open().await;
    let page = opened.page.unwrap();
    assert!(page.client_secret.is_some() && page.url.is_none());
}

#[tokio::test]
async fn a_lost_answer_to_opening_is_unknown_and_the_attempt_is_found_by_its_notes() {
    for fault in [FaultKind::LoseReply, FaultKind::ErrorAfter] {
        let bench = Bench::new(hosted()).await;
        bench.strike(fault, "POST", "/v1/checkout/sessions");
        let error = bench.gateway.open(&opening(), &key("o.1.0")).await.unwrap_err();
        assert_eq!(error.kind, GatewayErrorKind::Unknown);
        let found = bench.gateway.look_up(&opening().payment).await.unwrap().unwrap();
        assert_eq!(found.standing, open());
        assert!(found.page.is_some(), "the buyer can go on where the answer was lost");
        assert_eq!(bench.sandbox.objects().count("checkout.session"), 1);
    }
}

#[tokio::test]
async fn an_attempt_that_was_never_made_is_absent_and_can_be_sent_again() {
    for fault in [FaultKind::Refuse, FaultKind::ErrorBefore, FaultKind::RateLimit, FaultKind::LockTimeout] {
        let bench = Bench::new(hosted()).await;
        bench.strike(fault.clone(), "POST", "/v1/checkout/sessions");
        let error = bench.gateway.open(&opening(), &key("o.1.0")).await.unwrap_err();
        let certain = matches!(fault, FaultKind::RateLimit | FaultKind::LockTimeout);
        let expected = if certain { GatewayErrorKind::NotSent } else { GatewayErrorKind::Unknown };
        assert_eq!(error.kind, expected, "{fault:?}");
        assert_eq!(bench.gateway.look_up(&opening().payment).await.unwrap(), None);
        bench.open().await;
        assert_eq!(bench.sandbox.objects().count("checkout.session"), 1);
    }
}

#[tokio::test]
async fn the_same_request_under_the_same_key_opens_once_and_another_request_is_not_a_refusal() {
    let bench = Bench::new(hosted()).await;
    let (first, _) = bench.open().await;
    let (second, _) = bench.open().await;
    assert_eq!(first, second);
    let changed = OpenPayment { email: None, ..opening() };
    let error = bench.gateway.open(&changed, &key("o.1.0")).await.unwrap_err();
    assert_eq!(error.kind, GatewayErrorKind::Unknown, "something under this key has happened");
    assert_eq!(bench.sandbox.objects().count("checkout.session"), 1);
}

#[tokio::test]
async fn an_attempt_that_is_still_being_made_is_neither_refused_nor_made_twice() {
    let bench = Bench::new(hosted()).await;
    bench.strike(FaultKind::Stall { millis: 60_000 }, "POST", "/v1/checkout/sessions");
    let hasty = StripeGateway::new(impatient(&bench.sandbox.base_url()), GatewayOptions::new(hosted()));
    let patient = StripeGateway::new(client(&bench.sandbox.base_url()), GatewayOptions::new(hosted()));
    for gateway in [&hasty, &patient] {
        let error = gateway.open(&opening(), &key("o.1.0")).await.unwrap_err();
        assert_eq!(error.kind, GatewayErrorKind::Unknown, "{error}");
        assert_eq!(gateway.look_up(&opening().payment).await.unwrap(), None, "which proves nothing yet");
    }
    bench.sandbox.faults().clear();
    while patient.look_up(&opening().payment).await.unwrap().is_none() {
        tokio::task::yield_now().await;
    }
    patient.open(&opening(), &key("o.1.0")).await.unwrap();
    assert_eq!(bench.sandbox.objects().count("checkout.session"), 1);
}

#[tokio::test]
async fn a_lost_attempt_is_found_among_hundreds_of_others() {
    let bench = Bench::new(hosted()).await;
    let ours = opening();
    bench.open_as(ours.clone(), "o.ours").await;
    for number in 2..=230 {
        let mut other = opening();
        other.payment.attempt = AttemptNo::new(number);
        bench.open_as(other, &format!("o.{number}")).await;
    }
    let found = bench.gateway.look_up(&ours.payment).await.unwrap().unwrap();
    assert_eq!(bench.sandbox.objects().of("checkout.session")[0]["id"], session_of(&found));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_attempt_is_found_in_the_thousands_of_a_day_by_reading_minutes_of_it() {
    // Six hours of a day of ten thousand.
    const OTHERS: u16 = 2_500;
    let bench = Bench::new(hosted()).await;
    let clock = bench.sandbox.clock();
    let (mut ours, mut sent_at) = (None, STARTED_AT);
    for number in 1..=OTHERS {
        let mut request = opening();
        request.payment.attempt = AttemptNo::new(number);
        if number == OTHERS / 2 {
            sent_at = Timestamp::from_secs(clock.now());
            ours = Some(request.payment.clone());
        }
        bench.open_as(request, &format!("o.{number}")).await;
        clock.advance(Duration::from_micros(8_640_000));
    }
    let lists = |bench: &Bench| {
        bench.sandbox.requests().iter().filter(|it| it.path == "/v1/checkout/sessions" && it.method == "GET").count()
    };
    let ours = ours.unwrap();
    let found = bench.gateway.find_sent(&ours, sent_at).await.unwrap().unwrap();
    assert_eq!(found.standing, open());
    assert_eq!(lists(&bench), 1, "the minutes around it are one page");
    let absent = PaymentRef { attempt: AttemptNo::new(OTHERS + 1), ..ours };
    assert_eq!(bench.gateway.find_sent(&absent, sent_at).await.unwrap(), None);
    assert_eq!(lists(&bench), 2);
}

#[tokio::test]
async fn a_search_that_takes_too_long_is_given_up_and_is_not_absence() {
    let bench = Bench::new(hosted()).await;
    let (payment, _) = bench.open().await;
    let options = GatewayOptions::new(hosted()).with_search_limit(Duration::from_millis(50));
    let hurried = StripeGateway::new(client(&bench.sandbox.base_url()), options);
    bench.strike(FaultKind::Stall { millis: 60_000 }, "GET", "/v1/checkout/sessions");
    let error = hurried.find_sent(&nameless(&payment), STARTED_AT).await.unwrap_err();
    assert_eq!(error.kind, GatewayErrorKind::NotSent, "{error}");
    assert!(error.message.contains("50ms"), "{error}");
    assert!(hurried.find_sent(&nameless(&payment), STARTED_AT).await.unwrap().is_some(), "the next one finds it");
}

fn session_of(snapshot: &PaymentSnapshot) -> &str {
    snapshot.refs.session.as_deref().unwrap()
}

#[tokio::test]
async fn voiding_closes_a_page_for_good() {
    let bench = Bench::new(hosted()).await;
    let (payment, _) = bench.open().await;
    assert_eq!(bench.voided(&payment).await, closed(CloseReason::Unpaid));
    assert!(bench.sandbox.pay(session(&payment), Card::Visa).is_err());
    assert_eq!(bench.voided(&payment).await, closed(CloseReason::Unpaid), "again is no error");
    assert_eq!(bench.voided(&nameless(&payment)).await, closed(CloseReason::Unpaid));
}

#[tokio::test]
async fn voiding_a_paid_page_finds_the_money() {
    let bench = Bench::new(hosted()).await;
    let payment = bench.paid().await;
    assert_eq!(bench.voided(&payment).await, captured());
    assert_eq!(bench.voided(&nameless(&payment)).await, captured());
}

#[tokio::test]
async fn voiding_what_was_never_opened_finds_nothing() {
    let bench = Bench::new(hosted()).await;
    assert_eq!(bench.gateway.void(&opening().payment, &key("v.1.0")).await.unwrap(), None);
}

#[tokio::test]
async fn a_void_whose_answer_is_lost_can_be_repeated() {
    for fault in [FaultKind::LoseReply, FaultKind::ErrorAfter, FaultKind::ErrorBefore] {
        let bench = Bench::new(hosted()).await;
        let (payment, _) = bench.open().await;
        bench.strike(fault, "POST", "/v1/checkout/sessions/*/expire");
        let error = bench.gateway.void(&payment, &key("v.1.0")).await.unwrap_err();
        assert_eq!(error.kind, GatewayErrorKind::Unknown);
        assert_eq!(bench.voided(&payment).await, closed(CloseReason::Unpaid));
    }
}

#[tokio::test]
async fn a_page_runs_out_by_itself_and_late_money_is_still_seen() {
    let bench = Bench::new(hosted()).await;
    let (payment, _) = bench.open().await;
    bench.sandbox.clock().advance(DAY);
    assert_eq!(bench.standing(&payment).await, closed(CloseReason::Unpaid));
    bench.sandbox.pay_late(session(&payment), Card::Visa).unwrap();
    assert_eq!(bench.standing(&payment).await, captured());
    assert_eq!(bench.voided(&payment).await, captured());
}

#[tokio::test]
async fn a_declined_card_leaves_the_page_open() {
    let bench = Bench::new(hosted()).await;
    let (payment, _) = bench.open().await;
    assert!(bench.sandbox.pay(session(&payment), Card::Declined).is_err());
    assert_eq!(bench.standing(&payment).await, open());
    bench.sandbox.pay(session(&payment), Card::Visa).unwrap();
    assert_eq!(bench.standing(&payment).await, captured());
}

#[tokio::test]
async fn a_voucher_is_settling_and_can_not_be_voided_until_the_bank_has_spoken() {
    for (succeed, end) in [(true, captured()), (false, closed(CloseReason::SettlementFailed))] {
        let bench = Bench::new(hosted()).await;
        let (payment, _) = bench.open().await;
        bench.sandbox.pay_delayed(session(&payment), &Delayed::new("multibanco")).unwrap();
        let settling = bench.standing(&payment).await;
        let PaymentStanding::Settling { by } = settling else { panic!("{settling:?}") };
        // Seven days of voucher and four of buffer, if the sandbox says how long the voucher is good for.
        assert!(by.is_none_or(|by| by.since(STARTED_AT) == DAY * 11), "{by:?}");
        assert_eq!(bench.voided(&payment).await, settling);
        bench.sandbox.settle(session(&payment), succeed).unwrap();
        assert_eq!(bench.standing(&payment).await, end);
    }
}

#[tokio::test]
async fn an_attempt_for_a_delayed_method_offers_that_method_and_no_other() {
    let bench = Bench::new(hosted()).await;
    let request = OpenPayment { method: PaymentMethod::Delayed("multibanco".to_owned()), ..opening() };
    let (payment, _) = bench.open_as(request, "o.1.0").await;
    assert!(bench.sandbox.pay(session(&payment), Card::Visa).is_err());
    assert!(bench.sandbox.pay_delayed(session(&payment), &Delayed::new("multibanco")).is_ok());
}

#[tokio::test]
async fn a_payment_without_a_page_is_opened_found_and_voided() {
    let bench = Bench::new(CheckoutPage::Elements).await;
    let (payment, opened) = bench.open().await;
    let page = opened.page.unwrap();
    assert_eq!(page.expires_at, STARTED_AT + DAY);
    assert!(page.client_secret.is_some());
    for known in [payment.clone(), nameless(&payment)] {
        assert_eq!(bench.gateway.look_up(&known).await.unwrap().unwrap().refs, payment.refs);
    }
    assert_eq!(bench.voided(&payment).await, closed(CloseReason::Unpaid));
    assert_eq!(bench.voided(&payment).await, closed(CloseReason::Unpaid), "again is no error");
}

#[tokio::test]
async fn a_wrong_key_is_a_matter_for_a_person() {
    let builder = Sandbox::builder().clock(SandboxClock::starting_at(STARTED_AT.as_secs()));
    let bench = Bench::over(builder.api_key("sk_test_other"), hosted()).await;
    for error in [
        bench.gateway.check().await.unwrap_err(),
        bench.gateway.look_up(&opening().payment).await.unwrap_err(),
        bench.gateway.open(&opening(), &key("o.1.0")).await.unwrap_err(),
    ] {
        assert_eq!(error.kind, GatewayErrorKind::Misconfigured);
        assert!(!format!("{error} {error:?}").contains("abc123"), "{error:?}");
    }
}

#[tokio::test]
async fn a_slow_answer_within_the_limit_is_an_answer() {
    let bench = Bench::new(hosted()).await;
    bench.strike(FaultKind::DelayReply { millis: 20 }, "POST", "/v1/checkout/sessions");
    let (payment, _) = bench.open().await;
    assert_eq!(bench.standing(&payment).await, open());
    assert!(bench.gateway.check().await.is_ok());
}
