//! Products out of a table: each row a product, new or known, and each row that breaks a rule told by its line, its column and the rule.
//!
//! A row is known by the seller's own number (`sku`) or by the product's `slug`. The product of a number has an id that follows from seller
//! and number, and the product of a row without either has one that follows from the import and the line. So an import that was begun twice
//! makes nothing twice.

mod kind;
mod table;

use designia_core::catalog::{CategoryTree, Product, is_slug};
use designia_core::id::{ProductId, SellerId};
use designia_core::money::Currency;
use designia_core::ports::ProductKey;
use designia_core::service::catalog::{Catalog, CatalogError, ProductChange};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

pub(crate) use kind::{IMPORT, ImportArgs, add, kind};
use table::Row;
pub(crate) use table::{Table, list};

use crate::problem::Problem;

/// In which prices are when nobody says so: what the first backend took for granted.
pub(crate) const USUAL_CURRENCY: &str = "USD";

/// Most faults that are told one by one.
const MAX_FAULTS: usize = 1_000;

/// How often a change is made anew because the product had changed meanwhile.
const MAX_TRIES: u32 = 5;

/// What came of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Report {
    /// Rows of the table.
    pub(crate) rows: u64,
    /// New products.
    pub(crate) created: u64,
    /// Products that were known and are now as their rows say.
    pub(crate) updated: u64,
    /// Rows that break a rule.
    pub(crate) failed: u64,
    /// What is wrong with them, at most a thousand.
    pub(crate) errors: Vec<Fault>,
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Fault {
    /// The line of the file on which the row begins, from 1.
    #[schema(example = 7)]
    pub(crate) row: u64,
    /// The column.
    #[schema(example = "price")]
    pub(crate) column: String,
    /// The rule, in words.
    #[schema(example = "is missing")]
    pub(crate) rule: String,
}

/// One import of one seller.
#[derive(Debug)]
pub(crate) struct Import<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) seller: SellerId,
    /// In which prices are that name no other.
    pub(crate) currency: Currency,
    /// Whether one bad row keeps all others out.
    pub(crate) atomic: bool,
    /// Names this import.
    pub(crate) id: Uuid,
}

/// A row that may be imported.
struct Good {
    id: ProductId,
    key: ProductKey,
    change: ProductChange,
    line: u64,
}

impl Import<'_> {
    /// Reads all rows, then imports the good ones, or none of them.
    ///
    /// # Errors
    /// If the store fails; what was imported until then stays, and doing it again goes on.
    pub(crate) async fn run(&self, table: &Table, told: impl Fn(u64, u64) + Sync) -> Result<Report, CatalogError> {
        let tree = self.catalog.categories().await?;
        let total = table.rows.len() as u64;
        let mut report = Report { rows: total, ..Report::default() };
        let mut good = Vec::with_capacity(table.rows.len());
        for row in &table.rows {
            match self.read(row, &tree).await? {
                Ok(row) => good.push(row),
                Err(fault) => report.fails(fault),
            }
        }
        if self.atomic && report.failed > 0 {
            return Ok(report);
        }
        for (done, row) in good.iter().enumerate() {
            told(done as u64, total);
            match self.import(row).await {
                Ok(true) => report.created += 1,
                Ok(false) => report.updated += 1,
                Err(CatalogError::Store(error)) => return Err(error.into()),
                Err(error) => report.fails(Fault::of(row.line, &error.into())),
            }
        }
        told(total, total);
        Ok(report)
    }

    /// A row as a change of the product that it is about, checked against it.
    async fn read(&self, row: &Row, tree: &CategoryTree) -> Result<Result<Good, Fault>, CatalogError> {
        let id = match row.get("sku") {
            Some(sku) => Uuid::new_v5(&self.seller.as_uuid(), format!("sku:{sku}").as_bytes()),
            None => Uuid::new_v5(&self.id, format!("line:{}", row.line).as_bytes()),
        };
        let id = ProductId::from_uuid(id);
        let key = match (row.get("sku"), row.get("slug")) {
            (None, Some(slug)) if is_slug(slug) => ProductKey::Slug(slug.to_owned()),
            (None, Some(_)) => return Ok(Err(Fault::new(row.line, "slug", "is not one of your products"))),
            _ => ProductKey::Id(id),
        };
        let known = self.catalog.ports().products.product(&key).await?;
        if matches!((&known, &key), (None, ProductKey::Slug(_)) | (Some(_), ProductKey::Slug(_)))
            && known.as_ref().is_none_or(|product| product.seller != self.seller)
        {
            return Ok(Err(Fault::new(row.line, "slug", "is not one of your products")));
        }
        let currency = known.as_ref().map_or(self.currency, |product| product.price.currency());
        let change = match row.change(currency, tree) {
            Ok(change) => change,
            Err(problem) => return Ok(Err(Fault::of(row.line, &problem))),
        };
        match self.catalog.check(self.seller, id, known, &change) {
            Ok(_) => Ok(Ok(Good { id, key, change, line: row.line })),
            Err(error) => Ok(Err(Fault::of(row.line, &error.into()))),
        }
    }

    /// Whether the row made a new product.
    async fn import(&self, row: &Good) -> Result<bool, CatalogError> {
        for _ in 0..MAX_TRIES {
            let known: Option<Product> = self.catalog.ports().products.product(&row.key).await?;
            let Some(known) = known else {
                self.catalog.offer(self.seller, row.id, &row.change).await?;
                return Ok(true);
            };
            match self.catalog.revise(known, &row.change).await {
                Err(CatalogError::Changed { .. }) => {}
                revised => return revised.map(|_| false),
            }
        }
        Err(CatalogError::invalid("slug", "is being changed by somebody else"))
    }
}

impl Report {
    fn fails(&mut self, fault: Fault) {
        self.failed += 1;
        if self.errors.len() < MAX_FAULTS {
            self.errors.push(fault);
        }
    }
}

impl Fault {
    fn new(row: u64, column: &str, rule: &str) -> Self {
        Self { row, column: column.to_owned(), rule: rule.to_owned() }
    }

    /// A problem names its field before its rule.
    fn of(row: u64, problem: &Problem) -> Self {
        let (column, rule) = problem.detail().split_once(": ").unwrap_or(("", problem.detail()));
        Self::new(row, column, rule)
    }
}
