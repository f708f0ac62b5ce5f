//! Checkout Sessions: what may be created, and how they end.

use designia_stripe_sandbox::{Card, Delayed};
use serde_json::json;

use crate::support::{START, Stripe, session_form};

const SESSIONS: &str = "/v1/checkout/sessions";

#[tokio::test]
async fn a_session_is_open_and_unpaid_and_has_no_intent_until_the_buyer_acts() {
    let stripe = Stripe::start().await;
    let form = session_form(&[
        ("cancel_url", "https://shop.example/cart"),
        ("client_reference_id", "order-1"),
        ("metadata[order]", "1"),
        ("payment_intent_data[transfer_group]", "order-1"),
        ("payment_intent_data[metadata][order]", "1"),
        ("allowed_payment_method_types[0]", "card"),
        ("adaptive_pricing[enabled]", "false"),
        ("customer_email", "ada@example.com"),
        ("locale", "pt-BR"),
    ]);
    let reply = stripe.post(SESSIONS, &form).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let session = &reply.body;
    for (field, expected) in [
        ("object", json!("checkout.session")),
        ("status", json!("open")),
        ("payment_status", json!("unpaid")),
        ("amount_total", json!(2_500)),
        ("currency", json!("eur")),
        ("payment_intent", json!(null)),
        ("expires_at", json!(START + 86_400)),
        ("ui_mode", json!("hosted_page")),
        ("client_reference_id", json!("order-1")),
        ("metadata", json!({ "order": "1" })),
        ("payment_method_types", json!(["card"])),
        ("adaptive_pricing", json!({ "enabled": false })),
        ("livemode", json!(false)),
    ] {
        assert_eq!(session[field], expected, "{field}");
    }
    assert!(reply.id().starts_with("cs_test_"));
    assert!(session["url"].as_str().unwrap().starts_with(&stripe.sandbox.base_url()));
}

#[tokio::test]
async fn a_bad_session_is_refused() {
    let stripe = Stripe::start().await;
    let soon = (START + 60).to_string();
    let far = (START + 86_401).to_string();
    let long = "x".repeat(201);
    let unit = "line_items[0][price_data][unit_amount]";
    let currency = "line_items[0][price_data][currency]";
    let name = "line_items[0][price_data][product_data][name]";
    for (more, param, code) in [
        (("mode", "-"), "mode", "parameter_missing"),
        (("mode", "subscription"), "mode", ""),
        (("success_url", "-"), "success_url", "parameter_missing"),
        (("success_url", "shop"), "success_url", "url_invalid"),
        (("return_url", "https://shop.example"), "return_url", ""),
        (("ui_mode", "hosted"), "ui_mode", ""),
        (("ui_mode", "embedded"), "ui_mode", ""),
        (("ui_mode", "custom"), "ui_mode", ""),
        (("ui_mode", "embedded_page"), "success_url", ""),
        (("expires_at", &soon), "expires_at", ""),
        (("expires_at", &far), "expires_at", ""),
        (("expires_at", "soon"), "expires_at", "parameter_invalid_integer"),
        ((unit, "0"), unit, "parameter_invalid_integer"),
        ((unit, "-5"), unit, "parameter_invalid_integer"),
        ((unit, "1.5"), unit, "parameter_invalid_integer"),
        ((unit, "-"), unit, "parameter_missing"),
        ((unit, "24"), "line_items", "amount_too_small"),
        ((unit, "999999999999999"), "line_items", "amount_too_large"),
        ((unit, "9223372036854775807"), unit, "amount_too_large"),
        ((currency, "zzz"), currency, ""),
        ((name, "-"), "line_items[0][price_data][product_data]", "parameter_missing"),
        (("line_items[0][quantity]", "0"), "line_items[0][quantity]", "parameter_invalid_integer"),
        (("line_items[0][quantity]", "-"), "line_items[0][quantity]", "parameter_missing"),
        (("line_items[0][bogus]", "1"), "line_items[0][bogus]", "parameter_unknown"),
        (("bogus", "1"), "bogus", "parameter_unknown"),
        (("payment_intent_data[bogus]", "1"), "payment_intent_data[bogus]", "parameter_unknown"),
        (("client_reference_id", &long), "client_reference_id", ""),
        (("customer_email", "nobody"), "customer_email", "email_invalid"),
        (("locale", "xx"), "locale", ""),
        (("allowed_payment_method_types[0]", "boleto"), "allowed_payment_method_types[0]", ""),
        (("allowed_payment_method_types[0]", "cash"), "allowed_payment_method_types[0]", ""),
        (("customer", "cus_x"), "customer", "resource_missing"),
    ] {
        let reply = stripe.post(SESSIONS, &session_form(&[more])).await;
        assert!(matches!(reply.status, 400 | 404), "{more:?}: {reply:?}");
        assert_eq!((reply.body["error"]["param"].as_str(), reply.code()), (Some(param), code), "{more:?}: {reply:?}");
    }
    assert_eq!(stripe.sandbox.objects().count("checkout.session"), 0);
}

