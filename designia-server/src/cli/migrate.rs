//! `migrate`: brings the database's schema up to date, or says what it lacks.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::json;

use super::Failure;
use crate::config::{Config, Database};
use crate::wiring::{self, Migration, Stores};

/// What to do about the schema.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Subcommand)]
pub enum Migrate {
    /// Run the migrations that the database lacks (the default)
    #[default]
    Up,
    /// List the migrations and change nothing; ends with 1 if one is pending, so that a deployment can ask
    Status {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn run(config: &Config, command: Migrate) -> Result<ExitCode, Failure> {
    let known = wiring::migrations(&config.database).await?;
    match command {
        Migrate::Up => up(config, &known).await,
        Migrate::Status { json } => status(&known, json),
    }
}

async fn up(config: &Config, known: &[Migration]) -> Result<ExitCode, Failure> {
    Stores::open(&config.database).await?.close().await?;
    show(known, "applied now");
    match &config.database {
        Database::Sqlite(path) => println!("{} is up to date", path.display()),
        Database::Postgres(_) => println!("the database is up to date"),
        Database::Memory => println!("a database in memory needs no migration"),
    }
    Ok(ExitCode::SUCCESS)
}

fn status(known: &[Migration], as_json: bool) -> Result<ExitCode, Failure> {
    let pending = known.iter().filter(|migration| !migration.applied).count();
    if as_json {
        println!("{}", serde_json::to_string(&json!({ "pending": pending, "migrations": known }))?);
    } else {
        show(known, "pending");
        println!("{pending} of {} migrations are pending", known.len());
    }
    Ok(if pending == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn show(known: &[Migration], if_it_was_lacking: &str) {
    for Migration { version, name, applied } in known {
        println!("{version:>3}  {:<11}  {name}", if *applied { "applied" } else { if_it_was_lacking });
    }
}
