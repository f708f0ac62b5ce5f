//! Each statement fits the migrated schema, and none that is asked for all the time walks through a table.

use sqlx::{AssertSqlSafe, Executor, SqlSafeStr, SqliteConnection};

use super::in_memory;
use crate::sql;

fn every_statement() -> impl Iterator<Item = (&'static str, &'static str)> {
    let modules = [
        sql::accounts::ALL,
        sql::archive::ALL,
        sql::audit::ALL,
        sql::catalog::ALL,
        sql::catalog_search::ALL,
        sql::catalog_search::FACETS,
        sql::catalog_search::LISTS,
        sql::chat::ALL,
        sql::console::ALL,
        sql::effects::ALL,
        sql::inbox::ALL,
        sql::integrity::ALL,
        sql::mails::ALL,
        sql::notifications::ALL,
        sql::orders::ALL,
        sql::queries::ALL,
        sql::rates::ALL,
        sql::requests::ALL,
        sql::schedules::ALL,
        sql::shop::ALL,
        sql::tasks::ALL,
        sql::totals::ALL,
        sql::upkeep::ALL,
    ];
    modules.into_iter().flatten().copied()
}

fn statements_of_records() -> impl Iterator<Item = (&'static str, &'static str)> {
    let of_topic = |it: &'static sql::records::Statements| {
        [&it.first, &it.next, &it.known, &it.insert].map(|text| (it.topic.as_str(), text.as_str()))
    };
    let others = [("TOTALS", sql::records::TOTALS.as_str()), ("ADD_TO_INBOXES", sql::records::ADD_TO_INBOXES)];
    sql::records::all().iter().flat_map(of_topic).chain(others)
}

pub(super) async fn plan(connection: &mut SqliteConnection, statement: &str) -> Vec<String> {
    let explained = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
    let rows: Vec<(i64, i64, i64, String)> = sqlx::query_as(explained).fetch_all(connection).await.unwrap();
    rows.into_iter().map(|(.., detail)| detail).collect()
}

#[tokio::test]
async fn each_statement_prepares_against_the_migrated_schema() {
    let store = in_memory().await;
    let mut lane = store.lane().await.unwrap();
    for (name, statement) in every_statement().chain(statements_of_records()).chain(sql::facts::ALL.iter().copied()) {
        let prepared = (&mut *lane).prepare(statement.into_sql_str()).await;
        assert!(prepared.is_ok(), "{name}: {:?}", prepared.err());
    }
}

#[tokio::test]
async fn no_statement_of_a_port_walks_through_a_table() {
    let store = in_memory().await;
    let mut lane = store.lane().await.unwrap();
    let audits = [sql::integrity::ALL, sql::totals::ALL].concat();
    // The trial balance reads the running sums, a row per account and currency; others read a row per queue and state, per
    // queue that was held, per schedule, and per category.
    let small = ["CATEGORIES", "BALANCES", "COUNTS", "QUEUES", "ALL_SCHEDULES"];
    let ports = every_statement().filter(|it| !audits.contains(it) && !small.contains(&it.0));
    // What refers to a new product or category would be looked for only if something referred to what isn't there.
    let ports = ports.filter(|it| ![sql::catalog::INSERT, sql::catalog::ADD_CATEGORY].contains(&it.1));
    let ports = ports.map(|(name, statement)| (name, statement.to_owned()));
    for (name, statement) in ports.chain(parts_of_a_commit()) {
        for step in plan(&mut lane, &statement).await {
            let is_walk = step.starts_with("SCAN") && !step.contains("VIRTUAL TABLE") && !is_harmless(&step);
            assert!(!is_walk && !step.contains("AUTOMATIC"), "{name}: {step} in {statement}");
        }
    }
}

/// A row without a table, what `json_each` or the statement itself made, by the name that it gives it, or the beginning of an index.
fn is_harmless(step: &str) -> bool {
    let is_index =
        step.contains("rate_batches_latest") || step.contains("products_newest") || step.contains("products_on_sale");
    // What stands in the subquery is a step of its own.
    is_index
        || step.starts_with("SCAN (subquery")
        || ["SCAN CONSTANT ROW", "SCAN due", "SCAN found", "SCAN first", "SCAN own"].contains(&step)
}

/// The statements inside the trigger that commits, as if each stood alone.
fn parts_of_a_commit() -> impl Iterator<Item = (&'static str, String)> {
    let (_, trigger) = sql::orders::COMMIT_PROCEDURE.split_once("INSTEAD OF INSERT ON commits BEGIN").unwrap();
    let (body, _) = trigger.rsplit_once("END;").unwrap();
    let without_comments: Vec<_> = body.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
    let alone = without_comments.join("\n").replace("RAISE(ABORT,", "ifnull(0,").replace("NEW.", "$1_");
    let parts: Vec<_> = alone.split(';').map(parameters).filter(|part| !part.trim().is_empty()).collect();
    assert!(parts.len() > 15, "{parts:#?}");
    parts.into_iter().map(|part| ("a part of COMMIT", part))
}

