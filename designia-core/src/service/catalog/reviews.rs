//! Reviews by those who have bought.

use super::{Catalog, CatalogError};
use crate::catalog::{NewReview, Product, Review, ReviewChange, ReviewId};
use crate::id::{AccountId, BuyerId, ProductId};
use crate::order::{FulfilmentStatus, Order};
use crate::ports::{AddedReview, OrderFilter, PageRequest};

/// So many of a buyer's latest orders are looked through for a purchase, in pages of [`AT_ONCE`].
const LOOKED_THROUGH: u32 = 500;
const AT_ONCE: u32 = 100;

/// What is to be different about a review. What is absent stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ReviewDraft {
    /// From 1 to 5.
    pub rating: Option<u8>,
    /// In a few words.
    pub title: Option<String>,
    /// In many.
    pub comment: Option<String>,
}

impl Catalog {
    /// Reviews a product.
    ///
    /// # Errors
    /// [`CatalogError::Invalid`], [`CatalogError::NotBought`], [`CatalogError::ReviewedBefore`], [`CatalogError::NoSuch`], or a store
    /// error.
    pub async fn review(
        &self,
        product: &Product,
        reviewer: AccountId,
        draft: ReviewDraft,
    ) -> Result<Review, CatalogError> {
        let rating = draft.rating.ok_or_else(|| CatalogError::invalid("rating", "is missing"))?;
        let content = checked(&ReviewChange {
            rating,
            title: draft.title.unwrap_or_default(),
            comment: draft.comment.unwrap_or_default(),
        })?;
        if !self.has_received(reviewer.buyer(), product.id).await? {
            return Err(CatalogError::NotBought);
        }
        let at = self.ports.clock.now();
        let review = NewReview { product: product.id, reviewer, content, verified: true, at };
        match self.ports.reviews.add_review(&review).await? {
            AddedReview::New(review) => Ok(review),
            AddedReview::Known(_) => Err(CatalogError::ReviewedBefore),
            AddedReview::NoSuchProduct => Err(CatalogError::NoSuch("product")),
        }
    }

    /// A review that was not removed.
    ///
    /// # Errors
    /// [`CatalogError::NoSuch`], or a store error.
    pub async fn shown_review(&self, id: ReviewId) -> Result<Review, CatalogError> {
        let review = self.ports.reviews.review(id).await?.filter(|review| review.removed_at.is_none());
        review.ok_or(CatalogError::NoSuch("review"))
    }

    /// Changes a review as it was read; only whoever wrote it may.
    ///
    /// # Errors
    /// [`CatalogError::NotYours`], [`CatalogError::Invalid`], [`CatalogError::Changed`], or a store error.
    pub async fn change_review(
        &self,
        review: Review,
        by: AccountId,
        draft: ReviewDraft,
    ) -> Result<Review, CatalogError> {
        if review.reviewer != by {
            return Err(CatalogError::NotYours);
        }
        let change = checked(&ReviewChange {
            rating: draft.rating.unwrap_or(review.rating),
            title: draft.title.unwrap_or(review.title),
            comment: draft.comment.unwrap_or(review.comment),
        })?;
        let now = self.ports.clock.now();
        let changed = self.ports.reviews.change_review(review.id, review.version, &change, now).await?;
        changed.ok_or(CatalogError::Changed { current: review.version.saturating_add(1) })
    }

    /// Whether a seller has handed over this product to a buyer, as far as the buyer's latest orders tell.
    ///
    /// # Errors
    /// A store error.
    pub async fn has_received(&self, buyer: BuyerId, product: ProductId) -> Result<bool, CatalogError> {
        let filter = OrderFilter { buyer: Some(buyer), ..OrderFilter::default() };
        let mut after = None;
        for _ in 0..LOOKED_THROUGH / AT_ONCE {
            let page = self.ports.orders.orders(&filter, PageRequest { after, limit: AT_ONCE }).await?;
            if page.rows.iter().any(|order| brought(order, product)) {
                return Ok(true);
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        Ok(false)
    }
}

fn brought(order: &Order, product: ProductId) -> bool {
    order.consignments().any(|(consignment, fulfilment)| {
        let is_on_its_way = match fulfilment.status() {
            FulfilmentStatus::Shipped | FulfilmentStatus::Delivered => true,
            FulfilmentStatus::Waiting | FulfilmentStatus::Preparing | FulfilmentStatus::Cancelled => false,
        };
        is_on_its_way && consignment.lines.iter().any(|line| line.product == product)
    })
}

fn checked(change: &ReviewChange) -> Result<ReviewChange, CatalogError> {
    let change = ReviewChange {
        title: change.title.trim().to_owned(),
        comment: change.comment.trim().to_owned(),
        rating: change.rating,
    };
    change.check().map_err(|(field, rule)| CatalogError::invalid(field, rule))?;
    let is_control = |text: &str| text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
    for (field, text) in [("title", &change.title), ("comment", &change.comment)] {
        if is_control(text) {
            return Err(CatalogError::invalid(field, "must not contain control characters"));
        }
    }
    Ok(change)
}
