//! [`CatalogSearch`] on SQLite.

use async_trait::async_trait;
use designia_core::catalog::{PriceScale, ProductCard, SearchWords, search_text};
use designia_core::id::ProductId;
use designia_core::money::{Currency, Money};
use designia_core::ports::rows::product::facets;
use designia_core::ports::{
    CatalogSearch, Cursor, Facets, FallingPart, Page, PageRequest, ProductOrder, ProductQuery, StoreError,
    product_cursor,
};
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row, SqliteConnection};

use crate::catalog::Card;
use crate::error::store_error;
use crate::row::{self, StoredId, json, one_more};
use crate::sql::catalog as catalog_sql;
use crate::sql::catalog_search as sql;
use crate::store::SqliteStore;

/// A card and the key that it is ordered by.
struct Keyed(Card, i64);

impl<'r> FromRow<'r, SqliteRow> for Keyed {
    fn from_row(row: &'r SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self(Card::from_row(row)?, row.try_get(15)?))
    }
}

#[async_trait]
impl CatalogSearch for SqliteStore {
    async fn search(&self, query: &ProductQuery, page: PageRequest) -> Result<Page<ProductCard>, StoreError> {
        let mut reader = self.reader().await?;
        let wanted = one_more(page.limit);
        let own = Parameters::of(&mut reader, query).await?;
        let mut cards = Vec::new();
        for Part { key, id, least } in parts(query, page.after.as_ref())? {
            let left = wanted - i64::try_from(cards.len()).unwrap_or(wanted);
            if left <= 0 {
                break;
            }
            let asked = sqlx::query_as::<_, Keyed>(statement(query)).bind(left).bind(key).bind(id);
            let parameters = Parameters { price_min: own.price_min.max(least), ..own.clone() };
            let rows = bind_all!(asked, parameters).fetch_all(&mut *reader).await.map_err(store_error)?;
            for Keyed(card, key) in rows {
                cards.push((card.0.card()?, shown(query, key)));
            }
        }
        let page = row::page(cards, page.limit, |(card, key)| product_cursor(*key, card.id));
        Ok(Page { rows: page.rows.into_iter().map(|(card, _)| card).collect(), next: page.next })
    }

    async fn facets(&self, query: &ProductQuery) -> Result<Facets, StoreError> {
        let statement = match (query.words.is_empty(), query.seller, query.categories.is_empty()) {
            (false, ..) => sql::FACETS_WITH_WORDS,
            (true, Some(_), _) => sql::FACETS_OF_SELLER,
            (true, None, false) => sql::FACETS_OF_CATEGORIES,
            (true, None, true) => sql::FACETS_OF_ALL,
        };
        let mut reader = self.reader().await?;
        let parameters = Parameters::of(&mut reader, query).await?;
        let asked = sqlx::query_as::<_, (String, String, i64, i64)>(statement);
        let asked = asked.bind(0).bind(None::<i64>).bind(None::<Vec<u8>>);
        let rows = bind_all!(asked, parameters).fetch_all(&mut *reader).await.map_err(store_error)?;
        facets(rows)
    }

    async fn suggest(&self, words: &SearchWords, limit: u32) -> Result<Vec<ProductCard>, StoreError> {
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let query = sqlx::query_as(sql::SUGGEST).bind(limit).bind(format!("{{name brand}} : ({})", matching(words)));
        let rows: Vec<Card> = query.fetch_all(&mut *self.reader().await?).await.map_err(store_error)?;
        rows.into_iter().map(|row| row.0.card()).collect()
    }

    async fn set_price_scales(&self, scales: &[PriceScale]) -> Result<(), StoreError> {
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = set_scales(transaction.connection(), scales).await;
        transaction.end(outcome).await
    }

    async fn price_scales(&self) -> Result<Vec<PriceScale>, StoreError> {
        scales(&mut *self.reader().await?).await
    }

    async fn rescale(&self, after: Option<ProductId>, limit: u32) -> Result<Option<ProductId>, StoreError> {
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = rescale(transaction.connection(), after, limit).await;
        transaction.end(outcome).await
    }
}

