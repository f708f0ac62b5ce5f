//! Queues and workers as people ask for them.

use std::time::Duration;

use designia_core::ports::{QueueStatus, StoreError, Tasks};
use designia_core::time::Timestamp;
use designia_core::worker::TaskRegistry;

/// A worker that has been silent for longer is not shown.
pub(crate) const HEARD_OF: Duration = Duration::from_secs(600);

/// Every queue that is used, and those that could be, by name.
pub(crate) async fn queues(
    tasks: &Tasks,
    registry: &TaskRegistry,
    now: Timestamp,
) -> Result<Vec<QueueStatus>, StoreError> {
    let mut queues = tasks.console.queues(now).await?;
    for name in registry.queues() {
        if !queues.iter().any(|queue| queue.name == name) {
            queues.push(QueueStatus { name, paused: false, tasks: Vec::new(), oldest_due: None });
        }
    }
    queues.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(queues)
}
