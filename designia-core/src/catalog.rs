//! What is for sale, as far as ordering needs it.

use serde::{Deserialize, Serialize};

use crate::id::{ProductId, SellerId};
use crate::money::Money;

/// One product of one seller.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Product {
    /// The product's id.
    pub id: ProductId,
    /// Who sells it.
    pub seller: SellerId,
    /// The product's name in addresses: lower case letters, digits and hyphens, unique.
    pub slug: String,
    /// What it is called.
    pub name: String,
    /// What it is, in words.
    pub description: String,
    /// The price of one, in the seller's currency.
    pub price: Money,
    /// How many can be ordered right now. Never negative; changed only by stock movements.
    pub stock: u32,
    /// Whether it is shown and can be ordered.
    pub active: bool,
}
