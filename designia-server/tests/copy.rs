//! Moving house: everything of one database into another, by the real binary.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "test helpers stand outside of #[test] functions")]

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use designia_core::memory::MemoryStore;
use designia_core::order::{Actor, Command as OrderCommand};
use designia_core::ports::{Export, Import, OrderStore, RateKey, Topic};
use designia_core::service::Transfer;
use designia_core::testing::conformance::archive::Archives;
use designia_core::testing::fixtures::{NOW, commit, order_id, placed, placement};
use designia_postgres::PostgresStore;
use designia_server::config::{Database, Secret};
use designia_server::wiring::place;
use designia_services::postgres;
use designia_sqlite::SqliteStore;

/// How many orders are placed beside those that are in every state.
const MORE: u32 = 60;

/// A directory of its own for each test, and a binary that sees no setting of this machine.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("designia-copy-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn url(&self, file: &str) -> String {
        format!("sqlite://{}", self.0.join(file).display())
    }

    async fn store(&self, file: &str) -> SqliteStore {
        SqliteStore::open(&designia_sqlite::Config::file(self.0.join(file))).await.unwrap()
    }

    fn command(&self, from: &str, to: &str, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_designia-server"));
        command.args(["copy", "--from", from, "--to", to]).args(more);
        command.env_clear().current_dir(&self.0).stdin(Stdio::null());
        command
    }

    fn copy(&self, from: &str, to: &str, more: &[&str]) -> Output {
        self.command(from, to, more).output().unwrap()
    }

    /// A file with something in every state.
    async fn filled(&self, file: &str) -> SqliteStore {
        let store = self.store(file).await;
        Archives::of(store.clone(), MemoryStore::new()).fill().await;
        for number in 100..100 + MORE {
            store.commit(commit(placed(placement(number)))).await.unwrap();
        }
        store
    }

    /// Begins the copy that the binary would make, and leaves it after so many pages.
    async fn left_after<T: Import>(&self, source: &SqliteStore, target: T, turns: u32) {
        let place = place(&Database::named(&Secret::new(self.url("shop.db")), 1).unwrap()).unwrap();
        let mut transfer = Transfer::begin(Arc::new(source.clone()), Arc::new(target), &place, 7).await.unwrap();
        for _ in 0..turns {
            transfer.turn().await.unwrap();
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[track_caller]
fn assert_verified(output: &Output) {
    assert!(output.status.success() && told(output).contains("verified: "), "{}", told(output));
}

#[track_caller]
fn assert_refused(output: &Output, why: &str) {
    assert_eq!(output.status.code(), Some(1), "{}", told(output));
    assert!(told(output).contains(why) && !told(output).contains("verified"), "{}", told(output));
}

/// Page by page, whatever can be taken out of both.
async fn assert_equal(one: &impl Export, other: &impl Export) {
    let mut after = None;
    loop {
        let page = one.export_orders(after, 20).await.unwrap();
        assert_eq!(other.export_orders(after, 20).await.unwrap(), page);
        after = page.last().map(|it| it.order.id());
        if after.is_none() {
            break;
        }
    }
    assert_eq!(other.export_products(None, 1_000).await.unwrap(), one.export_products(None, 1_000).await.unwrap());
    assert_eq!(other.export_events(None, 1_000).await.unwrap(), one.export_events(None, 1_000).await.unwrap());
    let rates = one.export_rates(None, 1_000).await.unwrap();
    assert_eq!(other.export_rates(None, 1_000).await.unwrap(), rates);
    assert_eq!(other.export_rates(rates.first().map(RateKey::of).as_ref(), 1_000).await.unwrap(), rates[1..]);
    let accounts = one.export_accounts(None, 1_000).await.unwrap();
    assert_eq!(other.export_accounts(None, 1_000).await.unwrap(), accounts);
    for topic in Topic::ALL {
        let records = one.export_records(*topic, None, 1_000).await.unwrap();
        assert!(!records.is_empty(), "nothing of {topic} was copied");
        assert_eq!(other.export_records(*topic, None, 1_000).await.unwrap(), records);
    }
    assert_eq!(other.export_settings().await.unwrap(), one.export_settings().await.unwrap());
    assert_eq!(other.totals().await.unwrap(), one.totals().await.unwrap());
}

/// The lives tell two orders of one refund, which is the one thing that a check finds wrong; nothing is to be added.
async fn assert_no_worse(source: &SqliteStore, target: &PostgresStore) {
    let (own, copied) = (source.integrity_check().await.unwrap(), target.integrity_check().await.unwrap());
    let own: Vec<_> = own.findings.into_iter().map(|it| (it.rule, it.detail)).collect();
    let copied: Vec<_> = copied.findings.into_iter().map(|it| (it.rule, it.detail)).collect();
    assert_eq!(copied, own);
    assert_eq!(own.len(), 1, "{own:?}");
}

async fn cancel(store: &SqliteStore, number: u32) {
    let order = store.load(order_id(number)).await.unwrap().unwrap();
    let cancel = OrderCommand::Cancel { by: Actor::Operator, reason: "recalled".to_owned() };
    store.commit(commit(order.decide(&cancel, NOW).unwrap())).await.unwrap();
}

#[tokio::test]
async fn a_file_moves_to_postgres_whole_and_back_into_an_equal_file() {
    let Some(server) = postgres() else { return };
    let (place, database) = (Place::new("whole"), server.fresh_database(None).unwrap());
    let source = place.filled("shop.db").await;
    let output = place.copy(&place.url("shop.db"), database.url(), &["--batch", "20"]);
    assert_verified(&output);
    let password = database.url().split(['@', ':']).nth(2).unwrap().to_owned();
    assert!(!told(&output).contains(&password), "{}", told(&output));

    let target = PostgresStore::open(&database.url().parse().unwrap()).await.unwrap();
    assert_no_worse(&source, &target).await;
    assert_equal(&source, &target).await;
    Archives::of(source.clone(), target.clone()).assert_alike().await;

    assert_verified(&place.copy(database.url(), &place.url("back.db"), &[]));
    let back = place.store("back.db").await;
    assert_eq!(back.integrity_check().await.unwrap(), source.integrity_check().await.unwrap());
    assert_equal(&source, &back).await;
    Archives::of(source, back).assert_alike().await;
}

#[tokio::test]
async fn a_copy_that_was_stopped_goes_on_where_it_was() {
    let Some(server) = postgres() else { return };
    let place = Place::new("stopped");
    let source = place.filled("shop.db").await;
    // Among the categories, the orders, and the messages.
    for (turns, place_of) in [(1, None), (5, Some("orders")), (9, Some("orders")), (26, Some("chat messages"))] {
        let database = server.fresh_database(None).unwrap();
        let target = PostgresStore::open(&database.url().parse().unwrap()).await.unwrap();
        place.left_after(&source, target.clone(), turns).await;
        let output = place.copy(&place.url("shop.db"), database.url(), &["--batch", "9"]);
        assert_verified(&output);
        match place_of {
            Some(section) => assert!(told(&output).contains(&format!("going on after {section}")), "{}", told(&output)),
            None => assert!(!told(&output).contains("going on after"), "{}", told(&output)),
        }
        assert_no_worse(&source, &target).await;
        assert_equal(&source, &target).await;
    }
}

#[tokio::test]
async fn a_copy_that_was_killed_goes_on() {
    let place = Place::new("killed");
    let source = place.filled("shop.db").await;
    let mut copying = place
        .command(&place.url("shop.db"), &place.url("copy.db"), &["--batch", "1"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Said when the products are copied, and seventy orders are still to come.
    let mut lines = BufReader::new(copying.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.starts_with("products: 6 of 6")));
    copying.kill().unwrap();
    copying.wait().unwrap();
    assert_verified(&place.copy(&place.url("shop.db"), &place.url("copy.db"), &[]));
    assert_equal(&source, &place.store("copy.db").await).await;
}

#[tokio::test]
async fn a_source_that_changes_in_between_is_noticed() {
    let place = Place::new("changed");
    let source = place.filled("shop.db").await;
    place.left_after(&source, place.store("copy.db").await, 4).await;
    cancel(&source, 101).await;
    let output = place.copy(&place.url("shop.db"), &place.url("copy.db"), &[]);
    assert_refused(&output, "the source has changed since the copy began (");
    assert!(told(&output).contains("versions of orders: "), "{}", told(&output));
}

#[tokio::test]
async fn a_target_that_holds_other_orders_is_refused_and_left_alone() {
    let place = Place::new("in-use");
    place.filled("shop.db").await;
    let other = place.filled("other.db").await;
    cancel(&other, 101).await;
    let before = other.totals().await.unwrap();
    let output = place.copy(&place.url("shop.db"), &place.url("other.db"), &[]);
    assert_refused(&output, "the target holds other things already");
    assert_eq!(other.totals().await.unwrap(), before);
}

#[tokio::test]
async fn a_copy_that_is_complete_is_only_verified_again() {
    let place = Place::new("again");
    place.filled("shop.db").await;
    assert_verified(&place.copy(&place.url("shop.db"), &place.url("copy.db"), &[]));
    let again = place.copy(&place.url("shop.db"), &place.url("copy.db"), &[]);
    assert_verified(&again);
    assert!(told(&again).contains("(0 records in "), "{}", told(&again));

    cancel(&place.store("copy.db").await, 101).await;
    assert_refused(
        &place.copy(&place.url("shop.db"), &place.url("copy.db"), &[]),
        "the copy differs from its source: ",
    );
}

#[tokio::test]
async fn a_dry_run_changes_nothing() {
    let place = Place::new("dry");
    let source = place.filled("shop.db").await;
    let output = place.copy(&place.url("shop.db"), &place.url("copy.db"), &["--dry-run"]);
    assert!(output.status.success() && told(&output).contains("nothing was copied"), "{}", told(&output));
    assert!(told(&output).contains("products"), "{}", told(&output));
    assert!(!place.0.join("copy.db").exists());

    let target = place.store("copy.db").await;
    let output = place.copy(&place.url("shop.db"), &place.url("copy.db"), &["--dry-run"]);
    assert!(output.status.success(), "{}", told(&output));
    assert_eq!(target.progress().await.unwrap(), None);
    assert!(target.totals().await.unwrap().is_empty() && !source.totals().await.unwrap().is_empty());
}

#[test]
fn what_can_not_be_copied_is_refused_in_one_line_without_a_password() {
    let place = Place::new("refused");
    let nowhere = "postgres://shop:s3cret@127.0.0.1:9/shop?sslmode=disable";
    let refusals = [
        ("sqlite://shop.db", "sqlite://./shop.db", "--to: "),
        ("sqlite://missing.db", "sqlite://copy.db", "--from: missing.db is not there"),
        ("memory:", "sqlite://copy.db", "--from: a database in memory ends with its process"),
        ("mysql://root:s3cret@host/db", "sqlite://copy.db", "--from: the scheme `mysql` is not in this build"),
        (nowhere, "sqlite://copy.db", "--from: "),
    ];
    for (from, to, why) in refusals {
        let output = place.copy(from, to, &[]);
        assert_refused(&output, why);
        let told = String::from_utf8(output.stderr).unwrap();
        let errors: Vec<_> = told.lines().filter(|line| line.starts_with("error: ")).collect();
        assert!(errors.len() == 1 && !told.contains("s3cret"), "{told}");
    }
    assert_eq!(std::fs::read_dir(&place.0).unwrap().count(), 0, "nothing was made");
}
