//! The routes one by one: what they answer, and what they refuse.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{GOOD, Place, Server, id, kinds, on_every_database};

const CHECKOUT: &str = "/api/payments/checkout_session/";

on_every_database! {
    products_are_read_by_anyone_in_pages_by_number_or_by_cursor,
    a_checkout_answers_with_the_order_and_the_page_to_pay_it_on,
    an_embedded_checkout_answers_with_the_secret_of_the_form,
    a_checkout_that_breaks_a_rule_names_field_and_rule_and_changes_nothing,
    a_repeated_checkout_with_the_same_key_is_the_same_order,
    lists_of_orders_show_each_order_to_its_own_people_by_status,
    shipping_works_under_the_web_clients_name_and_its_rules_are_named,
    rates_are_told_with_their_publisher_and_day,
    the_document_names_every_route_and_the_docs_page_needs_nobody_else,
    figures_of_the_engine_are_told_to_the_admin,
}

async fn products_are_read_by_anyone_in_pages_by_number_or_by_cursor(place: &Place) {
    let server = Server::start(place, &[]).await;
    let all = server.get("", "/api/marketplace/products/").await.ok();
    assert_eq!(
        (all["count"].as_u64(), all["has_next"].as_bool(), all["page"].as_u64()),
        (Some(8), Some(false), Some(1))
    );
    let first = server.get("", "/api/marketplace/products?page=1&page_size=5").await.ok();
    let by_number = server.get("", "/api/marketplace/products/?page=2&page_size=5").await.ok();
    let next = first["next"].as_str().unwrap();
    let by_cursor = server.get("", &format!("/api/marketplace/products/?after={next}&page_size=5")).await.ok();
    assert_eq!(by_number["results"], by_cursor["results"]);
    assert_eq!(by_cursor["results"].as_array().unwrap().len(), 3);
    let product = server.product("espresso-cup").await;
    assert_eq!((product["price"].as_str(), product["currency"].as_str()), (Some("17.90"), Some("EUR")));
    assert_eq!(product["seller"]["username"], "seller");
    assert_eq!(server.product(product["id"].as_str().unwrap()).await, product);
    server.get("", "/api/marketplace/products/no-such-thing/").await.refused(404, "not_found");
}

async fn a_checkout_answers_with_the_order_and_the_page_to_pay_it_on(place: &Place) {
    let server = Server::start(place, &[]).await;
    let checkout = server.checkout(&[("tea-bowl", 2), ("field-notebook", 1)]).await;
    assert_eq!((checkout["status"].as_str(), checkout["currency"].as_str()), (Some("pending_payment"), Some("EUR")));
    for field in ["order_id", "url", "expires_at", "payment_deadline", "retry_url"] {
        assert!(checkout[field].is_string(), "{field}: {checkout}");
    }
    let order = server.order("buyer", id(&checkout)).await;
    assert_eq!(order["items"].as_array().unwrap().len(), 2);
    assert_eq!(
        (order["items"][0]["unit_price"].as_str(), order["items"][0]["total_price"].as_str()),
        (Some("38.50"), Some("77.00"))
    );
    assert_eq!(
        (order["items"][1]["list_price"].as_str(), order["items"][1]["list_currency"].as_str()),
        (Some("2400"), Some("JPY"))
    );
    assert_eq!(order["exchange_rates"][0]["source"], "ecb (bundled snapshot)");
    assert_eq!(order["total_amount"], checkout["total_amount"]);
    assert_eq!(order["allowed_actions"], json!(["cancel"]));
    assert_eq!(kinds(&order)[0], "placed");
    let again = server.get("buyer", checkout["retry_url"].as_str().unwrap()).await.ok();
    assert_eq!((&again["url"], &again["order_id"]), (&checkout["url"], &checkout["order_id"]));
}

async fn an_embedded_checkout_answers_with_the_secret_of_the_form(place: &Place) {
    let server = Server::start(place, &["--checkout-ui", "embedded"]).await;
    let checkout = server.checkout(&[("tea-bowl", 1)]).await;
    assert!(checkout["url"].is_null());
    assert!(checkout["clientSecret"].is_string());
    assert_eq!(checkout["clientSecret"], checkout["client_secret"]);
}

