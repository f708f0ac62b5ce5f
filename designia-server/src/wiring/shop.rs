//! Catalogue, carts and pictures over the configured stores.

use std::sync::Arc;

use designia_core::memory::MemoryObjects;
use designia_core::ports::ObjectStorage;
use designia_core::service::Engine;
use designia_core::service::cart::{CartPorts, Carts};
use designia_core::service::catalog::{Catalog, CatalogPorts};
use designia_storage::{LocalStorage, S3Config, S3Storage};

use super::{Stores, WiringError};
use crate::config::{Config, Media};
use crate::media::{UploadPorts, Uploads};
use crate::shop::Shop;

/// Whether this can be where pictures are kept; nobody is asked.
///
/// # Errors
///
/// The rule that it breaks, without the value.
pub fn check_bucket(url: &str) -> Result<(), WiringError> {
    url.parse::<S3Config>().map(drop).map_err(WiringError::from)
}

/// Where files are kept.
///
/// # Errors
///
/// When the folder can't be made, or the bucket lacks what it needs.
pub fn storage(config: &Config) -> Result<Arc<dyn ObjectStorage>, WiringError> {
    let wrong = |error: &dyn std::fmt::Display| format!("DESIGNIA_MEDIA: {error}");
    Ok(match &config.media {
        Media::Memory => Arc::new(MemoryObjects::new()),
        Media::Folder(folder) => Arc::new(LocalStorage::open(folder).map_err(|error| wrong(&error))?),
        Media::Bucket(url) => {
            let config: S3Config = url.parse().map_err(|error| wrong(&error))?;
            Arc::new(S3Storage::new(&config).map_err(|error| wrong(&error))?)
        }
    })
}

/// What is for sale, with pictures shown below this address.
#[must_use]
pub fn shop(stores: &Stores, engine: &Engine, storage: Arc<dyn ObjectStorage>, url: &str) -> Shop {
    let ports = engine.ports();
    let catalog = Catalog::new(CatalogPorts {
        products: Arc::clone(&ports.catalog),
        search: Arc::clone(&stores.search),
        reviews: Arc::clone(&stores.reviews),
        favourites: Arc::clone(&stores.favourites),
        figures: Arc::clone(&stores.figures),
        orders: Arc::clone(&ports.queries),
        accounts: Arc::clone(&stores.accounts),
        clock: Arc::clone(&ports.clock),
    });
    let carts = Carts::new(CartPorts {
        carts: Arc::clone(&stores.carts),
        products: Arc::clone(&ports.catalog),
        figures: Arc::clone(&stores.figures),
        clock: Arc::clone(&ports.clock),
    });
    let uploads = Uploads::new(
        UploadPorts {
            storage,
            limiter: stores.rate_limiter(),
            tasks: Arc::clone(&ports.tasks.queue),
            clock: Arc::clone(&ports.clock),
            ids: Arc::clone(&ports.ids),
        },
        url,
    );
    Shop::new(engine.clone(), catalog, carts, uploads, stores.cache())
}
