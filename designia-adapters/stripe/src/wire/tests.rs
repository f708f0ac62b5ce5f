use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::*;

/// Objects with every field that is read, re-typed from the shapes in PyPI `stripe` 16.1.0.
fn session() -> Value {
    json!({
        "id": "cs_1", "object": "checkout.session", "status": "open", "payment_status": "unpaid",
        "amount_total": 4250, "currency": "eur", "payment_intent": "pi_1", "client_reference_id": "o.1",
        "metadata": {"k": "v"}, "created": 1, "expires_at": 2, "livemode": false,
        "url": "https://checkout.stripe.com/c/1", "client_secret": "cs_1_secret_x"
    })
}

fn intent() -> Value {
    json!({
        "id": "pi_1", "object": "payment_intent", "status": "requires_action", "amount": 4250, "amount_received": 0,
        "currency": "eur", "latest_charge": "ch_1", "transfer_group": "o", "metadata": {"k": "v"},
        "last_payment_error": {"code": "card_declined", "decline_code": "lost_card", "charge": "ch_1", "type": "card_error"},
        "cancellation_reason": null, "client_secret": "pi_1_secret_x", "created": 1, "livemode": false,
        "next_action": {"type": "multibanco_display_details", "multibanco_display_details": {"expires_at": 9, "entity": "1"}}
    })
}

fn charge() -> Value {
    json!({
        "id": "ch_1", "object": "charge", "status": "succeeded", "amount": 4250, "amount_captured": 4250,
        "amount_refunded": 100, "currency": "eur", "refunded": false, "disputed": false, "payment_intent": "pi_1",
        "balance_transaction": {"id": "txn_1", "amount": 4250, "fee": 90, "net": 4160, "currency": "eur",
            "available_on": 5, "exchange_rate": 1.23},
        "transfer_group": "o", "failure_code": null, "metadata": {}, "created": 1
    })
}

fn refund() -> Value {
    json!({
        "id": "re_1", "object": "refund", "status": "pending", "amount": 100, "currency": "eur", "charge": "ch_1",
        "payment_intent": "pi_1", "failure_reason": null, "pending_reason": "processing", "metadata": {"k": "v"},
        "created": 1
    })
}

fn read<T: DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{error}: {value}"))
}

fn each(check: impl Fn(&Value, &dyn Fn(&Value))) {
    check(&session(), &|value| drop(read::<CheckoutSession>(value)));
    check(&intent(), &|value| drop(read::<PaymentIntent>(value)));
    check(&charge(), &|value| drop(read::<Charge>(value)));
    check(&refund(), &|value| drop(read::<Refund>(value)));
}

/// Fields that Stripe declares as never null, and without which nothing could be said.
const REQUIRED: [&str; 8] = ["id", "status", "payment_status", "amount", "currency", "created", "expires_at", "object"];

#[test]
fn an_object_is_read_with_any_optional_field_null_or_absent() {
    each(|object, read| {
        for field in object.as_object().unwrap().keys().filter(|field| !REQUIRED.contains(&field.as_str())) {
            if !["livemode", "refunded", "disputed"].contains(&field.as_str()) {
                let mut nulled = object.clone();
                nulled[field] = Value::Null;
                read(&nulled);
            }
            let mut without = object.clone();
            without.as_object_mut().unwrap().remove(field);
            read(&without);
        }
    });
}

#[test]
fn unknown_fields_and_unknown_words_are_not_errors() {
    each(|object, read| {
        let mut grown = object.clone();
        grown["invented_in_2031"] = json!({"deep": [1, 2, {"er": null}]});
        grown["status"] = json!("invented_in_2031");
        read(&grown);
    });
    let mut object = session();
    object["payment_status"] = json!("half_paid");
    assert_eq!(read::<CheckoutSession>(&object).payment_status, PaymentStatus::Unknown("half_paid".to_owned()));
    assert_eq!(PaymentStatus::Unknown("half_paid".to_owned()).as_str(), "half_paid");
    assert_eq!(RefundStatus::RequiresAction.as_str(), "requires_action");
}

#[test]
fn a_reference_is_read_as_an_id_and_as_the_object() {
    let mut object = session();
    let by_id: CheckoutSession = read(&object);
    object["payment_intent"] = intent();
    object["payment_intent"]["latest_charge"] = charge();
    let expanded: CheckoutSession = read(&object);
    let (by_id, expanded) = (by_id.payment_intent.unwrap(), expanded.payment_intent.unwrap());
    assert_eq!((by_id.id(), expanded.id()), ("pi_1", "pi_1"));
    assert!(by_id.object().is_none());
    let charge = expanded.object().unwrap().latest_charge.as_ref().unwrap().object().unwrap();
    assert_eq!(charge.balance_transaction.as_ref().unwrap().object().unwrap().net, 4160);
}

#[test]
fn a_voucher_tells_until_when_it_can_be_paid() {
    let action = |value: Value| read::<NextAction>(&value);
    let oxxo = action(json!({"type": "oxxo_display_details", "oxxo_display_details": {"expires_after": 7}}));
    assert_eq!((oxxo.is_delayed(), oxxo.voucher_expires_at()), (true, Some(7)));
    let secure = action(json!({"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}}));
    assert_eq!((secure.is_delayed(), secure.voucher_expires_at()), (false, None));
    assert!(action(json!({"type": "display_bank_transfer_instructions"})).is_delayed());
}

#[test]
fn what_lets_its_holder_pay_is_not_in_the_debug_output() {
    let shown = format!("{:?} {:?}", read::<CheckoutSession>(&session()), read::<PaymentIntent>(&intent()));
    assert!(!shown.contains("secret_x") && !shown.contains("checkout.stripe.com"), "{shown}");
    let body: ErrorBody = read(&json!({"message": "Invalid API Key provided: sk_test_abc123"}));
    assert!(!format!("{body:?}").contains("abc123"));
}
