//! [`ReviewStore`] on PostgreSQL. Whoever changes what a product is rated locks the product first, then the review.

use async_trait::async_trait;
use designia_core::catalog::{NewReview, Review, ReviewChange, ReviewId};
use designia_core::id::{AccountId, ProductId};
use designia_core::ports::{
    AddedReview, Cursor, Page, PageRequest, ReviewOrder, ReviewStore, StoreError, review_cursor,
};
use designia_core::time::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::error::store_error;
use crate::instant::Instant;
use crate::row::{self, number, one_more};
use crate::session::Session;
use crate::sql::shop as sql;
use crate::statement::{Binding, statement};
use crate::store::{PostgresStore, Work};

/// Id, product, reviewer, rating, title, comment, verified, helpful, version, created, updated, removed.
type Row = (i32, Uuid, Uuid, i16, String, String, bool, i64, i64, Instant, Instant, Option<Instant>);

#[async_trait]
impl ReviewStore for PostgresStore {
    async fn add_review(&self, review: &NewReview) -> Result<AddedReview, StoreError> {
        check(&review.content)?;
        match self.transact(Adding(review)).await?.map_err(store_error)? {
            Added::New(row) => self::review(row).map(AddedReview::New),
            Added::Known(row) => self::review(row).map(AddedReview::Known),
            Added::NoSuchProduct => Ok(AddedReview::NoSuchProduct),
        }
    }

    async fn review(&self, id: ReviewId) -> Result<Option<Review>, StoreError> {
        let Ok(id) = i32::try_from(id.get()) else { return Ok(None) };
        self.first(statement(sql::REVIEW).bind(id)).await?.map(review).transpose()
    }

    async fn review_of(&self, product: ProductId, reviewer: AccountId) -> Result<Option<Review>, StoreError> {
        let query = statement(sql::REVIEW_OF).bind(product.as_uuid()).bind(reviewer.as_uuid());
        self.first(query).await?.map(review).transpose()
    }

    async fn reviews(
        &self,
        product: ProductId,
        order: ReviewOrder,
        page: PageRequest,
    ) -> Result<Page<Review>, StoreError> {
        let text = match order {
            ReviewOrder::Newest => sql::NEWEST_REVIEWS,
            ReviewOrder::Oldest => sql::OLDEST_REVIEWS,
            ReviewOrder::Best => sql::BEST_REVIEWS,
            ReviewOrder::Worst => sql::WORST_REVIEWS,
            ReviewOrder::Helpful => sql::HELPFUL_REVIEWS,
        };
        self.page_of_reviews(text, product.as_uuid(), order, page).await
    }

    async fn reviews_by(&self, reviewer: AccountId, page: PageRequest) -> Result<Page<Review>, StoreError> {
        self.page_of_reviews(sql::REVIEWS_BY, reviewer.as_uuid(), ReviewOrder::Newest, page).await
    }

    async fn change_review(
        &self,
        id: ReviewId,
        version: u64,
        change: &ReviewChange,
        now: Timestamp,
    ) -> Result<Option<Review>, StoreError> {
        check(change)?;
        let (Some(id), Ok(version)) = (stored(id), i64::try_from(version)) else { return Ok(None) };
        let changed = self.transact(Changing { id, version, change, now }).await?;
        changed.map_err(store_error)?.map(review).transpose()
    }

    async fn remove_review(&self, id: ReviewId, now: Timestamp) -> Result<bool, StoreError> {
        let Some(id) = stored(id) else { return Ok(false) };
        self.transact(Removing { id, now }).await?.map_err(store_error)
    }

    async fn vote_review(&self, id: ReviewId, voter: AccountId, helpful: bool) -> Result<Option<u32>, StoreError> {
        let Some(id) = stored(id) else { return Ok(None) };
        let count = self.transact(Voting { id, voter, helpful }).await?.map_err(store_error)?;
        count.map(|count| number("a review's votes", count)).transpose()
    }

