//! From a page that has only just been opened to a parcel on its way, in the order of the client's own steps.

use reqwest::Method;
use serde_json::{Value, json};

use super::reads::{CARD, DETAIL, Is, LINE, MESSAGE, ORDER, REVIEW, THREAD, USER, reads};
use super::story::Story;
use crate::samples::{PNG, base64};
use crate::support::Place;
use crate::visitor::{Part, Person, Visitor};

/// A picture as the form of a product sends it.
pub(super) fn data_uri() -> String {
    format!("data:image/png;base64,{}", base64(PNG))
}

/// Sections 1 to 7, one after another, for one buyer and one who becomes a seller.
pub(super) async fn walk(place: &Place) {
    let story = Story::begin(place).await;
    let buyer = enter(&story).await;
    browse(&story.guest).await;
    fill_the_cart(&story, &buyer).await;
    let seller = become_a_seller(&story).await;
    let product = offer(&story, &seller).await;
    let order = buy_and_track(&story, &buyer, &product).await;
    ship(&story, &seller, &order).await;
    review(&story, &buyer, &seller, &order, &product).await;
    talk(&story, &buyer, &seller, &product).await;
}

/// A1 to A6: registering, the mail's link, logging in, the profile, and again with a token that has run out.
async fn enter(story: &Story) -> Person {
    let registered = story.register("zoe@example.net", "Zoe Jones", "kiln and wheel").await;
    assert!(registered["user"].is_object(), "a missing user throws: {registered}");
    let refused = story.guest.log_in("zoe@example.net", "kiln and wheel").await.with_status(403);
    reads(&refused, &[("detail", Is::Text), ("error", Is::Text)]);
    let token = story.admin.at.mail("zoe@example.net", "verify_email").await.after("/verify-email/");
    story.guest.post("/api/auth/verify-email/", json!({ "token": token })).await.with_status(200);
    let tokens = story.guest.log_in("zoe@example.net", "kiln and wheel").await.with_status(200);
    reads(&tokens, &[("access", Is::Text), ("refresh", Is::Text), ("message", Is::Text)]);
    reads(&tokens["user"], USER);
    assert_eq!(tokens["user"]["role"], "customer");
    let zoe = story.guest.person(&tokens, "zoe@example.net", "kiln and wheel");
    let profile = zoe.at.get("/api/auth/profile/").await.with_status(200);
    reads(&profile, USER);
    assert_eq!((&profile["id"], &profile["first_name"]), (&tokens["user"]["id"], &json!("Zoe")));
    let renewed =
        story.guest.post("/api/auth/token/refresh/", json!({ "refresh": zoe.refresh })).await.with_status(200);
    reads(&renewed, &[("access", Is::Text), ("refresh", Is::Text)]);
    let address =
        json!({ "street_address": "1 Kiln Lane", "city": "Leith", "postal_code": "EH6 6AA", "country": "GB" });
    zoe.at.patch("/api/auth/profile/", address).await.with_status(200);
    Person { at: story.guest.with(renewed["access"].as_str().unwrap()), ..zoe }
}

/// C1 to C5, as somebody who is not logged in.
async fn browse(guest: &Visitor) {
    let home = guest.get("/api/marketplace/products/?page=1&page_size=2").await.with_status(200);
    reads(&home, &[("results", Is::List), ("has_next", Is::Flag)]);
    assert_eq!(home["has_next"], true, "or the home page never loads the second");
    for card in home["results"].as_array().unwrap() {
        reads(card, CARD);
    }
    let filters = "q=tea&condition=new&condition=good&price_min=1&price_max=1000&in_stock=true&ordering=-price";
    let found = guest.get(&format!("/api/marketplace/products/search/?{filters}&page=1&page_size=12")).await.ok();
    reads(&found, &[("count", Is::Number), ("page", Is::Number), ("has_next", Is::Flag), ("results", Is::List)]);
    assert!(found["count"].as_u64() > Some(0), "{found}");
    let categories = guest.get("/api/marketplace/products/categories/").await.ok();
    let category = &categories.as_array().unwrap()[0];
    reads(category, &[("id", Is::Number), ("name", Is::Text), ("slug", Is::Text)]);
    let detail = guest.get("/api/marketplace/products/tea-bowl/").await.with_status(200);
    reads(&detail, DETAIL);
    assert!(detail.get("original_price").is_some(), "null is not missing");
    let reviews = guest.get("/api/marketplace/products/tea-bowl/reviews/").await.with_status(200);
    assert!(reviews["results"].is_array());
}

