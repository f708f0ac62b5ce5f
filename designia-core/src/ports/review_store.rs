//! Where reviews live.

use std::fmt;

use async_trait::async_trait;

use super::{Cursor, Page, PageRequest, StoreError};
use crate::catalog::{NewReview, Review, ReviewChange, ReviewId};
use crate::id::{AccountId, ProductId};
use crate::time::Timestamp;
use crate::words::words;

/// Keeps reviews of products.
///
/// # Contract
/// - Of one account there is at most one review of a product that was not removed, whoever asks at once.
/// - The product's rating moves in the transaction that adds, changes or removes a review, and removed ones count nowhere.
/// - A review that was removed is on no page and can't be changed, and stays stored.
/// - Votes are one for each account and review. Nobody votes for their own.
/// - Pages are keyset pages. Their cost doesn't grow with what is stored.
#[async_trait]
pub trait ReviewStore: fmt::Debug + Send + Sync + 'static {
    /// Adds a review.
    async fn add_review(&self, review: &NewReview) -> Result<AddedReview, StoreError>;

    /// One review, removed or not.
    async fn review(&self, id: ReviewId) -> Result<Option<Review>, StoreError>;

    /// The review of an account of a product that was not removed.
    async fn review_of(&self, product: ProductId, reviewer: AccountId) -> Result<Option<Review>, StoreError>;

    /// One page of a product's reviews.
    async fn reviews(
        &self,
        product: ProductId,
        order: ReviewOrder,
        page: PageRequest,
    ) -> Result<Page<Review>, StoreError>;

    /// One page of what an account has written, newest first.
    async fn reviews_by(&self, reviewer: AccountId, page: PageRequest) -> Result<Page<Review>, StoreError>;

    /// Changes what a review of this version says: the review afterwards, or `None` if it is missing, removed, or at another
    /// version.
    async fn change_review(
        &self,
        id: ReviewId,
        version: u64,
        change: &ReviewChange,
        now: Timestamp,
    ) -> Result<Option<Review>, StoreError>;

    /// Takes a review away; `false` if it is missing or was removed before.
    async fn remove_review(&self, id: ReviewId, now: Timestamp) -> Result<bool, StoreError>;

    /// Says that somebody finds a review helpful, or no longer: how many do then. `None` if it is missing or removed, or the
    /// voter's own.
    async fn vote_review(&self, id: ReviewId, voter: AccountId, helpful: bool) -> Result<Option<u32>, StoreError>;

    /// Which of these reviews somebody finds helpful.
    async fn voted_among(&self, voter: AccountId, ids: &[ReviewId]) -> Result<Vec<ReviewId>, StoreError>;
}

/// What came of adding a review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddedReview {
    /// It is stored.
    New(Review),
    /// The account has reviewed the product before; that review stays.
    Known(Review),
    /// There is no such product.
    NoSuchProduct,
}

words! {
    /// In which order reviews come.
    ReviewOrder {
        /// The newest first.
        Newest => "newest",
        /// The oldest first.
        Oldest => "oldest",
        /// The best first.
        Best => "best",
        /// The worst first.
        Worst => "worst",
        /// What most found helpful first.
        Helpful => "helpful",
    }
}

impl ReviewOrder {
    /// By what it orders.
    #[must_use]
    pub fn key(self, review: &Review) -> i64 {
        match self {
            Self::Newest | Self::Oldest => review.created_at.as_micros(),
            Self::Best | Self::Worst => i64::from(review.rating),
            Self::Helpful => i64::from(review.helpful),
        }
    }

    /// Whether small keys go first.
    #[must_use]
    pub const fn is_rising(self) -> bool {
        match self {
            Self::Oldest | Self::Worst => true,
            Self::Newest | Self::Best | Self::Helpful => false,
        }
    }
}

/// Where a page of reviews ended.
#[must_use]
pub fn review_cursor(order: ReviewOrder, review: &Review) -> Cursor {
    Cursor { at: Timestamp::from_micros(order.key(review)), id: review.id.to_string() }
}
