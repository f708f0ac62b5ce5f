//! Idempotency keys.

use designia_stripe_sandbox::{Fault, FaultKind};

use crate::support::{Stripe, session_form, struck};

const SESSIONS: &str = "/v1/checkout/sessions";

#[tokio::test]
async fn the_first_answer_is_given_again_for_a_day() {
    let stripe = Stripe::start().await;
    let form = session_form(&[]);
    let first = stripe.post_with_key(SESSIONS, "k1", &form).await;
    assert_eq!(first.header("idempotent-replayed"), None);
    assert_eq!(first.header("idempotency-key"), Some("k1"));
    stripe.advance(86_399);
    let replay = stripe.post_with_key(SESSIONS, "k1", &form).await;
    assert_eq!((replay.status, &replay.body), (200, &first.body));
    assert_eq!(replay.header("idempotent-replayed"), Some("true"));
    assert_eq!(replay.header("original-request"), first.header("request-id"));
    assert_ne!(replay.header("request-id"), first.header("request-id"));
    assert_eq!(stripe.sandbox.objects().count("checkout.session"), 1);
    stripe.advance(1);
    assert_ne!(stripe.post_with_key(SESSIONS, "k1", &form).await.id(), first.id());
}

#[tokio::test]
async fn the_order_of_parameters_does_not_matter() {
    let stripe = Stripe::start().await;
    let mut form = session_form(&[]);
    let first = stripe.post_with_key(SESSIONS, "k1", &form).await;
    form.reverse();
    assert_eq!(stripe.post_with_key(SESSIONS, "k1", &form).await.id(), first.id());
}

#[tokio::test]
async fn a_key_belongs_to_one_request() {
    let stripe = Stripe::start().await;
    stripe.post_with_key(SESSIONS, "k1", &session_form(&[])).await;
    for reply in [
        stripe.post_with_key(SESSIONS, "k1", &session_form(&[("line_items[0][quantity]", "3")])).await,
        stripe.post_with_key("/v1/customers", "k1", &[("name", "Ada")]).await,
    ] {
        assert_eq!((reply.status, reply.code()), (400, ""));
        assert_eq!(reply.body["error"]["type"], "idempotency_error");
    }
}

#[tokio::test]
async fn a_failure_after_execution_began_is_remembered() {
    let stripe = Stripe::start().await;
    let form =
        [("amount", "1000"), ("currency", "usd"), ("confirm", "true"), ("payment_method", "pm_card_chargeDeclined")];
    let first = stripe.post_with_key("/v1/payment_intents", "k1", &form).await;
    let replay = stripe.post_with_key("/v1/payment_intents", "k1", &form).await;
    assert_eq!((first.status, replay.status), (402, 402));
    assert_eq!((replay.header("idempotent-replayed"), &replay.body), (Some("true"), &first.body));
    assert_eq!(stripe.sandbox.objects().count("payment_intent"), 1);

    let missing = stripe.post_with_key("/v1/refunds", "k2", &[("payment_intent", "pi_x")]).await;
    let again = stripe.post_with_key("/v1/refunds", "k2", &[("payment_intent", "pi_x")]).await;
    assert_eq!((missing.status, again.header("idempotent-replayed")), (404, Some("true")));
}

#[tokio::test]
async fn a_request_that_never_began_is_forgotten() {
    let stripe = Stripe::start().await;
    let bad = session_form(&[("mode", "-")]);
    assert_eq!(stripe.post_with_key(SESSIONS, "k1", &bad).await.status, 400);
    let corrected = stripe.post_with_key(SESSIONS, "k1", &session_form(&[])).await;
    assert_eq!((corrected.status, corrected.header("idempotent-replayed")), (200, None));

    for kind in [FaultKind::RateLimit, FaultKind::LockTimeout, FaultKind::ErrorBefore] {
        stripe.sandbox.faults().add(Fault::once(kind.clone()));
        assert!(stripe.post_with_key(SESSIONS, "k2", &bad).await.status >= 429, "{kind:?}");
    }
    assert_eq!(stripe.post_with_key(SESSIONS, "k2", &session_form(&[])).await.status, 200);
}

#[tokio::test]
async fn a_key_under_way_is_in_use() {
    let stripe = Stripe::start().await;
    stripe.sandbox.faults().add(Fault::once(FaultKind::Stall { millis: 60_000 }).on("POST", SESSIONS));
    let form = session_form(&[]);
    let slow = stripe.try_post(SESSIONS, Some("k1"), &form);
    let meanwhile = async {
        struck(&stripe).await;
        let busy = stripe.post_with_key(SESSIONS, "k1", &form).await;
        assert_eq!((busy.status, busy.code()), (409, "idempotency_key_in_use"));
        assert_eq!(busy.body["error"]["type"], "invalid_request_error");
        stripe.sandbox.faults().clear();
    };
    let (slow, ()) = tokio::join!(slow, meanwhile);
    assert_eq!(slow.unwrap().status, 200);
    assert_eq!(stripe.sandbox.objects().count("checkout.session"), 1);
}

#[tokio::test]
async fn a_key_has_at_most_255_characters() {
    let stripe = Stripe::start().await;
    assert_eq!(stripe.post_with_key(SESSIONS, &"k".repeat(256), &session_form(&[])).await.status, 400);
    assert_eq!(stripe.post_with_key(SESSIONS, &"k".repeat(255), &session_form(&[])).await.status, 200);
}

#[tokio::test]
async fn a_get_knows_no_keys() {
    let stripe = Stripe::start().await;
    let id = stripe.session().await;
    for path in [format!("{SESSIONS}/{id}"), SESSIONS.to_owned()] {
        let request = stripe.request(reqwest::Method::GET, &path).header("Idempotency-Key", "k1");
        assert_eq!(crate::support::send(request).await.unwrap().status, 200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_with_one_key_makes_one_object() {
    let stripe = Stripe::start().await;
    let form = session_form(&[]);
    let crowd = (0..16).map(|_| stripe.post_with_key(SESSIONS, "k1", &form));
    let replies = futures_util::future::join_all(crowd).await;
    assert!(replies.iter().all(|reply| reply.status == 200 && reply.id() == replies[0].id()));
    assert_eq!(replies.iter().filter(|reply| reply.header("idempotent-replayed").is_none()).count(), 1);
    assert_eq!(stripe.sandbox.objects().count("checkout.session"), 1);
}
