//! Whether the server is run in a way that money can be trusted to, and that stays fast: what an operator should know before a
//! customer does. What is stored is the integrity check's to judge.

use designia_core::ports::StoreError;

use crate::sql::health as sql;
use crate::statement::statement;
use crate::store::PostgresStore;

/// The indexes that the statements of this crate count on. One that is missing or not valid makes the server read whole tables.
const INDEXES: [&str; 133] = [
    "account_events_of_account",
    "account_events_pkey",
    "account_identities_key",
    "account_identities_of_account",
    "accounts_by_role",
    "accounts_by_standing",
    "accounts_email_key",
    "accounts_newest",
    "accounts_pkey",
    "accounts_username_key",
    "attempts_by_state",
    "attempts_payment_ref_key",
    "attempts_pkey",
    "attempts_session_ref_key",
    "audit_entries_by_actor",
    "audit_entries_by_actor_and_area",
    "audit_entries_by_area",
    "audit_entries_by_subject",
    "audit_entries_newest",
    "audit_entries_pkey",
    "carts_pkey",
    "categories_pkey",
    "categories_slug_key",
    "challenges_of_account",
    "challenges_over",
    "challenges_pkey",
    "chat_conversations_key",
    "chat_conversations_pkey",
    "chat_inbox_key",
    "chat_inbox_latest",
    "chat_inbox_of_conversation",
    "chat_inbox_unread",
    "chat_messages_by_client",
    "chat_messages_id_key",
    "chat_messages_key",
    "chat_reports_by_reporter",
    "chat_reports_by_state",
    "chat_reports_newest",
    "chat_reports_pkey",
    "counted_sales_pkey",
    "effects_due",
    "effects_key_key",
    "effects_not_done",
    "effects_pkey",
    "events_pkey",
    "favourites_newest",
    "favourites_of_product",
    "favourites_pkey",
    "foreign_refunds_by_name",
    "foreign_refunds_by_state",
    "foreign_refunds_pkey",
    "journals_pkey",
    "mails_by_account",
    "mails_by_order",
    "mails_by_state",
    "mails_newest",
    "mails_pkey",
    "notification_mutes_pkey",
    "notifications_newest",
    "notifications_oldest",
    "notifications_pkey",
    "notifications_unread",
    "order_sellers_by_status",
    "order_sellers_newest",
    "order_sellers_pkey",
    "orders_attention",
    "orders_by_buyer",
    "orders_by_buyer_and_status",
    "orders_by_status",
    "orders_due",
    "orders_expiring",
    "orders_newest",
    "orders_pkey",
    "price_scales_pkey",
    "product_looks_pkey",
    "product_texts_pkey",
    "product_texts_search",
    "products_by_popularity",
    "products_by_price",
    "products_by_rating",
    "products_newest",
    "products_of_category",
    "products_of_category_by_popularity",
    "products_of_category_by_price",
    "products_of_category_by_rating",
    "products_of_seller",
    "products_of_seller_by_popularity",
    "products_of_seller_by_price",
    "products_of_seller_by_rating",
    "products_of_seller_by_sales",
    "products_on_sale",
    "products_pkey",
    "products_slug_key",
    "rate_batches_latest",
    "rate_batches_pkey",
    "rate_refusals_pkey",
    "refunds_by_state",
    "refunds_pkey",
    "refunds_provider_id_key",
    "repeatable_requests_oldest",
    "repeatable_requests_pkey",
    "request_keys_of_order",
    "request_keys_pkey",
    "review_votes_pkey",
    "reviews_of_product",
    "reviews_of_product_by_help",
    "reviews_of_product_by_rating",
    "reviews_of_product_by_reviewer",
    "reviews_of_reviewer",
    "reviews_pkey",
    "seller_applications_account_key",
    "seller_applications_by_state",
    "seller_applications_oldest",
    "seller_applications_pkey",
    "sessions_of_account",
    "sessions_over",
    "sessions_pkey",
    "shop_days_pkey",
    "shop_revenue_pkey",
    "shops_pkey",
    "stock_movements_pkey",
    "task_history_by_kind",
    "task_history_by_queue",
    "task_history_ended",
    "task_history_failed",
    "task_history_pkey",
    "tasks_due",
    "tasks_pkey",
    "tasks_unique_key_key",
    "webhook_events_due",
    "webhook_events_newest",
    "webhook_events_of_order",
    "webhook_events_pkey",
];

