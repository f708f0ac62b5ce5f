//! Products, found and shown.

use std::collections::HashSet;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use designia_core::catalog::{self, Activity, is_slug};
use designia_core::id::ProductId;
use designia_core::money::Currency;
use designia_core::ports::{Page, PageRequest, ProductKey, ProductOrder, ProductQuery};
use serde::Serialize;
use utoipa::ToSchema;

use super::query::{Asked, Pairs, ProductParams};
use crate::api::paging::{PageQuery, PageView, Wanted};
use crate::api::view::price::Eyes;
use crate::api::view::product::{ProductCard, ProductDetail, Shown};
use crate::http::auth::{Caller, MaybeCaller};
use crate::http::etag::ETag;
use crate::http::extract::{Path, Query};
use crate::problem::{Problem, ProblemBody};
use crate::shop::Shop;
use crate::shop::import::USUAL_CURRENCY;

/// What the products are that fit.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct FacetsView {
    /// How many fit; at least so many, if `is_more`.
    count: u32,
    is_more: bool,
    categories: Vec<CategoryCount>,
    conditions: Vec<WordCount>,
    brands: Vec<WordCount>,
    /// The least and the greatest price in each currency.
    prices: Vec<PriceRange>,
}

/// So many in a category.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct CategoryCount {
    id: u32,
    name: String,
    slug: String,
    count: u32,
}

/// So many of a kind.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct WordCount {
    #[schema(example = "new")]
    value: String,
    count: u32,
}

/// From here to there.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PriceRange {
    #[schema(example = "EUR")]
    currency: &'static str,
    #[schema(example = "9.90")]
    min: String,
    #[schema(example = "420.00")]
    max: String,
}

impl Shop {
    /// In which currency this caller thinks: the one that is asked for, or the profile's.
    pub(in crate::api) async fn eyes(&self, asked: Asked<'_>, caller: Option<&Caller>) -> Result<Eyes, Problem> {
        let currency = match (asked.currency()?, caller) {
            (Some(currency), _) => Some(currency),
            (None, Some(caller)) => {
                let people = self.catalog.people([caller.account]).await?;
                people.get(&caller.account).and_then(|account| account.profile.currency)
            }
            (None, None) => None,
        };
        Ok(Eyes::with(&self.engine, currency).await)
    }

    /// Cards as this caller sees them: one look at the favourites, whatever their number.
    pub(in crate::api) async fn cards(
        &self,
        cards: &[catalog::ProductCard],
        eyes: &Eyes,
        caller: Option<&Caller>,
    ) -> Result<Vec<ProductCard>, Problem> {
        let liked: HashSet<ProductId> = match caller {
            Some(caller) if !cards.is_empty() => {
                let ids: Vec<_> = cards.iter().map(|card| card.id).collect();
                self.catalog.ports().favourites.favourites_among(caller.account, &ids).await?.into_iter().collect()
            }
            _ => HashSet::new(),
        };
        let shown = Shown { uploads: &self.uploads, eyes };
        Ok(cards.iter().map(|card| ProductCard::of(card, liked.contains(&card.id), shown)).collect())
    }

    /// A product by itself as this caller sees it.
    pub(super) async fn detail(
        &self,
        product: &catalog::Product,
        eyes: &Eyes,
        caller: Option<&Caller>,
    ) -> Result<ProductDetail, Problem> {
        let liked = match caller {
            Some(caller) => self.catalog.ports().favourites.favourites_among(caller.account, &[product.id]).await?,
            None => Vec::new(),
        };
        let seller = product.seller.into();
        let people = self.catalog.people([seller]).await?;
        let tree = match product.details.category {
            Some(_) => self.catalog.categories().await?,
            None => catalog::CategoryTree::default(),
        };
        let category = product.details.category.and_then(|id| tree.get(id));
        let shown = Shown { uploads: &self.uploads, eyes };
        Ok(ProductDetail::of(product, !liked.is_empty(), people.get(&seller), category, shown))
    }

