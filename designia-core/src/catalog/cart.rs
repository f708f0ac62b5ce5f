//! A cart: what somebody may order soon. It holds neither stock nor prices; both are looked up when it is shown and when it
//! is ordered.

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, ProductId};
use crate::time::Timestamp;

/// At most so many different products are in a cart.
pub const MAX_CART_LINES: usize = 100;
/// At most so many of one product are in a cart.
pub const MAX_CART_QUANTITY: u32 = 999;

/// The cart of one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cart {
    /// Whose it is.
    pub account: AccountId,
    /// What is in it, in the order in which it was put there; each product once.
    pub lines: Vec<CartLine>,
    /// As of which change; 0 if nothing was ever stored.
    pub version: u64,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// So many of one product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CartLine {
    /// Which.
    pub product: ProductId,
    /// From 1 to [`MAX_CART_QUANTITY`].
    pub quantity: u32,
    /// When it was first put there.
    pub added_at: Timestamp,
}

/// What can be done to a cart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CartChange {
    /// Puts so many more into it.
    Add {
        /// Of which product.
        product: ProductId,
        /// How many more.
        quantity: u32,
    },
    /// Sets how many there are.
    Set {
        /// Of which product, which is in it.
        product: ProductId,
        /// How many.
        quantity: u32,
    },
    /// Takes a product out; nothing happens if it isn't there.
    Remove {
        /// Which.
        product: ProductId,
    },
    /// Takes in what a guest had gathered: of each product the larger number counts, so that merging twice is merging once,
    /// and what doesn't fit is left out.
    Merge {
        /// Products with their quantities.
        lines: Vec<(ProductId, u32)>,
    },
    /// Empties it.
    Clear,
}

/// Why a cart can't be changed like that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CartRefusal {
    /// Too few or too many of one product.
    #[error("the quantity must be from 1 to {MAX_CART_QUANTITY}, not {0}")]
    Quantity(u32),
    /// Too many different products.
    #[error("a cart holds at most {MAX_CART_LINES} products")]
    Full,
    /// The product is not in the cart.
    #[error("product {0} is not in the cart")]
    NotThere(ProductId),
}

impl Cart {
    /// A cart that was never used.
    #[must_use]
    pub const fn empty(account: AccountId) -> Self {
        Self { account, lines: Vec::new(), version: 0, updated_at: Timestamp::from_micros(0) }
    }

    /// The cart after a change. Its version stays that of the stored one: the store raises it.
    ///
    /// # Errors
    /// A [`CartRefusal`]; nothing has changed then.
    pub fn after(&self, change: &CartChange, now: Timestamp) -> Result<Self, CartRefusal> {
        let mut cart = self.clone();
        cart.updated_at = now;
        match change {
            CartChange::Add { product, quantity } => {
                let known = cart.quantity_of(*product);
                cart.set(*product, known.saturating_add(in_range(*quantity)?), now)?;
            }
            CartChange::Set { product, quantity } => {
                if cart.quantity_of(*product) == 0 {
                    return Err(CartRefusal::NotThere(*product));
                }
                cart.set(*product, *quantity, now)?;
            }
            CartChange::Remove { product } => cart.lines.retain(|line| line.product != *product),
            CartChange::Merge { lines } => {
                for (product, quantity) in lines {
                    let quantity = (*quantity).clamp(1, MAX_CART_QUANTITY).max(cart.quantity_of(*product));
                    if let Err(CartRefusal::Full) = cart.set(*product, quantity, now) {}
                }
            }
            CartChange::Clear => cart.lines.clear(),
        }
        Ok(cart)
    }

    /// How many of a product are in it.
    #[must_use]
    pub fn quantity_of(&self, product: ProductId) -> u32 {
        self.lines.iter().find(|line| line.product == product).map_or(0, |line| line.quantity)
    }

    /// How many pieces are in it.
    #[must_use]
    pub fn pieces(&self) -> u32 {
        self.lines.iter().map(|line| line.quantity).sum()
    }

    /// Refuses what no store may hold.
    ///
    /// # Errors
    /// The rule that is broken.
    pub fn check(&self) -> Result<(), CartRefusal> {
        if self.lines.len() > MAX_CART_LINES {
            return Err(CartRefusal::Full);
        }
        self.lines.iter().try_for_each(|line| in_range(line.quantity).map(drop))
    }

    fn set(&mut self, product: ProductId, quantity: u32, now: Timestamp) -> Result<(), CartRefusal> {
        let quantity = in_range(quantity)?;
        let is_full = self.lines.len() >= MAX_CART_LINES;
        match self.lines.iter_mut().find(|line| line.product == product) {
            Some(line) => line.quantity = quantity,
            None if is_full => return Err(CartRefusal::Full),
            None => self.lines.push(CartLine { product, quantity, added_at: now }),
        }
        Ok(())
    }
}

const fn in_range(quantity: u32) -> Result<u32, CartRefusal> {
    if quantity >= 1 && quantity <= MAX_CART_QUANTITY { Ok(quantity) } else { Err(CartRefusal::Quantity(quantity)) }
}