/// Below so many, dead rows are the ordinary course of things.
const FEW_DEAD: i64 = 10_000;

/// The share of dead rows, in percent, from which on a table is worth a look.
const MANY_DEAD: i64 = 30;

/// No transaction of this program takes so many seconds.
const LONG: i64 = 300;

/// So many transactions ago, a snapshot that is still seen keeps too many dead rows.
const OLD_SNAPSHOT: i64 = 10_000_000;

/// The server stops taking writes at two billion.
const OLD_FREEZE: i64 = 1_000_000_000;

/// How good or bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HealthLevel {
    /// As it should be.
    Ok,
    /// Worth knowing; nothing is at risk.
    Note,
    /// Orders, money or the service are at risk.
    Wrong,
}

/// One thing that was looked at, in one line, with what to do if it is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HealthFinding {
    /// How good or bad it is.
    pub level: HealthLevel,
    /// What was found.
    pub told: String,
}

impl HealthFinding {
    fn ok(told: impl Into<String>) -> Self {
        Self { level: HealthLevel::Ok, told: told.into() }
    }

    fn note(told: impl Into<String>) -> Self {
        Self { level: HealthLevel::Note, told: told.into() }
    }

    fn wrong(told: impl Into<String>) -> Self {
        Self { level: HealthLevel::Wrong, told: told.into() }
    }
}

/// The server's settings as [`sql::SETTINGS`] has them.
type Settings = (String, bool, bool, String, bool);

/// Usable connections, the role's and the database's limit, connections in use, as [`sql::CONNECTIONS`] has them.
type Connections = (i64, i64, i64, i64);

impl PostgresStore {
    /// Looks at how the server is set up and how it fares, without reading what is stored.
    ///
    /// # Errors
    /// If the server can't be asked.
    pub async fn health(&self) -> Result<Vec<HealthFinding>, StoreError> {
        let settings: Settings = self.one(statement(sql::SETTINGS)).await?;
        let version = self.schema_version().await?;
        let mut findings = vec![HealthFinding::ok(format!("PostgreSQL {}, schema version {version}", settings.0))];
        findings.extend(of_settings(&settings));
        findings.push(of_connections(
            self.one(statement(sql::CONNECTIONS)).await?,
            i64::from(self.config().max_connections.max(1)),
        ));
        let indexes: Vec<(String, bool)> = self.all(statement(sql::INDEXES)).await?;
        findings.extend(of_indexes(&indexes));
        findings.extend(of_tables(&self.all(statement(sql::TABLES)).await?));
        let oldest: Option<(String, String, i64)> = self.first(statement(sql::OLDEST_TRANSACTION)).await?;
        findings.push(of_oldest(oldest));
        let (seen, frozen): (i64, i64) = self.one(statement(sql::AGES)).await?;
        findings.extend(of_ages(seen, frozen));
        Ok(findings)
    }
}

fn of_settings((_, fsync, full_page_writes, synchronous_commit, autovacuum): &Settings) -> Vec<HealthFinding> {
    let mut findings = Vec::new();
    if !fsync {
        let told = "fsync is off: a power cut can damage the database and lose paid orders; set fsync = on";
        findings.push(HealthFinding::wrong(told));
    }
    if !full_page_writes {
        let told = "full_page_writes is off: a power cut can damage the database; set full_page_writes = on";
        findings.push(HealthFinding::wrong(told));
    }
    if synchronous_commit == "off" {
        let told = "synchronous_commit is off: a crash can lose orders that were answered; set synchronous_commit = on";
        findings.push(HealthFinding::wrong(told));
    }
    if findings.is_empty() {
        let told = format!("what is answered is on the disk (synchronous_commit = {synchronous_commit})");
        findings.push(HealthFinding::ok(told));
    }
    findings.push(if *autovacuum {
        HealthFinding::ok("autovacuum is on")
    } else {
        HealthFinding::wrong(
            "autovacuum is off: the tables grow without end; set autovacuum = on and track_counts = on",
        )
    });
    findings
}

