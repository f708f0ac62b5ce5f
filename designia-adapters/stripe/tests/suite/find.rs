//! Looking up against scripted answers: what is asked, in which order, and when nothing found means absence.

use designia_core::effect::REPLY_GRACE;
use designia_core::ports::{GatewayErrorKind, PaymentGateway, PaymentStanding};
use designia_core::time::{DAY, MINUTE, Timestamp};
use designia_stripe::gateway::CheckoutPage;
use serde_json::json;

use crate::objects::{intent, list, missing, other, paid_session, session, with};
use crate::peer::{Answer, Peer, ok};
use crate::subject::{STARTED_AT, client, eur, gateway, key, opening, payment};

#[tokio::test]
async fn an_attempt_known_by_its_page_is_read_with_the_payment_behind_it() {
    let (peer, gateway) = with([ok(&paid_session("cs_1"))]).await;
    let found = gateway.look_up(&payment(Some("cs_1"), None)).await.unwrap().unwrap();
    assert_eq!(found.standing, PaymentStanding::Captured { total: eur(4250) });
    assert_eq!(found.refs.payment.as_deref(), Some("pi_1"));
    assert!(found.page.is_none());
    assert_eq!(peer.asked(), ["GET /v1/checkout/sessions/cs_1"]);
    assert_eq!(peer.seen()[0].query, "expand%5B0%5D=payment_intent");
}

#[tokio::test]
async fn an_attempt_known_by_its_payment_is_read_as_the_page_that_owns_it() {
    let (peer, gateway) = with([list(&[session("cs_1", "open", "unpaid")], false), ok(&paid_session("cs_1"))]).await;
    let found = gateway.look_up(&payment(None, Some("pi_1"))).await.unwrap().unwrap();
    assert_eq!(found.refs.session.as_deref(), Some("cs_1"));
    assert_eq!(peer.seen()[0].query, "payment_intent=pi_1&limit=1");

    let (peer, gateway) = with([list(&[], false), ok(&intent("pi_1", "requires_payment_method", 0))]).await;
    let found = gateway.look_up(&payment(None, Some("pi_1"))).await.unwrap().unwrap();
    assert_eq!(found.standing, PaymentStanding::Open { captured: eur(0) });
    assert_eq!(found.page.unwrap().client_secret.as_deref(), Some("pi_1_secret_2"));
    assert_eq!(peer.asked()[1], "GET /v1/payment_intents/pi_1");
}

#[tokio::test]
async fn an_attempt_whose_answer_was_lost_is_found_on_whatever_page_of_the_list_it_is() {
    let strangers = |from: usize| (from..from + 100).map(|n| other(session(&format!("cs_{n}"), "open", "unpaid")));
    let mut last: Vec<_> = strangers(200).collect();
    last.insert(50, session("cs_ours", "open", "unpaid"));
    let (peer, gateway) = with([
        list(&strangers(0).collect::<Vec<_>>(), true),
        list(&strangers(100).collect::<Vec<_>>(), true),
        list(&last, false),
        ok(&session("cs_ours", "open", "unpaid")),
    ])
    .await;
    let found = gateway.look_up(&payment(None, None)).await.unwrap().unwrap();
    assert_eq!(found.refs.session.as_deref(), Some("cs_ours"));
    let page = found.page.unwrap();
    assert_eq!(page.url.as_deref(), Some("https://checkout.stripe.com/c/1"));
    assert_eq!(page.expires_at, STARTED_AT + DAY);
    let seen = peer.seen();
    let window = |from: Timestamp, to: Timestamp| {
        format!("created%5Bgte%5D={}&created%5Blte%5D={}&limit=100", from.as_secs(), to.as_secs())
    };
    assert_eq!(seen[0].query, window(STARTED_AT - MINUTE * 5, STARTED_AT + DAY + MINUTE * 5));
    assert!(seen[1].query.ends_with("&starting_after=cs_99") && seen[2].query.ends_with("&starting_after=cs_199"));
}