    /// One page of a query, by number or by cursor.
    pub(super) async fn page(
        &self,
        query: Option<&ProductQuery>,
        paging: PageQuery,
        eyes: &Eyes,
        caller: Option<&Caller>,
    ) -> Result<PageView<ProductCard>, Problem> {
        let wanted = paging.wanted()?;
        let search = &self.catalog.ports().search;
        let read = async |after: Option<&str>, limit: u32| -> Result<Page<catalog::ProductCard>, Problem> {
            let Some(query) = query else { return Ok(Page { rows: Vec::new(), next: None }) };
            let after = after.map(str::parse).transpose();
            let after = after.map_err(|_| Problem::field("after", "is not the next of a page"))?;
            Ok(search.search(query, PageRequest { after, limit }).await?)
        };
        let (found, size, number) = match wanted {
            Wanted::After { cursor, size } => (read(Some(&cursor), size).await?, size, None),
            Wanted::Number { page, size } => (read(None, page.saturating_mul(size)).await?, size, Some(page)),
        };
        let total = found.rows.len();
        let skipped = number.map_or(0, |page| ((page - 1) * size) as usize);
        let shown = found.rows.get(skipped..).unwrap_or_default();
        let has_next = found.next.is_some();
        let count = (number.is_some() && !has_next).then_some(total);
        Ok(PageView {
            results: self.cards(shown, eyes, caller).await?,
            next: found.next.map(|cursor| cursor.to_string()),
            has_next,
            page_size: size,
            page: number,
            count,
            num_pages: count.map(|count| count.div_ceil(size as usize).max(1)),
        })
    }

    async fn found(
        &self,
        pairs: &Pairs,
        paging: PageQuery,
        caller: Option<&Caller>,
        usual: ProductOrder,
        counted: bool,
    ) -> Result<PageView<ProductCard>, Problem> {
        let asked = Asked(pairs);
        let eyes = self.eyes(asked, caller).await?;
        let query = self.query(asked, &eyes, usual).await?;
        let mut page = self.page(query.as_ref(), paging, &eyes, caller).await?;
        if let (true, None, Some(query)) = (counted, page.count, &query) {
            page.count = Some(self.catalog.ports().search.facets(query).await?.count as usize);
        }
        Ok(page)
    }

    pub(super) async fn query(
        &self,
        asked: Asked<'_>,
        eyes: &Eyes,
        usual: ProductOrder,
    ) -> Result<Option<ProductQuery>, Problem> {
        let tree = match asked.one("category") {
            Some(_) => self.catalog.categories().await?,
            None => catalog::CategoryTree::default(),
        };
        asked.products(&tree, eyes.currency().map_or_else(usual_currency, Ok)?, usual)
    }
}

/// What prices are in when nobody says so.
pub(super) fn usual_currency() -> Result<Currency, Problem> {
    USUAL_CURRENCY.parse().map_err(Problem::internal)
}

