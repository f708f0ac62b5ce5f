//! [`ScheduleStore`] on PostgreSQL: a row per schedule, changed under its lock.

use async_trait::async_trait;
use designia_core::id::TaskId;
use designia_core::ports::{Enqueued, ScheduleStore, StoreError};
use designia_core::schedule::{Fire, Fired, Schedule, ScheduleRecord};
use designia_core::task::ScheduleName;
use designia_core::time::Timestamp;
use sqlx::Row as _;

use crate::error::store_error;
use crate::instant::Instant;
use crate::row::{from_json, json};
use crate::session::Session;
use crate::sql::schedules as sql;
use crate::statement::statement;
use crate::store::{PostgresStore, Work};
use crate::tasks::{Chunk, chunks, enqueue_all};

#[async_trait]
impl ScheduleStore for PostgresStore {
    async fn define(&self, schedule: &Schedule, now: Timestamp) -> Result<(), StoreError> {
        self.transact(Defining { schedule, now }).await?.map_err(store_error)
    }

    async fn schedules(&self) -> Result<Vec<ScheduleRecord>, StoreError> {
        let rows: Vec<(String,)> = self.all(statement(sql::ALL_SCHEDULES)).await?;
        rows.into_iter().map(|(text,)| from_json(|| "a schedule".to_owned(), &text)).collect()
    }

    async fn set_enabled(&self, name: &ScheduleName, enabled: bool, now: Timestamp) -> Result<bool, StoreError> {
        self.transact(Enabling { name, enabled, now }).await?.map_err(store_error)
    }

    async fn fire(&self, fire: &Fire) -> Result<Fired, StoreError> {
        let chunks = chunks(&fire.tasks)?;
        self.transact(Firing { fire, chunks }).await?.map_err(store_error)
    }

    async fn remove(&self, name: &ScheduleName) -> Result<bool, StoreError> {
        self.is_any_changed(statement(sql::REMOVE).bind(name.as_str().to_owned())).await
    }
}

struct Defining<'a> {
    schedule: &'a Schedule,
    now: Timestamp,
}

#[async_trait]
impl Work<()> for Defining<'_> {
    async fn run(&self, session: &mut Session) -> Result<(), sqlx::Error> {
        let Self { schedule, now } = self;
        let new = ScheduleRecord::new((*schedule).clone(), *now);
        let query = statement(sql::DEFINE).bind(schedule.name.as_str().to_owned()).bind(text(&new)?);
        let query = query.bind(new.enabled).bind(new.next_at.map(Instant));
        if session.ask(query.done()?).await?.is_empty()
            && let Some(mut record) = locked(session, &schedule.name).await?
        {
            let version = record.version;
            record.redefine((*schedule).clone(), *now);
            if record.version != version {
                put(session, &record).await?;
            }
        }
        Ok(())
    }
}

struct Enabling<'a> {
    name: &'a ScheduleName,
    enabled: bool,
    now: Timestamp,
}

#[async_trait]
impl Work<bool> for Enabling<'_> {
    async fn run(&self, session: &mut Session) -> Result<bool, sqlx::Error> {
        let Some(mut record) = locked(session, self.name).await? else { return Ok(false) };
        record.set_enabled(self.enabled, self.now);
        put(session, &record).await?;
        Ok(true)
    }
}

struct Firing<'a> {
    fire: &'a Fire,
    chunks: Vec<Chunk>,
}

#[async_trait]
impl Work<Fired> for Firing<'_> {
    async fn run(&self, session: &mut Session) -> Result<Fired, sqlx::Error> {
        let fire = self.fire;
        let record = locked(session, &fire.name).await?.filter(|record| record.version == fire.version);
        let Some(mut record) = record else { return Ok(Fired::Conflict) };
        let enqueued = enqueue_all(session, &self.chunks, fire.tasks.len()).await?;
        let new = fire.tasks.iter().zip(enqueued).filter(|(_, enqueued)| *enqueued == Enqueued::New);
        let new: Vec<TaskId> = new.map(|(task, _)| task.id).collect();
        record.fired(fire, &new);
        put(session, &record).await?;
        Ok(Fired::New(new))
    }
}

/// The schedule of this name, locked.
async fn locked(session: &mut Session, name: &ScheduleName) -> Result<Option<ScheduleRecord>, sqlx::Error> {
    let rows = session.ask(statement(sql::LOCK).bind(name.as_str().to_owned()).done()?).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let text: String = row.try_get(0)?;
    let record = from_json(|| format!("schedule {name}"), &text);
    record.map(Some).map_err(|error| sqlx::Error::Decode(error.into()))
}

async fn put(session: &mut Session, record: &ScheduleRecord) -> Result<(), sqlx::Error> {
    let query = statement(sql::PUT).bind(record.schedule.name.as_str().to_owned()).bind(text(record)?);
    session.ask(query.bind(record.enabled).bind(record.next_at.map(Instant)).done()?).await?;
    Ok(())
}

fn text(record: &ScheduleRecord) -> Result<String, sqlx::Error> {
    json(record).map_err(|error| sqlx::Error::Encode(error.into()))
}
