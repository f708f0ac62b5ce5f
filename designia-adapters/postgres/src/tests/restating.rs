//! Orders that were written by a program that didn't know of their deadlines get them.

use designia_core::ports::{Agenda, Figures, OrderQueries, PageRequest};
use designia_core::testing::fixtures::NOW;
use designia_core::time::DAY;

use super::{Subject, lived_in, place};
use crate::PostgresStore;

/// What can be seen of deadlines and money.
async fn seen(store: &PostgresStore) -> (Vec<Vec<designia_core::order::Order>>, Vec<Figures>) {
    let (mut agendas, mut figures) = (Vec::new(), Vec::new());
    for of in Agenda::ALL {
        agendas.push(store.agenda(of, PageRequest { after: None, limit: 100 }).await.unwrap().rows);
    }
    for days in 0..40 {
        figures.push(store.figures(NOW + DAY * days).await.unwrap());
    }
    (agendas, figures)
}

async fn counters_are_right(store: &PostgresStore) {
    let report = store.integrity_check().await.unwrap();
    let counters: Vec<_> = report
        .findings
        .iter()
        .filter(|it| it.rule.contains("counter") || it.rule.contains("money") || it.rule.contains("columns"))
        .collect();
    assert!(counters.is_empty(), "{counters:#?}");
}

async fn unstated(store: &Subject) -> u64 {
    store.run("SELECT 1 FROM designia.unstated_orders").await.unwrap()
}

#[tokio::test]
async fn what_older_orders_wait_for_is_stated_of_them_by_the_migration() {
    let Some(store) = lived_in().await else { return };
    place(&store, 100).await;
    store.upkeep().await.unwrap();
    let before = seen(&store).await;
    assert!(before.0.iter().all(|agenda| !agenda.is_empty()));
    // As before the step, and the step again.
    let back = "DROP TABLE designia.unstated_orders;
        ALTER TABLE designia.orders DROP COLUMN expires_at, DROP COLUMN attention_at;
        DELETE FROM designia.tallies WHERE kind IN ('due', 'attention', 'captured', 'refunded');
        DROP FUNCTION designia.write_orders_2, designia.commit_order_2";
    let mut connection = store.connection().await;
    for step in [back, include_str!("../../migrations/0013_orders.sql")] {
        sqlx::raw_sql(step).execute(&mut connection).await.unwrap();
    }
    assert!(unstated(&store).await > 2);
    let again = PostgresStore::open(store.config()).await.unwrap();
    assert_eq!(unstated(&store).await, 0);
    again.upkeep().await.unwrap();
    assert_eq!(seen(&again).await, before);
    counters_are_right(&again).await;
}

#[tokio::test]
async fn what_a_node_of_an_earlier_release_writes_is_stated_by_the_next_upkeep() {
    let Some(store) = lived_in().await else { return };
    place(&store, 100).await;
    let before = seen(&store).await;
    // Each order once more, as the earlier release's call writes it.
    let nothing = vec!["NULL"; 50].join(", ");
    let written = store
        .run(&format!(
            "SELECT designia.write_orders_1(
                ARRAY[id], ARRAY[version], ARRAY[version + 1], ARRAY[buyer], ARRAY[status], ARRAY[payment_status],
                ARRAY[currency], ARRAY[total_minor], ARRAY[placed_at], ARRAY[updated_at], ARRAY[next_tick_at],
                ARRAY[state::text], {nothing}
             ) FROM designia.orders"
        ))
        .await
        .unwrap();
    assert_eq!((written, unstated(&store).await), (10, 10));
    assert_eq!(store.agenda(Agenda::PaymentDue, PageRequest { after: None, limit: 9 }).await.unwrap().rows, []);
    store.upkeep().await.unwrap();
    assert_eq!(unstated(&store).await, 0);
    assert_eq!(seen(&store).await.0[..2], before.0[..2]);
    assert_eq!(seen(&store).await.1, before.1);
}

#[tokio::test]
async fn hours_and_days_that_are_over_are_forgotten() {
    let Some(store) = lived_in().await else { return };
    store.upkeep().await.unwrap();
    let kept = |kind: &str| format!("SELECT 1 FROM designia.tallies WHERE kind = '{kind}'");
    let hours = store.run(&kept("due")).await.unwrap();
    let pending = store.agenda(Agenda::PaymentDue, PageRequest { after: None, limit: 100 }).await.unwrap().rows.len();
    assert!(hours <= pending as u64, "{hours} hours for {pending} orders");
    let spread =
        "SELECT max(word::bigint) - min(word::bigint) FROM designia.tallies WHERE kind IN ('captured', 'refunded')";
    let days: i64 = sqlx::query_scalar(spread).fetch_one(&mut store.connection().await).await.unwrap();
    assert!(days <= 7, "{days}");
    counters_are_right(&store).await;
}
