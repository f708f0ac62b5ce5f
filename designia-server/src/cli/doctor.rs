//! `doctor`: whether this installation can do its work, and what is wrong if it can't.

use std::fmt::Display;
use std::process::ExitCode;

use designia_core::service::Engine;
use designia_stripe_sandbox::Sandbox;

use super::{Failure, engine};
use crate::config::{Config, Database, Stripe};
use crate::wiring::{Level, Stores};

/// Looks at everything, says what it found, and ends with 1 if something is wrong.
pub(super) async fn run(config: &Config) -> Result<ExitCode, Failure> {
    let mut findings = Findings::default();
    findings.add::<_, Failure>("settings", Ok("every value obeys its rule"));
    for warning in &config.warnings {
        findings.tell("settings", Level::Note, warning);
    }
    findings.add("secret", crate::installation::jwt_secret(config).map(|_| "tokens can be signed"));
    examine_redis(config, &mut findings).await;
    match engine::stores_to_read(config).await {
        Ok(stores) => {
            match &stores {
                Some(stores) => examine(stores, &mut findings).await,
                None => {
                    findings.add::<_, Failure>("database", Ok(format!("{}; the first start fills it", is_new(config))));
                }
            }
            match engine::over(config, &stores.unwrap_or_else(Stores::in_memory)) {
                Ok(engine) => look_at(&engine, config, &mut findings).await,
                Err(error) => findings.add::<&str, _>("gateway", Err(error)),
            }
        }
        Err(error) => findings.add::<&str, _>("database", Err(error)),
    }
    println!("{}", if findings.wrong == 0 { "all is well" } else { "something is wrong" });
    Ok(if findings.wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn is_new(config: &Config) -> String {
    match &config.database {
        Database::Sqlite(path) => format!("{} is not there yet", path.display()),
        Database::Postgres(_) | Database::Memory => "nothing is in it yet".to_owned(),
    }
}

async fn examine(stores: &Stores, findings: &mut Findings) {
    match stores.examine().await {
        Ok(found) => found.into_iter().for_each(|it| findings.tell("database", it.level, &it.told)),
        Err(error) => findings.add::<&str, _>("database", Err(error)),
    }
}

/// Redis, whether or not there is a database yet.
async fn examine_redis(config: &Config, findings: &mut Findings) {
    let examined = match Stores::in_memory().with_redis(config.redis.as_ref()) {
        Ok(stores) => stores.examine_redis().await,
        Err(error) => Some(Err(error)),
    };
    match examined {
        Some(Ok(found)) => found.into_iter().for_each(|it| findings.tell("redis", it.level, &it.told)),
        Some(Err(error)) => findings.add::<&str, _>("redis", Err(error)),
        None => {}
    }
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
            Ok(told) => self.tell(name, Level::Ok, &told),
            Err(error) => self.tell(name, Level::Wrong, &error.into()),
        }
    }

    fn tell(&mut self, name: &str, level: Level, told: &dyn Display) {
        let level = match level {
            Level::Ok => "ok",
            Level::Note => "note",
            Level::Wrong => {
                self.wrong += 1;
                "WRONG"
            }
        };
        println!("{level:<5} {name:<9}  {told}");
    }
}
