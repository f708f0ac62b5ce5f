//! Reviews in memory.

use async_trait::async_trait;

use super::{MemoryStore, page};
use crate::catalog::{NewReview, Review, ReviewChange, ReviewId};
use crate::id::{AccountId, ProductId};
use crate::ports::{
    AddedReview, Cursor, Page, PageRequest, ProductKey, ReviewOrder, ReviewStore, StoreError, review_cursor,
};
use crate::time::Timestamp;

#[async_trait]
impl ReviewStore for MemoryStore {
    async fn add_review(&self, review: &NewReview) -> Result<AddedReview, StoreError> {
        check(&review.content)?;
        let mut tables = self.tables();
        if tables.stock.product(&ProductKey::Id(review.product)).is_none() {
            return Ok(AddedReview::NoSuchProduct);
        }
        if let Some(known) = tables.shop.review_of(review.product, review.reviewer) {
            return Ok(AddedReview::Known(known.clone()));
        }
        let last = tables.shop.reviews.keys().next_back().map_or(0, |id| id.get());
        let ReviewChange { rating, title, comment } = review.content.clone();
        let stored = Review {
            id: ReviewId::new(last.saturating_add(1)),
            product: review.product,
            reviewer: review.reviewer,
            rating,
            title,
            comment,
            verified: review.verified,
            helpful: 0,
            version: 1,
            created_at: review.at,
            updated_at: review.at,
            removed_at: None,
        };
        if let Some(figures) = tables.stock.figures(review.product) {
            figures.rating.sum += u64::from(rating);
            figures.rating.count += 1;
        }
        tables.shop.reviews.insert(stored.id, stored.clone());
        Ok(AddedReview::New(stored))
    }

    async fn review(&self, id: ReviewId) -> Result<Option<Review>, StoreError> {
        Ok(self.tables().shop.reviews.get(&id).cloned())
    }

    async fn review_of(&self, product: ProductId, reviewer: AccountId) -> Result<Option<Review>, StoreError> {
        Ok(self.tables().shop.review_of(product, reviewer).cloned())
    }

    async fn reviews(
        &self,
        product: ProductId,
        order: ReviewOrder,
        page: PageRequest,
    ) -> Result<Page<Review>, StoreError> {
        let tables = self.tables();
        let mut rows: Vec<_> = tables.shop.kept().filter(|it| it.product == product).collect();
        rows.sort_by_key(|review| (order.key(review), review.id));
        if !order.is_rising() {
            rows.reverse();
        }
        Ok(after(rows, &page, order))
    }

    async fn reviews_by(&self, reviewer: AccountId, page: PageRequest) -> Result<Page<Review>, StoreError> {
        let tables = self.tables();
        let mut rows: Vec<_> = tables.shop.kept().filter(|it| it.reviewer == reviewer).collect();
        rows.sort_by_key(|review| std::cmp::Reverse((review.created_at, review.id)));
        Ok(after(rows, &page, ReviewOrder::Newest))
    }

    async fn change_review(
        &self,
        id: ReviewId,
        version: u64,
        change: &ReviewChange,
        now: Timestamp,
    ) -> Result<Option<Review>, StoreError> {
        check(change)?;
        let mut tables = self.tables();
        let known = tables.shop.reviews.get_mut(&id).filter(|it| it.removed_at.is_none() && it.version == version);
        let Some(review) = known else { return Ok(None) };
        let before = u64::from(review.rating);
        let ReviewChange { rating, title, comment } = change.clone();
        *review =
            Review { rating, title, comment, version: version.saturating_add(1), updated_at: now, ..review.clone() };
        let review = review.clone();
        if let Some(figures) = tables.stock.figures(review.product) {
            figures.rating.sum = figures.rating.sum.saturating_sub(before).saturating_add(u64::from(rating));
        }
        Ok(Some(review))
    }

    async fn remove_review(&self, id: ReviewId, now: Timestamp) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let known = tables.shop.reviews.get_mut(&id).filter(|it| it.removed_at.is_none());
        let Some(review) = known else { return Ok(false) };
        review.removed_at = Some(now);
        let (product, rating) = (review.product, u64::from(review.rating));
        if let Some(figures) = tables.stock.figures(product) {
            figures.rating.sum = figures.rating.sum.saturating_sub(rating);
            figures.rating.count = figures.rating.count.saturating_sub(1);
        }
        Ok(true)
    }

    async fn vote_review(&self, id: ReviewId, voter: AccountId, helpful: bool) -> Result<Option<u32>, StoreError> {
        let mut tables = self.tables();
        let is_open = |it: &Review| it.removed_at.is_none() && it.reviewer != voter;
        if !tables.shop.reviews.get(&id).is_some_and(is_open) {
            return Ok(None);
        }
        if helpful {
            tables.shop.votes.insert((id, voter));
        } else {
            tables.shop.votes.remove(&(id, voter));
        }
        let count = tables.shop.votes.iter().filter(|(review, _)| *review == id).count();
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        Ok(tables.shop.reviews.get_mut(&id).map(|review| {
            review.helpful = count;
            count
        }))
    }

    async fn voted_among(&self, voter: AccountId, ids: &[ReviewId]) -> Result<Vec<ReviewId>, StoreError> {
        let tables = self.tables();
        Ok(ids.iter().copied().filter(|id| tables.shop.votes.contains(&(*id, voter))).collect())
    }
}

fn check(content: &ReviewChange) -> Result<(), StoreError> {
    content.check().map_err(|(field, rule)| StoreError::invalid(format!("a review's {field} {rule}")))
}

/// What comes after the cursor, of rows in their order.
fn after(rows: Vec<&Review>, page: &PageRequest, order: ReviewOrder) -> Page<Review> {
    let is_after = |review: &&Review| {
        page.after.as_ref().is_none_or(|Cursor { at, id }| {
            let own = (order.key(review), review.id.get());
            let last = (at.as_micros(), id.parse().unwrap_or(0));
            if order.is_rising() { own > last } else { own < last }
        })
    };
    let rows = rows.into_iter().filter(is_after);
    page::take(rows, page.limit, |review| Some(review.clone()), |review| review_cursor(order, review))
}