#[tokio::test]
async fn an_embedded_page_has_a_return_url_and_a_client_secret_and_no_url() {
    let stripe = Stripe::start().await;
    let embedded = [("ui_mode", "embedded_page"), ("success_url", "-")];
    let missing = stripe.post(SESSIONS, &session_form(&embedded)).await;
    assert_eq!((missing.code(), missing.body["error"]["param"].as_str()), ("parameter_missing", Some("return_url")));
    let mut more = embedded.to_vec();
    more.push(("return_url", "https://shop.example/back"));
    let reply = stripe.post(SESSIONS, &session_form(&more)).await;
    assert!(reply.body["url"].is_null() && reply.body["client_secret"].is_string(), "{reply:?}");
}

#[tokio::test]
async fn all_lines_have_one_currency() {
    let stripe = Stripe::start().await;
    let more = [
        ("line_items[1][price_data][currency]", "usd"),
        ("line_items[1][price_data][unit_amount]", "100"),
        ("line_items[1][price_data][product_data][name]", "Cup"),
        ("line_items[1][quantity]", "1"),
    ];
    assert!(stripe.post(SESSIONS, &session_form(&more)).await.message().contains("same currency"));
}

#[tokio::test]
async fn delayed_methods_are_offered_where_they_serve_and_can_be_excluded() {
    let stripe = Stripe::start().await;
    let offered = stripe.retrieve(&stripe.session().await).await;
    assert_eq!(offered["payment_method_types"], json!(["card", "multibanco", "sepa_debit"]));
    let exclude =
        [("excluded_payment_method_types[0]", "multibanco"), ("excluded_payment_method_types[1]", "sepa_debit")];
    let session = stripe.session_with(&exclude).await;
    assert_eq!(stripe.retrieve(&session).await["payment_method_types"], json!(["card"]));
    let refused = stripe.sandbox.pay_delayed(&session, &Delayed::new("multibanco")).unwrap_err();
    assert!(refused.message().contains("does not offer"), "{refused}");
}

#[tokio::test]
async fn a_card_payment_completes_the_session_and_tells_it_in_order() {
    let stripe = Stripe::start().await;
    let data = [("payment_intent_data[metadata][order]", "7"), ("payment_intent_data[transfer_group]", "order-7")];
    let id = stripe.session_with(&data).await;
    let session = stripe.sandbox.pay(&id, Card::Visa).unwrap();
    assert_eq!((&session["status"], &session["payment_status"]), (&json!("complete"), &json!("paid")));
    assert!(session["url"].is_null());
    let intent = stripe.get(&format!("/v1/payment_intents/{}", session["payment_intent"].as_str().unwrap())).await.body;
    assert_eq!((&intent["status"], &intent["amount_received"]), (&json!("succeeded"), &json!(2_500)));
    assert_eq!((&intent["metadata"]["order"], &intent["transfer_group"]), (&json!("7"), &json!("order-7")));
    let charge = stripe.get(&format!("/v1/charges/{}", intent["latest_charge"].as_str().unwrap())).await.body;
    assert_eq!((&charge["paid"], &charge["payment_method_details"]["card"]["last4"]), (&json!(true), &json!("4242")));
    let told = ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"];
    assert_eq!(stripe.event_types(), told);
    assert!(stripe.sandbox.pay(&id, Card::Visa).is_err());
}

#[tokio::test]
async fn a_declined_card_is_a_failed_attempt_and_leaves_the_session_open() {
    let stripe = Stripe::start().await;
    let id = stripe.session().await;
    let refused = stripe.sandbox.pay(&id, Card::Declined).unwrap_err();
    assert_eq!(refused.code(), "card_declined");
    assert_eq!(refused.body()["error"]["type"], "card_error");
    let poor = stripe.sandbox.pay(&id, Card::InsufficientFunds).unwrap_err();
    assert_eq!(poor.body()["error"]["decline_code"], "insufficient_funds");
    let session = stripe.retrieve(&id).await;
    assert_eq!(session["status"], "open");
    let intent = stripe.get(&format!("/v1/payment_intents/{}", session["payment_intent"].as_str().unwrap())).await.body;
    assert_eq!(intent["status"], "requires_payment_method");
    assert_eq!(intent["last_payment_error"]["decline_code"], "insufficient_funds");
    let told = ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"];
    assert_eq!(stripe.event_types()[..3], told);
    stripe.sandbox.pay(&id, Card::Visa).unwrap();
    assert_eq!(stripe.sandbox.objects().count("payment_intent"), 1);
    assert_eq!(stripe.sandbox.objects().count("charge"), 3);
}

