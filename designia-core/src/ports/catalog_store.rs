//! Where products, their categories and their stock live.

use std::fmt;

use async_trait::async_trait;

use super::StoreError;
use crate::catalog::{Category, CategoryId, NewCategory, Product, ProductCard};
use crate::id::ProductId;

/// Reads and writes products and categories. Stock is reserved and released by
/// [`OrderStore::commit`](super::OrderStore::commit) alone, so a store of products and a store of orders share their data.
///
/// # Contract
/// - A slug belongs to one product at most, and to one category at most.
/// - Nothing but `set_stock` and commits changes the stock of a known product, and nothing but the port that counts it a figure.
/// - A product's version rises with each `put` and `change` of it, by one; `put` ignores the version that it is given, `change`
///   demands it.
/// - What a card says is what the product says.
/// - Categories form a tree: none is part of itself. A category's count is of the active products in it, and kept by whatever
///   changes them.
#[async_trait]
pub trait CatalogStore: fmt::Debug + Send + Sync + 'static {
    /// One product, active or not.
    async fn product(&self, key: &ProductKey) -> Result<Option<Product>, StoreError>;

    /// Those of these products that exist, in no particular order. For lists, carts and checkouts `cards` is enough.
    async fn products(&self, ids: &[ProductId]) -> Result<Vec<Product>, StoreError>;

    /// As much as lists and checkouts need of those of these products that exist, in no particular order.
    async fn cards(&self, ids: &[ProductId]) -> Result<Vec<ProductCard>, StoreError>;

    /// Active products by slug, rising, after the given one.
    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<Product>, StoreError>;

    /// Adds a product with its stock, or changes everything but the stock and the figures of a known one.
    async fn put(&self, product: &Product) -> Result<(), StoreError>;

    /// Adds a product with its stock as version 1; `false` if its id is known, whose product stays as it is.
    async fn add(&self, product: &Product) -> Result<bool, PutError>;

    /// Changes everything but the stock and the figures of the product of this id and version: its version afterwards.
    async fn change(&self, product: &Product) -> Result<u64, PutError>;

    /// Corrects how many can be ordered right now; `false` if there is no such product.
    async fn set_stock(&self, product: ProductId, quantity: u32) -> Result<bool, StoreError>;

    /// All categories, by number.
    async fn categories(&self) -> Result<Vec<Category>, StoreError>;

    /// Adds a category: its number.
    async fn add_category(&self, category: &NewCategory) -> Result<CategoryId, PutError>;

    /// Changes a category.
    async fn change_category(&self, id: CategoryId, category: &NewCategory) -> Result<(), PutError>;
}

/// What names a product.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ProductKey {
    /// Its id.
    Id(ProductId),
    /// Its name in addresses.
    Slug(String),
}

/// Why something can't be put into the catalogue.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// Another one has this slug.
    #[error("the slug `{0}` is taken")]
    SlugTaken(String),
    /// Somebody else has changed it meanwhile.
    #[error("it is at version {current} by now")]
    Conflict {
        /// The version that is stored.
        current: u64,
    },
    /// There is no such product or category.
    #[error("there is no such entry")]
    Missing,
    /// The category or the parent of a category doesn't exist, or is part of what is to be part of it.
    #[error("category {0} can't hold it")]
    NoPlace(CategoryId),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<PutError> for StoreError {
    /// For callers that put what can't clash.
    fn from(error: PutError) -> Self {
        match error {
            PutError::Store(error) => error,
            PutError::SlugTaken(_) | PutError::Conflict { .. } | PutError::Missing | PutError::NoPlace(_) => {
                Self::invalid(error.to_string())
            }
        }
    }
}
