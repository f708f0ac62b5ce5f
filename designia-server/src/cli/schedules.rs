//! `schedules`: when tasks are asked for by themselves.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use designia_core::schedule::ScheduleRecord;
use designia_core::task::ScheduleName;
use serde_json::json;

use super::Failure;
use super::console::{Console, print_json};
use super::table::Table;
use crate::api::view::schedule::ScheduleView;
use crate::config::Config;
use crate::tasks::{ask_schedule, find_schedule};

/// What to do about schedules.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Schedules {
    #[command(subcommand)]
    command: Command,

    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
enum Command {
    /// List the schedules, and when each is next due
    List,
    /// Show one schedule with its next five moments
    Show {
        /// The schedule
        name: ScheduleName,
    },
    /// Let a schedule fire
    Enable {
        /// The schedule
        name: ScheduleName,
    },
    /// Keep a schedule from firing
    Disable {
        /// The schedule
        name: ScheduleName,
    },
    /// Ask at once for what a schedule asks for, and say under which id
    Run {
        /// The schedule
        name: ScheduleName,
    },
}

pub(super) async fn run(config: &Config, ask: &Schedules) -> Result<ExitCode, Failure> {
    let console = Console::open(config).await?;
    let done = match &ask.command {
        Command::List => list(&console, ask.json).await,
        Command::Show { name } => show(&console, name, ask.json).await,
        Command::Enable { name } => set_enabled(&console, name, true, ask.json).await,
        Command::Disable { name } => set_enabled(&console, name, false, ask.json).await,
        Command::Run { name } => run_now(&console, name, ask.json).await,
    };
    console.close().await?;
    done
}

async fn list(console: &Console, as_json: bool) -> Result<ExitCode, Failure> {
    let rows = console.ports().tasks.schedules.schedules().await?;
    let rows: Vec<ScheduleView> = rows.into_iter().map(ScheduleView::from).collect();
    if as_json {
        return print_json(&json!({ "results": rows }));
    }
    if rows.is_empty() {
        eprintln!("there is no schedule yet: the first start of a scheduler stores them");
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = Table::new(["SCHEDULE", "WHEN", "KIND", "NEXT", "FIRED", "MISSED"]);
    for row in &rows {
        let next = row.next_at.map_or_else(|| "disabled".to_owned(), |at| at.0.to_string());
        table.row([&row.name, &row.when, &row.kind, &next, &row.fired.to_string(), &row.missed_moments.to_string()]);
    }
    table.print();
    Ok(ExitCode::SUCCESS)
}

async fn show(console: &Console, name: &ScheduleName, as_json: bool) -> Result<ExitCode, Failure> {
    let view = ScheduleView::from(find(console, name).await?);
    if as_json {
        return print_json(&view);
    }
    println!("{}  {}  {}", view.name, view.when, if view.enabled { "enabled" } else { "disabled" });
    println!("asks for   {}", view.kind);
    if let Some(last) = view.last_at {
        println!("last       {}", last.0);
    }
    for next in &view.next {
        println!("next       {}", next.0);
    }
    println!("fired      {}", view.fired);
    println!("missed     {} moments without a scheduler", view.missed_moments);
    println!("skipped    {} moments while its last task was waiting or running", view.skipped_moments);
    Ok(ExitCode::SUCCESS)
}

async fn set_enabled(
    console: &Console,
    name: &ScheduleName,
    enabled: bool,
    as_json: bool,
) -> Result<ExitCode, Failure> {
    let ports = console.ports();
    if !ports.tasks.schedules.set_enabled(name, enabled, ports.clock.now()).await? {
        return Err(unknown(console, name).await);
    }
    if as_json {
        return print_json(&ScheduleView::from(find(console, name).await?));
    }
    println!("{name} is {}", if enabled { "enabled" } else { "disabled" });
    Ok(ExitCode::SUCCESS)
}

async fn run_now(console: &Console, name: &ScheduleName, as_json: bool) -> Result<ExitCode, Failure> {
    let row = find(console, name).await?;
    let (ports, kind) = (console.ports(), row.schedule.kind);
    let (ids, now) = (ports.ids.as_ref(), ports.clock.now());
    let (_, asked) = ask_schedule(&console.registry, &ports.tasks, name, ids, now).await?;
    console.wake().await;
    if as_json {
        return print_json(&json!({ "task_id": asked.id, "task_name": kind, "is_new": asked.is_new }));
    }
    if !asked.is_new {
        eprintln!("its last task has not ended yet, and is the one that is named here");
    }
    println!("{}", asked.id);
    Ok(ExitCode::SUCCESS)
}

async fn find(console: &Console, name: &ScheduleName) -> Result<ScheduleRecord, Failure> {
    match find_schedule(console.ports().tasks.schedules.as_ref(), name).await? {
        Some(row) => Ok(row),
        None => Err(unknown(console, name).await),
    }
}

async fn unknown(console: &Console, name: &ScheduleName) -> Failure {
    let rows = console.ports().tasks.schedules.schedules().await.unwrap_or_default();
    let names: Vec<String> = rows.iter().map(|row| row.schedule.name.to_string()).collect();
    match names.is_empty() {
        true => format!("there is no schedule {name}; the first start of a scheduler stores them").into(),
        false => format!("there is no schedule {name}; there are {}", names.join(", ")).into(),
    }
}
