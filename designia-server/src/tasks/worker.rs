//! This node as a worker: its name, its queues, its slots.

use std::sync::Arc;

use designia_core::ports::Clock;
use designia_core::task::{NameError, WorkerName};
use designia_core::worker::{TaskRegistry, TaskWorker, WorkerConfig};

use crate::wiring::WiringError;
use crate::{config, edge};

/// More in one exchange than this keep others waiting for an answer.
const BATCH: u32 = 100;

/// The worker of this process. Each has a name of its own, also within one process.
pub(crate) fn worker(
    tasks: &config::Tasks,
    registry: &TaskRegistry,
    clock: Arc<dyn Clock>,
) -> Result<TaskWorker, WiringError> {
    let (host, pid) = (edge::host_name(), std::process::id());
    let config = WorkerConfig {
        name: name(&host, pid, &hex::encode(edge::random_bytes::<3>()?))?,
        host,
        pid,
        queues: tasks.queues.clone().unwrap_or_else(|| registry.queues()),
        slots: tasks.concurrency,
        batch: tasks.concurrency.min(BATCH),
    };
    Ok(TaskWorker::new(config, registry.clone(), clock))
}

fn name(host: &str, pid: u32, chance: &str) -> Result<WorkerName, NameError> {
    let safe = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' };
    let host: String = host.chars().take(64).map(safe).collect();
    format!("{host}:{pid}:{chance}").parse()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_the_machine_is_called_the_worker_has_a_name() {
        let name = |host: &str| name(host, u32::MAX, "9f3c11").unwrap().to_string();
        assert_eq!(name("node-1.example"), "node-1.example:4294967295:9f3c11");
        assert_eq!(name("b\u{fc}ro pc"), "b-ro-pc:4294967295:9f3c11");
        assert_eq!(name(""), ":4294967295:9f3c11");
        assert!(name(&"x".repeat(500)).len() < 128);
    }
}
