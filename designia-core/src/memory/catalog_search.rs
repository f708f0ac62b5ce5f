//! Finding products in memory, by looking at all of them.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::MemoryStore;
use super::page;
use super::store::Tables;
use crate::catalog::{PriceScale, Product, ProductCard, SearchWords, search_text};
use crate::id::ProductId;
use crate::money::Money;
use crate::ports::{
    COUNTED, CatalogSearch, FACET_BRANDS, Facets, Page, PageRequest, ProductOrder, ProductQuery, StoreError,
    product_cursor,
};

impl Tables {
    /// Lets a product follow the scale of its currency.
    pub(super) fn rescale(&mut self, id: ProductId) {
        if let Some(product) = self.stock.product(&crate::ports::ProductKey::Id(id)) {
            let key = self.key_of(product.price);
            self.shop.price_keys.insert(id, key);
        }
    }

    fn key_of(&self, price: Money) -> i64 {
        PriceScale::key_of(price, self.shop.scales.get(&price.currency()).copied())
    }

    fn price_key(&self, product: &Product) -> i64 {
        self.shop.price_keys.get(&product.id).copied().unwrap_or_default()
    }

    fn fits(&self, query: &ProductQuery, product: &Product) -> bool {
        let ProductQuery {
            words,
            categories,
            conditions,
            price_min,
            price_max,
            min_rating,
            in_stock,
            seller,
            seller_view,
            brand,
            tags,
            featured,
            order: _,
        } = query;
        let details = &product.details;
        let bound = |price: &Option<Money>| price.map(|price| self.key_of(price));
        let (least, most) = PriceScale::range(bound(price_min), bound(price_max));
        let tagged = |tag: &String| details.tags.iter().any(|own| search_text(own) == search_text(tag));
        (product.active || (*seller_view && seller.is_some()))
            && (words.is_empty() || words.are_in(&texts(product).join(" ")))
            && (categories.is_empty() || details.category.is_some_and(|id| categories.contains(&id)))
            && (conditions.is_empty() || conditions.contains(&details.condition))
            && least.is_none_or(|least| self.price_key(product) >= least)
            && most.is_none_or(|most| self.price_key(product) <= most)
            && min_rating.is_none_or(|least| product.figures.rating.key() >= least)
            && (!in_stock || product.stock > 0)
            && seller.is_none_or(|seller| product.seller == seller)
            && brand.as_ref().is_none_or(|brand| search_text(&details.brand) == search_text(brand))
            && (tags.is_empty() || tags.iter().any(tagged))
            && featured.is_none_or(|featured| details.featured == featured)
    }

    fn order_key(&self, query: &ProductQuery, product: &Product) -> i64 {
        let popularity = || i64::try_from(product.figures.popularity()).unwrap_or(i64::MAX);
        match query.order {
            ProductOrder::Relevance if query.words.is_empty() => popularity(),
            ProductOrder::Relevance => relevance(&query.words, product),
            ProductOrder::Newest => product.created_at.as_micros(),
            ProductOrder::PriceUp => self.price_key(product),
            ProductOrder::PriceDown => PriceScale::falling(self.price_key(product)),
            ProductOrder::Rating => i64::from(product.figures.rating.key()),
            ProductOrder::Popular => popularity(),
        }
    }

    fn found(&self, query: &ProductQuery) -> Vec<&Product> {
        self.stock.all_after(None).filter(|product| self.fits(query, product)).collect()
    }
}

/// What is searched in, the weightiest first.
fn texts(product: &Product) -> [String; 4] {
    let details = &product.details;
    let marks = format!("{} {}", details.tags.join(" "), details.short_description);
    [&product.name, &details.brand, &marks, &product.description].map(|text| search_text(text))
}

fn relevance(words: &SearchWords, product: &Product) -> i64 {
    let texts = texts(product);
    let weight = |word: &str| {
        let weighed = texts.iter().zip([1_000, 100, 10, 1]);
        weighed
            .filter(|(text, _)| text.split(' ').any(|it| it.starts_with(word)))
            .map(|(_, weight)| weight)
            .sum::<i64>()
    };
    words.iter().map(weight).sum()
}