fn of_connections((usable, of_role, of_database, in_use): Connections, pool: i64) -> HealthFinding {
    let limits = [usable, of_role, of_database].into_iter().filter(|limit| *limit >= 0);
    let limit = limits.min().unwrap_or(usable);
    // One more listens for the other nodes.
    let needed = pool + 1;
    let told = format!("{in_use} of {limit} connections are in use, and a node may take {needed}");
    if limit < needed {
        return HealthFinding::wrong(format!("{told}: lower the node's connections or raise max_connections"));
    }
    if limit < needed * 2 {
        return HealthFinding::note(format!("{told}: there is no room for a second node; raise max_connections"));
    }
    HealthFinding::ok(told)
}

fn of_indexes(found: &[(String, bool)]) -> Vec<HealthFinding> {
    let missing = INDEXES.iter().filter(|name| !found.iter().any(|(found, _)| found == *name));
    let missing = missing.map(|name| {
        HealthFinding::wrong(format!("the index designia.{name} is missing: restore it as the migration made it"))
    });
    let invalid = found.iter().filter(|(_, is_valid)| !is_valid).map(|(name, _)| {
        HealthFinding::wrong(format!(
            "the index designia.{name} is not valid and is not used: REINDEX INDEX CONCURRENTLY designia.{name}"
        ))
    });
    let mut findings: Vec<HealthFinding> = missing.chain(invalid).collect();
    if findings.is_empty() {
        findings.push(HealthFinding::ok(format!("all {} indexes are there and valid", INDEXES.len())));
    }
    findings
}

fn of_tables(tables: &[(String, i64, i64, i64)]) -> Vec<HealthFinding> {
    let share = |live: i64, dead: i64| dead.saturating_mul(100) / (live + dead).max(1);
    let bloated = tables.iter().filter(|(_, live, dead, _)| *dead > FEW_DEAD && share(*live, *dead) >= MANY_DEAD);
    let mut findings: Vec<HealthFinding> = bloated
        .map(|(name, live, dead, size)| {
            HealthFinding::note(format!(
                "{} % of the rows of designia.{name} ({} MB) are dead: VACUUM (ANALYZE) designia.{name}",
                share(*live, *dead),
                size / 1_000_000
            ))
        })
        .collect();
    if findings.is_empty() {
        let size: i64 = tables.iter().map(|(.., size)| size).sum();
        findings.push(HealthFinding::ok(format!("{} tables of {} MB, none bloated", tables.len(), size / 1_000_000)));
    }
    findings
}

fn of_oldest(oldest: Option<(String, String, i64)>) -> HealthFinding {
    match oldest {
        Some((what, remedy, seconds)) if seconds >= LONG => HealthFinding::note(format!(
            "{what} has had a transaction open for {} minutes, so dead rows stay: {remedy}",
            seconds / 60
        )),
        _ => HealthFinding::ok("no transaction has been open for long"),
    }
}