/// Products for sale, the newest first unless another order is asked for.
#[utoipa::path(get, path = "/api/marketplace/products/", tag = "products", params(PageQuery, ProductParams),
    responses((status = 200, body = PageView<ProductCard>), (status = 400, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(shop): State<Shop>,
    MaybeCaller(caller): MaybeCaller,
    Query(paging): Query<PageQuery>,
    Query(pairs): Query<Pairs>,
) -> Result<Json<PageView<ProductCard>>, Problem> {
    shop.found(&pairs, paging, caller.as_ref(), ProductOrder::Newest, false).await.map(Json)
}

/// Products that fit words and filters. The count is exact up to 10,000.
#[utoipa::path(get, path = "/api/marketplace/products/search/", tag = "products", params(PageQuery, ProductParams),
    responses((status = 200, body = PageView<ProductCard>), (status = 400, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn search(
    State(shop): State<Shop>,
    MaybeCaller(caller): MaybeCaller,
    Query(paging): Query<PageQuery>,
    Query(pairs): Query<Pairs>,
) -> Result<Json<PageView<ProductCard>>, Problem> {
    shop.found(&pairs, paging, caller.as_ref(), ProductOrder::Relevance, true).await.map(Json)
}

/// The same as a search, under the name that filters without words had.
#[utoipa::path(get, path = "/api/marketplace/products/filters/", tag = "products", params(PageQuery, ProductParams),
    responses((status = 200, body = PageView<ProductCard>), (status = 400, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn filters(
    shop: State<Shop>,
    caller: MaybeCaller,
    paging: Query<PageQuery>,
    pairs: Query<Pairs>,
) -> Result<Json<PageView<ProductCard>>, Problem> {
    search(shop, caller, paging, pairs).await
}

/// What the products are that fit words and filters: how many in which category, condition and brand, at which prices.
#[utoipa::path(get, path = "/api/marketplace/products/facets/", tag = "products", params(ProductParams),
    responses((status = 200, body = FacetsView), (status = 400, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn facets(
    State(shop): State<Shop>,
    MaybeCaller(caller): MaybeCaller,
    Query(pairs): Query<Pairs>,
) -> Result<Json<FacetsView>, Problem> {
    let eyes = shop.eyes(Asked(&pairs), caller.as_ref()).await?;
    let facets = match shop.query(Asked(&pairs), &eyes, ProductOrder::Newest).await? {
        Some(query) => shop.catalog.ports().search.facets(&query).await?,
        None => designia_core::ports::Facets::default(),
    };
    let tree = shop.catalog.categories().await?;
    let category = |(id, count): &(catalog::CategoryId, u32)| {
        let category = tree.get(*id)?;
        Some(CategoryCount { id: id.get(), name: category.name.clone(), slug: category.slug.clone(), count: *count })
    };
    let condition = |(it, count): &(catalog::Condition, u32)| WordCount { value: it.to_string(), count: *count };
    Ok(Json(FacetsView {
        count: facets.count,
        is_more: facets.is_more,
        categories: facets.categories.iter().filter_map(category).collect(),
        conditions: facets.conditions.iter().map(condition).collect(),
        brands: facets.brands.into_iter().map(|(value, count)| WordCount { value, count }).collect(),
        prices: facets.prices.into_iter().map(|(min, max)| PriceRange::of(min, max)).collect(),
    }))
}

impl PriceRange {
    fn of(min: designia_core::money::Money, max: designia_core::money::Money) -> Self {
        Self { currency: min.currency().code(), min: min.amount(), max: max.amount() }
    }
}

/// One product, by its name in addresses or by its id. Its seller sees it even if nobody else does.
#[utoipa::path(get, path = "/api/marketplace/products/{slug}/", tag = "products",
    params(("slug" = String, Path, description = "The product's slug or id"),
    ("currency" = Option<String>, Query, description = "In which currency to show the price besides the seller's")),
    responses((status = 200, body = ProductDetail, headers(("ETag" = String, description = "The version, for If-Match"))),
    (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn show(
    State(shop): State<Shop>,
    MaybeCaller(caller): MaybeCaller,
    Path(slug): Path<String>,
    Query(pairs): Query<Pairs>,
) -> Result<impl IntoResponse, Problem> {
    let eyes = shop.eyes(Asked(&pairs), caller.as_ref()).await?;
    let own = caller.as_ref().map(|caller| caller.account.seller());
    let product = shop.catalog.ports().products.product(&key(slug)?).await?;
    let product =
        product.filter(|it| it.active || Some(it.seller) == own).ok_or_else(|| Problem::not_found("product"))?;
    if own != Some(product.seller) {
        shop.views.note(Activity::View, product.id);
    }
    let detail = shop.detail(&product, &eyes, caller.as_ref()).await?;
    Ok((ETag::of(product.version), Json(detail)))
}

/// What names a product in a path: its id, or its slug. No product has a name with anything else in it.
pub(super) fn key(slug: String) -> Result<ProductKey, Problem> {
    match slug.parse() {
        Ok(id) => Ok(ProductKey::Id(id)),
        Err(_) if is_slug(&slug) => Ok(ProductKey::Slug(slug)),
        Err(_) => Err(Problem::not_found("product")),
    }
}
