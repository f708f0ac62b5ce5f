//! The sweep: our `change_due`, which lets the domain decide about each order, beside one hand-written statement that knows
//! beforehand that every due order is cancelled and gives two lines of stock back.

use std::sync::Arc;
use std::time::Instant;

use designia::order::{Cause, Command, Order};
use designia::ports::{Claim, Commit, OrderStore};
use designia::time::{MINUTE, Timestamp};

use crate::fill;
use crate::measure::{ROUNDS, per_second, tell};
use crate::shop::{START, Shop};

/// So many orders are due at once, and so many are taken at a time.
const DUE: u64 = 20_000;
const BATCH: u32 = 500;

/// When the sweeps take place: the background of pending orders is due later, what is swept was due before.
pub(crate) const NOW: Timestamp = Timestamp::from_secs(START.as_secs() + 3 * 86_400);

pub(crate) async fn run(shop: &Arc<Shop>) {
    for sweepers in [1, 2] {
        let (mut ours, mut floor) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            ours.push(drained(shop, sweepers, false).await);
            floor.push(drained(shop, sweepers, true).await);
        }
        let what = format!("sweeping {DUE} unpaid orders of two lines, {BATCH} at a time, {sweepers} at once");
        tell(&what, &ours, "one set-based statement by hand", &floor);
    }
}

/// Orders per second.
async fn drained(shop: &Arc<Shop>, sweepers: u32, by_hand: bool) -> f64 {
    fill::overdue(shop, DUE).await;
    shop.settle().await;
    let begun = Instant::now();
    let sweepers: Vec<_> = (0..sweepers)
        .map(|_| {
            let shop = Arc::clone(shop);
            tokio::spawn(async move {
                let mut swept = 0;
                loop {
                    let some = if by_hand { statement(&shop).await } else { turn(&shop).await };
                    swept += some;
                    if some == 0 {
                        break swept;
                    }
                }
            })
        })
        .collect();
    let mut swept = 0;
    for sweeper in sweepers {
        swept += sweeper.await.expect("no sweeper fails");
    }
    // The template of the copies is one, too.
    assert_eq!(swept, DUE + 1, "every order once");
    per_second(swept, begun.elapsed())
}

async fn turn(shop: &Shop) -> u64 {
    let claim = Claim { now: NOW, until: NOW + MINUTE, limit: BATCH };
    let tick = |order: &Order| {
        let decision = order.decide(&Command::Tick, NOW).expect("a tick is never refused");
        Some(Commit::of(decision, &Cause::Timer))
    };
    let due = shop.store.change_due(claim, &tick).await.expect("the store answers");
    assert!(due.iter().all(|it| matches!(it.outcome, Ok(true))), "{due:?}");
    due.len().try_into().expect("a batch is small")
}

async fn statement(shop: &Shop) -> u64 {
    let query = sqlx::query(BY_HAND).bind(i64::from(BATCH)).bind(NOW.as_secs());
    query.execute(&shop.bare).await.expect("the statement fits the schema").rows_affected()
}

/// It writes the rows that our sweep writes, without the aggregate: the state stays as it is, and events and messages are texts
/// that were written beforehand.
const BY_HAND: &str = r#"
    WITH due AS (
        SELECT id FROM designia.orders WHERE tick_due_at <= to_timestamp($2)
        ORDER BY tick_due_at, id LIMIT $1 FOR UPDATE SKIP LOCKED
    ), cancelled AS (
        UPDATE designia.orders
        SET status = 'cancelled', payment_status = 'cancelled', updated_at = to_timestamp($2), next_tick_at = NULL,
            tick_due_at = NULL, version = version + 1
        FROM due WHERE orders.id = due.id RETURNING orders.id, orders.version
    ), sellers AS (
        UPDATE designia.order_sellers SET status = 'cancelled' FROM due WHERE order_id = due.id
    ), told AS (
        INSERT INTO designia.events (order_id, seq, at, cause, event)
        SELECT id, version, to_timestamp($2), '"timer"', '{"cancelled":{"reason":"payment_timeout","by":"system"}}' FROM cancelled
        RETURNING order_id, seq
    ), messages AS (
        INSERT INTO designia.effects (order_id, event, idx, key, kind, state, planned_at, due_at, request)
        SELECT order_id, seq, 0, order_id || '-' || seq || '-0', 'notify', 'planned', to_timestamp($2), to_timestamp($2),
            '{"notify":{"message":"cancelled","to":"buyer@example.com","why":"it was not paid in time"}}'
        FROM told
    ), released AS (
        INSERT INTO designia.stock_movements (order_id, product, reason, round, quantity, at)
        SELECT order_id, product, 'release', round, quantity, to_timestamp($2)
        FROM designia.stock_movements JOIN due ON order_id = due.id WHERE reason = 'reserve'
        RETURNING product, quantity
    ), shelves AS (
        UPDATE designia.products SET stock = stock + back.quantity
        FROM (SELECT product, sum(quantity) AS quantity FROM released GROUP BY product) AS back
        WHERE products.id = back.product
    )
    SELECT id FROM cancelled"#;
