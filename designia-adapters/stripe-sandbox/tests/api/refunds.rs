//! Refunds: how much, how often, and what becomes of them.

use designia_stripe_sandbox::Card;
use serde_json::json;

use crate::support::Stripe;

const REFUNDS: &str = "/v1/refunds";

#[tokio::test]
async fn refunds_never_exceed_the_charge() {
    let stripe = Stripe::start().await;
    let intent = stripe.paid_intent().await;
    let by_intent = ("payment_intent", intent.as_str());
    let part = stripe.post(REFUNDS, &[by_intent, ("amount", "1000"), ("metadata[why]", "late")]).await;
    assert_eq!((&part.body["status"], &part.body["amount"]), (&json!("succeeded"), &json!(1_000)));
    assert_eq!(part.body["metadata"]["why"], "late");
    let over = stripe.post(REFUNDS, &[by_intent, ("amount", "1501")]).await;
    assert_eq!(over.status, 400);
    assert_eq!(over.message(), "Refund amount (15.01 EUR) is greater than unrefunded amount on charge (15.00 EUR)");
    let charge = part.body["charge"].as_str().unwrap();
    let rest = stripe.post(REFUNDS, &[("charge", charge), ("reason", "requested_by_customer")]).await;
    assert_eq!(rest.body["amount"], 1_500);
    let third = stripe.post(REFUNDS, &[by_intent]).await;
    assert_eq!((third.status, third.code()), (400, "charge_already_refunded"));
    let charge = stripe.get(&format!("/v1/charges/{charge}?expand[]=refunds")).await.body;
    assert_eq!((&charge["refunded"], &charge["amount_refunded"]), (&json!(true), &json!(2_500)));
    assert_eq!(charge["refunds"]["data"].as_array().unwrap().len(), 2);
    let told = stripe.event_types();
    assert_eq!(told[told.len() - 2..], ["refund.created", "charge.refunded"]);
}

#[tokio::test]
async fn a_refund_needs_something_paid() {
    let stripe = Stripe::start().await;
    let intent = stripe.paid_intent().await;
    let session = stripe.session().await;
    stripe.sandbox.pay(&session, Card::Declined).unwrap_err();
    let unpaid = stripe.retrieve(&session).await["payment_intent"].as_str().unwrap().to_owned();
    for (form, status, code) in [
        (vec![], 400, "parameter_missing"),
        (vec![("payment_intent", "pi_x")], 404, "resource_missing"),
        (vec![("charge", "ch_x")], 404, "resource_missing"),
        (vec![("payment_intent", unpaid.as_str())], 400, ""),
        (vec![("payment_intent", intent.as_str()), ("amount", "0")], 400, "parameter_invalid_integer"),
        (vec![("payment_intent", intent.as_str()), ("amount", "-5")], 400, "parameter_invalid_integer"),
        (vec![("payment_intent", intent.as_str()), ("reason", "whatever")], 400, ""),
        (vec![("payment_intent", intent.as_str()), ("reverse_transfer", "true")], 400, "parameter_unknown"),
    ] {
        let reply = stripe.post(REFUNDS, &form).await;
        assert_eq!((reply.status, reply.code()), (status, code), "{form:?}: {reply:?}");
    }
    assert_eq!(stripe.sandbox.objects().count("refund"), 0);
}

#[tokio::test]
async fn a_pending_refund_waits_for_its_fate() {
    let stripe = Stripe::start().await;
    stripe.sandbox.refunds_start_pending(true);
    let intent = stripe.paid_intent().await;
    let refund = stripe.post(REFUNDS, &[("payment_intent", &intent), ("amount", "700")]).await;
    assert_eq!((&refund.body["status"], &refund.body["pending_reason"]), (&json!("pending"), &json!("processing")));
    let arrived = stripe.sandbox.succeed_refund(&refund.id()).unwrap();
    assert_eq!(arrived["status"], "succeeded");
    let told = stripe.event_types();
    assert_eq!(told[told.len() - 2..], ["refund.updated", "charge.refund.updated"]);
    assert!(stripe.sandbox.succeed_refund(&refund.id()).is_err());
}

#[tokio::test]
async fn a_refund_that_fails_gives_the_money_back_to_the_merchant() {
    let stripe = Stripe::start().await;
    let intent = stripe.paid_intent().await;
    let refund = stripe.post(REFUNDS, &[("payment_intent", &intent)]).await;
    let failed = stripe.sandbox.fail_refund(&refund.id()).unwrap();
    assert_eq!((&failed["status"], &failed["failure_reason"]), (&json!("failed"), &json!("expired_or_canceled_card")));
    assert!(failed["failure_balance_transaction"].is_string());
    let charge = stripe.get(&format!("/v1/charges/{}", failed["charge"].as_str().unwrap())).await.body;
    assert_eq!((&charge["refunded"], &charge["amount_refunded"]), (&json!(false), &json!(0)));
    assert_eq!(stripe.event_types().last().unwrap(), "refund.failed");
    assert!(stripe.sandbox.fail_refund(&refund.id()).is_err());
    assert_eq!(stripe.post(REFUNDS, &[("payment_intent", &intent)]).await.status, 200);
}

#[tokio::test]
async fn special_cards_decide_the_fate_of_their_refunds() {
    let stripe = Stripe::start().await;
    for (card, first, then) in [(Card::RefundPends, "pending", "succeeded"), (Card::RefundFails, "succeeded", "failed")]
    {
        let session = stripe.session().await;
        let intent = stripe.sandbox.pay(&session, card).unwrap()["payment_intent"].as_str().unwrap().to_owned();
        let refund = stripe.post(REFUNDS, &[("payment_intent", &intent)]).await;
        assert_eq!(refund.body["status"], first);
        stripe.advance(3_600);
        assert_eq!(stripe.get(&format!("{REFUNDS}/{}", refund.id())).await.body["status"], then);
    }
}

#[tokio::test]
async fn refunds_are_listed_by_charge_and_by_intent() {
    let stripe = Stripe::start().await;
    let (one, two) = (stripe.paid_intent().await, stripe.paid_intent().await);
    for intent in [&one, &one, &two] {
        stripe.post(REFUNDS, &[("payment_intent", intent), ("amount", "100")]).await;
    }
    let of_one = stripe.get(&format!("{REFUNDS}?payment_intent={one}")).await;
    assert_eq!(of_one.data().len(), 2);
    let charge = of_one.data()[0]["charge"].as_str().unwrap();
    assert_eq!(stripe.get(&format!("{REFUNDS}?charge={charge}")).await.ids(), of_one.ids());
}
