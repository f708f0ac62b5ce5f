//! What a buyer says about a product.

use serde::{Deserialize, Serialize};

use super::ReviewId;
use crate::id::{AccountId, ProductId};
use crate::time::Timestamp;

/// A title has at most so many characters.
pub const MAX_REVIEW_TITLE: usize = 200;
/// A comment has at most so many characters.
pub const MAX_REVIEW_COMMENT: usize = 5_000;

/// A review as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Given by the store, rising.
    pub id: ReviewId,
    /// About which product.
    pub product: ProductId,
    /// Whose it is.
    pub reviewer: AccountId,
    /// From 1 to 5.
    pub rating: u8,
    /// In a few words; may be empty.
    pub title: String,
    /// In many.
    pub comment: String,
    /// Whether the reviewer is known to have bought the product.
    pub verified: bool,
    /// How many found it helpful.
    pub helpful: u32,
    /// Raised with each edit; 1 at first.
    pub version: u64,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was last edited.
    pub updated_at: Timestamp,
    /// When it was taken away. Such a review counts nowhere.
    pub removed_at: Option<Timestamp>,
}

/// A review that is to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewReview {
    /// About which product.
    pub product: ProductId,
    /// Whose it is.
    pub reviewer: AccountId,
    /// What it says.
    pub content: ReviewChange,
    /// Whether the reviewer is known to have bought the product.
    pub verified: bool,
    /// When it is written.
    pub at: Timestamp,
}

/// What a review says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewChange {
    /// From 1 to 5.
    pub rating: u8,
    /// In a few words; may be empty.
    pub title: String,
    /// In many.
    pub comment: String,
}

impl ReviewChange {
    /// Refuses what no store may hold.
    ///
    /// # Errors
    /// The field and its rule.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        if !(1..=5).contains(&self.rating) {
            return Err(("rating", "must be from 1 to 5".to_owned()));
        }
        if self.title.chars().count() > MAX_REVIEW_TITLE {
            return Err(("title", format!("must have at most {MAX_REVIEW_TITLE} characters")));
        }
        if self.comment.chars().count() > MAX_REVIEW_COMMENT {
            return Err(("comment", format!("must have at most {MAX_REVIEW_COMMENT} characters")));
        }
        Ok(())
    }
}
