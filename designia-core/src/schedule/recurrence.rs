//! Which moments a schedule has: cron expressions in a time zone, or equal steps.
//!
//! `croner` and `chrono-tz` are used here and nowhere else.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::time::Timestamp;

/// When a schedule's moments are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recurrence {
    /// By the clock on the wall. Where the clock is put forward, a moment in the hour that is left out comes right after it; where
    /// it is put back, a fixed time comes once.
    Cron {
        /// Which times.
        cron: Cron,
        /// Whose wall.
        zone: Zone,
    },
    /// Every so many seconds since 1 January 1970 (UTC), so that all nodes agree and nothing drifts.
    Every {
        /// How many; at least 1.
        seconds: u32,
    },
}

impl Recurrence {
    /// A cron expression in UTC.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn cron(expression: &str) -> Result<Self, RecurrenceError> {
        Ok(Self::Cron { cron: expression.parse()?, zone: Zone::UTC })
    }

    /// Every so many seconds; a step of zero counts as one second.
    #[must_use]
    pub fn every(step: Duration) -> Self {
        Self::Every { seconds: u32::try_from(step.as_secs()).unwrap_or(u32::MAX).max(1) }
    }

    /// The first moment after `at`; `None` if there is none in the time that calendars know.
    #[must_use]
    pub fn after(&self, at: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Cron { cron, zone } => {
                let next = cron.parsed.find_next_occurrence(&zone.at(at)?, false).ok()?;
                Some(Timestamp::from_secs(next.timestamp()))
            }
            Self::Every { seconds } => {
                let step = i64::from((*seconds).max(1));
                Some(Timestamp::from_secs((at.as_secs().div_euclid(step) + 1).saturating_mul(step)))
            }
        }
    }

    /// The last moment at or before `at`.
    #[must_use]
    pub fn at_or_before(&self, at: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Cron { cron, zone } => {
                let last = cron.parsed.find_previous_occurrence(&zone.at(at)?, true).ok()?;
                Some(Timestamp::from_secs(last.timestamp()))
            }
            Self::Every { seconds } => {
                let step = i64::from((*seconds).max(1));
                Some(Timestamp::from_secs(at.as_secs().div_euclid(step).saturating_mul(step)))
            }
        }
    }
}

impl fmt::Display for Recurrence {
    /// `0 0 * * * (UTC)` or `every 3600 s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cron { cron, zone } => write!(f, "{cron} ({zone})"),
            Self::Every { seconds } => write!(f, "every {seconds} s"),
        }
    }
}

/// The text is not a cron expression, or not a time zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is not {expected}: {why}")]
pub struct RecurrenceError {
    value: String,
    expected: &'static str,
    why: String,
}

/// A cron expression: minute, hour, day of the month, month, day of the week; with a sixth field in front, seconds.
#[derive(Clone, Debug)]
pub struct Cron {
    text: String,
    parsed: Box<croner::Cron>,
}

impl PartialEq for Cron {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Cron {}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Cron {
    type Err = RecurrenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = |why: String| RecurrenceError { value: text.to_owned(), expected: "a cron expression", why };
        let parsed: croner::Cron =
            text.parse().map_err(|error: croner::errors::CronError| refused(error.to_string()))?;
        Ok(Self { text: text.to_owned(), parsed: Box::new(parsed) })
    }
}

/// A time zone of the IANA database, such as `Europe/Berlin`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone(chrono_tz::Tz);

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(chrono_tz::UTC);

    fn at(self, at: Timestamp) -> Option<DateTime<chrono_tz::Tz>> {
        DateTime::<Utc>::from_timestamp(at.as_secs(), 0).map(|instant| instant.with_timezone(&self.0))
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

impl FromStr for Zone {
    type Err = RecurrenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| RecurrenceError {
            value: text.to_owned(),
            expected: "a time zone",
            why: "there is none of that name, such as UTC or Europe/Berlin".to_owned(),
        })
    }
}

macro_rules! as_text {
    ($name:ident) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

as_text!(Cron);
as_text!(Zone);
