//! Opening, voiding and refunding against scripted answers that no healthy peer would give.

use designia_core::payment::{CloseReason, RefundState};
use designia_core::ports::{GatewayErrorKind, PaymentGateway, PaymentStanding};
use serde_json::json;

use crate::objects::{intent, list, missing, not_open, paid_session, refunded, session, with};
use crate::peer::{Answer, Peer, ok, refusal};
use crate::subject::{ORDER, eur, gateway, hosted, impatient, key, opening, payment, refund};

#[tokio::test]
async fn voiding_an_open_page_closes_it() {
    let (peer, gateway) = with([ok(&session("cs_1", "expired", "unpaid"))]).await;
    let voided = gateway.void(&payment(Some("cs_1"), None), &key("v")).await.unwrap().unwrap();
    assert_eq!(voided.standing, PaymentStanding::Closed { reason: CloseReason::Unpaid, captured: eur(0) });
    assert_eq!(peer.asked(), ["POST /v1/checkout/sessions/cs_1/expire"]);
    assert!(!peer.seen()[0].headers.contains_key("idempotency-key"), "a stored refusal must not be replayed");
}

#[tokio::test]
async fn voiding_what_can_not_be_closed_tells_how_it_stands() {
    let table = [
        (paid_session("cs_1"), PaymentStanding::Captured { total: eur(4250) }),
        (session("cs_1", "complete", "unpaid"), PaymentStanding::Settling { by: None }),
        (
            session("cs_1", "expired", "unpaid"),
            PaymentStanding::Closed { reason: CloseReason::Unpaid, captured: eur(0) },
        ),
        (session("cs_1", "open", "unpaid"), PaymentStanding::Open { captured: eur(0) }),
    ];
    for (object, expected) in table {
        let (peer, gateway) = with([not_open(), ok(&object)]).await;
        let voided = gateway.void(&payment(Some("cs_1"), None), &key("v")).await.unwrap().unwrap();
        assert_eq!(voided.standing, expected);
        assert_eq!(peer.asked(), ["POST /v1/checkout/sessions/cs_1/expire", "GET /v1/checkout/sessions/cs_1"]);
    }
}

#[tokio::test]
async fn voiding_a_payment_without_a_page_cancels_it_or_tells_how_it_stands() {
    let found = || [list(&[], false), ok(&intent("pi_1", "requires_payment_method", 0))];
    let known = payment(None, Some("pi_1"));
    let (peer, gateway) = with(found().into_iter().chain([ok(&intent("pi_1", "canceled", 0))])).await;
    let voided = gateway.void(&known, &key("v")).await.unwrap().unwrap();
    assert_eq!(voided.standing, PaymentStanding::Closed { reason: CloseReason::Unpaid, captured: eur(0) });
    assert_eq!(peer.asked()[2], "POST /v1/payment_intents/pi_1/cancel");

    let unexpected = refusal(400, &json!({"type": "invalid_request_error", "code": "payment_intent_unexpected_state"}));
    let paid = ok(&intent("pi_1", "succeeded", 4250));
    let (_, gateway) = with(found().into_iter().chain([unexpected, paid])).await;
    let voided = gateway.void(&known, &key("v")).await.unwrap().unwrap();
    assert_eq!(voided.standing, PaymentStanding::Captured { total: eur(4250) });
}

#[tokio::test]
async fn a_void_whose_answer_is_lost_is_unknown() {
    let peer = Peer::with([Answer::Silence]).await;
    let gateway = gateway(impatient(&peer.url), hosted());
    let error = gateway.void(&payment(Some("cs_1"), None), &key("v")).await.unwrap_err();
    assert_eq!(error.kind, GatewayErrorKind::Unknown);
}

#[tokio::test]
async fn each_way_in_which_opening_fails_tells_the_caller_what_to_do() {
    let invalid = |code: &str| json!({"type": "invalid_request_error", "code": code, "message": "m"});
    let table = [
        (refusal(400, &invalid("amount_too_small")), GatewayErrorKind::Refused, Some("amount_too_small")),
        (
            refusal(402, &json!({"type": "card_error", "code": "card_declined"})),
            GatewayErrorKind::Refused,
            Some("card_declined"),
        ),
        (refusal(401, &json!({"message": "Invalid API Key"})), GatewayErrorKind::Misconfigured, None),
        (refusal(403, &json!({"message": "no permission"})), GatewayErrorKind::Misconfigured, None),
        (refusal(429, &json!({"message": "slow"})), GatewayErrorKind::NotSent, None),
        (refusal(429, &invalid("lock_timeout")), GatewayErrorKind::NotSent, None),
        (refusal(409, &invalid("idempotency_key_in_use")), GatewayErrorKind::Unknown, None),
        (refusal(400, &json!({"type": "idempotency_error"})), GatewayErrorKind::Unknown, None),
        (refusal(500, &json!({"type": "api_error"})), GatewayErrorKind::Unknown, None),
        (Answer::Say(502, vec![], "<html>".to_owned()), GatewayErrorKind::Unknown, None),
        (Answer::Say(200, vec![], "{\"id\":\"cs_1\"".to_owned()), GatewayErrorKind::Unknown, None),
        (Answer::Silence, GatewayErrorKind::Unknown, None),
    ];
    for (answer, kind, code) in table {
        let peer = Peer::with([answer.clone()]).await;
        let error = gateway(impatient(&peer.url), hosted()).open(&opening(), &key("o")).await.unwrap_err();
        assert_eq!((error.kind, error.code.as_deref()), (kind, code), "{answer:?}");
        assert_eq!(peer.seen().len(), 1, "{answer:?}");
    }
    let nobody = gateway(impatient("http://127.0.0.1:1"), hosted());
    assert_eq!(nobody.open(&opening(), &key("o")).await.unwrap_err().kind, GatewayErrorKind::NotSent);
}

