//! What an account likes.

use axum::Json;
use axum::extract::State;
use designia_core::ports::PageRequest;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::products::key;
use super::query::{Asked, Pairs};
use crate::api::paging::{PageQuery, PageView, Wanted};
use crate::api::view::product::ProductCard;
use crate::api::view::when::When;
use crate::http::auth::Caller;
use crate::http::extract::{OptionalJson, Path, Query};
use crate::problem::{Problem, ProblemBody};
use crate::shop::Shop;

/// A product that the caller likes.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct FavouriteView {
    /// The product's.
    id: Uuid,
    product: ProductCard,
    created_at: When,
}

/// Whether the caller likes it now.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct Favorited {
    favorited: bool,
}

/// Whether the caller is to like it; left out, the opposite of now.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
pub(crate) struct FavoriteBody {
    favorited: Option<bool>,
}

/// What the caller likes, the newest first. Products that are not for sale any more are passed over.
#[utoipa::path(get, path = "/api/marketplace/products/favorites/", tag = "products", params(PageQuery), security(("token" = [])),
    responses((status = 200, body = PageView<FavouriteView>), (status = 401, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(shop): State<Shop>,
    caller: Caller,
    Query(paging): Query<PageQuery>,
    Query(pairs): Query<Pairs>,
) -> Result<Json<PageView<FavouriteView>>, Problem> {
    let eyes = shop.eyes(Asked(&pairs), Some(&caller)).await?;
    let ports = shop.catalog.ports();
    let (after, limit, number, size) = match paging.wanted()? {
        Wanted::After { cursor, size } => {
            let after = cursor.parse().map_err(|_| Problem::field("after", "is not the next of a page"))?;
            (Some(after), size, None, size)
        }
        Wanted::Number { page, size } => (None, page.saturating_mul(size), Some(page), size),
    };
    let found = ports.favourites.favourites(caller.account, PageRequest { after, limit }).await?;
    let skipped = number.map_or(0, |page| ((page - 1) * size) as usize);
    let shown = found.rows.get(skipped..).unwrap_or_default();
    let ids: Vec<_> = shown.iter().map(|it| it.product).collect();
    let cards = if ids.is_empty() { Vec::new() } else { ports.products.cards(&ids).await? };
    let cards: Vec<_> = shown
        .iter()
        .filter_map(|it| Some((it, cards.iter().find(|card| card.id == it.product && card.active)?.clone())))
        .collect();
    let products: Vec<_> = cards.iter().map(|(_, card)| card.clone()).collect();
    let views = shop.cards(&products, &eyes, Some(&caller)).await?;
    let has_next = found.next.is_some();
    let results = cards.iter().zip(views).map(|((liked, card), product)| FavouriteView {
        id: card.id.as_uuid(),
        product,
        created_at: When(liked.created_at),
    });
    let count = (number.is_some() && !has_next).then_some(found.rows.len());
    Ok(Json(PageView {
        results: results.collect(),
        next: found.next.map(|cursor| cursor.to_string()),
        has_next,
        page_size: size,
        page: number,
        count,
        num_pages: count.map(|count| count.div_ceil(size as usize).max(1)),
    }))
}

/// Likes a product, or no longer.
#[utoipa::path(post, path = "/api/marketplace/products/{slug}/favorite/", tag = "products", security(("token" = [])),
    params(("slug" = String, Path, description = "The product's slug or id")),
    request_body(content = FavoriteBody, description = "May be left out"),
    responses((status = 200, body = Favorited), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn toggle(
    State(shop): State<Shop>,
    caller: Caller,
    Path(slug): Path<String>,
    OptionalJson(body): OptionalJson<FavoriteBody>,
) -> Result<Json<Favorited>, Problem> {
    let product = shop.catalog.shown(&key(slug)?).await?.id;
    let favourites = &shop.catalog.ports().favourites;
    let wanted = match body.favorited {
        Some(wanted) => wanted,
        None => favourites.favourites_among(caller.account, &[product]).await?.is_empty(),
    };
    let now = shop.engine.ports().clock.now();
    let set = favourites.set_favourite(caller.account, product, wanted, now).await?;
    set.map(|_| Json(Favorited { favorited: wanted })).ok_or_else(|| Problem::not_found("product"))
}
