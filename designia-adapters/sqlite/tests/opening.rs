//! Opening: what is made, what is migrated, what is refused, and in which words.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod support;

use std::fs;

use designia_core::ports::{CatalogStore, ProductKey};
use designia_core::testing::fixtures::{product, product_id};
use designia_sqlite::{Config, OpenError, SCHEMA_VERSION, SqliteStore, migrations};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};

use support::Folder;

/// Runs statements on the file as another program would.
async fn run(folder: &Folder, statements: &str) {
    let options = SqliteConnectOptions::new().filename(folder.database()).create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

async fn refusal(config: &Config) -> OpenError {
    SqliteStore::open(config).await.expect_err("the database is refused")
}

#[tokio::test]
async fn a_missing_file_is_made_with_its_folder_for_this_user_only() {
    let folder = Folder::new();
    let path = folder.path().join("not/there/yet.db");
    let store = SqliteStore::open(&Config::file(&path)).await.unwrap();
    assert_eq!(store.schema_version().await.unwrap(), SCHEMA_VERSION);
    store.put(&product(1)).await.unwrap();
    #[cfg(unix)]
    for (name, expected) in [("", 0o700), ("yet.db", 0o600), ("yet.db-wal", 0o600), ("yet.db-shm", 0o600)] {
        let path = path.with_file_name("").join(name);
        let mode = std::os::unix::fs::MetadataExt::mode(&fs::metadata(&path).unwrap());
        assert_eq!(mode & 0o777, expected, "{}", path.display());
    }
}

#[tokio::test]
async fn what_was_stored_is_there_when_it_is_opened_again() {
    let folder = Folder::new();
    let store = SqliteStore::open(&folder.config()).await.unwrap();
    store.put(&product(1)).await.unwrap();
    store.put_setting("shop", "empty").await.unwrap();
    store.put_setting("shop", "filled").await.unwrap();
    store.close().await.unwrap();
    let store = SqliteStore::open(&folder.config()).await.unwrap();
    assert_eq!(store.product(&ProductKey::Id(product_id(1))).await.unwrap(), Some(product(1)));
    assert_eq!(store.setting("shop").await.unwrap().as_deref(), Some("filled"));
    assert_eq!(store.setting("other").await.unwrap(), None);
}

#[tokio::test]
async fn two_programs_that_start_at_once_both_find_the_schema() {
    let folder = Folder::new();
    let open = || {
        let config = folder.config();
        tokio::spawn(async move { SqliteStore::open(&config).await.unwrap().schema_version().await.unwrap() })
    };
    let opening: Vec<_> = (0..8).map(|_| open()).collect();
    for opened in opening {
        assert_eq!(opened.await.unwrap(), SCHEMA_VERSION);
    }
}

#[tokio::test]
async fn a_newer_schema_is_refused_naming_both_versions_and_what_to_do() {
    let folder = Folder::new();
    SqliteStore::open(&folder.config()).await.unwrap().close().await.unwrap();
    run(&folder, "PRAGMA user_version = 99").await;
    let refusal = refusal(&folder.config()).await;
    assert!(matches!(refusal, OpenError::Newer { found: 99, known: SCHEMA_VERSION, .. }), "{refusal:?}");
    let words = refusal.to_string();
    for part in ["designia.db", "99", &SCHEMA_VERSION.to_string(), "newer Designia", "backup"] {
        assert!(words.contains(part), "{words}");
    }
    assert!(matches!(migrations(&folder.config()).await, Err(OpenError::Newer { .. })));
}

#[tokio::test]
async fn a_database_of_another_program_is_refused_and_left_alone() {
    let folder = Folder::new();
    run(&folder, "CREATE TABLE bookmarks (url TEXT); PRAGMA user_version = 3").await;
    let before = fs::read(folder.database()).unwrap();
    let refusal = refusal(&folder.config()).await;
    assert!(refusal.to_string().contains("another program"), "{refusal}");
    assert_eq!(fs::read(folder.database()).unwrap(), before);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let folder = Folder::new();
    let text = "This is a letter to my landlord, and it is quite long.\n".repeat(100);
    fs::write(folder.database(), &text).unwrap();
    let refusal = refusal(&folder.config()).await;
    assert!(refusal.to_string().contains("no SQLite database"), "{refusal}");
    assert_eq!(fs::read_to_string(folder.database()).unwrap(), text);
}

#[tokio::test]
async fn a_folder_that_can_not_be_made_is_named() {
    let folder = Folder::new();
    fs::write(folder.path().join("file"), "").unwrap();
    let refusal = refusal(&Config::file(folder.path().join("file/designia.db"))).await;
    assert!(matches!(&refusal, OpenError::Io { path, .. } if path.ends_with("file")), "{refusal:?}");
}

#[tokio::test]
async fn the_migrations_are_listed_without_making_or_changing_a_file() {
    let folder = Folder::new();
    let listed = migrations(&folder.config()).await.unwrap();
    assert!(listed.iter().all(|it| !it.applied));
    assert!(!folder.database().exists());
    SqliteStore::open(&folder.config()).await.unwrap().close().await.unwrap();
    let listed = migrations(&folder.config()).await.unwrap();
    assert!(listed.iter().all(|it| it.applied));
    assert_eq!(listed.iter().map(|it| it.version).collect::<Vec<_>>(), (1..=SCHEMA_VERSION).collect::<Vec<_>>());
}

/// Only the first step had been made when this file was written; it holds two orders' lives, webhook events and rates.
const SCHEMA_1: &str = include_str!("fixtures/schema-1.sql");

#[tokio::test]
async fn an_older_schema_is_migrated_with_all_that_it_holds() {
    let folder = Folder::new();
    run(&folder, SCHEMA_1).await;
    assert_eq!(migrations(&folder.config()).await.unwrap().iter().filter(|it| it.applied).count(), 1);

    let store = SqliteStore::open(&folder.config()).await.unwrap();
    assert_eq!(store.schema_version().await.unwrap(), SCHEMA_VERSION);
    let report = store.integrity_check().await.unwrap();
    assert!(report.is_sound(), "a program that derives more from an order must restate the stored ones: {report:#?}");
    assert_eq!(report.orders, 2);
    migrated::holds_what_it_held(&store).await;
}

mod migrated {
    use designia_core::effect::EffectState;
    use designia_core::ledger::Account;
    use designia_core::order::OrderStatus;
    use designia_core::ports::{
        CatalogSearch, CatalogStore, Inbox, InboxFilter, InboxState, OrderQueries, OrderStore, PageRequest, ProductKey,
        ProductOrder, ProductQuery, RateStore,
    };
    use designia_core::testing::fixtures::{NOW, day, order_id, product, product_id, rates, total};
    use designia_core::testing::lives::lives;

    use super::*;

    pub(super) async fn holds_what_it_held(store: &SqliteStore) {
        for number in [1, 2] {
            let order = store.load(order_id(number)).await.unwrap().unwrap();
            assert_eq!(order.contents().total, total());
        }
        // What was counted before there were counters is counted now.
        let counts = store.counts(NOW).await.unwrap();
        assert_eq!(counts.orders, [(OrderStatus::Cancelled, 1), (OrderStatus::Delivered, 1)]);
        assert!(counts.effects.iter().any(|(state, count)| *state == EffectState::Planned && *count > 10));
        let balance = store.trial_balance().await.unwrap();
        let sum_of = |wanted: Account| balance.iter().find(|it| it.0 == wanted).map_or(0, |it| it.2);
        assert_eq!(balance.iter().map(|it| it.2).sum::<i64>(), 0);
        assert_eq!(sum_of(Account::ProviderBalance), total().minor());
        assert_eq!(sum_of(Account::BuyerFunds), -total().minor());
        let earned = store.figures(NOW + designia_core::time::DAY).await.unwrap().money_today;
        assert_eq!(earned.iter().map(|it| (it.captured, it.refunded)).collect::<Vec<_>>(), [(total().minor(), 0)]);
        let page = PageRequest { after: None, limit: 10 };
        assert_eq!(store.events(&InboxFilter::of(InboxState::Waiting), page).await.unwrap().rows.len(), 2);
        assert_eq!(store.latest().await.unwrap().as_deref(), Some(&rates(day(0))));
        // Products have what is known of them, and their texts are searched in.
        let words = designia_core::catalog::SearchWords::new("coruja lines");
        let query = ProductQuery { words, order: ProductOrder::Newest, ..ProductQuery::default() };
        let page = PageRequest { after: None, limit: 10 };
        let found: Vec<_> = store.search(&query, page).await.unwrap().rows.into_iter().map(|it| it.id).collect();
        assert_eq!(found, [product_id(2), product_id(1)]);
        let first = store.product(&ProductKey::Id(product_id(1))).await.unwrap().unwrap();
        assert_eq!((&first.description, &first.details), (&product(1).description, &product(1).details));
        let oldest = store.load(order_id(1)).await.unwrap().unwrap().contents().placed_at;
        assert_eq!((first.version, first.created_at), (1, oldest));
        // And it goes on from there.
        for commit in lives().swap_remove(3).commits {
            store.commit(commit).await.unwrap();
        }
    }
}

#[tokio::test]
async fn what_older_orders_wait_for_is_stated_of_them() {
    use designia_core::order::Order;
    use designia_core::ports::{Agenda, OrderQueries, PageRequest};

    let folder = Folder::new();
    run(&folder, SCHEMA_1).await;
    // An order of its own for each step of each life, one of them unreadable.
    let mut orders = Vec::new();
    let (mut number, commits) = (100, designia_core::testing::lives::lives().into_iter().flat_map(|life| life.commits));
    for order in commits.map(|commit| commit.order) {
        number += 1;
        let id = designia_core::testing::fixtures::order_id(number);
        let state = serde_json::to_string(&order).unwrap().replace(&order.id().to_string(), &id.to_string());
        let order: Order = serde_json::from_str(&state).unwrap();
        insert(&folder, &order, &state).await;
        orders.push(order);
    }
    let unreadable = orders.swap_remove(0);
    run(&folder, &format!("UPDATE orders SET state = '{{}}' WHERE id = x'{}'", unreadable.id().as_uuid().simple()))
        .await;

    let store = SqliteStore::open(&folder.config()).await.unwrap();
    for (of, deadline) in [
        (Agenda::PaymentDue, Order::expires_at as fn(&Order) -> _),
        (Agenda::Attention, |order| order.attention().first().map(|it| it.deadline)),
    ] {
        let mut expected: Vec<_> = orders.iter().filter_map(|order| Some((deadline(order)?, order.id()))).collect();
        expected.sort_unstable();
        let page = store.agenda(of, PageRequest { after: None, limit: 1_000 }).await.unwrap();
        let found: Vec<_> = page.rows.iter().map(|order| (deadline(order).unwrap(), order.id())).collect();
        assert!(expected.len() > 3, "{expected:?}");
        assert_eq!(found, expected);
    }
    let report = store.integrity_check().await.unwrap();
    let counters: Vec<_> = report.findings.iter().filter(|it| it.rule == "every counter is right").collect();
    assert!(counters.is_empty(), "{counters:#?}");
}

/// As the first schema kept an order, without what hangs on it but for its refunds.
async fn insert(folder: &Folder, order: &designia_core::order::Order, state: &str) {
    let id = order.id().as_uuid().simple();
    let mut statements = format!(
        "INSERT INTO orders VALUES (x'{id}', x'{}', '{}', '{}', 'EUR', {}, {}, {}, NULL, NULL, {}, '{}');",
        order.buyer().as_uuid().simple(),
        order.status().as_str(),
        order.payment_status().as_str(),
        order.contents().total.minor(),
        order.contents().placed_at.as_micros(),
        order.updated_at().as_micros(),
        order.version(),
        state.replace('\'', "''"),
    );
    for it in order.attempts() {
        let amount = it.amount().minor();
        statements +=
            &format!("INSERT INTO attempts VALUES (x'{id}', {}, NULL, NULL, 'x', 'EUR', {amount}, 0);", it.no().get());
    }
    for it in order.refunds() {
        let (state, amount) = (serde_json::to_value(it.state).unwrap(), it.amount.minor());
        let (no, attempt, state) = (it.no.get(), it.attempt.get(), state.as_str().unwrap());
        statements +=
            &format!("INSERT INTO refunds VALUES (x'{id}', {no}, {attempt}, NULL, '{state}', 'EUR', {amount});");
    }
    run(folder, &statements).await;
}

#[tokio::test]
async fn a_migration_that_fails_is_named_and_leaves_the_database_as_it_was() {
    let folder = Folder::new();
    run(&folder, SCHEMA_1).await;
    run(&folder, "CREATE TABLE account_balances (in_the_way TEXT)").await;
    let refusal = refusal(&folder.config()).await;
    assert!(matches!(refusal, OpenError::Migration { version: 2, name: "counters", .. }), "{refusal:?}");
    // All of the step was taken back, also what had gone well.
    run(&folder, "DROP TABLE account_balances; CREATE TABLE counters (x TEXT); DROP TABLE counters").await;
    SqliteStore::open(&folder.config()).await.unwrap();
}
