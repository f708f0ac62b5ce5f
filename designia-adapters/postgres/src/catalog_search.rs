//! [`CatalogSearch`] on PostgreSQL.

use async_trait::async_trait;
use designia_core::catalog::{PriceScale, ProductCard, SearchWords, search_text};
use designia_core::id::{ProductId, SellerId};
use designia_core::money::{Currency, Money};
use designia_core::ports::rows::product::facets;
use designia_core::ports::{
    CatalogSearch, Cursor, Facets, Page, PageRequest, ProductOrder, ProductQuery, StoreError, product_cursor,
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
        let (key, id) = after(query, page.after.as_ref())?;
        let asked = statement(text(query)).bind(one_more(page.limit));
        let asked = if is_by_age(query) {
            asked.bind(key.map_or(Instant::NEVER, |at| Instant(at.max(LONG_AGO))))
        } else {
            asked.bind(key.map_or_else(|| first_key(query), |at| signed(query, at.as_micros())))
        };
        // A plan for any question at all would be one for none: it would not know that hardly anything is asked for.
        let asked = self.parameters(asked.bind(id), query).await?.planned_anew();
        let rows: Vec<Keyed> = self.all(asked).await?;
        let cards = rows.into_iter().map(|Keyed(card, key)| Ok((card.0.card()?, signed(query, key))));
        let cards = cards.collect::<Result<Vec<_>, StoreError>>()?;
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
        facets(self.all(self.parameters(asked, query).await?.planned_anew()).await?)
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
    /// Binds what narrows a list, from parameter 4 on.
    async fn parameters(&self, asked: Binding, query: &ProductQuery) -> Result<Binding, StoreError> {
        let categories = query.categories.iter().map(|id| number_of(*id)).collect::<Result<Vec<_>, _>>();
        let categories = categories.map_err(store_error)?;
        let conditions: Vec<_> = query.conditions.iter().map(|it| it.as_str()).collect();
        let tags: Vec<_> = query.tags.iter().map(|tag| search_text(tag)).collect();
        Ok(asked
            .bind((!categories.is_empty()).then_some(categories))
            .bind((!conditions.is_empty()).then_some(conditions))
            .bind(self.key_of(query.price_min).await?)
            .bind(self.key_of(query.price_max).await?)
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

    async fn key_of(&self, price: Option<Money>) -> Result<Option<i64>, StoreError> {
        let Some(price) = price else { return Ok(None) };
        let currency = price.currency();
        let nanos: Option<(i64,)> = self.first(statement(catalog_sql::SCALE).bind(currency.code())).await?;
        let scale = nanos.map_or_else(|| PriceScale::unset(currency), |(nanos,)| PriceScale { currency, nanos });
        Ok(Some(scale.key(price)))
    }
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
        let (mut ids, mut unset) = (Vec::new(), Vec::new());
        for row in session.ask(query.done()?).await? {
            let code: String = row.try_get(1)?;
            let currency = code.parse::<Currency>().map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
            ids.push(row.try_get::<Uuid, _>(0)?);
            unset.push(PriceScale::unset(currency).nanos);
        }
        let is_full = u32::try_from(ids.len()).is_ok_and(|count| count == self.limit);
        let last = ids.last().copied().filter(|_| is_full).map(ProductId::from_uuid);
        session.ask(statement(catalog_sql::RESCALE).bind(ids).bind(unset).done()?).await?;
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

/// With words, a key that rises is a negative one there.
fn signed(query: &ProductQuery, key: i64) -> i64 {
    if !query.words.is_empty() && query.order.is_rising() { key.saturating_neg() } else { key }
}

/// The key before every row.
fn first_key(query: &ProductQuery) -> i64 {
    if query.words.is_empty() && query.order.is_rising() { i64::MIN } else { i64::MAX }
}

/// The key and the id of the last row, or what comes before every row.
fn after(query: &ProductQuery, cursor: Option<&Cursor>) -> Result<(Option<Timestamp>, Uuid), StoreError> {
    let Some(Cursor { at, id }) = cursor else {
        return Ok((None, if query.order.is_rising() { Uuid::nil() } else { Uuid::max() }));
    };
    let id: ProductId = id.parse().map_err(|_| StoreError::invalid(format!("`{id}` is not a product's id")))?;
    Ok((Some(*at), id.as_uuid()))
}
