//! Connections that break and a server that crashes under workers: nothing is lost, nothing completes twice, and it goes on by
//! itself.

mod support;

use std::sync::Arc;

use designia_core::testing::conformance::TaskStores;
use designia_core::testing::conformance::task_queue::restarts::a_restart_under_load_loses_nothing_and_completes_nothing_twice;
use designia_postgres::PostgresStore;
use designia_services::{Database, PrivatePostgres};
use sqlx::{Connection, PgConnection};

use support::block_on;

fn under_test(store: PostgresStore) -> TaskStores {
    TaskStores::of(store).driven_by(block_on)
}

async fn is_sound(store: &PostgresStore) {
    let report = store.integrity_check().await.expect("the database is read");
    assert!(report.is_sound(), "{report:#?}");
}

/// Ends every connection of the store, as often as it opens new ones.
async fn break_connections(database: &Database, times: usize) {
    let mut connection = PgConnection::connect(database.url()).await.expect("the server answers");
    let mut broken = 0;
    while broken < times {
        let ended: Vec<(bool,)> = sqlx::query_as(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND application_name = 'designia' AND state = 'active'",
        )
        .fetch_all(&mut connection)
        .await
        .expect("the server answers");
        broken += ended.len();
        tokio::task::yield_now().await;
    }
    connection.close().await.expect("the server answers");
}

#[test]
fn connections_that_break_under_load_lose_nothing_and_complete_nothing_twice() {
    block_on(async {
        let Some((store, database)) = support::fresh().await else { return };
        let (database, again) = (Arc::new(database), store.clone());
        let stores = under_test(store.clone()).reopened_by(move || {
            let (database, store) = (Arc::clone(&database), again.clone());
            async move {
                break_connections(&database, 25).await;
                under_test(store)
            }
        });
        a_restart_under_load_loses_nothing_and_completes_nothing_twice(&stores).await;
        is_sound(&store).await;
    });
}

#[test]
fn a_server_that_crashes_under_load_loses_nothing_and_completes_nothing_twice() {
    block_on(async {
        // What was answered is to survive, as in production.
        let Some(server) = PrivatePostgres::fast().setting("synchronous_commit", "on").launch_or_skip() else { return };
        let store = PostgresStore::open(&support::config(&server.url())).await.unwrap();
        let (server, again) = (Arc::new(server), store.clone());
        let crashing = Arc::clone(&server);
        let stores = under_test(store.clone()).reopened_by(move || {
            let (server, store) = (Arc::clone(&crashing), again.clone());
            async move {
                server.kill().expect("the server is killed");
                server.start().expect("the server starts again");
                // The same store: it finds its way back by itself.
                under_test(store)
            }
        });
        a_restart_under_load_loses_nothing_and_completes_nothing_twice(&stores).await;
        is_sound(&store).await;
    });
}
