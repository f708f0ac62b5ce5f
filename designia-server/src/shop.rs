//! The marketplace's side that sells: catalogue, carts and pictures, put together for the handlers.

pub(crate) mod import;
pub(crate) mod views;

use std::sync::Arc;

use designia_core::ports::Cache;
use designia_core::service::Engine;
use designia_core::service::cart::Carts;
use designia_core::service::catalog::Catalog;
use designia_core::worker::TaskRegistry;

use crate::media::{self, Uploads};
use views::Views;

/// What handlers of products and carts share. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Shop {
    /// What is for sale.
    pub catalog: Catalog,
    /// What people may order soon.
    pub carts: Carts,
    /// Pictures.
    pub uploads: Uploads,
    /// Exchange rates and orders.
    pub engine: Engine,
    /// What is kept for a moment.
    pub(crate) cache: Arc<dyn Cache>,
    /// Counts who looks at what.
    pub(crate) views: Views,
}

impl Shop {
    /// Puts the parts together.
    #[must_use]
    pub fn new(engine: Engine, catalog: Catalog, carts: Carts, uploads: Uploads, cache: Arc<dyn Cache>) -> Self {
        let ports = catalog.ports();
        let views = Views::new(Arc::clone(&ports.figures), Arc::clone(&ports.clock));
        Self { catalog, carts, uploads, engine, cache, views }
    }

    /// Adds the kinds of task that these parts need.
    #[must_use]
    pub fn add_kinds(&self, registry: TaskRegistry) -> TaskRegistry {
        let registry = self.catalog.with_kinds(registry, &self.engine);
        let registry = media::kinds(registry, &self.uploads, Arc::clone(&self.catalog.ports().products));
        import::add(registry, &self.catalog, self.uploads.storage())
    }
}
