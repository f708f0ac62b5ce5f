//! Tokens that nobody gave out, and good ones in the wrong place.

use ring::hmac;
use serde_json::{Value, json};

use crate::samples::base64_url;
use crate::support::{Place, Server};
use crate::visitor::{JWT_SECRET, Person, Visitor};

fn signed(header: &Value, claims: &Value, secret: &[u8]) -> String {
    let head = format!("{}.{}", base64_url(header.to_string().as_bytes()), base64_url(claims.to_string().as_bytes()));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), head.as_bytes());
    format!("{head}.{}", base64_url(tag.as_ref()))
}

/// What a token says: anybody may read it.
fn claims(token: &str) -> Value {
    let text = token.split('.').nth(1).unwrap();
    let value = |sign: u8| match sign {
        b'A'..=b'Z' => sign - b'A',
        b'a'..=b'z' => sign - b'a' + 26,
        b'0'..=b'9' => sign - b'0' + 52,
        b'-' => 62,
        _ => 63,
    };
    let mut bytes = Vec::new();
    for chunk in text.as_bytes().chunks(4) {
        let word =
            chunk.iter().fold(0_u32, |word, sign| word << 6 | u32::from(value(*sign))) << (6 * (4 - chunk.len()));
        bytes.extend_from_slice(&word.to_be_bytes()[1..chunk.len()]);
    }
    serde_json::from_slice(&bytes).unwrap()
}

async fn people() -> (Server, Person, Person) {
    let server = Server::start(&Place::memory(), &[]).await;
    let admin = Visitor::of(&server).demo("admin").await;
    let mallory = admin.at.join("mallory", &admin.at).await;
    (server, admin, mallory)
}

#[tokio::test]
async fn a_token_that_was_not_signed_here_opens_nothing() {
    let (server, admin, mallory) = people().await;
    let hs256 = json!({ "alg": "HS256", "typ": "JWT" });
    let mine = claims(mallory.at.token());
    let (head, tail) = mallory.at.token().rsplit_once('.').unwrap();
    let admins = claims(admin.at.token());
    let forged_payload = base64_url(admins.to_string().as_bytes());
    let unsigned = |algorithm: &str| {
        let header = base64_url(json!({ "alg": algorithm, "typ": "JWT" }).to_string().as_bytes());
        format!("{header}.{forged_payload}.")
    };
    let forged = [
        ("another key", signed(&hs256, &admins, b"a secret of at least thirty-two byteS")),
        ("no key", signed(&hs256, &admins, b"")),
        ("alg none", unsigned("none")),
        ("alg None", unsigned("None")),
        ("alg none with a signature", format!("{}{tail}", unsigned("none"))),
        ("the signature of another token", format!("{}.{forged_payload}.{tail}", head.split('.').next().unwrap())),
        ("no signature", format!("{head}.")),
        ("a signature that is cut", format!("{head}.{}", &tail[..tail.len() - 4])),
        (
            "the secret as a public key",
            signed(&json!({ "alg": "RS256", "typ": "JWT" }), &admins, JWT_SECRET.as_bytes()),
        ),
        ("another algorithm", signed(&json!({ "alg": "HS512", "typ": "JWT" }), &admins, JWT_SECRET.as_bytes())),
        ("a key in the token", signed(&json!({ "alg": "HS256", "jwk": { "kty": "oct", "k": "AA" } }), &admins, b"\0")),
        ("a key from elsewhere", signed(&json!({ "alg": "HS256", "jku": "https://evil.example/" }), &admins, b"x")),
        ("no claims", signed(&hs256, &json!({}), JWT_SECRET.as_bytes())),
        ("an end of all ages", {
            let mut claims = mine.clone();
            claims["exp"] = json!(i64::MAX);
            signed(&hs256, &claims, b"another secret of thirty-two bytes!")
        }),
        ("not a token", "x".repeat(100_000)),
    ];
    for (what, token) in forged {
        for path in ["/api/auth/profile/", "/api/admin/mails/", "/api/marketplace/products/"] {
            let reply = Visitor::of(&server).with(&token).get(path).await;
            assert!(matches!(reply.status, 401 | 431), "{what} at {path}: {} {}", reply.status, reply.text);
        }
    }
}

#[tokio::test]
async fn what_a_token_says_of_its_owner_gives_no_rights_even_if_it_is_signed() {
    let (server, _, mallory) = people().await;
    let mut says = claims(mallory.at.token());
    says["role"] = json!("admin");
    says["is_admin"] = json!(true);
    says["is_seller"] = json!(true);
    let token = signed(&json!({ "alg": "HS256", "typ": "JWT" }), &says, JWT_SECRET.as_bytes());
    let visitor = Visitor::of(&server).with(&token);
    assert_eq!(visitor.get("/api/auth/profile/").await.ok()["role"], "customer");
    assert_eq!(visitor.get("/api/admin/mails/").await.status, 403);
    assert_eq!(visitor.get("/api/marketplace/products/my_products/").await.status, 403);
}

