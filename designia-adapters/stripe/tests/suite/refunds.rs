//! Money going back, against the stateful sandbox.

use designia_core::effect::{OpenPayment, RefundPayment};
use designia_core::id::RefundNo;
use designia_core::money::{Currency, Money};
use designia_core::payment::RefundState;
use designia_core::ports::{GatewayErrorKind, PaymentGateway, PaymentStanding};
use designia_core::time::HOUR;
use designia_stripe_sandbox::{Card, FaultKind};

use crate::bench::{Bench, nameless, session};
use crate::subject::{eur, hosted, key, opening, refund};

#[tokio::test]
async fn money_goes_back_once_per_key_and_never_more_than_was_paid() {
    let bench = Bench::new(hosted()).await;
    let payment = bench.paid().await;
    let part = refund(payment.clone(), eur(1000));
    assert_eq!(bench.gateway.look_up_refund(&part).await.unwrap(), None);
    let first = bench.gateway.refund(&part, &key("r.1")).await.unwrap();
    assert_eq!((first.amount, first.state), (eur(1000), RefundState::Succeeded));
    assert_eq!(bench.gateway.refund(&part, &key("r.1")).await.unwrap(), first);
    assert_eq!(bench.gateway.look_up_refund(&part).await.unwrap(), Some(first.clone()));
    let rest = RefundPayment { refund: RefundNo::new(2), ..refund(payment.clone(), eur(4250)) };
    assert_eq!(bench.gateway.refund(&rest, &key("r.2")).await.unwrap_err().kind, GatewayErrorKind::Refused);
    assert_eq!(bench.sandbox.objects().count("refund"), 1);
    assert_eq!(
        bench.standing(&payment).await,
        PaymentStanding::Captured { total: eur(4250) },
        "refunds don't lower what was captured"
    );
}

#[tokio::test]
async fn a_lost_refund_is_found_even_after_stripe_has_forgotten_the_key() {
    for fault in [FaultKind::LoseReply, FaultKind::ErrorAfter] {
        let bench = Bench::new(hosted()).await;
        let request = refund(nameless(&bench.paid().await), eur(1000));
        bench.strike(fault, "POST", "/v1/refunds");
        let error = bench.gateway.refund(&request, &key("r.1")).await.unwrap_err();
        assert_eq!(error.kind, GatewayErrorKind::Unknown);
        bench.sandbox.clock().advance(HOUR * 25);
        let found = bench.gateway.look_up_refund(&request).await.unwrap().unwrap();
        assert_eq!(found.state, RefundState::Succeeded);
        assert_eq!(bench.sandbox.objects().count("refund"), 1);
    }
}

#[tokio::test]
async fn a_refund_can_wait_succeed_and_still_fail() {
    let bench = Bench::new(hosted()).await;
    let payment = bench.paid().await;
    bench.sandbox.refunds_start_pending(true);
    let mut request = refund(payment, eur(1000));
    let made = bench.gateway.refund(&request, &key("r.1")).await.unwrap();
    assert_eq!(made.state, RefundState::Pending);
    request.provider_id = Some(made.provider_id.clone());
    let state = async || bench.gateway.look_up_refund(&request).await.unwrap().unwrap().state;
    bench.sandbox.succeed_refund(&made.provider_id).unwrap();
    assert_eq!(state().await, RefundState::Succeeded);
    bench.sandbox.fail_refund(&made.provider_id).unwrap();
    assert_eq!(state().await, RefundState::Failed);
}

#[tokio::test]
async fn amounts_come_back_as_they_were_sent_whatever_stripe_counts_in() {
    let amounts = [
        Money::new(500, Currency::JPY),
        Money::new(500, Currency::ISK),
        Money::new(5000, Currency::UGX),
        Money::new(5120, Currency::KWD),
        Money::new(105_000, Currency::HUF),
    ];
    for amount in amounts {
        let bench = Bench::new(hosted()).await;
        let request = OpenPayment { amount, lines: vec![], ..opening() };
        let (payment, opened) = bench.open_as(request, "o.1.0").await;
        assert_eq!(opened.standing, PaymentStanding::Open { captured: Money::zero(amount.currency()) });
        bench.sandbox.pay(session(&payment), Card::Visa).unwrap();
        assert_eq!(bench.standing(&payment).await, PaymentStanding::Captured { total: amount });
        let back = bench.gateway.refund(&refund(payment, amount), &key("r.1")).await.unwrap();
        assert_eq!(back.amount, amount);
    }
}
