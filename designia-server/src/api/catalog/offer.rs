//! Sellers' own products: offered, changed, taken off.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use designia_core::catalog::{CategoryTree, Product};
use designia_core::id::ProductId;
use designia_core::money::Currency;
use designia_core::ports::{ObjectKey, ProductOrder, ProductQuery};
use designia_core::service::catalog::{CatalogError, ImageChange, ProductChange};

use super::offer_body::{ProductBody, add_images};
use super::products::{key, usual_currency};
use super::query::{Asked, Pairs};
use crate::api::paging::{PageQuery, PageView};
use crate::api::view::price::Eyes;
use crate::api::view::product::{ProductCard, ProductDetail};
use crate::http::auth::{Caller, Seller};
use crate::http::etag::{ETag, IfMatch};
use crate::http::extract::{Json as JsonBody, Path, Query};
use crate::http::idempotency::NewId;
use crate::problem::{Code, Problem, ProblemBody};
use crate::shop::Shop;

/// How often a change is made anew because the product had changed meanwhile.
const MAX_TRIES: u32 = 5;

/// The caller's own products, active or not, the newest first.
#[utoipa::path(get, path = "/api/marketplace/products/my_products/", tag = "seller", params(PageQuery), security(("token" = [])),
    responses((status = 200, body = PageView<ProductCard>), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn mine(
    State(shop): State<Shop>,
    Seller(caller): Seller,
    Query(paging): Query<PageQuery>,
    Query(pairs): Query<Pairs>,
) -> Result<Json<PageView<ProductCard>>, Problem> {
    let order = Asked(&pairs).order()?.unwrap_or(ProductOrder::Newest);
    let seller = Some(caller.account.seller());
    let query = ProductQuery { seller, seller_view: true, order, ..ProductQuery::default() };
    let eyes = Eyes::with(&shop.engine, Asked(&pairs).currency()?).await;
    let mut page = shop.page(Some(&query), paging, &eyes, Some(&caller)).await?;
    if page.count.is_none() {
        let (all, _) = shop.catalog.ports().figures.products_of(caller.account.seller()).await?;
        page.count = usize::try_from(all).ok();
    }
    Ok(Json(page))
}

/// Offers a product. A picture that is none is refused by its place in the list, and then nothing is stored.
#[utoipa::path(post, path = "/api/marketplace/products/", tag = "seller", security(("token" = [])),
    request_body = ProductBody,
    responses((status = 201, body = ProductDetail), (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"), (status = 403, body = ProblemBody, content_type = "application/problem+json"),
    (status = 413, body = ProblemBody, content_type = "application/problem+json"), (status = 429, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn create(
    State(shop): State<Shop>,
    Seller(caller): Seller,
    new: NewId,
    JsonBody(mut body): JsonBody<ProductBody>,
) -> Result<impl IntoResponse, Problem> {
    let id = ProductId::from_uuid(new.uuid(shop.engine.ports().ids.as_ref()));
    let currency = body.currency(shop.currency_of(&caller).await?)?;
    let (images, primary) = body.take_images()?;
    let tree = shop.tree(body.needs_categories()).await?;
    let mut change = body.change(currency, &tree)?;
    // Told before anything is stored.
    if change.name.is_none() || change.price.is_none() {
        let field = if change.name.is_none() { "name" } else { "price" };
        return Err(Problem::field(field, "is missing"));
    }
    let images = shop.uploads.store_for(caller.account, id, images).await?;
    add_images(&mut change, None, images, primary);
    let product = shop.catalog.offer(caller.account.seller(), id, &change).await?;
    let detail = shop.detail(&product, &Eyes::with(&shop.engine, None).await, Some(&caller)).await?;
    Ok((StatusCode::CREATED, ETag::of(product.version), Json(detail)))
}

/// Changes a product. What is left out stays as it is; pictures are added to those that are there.
#[utoipa::path(patch, path = "/api/marketplace/products/{slug}/", tag = "seller", security(("token" = [])),
    params(("slug" = String, Path, description = "The product's slug or id"),
    ("If-Match" = Option<String>, Header, description = "The ETag that was read: refuses if somebody has changed the product since")),
    request_body = ProductBody,
    responses((status = 200, body = ProductDetail), (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"), (status = 403, body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, body = ProblemBody, content_type = "application/problem+json"), (status = 412, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn update(
    State(shop): State<Shop>,
    Seller(caller): Seller,
    Path(slug): Path<String>,
    if_match: IfMatch,
    JsonBody(mut body): JsonBody<ProductBody>,
) -> Result<impl IntoResponse, Problem> {
    let product = shop.catalog.own(caller.account.seller(), &key(slug.clone())?).await?;
    if_match.check(product.version)?;
    let currency = body.currency(product.price.currency())?;
    let (images, primary) = body.take_images()?;
    let tree = shop.tree(body.needs_categories()).await?;
    let change = body.change(currency, &tree)?;
    let images = shop.uploads.store_for(caller.account, product.id, images).await?;
    let product = shop
        .revise(&caller, slug, &if_match, |product| {
            let mut change = change.clone();
            add_images(&mut change, Some(product), images.clone(), primary);
            change
        })
        .await?;
    let detail = shop.detail(&product, &Eyes::with(&shop.engine, None).await, Some(&caller)).await?;
    Ok((ETag::of(product.version), Json(detail)))
}

/// Takes a product off. It stays with the orders that have it, and its seller still sees it.
#[utoipa::path(delete, path = "/api/marketplace/products/{slug}/", tag = "seller", security(("token" = [])),
    params(("slug" = String, Path, description = "The product's slug or id"),
    ("If-Match" = Option<String>, Header, description = "The ETag that was read")),
    responses((status = 204), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"), (status = 404, body = ProblemBody, content_type = "application/problem+json"),
    (status = 412, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn remove(
    State(shop): State<Shop>,
    Seller(caller): Seller,
    Path(slug): Path<String>,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    let off = |_: &Product| ProductChange { active: Some(false), ..ProductChange::default() };
    shop.revise(&caller, slug, &if_match, off).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl Shop {
    /// Changes the caller's product, anew if somebody else was faster and the caller has not said which version is meant. Pictures that are
    /// taken off are deleted a while later.
    pub(super) async fn revise(
        &self,
        caller: &Caller,
        slug: String,
        if_match: &IfMatch,
        change: impl Fn(&Product) -> ProductChange,
    ) -> Result<Product, Problem> {
        let key = key(slug)?;
        for _ in 0..MAX_TRIES {
            let before = self.catalog.own(caller.account.seller(), &key).await?;
            if_match.check(before.version)?;
            let change = change(&before);
            if change.images.iter().any(|it| matches!(it, ImageChange::Remove(_))) {
                let keys = before.details.images.iter().filter_map(|image| image.object.parse::<ObjectKey>().ok());
                let keys = keys.collect();
                self.uploads.collect_later(before.id, keys).await?;
            }
            match self.catalog.revise(before, &change).await {
                Err(CatalogError::Changed { .. }) => {}
                revised => return Ok(revised?),
            }
        }
        Err(Problem::new(Code::Conflict, "too many changes to the product at the same time"))
    }

    /// In which currency a seller asks for money if nothing is said.
    pub(super) async fn currency_of(&self, caller: &Caller) -> Result<Currency, Problem> {
        let people = self.catalog.people([caller.account]).await?;
        people.get(&caller.account).and_then(|it| it.profile.currency).map_or_else(usual_currency, Ok)
    }

    /// The categories, if they are needed.
    pub(super) async fn tree(&self, needed: bool) -> Result<CategoryTree, Problem> {
        if needed { Ok(self.catalog.categories().await?) } else { Ok(CategoryTree::default()) }
    }
}
