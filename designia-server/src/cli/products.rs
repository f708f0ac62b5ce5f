//! `products`: a seller's table put into the catalogue, from a file of this machine.

use std::io::{IsTerminal, stderr};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use designia_core::id::AccountId;
use designia_core::memory::MemoryObjects;
use indicatif::{ProgressBar, ProgressStyle};
use uuid::Uuid;

use super::console::print_json;
use super::{Failure, engine};
use crate::config::{Config, Database};
use crate::shop::import::{Import, Report, Table, USUAL_CURRENCY};
use crate::wiring::{self, Stores};

/// What to do about products.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Products {
    /// Import a table of a seller's products: CSV with the columns sku, slug, name, description, price and more
    Import {
        /// The file
        file: PathBuf,
        /// Whose products they are: the id of an account that may sell
        #[arg(long, value_name = "ID")]
        seller: Uuid,
        /// The currency of prices that name none [default: that of the seller's profile, or else USD]
        #[arg(long, value_name = "CODE")]
        currency: Option<String>,
        /// Import nothing if a row breaks a rule
        #[arg(long)]
        atomic: bool,
        /// Print the report as JSON
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn run(config: &Config, command: &Products) -> Result<ExitCode, Failure> {
    let Products::Import { file, seller, currency, atomic, json } = command;
    if config.database == Database::Memory {
        return Err(
            "DATABASE_URL: a database in memory is reached by its server alone; use the server's REST API".into()
        );
    }
    let content = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let table = Table::read(&content).map_err(|error| format!("{}: {error}", file.display()))?;
    let stores = Stores::open(&config.database).await?;
    let engine = engine::over(config, &stores)?;
    // No picture is touched.
    let shop = wiring::shop(&stores, &engine, std::sync::Arc::new(MemoryObjects::new()), "");
    let account = AccountId::from_uuid(*seller);
    let people = shop.catalog.people([account]).await?;
    let known = people.get(&account).filter(|it| it.role != designia_core::account::Role::Customer);
    let known = known.ok_or_else(|| format!("--seller: there is no account {seller} that may sell"))?;
    let currency = match currency {
        Some(code) => code.parse().map_err(|error| format!("--currency: {error}"))?,
        None => known.profile.currency.map_or_else(|| USUAL_CURRENCY.parse(), Ok)?,
    };
    let id = engine.ports().ids.next();
    let import = Import { catalog: &shop.catalog, seller: account.seller(), currency, atomic: *atomic, id };
    let bar = bar(table.rows.len());
    let report = import.run(&table, |done, _| bar.set_position(done)).await?;
    bar.finish_and_clear();
    stores.close().await?;
    let is_good = report.failed == 0;
    if *json {
        print_json(&report)?;
    } else {
        tell(&report, *atomic);
    }
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn tell(report: &Report, atomic: bool) {
    for fault in &report.errors {
        println!("line {}: {}: {}", fault.row, fault.column, fault.rule);
    }
    println!(
        "{} rows: {} new, {} changed, {} not imported",
        report.rows, report.created, report.updated, report.failed
    );
    if atomic && report.failed > 0 {
        println!("nothing was imported: --atomic is set, and rows break rules");
    }
}

/// A bar on a terminal, and nothing in a log.
fn bar(rows: usize) -> ProgressBar {
    if !stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(rows as u64);
    match ProgressStyle::with_template("{bar:30} {pos} of {len} rows, {eta} left") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
