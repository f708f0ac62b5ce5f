//! What the server says of the database is told by table, however many parts it has, and follows what was done.

use designia_core::ports::StoreFacts;
use designia_core::testing::fixtures::NOW;
use designia_core::time::DAY;

use super::task_days::end;
use super::{fresh, place, shelve};
use crate::SCHEMA_VERSION;

#[tokio::test]
async fn a_table_that_is_divided_by_day_is_told_as_one_with_its_indexes() {
    let Some(store) = fresh().await else { return };
    let before = store.facts().await.unwrap();
    for days in 0..3 {
        end(&store, days * 10..days * 10 + 5, NOW + DAY * days).await;
    }
    let after = store.facts().await.unwrap();
    let names = |facts: &designia_core::ports::Facts| {
        let indexes = facts.indexes.iter().map(|it| it.name.clone());
        facts.tables.iter().map(|it| it.name.clone()).chain(indexes).collect::<Vec<_>>()
    };
    assert_eq!(names(&after), names(&before), "three more days are no more tables");
    let history = after.tables.iter().find(|it| it.name == "task_history").unwrap();
    assert!(history.bytes.unwrap() > 0, "{history:?}");
    assert!(after.size_bytes > before.size_bytes && after.connections.is_some_and(|it| it.in_use > 0));
}

#[tokio::test]
async fn what_is_counted_is_what_the_statistics_say() {
    let Some(store) = fresh().await else { return };
    shelve(&store).await;
    for number in 1..=9 {
        place(&store, number).await;
    }
    store.run("ANALYZE designia.orders").await.unwrap();
    let facts = store.facts().await.unwrap();
    let orders = facts.tables.iter().find(|it| it.name == "orders").unwrap();
    assert_eq!(orders.rows_estimated, Some(9));
    let numbers: Vec<_> = facts.migrations.iter().map(|it| it.number).collect();
    assert_eq!(numbers, (1..=SCHEMA_VERSION).collect::<Vec<_>>());
    assert!(facts.migrations.iter().all(|it| it.applied_at.is_some()));
}
