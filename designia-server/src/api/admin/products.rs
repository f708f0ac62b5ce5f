//! Products for the staff: found, corrected within the rules, taken off the shelf and put back.

use axum::Json;
use axum::extract::State;
use designia_core::catalog::{Product, ProductCard, SearchWords};
use designia_core::id::{AccountId, ProductId};
use designia_core::money::Money;
use designia_core::ports::{PageRequest, ProductKey, ProductOrder, ProductQuery};
use designia_core::service::catalog::ProductChange;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::api::paging::{PageQuery, PageView};
use crate::api::view::when::When;
use crate::app::App;
use crate::audit::{Deed, Doer};
use crate::http::auth::Staff;
use crate::http::extract::{Json as JsonBody, Path, Query};
use crate::problem::{Problem, ProblemBody};

/// Which products.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ProductSearch {
    /// Words of its name or description, or its id.
    #[param(example = "tea bowl")]
    #[serde(default)]
    pub(crate) q: String,
    /// Of this seller; then those that are not for sale, too.
    #[serde(default)]
    pub(crate) seller: String,
}

/// A product in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ProductRow {
    pub(crate) id: Uuid,
    #[schema(example = "Tea bowl")]
    pub(crate) name: String,
    pub(crate) slug: String,
    pub(crate) seller_id: Uuid,
    #[schema(example = "38.50 EUR")]
    pub(crate) price: String,
    pub(crate) stock: u32,
    /// Whether it is shown and can be ordered.
    pub(crate) active: bool,
    pub(crate) created_at: When,
}

/// A product by itself.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ProductFull {
    #[serde(flatten)]
    pub(crate) row: ProductRow,
    #[schema(example = "38.50")]
    pub(crate) amount: String,
    #[schema(example = "EUR")]
    pub(crate) currency: &'static str,
    pub(crate) description: String,
    /// How often it was changed: a change names it.
    pub(crate) version: u64,
    pub(crate) updated_at: When,
    pub(crate) sold: u64,
    pub(crate) reviews: u64,
}

/// What is to be different. What is left out stays as it is.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProductEdit {
    /// The `version` that was looked at. If it has changed since, nothing is done.
    #[schema(example = 1)]
    pub(crate) version: u64,
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    /// In the product's own currency.
    #[schema(example = "38.50")]
    pub(crate) price: Option<String>,
    pub(crate) stock: Option<u32>,
    pub(crate) active: Option<bool>,
    /// Why.
    #[serde(default)]
    pub(crate) reason: String,
}

/// Products, the latest first, or those that fit words.
#[utoipa::path(get, path = "/api/admin/products/", tag = "admin", params(ProductSearch, PageQuery), security(("token" = [])),
    responses((status = 200, body = PageView<ProductRow>),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(app): State<App>,
    _: Staff,
    Query(search): Query<ProductSearch>,
    Query(query): Query<PageQuery>,
) -> Result<Json<PageView<ProductRow>>, Problem> {
    load_page(&app, &search, query).await.map(Json)
}

/// One product.
#[utoipa::path(get, path = "/api/admin/products/{id}/", tag = "admin", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The product")),
    responses((status = 200, body = ProductFull), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"), (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn show(State(app): State<App>, _: Staff, Path(id): Path<Uuid>) -> Result<Json<ProductFull>, Problem> {
    load(&app, id).await.map(Json)
}