/// D1 to D5. What a guest had is merged with the one call that the client doesn't make yet.
async fn fill_the_cart(story: &Story, buyer: &Person) {
    let product =
        async |slug: &str| story.guest.get(&format!("/api/marketplace/products/{slug}/")).await.ok()["id"].clone();
    let (bowl, print) = (product("tea-bowl").await, product("tide-print").await);
    let cart = buyer.at.get("/api/marketplace/cart/").await.with_status(200);
    assert_eq!(cart["items"], json!([]));
    let guests = json!({ "items": [{ "product_id": print, "quantity": 2 }] });
    let cart = buyer.at.post("/api/marketplace/cart/merge/", guests).await.ok();
    assert_eq!(cart["items"][0]["quantity"], 2);
    let line = json!({ "product_id": bowl, "quantity": 1 });
    let cart = buyer.at.post("/api/marketplace/cart/add_item/", line).await.with_status(200);
    assert_eq!(cart["items"].as_array().unwrap().len(), 2);
    for item in cart["items"].as_array().unwrap() {
        reads(&item["product"], CARD);
        reads(item, &[("quantity", Is::Number)]);
    }
    let line = json!({ "product_id": bowl, "quantity": 3 });
    let cart = buyer.at.patch("/api/marketplace/cart/update_item/", line).await.with_status(200);
    let quantity = |cart: &Value| {
        let mut items = cart["items"].as_array().unwrap().iter();
        items.find(|item| item["product"]["id"] == bowl).map(|item| item["quantity"].clone())
    };
    assert_eq!(quantity(&cart), Some(json!(3)));
    let cart =
        buyer.at.delete("/api/marketplace/cart/remove_item/", json!({ "product_id": bowl })).await.with_status(200);
    assert_eq!(quantity(&cart), None, "a DELETE with a body");
    buyer.at.delete("/api/marketplace/cart/clear/", Value::Null).await.with_status(204);
    assert_eq!(buyer.at.get("/api/marketplace/cart/").await.ok()["items"], json!([]));
}

/// B1 to B4, F1, F2, the decision, and that the role has changed.
async fn become_a_seller(story: &Story) -> Person {
    let ben = story.join("ben@example.net", "Ben Potter").await;
    let status = ben.at.get("/api/auth/seller/application/status/").await.with_status(200);
    reads(&status, &[("has_application", Is::Flag), ("status", Is::Text), ("submitted_at", Is::TextOrNull)]);
    assert_eq!(status["status"], "none");
    let refused = ben.apply(&[]).await;
    assert!((400..500).contains(&refused.status), "{}", refused.text);
    let told = refused.json()["detail"].as_str().unwrap().to_lowercase();
    assert!(told.contains("two-factor authentication"), "the words that lead the client to its guide: {told}");
    assert_eq!(ben.at.get("/api/auth/account/status/").await.ok()["two_factor_enabled"], false);
    ben.secure(&story.admin.at).await;
    assert_eq!(ben.at.get("/api/auth/account/status/").await.ok()["two_factor_enabled"], true);
    let sent = ben.apply(&[("portfolio_url", "https://ben.example")]).await.ok();
    reads(&sent, &[("message", Is::Text), ("application_id", Is::Text), ("images_uploaded", Is::Number)]);
    let status = ben.at.get("/api/auth/seller/application/status/").await.ok();
    assert_eq!((&status["status"], &status["has_application"]), (&json!("pending"), &json!(true)));
    reads(
        &status,
        &[("submitted_at", Is::Time), ("rejection_reason", Is::TextOrNull), ("admin_notes", Is::TextOrNull)],
    );
    let decide = format!("/api/auth/admin/seller/applications/{}/", sent["application_id"].as_str().unwrap());
    story.admin.at.post(&decide, json!({ "action": "approve" })).await.ok();
    let status = ben.at.get("/api/auth/seller/application/status/").await.ok();
    assert_eq!(status["status"], "approved");
    log_in_with_a_code(story, &ben).await
}