/// What narrows a list, as the statements want it from parameter 4 on.
#[derive(Clone)]
struct Parameters {
    categories: Option<String>,
    conditions: Option<String>,
    price_min: Option<i64>,
    price_max: Option<i64>,
    min_rating: Option<u32>,
    in_stock: bool,
    seller: Option<Vec<u8>>,
    brand: Option<String>,
    tags: Option<String>,
    featured: Option<bool>,
    seller_view: bool,
    words: Option<String>,
    order: &'static str,
}

/// Binds them to a query of any kind of row.
macro_rules! bind_all {
    ($query:expr, $parameters:expr) => {{
        let it = $parameters;
        $query
            .bind(it.categories)
            .bind(it.conditions)
            .bind(it.price_min)
            .bind(it.price_max)
            .bind(it.min_rating)
            .bind(it.in_stock)
            .bind(it.seller)
            .bind(it.brand)
            .bind(it.tags)
            .bind(it.featured)
            .bind(it.seller_view)
            .bind(it.words)
            .bind(it.order)
    }};
}
use bind_all;

impl Parameters {
    async fn of(connection: &mut SqliteConnection, query: &ProductQuery) -> Result<Self, StoreError> {
        let array = |is_empty: bool, text: Result<String, StoreError>| if is_empty { Ok(None) } else { text.map(Some) };
        let conditions: Vec<_> = query.conditions.iter().map(|it| it.as_str()).collect();
        let tags: Vec<_> = query.tags.iter().map(|tag| search_text(tag)).collect();
        let (least, most) = (key_of(connection, query.price_min).await?, key_of(connection, query.price_max).await?);
        let (price_min, price_max) = PriceScale::range(least, most);
        Ok(Self {
            categories: array(query.categories.is_empty(), json(&query.categories))?,
            conditions: array(conditions.is_empty(), json(&conditions))?,
            price_min,
            price_max,
            min_rating: query.min_rating,
            in_stock: query.in_stock,
            seller: query.seller.map(StoredId::bytes),
            brand: query.brand.as_deref().map(search_text),
            tags: array(tags.is_empty(), json(&tags))?,
            featured: query.featured,
            seller_view: query.seller_view && query.seller.is_some(),
            words: (!query.words.is_empty()).then(|| matching(&query.words)),
            order: query.order.as_str(),
        })
    }
}

async fn key_of(connection: &mut SqliteConnection, price: Option<Money>) -> Result<Option<i64>, StoreError> {
    let Some(price) = price else { return Ok(None) };
    let query = sqlx::query_scalar(catalog_sql::SCALE).bind(price.currency().code());
    let nanos: Option<i64> = query.fetch_optional(connection).await.map_err(store_error)?;
    Ok(Some(PriceScale::key_of(price, nanos)))
}

/// All words, the last one as a beginning. They hold letters and digits only, so quotes keep them apart from operators.
fn matching(words: &SearchWords) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
    quoted.join(" ") + "*"
}

fn statement(query: &ProductQuery) -> &'static str {
    let (is_of_seller, is_of_categories) = (query.seller.is_some(), !query.categories.is_empty());
    let choose = |all, categories, seller| match (is_of_seller, is_of_categories) {
        (true, _) => seller,
        (false, true) => categories,
        (false, false) => all,
    };
    if !query.words.is_empty() {
        return sql::WITH_WORDS;
    }
    match query.order {
        ProductOrder::Newest => choose(sql::NEWEST, sql::NEWEST_OF_CATEGORIES, sql::NEWEST_OF_SELLER),
        ProductOrder::PriceUp => choose(sql::CHEAPEST, sql::CHEAPEST_OF_CATEGORIES, sql::CHEAPEST_OF_SELLER),
        ProductOrder::PriceDown => choose(sql::DEAREST, sql::DEAREST_OF_CATEGORIES, sql::DEAREST_OF_SELLER),
        ProductOrder::Rating => choose(sql::BEST, sql::BEST_OF_CATEGORIES, sql::BEST_OF_SELLER),
        ProductOrder::Relevance | ProductOrder::Popular => {
            choose(sql::POPULAR, sql::POPULAR_OF_CATEGORIES, sql::POPULAR_OF_SELLER)
        }
    }
}

