//! Whether every task and schedule can be read, and its columns say what it says. What statements can ask is in
//! `sql/integrity.rs`.

use designia_core::ports::{IntegrityFinding, StoreError};
use designia_core::schedule::ScheduleRecord;
use sqlx::SqliteConnection;

use super::ENOUGH;
use crate::error::store_error;
use crate::row::{from_json, micros};
use crate::sql::integrity as sql;
use crate::task_row::{self, column};

/// How many tasks are read at a time.
const BATCH: i64 = 1_000;

/// The tasks that can't be read.
pub(super) async fn unreadable(connection: &mut SqliteConnection) -> Result<Vec<IntegrityFinding>, StoreError> {
    let mut found = Vec::new();
    let mut after = i64::MIN;
    loop {
        let query = sqlx::query(sql::NEXT_TASKS).bind(after).bind(BATCH);
        let rows = query.fetch_all(&mut *connection).await.map_err(store_error)?;
        let Some(last) = rows.last() else { return Ok(found) };
        after = column(last, "seq")?;
        let errors = rows.iter().filter_map(|row| task_row::record(row).err());
        let findings = errors.map(|error| IntegrityFinding::new("every task can be read", error.message));
        found.extend(findings.take(ENOUGH - found.len()));
    }
}

/// The schedules that can't be read, or whose columns say something else.
pub(super) async fn wrong_schedules(connection: &mut SqliteConnection) -> Result<Vec<IntegrityFinding>, StoreError> {
    /// Name, version, enabled, next at, record.
    type Row = (String, i64, bool, Option<i64>, String);
    let rows: Vec<Row> = sqlx::query_as(sql::SCHEDULES).fetch_all(connection).await.map_err(store_error)?;
    let finding = |(name, version, enabled, next_at, text): Row| {
        let record: ScheduleRecord = match from_json(|| format!("schedule {name}"), &text) {
            Ok(record) => record,
            Err(error) => return Some(IntegrityFinding::new("every schedule can be read", error.message)),
        };
        let said =
            (record.schedule.name.as_str(), i64::from(record.version), record.enabled, record.next_at.map(micros));
        let stored = (name.as_str(), version, enabled, next_at);
        let detail = || format!("schedule {name}: the columns are {stored:?}, and the schedule says {said:?}");
        (stored != said).then(|| IntegrityFinding::new("columns say what the schedule says", detail()))
    };
    Ok(rows.into_iter().filter_map(finding).take(ENOUGH).collect())
}
