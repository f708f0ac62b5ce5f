//! [`ScheduleStore`] on SQLite.

use async_trait::async_trait;
use designia_core::id::TaskId;
use designia_core::ports::{Enqueued, ScheduleStore, StoreError};
use designia_core::schedule::{Fire, Fired, Schedule, ScheduleRecord};
use designia_core::task::ScheduleName;
use designia_core::time::Timestamp;
use sqlx::SqliteConnection;

use crate::error::store_error;
use crate::row::{from_json, json, micros};
use crate::sql::schedules as sql;
use crate::store::SqliteStore;
use crate::task_queue::{check, enqueue};

#[async_trait]
impl ScheduleStore for SqliteStore {
    async fn define(&self, schedule: &Schedule, now: Timestamp) -> Result<(), StoreError> {
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = define(transaction.connection(), schedule, now).await;
        transaction.end(outcome).await
    }

    async fn schedules(&self) -> Result<Vec<ScheduleRecord>, StoreError> {
        let query = sqlx::query_as(sql::ALL_SCHEDULES);
        let rows: Vec<(String, String)> = query.fetch_all(&mut *self.reader().await?).await.map_err(store_error)?;
        rows.iter().map(|(name, text)| record(name, text)).collect()
    }

    async fn set_enabled(&self, name: &ScheduleName, enabled: bool, now: Timestamp) -> Result<bool, StoreError> {
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = set_enabled(transaction.connection(), name, enabled, now).await;
        transaction.end(outcome).await
    }

    async fn fire(&self, fire: &Fire) -> Result<Fired, StoreError> {
        check(&fire.tasks)?;
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = self::fire(transaction.connection(), fire).await;
        transaction.end(outcome).await
    }

    async fn remove(&self, name: &ScheduleName) -> Result<bool, StoreError> {
        let query = sqlx::query(sql::REMOVE).bind(name.as_str().to_owned());
        let removed = self.lane().await?.execute(query).await.map_err(store_error)?;
        Ok(removed.rows_affected() > 0)
    }
}

async fn define(connection: &mut SqliteConnection, schedule: &Schedule, now: Timestamp) -> Result<(), StoreError> {
    let row = match load(connection, &schedule.name).await? {
        Some(mut row) => {
            row.redefine(schedule.clone(), now);
            row
        }
        None => ScheduleRecord::new(schedule.clone(), now),
    };
    put(connection, &row).await
}

async fn set_enabled(
    connection: &mut SqliteConnection,
    name: &ScheduleName,
    enabled: bool,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Some(mut row) = load(connection, name).await? else { return Ok(false) };
    row.set_enabled(enabled, now);
    put(connection, &row).await?;
    Ok(true)
}

async fn fire(connection: &mut SqliteConnection, fire: &Fire) -> Result<Fired, StoreError> {
    let row = load(connection, &fire.name).await?.filter(|row| row.version == fire.version);
    let Some(mut row) = row else { return Ok(Fired::Conflict) };
    let answers = enqueue(connection, &fire.tasks).await?;
    let new = fire.tasks.iter().zip(answers).filter(|(_, answer)| *answer == Enqueued::New);
    let new: Vec<TaskId> = new.map(|(task, _)| task.id).collect();
    row.fired(fire, &new);
    put(connection, &row).await?;
    Ok(Fired::New(new))
}

async fn load(connection: &mut SqliteConnection, name: &ScheduleName) -> Result<Option<ScheduleRecord>, StoreError> {
    let query = sqlx::query_scalar(sql::LOAD).bind(name.as_str().to_owned());
    let text: Option<String> = query.fetch_optional(connection).await.map_err(store_error)?;
    text.map(|text| record(name.as_str(), &text)).transpose()
}

async fn put(connection: &mut SqliteConnection, record: &ScheduleRecord) -> Result<(), StoreError> {
    let query = sqlx::query(sql::PUT)
        .bind(record.schedule.name.as_str().to_owned())
        .bind(record.version)
        .bind(record.enabled)
        .bind(record.next_at.map(micros))
        .bind(json(record)?);
    query.execute(connection).await.map_err(store_error)?;
    Ok(())
}

fn record(name: &str, text: &str) -> Result<ScheduleRecord, StoreError> {
    from_json(|| format!("schedule {name}"), text)
}
