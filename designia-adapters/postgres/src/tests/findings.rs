//! The integrity check finds nothing where all is well, and each thing that is not.

use super::lived_in;

#[tokio::test]
async fn after_every_life_that_an_order_can_have_nothing_is_found() {
    let Some(store) = lived_in().await else { return };
    for _ in 0..2 {
        let report = store.integrity_check().await.unwrap();
        // The fixtures let two orders hear of the same refund, which is one thing to be found.
        let others: Vec<_> = report.findings.iter().filter(|it| it.rule != "a refund counts in one order").collect();
        assert!(others.is_empty(), "{others:#?}");
        assert_eq!(report.orders, 9);
        store.upkeep().await.unwrap();
    }
}

#[tokio::test]
async fn whatever_contradicts_the_orders_is_found() {
    let damages = [
        ("every counter is right", "INSERT INTO designia.tally_changes VALUES ('effects', 'planned', '', 1)"),
        ("every balance is the sum of its journals", "UPDATE designia.tally_changes SET amount = amount + 1"),
        ("the books sum to zero", "INSERT INTO designia.tallies VALUES ('account', 'buyer_funds', 'EUR', 7)"),
        ("columns say what the order says", "UPDATE designia.orders SET status = 'shipped' WHERE status = 'delivered'"),
        ("columns say what the order says", "UPDATE designia.orders SET next_tick_at = 'epoch'"),
        ("columns say what the order says", "UPDATE designia.orders SET expires_at = 'epoch' WHERE status = 'delivered'"),
        ("columns say what the order says", "UPDATE designia.orders SET attention_at = NULL"),
        ("every counter is right", "INSERT INTO designia.tally_changes VALUES ('attention', '', '', 1)"),
        ("every counter is right", "INSERT INTO designia.tally_changes VALUES ('due', '1105932', '', 1)"),
        (
            "a day's money is the sum of its journals",
            "UPDATE designia.tally_changes SET amount = amount + 1 WHERE kind = 'refunded'",
        ),
        ("columns say what the order says", "UPDATE designia.attempts SET captured_minor = captured_minor + 1"),
        ("columns say what the order says", "UPDATE designia.refunds SET state = 'pending'"),
        ("columns say what the order says", "DELETE FROM designia.order_sellers"),
        (
            "columns say what the order says",
            "INSERT INTO designia.stock_movements
             SELECT order_id, product, reason, 9, 1, at FROM designia.stock_movements LIMIT 1",
        ),
        (
            "no stock is released that was not reserved",
            "INSERT INTO designia.stock_movements
             SELECT order_id, product, 'release', 9, 1, at FROM designia.stock_movements LIMIT 1",
        ),
        (
            "an order is what its history makes it",
            "INSERT INTO designia.events SELECT order_id, 99, at, cause, event FROM designia.events LIMIT 1",
        ),
        (
            "every counter is right",
            "INSERT INTO designia.tasks (id, queue, priority, state, due_at, max_attempts, kind, enqueued_at, run_at, args)
             VALUES (gen_random_uuid(), 'q', 1, 'PENDING', 'epoch', 1, 'k', 'epoch', 'epoch', 'null')",
        ),
        (
            "a task is in a state that it can be in",
            "INSERT INTO designia.tasks (id, queue, priority, state, due_at, max_attempts, kind, enqueued_at, run_at, args)
             VALUES (gen_random_uuid(), 'q', 1, 'STARTED', 'epoch', 1, 'k', 'epoch', 'epoch', 'null')",
        ),
        (
            "a task is there once",
            "WITH task AS (
                INSERT INTO designia.tasks (id, queue, priority, state, due_at, max_attempts, kind, enqueued_at, run_at, args)
             VALUES (gen_random_uuid(), 'q', 1, 'PENDING', 'epoch', 1, 'k', 'epoch', 'epoch', 'null')
                RETURNING *
             )
             INSERT INTO designia.task_history (id, queue, priority, state, due_at, ended_at, claims, attempts, max_attempts,
                revoke_asked, kind, enqueued_at, run_at, args)
             SELECT id, queue, priority, 'SUCCESS', due_at, due_at, claims, attempts, max_attempts, false, kind, enqueued_at,
                run_at, args
             FROM task",
        ),
        ("every order can be read", "UPDATE designia.orders SET state = '{}' WHERE status = 'delivered'"),
        (
            "every event can be read",
            "INSERT INTO designia.events
             SELECT order_id, 99, at, cause, '{\"type\":\"lost\"}' FROM designia.events LIMIT 1",
        ),
        (
            "every effect can be read",
            "INSERT INTO designia.effects (order_id, event, idx, key, kind, state, planned_at, due_at, request)
             SELECT order_id, seq, 9, 'lost', 'lost', 'planned', at, at, '{}' FROM designia.events LIMIT 1",
        ),
        ("every rule of the schema is enforced", "ALTER TABLE designia.events DISABLE TRIGGER events_stay"),
        (
            "every rule of the schema is enforced",
            "ALTER TABLE designia.events ADD CONSTRAINT unchecked CHECK (seq < 5) NOT VALID",
        ),
        (
            "every row refers to rows that are there",
            "ALTER TABLE designia.request_keys DROP CONSTRAINT request_keys_order_id_fkey;
             INSERT INTO designia.request_keys VALUES (gen_random_uuid(), 'k', 'f', gen_random_uuid(), now())",
        ),
    ];
    for (rule, damage) in damages {
        let Some(store) = lived_in().await else { return };
        for statement in damage.split(';') {
            store.run(statement).await.unwrap();
        }
        let report = store.integrity_check().await.unwrap();
        assert!(report.findings.iter().any(|found| found.rule == rule), "{damage}: {:#?}", report.findings);
    }
}
