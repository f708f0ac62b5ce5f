//! The integrity check finds nothing where all is well, and each thing that is not.

use super::{lived_in, run};

#[tokio::test]
async fn after_every_life_that_an_order_can_have_nothing_is_found() {
    let store = lived_in().await;
    let report = store.integrity_check().await.unwrap();
    // The fixtures let two orders hear of the same refund, which is one thing to be found.
    let others: Vec<_> = report.findings.iter().filter(|it| it.rule != "a refund counts in one order").collect();
    assert!(others.is_empty(), "{others:#?}");
    assert_eq!(report.orders, 9);
}

#[tokio::test]
async fn whatever_contradicts_the_orders_is_found() {
    let damages = [
        ("every counter is right", "UPDATE counters SET amount = amount + 1 WHERE word = 'planned'"),
        ("every balance is the sum of its journals", "UPDATE account_balances SET minor = minor + 1"),
        ("the books sum to zero", "UPDATE account_balances SET minor = 7 WHERE account = 'buyer_funds'"),
        ("columns say what the order says", "UPDATE orders SET status = 'shipped' WHERE status = 'delivered'"),
        ("columns say what the order says", "UPDATE orders SET next_tick_at = 1"),
        ("columns say what the order says", "UPDATE orders SET expires_at = 1 WHERE status = 'delivered'"),
        ("columns say what the order says", "UPDATE orders SET attention_at = NULL WHERE attention_at IS NOT NULL"),
        ("every counter is right", "UPDATE counters SET amount = amount + 1 WHERE kind = 'attention'"),
        ("every counter is right", "INSERT INTO counters VALUES ('due', '1105932', 1)"),
        ("a day's money is the sum of its journals", "UPDATE money_days SET refunded = refunded + 1"),
        ("a day's money is the sum of its journals", "UPDATE money_days SET captured = captured - 1"),
        ("columns say what the order says", "UPDATE attempts SET captured_minor = captured_minor + 1"),
        ("columns say what the order says", "UPDATE refunds SET state = 'pending'"),
        ("columns say what the order says", "DELETE FROM order_sellers"),
        (
            "columns say what the order says",
            "INSERT INTO stock_movements SELECT order_id, product, reason, 9, 1, at FROM stock_movements LIMIT 1",
        ),
        (
            "no stock is released that was not reserved",
            "INSERT INTO stock_movements SELECT order_id, product, 'release', 9, 1, at FROM stock_movements LIMIT 1",
        ),
        (
            "an order is what its history makes it",
            "INSERT INTO events SELECT order_id, 99, at, cause, event FROM events LIMIT 1",
        ),
        ("every order can be read", "UPDATE orders SET state = '{}' WHERE status = 'delivered'"),
        (
            "every event can be read",
            "INSERT INTO events SELECT order_id, 99, at, cause, '{\"type\":\"lost\"}' FROM events LIMIT 1",
        ),
    ];
    for (rule, damage) in damages {
        let store = lived_in().await;
        assert!(run(&store, damage).await.unwrap() > 0, "{damage}");
        let report = store.integrity_check().await.unwrap();
        assert!(report.findings.iter().any(|found| found.rule == rule), "{damage}: {:#?}", report.findings);
    }
}