async fn a_checkout_that_breaks_a_rule_names_field_and_rule_and_changes_nothing(place: &Place) {
    let server = Server::start(place, &[]).await;
    let product = server.product("moon-jar").await["id"].clone();
    let line = |quantity: i64| json!([{ "product_id": product, "quantity": quantity }]);
    let address = |country: &str| json!({ "name": "A", "address_line1": "B", "city": "C", "country": country });
    for (body, field) in [
        (json!({}), "items"),
        (json!({ "items": [] }), "items"),
        (json!({ "items": [{ "product_id": "x", "quantity": 1 }] }), "items[0].product_id"),
        (json!({ "items": [{ "product_id": product }] }), "items[0].quantity"),
        (json!({ "items": line(-1) }), "items[0].quantity"),
        (json!({ "items": line(1), "currency": "XXY" }), "currency"),
        (json!({ "items": line(1), "email": "nobody" }), "email"),
        (json!({ "items": line(1), "shipping_address": address("Germany") }), "shipping_address.country"),
        (json!({ "items": line(1), "shipping_address": { "name": "A" } }), "shipping_address.address_line1"),
        (json!({ "items": line(1), "buyer_notes": "x".repeat(2001) }), "buyer_notes"),
        (json!({ "items": line(1), "payment_method": "Cash!" }), "payment_method"),
    ] {
        let problem = server.post("buyer", CHECKOUT, body).await.refused(400, "invalid_field");
        assert_eq!(problem["field"], field, "{problem}");
        assert!(problem["errors"][0]["rule"].is_string() && problem["request_id"].is_string(), "{problem}");
    }
    server.post("buyer", CHECKOUT, json!({ "items": line(13) })).await.refused(409, "out_of_stock");
    let unknown = json!([{ "product_id": "00000000-0000-0000-0000-000000000001", "quantity": 1 }]);
    server
        .post("buyer", CHECKOUT, json!({ "items": unknown, "currency": "EUR" }))
        .await
        .refused(409, "product_not_for_sale");
    assert_eq!(server.stock("moon-jar").await, 12);
    assert_eq!(server.get("buyer", "/api/marketplace/orders/").await.ok()["count"], 0);
}

async fn a_repeated_checkout_with_the_same_key_is_the_same_order(place: &Place) {
    let server = Server::start(place, &[]).await;
    let body = json!({ "items": server.cart(&[("moon-jar", 1)]).await, "currency": "EUR" });
    let first = server.post_with_key("buyer", CHECKOUT, "key-1", &body).await.ok();
    let second = server.post_with_key("buyer", CHECKOUT, "key-1", &body).await.ok();
    assert_eq!((&first["order_id"], &first["url"]), (&second["order_id"], &second["url"]));
    assert_eq!(server.stock("moon-jar").await, 11);
    let other = json!({ "items": server.cart(&[("moon-jar", 2)]).await, "currency": "EUR" });
    server.post_with_key("buyer", CHECKOUT, "key-1", &other).await.refused(422, "idempotency_key_reused");
    let mine = server.post_with_key("admin", CHECKOUT, "key-1", &other).await.ok();
    assert_ne!(mine["order_id"], first["order_id"], "another account's key is another key");
}