/// Changes a product, within the rules that hold for its seller.
#[utoipa::path(patch, path = "/api/admin/products/{id}/", tag = "admin", security(("token" = [])), request_body = ProductEdit,
    params(("id" = Uuid, Path, description = "The product")),
    responses((status = 200, body = ProductFull), (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"), (status = 403, body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, body = ProblemBody, content_type = "application/problem+json"), (status = 409, body = ProblemBody, content_type = "application/problem+json"),
    (status = 412, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn change(
    State(app): State<App>,
    doer: Doer,
    Path(id): Path<Uuid>,
    JsonBody(body): JsonBody<ProductEdit>,
) -> Result<Json<ProductFull>, Problem> {
    perform(&app, &doer, id, &body).await.map(Json)
}

/// A page of rows.
pub(crate) async fn load_page(
    app: &App,
    search: &ProductSearch,
    query: PageQuery,
) -> Result<PageView<ProductRow>, Problem> {
    let (after, size) = query.onward()?;
    let after = after.as_deref().map(str::parse).transpose();
    let after = after.map_err(|_| Problem::field("after", "is not the next of a page"))?;
    if let Ok(id) = search.q.trim().parse::<ProductId>() {
        let found = app.shop.catalog.ports().products.product(&ProductKey::Id(id)).await?;
        return Ok(PageView::cut(found.iter().map(ProductRow::of).collect(), size, None));
    }
    let seller = Some(search.seller.trim()).filter(|text| !text.is_empty()).map(str::parse::<AccountId>).transpose();
    let seller = seller.map_err(|error| Problem::field("seller", error.to_string()))?.map(AccountId::seller);
    let words = SearchWords::new(&search.q);
    let order = if words.is_empty() { ProductOrder::Newest } else { ProductOrder::Relevance };
    let query = ProductQuery { words, seller, seller_view: seller.is_some(), order, ..ProductQuery::default() };
    let page = app.shop.catalog.ports().search.search(&query, PageRequest { after, limit: size }).await?;
    let rows = page.rows.iter().map(ProductRow::of_card).collect();
    Ok(PageView::cut(rows, size, page.next.map(|cursor| cursor.to_string())))
}

/// One product.
pub(crate) async fn load(app: &App, id: Uuid) -> Result<ProductFull, Problem> {
    Ok(ProductFull::of(&product(app, id).await?))
}

async fn product(app: &App, id: Uuid) -> Result<Product, Problem> {
    let key = ProductKey::Id(ProductId::from_uuid(id));
    let found = app.shop.catalog.ports().products.product(&key).await?;
    found.ok_or_else(|| Problem::not_found("product"))
}

/// Changes a product, and says in the audit log who did.
pub(crate) async fn perform(app: &App, doer: &Doer, id: Uuid, edit: &ProductEdit) -> Result<ProductFull, Problem> {
    let detail = serde_json::to_value(edit).map_err(Problem::internal)?;
    let deed = Deed::new("product.change").about("product", id).because(&edit.reason).with(detail);
    let changing = async {
        let product = product(app, id).await?;
        if product.version != edit.version {
            return Err(Problem::new(crate::problem::Code::Conflict, "the product has changed since you looked at it"));
        }
        let currency = product.price.currency();
        let price = edit.price.as_deref().map(|text| Money::parse(text, currency)).transpose();
        let change = ProductChange {
            name: edit.name.clone(),
            description: edit.description.clone(),
            price: price.map_err(|error| Problem::field("price", error.to_string()))?,
            stock: edit.stock,
            active: edit.active,
            ..ProductChange::default()
        };
        Ok(ProductFull::of(&app.shop.catalog.revise(product, &change).await?))
    };
    app.audit.keep(doer, deed, changing).await
}

impl ProductRow {
    fn of(product: &Product) -> Self {
        Self {
            id: product.id.as_uuid(),
            name: product.name.clone(),
            slug: product.slug.clone(),
            seller_id: product.seller.as_uuid(),
            price: product.price.to_string(),
            stock: product.stock,
            active: product.active,
            created_at: When(product.created_at),
        }
    }

    fn of_card(card: &ProductCard) -> Self {
        Self {
            id: card.id.as_uuid(),
            name: card.name.clone(),
            slug: card.slug.clone(),
            seller_id: card.seller.as_uuid(),
            price: card.price.to_string(),
            stock: card.stock,
            active: card.active,
            created_at: When(card.created_at),
        }
    }
}

impl ProductFull {
    fn of(product: &Product) -> Self {
        Self {
            amount: product.price.amount(),
            currency: product.price.currency().code(),
            description: product.description.clone(),
            version: product.version,
            updated_at: When(product.updated_at),
            sold: product.figures.sold,
            reviews: product.figures.rating.count.into(),
            row: ProductRow::of(product),
        }
    }
}
