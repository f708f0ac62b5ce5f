//! Many at once, on two stores of one database, which is what two nodes are.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod support;

use designia_core::id::ProductId;
use designia_core::order::{Actor, Command, Order, Placement};
use designia_core::payment::{Fact, PaymentMethod, PaymentNews, ProviderRefs};
use designia_core::ports::{
    CatalogStore, Claim, Commit, CommitError, DueOrder, OrderQueries, OrderStore, ProductKey, RequestKey,
};
use designia_core::testing::fixtures::{NOW, buyer, claim, commit, order_id, placed, placement, product, product_id};
use designia_core::time::{DAY, HOUR};
use designia_postgres::{PostgresStore, commit_in};
use designia_services::Database;
use sqlx::{Connection, PgConnection};

/// Two stores of one database with products to order.
async fn two_nodes() -> Option<([PostgresStore; 2], Database)> {
    let (store, database) = support::fresh().await?;
    let other = PostgresStore::open(store.config()).await.unwrap();
    for number in [1, 2] {
        store.put(&product(number)).await.unwrap();
    }
    Some(([store, other], database))
}

async fn stock(store: &PostgresStore, id: ProductId) -> u32 {
    store.product(&ProductKey::Id(id)).await.unwrap().unwrap().stock
}

async fn is_sound_with(store: &PostgresStore, orders: u64) {
    let report = store.integrity_check().await.unwrap();
    assert!(report.is_sound(), "{report:#?}");
    assert_eq!(report.orders, orders);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn eight_sweepers_on_two_nodes_change_each_order_once_and_the_stock_adds_up() {
    let Some((stores, _database)) = two_nodes().await else { return };
    for number in 1..=200 {
        stores[0].commit(commit(placed(placement(number)))).await.unwrap();
    }
    let late = NOW + DAY * 30;
    let tasks: Vec<_> = (0..8)
        .map(|task| {
            let store = stores[task % 2].clone();
            tokio::spawn(async move {
                let tick = |order: &Order| order.decide(&Command::Tick, late).ok().map(commit);
                let mut mine = Vec::new();
                loop {
                    let due = Claim { limit: 7, ..claim(late) };
                    let some = store.change_due(due, &tick).await.unwrap();
                    mine.extend(some.iter().map(|it| (it.order, matches!(it.outcome, Ok(true)))));
                    // What is passed over is in another's hands, or was: then somebody has found the last one.
                    if some.is_empty() && store.counts(late).await.unwrap().oldest_due_order.is_none() {
                        return mine;
                    }
                }
            })
        })
        .collect();
    let mut changed = Vec::new();
    for task in tasks {
        changed.extend(task.await.unwrap());
    }
    changed.sort_unstable();
    let mut expected: Vec<_> = (1..=200).map(|number| (order_id(number), true)).collect();
    expected.sort_unstable();
    assert_eq!(changed, expected, "each order once");
    assert_eq!((stock(&stores[0], product_id(1)).await, stock(&stores[0], product_id(2)).await), (1_000, 1_000));
    is_sound_with(&stores[0], 200).await;
}

/// Both products, in this order or the other.
fn crossing(number: u32) -> Placement {
    let mut placement = placement(number);
    if number.is_multiple_of(2) {
        placement.consignments.reverse();
    }
    placement
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn orders_that_take_the_same_products_in_opposite_orders_never_stop_each_other() {
    let Some((stores, database)) = two_nodes().await else { return };
    let tasks: Vec<_> = (0..8)
        .map(|task| {
            let store = stores[task as usize % 2].clone();
            tokio::spawn(async move {
                for number in (1..=20).map(|number| task * 20 + number) {
                    store.commit(commit(placed(crossing(number)))).await.unwrap();
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
    assert_eq!(stock(&stores[1], product_id(1)).await, 1_000, "what was cancelled is on the shelf again");
    let mut connection = PgConnection::connect(database.url()).await.unwrap();
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    let deadlocks: i64 = sqlx::query_scalar(deadlocks).fetch_one(&mut connection).await.unwrap();
    assert_eq!(deadlocks, 0, "locks are taken in one order");
    is_sound_with(&stores[0], 160).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_the_last_units_each_is_sold_once() {
    let Some((stores, _database)) = two_nodes().await else { return };
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
    is_sound_with(&stores[0], 10).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_request_that_is_sent_many_times_at_once_is_answered_with_one_order() {
    let Some((stores, _database)) = two_nodes().await else { return };
    let tasks: Vec<_> = (1..=16)
        .map(|number| {
            let store = stores[number as usize % 2].clone();
            // Some of them under the same id, too, as a program does that repeats the very same call.
            let mut placing = commit(placed(placement(number / 2)));
            let key = RequestKey { buyer: buyer(1), key: "k".to_owned(), fingerprint: "f".to_owned() };
            placing.answers = Some(key);
            tokio::spawn(async move { store.commit(placing).await.map(|()| order_id(number / 2)) })
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
    assert_eq!(stock(&stores[0], product_id(1)).await, 998, "stock was taken once");
}

/// An order that learns a name of the provider's.
async fn learning(store: &PostgresStore, number: u32, name: &str) -> Commit {
    store.commit(commit(placed(placement(number)))).await.unwrap();
    let order = store.load(order_id(number)).await.unwrap().unwrap();
    let pay = Command::StartPayment { method: PaymentMethod::Card };
    let decision = order.decide(&pay, NOW + HOUR).unwrap();
    let order = decision.order.clone();
    store.commit(commit(decision)).await.unwrap();
    let refs = ProviderRefs { session: Some(name.to_owned()), payment: None };
    let attempt = order.attempts()[0].no();
    let fact = Fact::Payment { attempt, refs, news: PaymentNews::Open };
    commit(order.record(&fact, &designia_core::order::Surroundings::at(NOW + HOUR)))
}

#[tokio::test]
async fn a_name_that_another_takes_at_the_same_moment_belongs_to_another_order() {
    let Some((stores, database)) = two_nodes().await else { return };
    let (first, second) = (learning(&stores[0], 1, "cs_(1)=(x)").await, learning(&stores[0], 2, "cs_(1)=(x)").await);
    let mut connection = PgConnection::connect(database.url()).await.unwrap();
    let mut transaction = connection.begin().await.unwrap();
    commit_in(&mut transaction, &first).await.unwrap();
    let waiting = tokio::spawn({
        let store = stores[1].clone();
        async move { store.commit(second).await }
    });
    let mut other = PgConnection::connect(database.url()).await.unwrap();
    let waits = "SELECT count(*) FROM pg_stat_activity
                 WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while sqlx::query_scalar::<_, i64>(waits).fetch_one(&mut other).await.unwrap() == 0 {
        tokio::task::yield_now().await;
    }
    transaction.commit().await.unwrap();
    let refusal = waiting.await.unwrap().unwrap_err();
    assert!(
        matches!(&refusal, CommitError::ForeignReference { reference } if reference == "cs_(1)=(x)"),
        "{refusal:?}"
    );
    is_sound_with(&stores[0], 2).await;
}

#[tokio::test]
async fn what_is_committed_within_a_hosts_transaction_lives_and_dies_with_it() {
    let Some((stores, database)) = two_nodes().await else { return };
    let mut host = PgConnection::connect(database.url()).await.unwrap();
    sqlx::raw_sql("CREATE TABLE public.points (order_id uuid)").execute(&mut host).await.unwrap();
    for (number, is_kept) in [(1, false), (2, true)] {
        let mut transaction = host.begin().await.unwrap();
        let points = sqlx::query("INSERT INTO public.points VALUES ($1)").bind(order_id(number).as_uuid());
        points.execute(&mut *transaction).await.unwrap();
        commit_in(&mut transaction, &commit(placed(placement(number)))).await.unwrap();
        assert_eq!(stores[0].load(order_id(number)).await.unwrap(), None, "nobody sees it yet");
        if is_kept {
            transaction.commit().await.unwrap();
        } else {
            transaction.rollback().await.unwrap();
        }
        assert_eq!(stores[1].load(order_id(number)).await.unwrap().is_some(), is_kept);
    }
    // A refusal takes the host's own work along, as any error does.
    let mut transaction = host.begin().await.unwrap();
    sqlx::raw_sql("DELETE FROM public.points").execute(&mut *transaction).await.unwrap();
    let refusal = commit_in(&mut transaction, &commit(placed(placement(2)))).await.unwrap_err();
    assert!(matches!(refusal, CommitError::Conflict), "{refusal:?}");
    assert!(sqlx::raw_sql("SELECT 1").execute(&mut *transaction).await.is_err());
    transaction.rollback().await.unwrap();
    let points: i64 = sqlx::query_scalar("SELECT count(*) FROM public.points").fetch_one(&mut host).await.unwrap();
    assert_eq!(points, 1);
    assert_eq!(stock(&stores[0], product_id(1)).await, 998);
    is_sound_with(&stores[0], 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_order_that_is_being_changed_is_passed_over_and_found_again() {
    let Some((stores, database)) = two_nodes().await else { return };
    for number in [1, 2] {
        stores[0].commit(commit(placed(placement(number)))).await.unwrap();
    }
    let late = NOW + DAY * 30;
    let mut host = PgConnection::connect(database.url()).await.unwrap();
    let mut transaction = host.begin().await.unwrap();
    let order = stores[0].load(order_id(1)).await.unwrap().unwrap();
    let pay = Command::StartPayment { method: PaymentMethod::Card };
    commit_in(&mut transaction, &commit(order.decide(&pay, NOW + HOUR).unwrap())).await.unwrap();
    let tick = |order: &Order| order.decide(&Command::Tick, late).ok().map(commit);
    let changed = stores[1].change_due(claim(late), &tick).await.unwrap();
    assert!(matches!(changed[..], [DueOrder { order, outcome: Ok(true) }] if order == order_id(2)), "{changed:?}");
    transaction.rollback().await.unwrap();
    let changed = stores[1].change_due(claim(late), &tick).await.unwrap();
    assert!(matches!(changed[..], [DueOrder { order, outcome: Ok(true) }] if order == order_id(1)), "{changed:?}");
    is_sound_with(&stores[0], 2).await;
}