#[tokio::test]
async fn a_success_that_names_an_impossible_amount_is_unknown_and_not_a_refusal() {
    let mut odd = session("cs_1", "open", "unpaid");
    odd["currency"] = json!("zzz");
    let (_, gateway) = with([ok(&odd)]).await;
    assert_eq!(gateway.open(&opening(), &key("o")).await.unwrap_err().kind, GatewayErrorKind::Unknown);
}

#[tokio::test]
async fn a_refund_goes_to_the_payment_behind_the_page() {
    let (peer, gateway) = with([ok(&paid_session("cs_1")), ok(&refunded("re_1", "1", "pending"))]).await;
    let made = gateway.refund(&refund(payment(Some("cs_1"), None), eur(1000)), &key("r")).await.unwrap();
    assert_eq!((made.provider_id.as_str(), made.amount, made.state), ("re_1", eur(1000), RefundState::Pending));
    let sent = &peer.seen()[1];
    assert_eq!(sent.headers["idempotency-key"], "r");
    assert_eq!(
        sent.body,
        format!(
            "payment_intent=pi_1&amount=1000&metadata[designia_order]={ORDER}&metadata[designia_attempt]=1\
             &metadata[designia_refund]=1"
        )
    );
}

#[tokio::test]
async fn a_refund_that_stripe_says_is_done_is_looked_for_before_it_counts_as_refused() {
    let done = || refusal(400, &json!({"type": "invalid_request_error", "code": "charge_already_refunded"}));
    let request = refund(payment(None, Some("pi_1")), eur(1000));
    let ours = list(&[refunded("re_2", "2", "failed"), refunded("re_1", "1", "succeeded")], false);
    let (peer, gateway) = with([done(), ours]).await;
    let made = gateway.refund(&request, &key("r")).await.unwrap();
    assert_eq!((made.provider_id.as_str(), made.state), ("re_1", RefundState::Succeeded));
    assert_eq!(peer.seen()[1].query, "payment_intent=pi_1&limit=100");

    let (_, gateway) = with([done(), list(&[refunded("re_2", "2", "succeeded")], false)]).await;
    let error = gateway.refund(&request, &key("r")).await.unwrap_err();
    assert_eq!((error.kind, error.code.as_deref()), (GatewayErrorKind::Refused, Some("charge_already_refunded")));
}

#[tokio::test]
async fn a_refund_is_found_by_its_id_or_by_its_number() {
    let mut request = refund(payment(None, Some("pi_1")), eur(1000));
    let (_, gateway) = with([list(&[refunded("re_2", "2", "succeeded")], false)]).await;
    assert_eq!(gateway.look_up_refund(&request).await.unwrap(), None);

    request.provider_id = Some("re_1".to_owned());
    let (peer, gateway) = with([ok(&refunded("re_1", "1", "failed")), missing("No such refund: 're_1'")]).await;
    assert_eq!(gateway.look_up_refund(&request).await.unwrap().unwrap().state, RefundState::Failed);
    assert_eq!(gateway.look_up_refund(&request).await.unwrap(), None);
    assert_eq!(peer.asked()[0], "GET /v1/refunds/re_1");
}

#[tokio::test]
async fn nothing_can_be_given_back_of_what_was_never_paid() {
    let unpaid = || ok(&session("cs_1", "open", "unpaid"));
    let (peer, gateway) = with([unpaid(), unpaid()]).await;
    let request = refund(payment(Some("cs_1"), None), eur(1000));
    let error = gateway.refund(&request, &key("r")).await.unwrap_err();
    assert_eq!((error.kind, error.code.as_deref()), (GatewayErrorKind::Refused, Some("no_payment")));
    assert_eq!(gateway.look_up_refund(&request).await.unwrap(), None);
    assert_eq!(peer.seen().len(), 2, "nothing but questions");
}

#[tokio::test]
async fn a_question_that_fails_before_a_refund_never_counts_as_its_refusal() {
    let bad = || refusal(400, &json!({"type": "invalid_request_error", "code": "parameter_unknown"}));
    let (_, gateway) = with([bad(), Answer::Say(503, vec![], String::new())]).await;
    let request = refund(payment(Some("cs_1"), None), eur(1000));
    let kind = gateway.refund(&request, &key("r")).await.unwrap_err().kind;
    assert_eq!(kind, GatewayErrorKind::Misconfigured);
    let kind = gateway.refund(&request, &key("r")).await.unwrap_err().kind;
    assert_eq!(kind, GatewayErrorKind::NotSent);
}

#[tokio::test]
async fn the_check_tells_a_wrong_key_from_a_missing_network() {
    let (_, gateway) = with([list(&[], false), refusal(401, &json!({"message": "Invalid API Key"}))]).await;
    assert!(gateway.check().await.is_ok());
    assert_eq!(gateway.check().await.unwrap_err().kind, GatewayErrorKind::Misconfigured);
}
