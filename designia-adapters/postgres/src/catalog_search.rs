//! [`CatalogSearch`] on PostgreSQL.

use async_trait::async_trait;
use designia_core::catalog::{PriceScale, ProductCard, SearchWords, search_text};
use designia_core::id::{ProductId, SellerId};
use designia_core::money::Money;
use designia_core::ports::rows::product::facets;
use designia_core::ports::{
    CatalogSearch, Cursor, Facets, FallingPart, Page, PageRequest, ProductOrder, ProductQuery, StoreError,
    product_cursor,
};
use designia_core::time::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row};
use uuid::Uuid;

use crate::catalog::{Card, number_of};
use crate::error::store_error;
use crate::instant::Instant;
use crate::row::{self, one_more};
use crate::search_vector::search_query;
use crate::session::Session;
use crate::sql::catalog as catalog_sql;
use crate::sql::catalog_search as sql;
use crate::statement::{Binding, statement};
use crate::store::{PostgresStore, Work};

/// Before any product: in the year 4369 before ours, which the server still knows.
const LONG_AGO: Timestamp = Timestamp::from_micros(-200_000_000_000_000_000);

/// A card and the key that it is ordered by.
struct Keyed(Card, i64);

impl<'r> FromRow<'r, PgRow> for Keyed {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        let key = match row.try_get::<Instant, _>(15) {
            Ok(at) => at.0.as_micros(),
            Err(_) => row.try_get(15)?,
        };
        Ok(Self(Card::from_row(row)?, key))
    }
}

#[async_trait]
impl CatalogSearch for PostgresStore {
    async fn search(&self, query: &ProductQuery, page: PageRequest) -> Result<Page<ProductCard>, StoreError> {
        let wanted = one_more(page.limit);
        let (least, most) = self.price_range(query).await?;
        let mut cards = Vec::new();
        for part in parts(query, page.after.as_ref())? {
            let left = wanted - i64::try_from(cards.len()).unwrap_or(wanted);
            if left <= 0 {
                break;
            }
            let asked = statement(text(query)).bind(left);
            let asked = match part.key {
                Key::At(at) => asked.bind(at),
                Key::Number(key) => asked.bind(key),
            };
            // A plan for any question at all would be one for none: it would not know that hardly anything is asked for.
            let asked = parameters(asked.bind(part.id), query, (least.max(part.least), most))?.planned_anew();
            for Keyed(card, key) in self.all(asked).await? {
                cards.push((card.0.card()?, shown(query, key)));
            }
        }
        let page = row::page(cards, page.limit, |(card, key)| product_cursor(*key, card.id));
        Ok(Page { rows: page.rows.into_iter().map(|(card, _)| card).collect(), next: page.next })
    }

    async fn facets(&self, query: &ProductQuery) -> Result<Facets, StoreError> {
        let text = match (query.words.is_empty(), query.seller, query.categories.is_empty()) {
            (false, ..) => sql::FACETS_WITH_WORDS,
            (true, Some(_), _) => sql::FACETS_OF_SELLER,
            (true, None, false) => sql::FACETS_OF_CATEGORIES,
            (true, None, true) => sql::FACETS_OF_ALL,
        };
        let asked = statement(text).bind(None::<i64>).bind(None::<i64>).bind(None::<Uuid>);
        facets(self.all(parameters(asked, query, self.price_range(query).await?)?.planned_anew()).await?)
    }

    async fn suggest(&self, words: &SearchWords, limit: u32) -> Result<Vec<ProductCard>, StoreError> {
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let query = statement(sql::SUGGEST).bind(i64::from(limit)).bind(search_query(words, "AB"));
        self.all::<Card>(query).await?.into_iter().map(|row| row.0.card()).collect()
    }

    async fn set_price_scales(&self, scales: &[PriceScale]) -> Result<(), StoreError> {
        let currencies: Vec<_> = scales.iter().map(|scale| scale.currency.code()).collect();
        let nanos: Vec<_> = scales.iter().map(|scale| scale.nanos.max(1)).collect();
        self.ask(statement(catalog_sql::SET_SCALES).bind(currencies).bind(nanos)).await?;
        Ok(())
    }

    async fn price_scales(&self) -> Result<Vec<PriceScale>, StoreError> {
        let rows: Vec<(String, i64)> = self.all(statement(catalog_sql::SCALES)).await?;
        let scale = |(code, nanos): (String, i64)| {
            let currency = code.parse().map_err(|error| StoreError::corrupt("a price scale", error))?;
            Ok(PriceScale { currency, nanos })
        };
        rows.into_iter().map(scale).collect()
    }

    async fn rescale(&self, after: Option<ProductId>, limit: u32) -> Result<Option<ProductId>, StoreError> {
        self.transact(Rescaling { after, limit }).await?.map_err(store_error)
    }
}

impl PostgresStore {
    /// The least and the greatest price key that are asked for.
    async fn price_range(&self, query: &ProductQuery) -> Result<(Option<i64>, Option<i64>), StoreError> {
        Ok(PriceScale::range(self.key_of(query.price_min).await?, self.key_of(query.price_max).await?))
    }

