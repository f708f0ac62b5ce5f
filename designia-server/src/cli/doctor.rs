//! `doctor` and `migrate`: whether this installation can do its work, and what is wrong if it can't.

use std::fmt::Display;
use std::process::ExitCode;

use designia_core::service::Engine;
use designia_stripe_sandbox::Sandbox;

use super::{Failure, engine};
use crate::config::{Config, Database, Stripe};
use crate::wiring::{self, Stores};

/// Brings the database's schema up to date, and says which migrations that took.
pub(super) async fn migrate(config: &Config) -> Result<ExitCode, Failure> {
    let pending = wiring::migrations(&config.database).await?;
    Stores::open(&config.database).await?.close().await?;
    for line in pending {
        println!("{line}");
    }
    match &config.database {
        Database::Sqlite(path) => println!("{} is up to date", path.display()),
        Database::Memory => println!("a database in memory needs no migration"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Looks at everything, says what it found, and ends with 1 if something is wrong.
pub(super) async fn run(config: &Config) -> Result<ExitCode, Failure> {
    let mut findings = Findings::default();
    findings.add::<_, Failure>("settings", Ok("every value obeys its rule"));
    for warning in &config.warnings {
        println!("note  settings   {warning}");
    }
    findings.add("secret", crate::installation::jwt_secret(config).map(|_| "tokens can be signed"));
    match engine::stores_to_read(config).await {
        Ok(stores) => {
            match &config.database {
                Database::Sqlite(path) if !path.exists() => {
                    let told = format!("{} is not there yet; the first start makes it", path.display());
                    findings.add::<_, Failure>("database", Ok(told));
                }
                Database::Sqlite(_) | Database::Memory => findings.add("database", stores.examine().await),
            }
            match engine::over(config, stores) {
                Ok(engine) => look_at(&engine, config, &mut findings).await,
                Err(error) => findings.add::<&str, _>("gateway", Err(error)),
            }
        }
        Err(error) => findings.add::<&str, _>("database", Err(error)),
    }
    println!("{}", if findings.wrong == 0 { "all is well" } else { "something is wrong" });
    Ok(if findings.wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn look_at(engine: &Engine, config: &Config, findings: &mut Findings) {
    match &config.stripe {
        Stripe::Remote { api_base, .. } => {
            findings
                .add("gateway", engine.ports().gateway.check().await.map(|()| format!("{api_base} accepts the key")));
        }
        Stripe::Sandbox { .. } => {
            findings.add("gateway", Sandbox::builder().start().await.map(|_| "the built-in sandbox starts"));
        }
    }
    let status = engine.rate_status().await.map_err(Failure::from);
    findings.add(
        "rates",
        match status {
            Ok(status) => match (status.latest, status.why_not) {
                (Some(batch), None) => Ok(format!("{} as of {}", batch.source(), batch.as_of())),
                // A new installation has none yet: then the sources must be able to give some.
                (None, _) => sources(engine).await,
                (Some(_), Some(why)) => Err(why.into()),
            },
            Err(error) => Err(error),
        },
    );
}

async fn sources(engine: &Engine) -> Result<String, Failure> {
    let now = engine.ports().clock.now();
    let mut reasons = Vec::new();
    for source in &engine.ports().rate_sources {
        match source.latest(now).await {
            Ok(batch) => return Ok(format!("none stored yet; {} has those of {}", source.name(), batch.as_of())),
            Err(error) => reasons.push(error.to_string()),
        }
    }
    Err(format!("none stored, and no source answers: {}", reasons.join("; ")).into())
}

#[derive(Default)]
struct Findings {
    wrong: u32,
}

impl Findings {
    fn add<T: Display, E: Into<Failure>>(&mut self, name: &str, result: Result<T, E>) {
        match result {
            Ok(told) => println!("ok    {name:<9}  {told}"),
            Err(error) => {
                self.wrong += 1;
                println!("WRONG {name:<9}  {}", error.into());
            }
        }
    }
}
