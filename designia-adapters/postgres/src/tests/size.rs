//! With a hundred thousand orders stored, nothing that is asked for all the time walks through a table. Where a statement is
//! planned for its parameters, the planner chooses so of its own accord.

use std::time::Duration;

use designia_core::effect::{EffectOutcome, EffectSettlement};
use designia_core::order::Command;
use designia_core::payment::PaymentMethod;
use designia_core::ports::{
    AmountRange, Commit, ORDERS_READ_AT_MOST, OrderFilter, OrderQueries, OrderStore, PageRequest,
};
use designia_core::testing::fixtures::{self, NOW, claim, order_id, placed, placement};
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection, Row};

use super::{Subject, fresh, shelve};
use crate::sql;
use crate::testing::{Copies, copy_id, copy_order};

const ORDERS: u64 = 100_000;

/// The statements that are asked for all the time, each with likely parameters.
const HOT: [(&str, &str, &str); 20] = [
    ("sweep, whether there is any", sql::orders::IS_ANY_DUE, "'2026-11-25'"),
    ("sweep", sql::orders::DUE, "'2026-11-25', 500"),
    ("sweep, put off", sql::orders::POSTPONE, "'2026-11-25', ARRAY['{id}', '{id}']::uuid[], '2026-11-25'"),
    ("order by id", sql::orders::LOAD, "'{id}'"),
    ("order by the provider's names", sql::orders::LOCATE, "'cs_test_1', 'pi_1'"),
    ("effect claim", sql::effects::CLAIM, "'2026-11-25', '2026-11-26', 64"),
    ("effect claim of one order", sql::effects::CLAIM_OF_ORDER, "'2026-11-25', '2026-11-26', 16, '{id}'"),
    ("webhook claim", sql::inbox::CLAIM, "'2026-11-25', '2026-11-26', 64"),
    ("buyer's list", sql::queries::BY_BUYER, "'infinity', '{id}', 21, '-infinity', NULL, 0, 0, '{buyer}'"),
    (
        "buyer's list by status",
        sql::queries::BY_BUYER_AND_STATUS,
        "'infinity', '{id}', 21, '-infinity', NULL, 0, 0, '{buyer}', 'pending_payment'",
    ),
    ("seller's list", sql::queries::BY_SELLER, "'infinity', '{id}', 21, '-infinity', NULL, 0, 0, '{seller}'"),
    (
        "seller's list by status",
        sql::queries::BY_SELLER_AND_STATUS,
        "'infinity', '{id}', 21, '-infinity', NULL, 0, 0, '{seller}', 'shipped'",
    ),
    ("everybody's list", sql::queries::ALL_ORDERS, "'infinity', '{id}', 21, '-infinity', NULL, 0, 0"),
    (
        "everybody's list by date and total",
        sql::queries::ALL_ORDERS,
        "'2026-11-25', '{id}', 1000, '2026-11-22', 'EUR', 100, 900",
    ),
    ("what is to be paid next", sql::queries::PAYMENT_DUE, "'2026-11-25', '{id}', 21"),
    ("what needs somebody next", sql::queries::ATTENTION, "'-infinity', '{id}', 21"),
    ("what is due next", sql::queries::TIMER, "'2026-11-25', '{id}', 21"),
    ("deadlines", sql::queries::DEADLINES, "'2026-11-25', '2026-11-25 00:30', 10000"),
    ("history", sql::queries::HISTORY, "'{id}'"),
    ("what is longest overdue", sql::queries::OLDEST_DUE, "'2026-11-25'"),
];

#[tokio::test]
async fn with_a_hundred_thousand_orders_nothing_that_is_asked_for_all_the_time_walks_through_a_table() {
    let Some(store) = filled().await else { return };
    no_hot_query_walks(&store).await;
    no_page_reads_on_and_on(&store).await;
    no_commit_walks(&store).await;
}

async fn no_hot_query_walks(store: &Subject) {
    let mut connection = store.connection().await;
    let (id, order) = (copy_id(77_777), placed(placement(1)).order);
    let buyer: sqlx::types::Uuid = sqlx::query_scalar("SELECT buyer FROM designia.orders WHERE id = $1")
        .bind(id.as_uuid())
        .fetch_one(&mut connection)
        .await
        .unwrap();
    let seller = order.contents().consignments[0].seller;
    // As behind a pooler, which has each statement planned anew, and as in a session of the store, which keeps one plan.
    let mut session = store.config().connect_options().connect().await.unwrap();
    for (connection, kind) in [(&mut connection, "force_custom_plan"), (&mut session, "force_generic_plan")] {
        let set = format!("SET plan_cache_mode = {kind}");
        sqlx::raw_sql(AssertSqlSafe(set)).execute(&mut *connection).await.unwrap();
        for (name, statement, values) in HOT {
            let values = values.replace("{id}", &id.to_string());
            let values = values.replace("{buyer}", &buyer.to_string()).replace("{seller}", &seller.to_string());
            let plan = explain(connection, statement, &values).await;
            assert!(!plan.contains("Seq Scan"), "{name}, {kind}: {plan}");
        }
    }
}

