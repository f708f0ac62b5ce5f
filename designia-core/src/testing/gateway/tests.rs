//! What the scripted provider does when calls fail, keys are forgotten and buyers misbehave. That it keeps the port's
//! contract is shown by the conformance suite.

use super::*;
use crate::effect::PageLine;
use crate::payment::{PaymentMethod, PaymentNews};
use crate::ports::PaymentStanding;
use crate::testing::block_on;
use crate::testing::fixtures::{NOW, euros, order_id};
use crate::time::HOUR;

const FIRST: AttemptNo = AttemptNo::FIRST;

fn request() -> OpenPayment {
    OpenPayment {
        payment: PaymentRef { order: order_id(1), attempt: FIRST, refs: ProviderRefs::default(), started_at: NOW },
        amount: euros(4_711),
        method: PaymentMethod::Card,
        expires_at: NOW + HOUR,
        email: None,
        lines: vec![PageLine { title: "Owl".to_owned(), quantity: 1, unit_amount: euros(4_711) }],
    }
}

fn open(gateway: &ScriptedGateway) -> Result<PaymentSnapshot, GatewayError> {
    block_on(gateway.open(&request(), &IdempotencyKey::new("open-1".to_owned())))
}

fn refund(gateway: &ScriptedGateway, cents: i64) -> Result<RefundSnapshot, GatewayError> {
    let request = RefundPayment {
        payment: request().payment,
        refund: RefundNo::FIRST,
        amount: euros(cents),
        requested_at: NOW,
        provider_id: None,
    };
    block_on(gateway.refund(&request, &IdempotencyKey::new("refund-1".to_owned())))
}

#[test]
fn a_fault_hides_or_prevents_exactly_one_call() {
    let faults = [
        (Fault::LostReply, GatewayErrorKind::Unknown, 1),
        (Fault::LostRequest, GatewayErrorKind::Unknown, 0),
        (Fault::NotSent, GatewayErrorKind::NotSent, 0),
        (Fault::Misconfigured, GatewayErrorKind::Misconfigured, 0),
        (Fault::Refused("amount_too_small".to_owned()), GatewayErrorKind::Refused, 0),
    ];
    for (fault, kind, sessions) in faults {
        let gateway = ScriptedGateway::new();
        gateway.fail_next(Method::Open, fault.clone());
        assert_eq!(open(&gateway).unwrap_err().kind, kind);
        assert_eq!(gateway.sessions(order_id(1)).len(), sessions, "after {fault:?}");
        assert!(open(&gateway).is_ok());
        assert_eq!(gateway.sessions(order_id(1)).len(), 1, "the key is executed once");
        let faults: Vec<_> = gateway.calls().into_iter().map(|call| call.fault).collect();
        assert_eq!(faults, [Some(fault), None]);
    }
}

#[test]
fn a_script_may_let_calls_through() {
    let gateway = ScriptedGateway::new();
    gateway.script(Method::Check, [None, Some(Fault::NotSent), None]);
    let answers: Vec<_> = (0..4).map(|_| block_on(gateway.check()).is_ok()).collect();
    assert_eq!(answers, [true, false, true, true]);
}

#[test]
fn a_key_that_was_forgotten_opens_a_second_session() {
    let gateway = ScriptedGateway::new();
    open(&gateway).unwrap();
    gateway.forget_keys();
    open(&gateway).unwrap();
    assert_eq!(gateway.sessions(order_id(1)).len(), 2);
    assert!(gateway.pay(order_id(1), FIRST).is_some());
    assert!(gateway.pay(order_id(1), FIRST).is_some());
    assert_eq!(gateway.holds(order_id(1)), 2 * 4_711, "the provider would take both");
}

#[test]
fn a_key_under_another_request_is_refused() {
    let gateway = ScriptedGateway::new();
    open(&gateway).unwrap();
    let other = OpenPayment { email: Some("zoe@example.com".to_owned()), ..request() };
    let error = block_on(gateway.open(&other, &IdempotencyKey::new("open-1".to_owned()))).unwrap_err();
    assert_eq!((error.kind, error.code.as_deref()), (GatewayErrorKind::Refused, Some("idempotency_error")));
}

#[test]
fn a_buyer_can_not_do_what_the_provider_would_not_allow() {
    let gateway = ScriptedGateway::new();
    let order = order_id(1);
    assert_eq!(gateway.pay(order, FIRST), None, "nothing was opened");
    open(&gateway).unwrap();
    assert!(matches!(
        gateway.decline(order, FIRST, "card_declined"),
        Some(WebhookSubject::Payment { news: PaymentNews::Declined(decline), .. }) if decline.code == "card_declined"
    ));
    assert_eq!(gateway.fail_settlement(order, FIRST), None, "nothing was promised");
    assert!(gateway.expire(order, FIRST).is_some());
    assert_eq!(gateway.pay(order, FIRST), None, "the page is closed");
    assert_eq!(gateway.holds(order), 0);
}

#[test]
fn a_promised_payment_can_not_be_voided_and_may_fail() {
    let gateway = ScriptedGateway::new();
    open(&gateway).unwrap();
    gateway.promise(order_id(1), FIRST, Some(NOW + HOUR)).unwrap();
    let key = IdempotencyKey::new("void-1".to_owned());
    let standing = block_on(gateway.void(&request().payment, &key)).unwrap().unwrap().standing;
    assert_eq!(standing, PaymentStanding::Settling { by: Some(NOW + HOUR) });
    assert!(gateway.fail_settlement(order_id(1), FIRST).is_some());
    assert_eq!(gateway.pay(order_id(1), FIRST), None);
}

#[test]
fn a_failed_refund_leaves_the_money_with_the_provider() {
    let gateway = ScriptedGateway::new();
    gateway.leave_refunds_pending();
    open(&gateway).unwrap();
    gateway.pay(order_id(1), FIRST).unwrap();
    assert_eq!(refund(&gateway, 4_000).unwrap().state, RefundState::Pending);
    assert_eq!(gateway.holds(order_id(1)), 711);
    assert!(gateway.move_refund(order_id(1), RefundNo::FIRST, RefundState::Failed).is_some());
    assert_eq!(gateway.holds(order_id(1)), 4_711);
    assert_eq!(gateway.move_refund(order_id(1), RefundNo::FIRST, RefundState::Succeeded), None, "it is over");
}

#[test]
fn a_refund_by_hand_counts_like_any_other() {
    let gateway = ScriptedGateway::new();
    open(&gateway).unwrap();
    assert_eq!(gateway.refund_by_hand(order_id(1), FIRST, euros(1)), None, "nothing was paid");
    gateway.pay(order_id(1), FIRST).unwrap();
    assert!(gateway.refund_by_hand(order_id(1), FIRST, euros(4_000)).is_some());
    assert_eq!(refund(&gateway, 4_000).unwrap_err().kind, GatewayErrorKind::Refused);
    assert_eq!(gateway.refunds(order_id(1)).len(), 1);
}
