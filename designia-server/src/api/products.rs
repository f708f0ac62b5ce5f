//! Products: read by anyone.

use axum::Json;
use axum::extract::State;
use designia_core::ports::{Ports, ProductKey};

use super::paging::{PageQuery, PageView, Wanted, rows_for};
use super::view::product::{ProductCard, ProductDetail};
use crate::http::extract::{Path, Query};
use crate::problem::{Problem, ProblemBody};

/// Products for sale, by their name in addresses.
#[utoipa::path(get, path = "/api/marketplace/products/", tag = "products", params(PageQuery),
    responses((status = 200, body = PageView<ProductCard>), (status = 400, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(ports): State<Ports>,
    Query(query): Query<PageQuery>,
) -> Result<Json<PageView<ProductCard>>, Problem> {
    let slug = |card: &ProductCard| card.slug().to_owned();
    let read = async |after: Option<&str>, limit| -> Result<Vec<ProductCard>, Problem> {
        Ok(ports.catalog.page(after, limit).await?.iter().map(ProductCard::of).collect())
    };
    Ok(Json(match query.wanted()? {
        Wanted::After { cursor, size } => PageView::after(read(Some(&cursor), size + 1).await?, size, slug),
        Wanted::Number { page, size } => {
            PageView::numbered(read(None, rows_for(page, size) + 1).await?, page, size, slug)
        }
    }))
}

/// One product, by its name in addresses or by its id.
#[utoipa::path(get, path = "/api/marketplace/products/{slug}/", tag = "products",
    params(("slug" = String, Path, description = "The product's slug or id")),
    responses((status = 200, body = ProductDetail), (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn show(State(ports): State<Ports>, Path(slug): Path<String>) -> Result<Json<ProductDetail>, Problem> {
    let key = slug.parse().map_or(ProductKey::Slug(slug), ProductKey::Id);
    let product = ports.catalog.product(&key).await?.filter(|product| product.active);
    let product = product.ok_or_else(|| Problem::not_found("product"))?;
    Ok(Json(ProductDetail::of(&product)))
}
