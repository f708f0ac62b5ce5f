//! Accounts over HTTP, as far as it takes a real server: programs that make codes, orders of somebody who has left, people whom
//! Google vouches for, and a server that goes on while passwords are hashed.

mod google;

use std::time::Duration;

use serde_json::json;
use totp_rs::{Builder, Secret as Seed};

use crate::support::{GOOD, Place, Server, id, on_every_database};
use crate::visitor::{Person, Visitor};

on_every_database!(
    a_program_makes_the_codes_and_each_is_taken_once,
    orders_stay_when_their_buyer_has_left,
    what_is_not_in_the_list_of_fields_can_not_be_changed,
    a_role_counts_from_the_moment_it_is_given_and_until_it_is_taken,
    what_happens_to_an_account_is_written_down,
);

async fn buyer_and_post(place: &Place) -> (Server, Person, Visitor) {
    let server = Server::start(place, &[]).await;
    let visitor = Visitor::of(&server);
    let post = visitor.demo("admin").await.at;
    let person = visitor.join("jo", &post).await;
    (server, person, post)
}

/// The code that a program with this seed shows at the server's time.
fn shown(seed: &str, server: &Server) -> String {
    let seed = Seed::try_from_base32(seed).unwrap();
    let program = Builder::new().with_secret(seed).build().unwrap();
    program.generate(u64::try_from(server.clock.now()).unwrap()).to_string()
}

async fn a_program_makes_the_codes_and_each_is_taken_once(place: &Place) {
    let (server, jo, _) = buyer_and_post(place).await;
    let setup = "/api/auth/2fa/totp/setup/";
    jo.at.post(setup, json!({ "password": "wrong password" })).await.with_status(400);
    let begun = jo.at.post(setup, json!({ "password": jo.password })).await.ok();
    let seed = begun["secret"].as_str().unwrap();
    assert!(begun["otpauth_url"].as_str().unwrap().contains(seed), "{begun}");
    let confirm = json!({ "code": shown(seed, &server) });
    let confirmed = jo.at.post("/api/auth/2fa/totp/confirm/", confirm.clone()).await.ok();
    let codes = confirmed["recovery_codes"].as_array().unwrap().clone();
    assert_eq!(codes.len(), 10);
    let step = async || jo.at.log_in(&jo.email, &jo.password).await.with_status(202);
    let second = async |first: &serde_json::Value, code: &str| {
        jo.at.nobody().post("/api/auth/login/verify-2fa/", json!({ "user_id": first["user_id"], "code": code })).await
    };
    let first = step().await;
    assert_eq!(first["methods"], json!(["totp", "recovery"]));
    second(&first, confirm["code"].as_str().unwrap()).await.with_status(400);
    server.clock.advance(Duration::from_secs(60));
    let code = shown(seed, &server);
    second(&first, &code).await.with_status(200);
    let again = step().await;
    second(&again, &code).await.with_status(400);
    second(&again, codes[0].as_str().unwrap()).await.with_status(200);
    let again = step().await;
    second(&again, codes[0].as_str().unwrap()).await.with_status(400);
    jo.at.post("/api/auth/2fa/disable/", json!({ "code": codes[1] })).await.ok();
    jo.at.log_in(&jo.email, &jo.password).await.with_status(200);
}

/// Defects D-16 and D-24: what was deleted took other people's orders along, or stayed.
async fn orders_stay_when_their_buyer_has_left(place: &Place) {
    let (server, jo, post) = buyer_and_post(place).await;
    let items = server.cart(&[("tea-bowl", 1)]).await;
    let body = json!({ "items": items, "currency": "EUR" });
    let mut checkout = jo.at.post("/api/payments/checkout_session/", body).await.ok();
    while checkout["url"].is_null() {
        checkout = jo.at.get(checkout["retry_url"].as_str().unwrap()).await.ok();
    }
    server.pay(&checkout, GOOD).await;
    let order = format!("/api/marketplace/orders/{}/", id(&checkout));
    server.until("it is paid", async || jo.at.get(&order).await.ok()["payment_status"] == "paid").await;
    let export = jo.at.get("/api/auth/profile/export/").await.ok();
    let url = export["url"].as_str().unwrap();
    server.until("it is put together", async || jo.at.get(url).await.status == 200).await;
    let file = jo.at.get(url).await.ok();
    assert_eq!(file["account"]["email"], jo.email);
    assert_eq!(file["orders"]["bought"][0]["id"], checkout["order_id"]);
    post.get(url).await.with_status(404);
    jo.at.nobody().get(url).await.with_status(401);
    let leave = json!({ "confirmation": "DELETE", "password": jo.password });
    jo.at.post("/api/auth/profile/delete/", leave).await.ok();
    jo.at.get(&order).await.with_status(401);
    let kept = server.get("seller", &order).await.ok();
    assert_eq!(kept["payment_status"], "paid");
    assert!(kept["buyer"]["username"].as_str().unwrap().starts_with("deleted-"), "{kept}");
    assert!(!kept.to_string().contains("jo@"), "{kept}");
    jo.at.log_in(&jo.email, &jo.password).await.with_status(401);
}

