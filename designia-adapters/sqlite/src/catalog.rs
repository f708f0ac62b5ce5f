//! [`CatalogStore`] on SQLite.

use async_trait::async_trait;
use designia_core::catalog::{
    Category, CategoryId, CategoryTree, NewCategory, PriceScale, Product, ProductCard, ProductFigures, search_text,
};
use designia_core::id::ProductId;
use designia_core::ports::rows::product::{CardRow, TextRow, shelf};
use designia_core::ports::{CatalogStore, ProductKey, PutError, StoreError};
use designia_core::time::Timestamp;
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteRow};
use sqlx::{FromRow, Row, SqliteConnection};

use crate::error::{broken_constraint, store_error};
use crate::row::{self, StoredId, json, micros, number};
use crate::sql::catalog as sql;
use crate::store::SqliteStore;

/// The columns of a card, in their order.
pub(crate) struct Card(pub(crate) CardRow);

/// The columns of a card, and then those of the texts.
pub(crate) struct Whole(CardRow, TextRow);

type CategoryRow = (u32, String, String, String, Option<u32>, bool, i64);

impl<'r> FromRow<'r, SqliteRow> for Card {
    fn from_row(row: &'r SqliteRow) -> Result<Self, sqlx::Error> {
        let id = |index: usize| {
            let bytes: Vec<u8> = row.try_get(index)?;
            row::uuid(&bytes).map_err(|error| sqlx::Error::Decode(Box::new(error)))
        };
        Ok(Self(CardRow {
            id: id(0)?,
            seller: id(1)?,
            slug: row.try_get(2)?,
            name: row.try_get(3)?,
            price_minor: row.try_get(4)?,
            currency: row.try_get(5)?,
            stock: row.try_get(6)?,
            active: row.try_get(7)?,
            shelf: row.try_get(8)?,
            rating_sum: row.try_get(9)?,
            review_count: row.try_get(10)?,
            favourites: row.try_get(11)?,
            sold: row.try_get(12)?,
            version: row.try_get(13)?,
            created_at: Timestamp::from_micros(row.try_get(14)?),
        }))
    }
}

impl<'r> FromRow<'r, SqliteRow> for Whole {
    fn from_row(row: &'r SqliteRow) -> Result<Self, sqlx::Error> {
        let text = TextRow {
            description: row.try_get(15)?,
            details: row.try_get(16)?,
            views: row.try_get(17)?,
            clicks: row.try_get(18)?,
            updated_at: Timestamp::from_micros(row.try_get(19)?),
        };
        Ok(Self(Card::from_row(row)?.0, text))
    }
}

impl Whole {
    pub(crate) fn product(self) -> Result<Product, StoreError> {
        self.0.product(self.1)
    }
}

#[async_trait]
impl CatalogStore for SqliteStore {
    async fn product(&self, key: &ProductKey) -> Result<Option<Product>, StoreError> {
        let query = match key {
            ProductKey::Id(id) => sqlx::query_as(sql::BY_ID).bind(id.bytes()),
            ProductKey::Slug(slug) => sqlx::query_as(sql::BY_SLUG).bind(slug.clone()),
        };
        let row: Option<Whole> = query.fetch_optional(&mut *self.reader().await?).await.map_err(store_error)?;
        row.map(Whole::product).transpose()
    }

    async fn products(&self, ids: &[ProductId]) -> Result<Vec<Product>, StoreError> {
        let query = sqlx::query_as(sql::BY_IDS).bind(list(ids)?);
        let rows: Vec<Whole> = query.fetch_all(&mut *self.reader().await?).await.map_err(store_error)?;
        rows.into_iter().map(Whole::product).collect()
    }

