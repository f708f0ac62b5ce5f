//! Opening: what is made, what is migrated, what is refused, and in which words.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod support;

use std::time::Duration;

use designia_core::ports::{CatalogStore, ProductKey, StoreErrorKind};
use designia_core::testing::fixtures::{product, product_id};
use designia_postgres::{Config, OpenError, PostgresStore, SCHEMA_VERSION, migrations};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// Runs statements as another program would.
async fn run(url: &str, statements: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

async fn refusal(config: &Config) -> OpenError {
    PostgresStore::open(config).await.expect_err("the database is refused")
}

#[tokio::test]
async fn a_store_that_is_not_ready_says_so_until_it_is() {
    let Some(database) = support::empty_database() else { return };
    let store = PostgresStore::lazy(&support::config(database.url()));
    assert!(!store.is_prepared());
    let error = store.put(&product(1)).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Unavailable);
    assert!(error.message.ends_with("is not ready yet"), "{error}");
    store.prepare().await.unwrap();
    store.prepare().await.unwrap();
    assert!(store.is_prepared());
    store.put(&product(1)).await.unwrap();
    assert_eq!(store.schema_version().await.unwrap(), SCHEMA_VERSION);
}

#[tokio::test]
async fn what_was_stored_is_there_when_it_is_opened_again() {
    let Some((store, database)) = support::fresh().await else { return };
    store.put(&product(1)).await.unwrap();
    store.put_setting("shop", "empty").await.unwrap();
    store.put_setting("shop", "filled").await.unwrap();
    store.close().await.unwrap();
    let store = PostgresStore::open(&support::config(database.url())).await.unwrap();
    assert_eq!(store.product(&ProductKey::Id(product_id(1))).await.unwrap(), Some(product(1)));
    assert_eq!(store.setting("shop").await.unwrap().as_deref(), Some("filled"));
    assert_eq!(store.setting("other").await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_eight_nodes_that_start_at_once_each_step_is_taken_by_one() {
    let Some(database) = support::empty_database() else { return };
    let config = support::config(database.url());
    let open = || {
        let config = config.clone();
        tokio::spawn(async move { PostgresStore::open(&config).await.unwrap().schema_version().await.unwrap() })
    };
    let opening: Vec<_> = (0..8).map(|_| open()).collect();
    for opened in opening {
        assert_eq!(opened.await.unwrap(), SCHEMA_VERSION);
    }
    let mut connection = PgConnection::connect(database.url()).await.unwrap();
    let steps = "SELECT count(*) FROM designia.schema_migrations";
    let steps: i64 = sqlx::query_scalar(steps).fetch_one(&mut connection).await.unwrap();
    assert_eq!(steps, i64::from(SCHEMA_VERSION));
}

#[tokio::test]
async fn a_newer_schema_is_refused_naming_both_versions_and_what_to_do() {
    let Some((_, database)) = support::fresh().await else { return };
    run(database.url(), "INSERT INTO designia.schema_migrations (version, name) VALUES (99, 'later')").await;
    let config = support::config(database.url());
    let refusal = refusal(&config).await;
    assert!(matches!(refusal, OpenError::Newer { found: 99, known: SCHEMA_VERSION, .. }), "{refusal:?}");
    assert!(!refusal.is_temporary());
    let words = refusal.to_string();
    for part in [&database.name(), "99", &SCHEMA_VERSION.to_string(), "newer Designia", "backup"] {
        assert!(words.contains(part), "{words}");
    }
    assert!(matches!(migrations(&config).await, Err(OpenError::Newer { .. })));
}

#[tokio::test]
async fn the_migrations_are_listed_without_changing_anything() {
    let Some(database) = support::empty_database() else { return };
    let config = support::config(database.url());
    let listed = migrations(&config).await.unwrap();
    assert!(listed.iter().all(|it| !it.applied));
    let nothing = "DO $$ BEGIN ASSERT to_regnamespace('designia') IS NULL; END $$";
    run(database.url(), nothing).await;
    PostgresStore::open(&config).await.unwrap().close().await.unwrap();
    let listed = migrations(&config).await.unwrap();
    assert!(listed.iter().all(|it| it.applied));
    assert_eq!(listed.iter().map(|it| it.version).collect::<Vec<_>>(), (1..=SCHEMA_VERSION).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_migration_that_fails_is_named_and_leaves_the_database_as_it_was() {
    let Some(database) = support::empty_database() else { return };
    let config = support::config(database.url());
    run(database.url(), "CREATE SCHEMA designia; CREATE TABLE designia.journals (in_the_way text)").await;
    let refused = refusal(&config).await;
    assert!(matches!(refused, OpenError::Migration { version: 1, name: "stores", .. }), "{refused:?}");
    assert!(!refused.is_temporary());
    // All of the step was taken back, also what had gone well.
    run(
        database.url(),
        "DROP TABLE designia.journals; CREATE TABLE designia.orders (x text); DROP TABLE designia.orders",
    )
    .await;
    PostgresStore::open(&config).await.unwrap();
}

#[tokio::test]
async fn a_schema_that_somebody_made_for_us_is_enough() {
    let Some(database) = support::empty_database() else { return };
    run(database.url(), "CREATE SCHEMA designia").await;
    PostgresStore::open(&support::config(database.url())).await.unwrap();
}

#[tokio::test]
async fn what_can_not_be_reached_is_told_apart_from_what_is_refused() {
    let Some(database) = support::empty_database() else { return };
    let (start, rest) = database.url().split_once('@').unwrap();
    let (role, _) =
        start.trim_start_matches("postgres://").trim_start_matches("postgresql://").split_once(':').unwrap();
    let address = |text: &str| support::config(text);

    // A server that trusts everybody lets the wrong password in.
    if let Err(refused) = PostgresStore::open(&address(&format!("postgres://{role}:wr0ng-pa55@{rest}"))).await {
        assert!(matches!(&refused, OpenError::Login { role: named, .. } if named == role), "{refused:?}");
        assert!(!refused.is_temporary() && !format!("{refused} {refused:?}").contains("wr0ng"), "{refused:?}");
    }
    let refused_role = refusal(&address(&format!("postgres://nobody_here:x@{rest}"))).await;
    assert!(matches!(&refused_role, OpenError::Login { role, .. } if role == "nobody_here"), "{refused_role:?}");

    let missing = database.url().replace(&database.name(), "no_such_database");
    let missing = refusal(&address(&missing)).await;
    assert!(
        matches!(&missing, OpenError::NoDatabase { database, .. } if database == "no_such_database"),
        "{missing:?}"
    );

    let nobody = refusal(&address("postgres://shop:s3cr3t-pa55@127.0.0.1:1/shop")).await;
    assert!(matches!(&nobody, OpenError::Unreachable { .. }), "{nobody:?}");

    let unsafe_ = refusal(&address(&format!("{}?sslmode=require", database.url()))).await;
    assert!(matches!(&unsafe_, OpenError::Tls { .. }), "{unsafe_:?}");

    for (error, is_temporary) in [(&refused_role, false), (&missing, false), (&nobody, true), (&unsafe_, false)] {
        assert_eq!(error.is_temporary(), is_temporary, "{error}");
        let told = format!("{error} {error:?}");
        assert!(!told.contains("pa55"), "{told}");
    }
}

#[tokio::test]
async fn a_server_that_answers_later_is_waited_for_by_trying_again() {
    let Some(database) = support::empty_database() else { return };
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = port.local_addr().unwrap();
    let mut config: Config = format!("postgres://shop:s3cr3t@{address}/shop").parse().unwrap();
    // Somebody accepts and says nothing.
    config.patience = Duration::from_millis(100);
    let store = PostgresStore::lazy(&config);
    let error = store.prepare().await.unwrap_err();
    assert!(error.is_temporary() && !store.is_prepared(), "{error}");
    let store = PostgresStore::lazy(&support::config(database.url()));
    store.prepare().await.unwrap();
}

#[test]
fn an_address_that_can_not_be_meant_is_refused_without_repeating_it() {
    let wrong = [
        "mysql://shop:s3cr3t@db/shop",
        "postgres://shop:s3cr3t#x@db/shop",
        "postgres://shop:s3cr3t/x@db/shop",
        "postgres://shop:s3cr3t?x@db/shop",
        "postgres://shop:s3cr3t@db:port/shop",
        "postgres://shop:s3cr3t@db/shop?sslmode=perhaps",
        "postgres://shop:s3cr3t@db/shop?pooler=session",
        "postgres://shop:s3cr3t@db/shop?passwort=s3cr3t",
    ];
    for address in wrong {
        let error = address.parse::<Config>().unwrap_err();
        let told = format!("{error} {error:?}");
        assert!(!told.contains("s3cr3t"), "{address}: {told}");
    }
}

#[test]
fn nothing_that_is_shown_holds_the_password() {
    let config: Config =
        "postgres://shop:s3cr3t@db:1234/shop?pooler=transaction&application_name=till".parse().unwrap();
    assert!(config.pooler);
    assert_eq!(config.application_name, "till");
    let told = format!("{config:?} {:?}", PostgresStore::lazy(&config));
    assert!(told.contains("db:1234/shop") && !told.contains("s3cr3t"), "{told}");
}
