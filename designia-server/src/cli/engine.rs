//! An engine for commands that run beside a server: the same database and rates, but nobody to pay.

use std::sync::Arc;

use designia_core::memory::MemoryObjects;
use designia_core::ports::Ports;
use designia_core::service::Engine;
use designia_core::service::accounts::Accounts;

use super::Failure;
use crate::config::{Config, Database, Secret, Stripe};
use crate::edge::SystemClock;
use crate::installation;
use crate::wiring::{self, Migration, Provider, Services, Stores, Urls};

/// Where a shop would be that nobody is led to from here.
const NOWHERE: &str = "http://127.0.0.1";

/// The engine over the configured database; over an empty one in memory if there is nothing in the database yet, so that asking
/// leaves nothing behind.
pub(super) async fn reading(config: &Config) -> Result<Engine, Failure> {
    let stores = stores_to_read(config).await?;
    over(config, &stores.unwrap_or_else(Stores::in_memory))
}

/// The stores of the configured database; `None` if there is nothing in it yet.
///
/// What only asks brings no schema up to date, for nodes of the older release may be at work; a file has no such nodes.
pub(super) async fn stores_to_read(config: &Config) -> Result<Option<Stores>, Failure> {
    let is_new = match &config.database {
        Database::Memory => false,
        Database::Sqlite(path) => !path.exists(),
        Database::Postgres(_) => {
            let known = wiring::migrations(&config.database).await?;
            let pending = known.iter().filter(|migration| !migration.applied).count();
            if (1..known.len()).contains(&pending) {
                let last = known.last().map_or(0, |Migration { version, .. }| *version);
                return Err(format!(
                    "DATABASE_URL: {pending} migrations to schema version {last} are pending; run `designia-server migrate`"
                )
                .into());
            }
            pending > 0
        }
    };
    if is_new { Ok(None) } else { Stores::open(&config.database).await.map(Some) }
}

/// The engine over the configured database, which is made if it is not there.
pub(super) async fn writing(config: &Config) -> Result<Engine, Failure> {
    over(config, &Stores::open(&config.database).await?)
}

/// Accounts over the configured database, which is made if it is not there.
pub(super) async fn accounts(config: &Config) -> Result<(Accounts, Stores), Failure> {
    let stores = Stores::open(&config.database).await?;
    let engine = over(config, &stores)?;
    let secret = installation::jwt_secret(config)?;
    // Nobody is shown a picture here.
    let accounts = wiring::accounts(config, &stores, engine.ports(), &secret, wiring::storage(config)?, "")?;
    Ok((accounts, stores))
}

/// The engine over these stores.
pub(super) fn over(config: &Config, stores: &Stores) -> Result<Engine, Failure> {
    Ok(Engine::new(ports(config, stores)?, wiring::policy(config)))
}

/// All services over these stores, to ask which kinds of task they bring and what their handlers can read. No handler runs here, so
/// that nobody's secret and nobody's files will do, and asking leaves nothing behind.
pub(super) fn services(config: &Config, stores: &Stores) -> Result<Services, Failure> {
    let (nobodys, storage) = (Secret::new("nobody's"), Arc::new(MemoryObjects::new()));
    let urls = Urls { server: NOWHERE, shop: NOWHERE };
    Services::over(config, stores, ports(config, stores)?, &nobodys, storage, urls)
}

fn ports(config: &Config, stores: &Stores) -> Result<Ports, Failure> {
    let provider = match &config.stripe {
        Stripe::Remote { api_base, secret_key, webhook_secret } => Provider {
            api_base: api_base.clone(),
            secret_key: secret_key.clone(),
            webhook_secret: webhook_secret.clone(),
        },
        // The sandbox lives in the server's process.
        Stripe::Sandbox { .. } => Provider::nobody(),
    };
    wiring::ports(config, stores, &provider, NOWHERE, Arc::new(SystemClock))
}