/// Makes a parameter of each `$1_name`.
fn parameters(statement: &str) -> String {
    let mut parts = statement.split("$1_");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + "?1" + part.trim_start_matches(|c: char| c.is_ascii_lowercase() || c == '_'))
}

#[tokio::test]
async fn pages_and_claims_are_read_in_the_order_of_an_index() {
    let store = in_memory().await;
    let mut lane = store.lane().await.unwrap();
    let ordered = [
        (sql::orders::DUE, "orders_due (tick_due_at<?)"),
        (sql::effects::DUE, "effects_due (due_at<?)"),
        (sql::inbox::DUE, "webhook_events_due (due_at<?)"),
        (
            sql::inbox::PAGE_BY_STATE,
            "webhook_events_newest (state=? AND (received_at,id)>(?,?) AND (received_at,id)<(?,?))",
        ),
        (sql::inbox::OF_ORDER, "webhook_events_of_order (order_id=?)"),
        (sql::inbox::OLDEST_WAITING, "webhook_events_newest (state=?)"),
        (sql::effects::EARLIEST, "effects_not_done (state=? AND (due_at,order_id,event,idx)>(?,?,?,?))"),
        (sql::effects::LATEST, "effects_not_done (state=? AND (due_at,order_id,event,idx)<(?,?,?,?))"),
        (sql::queries::ALL_ORDERS, "orders_newest (placed_at>? AND (placed_at,id)<(?,?))"),
        (sql::queries::BY_STATUS, "orders_by_status (status=? AND placed_at>? AND (placed_at,id)<(?,?))"),
        (sql::queries::BY_BUYER, "orders_by_buyer (buyer=? AND placed_at>? AND (placed_at,id)<(?,?))"),
        (
            sql::queries::BY_BUYER_AND_STATUS,
            "orders_by_buyer_and_status (buyer=? AND status=? AND placed_at>? AND (placed_at,id)<(?,?))",
        ),
        (sql::queries::BY_SELLER, "order_sellers_newest (seller=? AND placed_at>? AND (placed_at,order_id)<(?,?))"),
        (
            sql::queries::BY_SELLER_AND_STATUS,
            "order_sellers_by_status (seller=? AND status=? AND placed_at>? AND (placed_at,order_id)<(?,?))",
        ),
        (sql::queries::BY_BUYER_AND_SELLER, "orders_by_buyer (buyer=? AND placed_at>? AND (placed_at,id)<(?,?))"),
        (
            sql::queries::BY_BUYER_STATUS_AND_SELLER,
            "orders_by_buyer_and_status (buyer=? AND status=? AND placed_at>? AND (placed_at,id)<(?,?))",
        ),
        (sql::queries::PAYMENT_DUE, "orders_expiring ((expires_at,id)>(?,?))"),
        (sql::queries::ATTENTION, "orders_attention ((attention_at,id)>(?,?))"),
        (sql::queries::TIMER, "orders_due ((tick_due_at,id)>(?,?))"),
        (sql::queries::FIRST_ATTENTION, "orders_attention (attention_at>?)"),
        (sql::queries::MONEY_OF_DAY, "money_days USING PRIMARY KEY (day=?)"),
        (sql::tasks::DUE, "tasks_due (queue=? AND priority=? AND due_at<?)"),
        (sql::console::WAITING, "tasks_due (queue=?)"),
        (sql::console::PAGE, "sqlite_autoindex_tasks_1 (id>? AND id<?)"),
        (sql::console::PAGE_BY_STATE, "tasks_by_state (state=? AND id>? AND id<?)"),
        (sql::console::PAGE_BY_KIND, "tasks_by_kind (kind=? AND id>? AND id<?)"),
        (sql::console::PAGE_BY_QUEUE, "tasks_by_queue (queue=? AND id>? AND id<?)"),
        (sql::chat::CONVERSATIONS, "chat_inbox_latest (account=? AND (active_at,conversation)<(?,?))"),
        (sql::chat::AFTER, "chat_messages USING PRIMARY KEY (conversation=? AND seq>?)"),
        (sql::chat::BEFORE, "chat_messages USING PRIMARY KEY (conversation=? AND seq<?)"),
        (sql::chat::REPORTS, "chat_reports_newest ((created_at,id)<(?,?))"),
        (sql::chat::REPORTS_BY_STATE, "chat_reports_by_state (state=? AND (created_at,id)<(?,?))"),
        (sql::catalog::PAGE, "products_on_sale (slug>?)"),
        (sql::catalog::FIRST_PAGE, "products_on_sale"),
        (sql::mails::PAGE, "mails_newest ((created_at,id)<(?,?))"),
        (sql::mails::PAGE_BY_STATE, "mails_by_state (state=? AND (created_at,id)<(?,?))"),
        (sql::mails::PAGE_BY_ACCOUNT, "mails_by_account (account=? AND (created_at,id)<(?,?))"),
        (sql::mails::PAGE_BY_ORDER, "mails_by_order (order_id=? AND (created_at,id)<(?,?))"),
        (sql::notifications::PAGE, "notifications_newest (account=? AND (created_at,id)<(?,?))"),
        (sql::notifications::PAGE_OF_UNREAD, "notifications_unread (account=? AND (created_at,id)<(?,?))"),
        (sql::accounts::PAGE, "accounts_newest ((created_at,id)<(?,?))"),
        (sql::accounts::PAGE_BY_STANDING, "accounts_by_standing (standing=? AND (created_at,id)<(?,?))"),
        (sql::accounts::PAGE_BY_ROLE, "accounts_by_role (role=? AND (created_at,id)<(?,?))"),
        (sql::accounts::LIVE_SESSIONS, "sessions_of_account (account=?)"),
        (sql::accounts::UNVERIFIED, "accounts_by_standing (standing=? AND created_at<?)"),
        (sql::accounts::LATEST_CHALLENGE, "challenges_of_account (account=? AND purpose=?)"),
        (sql::accounts::APPLICATIONS, "seller_applications_oldest ((submitted_at,id)>(?,?))"),
        (sql::accounts::APPLICATIONS_BY_STATE, "seller_applications_by_state (state=? AND (submitted_at,id)>(?,?))"),
        (sql::accounts::EVENTS, "account_events_of_account (account=? AND no<?)"),
        (sql::audit::PAGE, "audit_entries_newest ((at,id)<(?,?))"),
        (sql::audit::PAGE_BY_ACTOR, "audit_entries_by_actor (actor=? AND (at,id)<(?,?))"),
        (sql::audit::PAGE_BY_AREA, "audit_entries_by_area (area=? AND (at,id)<(?,?))"),
        (sql::audit::PAGE_BY_ACTOR_AND_AREA, "audit_entries_by_actor_and_area (actor=? AND area=? AND (at,id)<(?,?))"),
        (sql::audit::PAGE_BY_SUBJECT, "audit_entries_by_subject (subject_kind=? AND subject_id=? AND (at,id)<(?,?))"),
        (sql::rates::RANGE, "rate_batches_latest (as_of>? AND as_of<?)"),
        (sql::rates::REFUSALS, "rate_refusals USING PRIMARY KEY (at<?)"),
        (sql::rates::ON, "rate_batches_latest (as_of<?)"),
        (sql::rates::LATEST, "rate_batches_latest"),
    ];
    for (statement, index) in ordered {
        let plan = plan(&mut lane, statement).await;
        assert!(plan[0].ends_with(index), "{plan:?} instead of {index}");
        assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{plan:?} sorts");
    }
}