/// A3 with 202, A4: the second step of a log-in.
async fn log_in_with_a_code(story: &Story, person: &Person) -> Person {
    let step = story.guest.log_in(&person.email, &person.password).await.with_status(202);
    reads(&step, &[("user_id", Is::Text), ("message", Is::Text)]);
    let code = story.admin.at.mail(&person.email, "log_in_code").await.code();
    let body = json!({ "user_id": step["user_id"], "code": code });
    let tokens = story.guest.post("/api/auth/login/verify-2fa/", body).await.with_status(200);
    reads(&tokens["user"], USER);
    assert_eq!(tokens["user"]["role"], "seller");
    story.guest.person(&tokens, &person.email, &person.password)
}

/// F12 to F14: a product with a picture, offered and changed. Its slug.
async fn offer(story: &Story, seller: &Person) -> String {
    let categories = story.guest.get("/api/marketplace/products/categories/").await.ok();
    let picture = json!({ "image_content": data_uri(), "filename": "cup.png", "is_primary": true, "order": 0 });
    let offer = json!({ "name": "Ben's cup", "description": "For coffee.", "price": "12.5", "stock_quantity": 5,
        "category": categories[0]["id"], "condition": "new", "brand": "Ben", "tags": ["cup"], "image_data": [picture] });
    let product = seller.at.post("/api/marketplace/products/", offer).await.ok();
    reads(&product, DETAIL);
    reads(&product, &[("category.id", Is::Number), ("tags", Is::List), ("ar_model_filename", Is::TextOrNull)]);
    assert_eq!((&product["price"], product["images"].as_array().unwrap().len()), (&json!("12.50"), 1));
    let slug = product["slug"].as_str().unwrap().to_owned();
    let picture = json!({ "image_content": data_uri(), "filename": "more.png", "is_primary": false, "order": 1 });
    let change = json!({ "name": "Ben's big cup", "price": "14.00", "model_data": null, "image_data": [picture] });
    let product = seller.at.patch(&format!("/api/marketplace/products/{slug}/"), change).await.ok();
    assert_eq!((&product["price"], product["images"].as_array().unwrap().len()), (&json!("14.00"), 2));
    let mine = seller.at.get("/api/marketplace/products/my_products/?page=1&page_size=10").await.ok();
    let fields = [("id", Is::Text), ("slug", Is::Text), ("name", Is::Text), ("price", Is::Decimal)];
    reads(&mine["results"][0], &fields);
    reads(&mine["results"][0], &[("stock_quantity", Is::Number), ("primary_image", Is::Text)]);
    slug
}

/// E1, E5, E6: the cart is ordered without a body, paid in the embedded form, and followed. The order.
async fn buy_and_track(story: &Story, buyer: &Person, slug: &str) -> Value {
    let product = story.guest.get(&format!("/api/marketplace/products/{slug}/")).await.ok();
    let line = json!({ "product_id": product["id"], "quantity": 1 });
    buyer.at.post("/api/marketplace/cart/add_item/", line).await.ok();
    let checkout = buyer.at.post("/api/payments/checkout_session/", Value::Null).await.with_status(200);
    reads(&checkout, &[("clientSecret", Is::Text), ("client_secret", Is::Text)]);
    let order = story.pay(buyer, &checkout).await;
    reads(&order["items"][0], LINE);
    assert!(order["id"].as_str().unwrap().contains('-'));
    assert_eq!(order["shipping_address"]["address_line1"], "1 Kiln Lane");
    assert_eq!(
        buyer.at.get("/api/marketplace/cart/").await.ok()["items"],
        json!([]),
        "what is ordered leaves the cart"
    );
    let orders = buyer.at.get("/api/marketplace/orders/?page=1&page_size=10").await.with_status(200);
    assert_eq!(orders["results"][0]["id"], order["id"]);
    reads(&orders["results"][0], ORDER);
    order
}