async fn lists_of_orders_show_each_order_to_its_own_people_by_status(place: &Place) {
    let server = Server::start(place, &[]).await;
    let first = server.checkout(&[("tea-bowl", 1), ("tide-print", 1)]).await;
    let second = server.checkout(&[("tea-bowl", 1)]).await;
    server.pay(&first, GOOD).await;
    server.until_status(id(&first), "payment_confirmed").await;
    let ids = |page: &Value| -> Vec<Value> {
        page["results"].as_array().unwrap().iter().map(|order| order["id"].clone()).collect()
    };
    let list = async |who: &str, path: &str| server.get(who, &format!("/api/marketplace/orders/{path}")).await.ok();
    assert_eq!(ids(&list("buyer", "").await), [second["order_id"].clone(), first["order_id"].clone()]);
    assert_eq!(ids(&list("buyer", "?status=payment_confirmed").await), [first["order_id"].clone()]);
    assert_eq!(ids(&list("buyer", "?page=2&page_size=1").await), [first["order_id"].clone()]);
    assert_eq!(list("seller", "").await["count"], 0, "a seller's own purchases, and there are none");
    assert_eq!(list("seller", "seller_orders/").await["count"], 2);
    assert_eq!(list("seller2", "seller_orders/").await["count"], 1);
    server.act("seller", id(&first), "prepare", json!({})).await.ok();
    let prepared = list("seller", "seller_orders/?status=awaiting_shipment&page=1&page_size=1").await;
    assert_eq!((prepared["count"].as_u64(), ids(&prepared)), (Some(1), vec![first["order_id"].clone()]));
    assert_eq!(
        list("seller2", "seller_orders/?status=awaiting_shipment").await["count"],
        1,
        "paid, though not prepared"
    );
    assert_eq!(list("seller2", "seller_orders/?status=shipped").await["count"], 0);
    server.get("buyer", "/api/marketplace/orders/?status=lost").await.refused(400, "invalid_field");
    server.get("buyer", "/api/marketplace/orders/?after=nonsense").await.refused(400, "invalid_field");
    let next = list("buyer", "?page_size=1").await["next"].as_str().unwrap().to_owned();
    assert_eq!(ids(&list("buyer", &format!("?after={next}&page_size=1")).await), [first["order_id"].clone()]);
}

async fn shipping_works_under_the_web_clients_name_and_its_rules_are_named(place: &Place) {
    let server = Server::start(place, &[]).await;
    let checkout = server.checkout(&[("tea-bowl", 1)]).await;
    let id = id(&checkout);
    let path = format!("/api/marketplace/orders/{id}/update_shipping/");
    let body = json!({ "shipping_carrier": "DHL", "tracking_number": "JD0146", "carrier_code": "" });
    server.send("seller", Method::PATCH, &path, body.clone()).await.refused(409, "order_state_forbids");
    server.pay(&checkout, GOOD).await;
    server.until_status(id, "payment_confirmed").await;
    let empty = json!({ "shipping_carrier": " ", "tracking_number": "JD0146" });
    let problem = server.send("seller", Method::PATCH, &path, empty).await.refused(400, "invalid_field");
    assert_eq!(problem["field"], "shipping_carrier");
    assert_eq!(server.send("seller", Method::PATCH, &path, body).await.ok()["status"], "shipped");
    server.act("buyer", id, "cancel", json!({})).await.refused(409, "already_shipped");
    server.act("admin", id, "deliver", json!({})).await.ok();
    server.act("seller", id, "prepare", json!({})).await.refused(409, "consignment_state_forbids");
}

async fn rates_are_told_with_their_publisher_and_day(place: &Place) {
    let server = Server::start(place, &[]).await;
    let latest = server.get("buyer", "/api/rates/latest/").await.ok();
    assert_eq!((latest["base"].as_str(), latest["bundled"].as_bool()), (Some("EUR"), Some(true)));
    let dollars = server.get("buyer", "/api/rates/latest/?base=USD").await.ok();
    assert_eq!(dollars["rates"]["USD"], "1");
    let converted = server.get("buyer", "/api/rates/convert/?amount=10.00&from=EUR&to=JPY").await.ok();
    assert_eq!(converted["result"]["currency"], "JPY");
    assert_eq!((&converted["rate"], &converted["as_of"]), (&latest["rates"]["JPY"], &latest["as_of"]));
    let status = server.get("buyer", "/api/rates/status/").await.ok();
    assert_eq!(
        (status["usable"].as_bool(), status["sources"][0].as_str()),
        (Some(true), Some("ecb (bundled snapshot)"))
    );
    for (query, field) in [
        ("amount=1.001&from=EUR&to=JPY", "amount"),
        ("amount=NaN&from=EUR&to=JPY", "amount"),
        ("amount=1&from=EURO&to=JPY", "from"),
        ("amount=1&from=EUR&to=", "to"),
        ("amount=1&from=EUR", "to"),
        ("amount=1&from=EUR&to=JPY&on=yesterday", "on"),
    ] {
        let problem = server.get("buyer", &format!("/api/rates/convert/?{query}")).await.refused(400, "invalid_field");
        assert_eq!(problem["field"], field, "{query}");
    }
    let past = server.get("buyer", "/api/rates/convert/?amount=1&from=EUR&to=JPY&on=2020-03-17").await;
    past.refused(404, "no_rate_for_day");
}

