//! Who may ask, for what, and how refusals look.

use reqwest::Method;

use crate::support::{Stripe, builder, send, session_form};

#[tokio::test]
async fn a_request_needs_a_test_key() {
    let stripe = Stripe::start().await;
    let url = format!("{}/v1/balance", stripe.sandbox.base_url());
    for (request, status) in [
        (stripe.http.get(&url), 401),
        (stripe.http.get(&url).bearer_auth("sk_live_0123456789"), 401),
        (stripe.http.get(&url).bearer_auth("sk_test_x"), 200),
        (stripe.http.get(&url).basic_auth("sk_test_x", Some("")), 200),
    ] {
        assert_eq!(send(request).await.unwrap().status, status);
    }
}

#[tokio::test]
async fn a_sandbox_with_a_key_of_its_own_takes_no_other() {
    let stripe = Stripe::from(builder().api_key("sk_test_mine")).await;
    assert_eq!(stripe.get("/v1/balance").await.status, 401);
    let url = format!("{}/v1/balance", stripe.sandbox.base_url());
    assert_eq!(send(stripe.http.get(url).bearer_auth("sk_test_mine")).await.unwrap().status, 200);
    assert!(!format!("{:?}", stripe.sandbox).contains("sk_test_mine"));
}

#[tokio::test]
async fn every_answer_carries_a_request_id_and_the_version_asked_for() {
    let stripe = Stripe::start().await;
    let plain = stripe.get("/v1/balance").await;
    assert_eq!(plain.header("stripe-version"), Some("2026-10-28.endive"));
    let asked = stripe.request(Method::GET, "/v1/nothing").header("Stripe-Version", "2026-09-30.dahlia");
    let asked = send(asked).await.unwrap();
    assert_eq!(asked.header("stripe-version"), Some("2026-09-30.dahlia"));
    assert!(asked.header("request-id").unwrap().starts_with("req_"));
    assert_ne!(asked.header("request-id"), plain.header("request-id"));
}

#[tokio::test]
async fn an_unknown_url_is_a_404_in_stripes_shape() {
    let stripe = Stripe::start().await;
    for reply in [stripe.get("/v1/subscriptions").await, stripe.post("/v1/charges", &[]).await] {
        assert_eq!(reply.status, 404);
        assert_eq!(reply.body["error"]["type"], "invalid_request_error");
        assert!(reply.message().starts_with("Unrecognized request URL ("), "{}", reply.message());
    }
}

#[tokio::test]
async fn a_missing_object_is_a_404_that_names_it() {
    let stripe = Stripe::start().await;
    for path in ["checkout/sessions/cs_x", "payment_intents/pi_x", "charges/ch_x", "refunds/re_x", "events/evt_x"] {
        let reply = stripe.get(&format!("/v1/{path}")).await;
        assert_eq!((reply.status, reply.code()), (404, "resource_missing"), "{path}");
    }
}

#[tokio::test]
async fn a_connected_account_is_not_ours_to_act_for() {
    let stripe = Stripe::start().await;
    let request = stripe.request(Method::GET, "/v1/balance").header("Stripe-Account", "acct_1");
    let reply = send(request).await.unwrap();
    assert_eq!((reply.status, reply.code()), (403, "account_invalid"));
}

#[tokio::test]
async fn expansion_replaces_ids_by_objects() {
    let stripe = Stripe::start().await;
    let session = stripe.session().await;
    stripe.sandbox.pay(&session, designia_stripe_sandbox::Card::Visa).unwrap();
    let path = format!("/v1/checkout/sessions/{session}");
    let plain = stripe.get(&path).await.body;
    assert!(plain["payment_intent"].is_string() && plain.get("line_items").is_none());
    let deep = "expand[0]=payment_intent.latest_charge.balance_transaction&expand[1]=line_items";
    let body = stripe.get(&format!("{path}?{deep}")).await.body;
    assert_eq!(body["payment_intent"]["latest_charge"]["balance_transaction"]["net"], 2_500 - 63);
    assert_eq!(body["line_items"]["data"][0]["quantity"], 2);
    let list = stripe.get("/v1/checkout/sessions?expand[]=data.payment_intent").await.body;
    assert_eq!(list["data"][0]["payment_intent"]["status"], "succeeded");
}

#[tokio::test]
async fn a_path_that_leads_nowhere_cannot_be_expanded() {
    let stripe = Stripe::start().await;
    let before = stripe.sandbox.objects().counts().len();
    for expand in ["bogus", "payment_intent.bogus", "data.payment_intent", "url"] {
        let reply = stripe.post("/v1/checkout/sessions", &session_form(&[("expand[]", expand)])).await;
        assert_eq!(reply.status, 400, "{expand}");
        assert!(reply.message().contains("cannot be expanded"), "{}", reply.message());
    }
    let deep = "payment_intent.latest_charge.payment_intent.latest_charge.payment_intent";
    let reply = stripe.post("/v1/checkout/sessions", &session_form(&[("expand[]", deep)])).await;
    assert!(reply.message().contains("more than 4 levels"), "{}", reply.message());
    assert_eq!(stripe.sandbox.objects().counts().len(), before);
    assert_eq!(stripe.sandbox.objects().count("checkout.session"), 0);
}

#[tokio::test]
async fn customers_are_created_and_retrieved() {
    let stripe = Stripe::start().await;
    let form = [("email", "ada@example.com"), ("name", "Ada"), ("metadata[user]", "7"), ("metadata[gone]", "")];
    let customer = stripe.post("/v1/customers", &form).await;
    assert_eq!(customer.body["metadata"], serde_json::json!({ "user": "7" }));
    let again = stripe.get(&format!("/v1/customers/{}", customer.id())).await;
    assert_eq!(again.body, customer.body);
    assert_eq!(stripe.post("/v1/customers", &[("email", "nobody")]).await.code(), "email_invalid");
}

#[tokio::test]
async fn the_balance_adds_up() {
    let stripe = Stripe::start().await;
    stripe.paid_intent().await;
    let balance = stripe.get("/v1/balance").await.body;
    assert_eq!(balance["pending"][0]["amount"], 2_437);
    assert_eq!(balance["available"][0]["amount"], 0);
    stripe.advance(3 * 86_400);
    assert_eq!(stripe.get("/v1/balance").await.body["available"][0]["amount"], 2_437);
}

#[tokio::test]
async fn the_router_can_be_served_by_somebody_else() {
    let sandbox = builder().mount("http://127.0.0.1:1/stripe/").unwrap();
    let request = axum::http::Request::get("/v1/balance").header("authorization", "Bearer sk_test_x");
    let request = request.body(axum::body::Body::empty()).unwrap();
    let response = tower::ServiceExt::oneshot(sandbox.router(), request).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(sandbox.base_url(), "http://127.0.0.1:1/stripe");
}

#[tokio::test]
async fn the_sandbox_listens_on_loopback_only() {
    let refused = builder().bind("0.0.0.0:0".parse().unwrap()).start().await.unwrap_err();
    assert!(refused.to_string().contains("loopback only"), "{refused}");
    let refused = builder().webhook("http://example.com/hook", "whsec_x").start().await.unwrap_err();
    assert!(refused.to_string().contains("this machine only"), "{refused}");
}
