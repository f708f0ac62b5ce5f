//! [`CatalogStore`] on SQLite.

use async_trait::async_trait;
use designia_core::catalog::Product;
use designia_core::id::{ProductId, SellerId};
use designia_core::money::Money;
use designia_core::ports::{CatalogStore, ProductKey, StoreError};
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments};

use crate::error::{broken_constraint, store_error};
use crate::row::{self, StoredId, json, number};
use crate::sql::catalog as sql;
use crate::store::SqliteStore;

/// Id, seller, slug, name, description, price, currency, stock, active.
pub(crate) type Row = (Vec<u8>, Vec<u8>, String, String, String, i64, String, i64, bool);

#[async_trait]
impl CatalogStore for SqliteStore {
    async fn product(&self, key: &ProductKey) -> Result<Option<Product>, StoreError> {
        let query = match key {
            ProductKey::Id(id) => sqlx::query_as(sql::BY_ID).bind(id.bytes()),
            ProductKey::Slug(slug) => sqlx::query_as(sql::BY_SLUG).bind(slug.clone()),
        };
        let row = query.fetch_optional(&mut *self.reader().await?).await.map_err(store_error)?;
        row.map(product).transpose()
    }

    async fn products(&self, ids: &[ProductId]) -> Result<Vec<Product>, StoreError> {
        let ids = json(&ids.iter().map(|id| id.hex()).collect::<Vec<_>>())?;
        let query = sqlx::query_as(sql::BY_IDS).bind(ids);
        let rows = query.fetch_all(&mut *self.reader().await?).await.map_err(store_error)?;
        rows.into_iter().map(product).collect()
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<Product>, StoreError> {
        let query = match after {
            Some(slug) => sqlx::query_as(sql::PAGE).bind(limit).bind(slug.to_owned()),
            None => sqlx::query_as(sql::FIRST_PAGE).bind(limit),
        };
        let rows = query.fetch_all(&mut *self.reader().await?).await.map_err(store_error)?;
        rows.into_iter().map(product).collect()
    }

    async fn put(&self, product: &Product) -> Result<(), StoreError> {
        let put = self.lane().await?.execute(putting(product)).await;
        put.map(drop).map_err(|error| put_error(product, error))
    }

    async fn set_stock(&self, product: ProductId, quantity: u32) -> Result<bool, StoreError> {
        let query = sqlx::query(sql::SET_STOCK).bind(product.bytes()).bind(quantity);
        let set = self.lane().await?.execute(query).await.map_err(store_error)?;
        Ok(set.rows_affected() > 0)
    }
}

/// The statement that puts a product.
pub(crate) fn putting(product: &Product) -> Query<'static, Sqlite, SqliteArguments> {
    sqlx::query(sql::PUT)
        .bind(product.id.bytes())
        .bind(product.seller.bytes())
        .bind(product.slug.clone())
        .bind(product.name.clone())
        .bind(product.description.clone())
        .bind(product.price.minor())
        .bind(product.price.currency().code())
        .bind(product.active)
        .bind(product.stock)
}

/// Why a product could not be put.
pub(crate) fn put_error(product: &Product, error: sqlx::Error) -> StoreError {
    if broken_constraint(&error) == Some("UNIQUE constraint failed: products.slug") {
        return StoreError::invalid(format!("the slug `{}` belongs to another product", product.slug));
    }
    store_error(error)
}

pub(crate) fn product(row: Row) -> Result<Product, StoreError> {
    let (id, seller, slug, name, description, price_minor, currency, stock, active) = row;
    let id = ProductId::from_uuid(row::uuid(&id)?);
    let currency = currency.parse().map_err(|error| StoreError::corrupt(&format!("product {id}"), error))?;
    Ok(Product {
        id,
        seller: SellerId::from_uuid(row::uuid(&seller)?),
        slug,
        name,
        description,
        price: Money::new(price_minor, currency),
        stock: number("a product's stock", stock)?,
        active,
    })
}
