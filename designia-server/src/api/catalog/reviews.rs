//! What buyers say about products.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use designia_core::catalog::{Review, ReviewId};
use designia_core::ports::{PageRequest, ReviewOrder};
use designia_core::service::accounts::Accounts;
use designia_core::service::catalog::ReviewDraft;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::products::key;
use crate::api::paging::{PageQuery, PageView, Wanted};
use crate::api::view::person::{People, Person};
use crate::api::view::when::When;
use crate::http::auth::Caller;
use crate::http::etag::{ETag, IfMatch};
use crate::http::extract::{Json as JsonBody, OptionalJson, Path, Query};
use crate::problem::{Code, Problem, ProblemBody};
use crate::shop::Shop;

/// Fewest characters of a comment: what the web client asks for.
const MIN_COMMENT: usize = 10;

/// In which order.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OrderQuery {
    /// `-created_at`, `created_at`, `-rating`, `rating` or `-helpful_count`.
    #[param(example = "-created_at")]
    ordering: Option<String>,
}

/// What a buyer says. Of a change, what is left out stays as it is.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(example = json!({"rating": 5, "title": "Lovely", "comment": "Feels good in the hand."}))]
pub(crate) struct ReviewBody {
    /// The product's id, which the path says already: it must be the same.
    product_id: Option<Uuid>,
    #[schema(minimum = 1, maximum = 5)]
    rating: Option<u8>,
    #[schema(max_length = 200)]
    title: Option<String>,
    #[schema(min_length = 10, max_length = 5000)]
    comment: Option<String>,
}

/// Whether the caller finds a review helpful; left out, the opposite of now.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
pub(crate) struct HelpfulBody {
    helpful: Option<bool>,
}

/// How many find it helpful, and whether the caller does.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct HelpfulView {
    helpful_count: u32,
    voted: bool,
}

/// A review.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ReviewView {
    id: u32,
    product_id: Uuid,
    reviewer: Person,
    /// The reviewer's public name.
    reviewer_name: String,
    rating: u8,
    title: String,
    comment: String,
    is_verified_purchase: bool,
    helpful_count: u32,
    created_at: When,
    updated_at: When,
    version: u64,
}

impl ReviewView {
    fn of(review: &Review, people: &People) -> Self {
        let reviewer = people.person(review.reviewer);
        Self {
            id: review.id.get(),
            product_id: review.product.as_uuid(),
            reviewer_name: reviewer.username.clone(),
            reviewer,
            rating: review.rating,
            title: review.title.clone(),
            comment: review.comment.clone(),
            is_verified_purchase: review.verified,
            helpful_count: review.helpful,
            created_at: When(review.created_at),
            updated_at: When(review.updated_at),
            version: review.version,
        }
    }
}

