//! [`CatalogStore`] on PostgreSQL.

use async_trait::async_trait;
use designia_core::catalog::{
    Category, CategoryId, CategoryTree, NewCategory, Product, ProductCard, ProductFigures, search_text,
};
use designia_core::id::ProductId;
use designia_core::ports::rows::product::{CardRow, TextRow, shelf};
use designia_core::ports::{CatalogStore, ProductKey, PutError, StoreError};
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row};

use crate::error::{of_server, store_error};
use crate::instant::{Instant, JsonText};
use crate::row::{json, number};
use crate::search_vector::search_vector;
use crate::session::Session;
use crate::sql::catalog as sql;
use crate::statement::{Binding, statement};
use crate::store::{PostgresStore, Work};

/// Under which number the tree of categories is locked while it changes: "categ".
const CATEGORY_LOCK: i64 = 0x63_61_74_65_67;

/// The columns of a card, in their order.
pub(crate) struct Card(pub(crate) CardRow);

/// The columns of a card, and then those of the texts.
pub(crate) struct Whole(CardRow, TextRow);

type CategoryRow = (i32, String, String, String, Option<i32>, bool, i64);

impl<'r> FromRow<'r, PgRow> for Card {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self(CardRow {
            id: row.try_get(0)?,
            seller: row.try_get(1)?,
            slug: row.try_get(2)?,
            name: row.try_get(3)?,
            price_minor: row.try_get(4)?,
            currency: row.try_get(5)?,
            stock: row.try_get(6)?,
            active: row.try_get(7)?,
            shelf: row.try_get::<JsonText, _>(8)?.0,
            rating_sum: row.try_get(9)?,
            review_count: row.try_get(10)?,
            favourites: row.try_get(11)?,
            sold: row.try_get(12)?,
            version: row.try_get(13)?,
            created_at: row.try_get::<Instant, _>(14)?.0,
        }))
    }
}

impl<'r> FromRow<'r, PgRow> for Whole {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        let text = TextRow {
            description: row.try_get(15)?,
            details: row.try_get::<JsonText, _>(16)?.0,
            views: row.try_get(17)?,
            clicks: row.try_get(18)?,
            updated_at: row.try_get::<Instant, _>(19)?.0,
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
impl CatalogStore for PostgresStore {
    async fn product(&self, key: &ProductKey) -> Result<Option<Product>, StoreError> {
        let query = match key {
            ProductKey::Id(id) => statement(sql::BY_ID).bind(id.as_uuid()),
            ProductKey::Slug(slug) => statement(sql::BY_SLUG).bind(slug.as_str()),
        };
        self.first::<Whole>(query).await?.map(Whole::product).transpose()
    }

    async fn products(&self, ids: &[ProductId]) -> Result<Vec<Product>, StoreError> {
        let ids: Vec<_> = ids.iter().map(|id| id.as_uuid()).collect();
        self.all::<Whole>(statement(sql::BY_IDS).bind(ids)).await?.into_iter().map(Whole::product).collect()
    }