    async fn key_of(&self, price: Option<Money>) -> Result<Option<i64>, StoreError> {
        let Some(price) = price else { return Ok(None) };
        let nanos: Option<(i64,)> = self.first(statement(catalog_sql::SCALE).bind(price.currency().code())).await?;
        Ok(Some(PriceScale::key_of(price, nanos.map(|(nanos,)| nanos))))
    }
}

/// Binds what narrows a list, from parameter 4 on.
fn parameters(
    asked: Binding,
    query: &ProductQuery,
    (price_min, price_max): (Option<i64>, Option<i64>),
) -> Result<Binding, StoreError> {
    let categories = query.categories.iter().map(|id| number_of(*id)).collect::<Result<Vec<_>, _>>();
    let categories = categories.map_err(store_error)?;
    let conditions: Vec<_> = query.conditions.iter().map(|it| it.as_str()).collect();
    let tags: Vec<_> = query.tags.iter().map(|tag| search_text(tag)).collect();
    Ok(asked
        .bind((!categories.is_empty()).then_some(categories))
        .bind((!conditions.is_empty()).then_some(conditions))
        .bind(price_min)
        .bind(price_max)
        .bind(query.min_rating.map(i64::from))
        .bind(query.in_stock)
        .bind(query.seller.map(SellerId::as_uuid))
        .bind(query.brand.as_deref().map(search_text))
        .bind((!tags.is_empty()).then_some(tags))
        .bind(query.featured)
        .bind(query.seller_view && query.seller.is_some())
        .bind(search_query(&query.words, ""))
        .bind(query.order.as_str()))
}

struct Rescaling {
    after: Option<ProductId>,
    limit: u32,
}

#[async_trait]
impl Work<Option<ProductId>> for Rescaling {
    async fn run(&self, session: &mut Session) -> Result<Option<ProductId>, sqlx::Error> {
        let after = self.after.map_or(Uuid::nil(), ProductId::as_uuid);
        let query = statement(catalog_sql::NEXT_PRICES).bind(after).bind(i64::from(self.limit));
        let rows = session.ask(query.done()?).await?;
        let ids = rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<Uuid>, _>>()?;
        let is_full = u32::try_from(ids.len()).is_ok_and(|count| count == self.limit);
        let last = ids.last().copied().filter(|_| is_full).map(ProductId::from_uuid);
        session.ask(statement(catalog_sql::RESCALE).bind(ids).done()?).await?;
        Ok(last)
    }
}

fn text(query: &ProductQuery) -> &'static str {
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

/// Whether the key is an instant.
fn is_by_age(query: &ProductQuery) -> bool {
    query.words.is_empty() && query.order == ProductOrder::Newest
}

/// Where one of the ranges of a list begins.
struct Part {
    key: Key,
    id: Uuid,
    least: Option<i64>,
}

enum Key {
    At(Instant),
    Number(i64),
}

/// With words, a key that rises is a negative one there.
fn is_negated(query: &ProductQuery) -> bool {
    !query.words.is_empty() && query.order.is_rising()
}

/// Whether the list consists of more than one range.
fn is_of_the_dearest(query: &ProductQuery) -> bool {
    query.words.is_empty() && query.order == ProductOrder::PriceDown
}

/// The key as cursors hold it: what has no rate goes last.
fn shown(query: &ProductQuery, key: i64) -> i64 {
    if is_negated(query) {
        key.saturating_neg()
    } else if is_of_the_dearest(query) {
        PriceScale::falling(key)
    } else {
        key
    }
}

/// The ranges to be read, one after the other until the page is full.
fn parts(query: &ProductQuery, cursor: Option<&Cursor>) -> Result<Vec<Part>, StoreError> {
    let last = cursor.map(|Cursor { at, id }| match id.parse::<ProductId>() {
        Ok(id) => Ok((at.as_micros(), id)),
        Err(_) => Err(StoreError::invalid(format!("`{id}` is not a product's id"))),
    });
    let last = last.transpose()?;
    if is_of_the_dearest(query) {
        let part = |it: FallingPart| Part { key: Key::Number(it.below), id: it.id.as_uuid(), least: Some(it.least) };
        return Ok(FallingPart::after(last).into_iter().map(part).collect());
    }
    let before_all = if query.order.is_rising() { Uuid::nil() } else { Uuid::max() };
    let id = last.map_or(before_all, |(_, id)| id.as_uuid());
    let key = last.map(|(key, _)| key);
    let key = if is_by_age(query) {
        Key::At(key.map_or(Instant::NEVER, |at| Instant(Timestamp::from_micros(at).max(LONG_AGO))))
    } else if is_negated(query) {
        Key::Number(key.map_or(i64::MAX, i64::saturating_neg))
    } else {
        Key::Number(key.unwrap_or(if query.order.is_rising() { i64::MIN } else { i64::MAX }))
    };
    Ok(vec![Part { key, id, least: None }])
}