    async fn voted_among(&self, voter: AccountId, ids: &[ReviewId]) -> Result<Vec<ReviewId>, StoreError> {
        let ids: Vec<_> = ids.iter().filter_map(|id| stored(*id)).collect();
        let rows: Vec<(i32,)> = self.all(statement(sql::VOTED_AMONG).bind(voter.as_uuid()).bind(ids)).await?;
        rows.into_iter().map(|(id,)| review_id(id)).collect()
    }
}

impl PostgresStore {
    async fn page_of_reviews(
        &self,
        text: &'static str,
        of: Uuid,
        order: ReviewOrder,
        page: PageRequest,
    ) -> Result<Page<Review>, StoreError> {
        let query = after(statement(text).bind(one_more(page.limit)), order, page.after.as_ref())?;
        let rows: Vec<Row> = self.all(query.bind(of)).await?;
        let rows = rows.into_iter().map(review).collect::<Result<Vec<_>, _>>()?;
        Ok(row::page(rows, page.limit, |review| review_cursor(order, review)))
    }
}

fn check(content: &ReviewChange) -> Result<(), StoreError> {
    content.check().map_err(|(field, rule)| StoreError::invalid(format!("a review's {field} {rule}")))
}

/// As the column holds it; no review has a greater number.
fn stored(id: ReviewId) -> Option<i32> {
    i32::try_from(id.get()).ok()
}

fn review_id(id: i32) -> Result<ReviewId, StoreError> {
    number("a review's number", i64::from(id)).map(ReviewId::new)
}

/// Before any review: in the year 4369 before ours, which the server still knows.
const LONG_AGO: i64 = -200_000_000_000_000_000;

/// Binds the key and the id of the last row, or what comes before every row.
fn after(query: Binding, order: ReviewOrder, cursor: Option<&Cursor>) -> Result<Binding, StoreError> {
    let (key, id) = match cursor {
        None if order.is_rising() => (i64::MIN, i32::MIN),
        None => (i64::MAX, i32::MAX),
        Some(Cursor { at, id }) => {
            let id = id.parse().map_err(|_| StoreError::invalid(format!("`{id}` is not a review's number")))?;
            (at.as_micros(), id)
        }
    };
    let least = i64::from(i16::MIN);
    Ok(match order {
        ReviewOrder::Newest | ReviewOrder::Oldest => query.bind(Instant(Timestamp::from_micros(key.max(LONG_AGO)))),
        ReviewOrder::Best | ReviewOrder::Worst => {
            query.bind(i16::try_from(key.clamp(least, i64::from(i16::MAX))).unwrap_or_default())
        }
        ReviewOrder::Helpful => query.bind(key),
    }
    .bind(id))
}

/// The first row of a statement within a transaction.
async fn first(session: &mut Session, query: Binding) -> Result<Option<Row>, sqlx::Error> {
    session.ask(query.done()?).await?.first().map(Row::from_row).transpose()
}

async fn rate(session: &mut Session, product: Uuid, sum: i64, count: i64) -> Result<(), sqlx::Error> {
    session.ask(statement(sql::RATE).bind(product).bind(sum).bind(count).done()?).await?;
    Ok(())
}

/// A review that may be changed, locked after its product.
async fn locked(session: &mut Session, id: i32) -> Result<Option<Row>, sqlx::Error> {
    let Some(known) = first(session, statement(sql::REVIEW).bind(id)).await? else { return Ok(None) };
    session.ask(statement(sql::LOCK_PRODUCT).bind(known.1).done()?).await?;
    first(session, statement(sql::LOCK_REVIEW).bind(id)).await
}

enum Added {
    New(Row),
    Known(Row),
    NoSuchProduct,
}

struct Adding<'a>(&'a NewReview);

