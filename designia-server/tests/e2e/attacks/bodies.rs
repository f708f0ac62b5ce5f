//! Bodies with more in them than there should be, and bodies that are too much.

use serde_json::{Value, json};

use crate::support::{GOOD, Place, Server};
use crate::visitor::{Person, Visitor};

/// What an account may do, what an order costs and what others think of a product are not for whoever sends it.
fn with_privileges(body: &Value) -> Value {
    let privileges = json!({
        "id": "0192f0c1-a2b3-7d4e-8f90-1234567890ab", "role": "admin", "is_staff": true, "is_superuser": true, "is_admin": true,
        "is_seller": true, "is_verified": true, "is_verified_seller": true, "is_email_verified": true, "standing": "active",
        "account": "0192f0c1-a2b3-7d4e-8f90-1234567890ab", "user_id": "0192f0c1-a2b3-7d4e-8f90-1234567890ab",
        "seller": "0192f0c1-a2b3-7d4e-8f90-1234567890ab", "seller_id": "0192f0c1-a2b3-7d4e-8f90-1234567890ab",
        "buyer": "0192f0c1-a2b3-7d4e-8f90-1234567890ab", "profile_picture_url": "exports/x.json", "picture": "exports/x.json",
        "unit_price": "0.01", "total_price": "0.01", "total_amount": "0.01", "status": "delivered", "payment_status": "paid",
        "average_rating": "5.00", "review_count": 1000, "helpful_count": 1000, "is_verified_purchase": true, "verified": true,
        "view_count": 1000, "version": 1000, "created_at": "2001-01-01T00:00:00Z",
    });
    let mut body = body.clone();
    let fields = privileges.as_object().unwrap().clone();
    for (name, value) in fields {
        body.as_object_mut().unwrap().entry(name).or_insert(value);
    }
    body
}

async fn people() -> (Server, Person, Person) {
    let server = Server::start(&Place::memory(), &[]).await;
    let admin = Visitor::of(&server).demo("admin").await;
    let mallory = admin.at.join("mallory", &admin.at).await;
    (server, admin, mallory)
}

#[tokio::test]
async fn nobody_gives_themselves_a_role_or_somebody_elses_file() {
    let (server, _, mallory) = people().await;
    let refused = mallory.at.patch("/api/auth/profile/", with_privileges(&json!({ "bio": "hello" }))).await;
    assert_eq!(refused.status, 400, "{}", refused.text);
    for field in ["role", "is_staff", "is_verified_seller", "profile_picture_url", "email", "standing"] {
        let refused = mallory.at.patch("/api/auth/profile/", json!({ field: "admin" })).await;
        assert_eq!(refused.status, 400, "{field}: {}", refused.text);
    }
    let body = json!({ "username": "eve", "email": "eve@example.net", "first_name": "Eve", "last_name": "",
        "password": "a kiln and a wheel", "password_confirm": "a kiln and a wheel" });
    let registered = Visitor::of(&server).post("/api/auth/register/", with_privileges(&body)).await;
    if registered.status == 201 {
        let user = &registered.json()["user"];
        let said =
            (&user["role"], &user["is_staff"], &user["is_email_verified"], &user["profile"]["profile_picture_url"]);
        assert_eq!(said, (&json!("customer"), &json!(false), &json!(false), &Value::Null));
        let early = Visitor::of(&server).log_in("eve@example.net", "a kiln and a wheel").await;
        assert_eq!(early.status, 403, "the address is not verified by saying so");
    }
    let profile = mallory.at.get("/api/auth/profile/").await.ok();
    assert_eq!((&profile["role"], &profile["is_staff"]), (&json!("customer"), &json!(false)));
    assert_eq!((&profile["profile"]["bio"], &profile["profile"]["profile_picture_url"]), (&json!(""), &Value::Null));
}

#[tokio::test]
async fn nobody_offers_in_the_name_of_another_or_praises_the_own_goods() {
    let (server, _, _) = people().await;
    let seller = Visitor::of(&server).demo("seller").await;
    let offer = json!({ "name": "Jug", "price": "20.00", "stock_quantity": 2, "condition": "new", "description": "" });
    let offered = seller.at.post("/api/marketplace/products/", with_privileges(&offer)).await;
    let product = if offered.status == 400 {
        seller.at.post("/api/marketplace/products/", offer).await.ok()
    } else {
        offered.ok()
    };
    let path = format!("/api/marketplace/products/{}/", product["slug"].as_str().unwrap());
    seller.at.patch(&path, with_privileges(&json!({ "description": "Holds water." }))).await;
    let shown = Visitor::of(&server).get(&path).await.ok();
    assert_eq!(shown["seller"]["id"], json!(seller.id));
    assert_eq!((&shown["average_rating"], &shown["review_count"]), (&json!("0.00"), &json!(0)));
    assert_ne!(shown["id"], "0192f0c1-a2b3-7d4e-8f90-1234567890ab");
    assert!(shown["created_at"].as_str().unwrap().starts_with("2026"));
}

