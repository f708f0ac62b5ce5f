use designia_core::id::{AttemptNo, RefundNo};
use designia_core::money::{Currency, Money};
use designia_core::payment::RefundState;
use designia_core::ports::WebhookVerifier;
use serde_json::{Value, json};

use super::*;
use crate::secret::SigningSecret;
use crate::webhook::StripeWebhooks;

const ORDER: &str = "018f0000-0000-7000-8000-000000000001";

fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

fn notes() -> Value {
    json!({"designia_order": ORDER, "designia_attempt": "2"})
}

/// What the verifier says of an event of this type about this object.
fn read(kind: &str, object: &Value) -> Result<WebhookSubject, WebhookError> {
    let event = json!({
        "id": "evt_1", "object": "event", "type": kind, "created": 1, "livemode": false, "api_version": "2025-07-30.basil",
        "data": {"object": object, "previous_attributes": {"status": "open"}}, "request": {"id": null}
    });
    let webhooks = StripeWebhooks::new([SigningSecret::new("whsec_1").unwrap()]).unwrap();
    webhooks.interpret(event.to_string().as_bytes())
}

fn session(status: &str, payment_status: &str) -> Value {
    json!({
        "id": "cs_1", "status": status, "payment_status": payment_status, "amount_total": 500, "currency": "eur",
        "payment_intent": "pi_1", "metadata": notes(), "created": 1, "expires_at": 2
    })
}

fn intent(status: &str, received: i64) -> Value {
    json!({
        "id": "pi_1", "status": status, "amount": 500, "amount_received": received, "currency": "eur",
        "metadata": notes(), "created": 1
    })
}

/// The news of a payment event, with the locator checked to be complete.
fn news_of(kind: &str, object: &Value) -> PaymentNews {
    match read(kind, object) {
        Ok(WebhookSubject::Payment { locator, news }) => {
            assert_eq!(locator.order, ORDER.parse().ok(), "{kind}");
            assert_eq!(locator.attempt, Some(AttemptNo::new(2)), "{kind}");
            assert_eq!(locator.refs.payment.as_deref(), Some("pi_1"), "{kind}");
            assert_eq!(locator.refs.session.is_some(), kind.starts_with("checkout"), "{kind}");
            news
        }
        other => panic!("{kind}: {other:?}"),
    }
}

#[test]
fn each_event_about_a_page_says_what_became_of_the_money() {
    let captured = PaymentNews::Captured { total: eur(500) };
    let table = [
        ("checkout.session.completed", session("complete", "paid"), captured.clone()),
        ("checkout.session.completed", session("complete", "unpaid"), PaymentNews::Settling { by: None }),
        ("checkout.session.async_payment_succeeded", session("complete", "paid"), captured),
        (
            "checkout.session.async_payment_failed",
            session("complete", "unpaid"),
            PaymentNews::Closed(CloseReason::SettlementFailed),
        ),
        ("checkout.session.expired", session("expired", "unpaid"), PaymentNews::Closed(CloseReason::Unpaid)),
    ];
    for (kind, object, expected) in table {
        assert_eq!(news_of(kind, &object), expected, "{kind}");
    }
}

#[test]
fn each_event_about_a_payment_says_what_became_of_the_money() {
    let mut processing = intent("processing", 0);
    assert_eq!(news_of("payment_intent.processing", &processing), PaymentNews::Open, "behind a page");
    processing["metadata"]["designia_expires_at"] = json!("1795435200");
    let table = [
        ("payment_intent.succeeded", intent("succeeded", 500), PaymentNews::Captured { total: eur(500) }),
        ("payment_intent.processing", processing, PaymentNews::Settling { by: None }),
        ("payment_intent.requires_action", intent("requires_action", 0), PaymentNews::Open),
        ("payment_intent.canceled", intent("canceled", 0), PaymentNews::Closed(CloseReason::Unpaid)),
        ("payment_intent.partially_funded", intent("requires_action", 300), PaymentNews::Captured { total: eur(300) }),
    ];
    for (kind, object, expected) in table {
        assert_eq!(news_of(kind, &object), expected, "{kind}");
    }
}

