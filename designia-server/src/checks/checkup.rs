//! Every check of an installation, as data for a page: what was looked at, how it stands, and why.

use std::fmt::Display;
use std::future::Future;
use std::time::Duration;

use designia_core::service::Engine;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::health::Health;
use crate::wiring::{Finding, Level, Stores};

/// Longest time that one part of the installation is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// One thing that was looked at. It is for staff, since it is told in the words of whoever found it, which may name hosts and paths;
/// secrets are in none of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Checkup {
    /// What was looked at, in one word.
    pub name: &'static str,
    /// Whether it works.
    pub ok: bool,
    /// How good or bad it is: what works may still be worth a note.
    pub level: Level,
    /// What was found, and if it is not as it should be, why and what to do about it.
    pub detail: String,
}

impl Checkup {
    fn new(name: &'static str, level: Level, detail: impl Display) -> Self {
        Self { name, ok: level != Level::Wrong, level, detail: detail.to_string() }
    }

    fn of<E: Display>(name: &'static str, result: Result<String, E>) -> Self {
        match result {
            Ok(told) => Self::new(name, Level::Ok, told),
            Err(error) => Self::new(name, Level::Wrong, error),
        }
    }
}

/// Whether this node is ready, and how its database, its rates and its Redis stand. Nobody outside the installation is asked, and
/// nothing is waited for longer than two seconds.
pub async fn system(health: &Health, engine: &Engine, stores: &Stores) -> Vec<Checkup> {
    let (ready, database, rates, redis) = tokio::join!(
        readiness(health),
        bounded("database", async { all("database", stores.look().await) }),
        bounded("rates", async { vec![rates(engine).await] }),
        bounded("redis", async { stores.examine_redis().await.map(|found| all("redis", found)).unwrap_or_default() }),
    );
    [ready, database, rates, redis].concat()
}

/// Whether the payment provider answers and accepts the key. It is somebody else's server, and so asked by itself.
pub async fn gateway(engine: &Engine) -> Checkup {
    let asked = tokio::time::timeout(PATIENCE, engine.ports().gateway.check()).await;
    match asked {
        Ok(answer) => Checkup::of("gateway", answer.map(|()| "it accepts the key".to_owned())),
        Err(_) => late("gateway"),
    }
}

async fn readiness(health: &Health) -> Vec<Checkup> {
    let found = health.readiness().await.checks.into_iter();
    found.map(|it| Checkup::of(it.name, it.reason.map_or_else(|| Ok("it works".to_owned()), Err))).collect()
}

async fn rates(engine: &Engine) -> Checkup {
    match engine.rate_status().await {
        Ok(status) => match (status.latest, status.why_not) {
            (Some(batch), None) => {
                Checkup::of::<String>("rates", Ok(format!("{} as of {}", batch.source(), batch.as_of())))
            }
            (_, why) => Checkup::new("rates", Level::Wrong, why.unwrap_or_else(|| "there are none".to_owned())),
        },
        Err(error) => Checkup::new("rates", Level::Wrong, error),
    }
}

fn all<E: Display>(name: &'static str, found: Result<Vec<Finding>, E>) -> Vec<Checkup> {
    match found {
        Ok(found) => found.into_iter().map(|it| Checkup::new(name, it.level, it.told)).collect(),
        Err(error) => vec![Checkup::new(name, Level::Wrong, error)],
    }
}

async fn bounded(name: &'static str, looking: impl Future<Output = Vec<Checkup>>) -> Vec<Checkup> {
    tokio::time::timeout(PATIENCE, looking).await.unwrap_or_else(|_| vec![late(name)])
}

fn late(name: &'static str) -> Checkup {
    Checkup::new(name, Level::Wrong, format!("no answer within {PATIENCE:?}"))
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_does_not_answer_is_wrong_and_says_so() {
        let told = bounded("database", pending()).await;
        assert_eq!(told, [Checkup::new("database", Level::Wrong, "no answer within 2s")]);
        assert!(!told[0].ok);
    }

    #[test]
    fn a_note_is_no_failure() {
        let finding = |level| Finding { level, told: "told".to_owned() };
        let found = all::<String>("redis", Ok(vec![finding(Level::Ok), finding(Level::Note), finding(Level::Wrong)]));
        assert_eq!(found.iter().map(|it| it.ok).collect::<Vec<_>>(), [true, true, false]);
        assert_eq!(all("database", Err("it is gone"))[0].detail, "it is gone");
    }
}
