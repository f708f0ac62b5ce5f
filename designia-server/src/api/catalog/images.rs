//! The pictures of one product.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use designia_core::catalog::{ImageId, Product};
use designia_core::service::catalog::{ImageChange, ProductChange};
use serde::Deserialize;
use utoipa::ToSchema;

use super::offer_body::add_images;
use super::products::key;
use crate::api::view::product::ImageView;
use crate::http::auth::{MaybeCaller, Seller};
use crate::http::etag::{ETag, IfMatch};
use crate::http::extract::{Json as JsonBody, Path};
use crate::media::{Form, NewImage};
use crate::problem::{Problem, ProblemBody};
use crate::shop::Shop;

/// A form with pictures.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents what the form holds")]
pub(crate) struct ImagesForm {
    /// JPEG, PNG or WebP, at most 10 MB each; may be given several times.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    image: String,
    /// What it shows, for those who can't see it.
    alt_text: Option<String>,
    /// `true` makes the first of them the primary one.
    is_primary: Option<String>,
}

/// What is to be different about a picture.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(example = json!({"alt_text": "Seen from above", "is_primary": true}))]
pub(crate) struct ImageChangeBody {
    /// What it shows, for those who can't see it.
    alt_text: Option<String>,
    /// `true` puts it in front.
    is_primary: Option<bool>,
    /// Before how many others it stands.
    order: Option<usize>,
}

/// The pictures of a product, the primary one first.
#[utoipa::path(get, path = "/api/marketplace/products/{slug}/images/", tag = "products",
    params(("slug" = String, Path, description = "The product's slug or id")),
    responses((status = 200, body = Vec<ImageView>), (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(shop): State<Shop>,
    MaybeCaller(caller): MaybeCaller,
    Path(slug): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let product = match caller {
        Some(caller) => match shop.catalog.own(caller.account.seller(), &key(slug.clone())?).await {
            Ok(product) => product,
            Err(_) => shop.catalog.shown(&key(slug)?).await?,
        },
        None => shop.catalog.shown(&key(slug)?).await?,
    };
    Ok((ETag::of(product.version), Json(ImageView::all(&product, &shop.uploads))))
}

/// Adds pictures to a product.
#[utoipa::path(post, path = "/api/marketplace/products/{slug}/images/", tag = "seller", security(("token" = [])),
    params(("slug" = String, Path, description = "The product's slug or id")),
    request_body(content = ImagesForm, content_type = "multipart/form-data"),
    responses((status = 201, body = Vec<ImageView>), (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"), (status = 403, body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, body = ProblemBody, content_type = "application/problem+json"), (status = 413, body = ProblemBody, content_type = "application/problem+json"),
    (status = 415, body = ProblemBody, content_type = "application/problem+json"), (status = 429, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn add(
    State(shop): State<Shop>,
    Seller(caller): Seller,
    Path(slug): Path<String>,
    if_match: IfMatch,
    form: Form,
) -> Result<impl IntoResponse, Problem> {
    let product = shop.catalog.own(caller.account.seller(), &key(slug.clone())?).await?;
    if_match.check(product.version)?;
    let alt_text = form.text("alt_text").unwrap_or_default().to_owned();
    let primary = (form.text("is_primary") == Some("true")).then_some(0);
    let fits = |field: &str| matches!(field, "image" | "images" | "file");
    let files = form.files.into_iter().filter(|file| fits(&file.field)).enumerate();
    let images: Vec<_> = files
        .map(|(place, file)| NewImage {
            field: format!("image[{place}]"),
            content: file.content,
            alt_text: alt_text.clone(),
        })
        .collect();
    if images.is_empty() {
        return Err(Problem::field("image", "is missing: send it as a file of a form"));
    }
    let images = shop.uploads.store_for(caller.account, product.id, images).await?;
    let product = shop
        .revise(&caller, slug, &if_match, |product| {
            let mut change = ProductChange::default();
            add_images(&mut change, Some(product), images.clone(), primary);
            change
        })
        .await?;
    Ok((StatusCode::CREATED, ETag::of(product.version), Json(ImageView::all(&product, &shop.uploads))))
}

/// One picture of a product.
#[utoipa::path(get, path = "/api/marketplace/products/{slug}/images/{id}/", tag = "products",
    params(("slug" = String, Path, description = "The product's slug or id"), ("id" = u32, Path, description = "The picture's number")),
    responses((status = 200, body = ImageView), (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn show(
    State(shop): State<Shop>,
    Path((slug, id)): Path<(String, u32)>,
) -> Result<Json<ImageView>, Problem> {
    let product = shop.catalog.shown(&key(slug)?).await?;
    find(&shop, &product, id).map(Json)
}

/// Changes what is said of a picture, or where it stands.
#[utoipa::path(patch, path = "/api/marketplace/products/{slug}/images/{id}/", tag = "seller", security(("token" = [])),
    params(("slug" = String, Path, description = "The product's slug or id"), ("id" = u32, Path, description = "The picture's number"),
    ("If-Match" = Option<String>, Header, description = "The product's ETag that was read")),
    request_body = ImageChangeBody,
    responses((status = 200, body = ImageView), (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"), (status = 403, body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, body = ProblemBody, content_type = "application/problem+json"), (status = 412, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn change(
    State(shop): State<Shop>,
    Seller(caller): Seller,
    Path((slug, id)): Path<(String, u32)>,
    if_match: IfMatch,
    JsonBody(body): JsonBody<ImageChangeBody>,
) -> Result<Json<ImageView>, Problem> {
    let image = ImageId::new(id);
    let place = if body.is_primary == Some(true) { Some(0) } else { body.order };
    let describe = body.alt_text.map(|alt_text| ImageChange::Describe { id: image, alt_text });
    let shift = place.map(|to| ImageChange::Move { id: image, to });
    let images: Vec<_> = describe.into_iter().chain(shift).collect();
    let change = |_: &Product| ProductChange { images: images.clone(), ..ProductChange::default() };
    let product = shop.revise(&caller, slug, &if_match, change).await?;
    find(&shop, &product, id).map(Json)
}

/// Takes a picture off.
#[utoipa::path(delete, path = "/api/marketplace/products/{slug}/images/{id}/", tag = "seller", security(("token" = [])),
    params(("slug" = String, Path, description = "The product's slug or id"), ("id" = u32, Path, description = "The picture's number"),
    ("If-Match" = Option<String>, Header, description = "The product's ETag that was read")),
    responses((status = 204), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"), (status = 404, body = ProblemBody, content_type = "application/problem+json"),
    (status = 412, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn remove(
    State(shop): State<Shop>,
    Seller(caller): Seller,
    Path((slug, id)): Path<(String, u32)>,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    let images = vec![ImageChange::Remove(ImageId::new(id))];
    let change = |_: &Product| ProductChange { images: images.clone(), ..ProductChange::default() };
    shop.revise(&caller, slug, &if_match, change).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn find(shop: &Shop, product: &Product, id: u32) -> Result<ImageView, Problem> {
    let place = product.details.images.iter().position(|image| image.id.get() == id);
    let view = place.and_then(|place| ImageView::all(product, &shop.uploads).into_iter().nth(place));
    view.ok_or_else(|| Problem::not_found("image"))
}
