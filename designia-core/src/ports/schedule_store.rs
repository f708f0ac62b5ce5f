//! Where schedules are kept, and fired once.

use std::fmt;

use async_trait::async_trait;

use super::StoreError;
use crate::schedule::{Fire, Fired, Schedule, ScheduleRecord};
use crate::task::ScheduleName;
use crate::time::Timestamp;

/// Keeps schedules.
///
/// # Contract
/// - There is one schedule of a name. Defining it again keeps what has been counted and whether it is enabled.
/// - `fire` stores the tasks and moves the schedule on, all or nothing, if its version is the one that was looked at: of any
///   number of schedulers that look at the same moment, one fires it. A task that is a duplicate by its unique key, or known by its
///   id, is left out and counted as skipped.
/// - What a row may do is said by the methods of [`ScheduleRecord`].
/// - Times come from the arguments, never from the store's own clock.
#[async_trait]
pub trait ScheduleStore: fmt::Debug + Send + Sync + 'static {
    /// Defines a schedule.
    async fn define(&self, schedule: &Schedule, now: Timestamp) -> Result<(), StoreError>;

    /// Every schedule, by name.
    async fn schedules(&self) -> Result<Vec<ScheduleRecord>, StoreError>;

    /// Enables or disables a schedule; `false` if there is none of that name.
    async fn set_enabled(&self, name: &ScheduleName, enabled: bool, now: Timestamp) -> Result<bool, StoreError>;

    /// Fires a schedule.
    async fn fire(&self, fire: &Fire) -> Result<Fired, StoreError>;

    /// Forgets a schedule; `false` if there is none of that name.
    async fn remove(&self, name: &ScheduleName) -> Result<bool, StoreError>;
}
