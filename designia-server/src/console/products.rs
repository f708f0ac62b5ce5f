//! Products: found, corrected, taken off the shelf and put back.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

use super::gate::{Act, Visitor};
use super::page::{AfterQuery, Frame, ROWS, Section, Trouble, back, next, nothing_done, page};
use crate::api::admin::products::{ProductEdit, ProductFull, ProductRow, ProductSearch, load, load_page, perform};
use crate::api::paging::{PageQuery, PageView};
use crate::app::App;
use crate::http::extract::{Path, Query};

#[derive(Template)]
#[template(path = "console/products.html")]
struct ProductsPage<'p> {
    frame: Frame,
    search: &'p ProductSearch,
    products: PageView<ProductRow>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "console/product.html")]
struct ProductPage {
    frame: Frame,
    it: ProductFull,
}

/// The list.
pub(super) async fn list(
    State(app): State<App>,
    visitor: Visitor,
    Query(search): Query<ProductSearch>,
    Query(AfterQuery { after }): Query<AfterQuery>,
) -> Result<Response, Trouble> {
    let frame = Frame::new(&visitor, Section::Products, "Products", app.engine.ports().clock.now());
    let products = load_page(&app, &search, PageQuery::of(after, ROWS)).await?;
    let given = [("q", &Some(search.q.clone())), ("seller", &Some(search.seller.clone()))];
    let next = next("/admin/products/", &given, products.next.as_deref())?;
    Ok(page(&ProductsPage { frame, search: &search, products, next }))
}

/// One product.
pub(super) async fn show(State(app): State<App>, visitor: Visitor, Path(id): Path<Uuid>) -> Result<Response, Trouble> {
    let it = load(&app, id).await?;
    let title = format!("Product {}", it.row.name);
    let frame = Frame::new(&visitor, Section::Products, title, app.engine.ports().clock.now());
    Ok(page(&ProductPage { frame, it }))
}

/// A product as the form shows it.
#[derive(Debug, Deserialize)]
pub(super) struct EditForm {
    version: u64,
    name: String,
    description: String,
    price: String,
    stock: u32,
    #[serde(default)]
    active: Option<String>,
    #[serde(default)]
    reason: String,
}

/// Changes it.
pub(super) async fn change(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Act { visitor, form }: Act<EditForm>,
) -> Result<Response, Trouble> {
    let here = format!("/admin/products/{id}/");
    let edit = ProductEdit {
        version: form.version,
        name: Some(form.name),
        description: Some(form.description),
        price: Some(form.price),
        stock: Some(form.stock),
        active: Some(form.active.is_some()),
        reason: form.reason,
    };
    let changed = perform(&app, &visitor.doer, id, &edit).await;
    changed.map(|_| back(&here, "The product is changed.")).or_else(|problem| nothing_done(&here, problem))
}
