//! `workers`: who runs tasks, and whether they do.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::Failure;
use super::console::{Console, print_json};
use super::table::{Table, ago};
use crate::api::view::task::WorkerView;
use crate::config::Config;
use crate::tasks::HEARD_OF;

/// How to list the workers.
#[derive(Args, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Workers {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(config: &Config, ask: Workers) -> Result<ExitCode, Failure> {
    let console = Console::open(config).await?;
    let (ports, now) = (console.ports(), console.ports().clock.now());
    let workers = ports.tasks.console.workers(now - HEARD_OF).await?;
    let workers: Vec<WorkerView> = workers.into_iter().map(|worker| WorkerView::of(worker, now)).collect();
    console.close().await?;
    if ask.json {
        return print_json(&json!({ "results": workers }));
    }
    if workers.is_empty() {
        eprintln!("no worker was heard of in the last {}", ago(HEARD_OF.as_secs()));
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = Table::new(["WORKER", "QUEUES", "RUNS", "HEARD OF", "ASKED FOR TASKS", ""]);
    for worker in &workers {
        let runs = format!("{}/{}", worker.running.len(), worker.slots);
        let (beat, queues) = (ago(worker.beat_seconds), worker.queues.join(","));
        let claimed = worker.claimed_seconds.map_or_else(|| "never".to_owned(), ago);
        table.row([worker.name.as_str(), &queues, &runs, &beat, &claimed, &phase(worker)]);
    }
    table.print();
    Ok(ExitCode::SUCCESS)
}

/// What it is at, and which tasks it can't get rid of.
fn phase(worker: &WorkerView) -> String {
    let overdue: Vec<String> = worker.overdue.iter().map(ToString::to_string).collect();
    match overdue.is_empty() {
        true => worker.phase.to_owned(),
        false => format!("{}, overdue: {}", worker.phase, overdue.join(",")),
    }
}