#[tokio::test]
async fn three_d_secure_asks_the_buyer_first() {
    let stripe = Stripe::start().await;
    let id = stripe.session().await;
    let asked = stripe.sandbox.pay(&id, Card::Authenticates).unwrap();
    assert_eq!(asked["status"], "open");
    assert_eq!(stripe.sandbox.settle(&id, false).unwrap()["status"], "open");
    stripe.sandbox.pay(&id, Card::Authenticates).unwrap();
    assert_eq!(stripe.sandbox.settle(&id, true).unwrap()["payment_status"], "paid");
    assert!(stripe.event_types().contains(&"payment_intent.requires_action".to_owned()));
}

#[tokio::test]
async fn a_voucher_completes_the_session_unpaid_and_settles_later() {
    let stripe = Stripe::start().await;
    let id = stripe.session().await;
    let session = stripe.sandbox.pay_delayed(&id, &Delayed::new("multibanco")).unwrap();
    assert_eq!((&session["status"], &session["payment_status"]), (&json!("complete"), &json!("unpaid")));
    let intent = stripe.sandbox.objects().of("payment_intent")[0].clone();
    assert_eq!(intent["status"], "requires_action");
    let settled = stripe.sandbox.settle(&id, true).unwrap();
    assert_eq!(settled["payment_status"], "paid");
    let told = [
        "payment_intent.created",
        "payment_intent.requires_action",
        "checkout.session.completed",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.async_payment_succeeded",
    ];
    assert_eq!(stripe.event_types(), told);
    assert!(stripe.sandbox.settle(&id, true).is_err());
}

#[tokio::test]
async fn a_debit_is_processing_until_the_bank_answers() {
    let stripe = Stripe::start().await;
    let id = stripe.session().await;
    stripe.sandbox.pay_delayed(&id, &Delayed::new("sepa_debit")).unwrap();
    assert_eq!(stripe.sandbox.objects().of("payment_intent")[0]["status"], "processing");
    assert_eq!(stripe.sandbox.objects().of("charge")[0]["status"], "pending");
    stripe.sandbox.settle(&id, false).unwrap();
    assert_eq!(stripe.sandbox.objects().of("charge")[0]["status"], "failed");
    let told = [
        "payment_intent.created",
        "payment_intent.processing",
        "charge.pending",
        "checkout.session.completed",
        "charge.failed",
        "payment_intent.payment_failed",
        "checkout.session.async_payment_failed",
    ];
    assert_eq!(stripe.event_types(), told);
}

#[tokio::test]
async fn only_an_open_session_can_be_expired() {
    let stripe = Stripe::start().await;
    let id = stripe.session().await;
    stripe.sandbox.pay(&id, Card::Declined).unwrap_err();
    let path = format!("{SESSIONS}/{id}/expire");
    let expired = stripe.post(&path, &[]).await;
    assert_eq!((&expired.body["status"], &expired.body["url"]), (&json!("expired"), &json!(null)));
    assert_eq!(stripe.sandbox.objects().of("payment_intent")[0]["status"], "canceled");
    let again = stripe.post(&path, &[]).await;
    assert_eq!(again.status, 400);
    let text = "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of `expired`.";
    assert_eq!(again.message(), text);
    assert!(stripe.sandbox.pay(&id, Card::Visa).is_err());
    let types = stripe.event_types();
    assert_eq!(types[types.len() - 2..], ["payment_intent.canceled", "checkout.session.expired"]);
}

#[tokio::test]
async fn late_money_lands_on_an_expired_session() {
    let stripe = Stripe::start().await;
    let (fresh, tried) = (stripe.session().await, stripe.session().await);
    stripe.sandbox.pay(&tried, Card::Declined).unwrap_err();
    for id in [fresh, tried] {
        stripe.post(&format!("{SESSIONS}/{id}/expire"), &[]).await;
        let session = stripe.sandbox.pay_late(&id, Card::Visa).unwrap();
        assert_eq!((&session["status"], &session["payment_status"]), (&json!("expired"), &json!("paid")));
        let intent = session["payment_intent"].as_str().unwrap();
        let intent = stripe.get(&format!("/v1/payment_intents/{intent}")).await.body;
        assert_eq!((&intent["status"], &intent["canceled_at"]), (&json!("succeeded"), &json!(null)));
        assert_eq!(stripe.event_types().last().unwrap(), "payment_intent.succeeded");
        assert!(stripe.sandbox.pay_late(&id, Card::Visa).is_err());
    }
    let charges = stripe.sandbox.objects();
    assert_eq!(charges.of("charge").iter().filter(|charge| charge["paid"] == true).count(), 2);
}

#[tokio::test]
async fn line_items_are_listed_with_their_totals() {
    let stripe = Stripe::start().await;
    let id = stripe.session().await;
    let items = stripe.get(&format!("{SESSIONS}/{id}/line_items")).await;
    let item = &items.data()[0];
    assert_eq!((&item["amount_total"], &item["description"]), (&json!(2_500), &json!("Teapot")));
    assert_eq!(item["price"]["unit_amount"], 1_250);
}
