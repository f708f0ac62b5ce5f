//! `rates`: fetch, look at and import exchange rates.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;

use super::{Failure, engine};
use crate::config::Config;

/// What to do about rates.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Rates {
    /// Ask the sources in their order and store the first rates that pass the checks
    Update,
    /// Say which rates are stored and whether they are used; ends with 1 if they are not
    Status,
    /// Store rates of past days: the ECB's history as XML or CSV, or our own JSON
    Import {
        /// The file
        file: PathBuf,
    },
}

pub(super) async fn run(config: &Config, command: &Rates) -> Result<ExitCode, Failure> {
    match command {
        Rates::Update => update(config).await,
        Rates::Status => status(config).await,
        Rates::Import { file } => import(config, file).await,
    }
}

async fn update(config: &Config) -> Result<ExitCode, Failure> {
    let update = engine::writing(config).await?.update_rates().await?;
    for reason in &update.refused {
        println!("refused: {reason}");
    }
    println!("stored rates of {} as of {}", update.batch.source(), update.batch.as_of());
    Ok(ExitCode::SUCCESS)
}

async fn status(config: &Config) -> Result<ExitCode, Failure> {
    let engine = engine::reading(config).await?;
    let status = engine.rate_status().await?;
    if let Some(batch) = &status.latest {
        println!("source      {}", batch.source());
        println!("as of       {}", batch.as_of());
        println!("fetched at  {}", batch.fetched_at());
        println!("currencies  {}", batch.rates().count());
        println!(
            "age         {} h of at most {} h",
            hours(engine.rate_age(batch)),
            hours(engine.policy().freshness.max_age)
        );
    }
    println!("usable      {}", status.why_not.as_deref().map_or("yes".to_owned(), |why| format!("no: {why}")));
    Ok(if status.is_usable { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn import(config: &Config, file: &PathBuf) -> Result<ExitCode, Failure> {
    let document = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let engine = engine::writing(config).await?;
    let batches = crate::wiring::parse_rates(&document, engine.ports().clock.now())
        .map_err(|error| format!("{}: {error}", file.display()))?;
    engine.import_rates(&batches).await?;
    let days = batches.iter().map(designia_core::exchange::RateBatch::as_of);
    match days.clone().min().zip(days.max()) {
        Some((first, last)) => println!("stored rates of {} days, from {first} to {last}", batches.len()),
        None => println!("the file holds no rates"),
    }
    Ok(ExitCode::SUCCESS)
}

const fn hours(duration: std::time::Duration) -> u64 {
    duration.as_secs() / 3600
}
