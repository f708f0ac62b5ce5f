//! What must never happen is refused by the schema itself.

use designia_core::ports::{Inbox, InboxEvent};
use designia_core::testing::fixtures::event;

use super::{fresh, lived_in};

#[tokio::test]
async fn history_books_and_stock_movements_are_never_changed_or_deleted() {
    let Some(store) = lived_in().await else { return };
    for (table, change) in [("events", "seq = 99"), ("journals", "minor = 1"), ("stock_movements", "quantity = 1")] {
        let changed = store.run(&format!("UPDATE designia.{table} SET {change}")).await;
        assert!(changed.unwrap_err().contains("never changed"), "{table}");
        for gone in ["DELETE FROM", "TRUNCATE"] {
            let gone = store.run(&format!("{gone} designia.{table}")).await.unwrap_err();
            assert!(gone.contains("never deleted") || gone.contains("cannot truncate"), "{table}: {gone}");
        }
    }
    for table in ["events", "journals", "stock_movements"] {
        let gone = store.run(&format!("TRUNCATE designia.{table} CASCADE")).await.unwrap_err();
        assert!(gone.contains("never deleted"), "{table}: {gone}");
    }
}

#[tokio::test]
async fn what_staff_did_is_never_changed_or_deleted() {
    let Some(store) = fresh().await else { return };
    let appended = store.run(
        "INSERT INTO designia.audit_entries (id, at, actor, actor_name, action, detail, outcome)
         VALUES (gen_random_uuid(), now(), gen_random_uuid(), 'Zoe', 'order.cancel', 'null', 'done')",
    );
    assert_eq!(appended.await, Ok(1));
    let changed = store.run("UPDATE designia.audit_entries SET actor_name = 'nobody'").await;
    assert_eq!(changed.unwrap_err(), "what staff did is never changed");
    for gone in ["DELETE FROM", "TRUNCATE"] {
        let gone = store.run(&format!("{gone} designia.audit_entries")).await;
        assert_eq!(gone.unwrap_err(), "what staff did is never deleted");
    }
    for (outcome, kind, id) in [("'failed'", "NULL", "NULL"), ("'done'", "'order'", "NULL"), ("'odd'", "NULL", "NULL")]
    {
        let odd = format!(
            "INSERT INTO designia.audit_entries (id, at, actor, actor_name, action, detail, outcome, subject_kind, subject_id)
             VALUES (gen_random_uuid(), now(), gen_random_uuid(), 'Zoe', 'order.cancel', 'null', {outcome}, {kind}, {id})"
        );
        assert!(store.run(&odd).await.unwrap_err().contains("check constraint"), "{odd}");
    }
}

#[tokio::test]
async fn versions_and_captured_money_never_go_back() {
    let Some(store) = lived_in().await else { return };
    let older = store.run("UPDATE designia.orders SET version = version - 1 WHERE version > 1").await;
    assert_eq!(older.unwrap_err(), "an order never goes back to an older version");
    let less = "UPDATE designia.attempts SET captured_minor = captured_minor - 1 WHERE captured_minor > 0";
    assert_eq!(store.run(less).await.unwrap_err(), "captured money never becomes less");
}

#[tokio::test]
async fn an_attempt_keeps_the_name_that_the_provider_gave_it() {
    let Some(store) = lived_in().await else { return };
    let renamed = "UPDATE designia.attempts SET session_ref = 'cs_other' WHERE session_ref IS NOT NULL";
    assert_eq!(store.run(renamed).await.unwrap_err(), "the provider's name of an attempt never changes");
}

#[tokio::test]
async fn a_planned_request_is_frozen_and_a_finished_effect_rests() {
    let Some(store) = lived_in().await else { return };
    let changed = store.run("UPDATE designia.effects SET request = '{}'").await;
    assert_eq!(changed.unwrap_err(), "a planned request is frozen");
    assert!(store.run("UPDATE designia.effects SET state = 'done'").await.unwrap() > 0);
    let revived = store.run("UPDATE designia.effects SET state = 'planned'").await;
    assert_eq!(revived.unwrap_err(), "a finished effect is never taken up again");
}

#[tokio::test]
async fn the_first_body_of_a_webhook_event_is_kept() {
    let Some(store) = lived_in().await else { return };
    store.accept(InboxEvent { body: b"first".to_vec(), ..event(1) }).await.unwrap();
    let changed = store.run("UPDATE designia.webhook_events SET body = 'second'").await;
    assert!(changed.unwrap_err().contains("kept for ever"));
}

#[tokio::test]
async fn stock_is_never_negative_and_every_row_refers_to_one_that_is_there() {
    let Some(store) = lived_in().await else { return };
    let negative = store.run("UPDATE designia.products SET stock = -1").await.unwrap_err();
    assert!(negative.contains("check constraint"), "{negative}");
    let unheard_of = store.run("UPDATE designia.products SET stock = 4294967296").await.unwrap_err();
    assert!(unheard_of.contains("check constraint"), "{unheard_of}");
    for table in ["products", "orders"] {
        let gone = store.run(&format!("DELETE FROM designia.{table}")).await.unwrap_err();
        assert!(gone.contains("foreign key constraint"), "{gone}");
    }
}

#[tokio::test]
async fn what_belongs_to_an_account_is_well_formed_and_never_without_it() {
    let Some(store) = fresh().await else { return };
    let insert = |number: u32, role: &str, standing: &str| {
        let id = format!("00000000-0000-0000-0000-00000000000{number}");
        format!(
            "INSERT INTO designia.accounts VALUES ('{id}', 1, '{id}', '{id}', '{role}', '{standing}', now(), '{{}}')"
        )
    };
    store.run(&insert(1, "customer", "active")).await.unwrap();
    for (role, standing) in [("king", "active"), ("admin", "gone")] {
        let refused = store.run(&insert(2, role, standing)).await.unwrap_err();
        assert!(refused.contains("check constraint"), "{refused}");
    }
    let session = |account: u32, generation: u32| {
        format!(
            "INSERT INTO designia.sessions (id, account, generation, created_at, refreshed_at, expires_at, client)
             VALUES (gen_random_uuid(), '00000000-0000-0000-0000-00000000000{account}', {generation}, now(), now(), now(), '')"
        )
    };
    assert!(store.run(&session(1, 0)).await.unwrap_err().contains("check constraint"));
    assert!(store.run(&session(7, 1)).await.unwrap_err().contains("foreign key constraint"));
    store.run(&session(1, 1)).await.unwrap();
    assert!(store.run("DELETE FROM designia.accounts").await.unwrap_err().contains("foreign key constraint"));
    assert!(store.run("UPDATE designia.accounts SET version = 0").await.unwrap_err().contains("check constraint"));
}
