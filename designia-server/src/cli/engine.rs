//! An engine for commands that run beside a server: the same database and rates, but nobody to pay.

use std::sync::Arc;

use designia_core::service::Engine;

use super::Failure;
use crate::config::{Config, Database, Secret, Stripe};
use crate::edge::SystemClock;
use crate::wiring::{self, Provider, Stores};

/// The engine over the configured database; over an empty one in memory if there is no database file yet, so that asking
/// leaves nothing behind.
pub(super) async fn reading(config: &Config) -> Result<Engine, Failure> {
    let stores = stores_to_read(config).await?;
    over(config, stores)
}

/// The stores of [`reading`].
pub(super) async fn stores_to_read(config: &Config) -> Result<Stores, Failure> {
    let exists = match &config.database {
        Database::Sqlite(path) => path.exists(),
        Database::Memory => true,
    };
    if exists { Stores::open(&config.database).await } else { Ok(Stores::in_memory()) }
}

/// The engine over the configured database, which is made if it is not there.
pub(super) async fn writing(config: &Config) -> Result<Engine, Failure> {
    over(config, Stores::open(&config.database).await?)
}

/// The engine over these stores.
pub(super) fn over(config: &Config, stores: Stores) -> Result<Engine, Failure> {
    let provider = match &config.stripe {
        Stripe::Remote { api_base, secret_key, webhook_secret } => Provider {
            api_base: api_base.clone(),
            secret_key: secret_key.clone(),
            webhook_secret: webhook_secret.clone(),
        },
        // The sandbox lives in the server's process. Port 9 is that of the discard service: nobody answers.
        Stripe::Sandbox { .. } => Provider {
            api_base: "http://127.0.0.1:9".to_owned(),
            secret_key: Secret::new("sk_test_nobody"),
            webhook_secret: Secret::new("whsec_nobody"),
        },
    };
    wiring::engine(config, stores, &provider, "http://127.0.0.1", Arc::new(SystemClock))
}