    async fn cards(&self, ids: &[ProductId]) -> Result<Vec<ProductCard>, StoreError> {
        let query = sqlx::query_as(sql::CARDS).bind(list(ids)?);
        let rows: Vec<Card> = query.fetch_all(&mut *self.reader().await?).await.map_err(store_error)?;
        rows.into_iter().map(|row| row.0.card()).collect()
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<Product>, StoreError> {
        let query = match after {
            Some(slug) => sqlx::query_as(sql::PAGE).bind(limit).bind(slug.to_owned()),
            None => sqlx::query_as(sql::FIRST_PAGE).bind(limit),
        };
        let rows: Vec<Whole> = query.fetch_all(&mut *self.reader().await?).await.map_err(store_error)?;
        rows.into_iter().map(Whole::product).collect()
    }

    async fn put(&self, product: &Product) -> Result<(), StoreError> {
        Ok(self.putting(product, Known::Any).await.map(drop)?)
    }

    async fn add(&self, product: &Product) -> Result<bool, PutError> {
        self.putting(product, Known::Keep).await.map(|version| version == Some(1))
    }

    async fn change(&self, product: &Product) -> Result<u64, PutError> {
        let version = self.putting(product, Known::At(product.version)).await?;
        version.ok_or(PutError::Missing)
    }

    async fn set_stock(&self, product: ProductId, quantity: u32) -> Result<bool, StoreError> {
        let query = sqlx::query(sql::SET_STOCK).bind(product.bytes()).bind(quantity);
        let set = self.lane().await?.execute(query).await.map_err(store_error)?;
        Ok(set.rows_affected() > 0)
    }

    async fn categories(&self) -> Result<Vec<Category>, StoreError> {
        categories(&mut *self.reader().await?).await
    }

    async fn add_category(&self, category: &NewCategory) -> Result<CategoryId, PutError> {
        self.putting_category(None, category).await
    }

    async fn change_category(&self, id: CategoryId, category: &NewCategory) -> Result<(), PutError> {
        self.putting_category(Some(id), category).await.map(drop)
    }
}

/// What is to be done about a product that is known.
#[derive(Clone, Copy)]
enum Known {
    /// It is changed.
    Any,
    /// It stays.
    Keep,
    /// It is changed if it is at this version, and must be there.
    At(u64),
}

impl SqliteStore {
    /// The version that the product has then; `None` if it was to stay as it is.
    async fn putting(&self, product: &Product, known: Known) -> Result<Option<u64>, PutError> {
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = put(transaction.connection(), product, known).await;
        transaction.end(outcome).await
    }

    async fn putting_category(&self, id: Option<CategoryId>, category: &NewCategory) -> Result<CategoryId, PutError> {
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = put_category(transaction.connection(), id, category).await;
        transaction.end(outcome).await
    }
}

async fn put(connection: &mut SqliteConnection, product: &Product, known: Known) -> Result<Option<u64>, PutError> {
    let query = sqlx::query_scalar(sql::VERSION).bind(product.id.bytes());
    let version: Option<i64> = query.fetch_optional(&mut *connection).await.map_err(store_error)?;
    let version = version.map(|version| number::<u64>("a product's version", version)).transpose()?;
    match (version, known) {
        (None, Known::At(_)) => return Err(PutError::Missing),
        (Some(_), Known::Keep) => return Ok(None),
        (Some(current), Known::At(expected)) if current != expected => return Err(PutError::Conflict { current }),
        (None, Known::Any | Known::Keep) => {
            let new = Product { figures: ProductFigures::default(), version: 1, ..product.clone() };
            insert(connection, &new).await?;
        }
        (Some(_), Known::Any | Known::At(_)) => {
            let key = price_key(connection, product).await?;
            let update = narrow(sql::UPDATE, product, key)?.execute(&mut *connection).await;
            update.map_err(|error| put_error(product, error))?;
            put_texts(connection, product).await?;
        }
    }
    Ok(Some(version.unwrap_or(0).saturating_add(1)))
}

/// Stores a new product as it is, with its version and figures.
pub(crate) async fn insert(connection: &mut SqliteConnection, product: &Product) -> Result<(), PutError> {
    let key = price_key(connection, product).await?;
    let figures = &product.figures;
    let query = narrow(sql::INSERT, product, key)?
        .bind(product.stock)
        .bind(micros(product.created_at))
        .bind(whole(product.version)?)
        .bind(figures.rating.count)
        .bind(whole(figures.rating.sum)?)
        .bind(figures.favourites)
        .bind(whole(figures.sold)?);
    query.execute(&mut *connection).await.map_err(|error| put_error(product, error))?;
    put_texts(connection, product).await
}

fn narrow(
    statement: &'static str,
    product: &Product,
    price_key: i64,
) -> Result<Query<'static, Sqlite, SqliteArguments>, StoreError> {
    let details = &product.details;
    let tags: Vec<_> = details.tags.iter().map(|tag| search_text(tag)).collect();
    Ok(sqlx::query(statement)
        .bind(product.id.bytes())
        .bind(product.seller.bytes())
        .bind(product.slug.clone())
        .bind(product.name.clone())
        .bind(product.price.minor())
        .bind(product.price.currency().code())
        .bind(product.active)
        .bind(details.category.map(CategoryId::get))
        .bind(details.condition.as_str())
        .bind(details.brand.clone())
        .bind(search_text(&details.brand))
        .bind(json(&tags)?)
        .bind(details.featured)
        .bind(price_key)
        .bind(shelf(details)?))
}

