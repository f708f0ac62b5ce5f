//! An import as a background task.

use std::sync::Arc;

use designia_core::id::AccountId;
use designia_core::money::Currency;
use designia_core::ports::{ObjectKey, ObjectStorage};
use designia_core::service::catalog::Catalog;
use designia_core::task::{Kind, KindName, QueueName};
use designia_core::worker::kinds::MARKETPLACE_TASKS;
use designia_core::worker::{TaskContext, TaskError, TaskRegistry};
use serde::{Deserialize, Serialize};

use super::{Import, Report, Table};

/// `products.import`: imports a table of products that was uploaded. Takes [`ImportArgs`].
pub(crate) const IMPORT: &str = "products.import";

/// Arguments of [`IMPORT`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportArgs {
    /// Whose products they are.
    pub(crate) seller: AccountId,
    /// Where the table is.
    pub(crate) file: ObjectKey,
    /// In which prices are that name no other.
    pub(crate) currency: Currency,
    /// Whether one bad row keeps all others out.
    pub(crate) atomic: bool,
}

/// The kind.
pub(crate) fn kind() -> Kind {
    let kind = Kind::new(KindName::fixed(IMPORT), QueueName::fixed(MARKETPLACE_TASKS));
    Kind { about: "imports a table of products that a seller has uploaded", ..kind }
}

/// Adds the kind.
pub(crate) fn add(registry: TaskRegistry, catalog: &Catalog, storage: &Arc<dyn ObjectStorage>) -> TaskRegistry {
    let (catalog, storage) = (catalog.clone(), Arc::clone(storage));
    registry.add(kind(), move |args, context| run(catalog.clone(), Arc::clone(&storage), args, context))
}

async fn run(
    catalog: Catalog,
    storage: Arc<dyn ObjectStorage>,
    args: ImportArgs,
    context: TaskContext,
) -> Result<Report, TaskError> {
    let file = storage.get(&args.file).await?;
    let file = file.ok_or_else(|| TaskError::fatal("the uploaded table is gone"))?;
    let table = Table::read(&file).map_err(|error| TaskError::fatal(error.to_string()))?;
    let import = Import {
        catalog: &catalog,
        seller: args.seller.seller(),
        currency: args.currency,
        atomic: args.atomic,
        id: context.task().id.as_uuid(),
    };
    let report = import.run(&table, |done, total| context.progress(done, Some(total), None)).await?;
    storage.delete(&args.file).await?;
    Ok(report)
}
