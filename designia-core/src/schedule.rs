//! Schedules as rows: when something is to be done again and again, and what becomes of moments that were missed.
//!
//! The next moment is computed from the stored one, never from when a process happened to start, so nothing drifts and a
//! restart forgets nothing. A moment fires once however many schedulers run: whoever moves the row on first has fired it, and
//! the task's id follows from the schedule and the moment.

mod plan;
mod record;
mod recurrence;

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests;

pub use plan::{ON_TIME, Plan};
pub use record::{Fire, Fired, ScheduleRecord};
pub use recurrence::{Cron, Recurrence, RecurrenceError, Zone};

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::task::{Json, KindName, ScheduleName};

/// What is to be done again and again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// Its name; there is one schedule of a name.
    pub name: ScheduleName,
    /// What kind of task it asks for.
    pub kind: KindName,
    /// With which arguments.
    pub args: Json,
    /// When.
    pub recurrence: Recurrence,
    /// What becomes of moments at which no scheduler ran.
    pub missed: MissedRuns,
    /// Whether it asks again while its last task still waits or runs.
    pub overlap: Overlap,
    /// A task that has not been started so long after its moment is not started at all.
    #[serde(with = "seconds", default)]
    pub start_within: Option<Duration>,
}

/// What becomes of moments at which no scheduler ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum MissedRuns {
    /// Nothing: the next moment is the next one to fire.
    Skip,
    /// One task stands for all of them: for the latest one.
    #[default]
    Coalesce,
    /// Each gets its task, the oldest first, but no more than this, or than 1,000: the latest ones, 500 in one firing. With
    /// [`Overlap::Skip`] all but the first of a firing are passed over, since that one still waits.
    CatchUp(u16),
}

/// Whether a schedule asks again while its last task still waits or runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Overlap {
    /// It does.
    Allow,
    /// It doesn't: the moment is passed over.
    #[default]
    Skip,
}

mod seconds {
    //! A duration as whole seconds, which is what people write.

    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(clippy::ref_option, reason = "the signature that serde asks for")]
    pub(super) fn serialize<S: Serializer>(value: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
        value.map(|it| it.as_secs()).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<u64>::deserialize(deserializer)?.map(Duration::from_secs))
    }
}