/// F8 to F11: the badge, the list, the order, the parcel.
async fn ship(story: &Story, seller: &Person, order: &Value) {
    let id = order["id"].as_str().unwrap();
    let sales = seller.at.get("/api/marketplace/orders/seller_orders/?page=1&page_size=10").await.with_status(200);
    reads(&sales, &[("results", Is::List), ("count", Is::Number)]);
    let sale = &sales["results"][0];
    reads(sale, ORDER);
    reads(sale, &[("shipping_address.city", Is::Text), ("shipping_address.country", Is::Text)]);
    let seen = seller.at.get(&format!("/api/marketplace/orders/{id}/")).await.with_status(200);
    reads(&seen, ORDER);
    let parcel = |number: &str| json!({ "shipping_carrier": "DHL", "tracking_number": number, "carrier_code": "" });
    let path = format!("/api/marketplace/orders/{id}/update_shipping/");
    let refused = seller.at.patch(&path, parcel("")).await.with_status(400);
    reads(&refused, &[("detail", Is::Text)]);
    seller.at.patch(&path, parcel("00340434161094042557")).await.ok();
    let seen = story.admin.at.get(&format!("/api/marketplace/orders/{id}/")).await.ok();
    assert_eq!((&seen["status"], &seen["tracking_number"]), (&json!("shipped"), &json!("00340434161094042557")));
    for period in ["today", "week", "month", "year", "all"] {
        let figures =
            seller.at.get(&format!("/api/marketplace/seller/analytics/?period={period}")).await.with_status(200);
        let numbers =
            ["total_items_sold", "total_orders", "pending_fulfillment_count", "active_products", "total_products"];
        let numbers = numbers.into_iter().chain(["total_views", "total_clicks", "total_favorites"]);
        let numbers: Vec<_> = numbers.map(|name| (name, Is::Number)).collect();
        reads(&figures, &numbers);
        let rates =
            [("total_revenue", Is::Decimal), ("view_to_click_rate", Is::Decimal), ("click_to_sale_rate", Is::Decimal)];
        reads(&figures, &rates);
        reads(&figures, &[("orders_by_status", Is::Object), ("top_products", Is::List), ("recent_orders", Is::List)]);
    }
    let figures = seller.at.get("/api/marketplace/seller/analytics/?period=all").await.ok();
    reads(&figures["recent_orders"][0], &[("id", Is::Text), ("buyer_username", Is::Text), ("items_count", Is::Number)]);
    reads(
        &figures["recent_orders"][0],
        &[("status", Is::Text), ("total_amount", Is::Decimal), ("created_at", Is::Time)],
    );
    reads(&figures["top_products"][0], &[("id", Is::Text), ("name", Is::Text), ("total_sold", Is::Number)]);
    reads(&figures["top_products"][0], &[("views", Is::Number), ("revenue", Is::Decimal)]);
}

