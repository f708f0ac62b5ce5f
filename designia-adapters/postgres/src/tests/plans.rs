//! What is asked for all the time is read in the order of an index, and never walks through a table, however small or large
//! it was when the plan was made.

use sqlx::{AssertSqlSafe, PgConnection, Row};

use super::statements::every_statement;
use super::{Subject, fresh};
use crate::sql;

/// A connection that plans as those of the store do, once for all parameters.
pub(super) async fn planner(store: &Subject) -> PgConnection {
    use sqlx::ConnectOptions;
    let mut connection = store.config().connect_options().connect().await.unwrap();
    sqlx::raw_sql("SET plan_cache_mode = force_generic_plan").execute(&mut connection).await.unwrap();
    connection
}

pub(super) async fn plan(connection: &mut PgConnection, statement: &str) -> String {
    let parameters = (1..=100).take_while(|number| statement.contains(&format!("${number}"))).count();
    let values = if parameters == 0 { String::new() } else { format!("({})", vec!["NULL"; parameters].join(", ")) };
    let prepare = format!("PREPARE asked AS {statement}");
    sqlx::raw_sql(AssertSqlSafe(prepare)).execute(&mut *connection).await.unwrap();
    let explain = format!("EXPLAIN (COSTS OFF) EXECUTE asked{values}");
    let lines = sqlx::raw_sql(AssertSqlSafe(explain)).fetch_all(&mut *connection).await.unwrap();
    sqlx::raw_sql("DEALLOCATE asked").execute(&mut *connection).await.unwrap();
    lines.iter().map(|line| line.try_get::<String, _>(0).unwrap()).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn no_statement_of_a_port_walks_through_a_table() {
    let Some(store) = fresh().await else { return };
    let mut connection = planner(&store).await;
    let audits = sql::integrity::ALL;
    // What has not been folded yet is walked through, the list of migrations is short, and who moves house counts everything.
    let walks = ["COUNTS", "BALANCES", "FIGURES", "FOLD", "VERSION", "TOTALS"];
    for (name, statement) in every_statement().filter(|it| !audits.contains(it) && !walks.contains(&it.0)) {
        let plan = plan(&mut connection, statement).await;
        let is_walk = plan.contains("Seq Scan") || plan.contains("Hash Join") || plan.contains("Merge Join");
        assert!(!is_walk, "{name}: {plan}");
    }
}

#[tokio::test]
async fn no_statement_of_a_port_starts_processes() {
    let Some(store) = fresh().await else { return };
    let mut connection = planner(&store).await;
    for (name, statement) in every_statement() {
        let plan = plan(&mut connection, statement).await;
        assert!(!plan.contains("Gather"), "{name}: {plan}");
    }
}

#[tokio::test]
async fn pages_and_claims_are_read_in_the_order_of_an_index() {
    let Some(store) = fresh().await else { return };
    let mut connection = planner(&store).await;
    let ordered = [
        (sql::orders::IS_ANY_DUE, "orders_due"),
        (sql::orders::DUE, "orders_due"),
        (sql::effects::CLAIM, "effects_due"),
        (sql::inbox::CLAIM, "webhook_events_due"),
        (sql::inbox::OF_ORDER, "webhook_events_of_order"),
        (sql::inbox::OLDEST_WAITING, "webhook_events_newest"),
        (sql::effects::EARLIEST, "effects_not_done"),
        (sql::effects::LATEST, "effects_not_done"),
        (sql::queries::ALL_ORDERS, "orders_newest"),
        (sql::queries::BY_STATUS, "orders_by_status"),
        (sql::queries::BY_BUYER, "orders_by_buyer"),
        (sql::queries::BY_BUYER_AND_STATUS, "orders_by_buyer_and_status"),
        (sql::queries::BY_BUYER_AND_SELLER, "orders_by_buyer"),
        (sql::queries::BY_BUYER_STATUS_AND_SELLER, "orders_by_buyer_and_status"),
        (sql::queries::PAYMENT_DUE, "orders_expiring"),
        (sql::queries::ATTENTION, "orders_attention"),
        (sql::queries::DEADLINES, "orders_expiring"),
        (sql::queries::DEADLINES, "orders_attention"),
        (sql::chat::AFTER, "chat_messages_key"),
        (sql::chat::BEFORE, "chat_messages_key"),
        (sql::chat::REPORTS, "chat_reports_newest"),
        (sql::chat::REPORTS_BY_STATE, "chat_reports_by_state"),
        (sql::catalog::PAGE, "products_on_sale"),
        (sql::catalog::FIRST_PAGE, "products_on_sale"),
        (sql::tasks::HOLDER, "tasks_unique_key_key"),
        (sql::mails::PAGE, "mails_newest"),
        (sql::mails::PAGE_BY_STATE, "mails_by_state"),
        (sql::mails::PAGE_BY_ACCOUNT, "mails_by_account"),
        (sql::mails::PAGE_BY_ORDER, "mails_by_order"),
        (sql::notifications::PAGE, "notifications_newest"),
        (sql::notifications::PAGE_OF_UNREAD, "notifications_unread"),
        (sql::accounts::PAGE, "accounts_newest"),
        (sql::accounts::PAGE_BY_STANDING, "accounts_by_standing"),
        (sql::accounts::PAGE_BY_ROLE, "accounts_by_role"),
        (sql::accounts::LIVE_SESSIONS, "sessions_of_account"),
        (sql::accounts::UNVERIFIED, "accounts_by_standing"),
        (sql::accounts::LATEST_CHALLENGE, "challenges_of_account"),
        (sql::accounts::APPLICATIONS, "seller_applications_oldest"),
        (sql::accounts::APPLICATIONS_BY_STATE, "seller_applications_by_state"),
        (sql::accounts::EVENTS, "account_events_of_account"),
        (sql::audit::PAGE, "audit_entries_newest"),
        (sql::audit::PAGE_BY_ACTOR, "audit_entries_by_actor"),
        (sql::audit::PAGE_BY_AREA, "audit_entries_by_area"),
        (sql::audit::PAGE_BY_ACTOR_AND_AREA, "audit_entries_by_actor_and_area"),
        (sql::audit::PAGE_BY_SUBJECT, "audit_entries_by_subject"),
        (sql::rates::RANGE, "rate_batches_latest"),
        (sql::rates::REFUSALS, "rate_refusals_pkey"),
        (sql::rates::ON, "rate_batches_latest"),
        (sql::rates::LATEST, "rate_batches_latest"),
    ];
    for (statement, index) in ordered {
        let plan = plan(&mut connection, statement).await;
        let is_read_so = plan.lines().any(|line| {
            let scan = line.trim_start_matches([' ', '-', '>']);
            scan.starts_with("Index") && scan.contains(&format!(" using {index} on "))
        });
        assert!(is_read_so && !plan.contains("Sort"), "{plan} instead of {index}");
    }
    // The page itself is sorted once more after its orders have been looked up.
    for (statement, index) in [
        (sql::queries::BY_SELLER, "order_sellers_newest"),
        (sql::queries::BY_SELLER_AND_STATUS, "order_sellers_by_status"),
        (sql::queries::TIMER, "orders_due"),
        (sql::chat::CONVERSATIONS, "chat_inbox_latest"),
        (sql::inbox::PAGE, "webhook_events_newest"),
        (sql::inbox::WALK_END, "webhook_events_newest"),
    ] {
        let plan = plan(&mut connection, statement).await;
        assert!(plan.contains(&format!(" using {index} on ")), "{plan}");
        assert!(plan.matches("Sort Key").count() <= 1, "{plan}");
    }
}
