//! Guessing passwords and codes. The figures are those of `docs/security.md`: change both.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;

use crate::support::{Place, Server, on_every_database};
use crate::visitor::{Person, Reply, Visitor};

/// Guesses at a password from one address.
const LOG_INS: usize = 10;

/// Guesses at one code.
const CODES: usize = 5;

/// Guesses at an account's codes within an hour, however many codes are asked for.
const CODES_AN_HOUR: usize = 20;

const QUARTER: Duration = Duration::from_secs(15 * 60);

on_every_database! {
    of_a_thousand_guesses_at_a_password_ten_are_looked_at,
    guesses_at_once_are_counted_as_well_as_one_after_another,
    five_guesses_at_the_code_of_a_log_in_are_looked_at_and_then_not_even_the_right_one,
    five_guesses_at_the_code_of_a_reset_are_looked_at_and_then_not_even_the_right_one,
}

/// How many of these were looked at: everything but what came too late.
fn looked_at(replies: &[Reply]) -> usize {
    replies.iter().filter(|reply| reply.status != 429).count()
}

async fn people(place: &Place) -> (Server, Person, Person) {
    let server = Server::start(place, &[]).await;
    let admin = Visitor::of(&server).demo("admin").await;
    let victim = admin.at.join("victim", &admin.at).await;
    (server, admin, victim)
}

async fn of_a_thousand_guesses_at_a_password_ten_are_looked_at(place: &Place) {
    let (server, admin, victim) = people(place).await;
    let guest = Visitor::of(&server);
    let mut replies = Vec::new();
    for guess in 0..LOG_INS + 15 {
        replies.push(guest.log_in(&victim.email, &format!("guess {guess}")).await);
    }
    // One log-in was the victim's own.
    assert_eq!(looked_at(&replies), LOG_INS - 1);
    let last = replies.last().unwrap();
    assert!(last.header("retry-after").unwrap().parse::<u64>().unwrap() > 0);
    let right = guest.log_in(&victim.email, &victim.password).await;
    assert_eq!(right.status, 429, "who guesses doesn't learn that this one is right");
    assert_eq!(guest.log_in(&admin.email, &admin.password).await.status, 200, "others are not locked out");
    assert_eq!(victim.at.get("/api/auth/profile/").await.status, 200, "nor is the victim, who is inside");
    server.clock.advance(QUARTER);
    assert_eq!(guest.log_in(&victim.email, &victim.password).await.status, 200, "and it is not for ever");
}

async fn guesses_at_once_are_counted_as_well_as_one_after_another(place: &Place) {
    let (server, _, victim) = people(place).await;
    let guest = Visitor::of(&server);
    let guesses = (0..LOG_INS * 3).map(|guess| guest.log_in(&victim.email, ["no", "not", "nor"][guess % 3]));
    assert!(looked_at(&join_all(guesses).await) < LOG_INS);
}

async fn five_guesses_at_the_code_of_a_log_in_are_looked_at_and_then_not_even_the_right_one(place: &Place) {
    let (server, admin, victim) = people(place).await;
    let guest = Visitor::of(&server);
    victim.secure(&admin.at).await;
    let step = guest.log_in(&victim.email, &victim.password).await.with_status(202);
    let code = admin.at.mail(&victim.email, "log_in_code").await.code();
    let try_it = async |code: String| {
        let body = json!({ "user_id": step["user_id"], "code": code });
        guest.post("/api/auth/login/verify-2fa/", body).await
    };
    let others = (0..).map(|guess| format!("{guess:06}")).filter(|guess| *guess != code);
    for guess in others.take(CODES) {
        assert!(matches!(try_it(guess).await.status, 400 | 429));
    }
    let right = try_it(code).await;
    assert!(matches!(right.status, 400 | 429), "{} {}", right.status, right.text);
    assert!(right.json().get("access").is_none());
}

async fn five_guesses_at_the_code_of_a_reset_are_looked_at_and_then_not_even_the_right_one(place: &Place) {
    let (server, admin, victim) = people(place).await;
    let guest = Visitor::of(&server);
    guest.post("/api/auth/password/reset/", json!({ "email": victim.email })).await.ok();
    let code = admin.at.mail(&victim.email, "reset_password").await.after("code=");
    let try_it = async |code: String| {
        let body = json!({ "email": victim.email, "code": code, "password": "taken over by me" });
        guest.post("/api/auth/password/reset/verify/", body).await
    };
    let others = (0..).map(|guess| format!("{guess:06}")).filter(|guess| *guess != code);
    for guess in others.take(CODES) {
        assert!(matches!(try_it(guess).await.status, 400 | 429));
    }
    assert!(matches!(try_it(code).await.status, 400 | 429));
    assert_eq!(guest.log_in(&victim.email, "taken over by me").await.status, 401);
    assert_eq!(guest.log_in(&victim.email, &victim.password).await.status, 200);
}

#[tokio::test]
async fn however_many_codes_are_asked_for_twenty_guesses_an_hour_are_looked_at() {
    let (server, admin, victim) = people(&Place::memory()).await;
    let guest = Visitor::of(&server);
    let (mut looked_at, mut last) = (0, String::new());
    for _ in 0..CODES_AN_HOUR / CODES + 2 {
        guest.post("/api/auth/password/reset/", json!({ "email": victim.email })).await.ok();
        let mail = admin.at.later_mail(&victim.email, "reset_password", &last).await;
        last.clone_from(&mail.id);
        let code = mail.after("code=");
        for guess in (0..).map(|guess| format!("{guess:06}")).filter(|guess| *guess != code).take(CODES) {
            let body = json!({ "email": victim.email, "code": guess, "password": "taken over by me" });
            let reply = guest.post("/api/auth/password/reset/verify/", body).await;
            looked_at += usize::from(reply.status == 400);
        }
        server.clock.advance(Duration::from_secs(61));
    }
    assert!(looked_at <= CODES_AN_HOUR + 4, "{looked_at} within six minutes");
}

#[tokio::test]
async fn a_forged_address_gives_nobody_more_guesses() {
    let (server, _, victim) = people(&Place::memory()).await;
    let guest = Visitor::of(&server);
    let mut replies = Vec::new();
    for guess in 0..LOG_INS + 10 {
        let body = json!({ "email": victim.email, "password": format!("guess {guess}") });
        let mut request = guest.request(reqwest::Method::POST, "/api/auth/login/").json(&body);
        for name in ["x-forwarded-for", "x-real-ip", "forwarded", "cf-connecting-ip", "true-client-ip"] {
            let value =
                if name == "forwarded" { format!("for=198.51.100.{guess}") } else { format!("198.51.100.{guess}") };
            request = request.header(name, value);
        }
        replies.push(Visitor::answer(request).await);
    }
    assert_eq!(looked_at(&replies), LOG_INS - 1);
}