    async fn cards(&self, ids: &[ProductId]) -> Result<Vec<ProductCard>, StoreError> {
        let ids: Vec<_> = ids.iter().map(|id| id.as_uuid()).collect();
        self.all::<Card>(statement(sql::CARDS).bind(ids)).await?.into_iter().map(|row| row.0.card()).collect()
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<Product>, StoreError> {
        let query = match after {
            Some(slug) => statement(sql::PAGE).bind(i64::from(limit)).bind(slug),
            None => statement(sql::FIRST_PAGE).bind(i64::from(limit)),
        };
        self.all::<Whole>(query).await?.into_iter().map(Whole::product).collect()
    }

    async fn put(&self, product: &Product) -> Result<(), StoreError> {
        Ok(self.putting(product, Known::Any).await.map(drop)?)
    }

    async fn add(&self, product: &Product) -> Result<bool, PutError> {
        self.putting(product, Known::Keep).await.map(|version| version.is_some())
    }

    async fn change(&self, product: &Product) -> Result<u64, PutError> {
        let version = self.putting(product, Known::At(product.version)).await?;
        version.ok_or(PutError::Missing)
    }

    async fn set_stock(&self, product: ProductId, quantity: u32) -> Result<bool, StoreError> {
        self.is_any_changed(statement(sql::SET_STOCK).bind(product.as_uuid()).bind(i64::from(quantity))).await
    }

    async fn categories(&self) -> Result<Vec<Category>, StoreError> {
        self.all(statement(sql::CATEGORIES)).await?.into_iter().map(category).collect()
    }

    async fn add_category(&self, category: &NewCategory) -> Result<CategoryId, PutError> {
        self.transact(PuttingCategory { id: None, category })
            .await?
            .map_err(|error| PutError::Store(store_error(error)))?
    }

    async fn change_category(&self, id: CategoryId, category: &NewCategory) -> Result<(), PutError> {
        let put = self.transact(PuttingCategory { id: Some(id), category }).await?;
        put.map_err(|error| PutError::Store(store_error(error)))?.map(drop)
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

impl PostgresStore {
    /// The version that the product has then; `None` if it was to stay as it is.
    async fn putting(&self, product: &Product, known: Known) -> Result<Option<u64>, PutError> {
        let put = self.transact(Putting { product, known }).await?;
        put.map_err(|error| put_error(product, error))?
    }
}

struct Putting<'a> {
    product: &'a Product,
    known: Known,
}

#[async_trait]
impl Work<Result<Option<u64>, PutError>> for Putting<'_> {
    async fn run(&self, session: &mut Session) -> Result<Result<Option<u64>, PutError>, sqlx::Error> {
        let Self { product, known } = *self;
        if let Known::Any | Known::Keep = known {
            let new = Product { figures: ProductFigures::default(), version: 1, ..product.clone() };
            if insert(session, &new).await? {
                return Ok(Ok(Some(1)));
            }
        }
        if let Known::Keep = known {
            return Ok(Ok(None));
        }
        let rows = session.ask(statement(sql::LOCK).bind(product.id.as_uuid()).done()?).await?;
        let Some(row) = rows.first() else { return Ok(Err(PutError::Missing)) };
        let current: u64 = row.try_get::<i64, _>(0)?.try_into().unwrap_or_default();
        match known {
            Known::At(expected) if current != expected => return Ok(Err(PutError::Conflict { current })),
            Known::At(_) | Known::Any | Known::Keep => {}
        }
        session.ask(narrow(sql::UPDATE, product)?.done()?).await?;
        put_texts(session, product).await?;
        Ok(Ok(Some(current.saturating_add(1))))
    }
}

/// Stores a new product as it is, with its version and figures; `false` if its id is known.
pub(crate) async fn insert(session: &mut Session, product: &Product) -> Result<bool, sqlx::Error> {
    let figures = &product.figures;
    let query = narrow(sql::INSERT, product)?
        .bind(i64::from(product.stock))
        .bind(Instant(product.created_at))
        .bind(whole(product.version)?)
        .bind(i64::from(figures.rating.count))
        .bind(whole(figures.rating.sum)?)
        .bind(i64::from(figures.favourites))
        .bind(whole(figures.sold)?);
    if session.ask(query.done()?).await?.is_empty() {
        return Ok(false);
    }
    put_texts(session, product).await?;
    if figures.views + figures.clicks > 0 {
        let query = statement(sql::PUT_LOOKS).bind(product.id.as_uuid());
        session.ask(query.bind(whole(figures.views)?).bind(whole(figures.clicks)?).done()?).await?;
    }
    Ok(true)
}

fn narrow(text: &'static str, product: &Product) -> Result<Binding, sqlx::Error> {
    let details = &product.details;
    let tags: Vec<_> = details.tags.iter().map(|tag| search_text(tag)).collect();
    Ok(statement(text)
        .bind(product.id.as_uuid())
        .bind(product.seller.as_uuid())
        .bind(product.slug.as_str())
        .bind(product.name.as_str())
        .bind(product.price.minor())
        .bind(product.price.currency().code())
        .bind(product.active)
        .bind(details.category.map(number_of).transpose()?)
        .bind(details.condition.as_str())
        .bind(details.brand.as_str())
        .bind(search_text(&details.brand))
        .bind(tags)
        .bind(details.featured)
        .bind(shelf(details).map_err(unstorable)?))
}

async fn put_texts(session: &mut Session, product: &Product) -> Result<(), sqlx::Error> {
    let query = statement(sql::PUT_TEXTS)
        .bind(product.id.as_uuid())
        .bind(Instant(product.updated_at))
        .bind(product.description.as_str())
        .bind(json(&product.details).map_err(unstorable)?)
        .bind(search_vector(product));
    session.ask(query.done()?).await?;
    Ok(())
}

struct PuttingCategory<'a> {
    id: Option<CategoryId>,
    category: &'a NewCategory,
}

#[async_trait]
impl Work<Result<CategoryId, PutError>> for PuttingCategory<'_> {
    async fn run(&self, session: &mut Session) -> Result<Result<CategoryId, PutError>, sqlx::Error> {
        let Self { id, category: wanted } = self;
        session.ask(statement(sql::LOCK_CATEGORIES).bind(CATEGORY_LOCK).done()?).await?;
        let rows = session.ask(statement(sql::CATEGORIES).done()?).await?;
        let rows = rows.iter().map(CategoryRow::from_row).collect::<Result<Vec<_>, _>>()?;
        let known = match rows.into_iter().map(category).collect::<Result<Vec<_>, _>>() {
            Ok(known) => CategoryTree::new(known),
            Err(error) => return Ok(Err(error.into())),
        };
        if id.is_some_and(|id| known.get(id).is_none()) {
            return Ok(Err(PutError::Missing));
        }
        // No category has this number yet.
        let place = id.unwrap_or(CategoryId::new(0));
        if let Some(parent) = wanted.parent.filter(|_| !known.may_move(place, wanted.parent)) {
            return Ok(Err(PutError::NoPlace(parent)));
        }
        if known.by_slug(&wanted.slug).is_some_and(|known| known.id != place) {
            return Ok(Err(PutError::SlugTaken(wanted.slug.clone())));
        }
        let query = match id {
            Some(id) => statement(sql::CHANGE_CATEGORY).bind(number_of(*id)?),
            None => statement(sql::ADD_CATEGORY),
        };
        let query = query.bind(wanted.name.as_str()).bind(wanted.slug.as_str()).bind(wanted.description.as_str());
        let query = query.bind(wanted.parent.map(number_of).transpose()?).bind(wanted.active);
        let rows = session.ask(query.done()?).await?;
        let stored: i32 = rows.first().ok_or(sqlx::Error::RowNotFound)?.try_get(0)?;
        Ok(number("a category's number", i64::from(stored)).map(CategoryId::new).map_err(PutError::Store))
    }
}

fn category((id, name, slug, description, parent, active, products): CategoryRow) -> Result<Category, StoreError> {
    let category = |id: i32| number("a category's number", i64::from(id)).map(CategoryId::new);
    Ok(Category {
        id: category(id)?,
        name,
        slug,
        description,
        parent: parent.map(category).transpose()?,
        active,
        products: number("a category's products", products)?,
    })
}

/// Why a product could not be put.
pub(crate) fn put_error(product: &Product, error: sqlx::Error) -> PutError {
    let constraint = of_server(&error).and_then(|it| it.constraint().map(str::to_owned));
    match (constraint.as_deref(), product.details.category) {
        (Some("products_slug_key"), _) => PutError::SlugTaken(product.slug.clone()),
        (Some("products_category_fkey"), Some(category)) => PutError::NoPlace(category),
        _ => PutError::Store(store_error(error)),
    }
}

/// A category as a column holds it.
pub(crate) fn number_of(id: CategoryId) -> Result<i32, sqlx::Error> {
    i32::try_from(id.get()).map_err(|error| sqlx::Error::Encode(error.into()))
}

/// A count as a column holds it.
pub(crate) fn whole(count: u64) -> Result<i64, sqlx::Error> {
    i64::try_from(count).map_err(|error| sqlx::Error::Encode(error.into()))
}

fn unstorable(error: StoreError) -> sqlx::Error {
    sqlx::Error::Encode(error.into())
}
