//! What a worker on three queues and a scheduler cost while there is nothing to do.

use std::sync::Arc;
use std::time::Duration;

use designia::schedule::{MissedRuns, Overlap, Recurrence, Schedule};
use designia::task::Json;
use designia::tokio::{SchedulerOptions, SchedulerRunner};
use designia::worker::Scheduler;
use tokio::sync::mpsc;

use crate::contestant::Contestant;
use crate::cpu::Spent;
use crate::tell::Lines;
use crate::work::{DEFAULT, SystemClock, kind, queue, registry, start};

const LENGTH: Duration = Duration::from_secs(20);

pub(crate) async fn run(contestants: &[Contestant], lines: &mut Lines) {
    for contestant in contestants {
        // What the last measurement left to be tidied up is not idleness.
        tokio::time::sleep(Duration::from_secs(3)).await;
        let alone = cost(contestant).await;
        let queues = ["noop", "sleep", "pickup"].map(queue).to_vec();
        let runner =
            start(contestant, DEFAULT, queues, Arc::clone(&contestant.tasks.queue), mpsc::unbounded_channel().0);
        let midnight = Schedule {
            name: "bench.midnight".parse().unwrap(),
            kind: kind("noop").name,
            args: Json::null(),
            recurrence: Recurrence::cron("0 0 1 1 *").unwrap(),
            missed: MissedRuns::Skip,
            overlap: Overlap::Skip,
            start_within: None,
        };
        let registry = registry(Arc::clone(&contestant.touch), mpsc::unbounded_channel().0).on_schedule(midnight);
        let (scheduler, clock) = (Scheduler::new(registry), Arc::new(SystemClock));
        let bell = Some(runner.bell());
        let scheduling =
            SchedulerRunner::start(scheduler, contestant.tasks.clone(), clock, bell, SchedulerOptions::default());
        tokio::time::sleep(Duration::from_secs(1)).await;
        let working = cost(contestant).await;
        scheduling.stop().await;
        runner.stop(Duration::from_secs(10)).await;
        let notes = format!("over {} s; worker on 3 queues polling each second, and a scheduler", LENGTH.as_secs());
        lines.tell(contestant.name, "idle: worker and scheduler", working[0], "% of a core", &notes);
        if contestant.server.is_some() {
            let notes = format!("{notes}; {:.3} % of it without them", alone[1]);
            lines.tell(contestant.name, "idle: server", working[1], "% of a core", &notes);
        }
    }
}

/// Of this process, and of the server.
async fn cost(contestant: &Contestant) -> [f64; 2] {
    let before = Spent::now(contestant.server);
    tokio::time::sleep(LENGTH).await;
    let used = Spent::now(contestant.server).since(&before);
    [used.client, used.server].map(|used| 100.0 * used.as_secs_f64() / LENGTH.as_secs_f64())
}
