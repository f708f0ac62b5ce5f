//! Tests that look inside: statements, plans, the schema's own guards, what the integrity check finds, and what happens
//! when the disk says no.

mod catalog;
mod facts;
mod findings;
mod guards;
mod inbox;
mod statements;
mod tasks;
mod trouble;

use designia_core::order::Order;
use designia_core::ports::{CatalogStore, OrderStore};
use designia_core::testing::fixtures::{commit, placed, placement, product};
use designia_core::testing::lives::lives;
use sqlx::AssertSqlSafe;

use crate::{Config, SqliteStore};

async fn in_memory() -> SqliteStore {
    SqliteStore::open(&Config::memory()).await.unwrap()
}

/// Puts on the shelf what the fixtures order.
async fn shelve(store: &SqliteStore) {
    for number in [1, 2] {
        store.put(&product(number)).await.unwrap();
    }
}

/// Places the order of this number.
async fn place(store: &SqliteStore, number: u32) -> Order {
    let decision = placed(placement(number));
    let order = decision.order.clone();
    store.commit(commit(decision)).await.unwrap();
    order
}

/// A store in which every life that an order can have was lived.
async fn lived_in() -> SqliteStore {
    let store = in_memory().await;
    shelve(&store).await;
    for commit in lives().into_iter().flat_map(|life| life.commits) {
        store.commit(commit).await.unwrap();
    }
    store
}

/// Runs a statement behind the store's back; `Err` is the message of the refusal.
async fn run(store: &SqliteStore, statement: &str) -> Result<u64, String> {
    let mut lane = store.lane().await.unwrap();
    match sqlx::query(AssertSqlSafe(statement)).execute(&mut *lane).await {
        Ok(done) => Ok(done.rows_affected()),
        Err(error) => Err(error.as_database_error().unwrap().message().to_owned()),
    }
}
