//! [`ReviewStore`] on SQLite.

use async_trait::async_trait;
use designia_core::catalog::{NewReview, Review, ReviewChange, ReviewId};
use designia_core::id::{AccountId, ProductId};
use designia_core::ports::{
    AddedReview, Cursor, Page, PageRequest, ReviewOrder, ReviewStore, StoreError, review_cursor,
};
use designia_core::time::Timestamp;
use sqlx::SqliteConnection;

use crate::error::store_error;
use crate::row::{self, StoredId, json, micros, number, one_more};
use crate::sql::shop as sql;
use crate::store::SqliteStore;

/// Id, product, reviewer, rating, title, comment, verified, helpful, version, created, updated, removed.
type Row = (u32, Vec<u8>, Vec<u8>, u8, String, String, bool, u32, i64, i64, i64, Option<i64>);

#[async_trait]
impl ReviewStore for SqliteStore {
    async fn add_review(&self, review: &NewReview) -> Result<AddedReview, StoreError> {
        check(&review.content)?;
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = add(transaction.connection(), review).await;
        transaction.end(outcome).await
    }

    async fn review(&self, id: ReviewId) -> Result<Option<Review>, StoreError> {
        by_id(&mut *self.reader().await?, id).await
    }

    async fn review_of(&self, product: ProductId, reviewer: AccountId) -> Result<Option<Review>, StoreError> {
        of(&mut *self.reader().await?, product, reviewer).await
    }

    async fn reviews(
        &self,
        product: ProductId,
        order: ReviewOrder,
        page: PageRequest,
    ) -> Result<Page<Review>, StoreError> {
        let statement = match order {
            ReviewOrder::Newest => sql::NEWEST_REVIEWS,
            ReviewOrder::Oldest => sql::OLDEST_REVIEWS,
            ReviewOrder::Best => sql::BEST_REVIEWS,
            ReviewOrder::Worst => sql::WORST_REVIEWS,
            ReviewOrder::Helpful => sql::HELPFUL_REVIEWS,
        };
        self.page_of_reviews(statement, product.bytes(), order, page).await
    }

    async fn reviews_by(&self, reviewer: AccountId, page: PageRequest) -> Result<Page<Review>, StoreError> {
        self.page_of_reviews(sql::REVIEWS_BY, reviewer.bytes(), ReviewOrder::Newest, page).await
    }

    async fn change_review(
        &self,
        id: ReviewId,
        version: u64,
        change: &ReviewChange,
        now: Timestamp,
    ) -> Result<Option<Review>, StoreError> {
        check(change)?;
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = self::change(transaction.connection(), id, version, change, now).await;
        transaction.end(outcome).await
    }

    async fn remove_review(&self, id: ReviewId, now: Timestamp) -> Result<bool, StoreError> {
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = remove(transaction.connection(), id, now).await;
        transaction.end(outcome).await
    }

    async fn vote_review(&self, id: ReviewId, voter: AccountId, helpful: bool) -> Result<Option<u32>, StoreError> {
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = vote(transaction.connection(), id, voter, helpful).await;
        transaction.end(outcome).await
    }

    async fn voted_among(&self, voter: AccountId, ids: &[ReviewId]) -> Result<Vec<ReviewId>, StoreError> {
        let query = sqlx::query_scalar(sql::VOTED_AMONG).bind(voter.bytes()).bind(json(&ids)?);
        let rows: Vec<u32> = query.fetch_all(&mut *self.reader().await?).await.map_err(store_error)?;
        Ok(rows.into_iter().map(ReviewId::new).collect())
    }
}

impl SqliteStore {
    async fn page_of_reviews(
        &self,
        statement: &'static str,
        of: Vec<u8>,
        order: ReviewOrder,
        page: PageRequest,
    ) -> Result<Page<Review>, StoreError> {
        let (key, id) = after(order, page.after.as_ref())?;
        let query = sqlx::query_as(statement).bind(one_more(page.limit)).bind(key).bind(id).bind(of);
        let rows: Vec<Row> = query.fetch_all(&mut *self.reader().await?).await.map_err(store_error)?;
        let rows = rows.into_iter().map(review).collect::<Result<Vec<_>, _>>()?;
        Ok(row::page(rows, page.limit, |review| review_cursor(order, review)))
    }
}

fn check(content: &ReviewChange) -> Result<(), StoreError> {
    content.check().map_err(|(field, rule)| StoreError::invalid(format!("a review's {field} {rule}")))
}

/// The key and the id of the last row, or what comes before every row.
fn after(order: ReviewOrder, cursor: Option<&Cursor>) -> Result<(i64, i64), StoreError> {
    match cursor {
        None if order.is_rising() => Ok((i64::MIN, i64::MIN)),
        None => Ok((i64::MAX, i64::MAX)),
        Some(Cursor { at, id }) => {
            let id = id.parse().map_err(|_| StoreError::invalid(format!("`{id}` is not a review's number")))?;
            Ok((at.as_micros(), id))
        }
    }
}

