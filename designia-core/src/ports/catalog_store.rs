//! Where products and their stock live.

use std::fmt;

use async_trait::async_trait;

use super::StoreError;
use crate::catalog::Product;
use crate::id::ProductId;

/// Reads and writes products. Stock is reserved and released by [`OrderStore::commit`](super::OrderStore::commit) alone,
/// so a store of products and a store of orders share their data.
///
/// # Contract
/// - A slug belongs to one product at most.
/// - `put` of a known product leaves its stock alone.
#[async_trait]
pub trait CatalogStore: fmt::Debug + Send + Sync + 'static {
    /// One product, active or not.
    async fn product(&self, key: &ProductKey) -> Result<Option<Product>, StoreError>;

    /// Those of these products that exist, in no particular order.
    async fn products(&self, ids: &[ProductId]) -> Result<Vec<Product>, StoreError>;

    /// Active products by slug, rising, after the given one.
    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<Product>, StoreError>;

    /// Adds a product with its stock, or changes everything but the stock of a known one.
    async fn put(&self, product: &Product) -> Result<(), StoreError>;

    /// Corrects how many can be ordered right now; `false` if there is no such product.
    async fn set_stock(&self, product: ProductId, quantity: u32) -> Result<bool, StoreError>;
}

/// What names a product.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ProductKey {
    /// Its id.
    Id(ProductId),
    /// Its name in addresses.
    Slug(String),
}
