//! The daily rates: fetched when the day (UTC) changes, and tried again when no source answered.

use std::time::Duration;

use crate::service::{Engine, Error, RateUpdate};
use crate::time::{DAY, Timestamp};

/// The waits after the first, second … failure; the last repeats.
const WAITS: [Duration; 4] =
    [Duration::from_secs(60), Duration::from_secs(120), Duration::from_secs(240), Duration::from_secs(3600)];

/// Fetches rates once a day.
#[derive(Clone, Copy, Debug, Default)]
pub struct DailyRates {
    due_at: Option<Timestamp>,
    failures: usize,
}

impl DailyRates {
    /// One turn: fetches if the day's rates are due, and says what that brought; `None` if nothing was due.
    pub async fn turn(&mut self, engine: &Engine) -> Option<Result<RateUpdate, Error>> {
        let now = engine.ports().clock.now();
        let due_at = match self.due_at {
            Some(due_at) => due_at,
            None => match first_due(engine, now).await {
                Ok(due_at) => due_at,
                Err(error) => return Some(Err(error)),
            },
        };
        self.due_at = Some(due_at);
        if now < due_at {
            return None;
        }
        let updated = engine.update_rates().await;
        self.failures = if updated.is_ok() { 0 } else { self.failures + 1 };
        self.due_at = Some(match self.failures.checked_sub(1) {
            None => now.date().start() + DAY,
            Some(index) => now + WAITS[index.min(WAITS.len() - 1)],
        });
        Some(updated)
    }
}

/// After a restart: at once, unless rates were fetched today.
async fn first_due(engine: &Engine, now: Timestamp) -> Result<Timestamp, Error> {
    let latest = engine.rate_status().await?.latest;
    let fetched_today = latest.is_some_and(|batch| batch.fetched_at().date() == now.date());
    Ok(if fetched_today { now.date().start() + DAY } else { now })
}
