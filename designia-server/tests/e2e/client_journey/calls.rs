//! The calls beside the main journey: passwords, the profile, leaving, and staying logged in.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::reads::{Is, USER, reads};
use super::story::Story;
use crate::support::{HOUR, Place, Server};
use crate::visitor::Visitor;

#[tokio::test]
async fn a_password_is_reset_by_the_mail_and_proved_without_a_401() {
    let story = Story::begin(&Place::memory()).await;
    let zoe = story.join("zoe@example.net", "Zoe Jones").await;
    let wrong = zoe.at.post("/api/auth/verify-password/", json!({ "password": "not this one" })).await;
    assert_eq!(wrong.status, 400, "A10: 401 would make the client refresh: {}", wrong.text);
    zoe.at.post("/api/auth/verify-password/", json!({ "password": zoe.password })).await.with_status(200);
    for email in ["zoe@example.net", "nobody@example.net"] {
        story.guest.post("/api/auth/password/reset/", json!({ "email": email })).await.with_status(200);
    }
    let mail = story.admin.at.mail("zoe@example.net", "reset_password").await;
    let code = mail.after("code=");
    assert!(
        mail.text.contains("/reset-password?email=zoe%40example.net&code="),
        "X16: the client's page: {}",
        mail.text
    );
    let body = json!({ "email": "zoe@example.net", "code": code, "password": "another kiln", "password_confirm": "another kiln" });
    story.guest.post("/api/auth/password/reset/verify/", body).await.with_status(200);
    story.guest.log_in("zoe@example.net", &zoe.password).await.with_status(401);
    story.guest.log_in("zoe@example.net", "another kiln").await.with_status(200);
    assert_eq!(zoe.at.get("/api/auth/profile/").await.status, 401, "the old session is over");
}

#[tokio::test]
async fn a_log_in_that_fails_tells_the_form_why_under_the_names_that_it_reads() {
    let story = Story::begin(&Place::memory()).await;
    let wrong = story.guest.log_in("nobody@example.net", "not this one").await.with_status(401);
    reads(&wrong, &[("detail", Is::Text), ("error", Is::Text), ("code", Is::Text)]);
    let body = json!({ "username": "z", "email": "no address", "first_name": "", "last_name": "",
        "password": "123456", "password_confirm": "123456" });
    let wrong = story.guest.post("/api/auth/register/", body).await.with_status(400);
    reads(&wrong, &[("email", Is::List), ("password", Is::List), ("detail", Is::Text)]);
}

#[tokio::test]
async fn several_refreshes_at_once_with_one_token_all_succeed() {
    let story = Story::begin(&Place::memory()).await;
    let zoe = story.join("zoe@example.net", "Zoe Jones").await;
    story.server.clock.advance(HOUR);
    assert_eq!(zoe.at.get("/api/auth/profile/").await.status, 401, "the hour is over");
    let refresh = || story.guest.post("/api/auth/token/refresh/", json!({ "refresh": zoe.refresh }));
    for reply in join_all((0..8).map(|_| refresh())).await {
        let tokens = reply.with_status(200);
        story.guest.with(tokens["access"].as_str().unwrap()).get("/api/auth/profile/").await.with_status(200);
    }
}

#[tokio::test]
async fn a_token_that_is_over_is_told_on_public_pages_and_not_held_against_a_log_in() {
    let story = Story::begin(&Place::memory()).await;
    let zoe = story.join("zoe@example.net", "Zoe Jones").await;
    story.server.clock.advance(HOUR);
    assert_eq!(zoe.at.get("/api/marketplace/products/").await.status, 401, "the client would never refresh otherwise");
    let body = json!({ "email": zoe.email, "password": zoe.password });
    zoe.at.post("/api/auth/login/", body).await.with_status(200);
    zoe.at.post("/api/auth/token/refresh/", json!({ "refresh": zoe.refresh })).await.with_status(200);
}

#[tokio::test]
async fn the_profile_form_saves_names_and_picture_and_the_page_shows_them() {
    let story = Story::begin(&Place::memory()).await;
    let zoe = story.join("zoe@example.net", "Zoe Jones").await;
    let change = json!({ "first_name": "Zoë", "last_name": "Smith", "phone_number": null });
    zoe.at.patch("/api/auth/profile/", change).await.with_status(200);
    let profile = zoe.at.get("/api/auth/profile/").await.ok();
    assert_eq!((&profile["first_name"], &profile["last_name"]), (&json!("Zoë"), &json!("Smith")), "X10");
    let picture = crate::visitor::Part::file("file", "me.png", "image/png", crate::samples::PNG);
    zoe.at.form(Method::POST, "/api/auth/profile/picture/upload/", &[picture]).await.ok();
    let profile = zoe.at.get("/api/auth/profile/").await.ok();
    reads(&profile, USER);
    let url = profile["profile"]["profile_picture_url"].as_str().unwrap().to_owned();
    assert!(url.starts_with(&story.server.base), "X9: the page takes it as it is, from another origin: {url}");
    let path = url.strip_prefix(&story.server.base).unwrap();
    let shown = story.guest.get(path).await;
    assert_eq!((shown.status, shown.header("content-type")), (200, Some("image/png")), "{}", shown.text);
}