async fn by_id(connection: &mut SqliteConnection, id: ReviewId) -> Result<Option<Review>, StoreError> {
    let query = sqlx::query_as(sql::REVIEW).bind(id.get());
    let row: Option<Row> = query.fetch_optional(connection).await.map_err(store_error)?;
    row.map(review).transpose()
}

async fn of(
    connection: &mut SqliteConnection,
    product: ProductId,
    reviewer: AccountId,
) -> Result<Option<Review>, StoreError> {
    let query = sqlx::query_as(sql::REVIEW_OF).bind(product.bytes()).bind(reviewer.bytes());
    let row: Option<Row> = query.fetch_optional(connection).await.map_err(store_error)?;
    row.map(review).transpose()
}

/// One that may be changed: it was not removed.
async fn kept(connection: &mut SqliteConnection, id: ReviewId) -> Result<Option<Review>, StoreError> {
    Ok(by_id(connection, id).await?.filter(|review| review.removed_at.is_none()))
}

async fn rate(connection: &mut SqliteConnection, product: ProductId, sum: i64, count: i64) -> Result<u64, StoreError> {
    let query = sqlx::query(sql::RATE).bind(product.bytes()).bind(sum).bind(count);
    Ok(query.execute(connection).await.map_err(store_error)?.rows_affected())
}

async fn add(connection: &mut SqliteConnection, new: &NewReview) -> Result<AddedReview, StoreError> {
    if let Some(known) = of(connection, new.product, new.reviewer).await? {
        return Ok(AddedReview::Known(known));
    }
    if rate(connection, new.product, i64::from(new.content.rating), 1).await? == 0 {
        return Ok(AddedReview::NoSuchProduct);
    }
    let ReviewChange { rating, title, comment } = &new.content;
    let query = sqlx::query_scalar(sql::ADD_REVIEW)
        .bind(new.product.bytes())
        .bind(new.reviewer.bytes())
        .bind(*rating)
        .bind(title.clone())
        .bind(comment.clone())
        .bind(new.verified)
        .bind(micros(new.at));
    let id: u32 = query.fetch_one(&mut *connection).await.map_err(store_error)?;
    let stored = by_id(connection, ReviewId::new(id)).await?;
    stored.map(AddedReview::New).ok_or_else(|| store_error(sqlx::Error::RowNotFound))
}

async fn change(
    connection: &mut SqliteConnection,
    id: ReviewId,
    version: u64,
    change: &ReviewChange,
    now: Timestamp,
) -> Result<Option<Review>, StoreError> {
    let Some(known) = kept(connection, id).await?.filter(|known| known.version == version) else { return Ok(None) };
    let ReviewChange { rating, title, comment } = change;
    rate(connection, known.product, i64::from(*rating) - i64::from(known.rating), 0).await?;
    let query = sqlx::query(sql::CHANGE_REVIEW).bind(id.get()).bind(*rating).bind(title.clone());
    let query = query.bind(comment.clone()).bind(micros(now));
    query.execute(&mut *connection).await.map_err(store_error)?;
    by_id(connection, id).await
}

async fn remove(connection: &mut SqliteConnection, id: ReviewId, now: Timestamp) -> Result<bool, StoreError> {
    let Some(known) = kept(connection, id).await? else { return Ok(false) };
    rate(connection, known.product, -i64::from(known.rating), -1).await?;
    let query = sqlx::query(sql::REMOVE_REVIEW).bind(id.get()).bind(micros(now));
    query.execute(connection).await.map_err(store_error)?;
    Ok(true)
}

async fn vote(
    connection: &mut SqliteConnection,
    id: ReviewId,
    voter: AccountId,
    helpful: bool,
) -> Result<Option<u32>, StoreError> {
    let Some(known) = kept(connection, id).await?.filter(|known| known.reviewer != voter) else { return Ok(None) };
    let (statement, step) = if helpful { (sql::VOTE, 1) } else { (sql::UNVOTE, -1) };
    let query = sqlx::query(statement).bind(id.get()).bind(voter.bytes());
    if query.execute(&mut *connection).await.map_err(store_error)?.rows_affected() == 0 {
        return Ok(Some(known.helpful));
    }
    let query = sqlx::query_scalar(sql::HELP).bind(id.get()).bind(step);
    Ok(Some(query.fetch_one(connection).await.map_err(store_error)?))
}

fn review(row: Row) -> Result<Review, StoreError> {
    let (id, product, reviewer, rating, title, comment, verified, helpful, version, created, updated, removed) = row;
    Ok(Review {
        id: ReviewId::new(id),
        product: ProductId::from_uuid(row::uuid(&product)?),
        reviewer: AccountId::from_uuid(row::uuid(&reviewer)?),
        rating,
        title,
        comment,
        verified,
        helpful,
        version: number("a review's version", version)?,
        created_at: Timestamp::from_micros(created),
        updated_at: Timestamp::from_micros(updated),
        removed_at: removed.map(Timestamp::from_micros),
    })
}