/// C5 to C8: only who has got it reviews it.
async fn review(story: &Story, buyer: &Person, seller: &Person, order: &Value, slug: &str) {
    let product = &order["items"][0]["product"]["id"];
    let path = format!("/api/marketplace/products/{slug}/reviews/");
    let said = json!({ "product_id": product, "rating": 5, "title": "Lovely", "comment": "Holds a lot of coffee." });
    let refused = story.admin.at.post(&path, said.clone()).await.with_status(403);
    reads(&refused, &[("detail", Is::Text)]);
    let deliver = format!("/api/marketplace/orders/{}/deliver/", order["id"].as_str().unwrap());
    seller.at.post(&deliver, json!({})).await.ok();
    let short = json!({ "product_id": product, "rating": 5, "comment": "Short" });
    let refused = buyer.at.post(&path, short).await.with_status(400);
    reads(&refused, &[("detail", Is::Text), ("comment", Is::List)]);
    let written = buyer.at.post(&path, said).await.with_status(201);
    reads(&written, REVIEW);
    assert_eq!(written["is_verified_purchase"], true);
    let own = format!("/api/marketplace/reviews/{}/", written["id"]);
    let said = json!({ "product_id": product, "rating": 4, "title": "Good", "comment": "Holds some coffee." });
    let changed = buyer.at.patch(&own, said).await.with_status(200);
    reads(&changed, REVIEW);
    let shown = buyer.at.get(&path).await.ok();
    assert_eq!((&shown["results"][0]["rating"], &shown["results"][0]["title"]), (&json!(4), &json!("Good")));
    let detail = buyer.at.get(&format!("/api/marketplace/products/{slug}/")).await.ok();
    assert_eq!((&detail["review_count"], &detail["average_rating"]), (&json!(1), &json!("4.00")));
    assert_eq!(buyer.at.delete(&own, Value::Null).await.status, 204);
    assert_eq!(buyer.at.get(&path).await.ok()["results"], json!([]));
}

/// G1 to G6 over REST; the sockets have tests of their own.
async fn talk(story: &Story, buyer: &Person, seller: &Person, slug: &str) {
    let product = story.guest.get(&format!("/api/marketplace/products/{slug}/")).await.ok();
    let started = buyer.at.post("/api/chat/conversations/", json!({ "product_id": product["id"] })).await.ok();
    reads(&started, &[("thread_id", Is::Text)]);
    let thread = format!("/api/chat/conversations/{}/", started["thread_id"].as_str().unwrap());
    let said = seller.at.post(&format!("{thread}messages/"), json!({ "text": "Shall I wrap it?" })).await.ok();
    reads(&said, MESSAGE);
    let inbox = buyer.at.get("/api/chat/conversations/").await.with_status(200);
    let seen = &inbox["results"][0];
    reads(seen, THREAD);
    assert_eq!((&seen["unread_count"], &seen["last_message"]["text"]), (&json!(1), &json!("Shall I wrap it?")));
    for participant in seen["participants"].as_array().unwrap() {
        reads(participant, &[("id", Is::Text), ("username", Is::Text), ("avatar", Is::TextOrNull)]);
    }
    let one = buyer.at.get(&thread).await.with_status(200);
    reads(&one, &[("participants", Is::List), ("product.name", Is::Text)]);
    let messages = buyer.at.get(&format!("{thread}messages/?page=1")).await.with_status(200);
    reads(&messages["results"][0], MESSAGE);
    assert_eq!((&messages["next"], &messages["results"][0]["sender"]), (&Value::Null, &json!(seller.id)));
    let read = buyer.at.post(&format!("{thread}mark_read/"), Value::Null).await;
    assert_eq!(read.status, 200, "without a body: {}", read.text);
    assert_eq!(buyer.at.get("/api/chat/conversations/").await.ok()["results"][0]["unread_count"], 0);
    let complaint = json!({ "message": said["id"], "reason": "other", "description": "He may not." });
    assert_eq!(buyer.at.post("/api/chat/reports/", complaint).await.status, 201);
    let picture = Part::file("file", "me.png", "image/png", PNG);
    let uploaded = buyer.at.form(Method::POST, "/api/auth/profile/picture/upload/", &[picture]).await.ok();
    reads(
        &uploaded,
        &[("message", Is::Text), ("profile_picture_url", Is::Text), ("profile_picture_temp_url", Is::Text)],
    );
    reads(&uploaded, &[("size", Is::Number), ("content_type", Is::Text)]);
    let taken = buyer.at.delete("/api/auth/profile/picture/delete/", Value::Null).await.ok();
    reads(&taken, &[("message", Is::Text)]);
}
