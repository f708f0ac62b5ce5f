//! Where favourites live.

use std::fmt;

use async_trait::async_trait;

use super::{Cursor, Page, PageRequest, StoreError};
use crate::id::{AccountId, ProductId};
use crate::time::Timestamp;

/// Keeps which products accounts like.
///
/// # Contract
/// - A product is an account's favourite once; the product's count moves in the same transaction.
/// - Pages are keyset pages, newest first. No cost grows with what is stored.
#[async_trait]
pub trait FavouriteStore: fmt::Debug + Send + Sync + 'static {
    /// Makes a product a favourite, or no longer; `false` if it was so already. `None` if there is no such product.
    async fn set_favourite(
        &self,
        account: AccountId,
        product: ProductId,
        wanted: bool,
        now: Timestamp,
    ) -> Result<Option<bool>, StoreError>;

    /// One page of an account's favourites.
    async fn favourites(&self, account: AccountId, page: PageRequest) -> Result<Page<Favourite>, StoreError>;

    /// Which of these products are favourites of an account.
    async fn favourites_among(&self, account: AccountId, products: &[ProductId]) -> Result<Vec<ProductId>, StoreError>;

    /// Forgets all favourites of an account.
    async fn forget_favourites_of(&self, account: AccountId) -> Result<(), StoreError>;
}

/// A favourite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Favourite {
    /// Which product.
    pub product: ProductId,
    /// Since when.
    pub created_at: Timestamp,
}

/// Where a page of favourites ended.
#[must_use]
pub fn favourite_cursor(favourite: &Favourite) -> Cursor {
    Cursor { at: favourite.created_at, id: favourite.product.to_string() }
}
