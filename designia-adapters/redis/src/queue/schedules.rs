//! The port [`ScheduleStore`]: a row per name, changed only by who has seen its latest version.

use async_trait::async_trait;
use designia_core::ports::{Enqueued, ScheduleStore, StoreError, StoreErrorKind};
use designia_core::schedule::{Fire, Fired, Schedule, ScheduleRecord};
use designia_core::task::{ScheduleName, Task};
use designia_core::time::Timestamp;

use super::RedisQueue;
use super::asked::{self, instant, parsed};
use super::tasks::enqueued;
use crate::error::corrupt;
use crate::script::{Script, script};

static SCHEDULES: Script = script!("common", "schedules");
static DEFINE: Script = script!("common", "define");
static FIRE: Script = script!("common", "add", "fire");
static REMOVE: Script = script!("common", "remove");

/// How often a change is tried when others change the same schedule.
const TRIES: u32 = 20;

/// A schedule's name and its fields, in the order of `schedules`.
type Row = (String, Vec<Option<String>>);

#[async_trait]
impl ScheduleStore for RedisQueue {
    async fn define(&self, schedule: &Schedule, now: Timestamp) -> Result<(), StoreError> {
        let defined = |row: Option<ScheduleRecord>| match row {
            Some(mut row) => {
                row.redefine(schedule.clone(), now);
                Some(row)
            }
            None => Some(ScheduleRecord::new(schedule.clone(), now)),
        };
        self.change(&schedule.name, defined).await.map(|_| ())
    }

    async fn schedules(&self) -> Result<Vec<ScheduleRecord>, StoreError> {
        let rows: Vec<Row> = SCHEDULES.on(&self.connection).run().await?;
        let records = rows.iter().map(record).collect::<Result<Vec<_>, _>>()?;
        Ok(records.into_iter().flatten().collect())
    }

    async fn set_enabled(&self, name: &ScheduleName, enabled: bool, now: Timestamp) -> Result<bool, StoreError> {
        let set = |row: Option<ScheduleRecord>| {
            row.map(|mut row| {
                row.set_enabled(enabled, now);
                row
            })
        };
        self.change(name, set).await
    }

    async fn fire(&self, fire: &Fire) -> Result<Fired, StoreError> {
        fire.tasks.iter().try_for_each(Task::check).map_err(StoreError::invalid)?;
        let mut call = FIRE.on(&self.connection).arg(fire.name.as_str()).arg(fire.version);
        call = call.arg(fire.last_at.as_micros()).arg(optional(fire.next_at)).arg(fire.missed);
        for task in &fire.tasks {
            asked::add(&mut call, task)?;
        }
        let Some(answers) = call.run::<Option<Vec<String>>>().await? else { return Ok(Fired::Conflict) };
        let mut new = Vec::new();
        for (task, answer) in fire.tasks.iter().zip(&answers) {
            if enqueued(answer)? == Enqueued::New {
                new.push(task.id);
            }
        }
        Ok(Fired::New(new))
    }

    async fn remove(&self, name: &ScheduleName) -> Result<bool, StoreError> {
        REMOVE.on(&self.connection).arg(name.as_str()).run().await
    }
}

impl RedisQueue {
    /// Changes a schedule, or makes one; `false` if there is none and none is made.
    async fn change(
        &self,
        name: &ScheduleName,
        change: impl Fn(Option<ScheduleRecord>) -> Option<ScheduleRecord> + Sync,
    ) -> Result<bool, StoreError> {
        for _ in 0..TRIES {
            let rows: Vec<Row> = SCHEDULES.on(&self.connection).arg(name.as_str()).run().await?;
            let found = rows.first().map(record).transpose()?.flatten();
            let version = found.as_ref().map(|row| row.version);
            let Some(row) = change(found) else { return Ok(false) };
            if version == Some(row.version) || self.put(&row, version).await? {
                return Ok(true);
            }
        }
        let message = format!("redis: others keep changing the schedule `{name}`");
        Err(StoreError { kind: StoreErrorKind::Unavailable, message, source: None })
    }

    async fn put(&self, row: &ScheduleRecord, version: Option<u32>) -> Result<bool, StoreError> {
        let definition = serde_json::to_string(&row.schedule);
        let definition = definition.map_err(|error| StoreError::invalid(format!("schedule: {error}")))?;
        let version = version.map_or_else(String::new, |version| version.to_string());
        let call = DEFINE.on(&self.connection).arg(row.schedule.name.as_str()).arg(version);
        let call = call.arg("j").arg(definition).arg("on").arg(u8::from(row.enabled)).arg("v").arg(row.version);
        let call = call.arg("n").arg(optional(row.next_at)).arg("l").arg(optional(row.last_at));
        let call = call.arg("i").arg(row.last_task.map_or_else(String::new, |id| id.to_string()));
        call.arg("f").arg(row.fired).arg("m").arg(row.missed).arg("k").arg(row.skipped).run().await
    }
}

/// What is absent is kept as an empty text.
fn optional(at: Option<Timestamp>) -> String {
    at.map_or_else(String::new, |at| at.as_micros().to_string())
}

fn record((name, fields): &Row) -> Result<Option<ScheduleRecord>, StoreError> {
    let unreadable = |why: &dyn ToString| corrupt(&format!("schedule {name}"), why.to_string());
    let text = |index: usize| fields.get(index).and_then(Option::as_deref).filter(|text| !text.is_empty());
    let number = |index| text(index).unwrap_or_default().parse().map_err(|error| unreadable(&error));
    let at = |index| text(index).map(instant).transpose().map_err(|error| unreadable(&error));
    let Some(definition) = text(0) else { return Ok(None) };
    Ok(Some(ScheduleRecord {
        schedule: serde_json::from_str(definition).map_err(|error| unreadable(&error))?,
        enabled: text(1) == Some("1"),
        version: text(2).unwrap_or_default().parse().map_err(|error: std::num::ParseIntError| unreadable(&error))?,
        next_at: at(3)?,
        last_at: at(4)?,
        last_task: text(5).map(parsed).transpose()?,
        fired: number(6)?,
        missed: number(7)?,
        skipped: number(8)?,
    }))
}