#[tokio::test]
async fn nobody_says_what_an_order_costs_or_that_it_is_paid() {
    let (server, _, mallory) = people().await;
    let product = server.product("tea-bowl").await;
    let line = with_privileges(&json!({ "product_id": product["id"], "quantity": 1, "price": "0.01" }));
    let body = with_privileges(
        &json!({ "items": [line], "currency": "EUR", "shipping_cost": "-70.00", "discount_amount": "76.99" }),
    );
    let mut checkout = mallory.at.post("/api/payments/checkout_session/", body).await;
    if checkout.status == 400 {
        let line = json!({ "product_id": product["id"], "quantity": 1 });
        let body = json!({ "items": [line], "currency": "EUR" });
        checkout = mallory.at.post("/api/payments/checkout_session/", body).await;
    }
    let checkout = checkout.ok();
    let order =
        mallory.at.get(&format!("/api/marketplace/orders/{}/", checkout["order_id"].as_str().unwrap())).await.ok();
    assert_eq!((&order["status"], &order["payment_status"]), (&json!("pending_payment"), &json!("pending")));
    assert_eq!(order["items"][0]["unit_price"], product["price"]);
    assert_eq!(order["buyer"]["id"], json!(mallory.id));
    assert_eq!(order["discount_amount"], "0.00");
    server.pay(&checkout, GOOD).await;
}

#[tokio::test]
async fn a_body_that_is_too_large_too_deep_or_no_json_is_refused_and_the_server_lives() {
    let (__server, _, mallory) = people().await;
    let post = async |body: String| {
        let request = mallory.at.request(reqwest::Method::POST, "/api/marketplace/cart/merge/");
        Visitor::answer(request.header("content-type", "application/json").body(body)).await
    };
    let cases = [
        ("deep", format!("{{\"items\":{}{}}}", "[".repeat(200_000), "]".repeat(200_000)), 400),
        (
            "too long a list",
            format!(
                "{{\"items\":[{}]}}",
                vec!["{\"product_id\":\"0192f0c1-a2b3-7d4e-8f90-1234567890ab\"}"; 5_000].join(",")
            ),
            400,
        ),
        ("broken", "{\"items\":[".to_owned(), 400),
        ("not text", "\u{0}\u{1}".to_owned(), 400),
        (
            "a number that is no number of pieces",
            "{\"items\":[{\"product_id\":\"0192f0c1-a2b3-7d4e-8f90-1234567890ab\",\"quantity\":1e99}]}".to_owned(),
            400,
        ),
        (
            "a negative number of pieces",
            "{\"items\":[{\"product_id\":\"0192f0c1-a2b3-7d4e-8f90-1234567890ab\",\"quantity\":-1}]}".to_owned(),
            400,
        ),
        ("two MiB", format!("{{\"items\":\"{}\"}}", "x".repeat(2 * 1024 * 1024)), 413),
    ];
    for (what, body, expected) in cases {
        let reply = post(body).await;
        assert_eq!(reply.status, expected, "{what}: {}", reply.text);
    }
    mallory.at.get("/api/marketplace/cart/").await.with_status(200);
}

#[tokio::test]
async fn what_is_typed_into_a_search_is_only_ever_text() {
    let (server, _, _) = people().await;
    let guest = Visitor::of(&server);
    let typed = [
        "' OR 1=1 --",
        "\"; DROP TABLE products; --",
        "a* OR b",
        "NEAR(a b)",
        "name:tea",
        "\"tea",
        "(tea",
        "tea)",
        "^tea",
        "-tea",
        "tea AND NOT",
        "%",
        "_",
        "\\",
        "'",
        "tea' UNION SELECT password FROM accounts --",
        "{}",
        "$1",
        "\u{0}",
        "<script>",
    ];
    for text in typed {
        let request = guest.request(reqwest::Method::GET, "/api/marketplace/products/search/").query(&[("q", text)]);
        let reply = Visitor::answer(request).await;
        assert!(matches!(reply.status, 200 | 400), "{text:?}: {} {}", reply.status, reply.text);
        assert!(!reply.text.to_lowercase().contains("sql"), "{text:?}: {}", reply.text);
    }
    for query in
        ["ordering=seller__password", "page=0", "page=x", "page_size=-1", "page_size=100000", "price_min=x", "after=x"]
    {
        let reply = guest.get(&format!("/api/marketplace/products/search/?{query}")).await;
        assert!(matches!(reply.status, 200 | 400), "{query}: {} {}", reply.status, reply.text);
    }
    for path in [
        "/api/marketplace/orders/x/",
        "/api/marketplace/reviews/x/",
        "/api/chat/conversations/1/",
        "/api/auth/users/x/",
    ] {
        let seller = Visitor::of(&server).demo("seller").await;
        let reply = seller.at.get(path).await;
        assert!(matches!(reply.status, 400 | 404), "{path}: {} {}", reply.status, reply.text);
    }
}