#[tokio::test]
async fn a_call_about_tasks_finds_its_rows_by_an_index_of_what_waits_or_runs() {
    let store = in_memory().await;
    let mut lane = store.lane().await.unwrap();
    let found_by = [
        (sql::tasks::KNOWN, "tasks USING COVERING INDEX sqlite_autoindex_tasks_1 (id=?)"),
        (sql::tasks::HOLDERS, "tasks USING INDEX tasks_by_key (unique_key=?)"),
        (sql::tasks::LANES, "tasks USING INDEX tasks_due (queue=? AND priority=?)"),
        (sql::tasks::CLAIM, "tasks USING INTEGER PRIMARY KEY (rowid=?)"),
        (sql::tasks::POSTPONE, "tasks USING INTEGER PRIMARY KEY (rowid=?)"),
        (sql::tasks::SUCCEED, "tasks USING INDEX sqlite_autoindex_tasks_1 (id=?)"),
        (sql::tasks::RENEW, "tasks USING INDEX sqlite_autoindex_tasks_1 (id=?)"),
        (sql::tasks::BY_IDS, "tasks USING INDEX sqlite_autoindex_tasks_1 (id=?)"),
        (sql::tasks::BY_ID, "tasks USING INDEX sqlite_autoindex_tasks_1 (id=?)"),
        (sql::tasks::WRITE, "tasks USING INTEGER PRIMARY KEY (rowid=?)"),
        (sql::tasks::FORGET, "tasks USING INTEGER PRIMARY KEY (rowid=?)"),
        (sql::console::OLDEST_DUE, "tasks USING INDEX tasks_due (queue=? AND priority=? AND due_at<?)"),
        (sql::console::CLEAN_UP, "tasks USING COVERING INDEX tasks_ended (ended_at<?)"),
        (sql::console::WORKERS, "task_workers USING INDEX task_workers_alive (beat_at>?)"),
    ];
    for (statement, index) in found_by {
        let plan = plan(&mut lane, statement).await;
        assert!(plan.contains(&format!("SEARCH {index}")), "{plan:?} without {index}");
    }
}

#[tokio::test]
async fn pages_of_records_are_read_by_their_keys() {
    let store = in_memory().await;
    let mut lane = store.lane().await.unwrap();
    for statements in sql::records::all() {
        for statement in [&statements.next, &statements.known] {
            let plan = plan(&mut lane, statement).await;
            assert!(plan[0].starts_with("SEARCH"), "{plan:?} of {statement}");
            assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE FOR ORDER BY")), "{plan:?} sorts");
        }
    }
}
