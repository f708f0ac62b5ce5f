//! `copy`: everything of one database into another, verified; how an installation moves from a file to a server.
//!
//! Whoever stops it starts it again: it goes on where it was. Both databases must be at rest meanwhile, which can't be
//! enforced from here but is noticed.
//!
//! What is good for a while only stays behind: sessions and codes, so that everybody logs in again, and answers that are kept for
//! repeated requests. So do tasks: whoever moves lets the workers finish them first. Schedules are set up by the nodes of the new place,
//! and files are in the object storage, which has its own means of being copied.

mod progress;

use std::process::ExitCode;

use clap::Args;
use designia_core::ports::{Clock, Totals};
use designia_core::service::Transfer;

use self::progress::Told;
use super::Failure;
use crate::config::{Config, Database, Secret};
use crate::edge::SystemClock;
use crate::wiring::{self, Stores};

/// Connections to each database: one reads while another writes.
const CONNECTIONS: u32 = 2;

/// What to copy.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// The database to copy, which nobody may use meanwhile: sqlite://PATH or postgres://ROLE:PASSWORD@HOST/DATABASE
    #[arg(long, value_name = "URL")]
    from: Secret,
    /// The database to copy into: empty, or where this copy was stopped [default: that of DATABASE_URL]
    #[arg(long, value_name = "URL")]
    to: Option<Secret>,
    /// Say what would be copied, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// How many records are copied at a time
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=5_000))]
    batch: u32,
}

/// A database, and the name that it has in messages, in which there is no password.
struct Side {
    flag: &'static str,
    database: Database,
    place: String,
}

pub(super) async fn run(config: &Config, ask: &Copy) -> Result<ExitCode, Failure> {
    let from = Side::of("--from", Some(&ask.from), config)?;
    let to = Side::of("--to", ask.to.as_ref(), config)?;
    if from.place == to.place {
        return Err(format!("--to: {} is where it is copied from", to.place).into());
    }
    if let Database::Sqlite(path) = &from.database
        && !path.exists()
    {
        return Err(format!("--from: {} is not there", path.display()).into());
    }
    if ask.dry_run { dry_run(&from, &to).await } else { copy(&from, &to, ask.batch).await }
}

async fn copy(from: &Side, to: &Side, batch: u32) -> Result<ExitCode, Failure> {
    let began = SystemClock.now();
    let (source, target) = (from.open().await?, to.open().await?);
    let mut transfer = Transfer::begin(source.archive(), target.archive(), &from.place, batch).await?;
    println!("copying {} to {}; nobody may use either meanwhile", from.place, to.place);
    let mut told = Told::new(transfer.progress(), began);
    while transfer.progress().section.is_some() {
        let turned = transfer.turn().await;
        told.tell(turned.map_err(|error| format!("{error}; to go on where it was, run the same command again"))?);
    }
    println!("comparing both");
    let copied = transfer.verify().await?;
    source.close().await?;
    target.close().await?;
    show(&copied);
    println!("verified: {} holds all that {} holds ({})", to.place, from.place, told.rate(SystemClock.now()));
    Ok(ExitCode::SUCCESS)
}

async fn dry_run(from: &Side, to: &Side) -> Result<ExitCode, Failure> {
    from.needs_no_migration().await?;
    let source = from.open().await?;
    let totals = if to.needs_no_migration().await.is_ok() {
        let target = to.open().await?;
        let totals = Transfer::preview(&*source.archive(), &*target.archive(), &from.place).await?;
        target.close().await?;
        totals
    } else {
        println!("{} would be given its schema", to.place);
        source.archive().totals().await?
    };
    source.close().await?;
    show(&totals);
    println!("nothing was copied: this would be, from {} to {}", from.place, to.place);
    Ok(ExitCode::SUCCESS)
}

fn show(totals: &Totals) {
    for (line, amount) in totals.lines() {
        println!("  {:<42} {amount:>15}", line.to_string());
    }
}

impl Side {
    fn of(flag: &'static str, url: Option<&Secret>, config: &Config) -> Result<Self, Failure> {
        let database = match url {
            Some(url) => Database::named(url, CONNECTIONS).map_err(|error| format!("{flag}: {}", error.rule))?,
            None => config.database.clone(),
        };
        if database == Database::Memory {
            return Err(format!("{flag}: a database in memory ends with its process").into());
        }
        let place = wiring::place(&database).map_err(|error| format!("{flag}: {error}"))?;
        Ok(Self { flag, database, place })
    }

    async fn open(&self) -> Result<Stores, Failure> {
        Stores::open(&self.database).await.map_err(|error| self.names(&error.to_string()))
    }

    /// Opening brings the schema up to date, which changes something.
    async fn needs_no_migration(&self) -> Result<(), Failure> {
        let known = wiring::migrations(&self.database).await.map_err(|error| self.names(&error.to_string()))?;
        if known.iter().all(|migration| migration.applied) {
            return Ok(());
        }
        Err(format!("{}: {} would be given a newer schema first; nothing was changed", self.flag, self.place).into())
    }

    /// The message with our flag instead of the variable that it is usually about.
    fn names(&self, message: &str) -> Failure {
        format!("{}: {}", self.flag, message.trim_start_matches("DATABASE_URL: ")).into()
    }
}
