//! The tables of what has ended, one for each day: made ahead, and dropped whole.
//!
//! Both want locks that others hold as long as they read. Neither is ever waited for: a day without a table is kept among the
//! others, and a table that can't be dropped now is emptied row by row or dropped later.

use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use designia_core::ports::StoreError;
use designia_core::time::{DAY, Timestamp};
use sqlx::Row as _;

use crate::error::{code_of, store_error};
use crate::instant::Instant;
use crate::session::Session;
use crate::sql::tasks as sql;
use crate::statement::statement;
use crate::store::{PostgresStore, Work};
use crate::upkeep::FOLDING;

/// For so long everybody else may be kept waiting for a lock that this waits for.
const WAIT: &str = "SET LOCAL lock_timeout = 200";

/// From so many rows on, a table is better dropped than emptied.
const MANY: i64 = 10_000;

/// How many rows are deleted at a time.
const CHUNK: i64 = 5_000;

impl PostgresStore {
    /// Sees to it that there is a table for what ends now, and for what ends tomorrow.
    pub(super) async fn keep_day(&self, now: Timestamp) {
        let day = now.as_micros().div_euclid(micros(DAY));
        if self.task_day().swap(day, Ordering::Relaxed) != day {
            self.make_days(now).await;
        }
    }

    /// The same, for the day that was seen last: what could not be made then, or was not there yet.
    pub(crate) async fn keep_days(&self) {
        let seen = self.task_day().load(Ordering::Relaxed);
        if let Some(micros) = seen.checked_mul(micros(DAY)) {
            self.make_days(Timestamp::from_micros(micros)).await;
        }
    }

    async fn make_days(&self, now: Timestamp) {
        for at in [now, now + DAY] {
            match self.transact(Making(at)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::debug!(%error, "the table of a day's tasks is made later"),
                Err(error) => tracing::debug!(%error, "the table of a day's tasks is made later"),
            }
        }
    }

    /// Forgets what ended before then, at most so many rows unless a whole day goes.
    pub(super) async fn forget(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let limit = i64::from(limit);
        if limit == 0 {
            return Ok(0);
        }
        self.ask(statement(sql::FORGET_WORKERS).bind(Instant(before))).await?;
        let mut gone = 0;
        let days: Vec<(String,)> = self.all(statement(sql::DAYS_BEFORE).bind(Instant(before))).await?;
        for (day,) in days {
            match self.transact(Dropping { day: &day, limit: limit - gone }).await? {
                Ok(Some(dropped)) => gone += dropped,
                Ok(None) => break,
                Err(error) if code_of(&error) == Some("55P03") => break,
                Err(error) => return Err(store_error(error)),
            }
            if gone >= limit {
                return Ok(u32::try_from(gone).unwrap_or(u32::MAX));
            }
        }
        while gone < limit {
            let chunk = CHUNK.min(limit - gone);
            let (deleted,): (i64,) = self.one(statement(sql::FORGET).bind(Instant(before)).bind(chunk)).await?;
            gone += deleted;
            if deleted < chunk {
                break;
            }
        }
        Ok(u32::try_from(gone).unwrap_or(u32::MAX))
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

struct Making(Timestamp);

#[async_trait]
impl Work<()> for Making {
    async fn run(&self, session: &mut Session) -> Result<(), sqlx::Error> {
        session.command(WAIT.to_owned()).await?;
        session.ask(statement(sql::KEEP_DAY).bind(Instant(self.0)).done()?).await?;
        Ok(())
    }
}

struct Dropping<'a> {
    day: &'a str,
    limit: i64,
}

#[async_trait]
impl Work<Option<i64>> for Dropping<'_> {
    /// How many rows went; none if there are a few too many to drop them.
    async fn run(&self, session: &mut Session) -> Result<Option<i64>, sqlx::Error> {
        session.command(WAIT.to_owned()).await?;
        session.ask(statement(sql::LOCK_TALLIES).bind(FOLDING).done()?).await?;
        let query = statement(sql::DROP_DAY).bind(self.day.to_owned()).bind(self.limit).bind(MANY);
        let rows = session.ask(query.done()?).await?;
        rows.first().map_or(Ok(None), |row| row.try_get(0))
    }
}
