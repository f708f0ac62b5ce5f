//! Finding products.

use std::fmt;

use async_trait::async_trait;
use uuid::Uuid;

use super::{Cursor, Page, PageRequest, StoreError};
use crate::catalog::{CategoryId, Condition, PriceScale, ProductCard, SearchWords};
use crate::id::{ProductId, SellerId};
use crate::money::Money;
use crate::time::Timestamp;
use crate::words::words;

/// Finds products by what is said about them.
///
/// # Contract
/// - A product is found if it fits every part of the query. It must be active, too, unless a seller's own view is asked for.
/// - Pages are keyset pages: each product that fits throughout and whose key stays is on exactly one page. Products of one key
///   come by id, in the direction of the ordering. In a [`Cursor`] of these pages the moment holds the key, whatever it is.
/// - A page by newest, price, rating or popularity costs the same however much is stored, for everything, for some categories
///   and for a seller; conditions that few products fit make it look at more of them, up to all of that list. Bounds on what a
///   list is ordered by are none of those: they end the range that is read.
/// - Words are searched for in name, brand, tags and descriptions, as [`search_text`](crate::catalog::search_text) makes them.
///   By relevance, names go before brands, those before tags, and those before descriptions. With words, and beyond [`RANKED`]
///   products that fit, the store chooses which of them are put in order.
/// - Facets are counted as far as [`COUNTED`] products that fit, and say whether there are more.
/// - Prices are compared by [`PriceScale::key_of`]: exactly within a currency, and between currencies by the scales that were set
///   last and reached the product. A price whose currency has no scale is compared with none of another currency: by price it goes
///   last in either direction, the currencies one after the other, and a bound in another currency does not let it through. A
///   product that has not followed the scales yet is where the ones before put it, and bounds by the new ones may miss it.
#[async_trait]
pub trait CatalogSearch: fmt::Debug + Send + Sync + 'static {
    /// One page of products.
    async fn search(&self, query: &ProductQuery, page: PageRequest) -> Result<Page<ProductCard>, StoreError>;

    /// What the products are that fit, by category, condition and brand. Ordering plays no part.
    async fn facets(&self, query: &ProductQuery) -> Result<Facets, StoreError>;

    /// Active products whose names or brands begin with these words, the most popular of the first ones found. The words are those of
    /// [`SearchWords::for_suggestions`]: a single letter begins so much that it takes the longer the more is stored.
    async fn suggest(&self, words: &SearchWords, limit: u32) -> Result<Vec<ProductCard>, StoreError>;

    /// Sets what prices are compared by: currencies that are not named have no scale any more. Products follow by `rescale`; those
    /// that are put from now on have it at once.
    async fn set_price_scales(&self, scales: &[PriceScale]) -> Result<(), StoreError>;

    /// What prices are compared by, for currencies whose scale was set.
    async fn price_scales(&self) -> Result<Vec<PriceScale>, StoreError>;

    /// Lets the next products by id follow the scales, at most so many: the last one looked at, or `None` after the last page.
    async fn rescale(&self, after: Option<ProductId>, limit: u32) -> Result<Option<ProductId>, StoreError>;
}

/// So many products are ranked by relevance, and no more.
pub const RANKED: u32 = 5_000;
/// So many products are counted for facets, and no more.
pub const COUNTED: u32 = 10_000;
/// At most so many brands are among the facets.
pub const FACET_BRANDS: usize = 20;

/// Which products, and in which order. Empty parts don't restrict.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ProductQuery {
    /// With all of these words.
    pub words: SearchWords,
    /// In one of these categories; the parts of a category are named, too: see
    /// [`CategoryTree::with_parts`](crate::catalog::CategoryTree::with_parts).
    pub categories: Vec<CategoryId>,
    /// In one of these conditions.
    pub conditions: Vec<Condition>,
    /// For at least this.
    pub price_min: Option<Money>,
    /// For at most this.
    pub price_max: Option<Money>,
    /// With an average rating of at least so many thousandths: 4,000 for 4.
    pub min_rating: Option<u32>,
    /// Only what can be ordered right now.
    pub in_stock: bool,
    /// Of this seller.
    pub seller: Option<SellerId>,
    /// Inactive ones of that seller, too: what sellers see of their own products. Without a seller it means nothing.
    pub seller_view: bool,
    /// Of this brand, in any case.
    pub brand: Option<String>,
    /// With one of these tags, in any case.
    pub tags: Vec<String>,
    /// Only what the marketplace shows first, or only what it doesn't.
    pub featured: Option<bool>,
    /// In which order.
    pub order: ProductOrder,
}

words! {
    /// In which order products come.
    #[derive(Default)]
    ProductOrder {
        /// What fits best goes first; without words, what is popular.
        Relevance => "relevance",
        /// The newest first.
        #[default]
        Newest => "newest",
        /// The cheapest first.
        PriceUp => "price_up",
        /// The most expensive first.
        PriceDown => "price_down",
        /// The best rated first.
        Rating => "rating",
        /// The most sold and liked first.
        Popular => "popular",
    }
}

impl ProductOrder {
    /// Whether small keys go first.
    #[must_use]
    pub const fn is_rising(self) -> bool {
        match self {
            Self::PriceUp => true,
            Self::Relevance | Self::Newest | Self::PriceDown | Self::Rating | Self::Popular => false,
        }
    }
}

/// What the products are that fit a query.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Facets {
    /// How many fit, as far as [`COUNTED`].
    pub count: u32,
    /// Whether there are more, so that all numbers here are "at least".
    pub is_more: bool,
    /// By category, the most first.
    pub categories: Vec<(CategoryId, u32)>,
    /// By condition, the most first.
    pub conditions: Vec<(Condition, u32)>,
    /// By brand, the most first, at most [`FACET_BRANDS`].
    pub brands: Vec<(String, u32)>,
    /// The least and the greatest price in each currency, by its code.
    pub prices: Vec<(Money, Money)>,
}

/// One of the ranges of keys that a list of the dearest consists of: what can be compared, and then what can't.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FallingPart {
    /// It goes on below this key.
    pub below: i64,
    /// And, among those of that key, below this product.
    pub id: ProductId,
    /// No key is less than this.
    pub least: i64,
}

impl FallingPart {
    /// What is left of the list after a page that ended with this key and product. A store reads the parts one after the other
    /// until its page is full.
    #[must_use]
    pub fn after(last: Option<(i64, ProductId)>) -> Vec<Self> {
        let (first, greatest) = (ProductId::from_uuid(Uuid::nil()), ProductId::from_uuid(Uuid::max()));
        let compared = Self { below: PriceScale::MAX_KEY + 1, id: first, least: 0 };
        let apart = Self { below: i64::MAX, id: greatest, least: PriceScale::MAX_KEY + 1 };
        match last {
            None => vec![compared, apart],
            Some((key, id)) if key < 0 => vec![Self { below: PriceScale::rising(key), id, ..apart }],
            Some((below, id)) => vec![Self { below, id, ..compared }, apart],
        }
    }
}

/// Where a page of products ended.
#[must_use]
pub fn product_cursor(key: i64, product: ProductId) -> Cursor {
    Cursor { at: Timestamp::from_micros(key), id: product.to_string() }
}
