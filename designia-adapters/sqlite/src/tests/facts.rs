//! What the file says of itself.

use designia_core::ports::StoreFacts;
use sqlx::AssertSqlSafe;

use super::lived_in;
use crate::SCHEMA_VERSION;

#[tokio::test]
async fn a_small_file_tells_how_much_each_table_takes() {
    let store = lived_in().await;
    let facts = store.facts().await.unwrap();
    let orders = facts.tables.iter().find(|it| it.name == "orders").unwrap();
    assert!(orders.bytes.is_some_and(|bytes| bytes > 0) && orders.rows_estimated.is_none(), "{orders:?}");
    assert!(facts.indexes.iter().any(|it| it.name == "orders_due" && it.table == "orders" && it.bytes > Some(0)));
    assert!(!facts.tables.iter().any(|it| it.name.starts_with("sqlite_")));
    let numbers: Vec<_> = facts.migrations.iter().map(|it| it.number).collect();
    assert_eq!(numbers, (1..=SCHEMA_VERSION).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_large_file_is_not_read_to_tell_how_large_it_is() {
    let store = lived_in().await;
    {
        let mut lane = store.lane().await.unwrap();
        let fill = "CREATE TABLE filling (body BLOB); INSERT INTO filling VALUES (zeroblob(70000000))";
        sqlx::raw_sql(AssertSqlSafe(fill)).execute(&mut *lane).await.unwrap();
    }
    let facts = store.facts().await.unwrap();
    assert!(facts.size_bytes > Some(70_000_000));
    assert!(facts.tables.iter().all(|it| it.bytes.is_none()) && facts.indexes.iter().all(|it| it.bytes.is_none()));
    assert!(facts.notes.iter().any(|note| note.contains("not measured")), "{:?}", facts.notes);
}
