//! `tasks run`: asks for a task and, if wanted, waits for what it comes to.

use std::io::{IsTerminal, stderr};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use designia_core::id::TaskId;
use designia_core::task::{Json, LEASE, QueueName, TaskRecord, TaskState};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::super::Failure;
use super::super::console::{Console, print_json};
use super::find;
use crate::api::view::task::TaskView;
use crate::config::parse_duration;
use crate::edge::Stopwatch;
use crate::tasks::{ask, of_kind};

/// How often it is asked how far the task is.
const PAUSE: Duration = Duration::from_millis(200);

/// What to run.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// What is to be done: one of `tasks kinds`
    kind: String,
    /// The arguments of its handler, such as '{"order": "…"}'
    #[arg(value_name = "JSON")]
    args: Option<String>,
    /// Run it after so long, such as 10m
    #[arg(long = "in", value_name = "DURATION", value_parser = parse_duration)]
    delay: Option<Duration>,
    /// Wait until it has ended; ends with 0 only if it succeeded
    #[arg(long)]
    wait: bool,
    /// How long to wait at most
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, requires = "wait")]
    timeout: Option<Duration>,
}

pub(super) async fn run(console: &Console, ask_for: &Run, as_json: bool) -> Result<ExitCode, Failure> {
    let (ports, now) = (console.ports(), console.ports().clock.now());
    let args = ask_for.args.as_deref().map(Json::parse).transpose();
    let args = args.map_err(|error| format!("args: not JSON: {error}"))?;
    let run_at = now + ask_for.delay.unwrap_or_default();
    let task = of_kind(&console.registry, &ask_for.kind, args, ports.ids.as_ref(), now, run_at)?;
    let (kind, queue) = (task.kind.clone(), task.queue.clone());
    let asked = ask(ports.tasks.queue.as_ref(), task).await?;
    console.wake().await;
    if ask_for.delay.is_none() && !is_taken(console, &queue).await? {
        eprintln!(
            "no worker that takes from {queue} was heard of in the last {} s; the task waits for one",
            LEASE.as_secs()
        );
    }
    if !ask_for.wait {
        if as_json {
            return print_json(&json!({ "task_id": asked.id, "task_name": kind, "is_new": asked.is_new }));
        }
        println!("{}", asked.id);
        return Ok(ExitCode::SUCCESS);
    }
    let record = wait(console, asked.id, ask_for.timeout).await?;
    let succeeded = record.state == TaskState::Success;
    tell(&TaskView::of(record, &console.registry), as_json)?;
    Ok(if succeeded { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether somebody takes tasks from the queue.
async fn is_taken(console: &Console, queue: &QueueName) -> Result<bool, Failure> {
    let ports = console.ports();
    let workers = ports.tasks.console.workers(ports.clock.now() - LEASE).await?;
    Ok(workers.iter().any(|worker| worker.queues.contains(queue)))
}

async fn wait(console: &Console, id: TaskId, at_most: Option<Duration>) -> Result<TaskRecord, Failure> {
    let (since, bar) = (Stopwatch::start(), Bar::new());
    loop {
        let record = find(console.ports(), id).await?;
        if record.state.is_final() {
            bar.end();
            return Ok(record);
        }
        if at_most.is_some_and(|most| since.elapsed() >= most) {
            bar.end();
            return Err(format!("the task {id} is still {} after {:?}", record.state.as_str(), since.elapsed()).into());
        }
        bar.show(&record);
        tokio::time::sleep(PAUSE).await;
    }
}

fn tell(view: &TaskView, as_json: bool) -> Result<(), Failure> {
    if as_json {
        return print_json(view).map(drop);
    }
    println!("{}  {}", view.id, view.state);
    if let Some(result) = &view.result {
        println!("{}", result.as_str());
    }
    if let Some(error) = view.error.as_ref().filter(|_| view.state != TaskState::Success.as_str()) {
        eprintln!("error: {error}");
    }
    Ok(())
}

/// How far the task is, on a terminal only.
struct Bar(Option<ProgressBar>);

impl Bar {
    fn new() -> Self {
        Self(stderr().is_terminal().then(ProgressBar::new_spinner))
    }

    fn show(&self, record: &TaskRecord) {
        let Some(bar) = &self.0 else { return };
        let progress = record.progress.as_ref();
        let total = progress.and_then(|progress| progress.total);
        let template = match total {
            Some(_) => "{spinner} {prefix} [{bar:40}] {pos}/{len} {msg} {eta}",
            None => "{spinner} {prefix} {pos} {msg} {elapsed}",
        };
        bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_prefix(record.state.as_str());
        if let Some(total) = total {
            bar.set_length(total);
        }
        if let Some(progress) = progress {
            bar.set_position(progress.done);
            bar.set_message(progress.note.clone().unwrap_or_default());
        }
        bar.tick();
    }

    fn end(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
