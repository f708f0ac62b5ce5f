//! Background tasks on each of the stores, on this machine, one contestant after the other in turns:
//!
//! ```text
//! cargo bench --bench tasks --features full                                   everything
//! cargo bench --bench tasks --features full -- drain pickup                   some of it
//! cargo bench --bench tasks --features full -- --only postgres,redis --tasks 50000 --json tasks.jsonl
//! ```
//!
//! Every task is kept with its result when it has ended (history and results on), has arguments of about 200 bytes, and is
//! acknowledged after it has run (late): a crash runs it again, and never loses it, as far as the store keeps its word. Worker,
//! producer and server share the machine: the figures are those of all of them together.
//!
//! Each line is `contestant | measure | value | unit | notes`, as the benches of the peers tell theirs; `--json` writes them to a
//! file as well.

#![expect(
    clippy::disallowed_methods,
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    clippy::unwrap_used,
    reason = "a bench measures real time, tells rates, and ends at the first thing that fails"
)]

mod contestant;
mod counted;
mod cpu;
mod drain;
mod enqueue;
mod idle;
mod pickup;
mod places;
mod tell;
mod work;

use std::path::PathBuf;

use tell::Lines;

/// How often the contestants take turns; the median is told.
const ROUNDS: usize = 3;

const MEASURES: [&str; 4] = ["drain", "enqueue", "pickup", "idle"];

struct Args {
    only: Option<Vec<String>>,
    measures: Vec<String>,
    tasks: usize,
    json: Option<PathBuf>,
}

fn main() {
    let args = args();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(run(args));
}

async fn run(args: Args) {
    let mut lines = Lines::to(args.json.as_deref());
    let wanted = |name: &str| args.only.as_ref().is_none_or(|only| only.iter().any(|it| name.starts_with(it.as_str())));
    let contestants = places::open(wanted).await;
    for contestant in &contestants {
        println!("{}: {}", contestant.name, contestant.durability);
    }
    println!("\ncontestant | measure | value | unit | notes");
    for measure in &args.measures {
        match measure.as_str() {
            "drain" => drain::run(&contestants, args.tasks, &mut lines).await,
            "enqueue" => enqueue::run(&contestants, args.tasks, &mut lines).await,
            "pickup" => pickup::run(&contestants, &mut lines).await,
            _ => idle::run(&contestants, &mut lines).await,
        }
    }
}

fn args() -> Args {
    let mut parsed = Args { only: None, measures: Vec::new(), tasks: 20_000, json: None };
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    while let Some(arg) = args.next() {
        let mut value = || args.next().unwrap_or_else(|| panic!("{arg} takes a value"));
        match arg.as_str() {
            "--only" => parsed.only = Some(value().split(',').map(str::to_owned).collect()),
            "--tasks" => parsed.tasks = value().parse().expect("a number of tasks"),
            "--json" => parsed.json = Some(value().into()),
            measure if MEASURES.contains(&measure) => parsed.measures.push(measure.to_owned()),
            other => panic!("{other}: one of {}, --only, --tasks, --json", MEASURES.join(", ")),
        }
    }
    if parsed.measures.is_empty() {
        parsed.measures = MEASURES.map(str::to_owned).to_vec();
    }
    parsed
}
