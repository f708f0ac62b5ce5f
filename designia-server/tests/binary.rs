//! The real binary: how it starts, refuses to start, and stops.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "test helpers stand outside of #[test] functions")]

#[path = "binary/mail.rs"]
mod mail;
#[path = "binary/on_postgres.rs"]
mod on_postgres;
#[path = "binary/process.rs"]
mod process;
#[path = "binary/tasks.rs"]
mod tasks;
#[path = "binary/traces.rs"]
mod traces;

use process::{Place, Server};

#[test]
fn a_wrong_value_ends_with_code_2_and_one_line_and_leaves_nothing_behind() {
    let place = Place::new("wrong");
    std::fs::write(place.0.join(".env"), "DESIGNIA_LATE_PAYMENT=keep\n").unwrap();
    let output = place.output(&[]);
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(told, "error: DESIGNIA_LATE_PAYMENT: `keep` is none of refund, reinstate, hold\n");
    assert_eq!(std::fs::read_dir(&place.0).unwrap().count(), 1, "only the .env file is here");
}

#[test]
fn help_and_version_end_well() {
    let place = Place::new("help");
    for flag in ["--help", "-h", "--version"] {
        let output = place.output(&[flag]);
        assert!(output.status.success() && !output.stdout.is_empty(), "{flag}");
    }
    assert_eq!(place.output(&["--bogus"]).status.code(), Some(2));
}

#[test]
fn an_address_in_use_is_told_by_its_variable() {
    let place = Place::new("in-use");
    let server = Server::start(&place, &[]);
    let output = place.output(&["--bind", &server.address]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.lines().any(|line| line.starts_with(&format!("error: BIND: {}", server.address))), "{told}");
}

