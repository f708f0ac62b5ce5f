//! Stripe's objects and answers as the scripted peer gives them.

use designia_core::time::DAY;
use designia_stripe::gateway::StripeGateway;
use serde_json::{Value, json};

use crate::peer::{Answer, Peer, ok, refusal};
use crate::subject::{ORDER, STARTED_AT, client, gateway, hosted};

pub(crate) fn notes() -> Value {
    json!({"designia_order": ORDER, "designia_attempt": "1"})
}

pub(crate) fn session(id: &str, status: &str, payment_status: &str) -> Value {
    json!({
        "id": id, "object": "checkout.session", "status": status, "payment_status": payment_status, "amount_total": 4250,
        "currency": "eur", "payment_intent": null, "metadata": notes(), "created": STARTED_AT.as_secs(),
        "expires_at": (STARTED_AT + DAY).as_secs(), "url": "https://checkout.stripe.com/c/1"
    })
}

pub(crate) fn paid_session(id: &str) -> Value {
    let mut paid = session(id, "complete", "paid");
    paid["payment_intent"] = intent("pi_1", "succeeded", 4250);
    paid
}

pub(crate) fn intent(id: &str, status: &str, received: i64) -> Value {
    json!({
        "id": id, "object": "payment_intent", "status": status, "amount": 4250, "amount_received": received,
        "currency": "eur", "metadata": notes(), "created": STARTED_AT.as_secs(), "client_secret": "pi_1_secret_2"
    })
}

pub(crate) fn refunded(id: &str, number: &str, status: &str) -> Value {
    let mut metadata = notes();
    metadata["designia_refund"] = json!(number);
    json!({
        "id": id, "object": "refund", "status": status, "amount": 1000, "currency": "eur", "payment_intent": "pi_1",
        "metadata": metadata, "created": STARTED_AT.as_secs()
    })
}

pub(crate) fn other(mut object: Value) -> Value {
    object["metadata"] = json!({"designia_order": ORDER, "designia_attempt": "2"});
    object
}

pub(crate) fn list(objects: &[Value], has_more: bool) -> Answer {
    ok(&json!({"object": "list", "data": objects, "has_more": has_more}))
}

pub(crate) fn missing(message: &str) -> Answer {
    refusal(404, &json!({"type": "invalid_request_error", "code": "resource_missing", "message": message}))
}

pub(crate) fn not_open() -> Answer {
    refusal(
        400,
        &json!({"type": "invalid_request_error", "message": "Only Checkout Sessions with a status in [\"open\"]"}),
    )
}

pub(crate) async fn with(answers: impl IntoIterator<Item = Answer>) -> (Peer, StripeGateway) {
    let peer = Peer::with(answers).await;
    let gateway = gateway(client(&peer.url), hosted());
    (peer, gateway)
}
