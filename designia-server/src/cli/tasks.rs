//! `tasks`: background tasks and their queues, from another process than the one that runs them.

mod purge;
mod run;

use std::io::{Write, stdout};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use designia_core::id::TaskId;
use designia_core::ports::{Ports, TaskFilter, TaskPage};
use designia_core::task::{KindName, QueueName, Retrial, Revocation, TaskRecord, TaskState};
use serde_json::json;

use super::console::{Console, print_json};
use super::table::{Table, ago};
use super::{Failure, console};
use crate::api::view::task::{KindView, QueueView, TaskView};
use crate::config::Config;
use crate::tasks;

/// Rows read at a time.
const CHUNK: u32 = 200;

/// What to do about tasks.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Tasks {
    #[command(subcommand)]
    command: Command,

    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
enum Command {
    /// List the kinds of task that can be run
    Kinds,
    /// List tasks, the latest first
    List {
        /// Only tasks in this state: PENDING, STARTED, PROGRESS, RETRY, SUCCESS, FAILURE or REVOKED
        #[arg(long, value_parser = state)]
        state: Option<TaskState>,
        /// Only tasks of this queue
        #[arg(long)]
        queue: Option<QueueName>,
        /// Only tasks of this kind
        #[arg(long)]
        kind: Option<KindName>,
        /// How many at most
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
        /// List all of them
        #[arg(long, conflicts_with = "limit")]
        all: bool,
    },
    /// Show one task with its progress, result and failures
    Show {
        /// The task
        id: TaskId,
    },
    /// Ask for a task, and say under which id
    Run(run::Run),
    /// Call a task off
    Revoke {
        /// The task
        id: TaskId,
    },
    /// Let a task that failed or was called off run again
    Retry {
        /// The task
        id: TaskId,
    },
    /// Call off every task that waits in a queue
    Purge(purge::Purge),
    /// List the queues, and how many tasks each has
    Queues,
    /// Hold a queue: nothing more is taken from it
    Pause {
        /// The queue
        queue: QueueName,
    },
    /// Let a queue that was held go on
    Resume {
        /// The queue
        queue: QueueName,
    },
}

pub(super) async fn run(config: &Config, ask: &Tasks) -> Result<ExitCode, Failure> {
    let as_json = ask.json;
    if ask.command == Command::Kinds {
        return kinds(config, as_json);
    }
    let console = Console::open(config).await?;
    let done = match &ask.command {
        Command::Kinds => kinds(config, as_json),
        Command::List { state, queue, kind, limit, all } => {
            let filter = TaskFilter { state: *state, queue: queue.clone(), kind: kind.clone(), from: None };
            list(&console, &filter, (!all).then_some(*limit), as_json).await
        }
        Command::Show { id } => show(&console, *id, as_json).await,
        Command::Run(ask) => run::run(&console, ask, as_json).await,
        Command::Revoke { id } => revoke(console.ports(), *id, as_json).await,
        Command::Retry { id } => retry(&console, *id, as_json).await,
        Command::Purge(ask) => purge::run(&console, ask, as_json).await,
        Command::Queues => queues(&console, as_json).await,
        Command::Pause { queue } => set_paused(&console, queue, true, as_json).await,
        Command::Resume { queue } => set_paused(&console, queue, false, as_json).await,
    };
    console.close().await?;
    done
}

fn kinds(config: &Config, as_json: bool) -> Result<ExitCode, Failure> {
    let registry = console::registry(config)?;
    let kinds: Vec<KindView> = registry.kinds().map(|kind| KindView::from(kind.as_ref())).collect();
    if as_json {
        return print_json(&json!({ "results": kinds }));
    }
    let mut table = Table::new(["KIND", "QUEUE", "TRIES", "WHAT IT DOES"]);
    for kind in &kinds {
        table.row([&kind.name, &kind.queue, &kind.max_attempts.to_string(), kind.about]);
    }
    table.print();
    Ok(ExitCode::SUCCESS)
}

/// Prints page after page, so that a long list neither waits nor takes memory.
async fn list(console: &Console, filter: &TaskFilter, most: Option<u32>, as_json: bool) -> Result<ExitCode, Failure> {
    let (tasks, mut below, mut left, mut told) = (&console.ports().tasks.console, None, most, 0_u64);
    let mut table = Table::new(["ID", "KIND", "QUEUE", "STATE", "TRIES", "WHAT"]).streamed();
    let mut out = stdout().lock();
    if as_json {
        write!(out, "{{\"results\":[")?;
    }
    loop {
        let limit = left.map_or(CHUNK, |left| left.min(CHUNK));
        let rows = if limit == 0 { Vec::new() } else { tasks.tasks(filter, TaskPage { below, limit }).await? };
        let is_last = u32::try_from(rows.len()).is_ok_and(|count| count < limit) || rows.is_empty();
        below = rows.last().map(|record| record.task.id);
        left = left.map(|left| left.saturating_sub(limit));
        for record in rows {
            let view = TaskView::of(record, &console.registry);
            if as_json {
                let comma = if told > 0 { "," } else { "" };
                write!(out, "{comma}\n{}", serde_json::to_string(&view)?)?;
            } else {
                let tries = format!("{}/{}", view.attempts, view.max_attempts);
                let cells = [&view.id.to_string(), &view.kind, &view.queue, view.state, &tries, &what(&view)];
                writeln!(out, "{}", table.line(cells))?;
            }
            told += 1;
        }
        if is_last {
            break;
        }
    }
    if as_json {
        writeln!(out, "]}}")?;
    } else if told == 0 {
        eprintln!("there is no such task");
    }
    Ok(ExitCode::SUCCESS)
}