#[test]
fn it_greets_answers_and_stops_when_told() {
    let place = Place::new("life");
    let server = Server::start(&place, &["serve"]);
    assert!(server.get("/health/live").ends_with(r#"{"status":"live"}"#));
    for name in ["buyer", "seller", "seller2", "admin"] {
        let line = server.greeting.iter().find(|line| line.trim_start().starts_with(&format!("{name} "))).unwrap();
        assert!(line.contains("  log in as ") && line.contains(" with "), "{line}");
    }
    let people = |server: &Server| server.greeting[server.greeting.len() - 4..].to_vec();
    let before = people(&server);
    assert_eq!(server.terminate(), Some(0));
    let again = Server::start(&place, &[]);
    assert_eq!(people(&again), before, "the passwords are those of before");
}

#[test]
fn an_admin_is_made_at_the_machine_and_nobody_is_asked_where_nobody_sits() {
    let place = Place::new("superuser");
    let make = |password: &str| {
        let args = ["createsuperuser", "--email", "ruth@example.com", "--no-input"];
        place.command(&args).env("DESIGNIA_SUPERUSER_PASSWORD", password).output().unwrap()
    };
    for (password, told) in
        [("", "DESIGNIA_SUPERUSER_PASSWORD: "), ("password1", "password: is one of the most common")]
    {
        let output = make(password);
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && error.contains(told), "{error}");
    }
    let output = make("a kiln and a wheel");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!make("a kiln and a wheel").status.success(), "there is one already");
    let server = Server::run(&mut place.command(&[]));
    let body = r#"{"email":"ruth@example.com","password":"a kiln and a wheel"}"#;
    let answer = server.send("POST", "/api/auth/login/", body);
    assert!(answer.contains(r#""username":"ruth""#) && answer.contains(r#""role":"admin""#), "{answer}");
}

#[test]
fn convert_tells_result_rate_source_and_day_and_leaves_nothing_behind() {
    let place = Place::new("convert");
    let output = place.output(&["convert", "10.00", "EUR", "JPY", "--json"]);
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["result"]["currency"], "JPY");
    for field in ["rate", "source", "as_of"] {
        assert!(told[field].is_string(), "{told}");
    }
    assert!(told["source"].as_str().unwrap().contains("bundled"), "{told}");
    assert_eq!(std::fs::read_dir(&place.0).unwrap().count(), 0);
    let told = String::from_utf8(place.output(&["convert", "10.00", "EUR", "EUR"]).stdout).unwrap();
    assert!(told.starts_with("10.00 EUR = 10.00 EUR"), "{told}");
}

#[test]
fn convert_refuses_what_it_cannot_do_in_one_line() {
    let place = Place::new("convert-refuses");
    for (args, told) in [
        (&["convert", "1.001", "EUR", "JPY"][..], "1.001"),
        (&["convert", "1", "EURO", "JPY"], "EURO"),
        (&["convert", "1", "EUR", "JPY", "--on", "2020-03-17"], "no rates of 2020-03-17"),
    ] {
        let output = place.output(args);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert!(error.starts_with("error: ") && error.contains(told) && error.lines().count() == 1, "{error}");
    }
}

#[test]
fn the_demo_ends_well_and_names_the_states_of_both_orders() {
    let place = Place::new("demo");
    let output = place.output(&["demo", "--exit"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    for state in
        ["pending_payment", "payment_confirmed", "shipped", "delivered", "expiring", "cancelled", "reminded to pay"]
    {
        assert!(told.contains(state), "{state}\n{told}");
    }
    assert_eq!(std::fs::read_dir(&place.0).unwrap().count(), 0, "the demo touches nothing of this directory");
}

#[test]
fn doctor_finds_a_new_installation_well() {
    let place = Place::new("doctor");
    let output = place.output(&["doctor", "--database-url", "memory:"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && told.ends_with("all is well\n"), "{told}");
    for subject in ["settings", "database", "gateway", "rates"] {
        assert!(told.lines().any(|line| line.starts_with("ok ") && line.contains(subject)), "{told}");
    }
}

#[test]
fn a_killed_server_finds_its_orders_again_and_its_database_is_sound() {
    let place = Place::new("killed");
    let mut server = Server::run(&mut place.command(&[]));
    let product = server.get("/api/marketplace/products/moon-jar/");
    let id = product.split(r#""id":""#).nth(1).unwrap().split('"').next().unwrap();
    let body = format!(r#"{{"items":[{{"product_id":"{id}","quantity":1}}]}}"#);
    let checkout = server.send("POST", "/api/payments/checkout_session/", &body);
    let order = checkout.split(r#""order_id":""#).nth(1).unwrap().split('"').next().unwrap().to_owned();
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    let doctor = place.output(&["doctor"]);
    let told = String::from_utf8(doctor.stdout).unwrap();
    assert!(doctor.status.success() && told.contains("1 orders, nothing contradicts itself"), "{told}");
    let dry_run = String::from_utf8(place.output(&["orders", "expire", "--dry-run"]).stdout).unwrap();
    assert_eq!(dry_run, "0 of 1 unpaid orders are past their deadline; nothing was changed\n");
    let again = Server::run(&mut place.command(&[]));
    let found = again.get(&format!("/api/marketplace/orders/{order}/"));
    assert!(found.contains(r#""status":"pending_payment""#), "{found}");
    assert_eq!(again.terminate(), Some(0));
}

#[test]
fn imported_history_is_used_for_its_days_and_for_no_new_price() {
    let place = Place::new("rates");
    std::fs::write(place.0.join("hist.csv"), "Date,USD,JPY,\n2020-03-17,1.0982,118.20,\n2020-03-16,1.1157,118.40,\n")
        .unwrap();
    let imported = place.output(&["rates", "import", "hist.csv"]);
    assert_eq!(String::from_utf8(imported.stdout).unwrap(), "stored rates of 2 days, from 2020-03-16 to 2020-03-17\n");
    let output = place.output(&["convert", "10.00", "EUR", "JPY", "--on", "2020-03-17", "--json"]);
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((told["result"]["amount"].as_str(), told["as_of"].as_str()), (Some("1182"), Some("2020-03-17")));
    assert_eq!(told["rate"].as_str(), Some("118.2"));
    let status = place.output(&["rates", "status"]);
    assert_eq!(status.status.code(), Some(1), "rates of 2020 are not for new prices");
    let migrated = String::from_utf8(place.output(&["migrate"]).stdout).unwrap();
    assert!(migrated.contains("applied") && migrated.ends_with("is up to date\n"), "{migrated}");
    let missing = place.output(&["rates", "import", "nowhere.csv"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(String::from_utf8(missing.stderr).unwrap().starts_with("error: nowhere.csv: "));
}