#[test]
fn a_decline_is_told_apart_by_the_charge_that_failed() {
    let decline = |object: &Value| news_of("payment_intent.payment_failed", object);
    let mut object = intent("requires_payment_method", 0);
    let expected = |reference: &str, code: &str| {
        PaymentNews::Declined(Decline { reference: reference.to_owned(), code: code.to_owned() })
    };
    assert_eq!(decline(&object), expected("pi_1", "unknown"));
    object["latest_charge"] = json!("ch_1");
    object["last_payment_error"] = json!({"code": "card_declined"});
    assert_eq!(decline(&object), expected("ch_1", "card_declined"));
    object["last_payment_error"] = json!({"code": "card_declined", "decline_code": "lost_card", "charge": "ch_2"});
    assert_eq!(decline(&object), expected("ch_2", "lost_card"));
}

#[test]
fn a_refund_is_ours_by_its_number_and_foreign_without_one() {
    let mut object = json!({
        "id": "re_1", "status": "succeeded", "amount": 100, "currency": "eur", "payment_intent": "pi_1",
        "metadata": notes(), "created": 1
    });
    for kind in ["refund.created", "refund.updated", "refund.failed", "charge.refund.updated"] {
        let refs = ProviderRefs { session: None, payment: Some("pi_1".to_owned()) };
        let subject = |refund, order| WebhookSubject::Refund {
            locator: PaymentLocator { order, attempt: order.map(|_| AttemptNo::new(2)), refs: refs.clone() },
            refund,
            provider_id: "re_1".to_owned(),
            amount: eur(100),
            state: RefundState::Succeeded,
        };
        object["metadata"] = notes();
        object["metadata"]["designia_refund"] = json!("3");
        assert_eq!(read(kind, &object), Ok(subject(Some(RefundNo::new(3)), ORDER.parse().ok())));
        object["metadata"] = json!({});
        assert_eq!(read(kind, &object), Ok(subject(None, None)));
    }
}

#[test]
fn a_page_is_also_found_by_its_reference_when_its_notes_are_gone() {
    let mut object = session("complete", "paid");
    object["metadata"] = Value::Null;
    object["client_reference_id"] = json!(format!("{ORDER}.2"));
    assert_eq!(news_of("checkout.session.completed", &object), PaymentNews::Captured { total: eur(500) });
}

#[test]
fn what_concerns_no_order_is_unrelated_and_never_an_error() {
    let foreign = json!({"id": "cs_2", "status": "complete", "payment_status": "no_payment_required", "created": 1,
        "expires_at": 2, "mode": "setup", "amount_total": null, "currency": null});
    assert_eq!(read("checkout.session.completed", &foreign), Ok(WebhookSubject::Unrelated));
    let mut odd = intent("succeeded", 500);
    odd["currency"] = json!("zzz");
    odd["metadata"] = json!({});
    assert_eq!(read("payment_intent.succeeded", &odd), Ok(WebhookSubject::Unrelated));
    for kind in ["customer.created", "charge.succeeded", "payment_intent.created", "invented.in.2031"] {
        assert_eq!(read(kind, &json!({"any": "thing"})), Ok(WebhookSubject::Unrelated));
    }
}

#[test]
fn every_listed_type_is_read() {
    for kind in EVENT_TYPES {
        assert!(matches!(read(kind, &json!({})), Err(WebhookError::Malformed(_))), "{kind} is not even looked at");
    }
}

#[test]
fn an_event_of_ours_that_can_not_be_read_is_an_error_that_does_not_quote_it() {
    let mut odd = intent("succeeded", 500);
    odd["currency"] = json!("zzz");
    assert!(matches!(read("payment_intent.succeeded", &odd), Err(WebhookError::Malformed(_))));
    let secret = json!({"id": "pi_1", "amount": "pi_1_secret_x"});
    let error = read("payment_intent.succeeded", &secret).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("secret_x"), "{error}");
}