#[tokio::test]
async fn whoever_leaves_takes_their_data_out_and_is_gone() {
    let story = Story::begin(&Place::memory()).await;
    let zoe = story.join("zoe@example.net", "Zoe Jones").await;
    let asked = zoe.at.get("/api/auth/profile/export/").await.with_status(200);
    reads(&asked, &[("message", Is::Text)]);
    story.admin.at.mail("zoe@example.net", "export_ready").await;
    let file = zoe.at.get(asked["url"].as_str().unwrap()).await.with_status(200);
    assert_eq!(file["account"]["email"], "zoe@example.net");
    let delete = |confirmation: &str, password: &str| {
        zoe.at.post("/api/auth/profile/delete/", json!({ "confirmation": confirmation, "password": password }))
    };
    delete("delete", &zoe.password).await.with_status(400);
    delete("DELETE", "not this one").await.with_status(400);
    delete("DELETE", &zoe.password).await.with_status(200);
    assert_eq!(zoe.at.get("/api/auth/profile/").await.status, 401);
    story.guest.log_in("zoe@example.net", &zoe.password).await.with_status(401);
}

#[tokio::test]
async fn a_page_of_another_origin_calls_with_credentials_if_the_operator_lets_it() {
    let server = Server::start(&Place::memory(), &["--cors-origins", "https://shop.example"]).await;
    let guest = Visitor::of(&server);
    let ask = |origin: &str| {
        let request = guest.request(Method::OPTIONS, "/api/marketplace/cart/remove_item/").header("origin", origin);
        let request = request.header("access-control-request-method", "DELETE");
        Visitor::answer(request.header("access-control-request-headers", "authorization,content-type,x-csrftoken"))
    };
    let allowed = ask("https://shop.example").await;
    assert_eq!(allowed.header("access-control-allow-origin"), Some("https://shop.example"));
    assert_eq!(allowed.header("access-control-allow-credentials"), Some("true"));
    let headers = allowed.header("access-control-allow-headers").unwrap().to_lowercase();
    assert!(["authorization", "content-type", "x-csrftoken"].iter().all(|name| headers.contains(name)), "{headers}");
    assert!(allowed.header("access-control-allow-methods").unwrap().contains("DELETE"));
    for other in ["https://evil.example", "https://shop.example.evil.example", "https://www.google.com", "null"] {
        assert_eq!(ask(other).await.header("access-control-allow-origin"), None, "{other}");
    }
}

#[tokio::test]
async fn paths_work_with_and_without_the_slash_at_their_end() {
    let story = Story::begin(&Place::memory()).await;
    for path in ["/api/marketplace/products", "/api/marketplace/products/", "/api/auth/profile", "/api/auth/profile/"] {
        story.admin.at.get(path).await.with_status(200);
    }
    let body = json!({ "email": story.admin.email, "password": story.admin.password });
    story.guest.post("/api/auth/login", body).await.with_status(200);
    let _: Value = story.guest.get("/api/marketplace/products/tea-bowl").await.ok();
}

#[tokio::test]
async fn a_reset_leaves_the_second_factor_where_it_was() {
    let story = Story::begin(&Place::memory()).await;
    let zoe = story.join("zoe@example.net", "Zoe Jones").await;
    zoe.secure(&story.admin.at).await;
    story.guest.post("/api/auth/password/reset/", json!({ "email": zoe.email })).await.ok();
    let code = story.admin.at.mail(&zoe.email, "reset_password").await.after("code=");
    let body =
        json!({ "email": zoe.email, "code": code, "password": "another kiln", "password_confirm": "another kiln" });
    let reset = story.guest.post("/api/auth/password/reset/verify/", body).await.ok();
    assert!(reset.get("access").is_none(), "a reset is no log-in");
    story.guest.log_in(&zoe.email, "another kiln").await.with_status(202);
}

#[tokio::test]
async fn without_a_client_id_a_google_log_in_is_refused_as_the_form_expects() {
    let story = Story::begin(&Place::memory()).await;
    let refused = story.guest.post("/api/auth/google/login/", json!({ "token": "x.y.z" })).await;
    assert!(matches!(refused.status, 400 | 404), "A7: {} {}", refused.status, refused.text);
    reads(&refused.json(), &[("detail", Is::Text), ("error", Is::Text)]);
}
