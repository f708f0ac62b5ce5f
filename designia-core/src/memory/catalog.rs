//! Products and categories in memory.

use async_trait::async_trait;

use super::MemoryStore;
use crate::catalog::{Category, CategoryId, NewCategory, Product, ProductCard};
use crate::id::ProductId;
use crate::ports::{CatalogStore, ProductKey, PutError, StoreError};

#[async_trait]
impl CatalogStore for MemoryStore {
    async fn product(&self, key: &ProductKey) -> Result<Option<Product>, StoreError> {
        Ok(self.tables().stock.product(key).cloned())
    }

    async fn products(&self, ids: &[ProductId]) -> Result<Vec<Product>, StoreError> {
        Ok(self.tables().stock.products(ids))
    }

    async fn cards(&self, ids: &[ProductId]) -> Result<Vec<ProductCard>, StoreError> {
        Ok(self.tables().stock.products(ids).iter().map(Product::card).collect())
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<Product>, StoreError> {
        Ok(self.tables().stock.page(after, limit))
    }

    async fn put(&self, product: &Product) -> Result<(), StoreError> {
        let mut tables = self.tables();
        tables.stock.put(product)?;
        tables.rescale(product.id);
        Ok(())
    }

    async fn add(&self, product: &Product) -> Result<bool, PutError> {
        let mut tables = self.tables();
        if tables.stock.product(&ProductKey::Id(product.id)).is_some() {
            return Ok(false);
        }
        tables.stock.put(product)?;
        tables.rescale(product.id);
        Ok(true)
    }

    async fn change(&self, product: &Product) -> Result<u64, PutError> {
        let mut tables = self.tables();
        let version = tables.stock.change(product)?;
        tables.rescale(product.id);
        Ok(version)
    }

    async fn set_stock(&self, product: ProductId, quantity: u32) -> Result<bool, StoreError> {
        Ok(self.tables().stock.set(product, quantity))
    }

    async fn categories(&self) -> Result<Vec<Category>, StoreError> {
        Ok(self.tables().stock.categories())
    }

    async fn add_category(&self, category: &NewCategory) -> Result<CategoryId, PutError> {
        self.tables().stock.put_category(None, category)
    }

    async fn change_category(&self, id: CategoryId, category: &NewCategory) -> Result<(), PutError> {
        self.tables().stock.put_category(Some(id), category).map(drop)
    }
}
