//! Accounts over the configured stores.

use std::sync::Arc;

use designia_core::account::ChallengeKey;
use designia_core::ports::{IdentityProvider, ObjectStorage, Ports};
use designia_core::service::accounts::{AccountPolicy, AccountPorts, Accounts, OrdersOfPerson, ShoppingOfPerson};

use super::{Stores, WiringError};
use crate::accounts::{Google, InstallationVault, PasswordPool, PoolLimits, derived};
use crate::config::{Config, Secret};

/// Accounts, with keys that follow from the installation's secret, exports in this storage, and pictures below this address.
///
/// # Errors
///
/// When a setting can't be used after all.
pub fn accounts(
    config: &Config,
    stores: &Stores,
    ports: &Ports,
    secret: &Secret,
    storage: Arc<dyn ObjectStorage>,
    url: &str,
) -> Result<Accounts, WiringError> {
    let mut identities: Vec<Arc<dyn IdentityProvider>> = Vec::new();
    if let Some(google) = &config.accounts.google {
        let google = Google::new(&google.client_id, &google.keys_url);
        identities.push(Arc::new(google.map_err(|error| format!("GOOGLE_OAUTH_KEYS_URL: {error}"))?));
    }
    let shopping = ShoppingOfPerson {
        products: Arc::clone(&ports.catalog),
        search: Arc::clone(&stores.search),
        reviews: Arc::clone(&stores.reviews),
        favourites: Arc::clone(&stores.favourites),
        carts: Arc::clone(&stores.carts),
    };
    let account_ports = AccountPorts {
        store: Arc::clone(&stores.accounts),
        passwords: Arc::new(PasswordPool::new(PoolLimits::default())),
        vault: Arc::new(InstallationVault::new(secret)?),
        challenges: ChallengeKey::new(derived(secret, "challenges").as_ref()),
        limiter: stores.rate_limiter(),
        identities,
        personal: vec![
            Arc::new(OrdersOfPerson(Arc::clone(&ports.queries))),
            Arc::new(super::mails(&config.mail, stores, Arc::clone(&ports.clock))?),
            Arc::new(super::notifications(stores, Arc::clone(&ports.clock))),
            Arc::new(super::chat(stores, ports, "")),
            Arc::new(shopping),
        ],
        exports: Some(storage),
        tasks: Arc::clone(&ports.tasks.queue),
        clock: Arc::clone(&ports.clock),
        ids: Arc::clone(&ports.ids),
    };
    let policy = AccountPolicy {
        session_lifetime: config.accounts.session_lifetime,
        pictures_at: format!("{url}/media"),
        ..AccountPolicy::default()
    };
    Ok(Accounts::new(account_ports, policy))
}
