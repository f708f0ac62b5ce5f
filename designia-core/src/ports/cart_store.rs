//! Where carts live.

use std::fmt;

use async_trait::async_trait;

use super::StoreError;
use crate::catalog::Cart;
use crate::id::AccountId;

/// Keeps carts: one for each account. What may be in one is decided by [`Cart::after`].
///
/// # Contract
/// - A cart is stored only over the version that it was made from, so of two who change it at once one does it anew; and a checkout
///   that empties the version that it ordered leaves alone what was put in since.
/// - Versions of an account's cart only rise, also after it was emptied.
#[async_trait]
pub trait CartStore: fmt::Debug + Send + Sync + 'static {
    /// The cart of an account; empty, at version 0, if there never was one.
    async fn cart(&self, account: AccountId) -> Result<Cart, StoreError>;

    /// Stores a cart over the version that it names: its new version, or `None` if another one is stored by now.
    ///
    /// # Errors
    /// [`Invalid`](super::StoreErrorKind::Invalid) if it breaks a rule of [`Cart::check`], or the store's.
    async fn save_cart(&self, cart: &Cart) -> Result<Option<u64>, StoreError>;

    /// Forgets the cart of an account.
    async fn forget_cart(&self, account: AccountId) -> Result<(), StoreError>;
}