#[tokio::test]
async fn an_attempt_that_was_sent_at_a_moment_is_looked_for_around_it_among_both_kinds() {
    let (peer, gateway) = with([list(&[], false), list(&[], false)]).await;
    let sent_at = STARTED_AT + DAY * 2;
    assert_eq!(gateway.find_sent(&payment(None, None), sent_at).await.unwrap(), None);
    assert_eq!(peer.asked(), ["GET /v1/checkout/sessions", "GET /v1/payment_intents"]);
    let (from, to) = (sent_at - MINUTE * 5, sent_at + REPLY_GRACE + MINUTE * 5);
    let window = format!("created%5Bgte%5D={}&created%5Blte%5D={}&limit=100", from.as_secs(), to.as_secs());
    assert!(peer.seen().iter().all(|seen| seen.query == window), "{:?}", peer.seen());

    let (peer, gateway) = with([ok(&session("cs_1", "open", "unpaid"))]).await;
    assert!(gateway.find_sent(&payment(Some("cs_1"), None), sent_at).await.unwrap().is_some());
    assert_eq!(peer.asked(), ["GET /v1/checkout/sessions/cs_1"], "one that has a name is not searched for");
}

#[tokio::test]
async fn absence_is_said_only_after_both_kinds_were_searched_to_the_end() {
    let (peer, gateway) = with([list(&[], false), list(&[other(intent("pi_9", "succeeded", 1))], false)]).await;
    assert_eq!(gateway.look_up(&payment(None, None)).await.unwrap(), None);
    assert_eq!(peer.asked(), ["GET /v1/checkout/sessions", "GET /v1/payment_intents"]);

    let mut by_notes = intent("pi_1", "requires_payment_method", 0);
    by_notes["metadata"]["designia_expires_at"] = json!("1795435200");
    let answers = [list(&[], false), list(std::slice::from_ref(&by_notes), false), list(&[], false), ok(&by_notes)];
    let (_, gateway) = with(answers).await;
    let found = gateway.look_up(&payment(None, None)).await.unwrap().unwrap();
    assert_eq!(found.page.unwrap().expires_at, Timestamp::from_secs(1_795_435_200));
}

#[tokio::test]
async fn a_list_that_breaks_off_or_runs_in_circles_is_not_absence() {
    let circle = || list(&[other(session("cs_1", "open", "unpaid"))], true);
    for answers in [
        vec![circle(), circle()],
        vec![list(&[], true)],
        vec![circle(), Answer::Say(500, vec![], String::new())],
        vec![circle(), Answer::Say(200, vec![], "{\"object\":\"list\",\"data\":[".to_owned())],
    ] {
        let (_, gateway) = with(answers).await;
        let error = gateway.look_up(&payment(None, None)).await.unwrap_err();
        assert_eq!(error.kind, GatewayErrorKind::NotSent, "{error}");
    }
}

#[tokio::test]
async fn an_object_of_the_other_mode_is_not_absent_but_out_of_reach() {
    let message =
        "No such checkout.session: 'cs_1'; a similar object exists in live mode, but a test mode key was used.";
    let (_, gateway) = with([missing(message), missing(message), missing("No such checkout.session: 'cs_1'")]).await;
    let known = payment(Some("cs_1"), None);
    assert_eq!(gateway.look_up(&known).await.unwrap_err().kind, GatewayErrorKind::Misconfigured);
    assert_eq!(gateway.void(&known, &key("v")).await.unwrap_err().kind, GatewayErrorKind::Misconfigured);
    assert_eq!(gateway.look_up(&known).await.unwrap(), None);
}

#[tokio::test]
async fn a_payment_without_a_page_hands_out_its_client_secret_and_our_deadline() {
    let peer = Peer::with([ok(&{
        let mut made = intent("pi_1", "requires_payment_method", 0);
        made["metadata"]["designia_expires_at"] = json!((STARTED_AT + DAY).as_secs().to_string());
        made
    })])
    .await;
    let gateway = gateway(client(&peer.url), CheckoutPage::Elements);
    let opened = gateway.open(&opening(), &key("o")).await.unwrap();
    assert_eq!(opened.refs.payment.as_deref(), Some("pi_1"));
    assert!(!format!("{opened:?}").contains("secret_2"));
    let page = opened.page.unwrap();
    assert_eq!((page.url, page.expires_at), (None, STARTED_AT + DAY));
    assert_eq!(page.client_secret.as_deref(), Some("pi_1_secret_2"));
    assert_eq!(peer.asked(), ["POST /v1/payment_intents"]);
}
