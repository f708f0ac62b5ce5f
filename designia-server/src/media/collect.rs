//! Deletes pictures that no product shows: of products that were never made, and those that were taken off or replaced.
//!
//! It is asked for before a picture is stored, so that no crash leaves one that nobody will ask about.

use std::sync::Arc;
use std::time::Duration;

use designia_core::id::{ProductId, TaskId};
use designia_core::ports::{CatalogStore, ObjectKey, ObjectStorage, ProductKey};
use designia_core::task::{Json, Kind, KindName, QueueName};
use designia_core::time::HOUR;
use designia_core::worker::kinds::MARKETPLACE_TASKS;
use designia_core::worker::{TaskError, TaskRegistry};
use serde::{Deserialize, Serialize};

use super::Uploads;
use crate::problem::Problem;

/// `media.collect`: deletes those of some pictures that a product does not show. Takes [`Collect`].
pub(crate) const COLLECT: &str = "media.collect";

/// How long a request may take from its first picture to its product, with room to spare; and for how long a page that somebody is
/// reading may show what was taken off.
const AFTER: Duration = HOUR;

/// Arguments of [`COLLECT`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Collect {
    product: ProductId,
    keys: Vec<ObjectKey>,
}

/// What [`COLLECT`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Collected {
    deleted: usize,
}

/// Adds the kind.
pub(crate) fn kinds(registry: TaskRegistry, uploads: &Uploads, catalog: Arc<dyn CatalogStore>) -> TaskRegistry {
    let storage = Arc::clone(uploads.storage());
    registry.add(kind(), move |args, _| collect(Arc::clone(&storage), Arc::clone(&catalog), args))
}

fn kind() -> Kind {
    let kind = Kind::new(KindName::fixed(COLLECT), QueueName::fixed(MARKETPLACE_TASKS));
    Kind { about: "deletes pictures that their product does not show", ..kind }
}

async fn collect(
    storage: Arc<dyn ObjectStorage>,
    catalog: Arc<dyn CatalogStore>,
    args: Collect,
) -> Result<Collected, TaskError> {
    let product = catalog.product(&ProductKey::Id(args.product)).await?;
    let shown = product.map(|product| product.details.images).unwrap_or_default();
    let mut deleted = 0;
    for key in args.keys.iter().filter(|key| !shown.iter().any(|image| image.object == key.as_str())) {
        storage.delete(key).await?;
        deleted += 1;
    }
    Ok(Collected { deleted })
}

impl Uploads {
    /// Asks for what the product does not show by then to be deleted.
    pub(crate) async fn collect_later(&self, product: ProductId, keys: Vec<ObjectKey>) -> Result<(), Problem> {
        if keys.is_empty() {
            return Ok(());
        }
        let ports = &self.inner.ports;
        let now = ports.clock.now();
        let args = Json::of(&Collect { product, keys }).map_err(Problem::internal)?;
        let task = kind().task_at(TaskId::from_uuid(ports.ids.next()), args, now, now + AFTER);
        ports.tasks.enqueue(&[task]).await?;
        Ok(())
    }
}