/// What is worth knowing of a task at a glance.
fn what(view: &TaskView) -> String {
    if let (Some(progress), false) = (&view.progress, view.is_final) {
        let total = progress.total.map_or(String::new(), |total| format!(" of {total}"));
        let note = progress.note.as_deref().map_or(String::new(), |note| format!(", {note}"));
        return format!("{}{total}{note}", progress.done);
    }
    view.error.clone().or_else(|| view.note.clone()).unwrap_or_default()
}

async fn show(console: &Console, id: TaskId, as_json: bool) -> Result<ExitCode, Failure> {
    let view = TaskView::of(find(console.ports(), id).await?, &console.registry);
    if as_json {
        return print_json(&view);
    }
    // The same fields as in JSON, one a line: nothing is left out, and nothing has two names.
    if let serde_json::Value::Object(fields) = serde_json::to_value(&view)? {
        for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            println!("{name:<14}  {value}");
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn find(ports: &Ports, id: TaskId) -> Result<TaskRecord, Failure> {
    ports.tasks.console.task(id).await?.ok_or_else(|| unknown(id))
}

fn unknown(id: TaskId) -> Failure {
    format!("there is no task {id}, or it was forgotten").into()
}

async fn revoke(ports: &Ports, id: TaskId, as_json: bool) -> Result<ExitCode, Failure> {
    let revocation = ports.tasks.console.revoke(id, ports.clock.now()).await?.ok_or_else(|| unknown(id))?;
    let (outcome, told) = match revocation {
        Revocation::Revoked => ("revoked", "is called off"),
        Revocation::Asked => ("asked", "runs, and its worker will stop it within seconds"),
        Revocation::Ended(state) => return Err(format!("the task {id} has ended: it is {}", state.as_str()).into()),
    };
    if as_json {
        return print_json(&json!({ "task_id": id, "outcome": outcome }));
    }
    println!("{id} {told}");
    Ok(ExitCode::SUCCESS)
}

async fn retry(console: &Console, id: TaskId, as_json: bool) -> Result<ExitCode, Failure> {
    let ports = console.ports();
    match ports.tasks.console.retry(id, ports.clock.now()).await?.ok_or_else(|| unknown(id))? {
        Retrial::Waiting => {}
        Retrial::NotEnded(state) => {
            let told =
                format!("the task {id} is {}: only one that failed or was called off is tried again", state.as_str());
            return Err(told.into());
        }
        Retrial::Duplicate(other) => {
            return Err(format!("the task {other} with the same unique key waits or runs").into());
        }
    }
    console.wake().await;
    if as_json {
        return print_json(&json!({ "task_id": id, "outcome": "waiting" }));
    }
    println!("{id} waits again");
    Ok(ExitCode::SUCCESS)
}

async fn queues(console: &Console, as_json: bool) -> Result<ExitCode, Failure> {
    let (ports, now) = (console.ports(), console.ports().clock.now());
    let queues = tasks::queues(&ports.tasks, &console.registry, now).await?;
    let queues: Vec<QueueView> = queues.iter().map(|queue| QueueView::of(queue, now)).collect();
    if as_json {
        return print_json(&json!({ "results": queues }));
    }
    let states = TaskState::ALL.map(TaskState::as_str);
    let mut table = Table::new(["QUEUE"].into_iter().chain(states).chain(["OLDEST DUE", ""]));
    for queue in &queues {
        let counts = TaskState::ALL.iter().map(|state| queue.count(*state).to_string());
        let oldest = queue.oldest_due_seconds.map_or(String::new(), ago);
        let held = if queue.paused { "paused" } else { "" };
        table.row(std::iter::once(queue.name.clone()).chain(counts).chain([oldest, held.to_owned()]));
    }
    table.print();
    Ok(ExitCode::SUCCESS)
}

async fn set_paused(console: &Console, queue: &QueueName, paused: bool, as_json: bool) -> Result<ExitCode, Failure> {
    console.known_queue(queue).await?;
    console.ports().tasks.console.set_paused(queue, paused).await?;
    if !paused {
        console.wake().await;
    }
    if as_json {
        return print_json(&json!({ "queue": queue, "paused": paused }));
    }
    println!("{queue} {}", if paused { "is held: nothing more is taken from it" } else { "goes on" });
    Ok(ExitCode::SUCCESS)
}

fn state(text: &str) -> Result<TaskState, String> {
    let found = TaskState::ALL.into_iter().find(|state| state.as_str().eq_ignore_ascii_case(text));
    found.ok_or_else(|| format!("none of {}", TaskState::ALL.map(TaskState::as_str).join(", ")))
}
