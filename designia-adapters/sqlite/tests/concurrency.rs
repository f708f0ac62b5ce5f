//! Many at once: on one store, and on two stores of the same file, which is what two processes are.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod support;

use designia_core::order::{Actor, Command};
use designia_core::ports::{CatalogStore, CommitError, Inbox, OrderStore, ProductKey, RequestKey};
use designia_core::testing::fixtures::{
    NOW, buyer, claim, commit, event, order_id, placed, placement, product, product_id,
};
use designia_core::time::HOUR;
use designia_sqlite::SqliteStore;

use support::Folder;

const TASKS: u32 = 8;
const ORDERS_EACH: u32 = 12;

/// Two stores of one file with products to order.
async fn two_of_one_file(folder: &Folder) -> [SqliteStore; 2] {
    let stores =
        [SqliteStore::open(&folder.config()).await.unwrap(), SqliteStore::open(&folder.config()).await.unwrap()];
    for number in [1, 2] {
        stores[0].put(&product(number)).await.unwrap();
    }
    stores
}

async fn stock(store: &SqliteStore, number: u32) -> u32 {
    store.product(&ProductKey::Id(product_id(number))).await.unwrap().unwrap().stock
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn eight_writers_on_two_stores_of_one_file_never_hear_that_it_is_busy() {
    let folder = Folder::new();
    let stores = two_of_one_file(&folder).await;
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let store = stores[task as usize % 2].clone();
            tokio::spawn(async move {
                for number in (1..=ORDERS_EACH).map(|number| task * ORDERS_EACH + number) {
                    store.commit(commit(placed(placement(number)))).await.unwrap();
                    store.accept(event(number)).await.unwrap();
                    store.claim_effects(Some(order_id(number)), claim(NOW + HOUR)).await.unwrap();
                    let order = store.load(order_id(number)).await.unwrap().unwrap();
                    let cancel = Command::Cancel { by: Actor::Buyer(buyer(1)), reason: String::new() };
                    store.commit(commit(order.decide(&cancel, NOW + HOUR).unwrap())).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let report = stores[0].integrity_check().await.unwrap();
    assert!(report.is_sound(), "{report:#?}");
    assert_eq!(report.orders, u64::from(TASKS * ORDERS_EACH));
    assert_eq!(stock(&stores[1], 1).await, 1_000, "what was cancelled is on the shelf again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_the_last_units_each_is_sold_once() {
    let folder = Folder::new();
    let stores = two_of_one_file(&folder).await;
    // An order takes two of product 1: there are enough for ten.
    stores[0].set_stock(product_id(1), 21).await.unwrap();
    let tasks: Vec<_> = (1..=64)
        .map(|number| {
            let store = stores[number as usize % 2].clone();
            tokio::spawn(async move { store.commit(commit(placed(placement(number)))).await })
        })
        .collect();
    let mut sold = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(()) => sold += 1,
            Err(CommitError::OutOfStock { product, available }) => {
                assert_eq!((product, available), (product_id(1), 1));
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(sold, 10);
    assert_eq!((stock(&stores[0], 1).await, stock(&stores[0], 2).await), (1, 1_000 - 30));
    assert!(stores[0].integrity_check().await.unwrap().is_sound());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_request_that_is_sent_many_times_at_once_is_answered_with_one_order() {
    let folder = Folder::new();
    let stores = two_of_one_file(&folder).await;
    let tasks: Vec<_> = (1..=16)
        .map(|number| {
            let store = stores[number as usize % 2].clone();
            let key = RequestKey { buyer: buyer(1), key: "k".to_owned(), fingerprint: "f".to_owned() };
            let mut placing = commit(placed(placement(number)));
            placing.answers = Some(key);
            tokio::spawn(async move { store.commit(placing).await.map(|()| order_id(number)) })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(match task.await.unwrap() {
            Ok(order) | Err(CommitError::Repeated { order, .. }) => order,
            Err(other) => panic!("{other:?}"),
        });
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!(stock(&stores[0], 1).await, 998, "stock was taken once");
}
