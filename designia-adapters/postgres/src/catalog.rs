//! [`CatalogStore`] on PostgreSQL.

use async_trait::async_trait;
use designia_core::catalog::Product;
use designia_core::id::{ProductId, SellerId};
use designia_core::money::Money;
use designia_core::ports::{CatalogStore, ProductKey, StoreError};
use uuid::Uuid;

use crate::error::{of_server, store_error};
use crate::row::number;
use crate::sql::catalog as sql;
use crate::statement::statement;
use crate::store::PostgresStore;

/// Id, seller, slug, name, description, price, currency, stock, active.
pub(crate) type Row = (Uuid, Uuid, String, String, String, i64, String, i64, bool);

#[async_trait]
impl CatalogStore for PostgresStore {
    async fn product(&self, key: &ProductKey) -> Result<Option<Product>, StoreError> {
        let query = match key {
            ProductKey::Id(id) => statement(sql::BY_ID).bind(id.as_uuid()),
            ProductKey::Slug(slug) => statement(sql::BY_SLUG).bind(slug.as_str()),
        };
        self.first(query).await?.map(product).transpose()
    }

    async fn products(&self, ids: &[ProductId]) -> Result<Vec<Product>, StoreError> {
        let ids: Vec<_> = ids.iter().map(|id| id.as_uuid()).collect();
        self.all(statement(sql::BY_IDS).bind(ids)).await?.into_iter().map(product).collect()
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<Product>, StoreError> {
        let query = match after {
            Some(slug) => statement(sql::PAGE).bind(i64::from(limit)).bind(slug),
            None => statement(sql::FIRST_PAGE).bind(i64::from(limit)),
        };
        self.all(query).await?.into_iter().map(product).collect()
    }

    async fn put(&self, product: &Product) -> Result<(), StoreError> {
        let query = statement(sql::PUT)
            .bind(product.id.as_uuid())
            .bind(product.seller.as_uuid())
            .bind(product.slug.as_str())
            .bind(product.name.as_str())
            .bind(product.description.as_str())
            .bind(product.price.minor())
            .bind(product.price.currency().code())
            .bind(product.active)
            .bind(i64::from(product.stock));
        let put = self.session().await?.alone(query.done().map_err(store_error)?).await;
        match put {
            Ok(_) => Ok(()),
            Err(error) if of_server(&error).is_some_and(|it| it.constraint() == Some("products_slug_key")) => {
                Err(StoreError::invalid(format!("the slug `{}` belongs to another product", product.slug)))
            }
            Err(error) => Err(store_error(error)),
        }
    }

    async fn set_stock(&self, product: ProductId, quantity: u32) -> Result<bool, StoreError> {
        self.is_any_changed(statement(sql::SET_STOCK).bind(product.as_uuid()).bind(i64::from(quantity))).await
    }
}

pub(crate) fn product(row: Row) -> Result<Product, StoreError> {
    let (id, seller, slug, name, description, price_minor, currency, stock, active) = row;
    let id = ProductId::from_uuid(id);
    let currency = currency.parse().map_err(|error| StoreError::corrupt(&format!("product {id}"), error))?;
    Ok(Product {
        id,
        seller: SellerId::from_uuid(seller),
        slug,
        name,
        description,
        price: Money::new(price_minor, currency),
        stock: number("a product's stock", stock)?,
        active,
    })
}