fn is_negated(query: &ProductQuery) -> bool {
    !query.words.is_empty() && query.order.is_rising()
}

/// The key as cursors hold it: rising prices are negative ones in a search for words, and what has no rate goes last.
fn shown(query: &ProductQuery, key: i64) -> i64 {
    if is_negated(query) {
        -key
    } else if is_of_the_dearest(query) {
        PriceScale::falling(key)
    } else {
        key
    }
}

/// Whether the list consists of more than one range.
fn is_of_the_dearest(query: &ProductQuery) -> bool {
    query.words.is_empty() && query.order == ProductOrder::PriceDown
}

/// Where one of the ranges of a list begins.
struct Part {
    key: i64,
    id: Vec<u8>,
    least: Option<i64>,
}

/// The ranges to be read, one after the other until the page is full.
fn parts(query: &ProductQuery, cursor: Option<&Cursor>) -> Result<Vec<Part>, StoreError> {
    let is_rising = query.order.is_rising();
    let last = cursor.map(|Cursor { at, id }| match id.parse::<ProductId>() {
        Ok(id) => Ok((at.as_micros(), id)),
        Err(_) => Err(StoreError::invalid(format!("`{id}` is not a product's id"))),
    });
    let last = last.transpose()?;
    if is_of_the_dearest(query) {
        let part = |it: FallingPart| Part { key: it.below, id: it.id.bytes(), least: Some(it.least) };
        return Ok(FallingPart::after(last).into_iter().map(part).collect());
    }
    let (key, id) = match last {
        None if is_rising => (if is_negated(query) { i64::MAX } else { i64::MIN }, Vec::new()),
        None => (i64::MAX, vec![0xff; 17]),
        Some((key, id)) => (if is_negated(query) { key.saturating_neg() } else { key }, id.bytes()),
    };
    Ok(vec![Part { key, id, least: None }])
}

async fn set_scales(connection: &mut SqliteConnection, scales: &[PriceScale]) -> Result<(), StoreError> {
    sqlx::query(catalog_sql::DROP_SCALES).execute(&mut *connection).await.map_err(store_error)?;
    for scale in scales {
        let query = sqlx::query(catalog_sql::SET_SCALE).bind(scale.currency.code()).bind(scale.nanos.max(1));
        query.execute(&mut *connection).await.map_err(store_error)?;
    }
    Ok(())
}

async fn scales(connection: &mut SqliteConnection) -> Result<Vec<PriceScale>, StoreError> {
    let query = sqlx::query_as(catalog_sql::SCALES);
    let rows: Vec<(String, i64)> = query.fetch_all(connection).await.map_err(store_error)?;
    let scale = |(code, nanos): (String, i64)| {
        let currency = code.parse().map_err(|error| StoreError::corrupt("a price scale", error))?;
        Ok(PriceScale { currency, nanos })
    };
    rows.into_iter().map(scale).collect()
}

async fn rescale(
    connection: &mut SqliteConnection,
    after: Option<ProductId>,
    limit: u32,
) -> Result<Option<ProductId>, StoreError> {
    let scales = scales(&mut *connection).await?;
    let after = after.map_or_else(Vec::new, StoredId::bytes);
    let query = sqlx::query_as(catalog_sql::NEXT_PRICES).bind(after).bind(limit);
    let rows: Vec<(Vec<u8>, i64, String, i64)> = query.fetch_all(&mut *connection).await.map_err(store_error)?;
    for (id, minor, code, key) in &rows {
        let currency: Currency = code.parse().map_err(|error| StoreError::corrupt("a currency", error))?;
        let set = scales.iter().find(|scale| scale.currency == currency);
        let new = PriceScale::key_of(Money::new(*minor, currency), set.map(|scale| scale.nanos));
        if new != *key {
            let query = sqlx::query(catalog_sql::RESCALE).bind(id.clone()).bind(new);
            query.execute(&mut *connection).await.map_err(store_error)?;
        }
    }
    let is_full = u32::try_from(rows.len()).is_ok_and(|count| count == limit);
    let last = rows.last().filter(|_| is_full);
    last.map(|(id, ..)| row::uuid(id).map(ProductId::from_uuid)).transpose()
}
