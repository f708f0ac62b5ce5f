//! Processor time: of this process, and of the servers that it started.

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Length of a tick in `/proc/PID/stat`.
const TICK: Duration = Duration::from_millis(10);

/// The processor time that was spent up to a moment.
pub(crate) struct Spent {
    client: Duration,
    server: HashMap<u32, Duration>,
}

/// The processor time that was spent between two moments.
#[derive(Clone, Copy)]
pub(crate) struct Used {
    pub(crate) client: Duration,
    pub(crate) server: Duration,
}

impl Spent {
    /// Up to now; `server` is the process at the root of the server.
    pub(crate) fn now(server: Option<u32>) -> Self {
        let own = clock_gettime(ClockId::ProcessCPUTime);
        let client = Duration::new(u64::try_from(own.tv_sec).unwrap(), u32::try_from(own.tv_nsec).unwrap());
        let mut spent = HashMap::new();
        if let Some(root) = server {
            spent.insert(root, of_threads(root) + of_the_dead(root));
            spent.extend(children(root).into_iter().map(|child| (child, of_threads(child))));
        }
        Self { client, server: spent }
    }

    pub(crate) fn since(&self, before: &Self) -> Used {
        let grown = self
            .server
            .iter()
            .map(|(pid, spent)| spent.saturating_sub(before.server.get(pid).copied().unwrap_or_default()));
        Used { client: self.client - before.client, server: grown.sum() }
    }
}

/// Of all threads that a process has, in nanoseconds of the scheduler.
fn of_threads(pid: u32) -> Duration {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else { return Duration::ZERO };
    let nanos = threads.flatten().filter_map(|thread| {
        let stat = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        stat.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanos.sum())
}

/// Of the children that a process had and has waited for: fields 16 and 17 of its `stat`.
fn of_the_dead(pid: u32) -> Duration {
    let stat = fields(pid);
    let ticks = [13, 14].map(|field| stat.get(field).and_then(|ticks| ticks.parse::<u32>().ok()).unwrap_or_default());
    TICK * (ticks[0] + ticks[1])
}

fn children(root: u32) -> Vec<u32> {
    let pids = fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid| fields(*pid).get(1).is_some_and(|parent| *parent == root.to_string())).collect()
}

/// What `stat` says after the name, which may hold spaces: the state first.
fn fields(pid: u32) -> Vec<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let after_name = stat.rsplit(") ").next().unwrap_or_default();
    after_name.split_whitespace().map(str::to_owned).collect()
}