fn of_ages(seen: i64, frozen: i64) -> Vec<HealthFinding> {
    let mut findings = Vec::new();
    if seen >= OLD_SNAPSHOT {
        let told = format!(
            "a session or replication slot holds a snapshot {seen} transactions old, so dead rows stay: look at \
             pg_stat_activity.backend_xmin and pg_replication_slots.xmin"
        );
        findings.push(HealthFinding::note(told));
    }
    if frozen >= OLD_FREEZE {
        let told = format!(
            "the oldest rows are {frozen} transactions old, and at 2 billion the server stops: VACUUM (FREEZE) the database"
        );
        findings.push(HealthFinding::wrong(told));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(findings: &[HealthFinding]) -> Vec<HealthLevel> {
        findings.iter().map(|finding| finding.level).collect()
    }

    #[test]
    fn settings_that_risk_money_are_wrong_each_by_itself() {
        use HealthLevel::{Ok, Wrong};
        let settings =
            |fsync, pages, commit: &str, vacuum| ("17.2".to_owned(), fsync, pages, commit.to_owned(), vacuum);
        assert_eq!(levels(&of_settings(&settings(true, true, "on", true))), [Ok, Ok]);
        assert_eq!(levels(&of_settings(&settings(true, true, "remote_apply", true))), [Ok, Ok]);
        assert_eq!(levels(&of_settings(&settings(false, true, "on", true))), [Wrong, Ok]);
        assert_eq!(levels(&of_settings(&settings(true, true, "off", false))), [Wrong, Wrong]);
        assert_eq!(levels(&of_settings(&settings(false, false, "off", false))), [Wrong; 4]);
    }

    #[test]
    fn the_smallest_limit_of_connections_counts() {
        assert_eq!(of_connections((97, -1, -1, 3), 10).level, HealthLevel::Ok);
        assert_eq!(of_connections((97, 21, -1, 3), 10).level, HealthLevel::Note);
        assert_eq!(of_connections((97, -1, 10, 3), 10).level, HealthLevel::Wrong);
    }

    #[test]
    fn an_index_that_is_missing_or_not_valid_is_named_with_what_to_do() {
        let mut found: Vec<(String, bool)> = INDEXES.iter().map(|name| ((*name).to_owned(), true)).collect();
        assert_eq!(levels(&of_indexes(&found)), [HealthLevel::Ok]);
        found.retain(|(name, _)| name != "attempts_payment_ref_key");
        found.iter_mut().filter(|(name, _)| name == "orders_due").for_each(|(_, is_valid)| *is_valid = false);
        let findings = of_indexes(&found);
        assert_eq!(levels(&findings), [HealthLevel::Wrong; 2]);
        assert!(findings[0].told.contains("designia.attempts_payment_ref_key is missing"), "{findings:?}");
        assert!(findings[1].told.ends_with("REINDEX INDEX CONCURRENTLY designia.orders_due"), "{findings:?}");
    }

    #[test]
    fn dead_rows_and_old_transactions_are_told_when_they_are_many_and_long() {
        let tables = |dead| [("orders".to_owned(), 100_000, dead, 80_000_000), ("events".to_owned(), 1, 9, 8_192)];
        assert_eq!(levels(&of_tables(&tables(30_000))), [HealthLevel::Ok]);
        let bloated = of_tables(&tables(100_000));
        assert!(bloated[0].told.starts_with("50 % of the rows of designia.orders (80 MB)"), "{bloated:?}");
        let oldest = |seconds| of_oldest(Some(("session 7 (psql)".to_owned(), "end it".to_owned(), seconds))).level;
        assert_eq!([oldest(299), oldest(300)], [HealthLevel::Ok, HealthLevel::Note]);
        assert_eq!(levels(&of_ages(OLD_SNAPSHOT, OLD_FREEZE)), [HealthLevel::Note, HealthLevel::Wrong]);
        assert!(of_ages(0, 0).is_empty());
    }

    #[tokio::test]
    async fn the_list_of_indexes_is_what_the_migrations_make() {
        let Some(server) = designia_services::postgres() else { return };
        let database = server.fresh_database(None).unwrap();
        let store = PostgresStore::open(&database.url().parse().unwrap()).await.unwrap();
        let found: Vec<(String, bool)> = store.all(statement(sql::INDEXES)).await.unwrap();
        // Those of the few rows beside the stores are nobody's to miss.
        let beside = [
            "schedules_pkey",
            "schema_migrations_pkey",
            "settings_pkey",
            "tallies_pkey",
            "task_queues_paused",
            "task_queues_pkey",
            "task_workers_pkey",
            "unstated_orders_pkey",
        ];
        let found: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).filter(|it| !beside.contains(it)).collect();
        assert_eq!(found, INDEXES);
        for (name, text) in sql::ALL {
            assert!(store.ask(statement(text)).await.is_ok(), "{name}");
        }
        assert!(store.health().await.unwrap().len() >= 7);
        store.close().await.unwrap();
    }
}