async fn put_texts(connection: &mut SqliteConnection, product: &Product) -> Result<(), PutError> {
    let details = &product.details;
    let query = sqlx::query(sql::PUT_TEXTS)
        .bind(product.id.bytes())
        .bind(micros(product.updated_at))
        .bind(product.name.clone())
        .bind(details.brand.clone())
        .bind(format!("{} {}", details.tags.join(" "), details.short_description))
        .bind(json(details)?)
        .bind(product.description.clone())
        .bind(whole(product.figures.views)?)
        .bind(whole(product.figures.clicks)?);
    query.execute(connection).await.map_err(store_error)?;
    Ok(())
}

async fn price_key(connection: &mut SqliteConnection, product: &Product) -> Result<i64, StoreError> {
    let currency = product.price.currency();
    let query = sqlx::query_scalar(sql::SCALE).bind(currency.code());
    let nanos: Option<i64> = query.fetch_optional(connection).await.map_err(store_error)?;
    Ok(PriceScale::key_of(product.price, nanos))
}

/// Why a product could not be put.
fn put_error(product: &Product, error: sqlx::Error) -> PutError {
    match (broken_constraint(&error), product.details.category) {
        (Some("UNIQUE constraint failed: products.slug"), _) => PutError::SlugTaken(product.slug.clone()),
        (Some("FOREIGN KEY constraint failed"), Some(category)) => PutError::NoPlace(category),
        _ => PutError::Store(store_error(error)),
    }
}

async fn categories(connection: &mut SqliteConnection) -> Result<Vec<Category>, StoreError> {
    let rows: Vec<CategoryRow> = sqlx::query_as(sql::CATEGORIES).fetch_all(connection).await.map_err(store_error)?;
    let category = |(id, name, slug, description, parent, active, products): CategoryRow| {
        let (id, parent) = (CategoryId::new(id), parent.map(CategoryId::new));
        let products = number("a category's products", products)?;
        Ok(Category { id, name, slug, description, parent, active, products })
    };
    rows.into_iter().map(category).collect()
}

async fn put_category(
    connection: &mut SqliteConnection,
    id: Option<CategoryId>,
    category: &NewCategory,
) -> Result<CategoryId, PutError> {
    let tree = CategoryTree::new(categories(&mut *connection).await?);
    if id.is_some_and(|id| tree.get(id).is_none()) {
        return Err(PutError::Missing);
    }
    // No category has this number yet.
    let place = id.unwrap_or(CategoryId::new(0));
    if let Some(parent) = category.parent.filter(|_| !tree.may_move(place, category.parent)) {
        return Err(PutError::NoPlace(parent));
    }
    if tree.by_slug(&category.slug).is_some_and(|known| known.id != place) {
        return Err(PutError::SlugTaken(category.slug.clone()));
    }
    let (name, slug, description) = (category.name.clone(), category.slug.clone(), category.description.clone());
    let parent = category.parent.map(CategoryId::get);
    match id {
        Some(id) => {
            let query = sqlx::query(sql::CHANGE_CATEGORY).bind(id.get()).bind(name).bind(slug).bind(description);
            query.bind(parent).bind(category.active).execute(connection).await.map_err(store_error)?;
            Ok(id)
        }
        None => {
            let query = sqlx::query_scalar(sql::ADD_CATEGORY).bind(name).bind(slug).bind(description);
            let added = query.bind(parent).bind(category.active).fetch_one(connection).await;
            Ok(CategoryId::new(added.map_err(store_error)?))
        }
    }
}

/// Ids as one parameter.
pub(crate) fn list(ids: &[ProductId]) -> Result<String, StoreError> {
    json(&ids.iter().map(|id| id.hex()).collect::<Vec<_>>())
}

/// A count as a column holds it.
pub(crate) fn whole(count: u64) -> Result<i64, StoreError> {
    i64::try_from(count).map_err(|_| StoreError::invalid(format!("{count} is more than a store can count")))
}