#[async_trait]
impl CatalogSearch for MemoryStore {
    async fn search(&self, query: &ProductQuery, page: PageRequest) -> Result<Page<ProductCard>, StoreError> {
        let tables = self.tables();
        let mut found: Vec<_> = tables.found(query).into_iter().map(|it| (tables.order_key(query, it), it)).collect();
        found.sort_by_key(|(key, product)| (*key, product.id));
        if !query.order.is_rising() {
            found.reverse();
        }
        let is_after = |(key, product): &(i64, &Product)| {
            let own = (*key, product.id.to_string());
            page.after.as_ref().is_none_or(|after| {
                let last = (after.at.as_micros(), after.id.clone());
                if query.order.is_rising() { own > last } else { own < last }
            })
        };
        let found = found.into_iter().filter(is_after);
        let rows = page::take(found, page.limit, Some, |(key, product)| product_cursor(*key, product.id));
        Ok(Page { rows: rows.rows.into_iter().map(|(_, product)| product.card()).collect(), next: rows.next })
    }

    async fn facets(&self, query: &ProductQuery) -> Result<Facets, StoreError> {
        let tables = self.tables();
        let mut facets = Facets::default();
        let (mut categories, mut conditions, mut brands) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let mut prices: BTreeMap<&str, (Money, Money)> = BTreeMap::new();
        for product in tables.found(query) {
            if facets.count == COUNTED {
                facets.is_more = true;
                break;
            }
            facets.count += 1;
            let details = &product.details;
            if let Some(category) = details.category {
                *categories.entry(category).or_insert(0) += 1;
            }
            *conditions.entry(details.condition).or_insert(0) += 1;
            if !details.brand.is_empty() {
                *brands.entry(details.brand.clone()).or_insert(0) += 1;
            }
            let (least, most) = prices.entry(product.price.currency().code()).or_insert((product.price, product.price));
            *least = if product.price.minor() < least.minor() { product.price } else { *least };
            *most = if product.price.minor() > most.minor() { product.price } else { *most };
        }
        facets.categories = most_first(categories);
        facets.conditions = most_first(conditions);
        facets.brands = most_first(brands);
        facets.brands.truncate(FACET_BRANDS);
        facets.prices = prices.into_values().collect();
        Ok(facets)
    }

    async fn suggest(&self, words: &SearchWords, limit: u32) -> Result<Vec<ProductCard>, StoreError> {
        let tables = self.tables();
        let is_named = |product: &&Product| {
            let text = search_text(&format!("{} {}", product.name, product.details.brand));
            product.active && !words.is_empty() && words.are_in(&text)
        };
        let mut found: Vec<_> = tables.stock.all_after(None).filter(is_named).collect();
        found.sort_by_key(|product| (std::cmp::Reverse(product.figures.popularity()), product.id));
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(found.into_iter().map(Product::card).collect())
    }

    async fn set_price_scales(&self, scales: &[PriceScale]) -> Result<(), StoreError> {
        self.tables().shop.scales = scales.iter().map(|scale| (scale.currency, scale.nanos.max(1))).collect();
        Ok(())
    }

    async fn price_scales(&self) -> Result<Vec<PriceScale>, StoreError> {
        let tables = self.tables();
        Ok(tables
            .shop
            .scales
            .iter()
            .map(|(currency, nanos)| PriceScale { currency: *currency, nanos: *nanos })
            .collect())
    }

    async fn rescale(&self, after: Option<ProductId>, limit: u32) -> Result<Option<ProductId>, StoreError> {
        let mut tables = self.tables();
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let ids: Vec<_> = tables.stock.all_after(after).take(limit).map(|product| product.id).collect();
        for id in &ids {
            tables.rescale(*id);
        }
        Ok(ids.last().copied().filter(|_| ids.len() == limit))
    }
}

fn most_first<T: Ord>(counts: BTreeMap<T, u32>) -> Vec<(T, u32)> {
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|(a, few), (b, many)| many.cmp(few).then_with(|| a.cmp(b)));
    counts
}
