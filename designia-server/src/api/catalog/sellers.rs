//! A seller's shop window.

use axum::Json;
use axum::extract::State;
use designia_core::id::{AccountId, SellerId};
use designia_core::ports::{ProductOrder, ProductQuery};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::query::{Asked, Pairs, ProductParams};
use crate::api::paging::{PageQuery, PageView};
use crate::api::view::product::ProductCard;
use crate::api::view::when::When;
use crate::http::auth::MaybeCaller;
use crate::http::extract::{Path, Query};
use crate::problem::{Problem, ProblemBody};
use crate::shop::Shop;

/// A seller as everybody sees one: the mail address, the address and the birthday are not here.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SellerView {
    id: Uuid,
    username: String,
    /// The company's name, if there is one.
    name: String,
    bio: String,
    location: String,
    website: String,
    avatar: Option<String>,
    active_products: u64,
    /// Since when there is the account.
    date_joined: When,
}

/// A seller, by id.
#[utoipa::path(get, path = "/api/marketplace/sellers/{id}/", tag = "products",
    params(("id" = Uuid, Path, description = "The seller")),
    responses((status = 200, body = SellerView), (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn show(State(shop): State<Shop>, Path(id): Path<Uuid>) -> Result<Json<SellerView>, Problem> {
    let id = AccountId::from_uuid(id);
    let people = shop.catalog.people([id]).await?;
    let missing = || Problem::not_found("seller");
    let account = people.get(&id).filter(|account| account.is_active()).ok_or_else(missing)?;
    let (all, active) = shop.catalog.ports().figures.products_of(id.seller()).await?;
    let sells = account.role != designia_core::account::Role::Customer;
    if !sells && all == 0 {
        return Err(missing());
    }
    let username = account.username.as_str().to_owned();
    let profile = &account.profile;
    let told = |text: &String| if profile.is_public { text.clone() } else { String::new() };
    Ok(Json(SellerView {
        id: id.as_uuid(),
        name: Some(profile.company.clone()).filter(|it| !it.is_empty()).unwrap_or_else(|| username.clone()),
        username,
        bio: told(&profile.bio),
        location: told(&profile.location),
        website: told(&profile.website),
        avatar: profile.picture.as_ref().map(|key| shop.uploads.url_of(key)),
        active_products: active,
        date_joined: When(account.created_at),
    }))
}

/// What a seller has for sale.
#[utoipa::path(get, path = "/api/marketplace/sellers/{id}/products/", tag = "products", params(PageQuery, ProductParams,
    ("id" = Uuid, Path, description = "The seller")),
    responses((status = 200, body = PageView<ProductCard>), (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn products(
    State(shop): State<Shop>,
    MaybeCaller(caller): MaybeCaller,
    Path(id): Path<Uuid>,
    Query(paging): Query<PageQuery>,
    Query(pairs): Query<Pairs>,
) -> Result<Json<PageView<ProductCard>>, Problem> {
    let eyes = shop.eyes(Asked(&pairs), caller.as_ref()).await?;
    let query = shop.query(Asked(&pairs), &eyes, ProductOrder::Newest).await?;
    let seller = Some(SellerId::from_uuid(id));
    let query = query.map(|query| ProductQuery { seller, ..query });
    shop.page(query.as_ref(), paging, &eyes, caller.as_ref()).await.map(Json)
}
