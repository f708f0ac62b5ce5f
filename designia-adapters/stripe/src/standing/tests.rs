use designia_core::money::Currency;
use serde_json::{Value, json};

use super::*;

fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

fn intent(status: &str, received: i64, next_action: &Value) -> Value {
    json!({
        "id": "pi_1", "status": status, "amount": 500, "amount_received": received, "currency": "eur",
        "next_action": next_action, "created": 1
    })
}

fn voucher() -> Value {
    json!({"type": "multibanco_display_details", "multibanco_display_details": {"expires_at": 1000}})
}

/// How a session stands with this status, payment status and payment behind it.
fn session(status: &str, payment_status: &str, intent: &Value) -> PaymentStanding {
    let session = json!({
        "id": "cs_1", "status": status, "payment_status": payment_status, "amount_total": 500, "currency": "eur",
        "payment_intent": intent, "created": 1, "expires_at": 2
    });
    of_session(&serde_json::from_value(session).unwrap()).unwrap()
}

fn open() -> PaymentStanding {
    PaymentStanding::Open { captured: eur(0) }
}

fn closed(reason: CloseReason, captured: i64) -> PaymentStanding {
    PaymentStanding::Closed { reason, captured: eur(captured) }
}

fn settling(by: Option<i64>) -> PaymentStanding {
    PaymentStanding::Settling { by: by.map(|by| Timestamp::from_secs(by) + VOUCHER_BUFFER) }
}

fn captured() -> PaymentStanding {
    PaymentStanding::Captured { total: eur(500) }
}

#[test]
fn a_session_stands_as_its_page_and_the_payment_behind_it_say_together() {
    let none = Value::Null;
    let succeeded = intent("succeeded", 500, &none);
    let failed = intent("requires_payment_method", 0, &none);
    let table = [
        ("open", "unpaid", Value::Null, open()),
        ("open", "unpaid", json!("pi_1"), open()),
        ("open", "unpaid", failed.clone(), open()),
        ("open", "unpaid", intent("requires_action", 200, &none), PaymentStanding::Open { captured: eur(200) }),
        ("complete", "paid", json!("pi_1"), captured()),
        ("complete", "paid", succeeded.clone(), captured()),
        ("complete", "no_payment_required", Value::Null, captured()),
        ("complete", "unpaid", json!("pi_1"), settling(None)),
        ("complete", "unpaid", intent("processing", 0, &none), settling(None)),
        ("complete", "unpaid", intent("requires_action", 0, &voucher()), settling(Some(1000))),
        ("complete", "unpaid", failed, closed(CloseReason::SettlementFailed, 0)),
        ("complete", "unpaid", intent("canceled", 0, &none), closed(CloseReason::SettlementFailed, 0)),
        ("expired", "unpaid", Value::Null, closed(CloseReason::Unpaid, 0)),
        ("expired", "unpaid", intent("canceled", 200, &none), closed(CloseReason::Unpaid, 200)),
        ("complete", "half_paid", json!("pi_1"), settling(None)),
        ("suspended", "unpaid", Value::Null, open()),
    ];
    for (status, payment_status, behind, expected) in table {
        assert_eq!(session(status, payment_status, &behind), expected, "{status} {payment_status} {behind}");
    }
}

#[test]
fn money_that_is_there_wins_over_whatever_else_is_said() {
    let succeeded = intent("succeeded", 500, &Value::Null);
    for status in ["open", "complete", "expired", "suspended"] {
        for payment_status in ["unpaid", "paid", "half_paid"] {
            assert_eq!(session(status, payment_status, &succeeded), captured(), "{status} {payment_status}");
        }
        assert_eq!(session(status, "paid", &Value::Null), captured(), "{status}");
    }
}

#[test]
fn a_payment_without_a_page_stands_as_it_says() {
    let none = Value::Null;
    let table = [
        ("requires_payment_method", 0, none.clone(), open()),
        ("requires_confirmation", 0, none.clone(), open()),
        ("requires_action", 0, json!({"type": "use_stripe_sdk"}), open()),
        ("requires_action", 0, voucher(), settling(Some(1000))),
        ("requires_action", 0, json!({"type": "display_bank_transfer_instructions"}), settling(None)),
        ("processing", 0, none.clone(), settling(None)),
        ("requires_capture", 0, none.clone(), settling(None)),
        ("canceled", 0, none.clone(), closed(CloseReason::Unpaid, 0)),
        ("canceled", 100, none.clone(), closed(CloseReason::Unpaid, 100)),
        ("succeeded", 500, none.clone(), captured()),
        ("suspended", 0, none, open()),
    ];
    for (status, received, action, expected) in table {
        let object = intent(status, received, &action);
        assert_eq!(of_intent(&serde_json::from_value(object).unwrap()), Ok(expected), "{status}");
    }
}

#[test]
fn a_refund_is_under_way_until_it_is_known_to_have_ended() {
    let state = |status: &str| of_refund(serde_json::from_value(json!(status)).ok().as_ref());
    let table = [
        ("pending", RefundState::Pending),
        ("requires_action", RefundState::Pending),
        ("succeeded", RefundState::Succeeded),
        ("failed", RefundState::Failed),
        ("canceled", RefundState::Failed),
        ("suspended", RefundState::Pending),
    ];
    for (status, expected) in table {
        assert_eq!(state(status), expected, "{status}");
    }
    assert_eq!(of_refund(None), RefundState::Pending);
}