/// A page by total that finds nothing stops, and says where.
async fn no_page_reads_on_and_on(store: &Subject) {
    let total = AmountRange { currency: fixtures::currency("EUR"), min: Some(1_000_000), max: None };
    let filter = OrderFilter { total: Some(total), ..OrderFilter::default() };
    let (mut after, mut pages) = (None, 0);
    loop {
        let page = store.orders(&filter, PageRequest { after, limit: 50 }).await.unwrap();
        assert_eq!(page.rows, []);
        (after, pages) = (page.next, pages + 1);
        if after.is_none() {
            break;
        }
    }
    let most = u64::from(ORDERS_READ_AT_MOST);
    assert!((ORDERS / most..=ORDERS / most + 1).contains(&pages), "{pages}");
    let expires_at = placed(placement(1)).order.expires_at().unwrap();
    let figures = store.figures(expires_at + Duration::from_secs(1)).await.unwrap();
    assert_eq!(figures.overdue, most, "of one hour no more are counted");
    assert_eq!(figures.due_by_hour.iter().map(|(_, count)| count).sum::<u64>(), ORDERS);
}

/// What the functions do inside is in no plan that can be asked for, but it is counted.
async fn no_commit_walks(store: &Subject) {
    let before = walks(store).await;
    for number in 1_000..1_010 {
        let mut connection = store.connection().await;
        let placed = placed(placement(number));
        let started = placed.order.decide(&Command::StartPayment { method: PaymentMethod::Card }, NOW).unwrap();
        let started = fixtures::commit(placed.then(started));
        crate::commit_in(&mut connection, &started).await.unwrap();
        let effect = store.claim_effects(Some(order_id(number)), claim(NOW)).await.unwrap().swap_remove(0);
        let settles = EffectSettlement { id: effect.effect.id, token: effect.token, outcome: EffectOutcome::Done };
        let nothing = designia_core::order::Decision::nothing(&started.order, NOW);
        let settled = Commit { settles: Some(settles), ..fixtures::commit(nothing) };
        crate::commit_in(&mut connection, &settled).await.unwrap();
    }
    let late = NOW + Duration::from_secs(30 * 86_400);
    let tick =
        |order: &designia_core::order::Order| Some(fixtures::commit(order.decide(&Command::Tick, late).unwrap()));
    let swept = store.change_due(designia_core::ports::Claim { limit: 100, ..claim(late) }, &tick).await.unwrap();
    assert_eq!(swept.len(), 100);
    store.close().await.unwrap();
    let after = walks(store).await;
    assert_eq!(after, before, "how often each table was walked through");
}

/// A store of so many orders, half of them due within a month, some with effects to be made, and as many webhook events.
async fn filled() -> Option<Subject> {
    let store = fresh().await?;
    shelve(&store).await;
    let placed = placed(placement(1));
    let started = placed.order.decide(&Command::StartPayment { method: PaymentMethod::Card }, NOW).unwrap();
    let placed = placed.then(started);
    let template = placed.order.id();
    store.commit(fixtures::commit(placed)).await.unwrap();
    let copies = |numbers| Copies { template, numbers, buyers: 5_000, due_later: Duration::from_secs(14 * 86_400) };
    copy_order(&store, &copies(1..ORDERS / 2)).await.unwrap();
    store.run("UPDATE designia.effects SET state = 'done'").await.unwrap();
    copy_order(&store, &copies(ORDERS / 2..ORDERS)).await.unwrap();
    let names = "session_ref = 'cs_' || order_id, payment_ref = 'pi_' || order_id";
    store.run(&format!("UPDATE designia.attempts SET {names}")).await.unwrap();
    store
        .run(
            "INSERT INTO designia.webhook_events (id, kind, received_at, body, state, due_at)
             SELECT 'evt_' || n, 'charge.succeeded', timestamptz '2026-11-22' + n * interval '1 s', 'x',
                CASE WHEN n % 100 = 0 THEN 'waiting' ELSE 'folded' END, timestamptz '2026-11-22' + n * interval '1 s'
             FROM generate_series(1, 100000) AS n",
        )
        .await
        .unwrap();
    store.run("ANALYZE").await.unwrap();
    Some(store)
}

async fn explain(connection: &mut PgConnection, statement: &str, values: &str) -> String {
    let prepare = format!("PREPARE asked AS {statement}");
    sqlx::raw_sql(AssertSqlSafe(prepare)).execute(&mut *connection).await.unwrap();
    let explain = format!("EXPLAIN (COSTS OFF) EXECUTE asked({values})");
    let lines = sqlx::raw_sql(AssertSqlSafe(explain)).fetch_all(&mut *connection).await.unwrap();
    sqlx::raw_sql("DEALLOCATE asked").execute(&mut *connection).await.unwrap();
    lines.iter().map(|line| line.try_get::<String, _>(0).unwrap()).collect::<Vec<_>>().join("\n")
}

/// How often each table of orders was walked through, once every session that counts has told.
async fn walks(store: &Subject) -> Vec<(String, i64)> {
    let mut connection = store.connection().await;
    loop {
        // Sessions tell what they counted when they end, or after a while of rest.
        let others: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
                AND (state <> 'idle' OR state_change > clock_timestamp() - interval '2 s')",
        )
        .fetch_one(&mut connection)
        .await
        .unwrap();
        if others == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    sqlx::query_as(
        "SELECT relname::text, seq_scan FROM pg_stat_user_tables
         WHERE schemaname = 'designia' AND relname IN ('orders', 'order_sellers', 'attempts', 'events', 'effects',
            'stock_movements', 'journals', 'webhook_events', 'request_keys')
         ORDER BY relname",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap()
}
