//! Bad days on purpose.

use designia_stripe_sandbox::{Card, Fault, FaultKind};

use crate::support::{Stripe, builder, session_form, struck};

const SESSIONS: &str = "/v1/checkout/sessions";

#[tokio::test]
async fn a_lost_reply_loses_the_reply_and_nothing_else() {
    let stripe = Stripe::start().await;
    stripe.sandbox.faults().add(Fault::once(FaultKind::LoseReply).on("POST", SESSIONS));
    let lost = stripe.try_post(SESSIONS, Some("k1"), &session_form(&[])).await;
    assert!(lost.unwrap_err().is_request());
    assert_eq!(stripe.sandbox.objects().count("checkout.session"), 1);
    let replay = stripe.post_with_key(SESSIONS, "k1", &session_form(&[])).await;
    assert_eq!((replay.status, replay.header("idempotent-replayed")), (200, Some("true")));
    assert_eq!(stripe.sandbox.objects().count("checkout.session"), 1);
}

#[tokio::test]
async fn a_500_after_execution_is_stored_and_must_not_be_retried() {
    let stripe = Stripe::start().await;
    stripe.sandbox.faults().add(Fault::once(FaultKind::ErrorAfter));
    for _ in 0..2 {
        let reply = stripe.post_with_key(SESSIONS, "k1", &session_form(&[])).await;
        assert_eq!((reply.status, reply.header("stripe-should-retry")), (500, Some("false")));
        assert_eq!(reply.body["error"]["type"], "api_error");
        assert_eq!(stripe.sandbox.objects().count("checkout.session"), 1);
    }
}

#[tokio::test]
async fn a_500_before_execution_leaves_nothing() {
    let stripe = Stripe::start().await;
    stripe.sandbox.faults().add(Fault::once(FaultKind::ErrorBefore));
    let failed = stripe.post_with_key(SESSIONS, "k1", &session_form(&[])).await;
    assert_eq!((failed.status, failed.header("stripe-should-retry")), (500, None));
    assert_eq!(stripe.sandbox.objects().count("checkout.session"), 0);
    assert_eq!(stripe.post_with_key(SESSIONS, "k1", &session_form(&[])).await.status, 200);
}

#[tokio::test]
async fn a_refused_connection_leaves_nothing() {
    let stripe = Stripe::start().await;
    stripe.sandbox.faults().add(Fault::once(FaultKind::Refuse));
    assert!(stripe.try_post(SESSIONS, None, &session_form(&[])).await.is_err());
    assert_eq!(stripe.sandbox.objects().count("checkout.session"), 0);
}

#[tokio::test]
async fn limits_say_what_they_are() {
    let stripe = Stripe::start().await;
    stripe.sandbox.faults().add(Fault::once(FaultKind::RateLimit));
    stripe.sandbox.faults().add(Fault::once(FaultKind::LockTimeout));
    let limited = stripe.get("/v1/balance").await;
    assert_eq!((limited.status, limited.code()), (429, "rate_limit"));
    assert_eq!(limited.header("stripe-rate-limited-reason"), Some("global-rate"));
    let locked = stripe.get("/v1/balance").await;
    assert_eq!((locked.status, locked.code()), (429, "lock_timeout"));
    assert_eq!(
        (locked.header("stripe-rate-limited-reason"), locked.header("stripe-should-retry")),
        (None, Some("true"))
    );
}

#[tokio::test]
async fn a_late_reply_is_executed_at_once_and_ends_when_faults_are_cleared() {
    let stripe = Stripe::start().await;
    stripe.sandbox.faults().add(Fault::once(FaultKind::DelayReply { millis: 60_000 }).on("POST", SESSIONS));
    let form = session_form(&[]);
    let release = async {
        while stripe.sandbox.objects().count("checkout.session") == 0 {
            tokio::task::yield_now().await;
        }
        stripe.sandbox.faults().clear();
    };
    let (reply, ()) = tokio::join!(stripe.post(SESSIONS, &form), release);
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn a_stalled_request_is_executed_although_its_client_has_hung_up() {
    let stripe = Stripe::start().await;
    stripe.sandbox.faults().add(Fault::once(FaultKind::Stall { millis: 60_000 }).on("POST", SESSIONS));
    let form = session_form(&[]);
    tokio::select! {
        reply = stripe.try_post(SESSIONS, Some("k1"), &form) => panic!("{reply:?}"),
        () = struck(&stripe) => {}
    }
    assert_eq!(stripe.sandbox.objects().count("checkout.session"), 0);
    stripe.sandbox.faults().clear();
    while stripe.sandbox.objects().count("checkout.session") == 0 {
        tokio::task::yield_now().await;
    }
    let replay = stripe.post_with_key(SESSIONS, "k1", &form).await;
    assert_eq!(replay.header("idempotent-replayed"), Some("true"));
}

#[tokio::test]
async fn faults_come_from_the_seed() {
    let run = async |seed: u64| {
        let stripe = Stripe::from(builder().seed(seed).fault(Fault::percent(FaultKind::ErrorBefore, 40))).await;
        let mut statuses = Vec::new();
        for n in 0..30 {
            statuses.push(stripe.post_with_key(SESSIONS, &format!("k{n}"), &session_form(&[])).await.status);
        }
        statuses
    };
    let (one, again, other) = (run(1).await, run(1).await, run(2).await);
    assert_eq!(one, again);
    assert_ne!(one, other);
    assert!(one.contains(&500) && one.contains(&200));
}

#[tokio::test]
async fn the_log_of_requests_tells_what_was_executed() {
    let stripe = Stripe::start().await;
    let form = session_form(&[]);
    stripe.sandbox.faults().add(Fault::once(FaultKind::LoseReply));
    stripe.try_post(SESSIONS, Some("k1"), &form).await.unwrap_err();
    stripe.post_with_key(SESSIONS, "k1", &form).await;
    let log = stripe.sandbox.requests();
    assert_eq!(log.len(), 2);
    assert_eq!((log[0].fault.clone(), log[0].executed, log[0].replayed), (Some(FaultKind::LoseReply), true, false));
    assert_eq!((log[1].fault.clone(), log[1].executed, log[1].replayed), (None, false, true));
    assert_eq!(log[0].idempotency_key.as_deref(), Some("k1"));
    assert_eq!(log[0].form, form.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<Vec<_>>());
}

#[tokio::test]
async fn dropping_the_sandbox_ends_what_it_was_doing() {
    let stripe = Stripe::start().await;
    let session = stripe.session().await;
    stripe.sandbox.pay(&session, Card::Visa).unwrap();
    stripe.sandbox.faults().add(Fault::once(FaultKind::Stall { millis: 60_000 }));
    let Stripe { sandbox, http } = stripe;
    let url = format!("{}/v1/balance", sandbox.base_url());
    let asked = tokio::spawn(http.get(&url).bearer_auth("sk_test_x").send());
    while !sandbox.faults().list().is_empty() {
        tokio::task::yield_now().await;
    }
    sandbox.shutdown().await;
    assert!(asked.await.unwrap().is_err());
    assert!(http.get(&url).send().await.is_err());
}
