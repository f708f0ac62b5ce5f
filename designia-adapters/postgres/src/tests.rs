//! Tests that look inside: statements, plans, the schema's own guards, what the integrity check finds, and what happens
//! when the server or the network says no.

mod account_size;
mod catalog;
mod facts;
mod findings;
mod guards;
mod inbox;
mod plans;
mod restating;
mod size;
mod statements;
mod tallies;
mod task_days;
mod task_locks;
mod task_size;
mod task_trouble;
mod trouble;

use designia_core::order::Order;
use designia_core::ports::{CatalogStore, OrderStore};
use designia_core::testing::fixtures::{commit, placed, placement, product};
use designia_core::testing::lives::lives;
use designia_services::{Database, Template, postgres};
use sqlx::postgres::PgDatabaseError;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::{Config, PostgresStore};

/// A store on a database of its own, which goes away with it.
struct Subject {
    store: PostgresStore,
    database: Database,
}

impl std::ops::Deref for Subject {
    type Target = PostgresStore;

    fn deref(&self) -> &PostgresStore {
        &self.store
    }
}

static MIGRATED: Template = Template::new(|url| {
    Box::pin(async move {
        PostgresStore::open(&url.parse()?).await?.close().await?;
        Ok(())
    })
});

/// A new store, or none after a line that says so.
async fn fresh() -> Option<Subject> {
    fresh_with(|config| config.max_connections = 4).await
}

async fn fresh_with(configure: impl FnOnce(&mut Config)) -> Option<Subject> {
    let database = postgres()?.fresh_database(Some(&MIGRATED)).unwrap();
    let mut config: Config = database.url().parse().unwrap();
    configure(&mut config);
    let store = PostgresStore::open(&config).await.unwrap();
    Some(Subject { store, database })
}

/// Puts on the shelf what the fixtures order.
async fn shelve(store: &PostgresStore) {
    for number in [1, 2] {
        store.put(&product(number)).await.unwrap();
    }
}

/// Places the order of this number.
async fn place(store: &PostgresStore, number: u32) -> Order {
    let decision = placed(placement(number));
    let order = decision.order.clone();
    store.commit(commit(decision)).await.unwrap();
    order
}

/// A store in which every life that an order can have was lived.
async fn lived_in() -> Option<Subject> {
    let store = fresh().await?;
    shelve(&store).await;
    for commit in lives().into_iter().flat_map(|life| life.commits) {
        store.commit(commit).await.unwrap();
    }
    Some(store)
}

impl Subject {
    /// A connection behind the store's back.
    async fn connection(&self) -> PgConnection {
        PgConnection::connect(self.database.url()).await.unwrap()
    }

    /// Runs a statement behind the store's back; `Err` is the message of the refusal.
    async fn run(&self, statement: &str) -> Result<u64, String> {
        let mut connection = self.connection().await;
        let outcome = sqlx::query(AssertSqlSafe(statement)).persistent(false).execute(&mut connection).await;
        connection.close().await.unwrap();
        outcome.map(|done| done.rows_affected()).map_err(|error| {
            let error = error.into_database_error().unwrap().downcast::<PgDatabaseError>();
            error.message().to_owned()
        })
    }
}
