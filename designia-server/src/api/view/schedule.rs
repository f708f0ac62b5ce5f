//! A schedule, for the admin: on the wire, and as the command line prints it with `--json`.

use std::iter::successors;

use designia_core::schedule::{MissedRuns, Overlap, Recurrence, ScheduleRecord};
use designia_core::task::Json;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::when::When;

/// How many of the moments to come are told.
const NEXT: usize = 5;

/// A schedule and how far it has come.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ScheduleView {
    #[schema(example = "rates.update")]
    pub(crate) name: String,
    /// What kind of task it asks for.
    #[schema(example = "rates.update")]
    pub(crate) kind: String,
    /// With which arguments.
    #[schema(value_type = Object)]
    args: Json,
    /// When, in one line.
    #[schema(example = "0 0 * * * (UTC)")]
    pub(crate) when: String,
    /// When: minute, hour, day, month, day of the week.
    #[schema(example = "0 0 * * *")]
    cron: Option<String>,
    /// In which time zone that is meant.
    #[schema(example = "UTC")]
    zone: Option<String>,
    /// When: every so many seconds.
    every_seconds: Option<u32>,
    /// Moments at which no scheduler ran: `skip`, `coalesce` or `catch_up`.
    #[schema(example = "coalesce")]
    missed: &'static str,
    /// With `catch_up`: at most so many.
    catch_up: Option<u16>,
    /// While its last task still waits or runs: `allow` or `skip`.
    #[schema(example = "skip")]
    overlap: &'static str,
    /// A task that has not been started so many seconds after its moment is not started at all.
    start_within_seconds: Option<u64>,
    /// Whether it fires.
    pub(crate) enabled: bool,
    pub(crate) next_at: Option<When>,
    /// The next five moments.
    pub(crate) next: Vec<When>,
    /// The last moment that was dealt with.
    pub(crate) last_at: Option<When>,
    /// The last task that it asked for.
    last_task: Option<Uuid>,
    /// How many tasks it has asked for.
    pub(crate) fired: u64,
    /// How many moments have passed because no scheduler ran.
    pub(crate) missed_moments: u64,
    /// How many moments have passed because its last task was still waiting or running.
    pub(crate) skipped_moments: u64,
}

impl From<ScheduleRecord> for ScheduleView {
    fn from(row: ScheduleRecord) -> Self {
        let schedule = row.schedule;
        let (cron, zone, every_seconds) = match &schedule.recurrence {
            Recurrence::Cron { cron, zone } => (Some(cron.to_string()), Some(zone.to_string()), None),
            Recurrence::Every { seconds } => (None, None, Some(*seconds)),
        };
        let (missed, catch_up) = match schedule.missed {
            MissedRuns::Skip => ("skip", None),
            MissedRuns::Coalesce => ("coalesce", None),
            MissedRuns::CatchUp(at_most) => ("catch_up", Some(at_most)),
        };
        let overlap = match schedule.overlap {
            Overlap::Allow => "allow",
            Overlap::Skip => "skip",
        };
        let next_at = row.next_at.filter(|_| row.enabled);
        let next = successors(next_at, |at| schedule.recurrence.after(*at)).take(NEXT).map(When).collect();
        Self {
            name: schedule.name.to_string(),
            kind: schedule.kind.to_string(),
            when: schedule.recurrence.to_string(),
            args: schedule.args,
            cron,
            zone,
            every_seconds,
            missed,
            catch_up,
            overlap,
            start_within_seconds: schedule.start_within.map(|within| within.as_secs()),
            enabled: row.enabled,
            next_at: next_at.map(When),
            next,
            last_at: row.last_at.map(When),
            last_task: row.last_task.map(designia_core::id::TaskId::as_uuid),
            fired: row.fired,
            missed_moments: row.missed,
            skipped_moments: row.skipped,
        }
    }
}
