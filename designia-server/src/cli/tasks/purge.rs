//! `tasks purge`: calls off what waits in a queue, chunk by chunk, after asking.

use std::io::{IsTerminal, Write, stderr, stdin};
use std::process::ExitCode;

use clap::Args;
use designia_core::task::{QueueName, TaskState};
use indicatif::ProgressBar;
use serde_json::json;

use super::super::Failure;
use super::super::console::{Console, print_json};
use crate::api::view::task::QueueView;

/// Tasks called off at a time, so that nobody else is held up.
const CHUNK: u32 = 500;

/// Which queue to empty.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub(super) struct Purge {
    /// The queue
    queue: QueueName,
    /// Don't ask
    #[arg(long)]
    yes: bool,
}

pub(super) async fn run(console: &Console, ask: &Purge, as_json: bool) -> Result<ExitCode, Failure> {
    let Purge { queue, yes } = ask;
    let ports = console.ports();
    let status = console.known_queue(queue).await?;
    let view = QueueView::of(&status, ports.clock.now());
    let waiting = view.count(TaskState::Pending) + view.count(TaskState::Retry);
    if !yes && !is_meant(queue, waiting)? {
        return Err("nothing was called off".into());
    }
    let bar = ProgressBar::new(waiting);
    let mut purged = 0;
    loop {
        let chunk = ports.tasks.console.purge(queue, ports.clock.now(), CHUNK).await?;
        purged += u64::from(chunk);
        bar.inc(u64::from(chunk));
        if chunk < CHUNK {
            break;
        }
    }
    bar.finish_and_clear();
    if as_json {
        return print_json(&json!({ "queue": queue, "purged": purged }));
    }
    println!("{purged} tasks of {queue} are called off");
    Ok(ExitCode::SUCCESS)
}

/// Asks the person at the terminal; where there is none, nobody can have meant it by chance.
fn is_meant(queue: &QueueName, waiting: u64) -> Result<bool, Failure> {
    if !stdin().is_terminal() || !stderr().is_terminal() {
        return Err(format!("about {waiting} tasks of {queue} would be called off; say --yes if that is meant").into());
    }
    eprint!("call off about {waiting} tasks of {queue}? [y/N] ");
    stderr().flush()?;
    let mut answer = String::new();
    stdin().read_line(&mut answer)?;
    Ok(["y", "yes"].contains(&answer.trim().to_lowercase().as_str()))
}
