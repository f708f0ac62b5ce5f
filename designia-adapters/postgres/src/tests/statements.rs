//! Each statement fits the migrated schema, and names everything with its schema.

use sqlx::{Executor, SqlSafeStr};

use super::fresh;
use crate::sql;

pub(super) fn every_statement() -> impl Iterator<Item = (&'static str, &'static str)> {
    let modules = [
        sql::accounts::ALL,
        sql::archive::ALL,
        sql::audit::ALL,
        sql::catalog::ALL,
        sql::catalog_search::ALL,
        sql::catalog_search::FACETS,
        sql::catalog_search::LISTS,
        sql::chat::ALL,
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
        sql::upkeep::ALL,
    ];
    modules.into_iter().flatten().copied()
}

fn statements_of_records() -> impl Iterator<Item = (&'static str, &'static str)> {
    let of_topic = |it: &'static sql::records::Statements| {
        [&it.first, &it.next, &it.known, &it.insert].map(|text| (it.topic.as_str(), text.as_str()))
    };
    let others = [
        ("TOTALS", sql::records::TOTALS.as_str()),
        ("ADD_TO_INBOXES", sql::records::ADD_TO_INBOXES),
        ("COUNT_CATEGORIES_ON", sql::records::COUNT_CATEGORIES_ON),
        ("COUNT_REVIEWS_ON", sql::records::COUNT_REVIEWS_ON),
    ];
    sql::records::all().iter().flat_map(of_topic).chain(others)
}

#[tokio::test]
async fn each_statement_prepares_against_the_migrated_schema_whatever_the_search_path() {
    let Some(store) = fresh().await else { return };
    let mut connection = store.connection().await;
    sqlx::raw_sql("SET search_path = ''").execute(&mut connection).await.unwrap();
    for (name, statement) in every_statement().chain(statements_of_records()).chain(sql::facts::ALL.iter().copied()) {
        let prepared = (&mut connection).prepare(statement.into_sql_str()).await;
        assert!(prepared.is_ok(), "{name}: {:?}", prepared.err());
    }
}

#[test]
fn what_the_functions_do_names_everything_with_its_schema() {
    let migrations = [
        include_str!("../../migrations/0001_stores.sql"),
        include_str!("../../migrations/0002_tallies.sql"),
        include_str!("../../migrations/0003_guards.sql"),
        include_str!("../../migrations/0004_commit.sql"),
        include_str!("../../migrations/0005_tasks.sql"),
        include_str!("../../migrations/0006_task_calls.sql"),
        include_str!("../../migrations/0007_task_locks.sql"),
        include_str!("../../migrations/0010_chat.sql"),
        include_str!("../../migrations/0011_mail.sql"),
        include_str!("../../migrations/0013_orders.sql"),
        include_str!("../../migrations/0014_inbox_console.sql"),
    ];
    let lines = migrations.iter().flat_map(|text| text.lines()).filter(|line| !line.trim_start().starts_with("--"));
    for line in lines {
        for before in ["INSERT INTO ", "UPDATE ", "REFERENCES ", "CREATE TABLE ", "FUNCTION ", " ON "] {
            let Some((_, name)) = line.split_once(before) else { continue };
            let is_keyword = name.starts_with(|first: char| first.is_ascii_uppercase() || first == '$');
            let is_condition = before == " ON " && !line.contains("INDEX") && !line.contains("TRIGGER");
            let is_column = before == "UPDATE " && line.contains("BEFORE UPDATE OF");
            let is_plain = is_keyword || is_condition || is_column || name.starts_with("designia.");
            assert!(is_plain, "{line}");
        }
    }
}
