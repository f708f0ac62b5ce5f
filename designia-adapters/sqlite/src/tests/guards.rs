//! What must never happen is refused by the schema itself.

use designia_core::ports::{Inbox, InboxEvent};
use designia_core::testing::fixtures::event;

use super::{in_memory, lived_in, run};

#[tokio::test]
async fn history_books_and_stock_movements_are_never_changed_or_deleted() {
    let store = lived_in().await;
    for (table, column) in [("events", "at"), ("journals", "minor"), ("stock_movements", "quantity")] {
        let changed = run(&store, &format!("UPDATE {table} SET {column} = {column} + 1")).await;
        assert!(changed.unwrap_err().contains("never changed"), "{table}");
        let deleted = run(&store, &format!("DELETE FROM {table}")).await;
        assert!(deleted.unwrap_err().contains("never deleted"), "{table}");
    }
}

#[tokio::test]
async fn what_staff_did_is_never_changed_or_deleted() {
    let store = in_memory().await;
    let appended = run(
        &store,
        "INSERT INTO audit_entries (id, at, actor, actor_name, action, detail, outcome)
         VALUES (randomblob(16), 0, randomblob(16), 'Zoe', 'order.cancel', 'null', 'done')",
    );
    assert_eq!(appended.await, Ok(1));
    let changed = run(&store, "UPDATE audit_entries SET actor_name = 'nobody'").await;
    assert_eq!(changed.unwrap_err(), "what staff did is never changed");
    let deleted = run(&store, "DELETE FROM audit_entries").await;
    assert_eq!(deleted.unwrap_err(), "what staff did is never deleted");
    for (outcome, kind, id) in [("'failed'", "NULL", "NULL"), ("'done'", "'order'", "NULL"), ("'odd'", "NULL", "NULL")]
    {
        let odd = format!(
            "INSERT INTO audit_entries (id, at, actor, actor_name, action, detail, outcome, subject_kind, subject_id)
             VALUES (randomblob(16), 0, randomblob(16), 'Zoe', 'order.cancel', 'null', {outcome}, {kind}, {id})"
        );
        assert!(run(&store, &odd).await.unwrap_err().starts_with("CHECK"), "{odd}");
    }
}

#[tokio::test]
async fn versions_and_captured_money_never_go_back() {
    let store = lived_in().await;
    let older = run(&store, "UPDATE orders SET version = version - 1").await;
    assert_eq!(older.unwrap_err(), "an order never goes back to an older version");
    let less = run(&store, "UPDATE attempts SET captured_minor = captured_minor - 1 WHERE captured_minor > 0").await;
    assert_eq!(less.unwrap_err(), "captured money never becomes less");
}

#[tokio::test]
async fn an_attempt_keeps_the_name_that_the_provider_gave_it() {
    let store = lived_in().await;
    let renamed = run(&store, "UPDATE attempts SET session_ref = 'cs_other' WHERE session_ref IS NOT NULL").await;
    assert_eq!(renamed.unwrap_err(), "the provider's name of an attempt never changes");
}

#[tokio::test]
async fn a_planned_request_is_frozen_and_a_finished_effect_rests() {
    let store = lived_in().await;
    let changed = run(&store, "UPDATE effects SET request = '{}'").await;
    assert_eq!(changed.unwrap_err(), "a planned request is frozen");
    assert!(run(&store, "UPDATE effects SET state = 'done'").await.unwrap() > 0);
    let revived = run(&store, "UPDATE effects SET state = 'planned'").await;
    assert_eq!(revived.unwrap_err(), "a finished effect is never taken up again");
}

#[tokio::test]
async fn the_first_body_of_a_webhook_event_is_kept() {
    let store = lived_in().await;
    store.accept(InboxEvent { body: b"first".to_vec(), ..event(1) }).await.unwrap();
    let changed = run(&store, "UPDATE webhook_events SET body = x'00'").await;
    assert!(changed.unwrap_err().contains("kept for ever"));
}

#[tokio::test]
async fn stock_is_never_negative_and_every_row_refers_to_one_that_is_there() {
    let store = lived_in().await;
    assert!(run(&store, "UPDATE products SET stock = -1").await.unwrap_err().starts_with("CHECK"));
    assert!(run(&store, "DELETE FROM products").await.unwrap_err().starts_with("FOREIGN KEY"));
    assert!(run(&store, "DELETE FROM orders").await.unwrap_err().starts_with("FOREIGN KEY"));
}

#[tokio::test]
async fn what_belongs_to_an_account_is_well_formed_and_never_without_it() {
    let store = in_memory().await;
    let insert = |id: &str, role: &str, standing: &str| {
        format!("INSERT INTO accounts VALUES ({id}, 1, {id}, {id}, '{role}', '{standing}', 0, '{{}}')")
    };
    run(&store, &insert("zeroblob(16)", "customer", "active").replacen("zeroblob(16), zeroblob(16)", "'a', 'a'", 1))
        .await
        .unwrap();
    for (id, role, standing) in
        [("x'01'", "customer", "active"), ("x'02'", "king", "active"), ("x'03'", "admin", "gone")]
    {
        let refused = run(&store, &insert(id, role, standing).replacen(&format!("{id}, {id}"), "'b', 'b'", 1)).await;
        assert!(refused.unwrap_err().starts_with("CHECK"), "{id} {role} {standing}");
    }
    let session = |account: &str, generation: u32| {
        format!(
            "INSERT INTO sessions (id, account, generation, created_at, refreshed_at, expires_at, client)
             VALUES (randomblob(16), {account}, {generation}, 0, 0, 9, '')"
        )
    };
    assert!(run(&store, &session("zeroblob(16)", 0)).await.unwrap_err().starts_with("CHECK"));
    assert!(run(&store, &session("randomblob(16)", 1)).await.unwrap_err().starts_with("FOREIGN KEY"));
    run(&store, &session("zeroblob(16)", 1)).await.unwrap();
    assert!(run(&store, "DELETE FROM accounts").await.unwrap_err().starts_with("FOREIGN KEY"));
    assert!(run(&store, "UPDATE accounts SET version = 0").await.unwrap_err().starts_with("CHECK"));
}