async fn the_document_names_every_route_and_the_docs_page_needs_nobody_else(place: &Place) {
    let server = Server::start(place, &[]).await;
    let document = server.get("", "/api/openapi.json").await.ok();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    assert_eq!(document, server.get("", "/api/schema/").await.ok());
    for (path, method) in [
        ("/api/marketplace/products/", "get"),
        ("/api/marketplace/products/{slug}/", "get"),
        ("/api/payments/checkout_session/", "post"),
        ("/api/payments/checkout_session/retry/{id}/", "get"),
        ("/api/payments/checkout_session/retry/{id}/", "post"),
        ("/api/payments/stripe_webhook/", "post"),
        ("/api/marketplace/orders/", "get"),
        ("/api/marketplace/orders/seller_orders/", "get"),
        ("/api/marketplace/orders/{id}/", "get"),
        ("/api/marketplace/orders/{id}/cancel/", "post"),
        ("/api/marketplace/orders/{id}/ship/", "post"),
        ("/api/marketplace/orders/{id}/update_shipping/", "patch"),
        ("/api/rates/convert/", "get"),
        ("/api/admin/tasks/", "get"),
        ("/api/admin/tasks/", "post"),
        ("/api/admin/tasks/{id}/", "get"),
        ("/api/admin/tasks/{id}/retry/", "post"),
        ("/api/admin/queues/{name}/purge/", "post"),
        ("/api/admin/schedules/{name}/run/", "post"),
        ("/api/admin/workers/", "get"),
        ("/api/admin/task-kinds/", "get"),
        ("/health/ready", "get"),
        ("/metrics", "get"),
    ] {
        assert!(document["paths"][path][method].is_object(), "{method} {path}");
    }
    let schemas = document["components"]["schemas"].as_object().unwrap();
    assert!(schemas.contains_key("Problem") && schemas.contains_key("OrderView"), "{:?}", schemas.keys());
    assert_eq!(document["components"]["securitySchemes"]["token"]["scheme"], "bearer");
    let page = server.get("", "/api/docs").await.ok();
    assert!(page.as_str().unwrap().contains("/api/docs/init.js"));
    for file in ["init.js", "swagger-ui.js", "swagger-ui.css"] {
        let answer = server.get_packed(&format!("/api/docs/{file}")).await;
        assert_eq!(answer.status(), 200, "{file}");
        assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/"), "{file}");
    }
    server.get("", "/api/docs/swagger-ui.css").await.refused(406, "not_acceptable");
}

async fn figures_of_the_engine_are_told_to_the_admin(place: &Place) {
    let server = Server::start(place, &[]).await;
    server.checkout(&[("tea-bowl", 1)]).await;
    let turned = r#"designia_worker_turns_total{loop="sweep",result="ok"}"#;
    let figures = async || server.get("admin", "/metrics").await.ok().as_str().unwrap().to_owned();
    server.until("the sweep has had its turn", async || figures().await.contains(turned)).await;
    let told = figures().await;
    for line in [
        r#"designia_orders{status="pending_payment"} 1"#,
        r#"designia_effects{state="done"}"#,
        r#"designia_lateness_seconds{of="order"} 0"#,
        r#"route="/api/payments/checkout_session/",status="200"} 1"#,
    ] {
        assert!(told.contains(line), "{line}\n{told}");
    }
}