/// The reviews of a product; those that were taken away are not among them.
#[utoipa::path(get, path = "/api/marketplace/products/{slug}/reviews/", tag = "reviews", params(PageQuery, OrderQuery,
    ("slug" = String, Path, description = "The product's slug or id")),
    responses((status = 200, body = PageView<ReviewView>), (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn of_product(
    State(accounts): State<Accounts>,
    State(shop): State<Shop>,
    Path(slug): Path<String>,
    Query(paging): Query<PageQuery>,
    Query(order): Query<OrderQuery>,
) -> Result<Json<PageView<ReviewView>>, Problem> {
    let order = order.order()?;
    let product = shop.catalog.shown(&key(slug)?).await?;
    let wanted = paging.wanted()?;
    let reviews = &shop.catalog.ports().reviews;
    let (after, limit, number, size) = match wanted {
        Wanted::After { cursor, size } => {
            let after = cursor.parse().map_err(|_| Problem::field("after", "is not the next of a page"))?;
            (Some(after), size, None, size)
        }
        Wanted::Number { page, size } => (None, page.saturating_mul(size), Some(page), size),
    };
    let found = reviews.reviews(product.id, order, PageRequest { after, limit }).await?;
    let skipped = number.map_or(0, |page| ((page - 1) * size) as usize);
    let shown = found.rows.get(skipped..).unwrap_or_default();
    let reviewers: Vec<_> = shown.iter().map(|review| review.reviewer).collect();
    let people = People::of(&accounts, reviewers.into_iter()).await?;
    let count = product.figures.rating.count as usize;
    Ok(Json(PageView {
        results: shown.iter().map(|review| ReviewView::of(review, &people)).collect(),
        has_next: found.next.is_some(),
        next: found.next.map(|cursor| cursor.to_string()),
        page_size: size,
        page: number,
        count: Some(count),
        num_pages: Some(count.div_ceil(size as usize).max(1)),
    }))
}

/// Reviews a product that the caller has bought and got. There is one review for each buyer and product.
#[utoipa::path(post, path = "/api/marketplace/products/{slug}/reviews/", tag = "reviews", security(("token" = [])),
    params(("slug" = String, Path, description = "The product's slug or id")), request_body = ReviewBody,
    responses((status = 201, body = ReviewView), (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"), (status = 403, body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn write(
    State(accounts): State<Accounts>,
    State(shop): State<Shop>,
    caller: Caller,
    Path(slug): Path<String>,
    JsonBody(body): JsonBody<ReviewBody>,
) -> Result<impl IntoResponse, Problem> {
    let product = shop.catalog.shown(&key(slug)?).await?;
    if body.product_id.is_some_and(|id| id != product.id.as_uuid()) {
        return Err(Problem::field("product_id", "is not the product of this path"));
    }
    let draft = body.check()?;
    let review = shop.catalog.review(&product, caller.account, draft).await?;
    let people = People::of(&accounts, [caller.account].into_iter()).await?;
    Ok((StatusCode::CREATED, ETag::of(review.version), Json(ReviewView::of(&review, &people))))
}

/// One review.
#[utoipa::path(get, path = "/api/marketplace/reviews/{id}/", tag = "reviews",
    params(("id" = u32, Path, description = "The review's number")),
    responses((status = 200, body = ReviewView), (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn show(
    State(accounts): State<Accounts>,
    State(shop): State<Shop>,
    Path(id): Path<u32>,
) -> Result<impl IntoResponse, Problem> {
    let review = shop.catalog.shown_review(ReviewId::new(id)).await?;
    let people = People::of(&accounts, [review.reviewer].into_iter()).await?;
    Ok((ETag::of(review.version), Json(ReviewView::of(&review, &people))))
}

/// Changes the caller's own review.
#[utoipa::path(patch, path = "/api/marketplace/reviews/{id}/", tag = "reviews", security(("token" = [])),
    params(("id" = u32, Path, description = "The review's number"),
    ("If-Match" = Option<String>, Header, description = "The ETag that was read")), request_body = ReviewBody,
    responses((status = 200, body = ReviewView), (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"), (status = 403, body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, body = ProblemBody, content_type = "application/problem+json"), (status = 412, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn change(
    State(accounts): State<Accounts>,
    State(shop): State<Shop>,
    caller: Caller,
    Path(id): Path<u32>,
    if_match: IfMatch,
    JsonBody(body): JsonBody<ReviewBody>,
) -> Result<impl IntoResponse, Problem> {
    let review = shop.catalog.shown_review(ReviewId::new(id)).await?;
    if_match.check(review.version)?;
    let draft = body.check()?;
    let review = shop.catalog.change_review(review, caller.account, draft).await?;
    let people = People::of(&accounts, [caller.account].into_iter()).await?;
    Ok((ETag::of(review.version), Json(ReviewView::of(&review, &people))))
}

/// Takes a review away: the caller's own, or, for staff, anybody's.
#[utoipa::path(delete, path = "/api/marketplace/reviews/{id}/", tag = "reviews", security(("token" = [])),
    params(("id" = u32, Path, description = "The review's number")),
    responses((status = 204), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"), (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn remove(
    State(shop): State<Shop>,
    caller: Caller,
    Path(id): Path<u32>,
) -> Result<StatusCode, Problem> {
    let review = shop.catalog.shown_review(ReviewId::new(id)).await?;
    if review.reviewer != caller.account && !caller.is_staff() {
        return Err(Problem::new(Code::NotAllowed, "only who has written the review may take it away"));
    }
    shop.catalog.ports().reviews.remove_review(review.id, shop.engine.ports().clock.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Says that somebody else's review is helpful, or no longer.
#[utoipa::path(post, path = "/api/marketplace/reviews/{id}/mark_helpful/", tag = "reviews", security(("token" = [])),
    params(("id" = u32, Path, description = "The review's number")),
    request_body(content = HelpfulBody, description = "May be left out"),
    responses((status = 200, body = HelpfulView), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"), (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn helpful(
    State(shop): State<Shop>,
    caller: Caller,
    Path(id): Path<u32>,
    OptionalJson(body): OptionalJson<HelpfulBody>,
) -> Result<Json<HelpfulView>, Problem> {
    let review = shop.catalog.shown_review(ReviewId::new(id)).await?;
    if review.reviewer == caller.account {
        return Err(Problem::new(Code::NotAllowed, "nobody votes for their own review"));
    }
    let reviews = &shop.catalog.ports().reviews;
    let wanted = match body.helpful {
        Some(wanted) => wanted,
        None => reviews.voted_among(caller.account, &[review.id]).await?.is_empty(),
    };
    let count = reviews.vote_review(review.id, caller.account, wanted).await?;
    let helpful_count = count.ok_or_else(|| Problem::not_found("review"))?;
    Ok(Json(HelpfulView { helpful_count, voted: wanted }))
}

impl OrderQuery {
    fn order(&self) -> Result<ReviewOrder, Problem> {
        match self.ordering.as_deref() {
            None | Some("" | "-created_at" | "newest") => Ok(ReviewOrder::Newest),
            Some("created_at" | "oldest") => Ok(ReviewOrder::Oldest),
            Some("-rating") => Ok(ReviewOrder::Best),
            Some("rating") => Ok(ReviewOrder::Worst),
            Some("-helpful_count" | "helpful") => Ok(ReviewOrder::Helpful),
            Some(_) => {
                let known = "must be one of: -created_at, created_at, -rating, rating, -helpful_count";
                Err(Problem::field("ordering", known))
            }
        }
    }
}

impl ReviewBody {
    fn check(self) -> Result<ReviewDraft, Problem> {
        if self.comment.as_ref().is_some_and(|comment| comment.trim().chars().count() < MIN_COMMENT) {
            return Err(Problem::field("comment", format!("must be at least {MIN_COMMENT} characters")));
        }
        Ok(ReviewDraft { rating: self.rating, title: self.title, comment: self.comment })
    }
}