#[async_trait]
impl Work<Added> for Adding<'_> {
    async fn run(&self, session: &mut Session) -> Result<Added, sqlx::Error> {
        let (product, reviewer) = (self.0.product.as_uuid(), self.0.reviewer.as_uuid());
        if session.ask(statement(sql::LOCK_PRODUCT).bind(product).done()?).await?.is_empty() {
            return Ok(Added::NoSuchProduct);
        }
        let ReviewChange { rating, title, comment } = &self.0.content;
        let query = statement(sql::ADD_REVIEW)
            .bind(product)
            .bind(reviewer)
            .bind(i16::from(*rating))
            .bind(title.as_str())
            .bind(comment.as_str())
            .bind(self.0.verified)
            .bind(Instant(self.0.at));
        if let Some(new) = first(session, query).await? {
            rate(session, product, i64::from(*rating), 1).await?;
            return Ok(Added::New(new));
        }
        let known = first(session, statement(sql::REVIEW_OF).bind(product).bind(reviewer)).await?;
        known.map(Added::Known).ok_or(sqlx::Error::RowNotFound)
    }
}

struct Changing<'a> {
    id: i32,
    version: i64,
    change: &'a ReviewChange,
    now: Timestamp,
}

#[async_trait]
impl Work<Option<Row>> for Changing<'_> {
    async fn run(&self, session: &mut Session) -> Result<Option<Row>, sqlx::Error> {
        let Some(known) = locked(session, self.id).await?.filter(|known| known.8 == self.version) else {
            return Ok(None);
        };
        let ReviewChange { rating, title, comment } = self.change;
        let query = statement(sql::CHANGE_REVIEW)
            .bind(self.id)
            .bind(i16::from(*rating))
            .bind(title.as_str())
            .bind(comment.as_str())
            .bind(Instant(self.now));
        let changed = first(session, query).await?;
        rate(session, known.1, i64::from(*rating) - i64::from(known.3), 0).await?;
        Ok(changed)
    }
}

struct Removing {
    id: i32,
    now: Timestamp,
}

#[async_trait]
impl Work<bool> for Removing {
    async fn run(&self, session: &mut Session) -> Result<bool, sqlx::Error> {
        let Some(known) = locked(session, self.id).await? else { return Ok(false) };
        session.ask(statement(sql::REMOVE_REVIEW).bind(self.id).bind(Instant(self.now)).done()?).await?;
        rate(session, known.1, -i64::from(known.3), -1).await?;
        Ok(true)
    }
}

struct Voting {
    id: i32,
    voter: AccountId,
    helpful: bool,
}

#[async_trait]
impl Work<Option<i64>> for Voting {
    async fn run(&self, session: &mut Session) -> Result<Option<i64>, sqlx::Error> {
        let voter = self.voter.as_uuid();
        let known = first(session, statement(sql::LOCK_REVIEW).bind(self.id)).await?;
        let Some(known) = known.filter(|known| known.2 != voter) else { return Ok(None) };
        let (text, step) = if self.helpful { (sql::VOTE, 1) } else { (sql::UNVOTE, -1) };
        if session.ask(statement(text).bind(self.id).bind(voter).done()?).await?.is_empty() {
            return Ok(Some(known.7));
        }
        session.ask(statement(sql::HELP).bind(self.id).bind(step).done()?).await?;
        Ok(Some(known.7 + step))
    }
}

fn review(row: Row) -> Result<Review, StoreError> {
    let (id, product, reviewer, rating, title, comment, verified, helpful, version, created, updated, removed) = row;
    Ok(Review {
        id: review_id(id)?,
        product: ProductId::from_uuid(product),
        reviewer: AccountId::from_uuid(reviewer),
        rating: number("a review's rating", i64::from(rating))?,
        title,
        comment,
        verified,
        helpful: number("a review's votes", helpful)?,
        version: number("a review's version", version)?,
        created_at: created.0,
        updated_at: updated.0,
        removed_at: removed.map(|at| at.0),
    })
}