#[tokio::test]
async fn nobody_becomes_somebody_else_by_mixing_the_claims_of_two_tokens() {
    let (server, admin, mallory) = people().await;
    let mut says = claims(mallory.at.token());
    says["user_id"] = json!(admin.id);
    let token = signed(&json!({ "alg": "HS256", "typ": "JWT" }), &says, JWT_SECRET.as_bytes());
    assert_eq!(Visitor::of(&server).with(&token).get("/api/auth/profile/").await.status, 401);
}

#[tokio::test]
async fn a_refresh_token_opens_no_page_and_an_access_token_gets_no_other() {
    let (server, _, mallory) = people().await;
    let guest = Visitor::of(&server);
    assert_eq!(guest.with(&mallory.refresh).get("/api/auth/profile/").await.status, 401);
    let body = json!({ "refresh": mallory.at.token() });
    assert_eq!(guest.post("/api/auth/token/refresh/", body).await.status, 401);
}

#[tokio::test]
async fn tokens_carry_what_clients_read_and_end_when_they_say() {
    let (server, _, mallory) = people().await;
    let says = claims(mallory.at.token());
    for name in
        ["token_type", "exp", "iat", "jti", "user_id", "role", "is_seller", "is_admin", "first_name", "last_name"]
    {
        assert!(says.get(name).is_some(), "{name} in {says}");
    }
    assert_eq!(says["exp"].as_i64().unwrap() - says["iat"].as_i64().unwrap(), 3600);
    let refresh = claims(&mallory.refresh);
    assert_eq!(refresh["exp"].as_i64().unwrap() - refresh["iat"].as_i64().unwrap(), 7 * 24 * 3600);
    server.clock.advance(std::time::Duration::from_secs(3600));
    assert_eq!(mallory.at.get("/api/auth/profile/").await.status, 401);
    server.clock.advance(std::time::Duration::from_secs(7 * 24 * 3600));
    let body = json!({ "refresh": mallory.refresh });
    assert_eq!(Visitor::of(&server).post("/api/auth/token/refresh/", body).await.status, 401);
}

#[tokio::test]
async fn a_copied_refresh_token_ends_the_session_for_the_thief_and_for_the_owner() {
    let (server, admin, victim) = people().await;
    let guest = Visitor::of(&server);
    let refresh = async |token: &str| guest.post("/api/auth/token/refresh/", json!({ "refresh": token })).await;
    let next = refresh(&victim.refresh).await.ok();
    server.clock.advance(std::time::Duration::from_secs(60));
    assert_eq!(refresh(&victim.refresh).await.status, 401, "the first was used up long ago");
    assert_eq!(refresh(next["refresh"].as_str().unwrap()).await.status, 401, "so its successor is void as well");
    let access = guest.with(next["access"].as_str().unwrap());
    assert_eq!(access.get("/api/auth/profile/").await.status, 401);
    admin.at.mail(&victim.email, "session_ended").await;
}

#[tokio::test]
async fn logging_out_a_new_password_and_a_closed_account_count_at_once() {
    let (server, admin, person) = people().await;
    let guest = Visitor::of(&server);
    let other = guest.enter(&person.email, &person.password).await;
    other.at.post("/api/auth/logout/", Value::Null).await.with_status(204);
    assert_eq!(other.at.get("/api/auth/profile/").await.status, 401);
    let refreshed = guest.post("/api/auth/token/refresh/", json!({ "refresh": other.refresh })).await;
    assert_eq!(refreshed.status, 401);
    let third = guest.enter(&person.email, &person.password).await;
    let change =
        json!({ "old_password": person.password, "password": "another kiln", "password_confirm": "another kiln" });
    third.at.post("/api/auth/password/change/", change).await.ok();
    assert_eq!(person.at.get("/api/auth/profile/").await.status, 401, "every other session is over");
    assert_eq!(third.at.get("/api/auth/profile/").await.status, 200);
    let disable = format!("/api/auth/admin/accounts/{}/disable/", person.id);
    admin.at.post(&disable, json!({ "reason": "a test" })).await.ok();
    assert_eq!(third.at.get("/api/auth/profile/").await.status, 401);
    assert_eq!(guest.log_in(&person.email, "another kiln").await.status, 401, "as if there were no such account");
}