/// Defects D-01 and D-07.
async fn what_is_not_in_the_list_of_fields_can_not_be_changed(place: &Place) {
    let (_server, jo, _) = buyer_and_post(place).await;
    let before = jo.at.get("/api/auth/profile/").await.ok();
    for field in
        ["is_verified_seller", "is_verified", "seller_type", "role", "is_staff", "profile_picture_url", "id", "email"]
    {
        let refused = jo.at.patch("/api/auth/profile/", json!({ "bio": "x", field: "seller" })).await.with_status(400);
        assert_eq!(refused["field"], field, "{refused}");
    }
    let register = json!({ "email": "eve@example.net", "password": "a kiln and a wheel", "role": "admin", "is_staff": true,
        "is_active": true });
    let registered = jo.at.nobody().post("/api/auth/register/", register).await.ok();
    assert_eq!((&registered["user"]["role"], &registered["user"]["is_staff"]), (&json!("customer"), &json!(false)));
    assert_eq!(jo.at.get("/api/auth/profile/").await.ok(), before);
    for path in [
        format!("/internal/auth/users/{}/", jo.id),
        "/internal/auth/validate-token/".to_owned(),
        format!("/internal/auth/check-email/{}/", jo.email),
        "/api/marketplace/profiles/".to_owned(),
    ] {
        jo.at.nobody().get(&path).await.with_status(404);
    }
    jo.at.nobody().get(&format!("/api/auth/users/{}/", jo.id)).await.with_status(404);
}

/// Defect D-53: the flag and the role said different things, and what a token said stayed for a week.
async fn a_role_counts_from_the_moment_it_is_given_and_until_it_is_taken(place: &Place) {
    let (_server, jo, admin) = buyer_and_post(place).await;
    let (sold, people) = ("/api/marketplace/orders/seller_orders/", "/api/auth/admin/accounts/");
    let account = format!("{people}{}/", jo.id);
    for (role, is_staff, may) in [
        ("customer", false, [403, 403]),
        ("seller", false, [200, 403]),
        ("customer", true, [403, 200]),
        ("admin", false, [200, 200]),
    ] {
        admin.post(&format!("{account}role/"), json!({ "role": role, "is_staff": is_staff })).await.ok();
        assert_eq!([jo.at.get(sold).await.status, jo.at.get(people).await.status], may, "{role} {is_staff}");
    }
    admin.post(&format!("{account}disable/"), json!({ "reason": "a test" })).await.ok();
    jo.at.get(sold).await.with_status(401);
    jo.at.nobody().post("/api/auth/token/refresh/", json!({ "refresh": jo.refresh })).await.with_status(401);
    jo.at.log_in(&jo.email, &jo.password).await.with_status(401);
    admin.post(&format!("{account}enable/"), json!(null)).await.ok();
    jo.at.log_in(&jo.email, &jo.password).await.with_status(200);
}

/// Defect D-51: nobody heard of registrations and verifications.
async fn what_happens_to_an_account_is_written_down(place: &Place) {
    let (_server, jo, admin) = buyer_and_post(place).await;
    let events = admin.get(&format!("/api/auth/admin/accounts/{}/events/", jo.id)).await.ok();
    let kinds: Vec<_> = events["results"].as_array().unwrap().iter().map(|it| it["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["logged_in", "verified", "registered"]);
    jo.at.get(&format!("/api/auth/admin/accounts/{}/events/", jo.id)).await.with_status(403);
}

/// Passwords are slow to hash; everything else must not wait for them.
#[tokio::test]
async fn a_flood_of_log_ins_leaves_the_server_answering() {
    let server = Server::start(&Place::memory(), &[]).await;
    let visitor = Visitor::of(&server);
    let flood = (0..90).map(|no| {
        let visitor = visitor.clone();
        tokio::spawn(async move { visitor.log_in(&format!("somebody{no}@example.com"), "wrong password").await })
    });
    let flood: Vec<_> = flood.collect();
    let watch = std::time::Duration::from_secs(2);
    for _ in 0..20 {
        let answer = tokio::time::timeout(watch, visitor.get("/health/live")).await;
        assert_eq!(answer.expect("it answers while passwords are hashed").status, 200);
    }
    let mut counts = std::collections::BTreeMap::<u16, u32>::new();
    for reply in flood {
        let reply = reply.await.unwrap();
        assert_eq!(reply.header("retry-after").is_some(), reply.status != 401, "{}", reply.status);
        *counts.entry(reply.status).or_default() += 1;
    }
    assert!(counts.keys().all(|status| [401, 429, 503].contains(status)), "{counts:?}");
    assert!(counts[&401] > 0, "{counts:?}");
}
