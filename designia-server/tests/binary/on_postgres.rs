//! The binary on a Postgres server: what ends its start, what its commands say, and who takes over when it dies.

use std::process::Output;
use std::time::{Duration, Instant};

use designia_services::{Database, PrivatePostgres, postgres};
use designia_stripe_sandbox::{Fault, FaultKind, Sandbox};
use sqlx::{Connection, Executor, PgConnection};

use crate::process::{Place, Server};

fn empty_database() -> Option<Database> {
    Some(postgres()?.fresh_database(None).unwrap())
}

fn on(database: &str, place: &Place, args: &[&str]) -> Output {
    place.command(args).env("DATABASE_URL", database).env("BIND", "127.0.0.1:0").output().unwrap()
}

/// The one line, if there is one, with which the process refused to go on.
fn refusal(output: &Output) -> String {
    let told = String::from_utf8(output.stderr.clone()).unwrap();
    let mut lines = told.lines().filter(|line| line.starts_with("error: "));
    let line = lines.next().unwrap_or_default().to_owned();
    assert_eq!((output.status.code(), lines.next()), (Some(1), None), "{told}");
    line
}

#[tokio::test]
async fn what_no_waiting_mends_ends_the_start_with_one_line_that_says_what_to_do() {
    let Some(database) = empty_database() else { return };
    let place = Place::new("postgres-refuses");
    let (address, password) =
        database.url().split_once('@').map(|(who, at)| (at, who.rsplit(':').next().unwrap())).unwrap();
    let wrong = database.url().replace(&format!(":{password}@"), ":hunter2@");
    let told = refusal(&on(&wrong, &place, &["serve"]));
    assert!(told.starts_with("error: DATABASE_URL: ") && told.contains("check the role and the password"), "{told}");
    assert!(!told.contains("hunter2") && told.contains(address.split('/').next().unwrap()), "{told}");

    let elsewhere = format!("{}_that_is_not_there", database.url());
    let told = refusal(&on(&elsewhere, &place, &["serve"]));
    assert!(told.starts_with("error: DATABASE_URL: ") && told.contains("create it first"), "{told}");

    assert!(on(database.url(), &place, &["migrate"]).status.success());
    let mut session = PgConnection::connect(database.url()).await.unwrap();
    session.execute("INSERT INTO designia.schema_migrations (version, name) VALUES (999, 'later')").await.unwrap();
    for command in [&["serve"][..], &["migrate"], &["migrate", "status"], &["rates", "update"]] {
        let told = refusal(&on(database.url(), &place, command));
        assert!(told.starts_with("error: DATABASE_URL: ") && told.contains("schema version 999"), "{command:?} {told}");
    }
    session.close().await.unwrap();
}

#[test]
fn migrate_says_what_is_pending_and_ends_with_1_until_nothing_is() {
    let Some(database) = empty_database() else { return };
    let place = Place::new("postgres-migrate");
    let text = |output: &Output| String::from_utf8(output.stdout.clone()).unwrap();
    let before = on(database.url(), &place, &["migrate", "status"]);
    assert_eq!(before.status.code(), Some(1));
    assert!(text(&before).contains("  1  pending      stores"), "{}", text(&before));
    let convert = on(database.url(), &place, &["convert", "10.00", "EUR", "JPY"]);
    assert!(convert.status.success(), "asking needs no schema");
    let up = on(database.url(), &place, &["migrate"]);
    assert!(up.status.success() && text(&up).ends_with("the database is up to date\n"), "{}", text(&up));
    assert!(text(&up).contains("  1  applied now  stores"), "{}", text(&up));
    let after = on(database.url(), &place, &["migrate", "status", "--json"]);
    let told: serde_json::Value = serde_json::from_slice(&after.stdout).unwrap();
    assert!(after.status.success() && told["pending"] == 0, "{told}");
    assert!(told["migrations"].as_array().unwrap().iter().all(|it| it["applied"] == true), "{told}");
}

#[test]
fn commands_work_beside_the_nodes() {
    let Some(database) = empty_database() else { return };
    let place = Place::new("postgres-commands");
    let text = |args: &[&str]| {
        let output = on(database.url(), &place, args);
        let told = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{args:?} {told}{}", String::from_utf8_lossy(&output.stderr));
        told
    };
    assert!(text(&["rates", "update"]).starts_with("stored rates of ecb"), "the bundled ones");
    assert!(text(&["rates", "status"]).contains("usable      yes"));
    assert!(text(&["convert", "10.00", "EUR", "EUR"]).starts_with("10.00 EUR = 10.00 EUR"));
    assert!(text(&["orders", "expire"]).starts_with("0 orders were changed"));
    assert!(text(&["orders", "expire", "--dry-run"]).ends_with("nothing was changed\n"));
}

#[test]
fn doctor_tells_a_server_that_money_can_be_trusted_to_from_one_that_it_can_not() {
    let place = Place::new("postgres-doctor");
    let examined = |url: &str| {
        assert!(on(url, &place, &["migrate"]).status.success());
        let output = on(url, &place, &["doctor"]);
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    };
    let Some(durable) = PrivatePostgres::durable().launch_or_skip() else { return };
    let (is_well, told) = examined(&durable.url());
    assert!(is_well && told.ends_with("all is well\n"), "{told}");
    for line in ["PostgreSQL ", "what is answered is on the disk", "autovacuum is on", "indexes are there and valid"] {
        assert!(told.lines().any(|it| it.starts_with("ok    database") && it.contains(line)), "{line}\n{told}");
    }
    assert!(told.contains("0 orders, nothing contradicts itself"), "{told}");
    let Some(fast) = PrivatePostgres::fast().launch_or_skip() else { return };
    let (is_well, told) = examined(&fast.url());
    assert!(!is_well && told.ends_with("something is wrong\n"), "{told}");
    for line in ["fsync is off", "full_page_writes is off", "synchronous_commit is off", "autovacuum is off"] {
        assert!(told.lines().any(|it| it.starts_with("WRONG database") && it.contains(line)), "{line}\n{told}");
    }
}

const SECRET: &str = "whsec_of_both_nodes";

/// A node that shares database and Stripe with others.
fn node(place: &Place, database: &str, stripe: &Sandbox) -> Server {
    let settings = [
        ("DATABASE_URL", database),
        ("JWT_SECRET", "a secret of at least thirty-two bytes"),
        ("STRIPE_SECRET_KEY", "sk_test_x"),
        ("STRIPE_WEBHOOK_SECRET", SECRET),
        ("STRIPE_API_BASE", &stripe.base_url()),
        ("DESIGNIA_SWEEP_INTERVAL", "1s"),
    ];
    Server::run(place.command(&[]).envs(settings))
}

/// What the database says of the call that opens the order's page, when this is so.
async fn until(session: &mut PgConnection, state: &str) -> Duration {
    #[expect(clippy::disallowed_methods, reason = "the time that passes is what is reported")]
    let begun = Instant::now();
    let asked = "SELECT count(*) FROM designia.effects WHERE kind = 'open_payment' AND state = $1";
    while sqlx::query_scalar::<_, i64>(asked).bind(state).fetch_one(&mut *session).await.unwrap() != 1 {
        assert!(begun.elapsed() < Duration::from_secs(30), "no call is {state} after 30 s");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    begun.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_node_held_is_taken_over_by_another_within_30_seconds() {
    let Some(database) = empty_database() else { return };
    let stripe = Sandbox::builder().start().await.unwrap();
    let places = [Place::new("takeover-1"), Place::new("takeover-2")];
    let mut dying = node(&places[0], database.url(), &stripe);
    let product = dying.get("/api/marketplace/products/moon-jar/");
    let id = product.split(r#""id":""#).nth(1).unwrap().split('"').next().unwrap();
    let body = format!(r#"{{"items":[{{"product_id":"{id}","quantity":1}}]}}"#);
    // Stripe does what it is asked, and the answer comes when nobody waits for it any more.
    stripe.faults().add(Fault::once(FaultKind::DelayReply { millis: 60_000 }).on("POST", "/v1/checkout/sessions"));
    let _waiting = dying.send_only("POST", "/api/payments/checkout_session/", &body);
    let mut session = PgConnection::connect(database.url()).await.unwrap();
    until(&mut session, "sent").await;
    while stripe.objects().count("checkout.session") == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let heir = node(&places[1], database.url(), &stripe);
    dying.child.kill().unwrap();
    dying.child.wait().unwrap();
    let taken = until(&mut session, "done").await;
    eprintln!("taken over after {:.1?}", taken);
    assert_eq!(stripe.objects().count("checkout.session"), 1, "looked up, not opened again");
    let mine = heir.get("/api/marketplace/orders/");
    assert!(mine.contains(r#""status":"pending_payment""#), "{mine}");
    session.close().await.unwrap();
    assert_eq!(heir.terminate(), Some(0));
}
