//! What happens to products that their sellers want to know of.

use crate::id::{OrderId, ProductId, SellerId};
use crate::money::Money;
use crate::time::Timestamp;
use crate::words::words;

words! {
    /// What somebody did with a product.
    Activity {
        /// Its page was seen.
        View => "view",
        /// It was chosen from a list.
        Click => "click",
        /// It was put into a cart.
        CartAdd => "cart_add",
    }
}

/// An order that was paid, as its sellers' figures want to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sale {
    /// Which. A sale is counted once for each order.
    pub order: OrderId,
    /// When it was confirmed: the day that it counts for.
    pub at: Timestamp,
    /// What was sold, each product once.
    pub lines: Vec<SoldLine>,
}

/// So many of one product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SoldLine {
    /// Whose it was.
    pub seller: SellerId,
    /// Which.
    pub product: ProductId,
    /// How many.
    pub quantity: u32,
    /// What the buyer pays for all of them.
    pub total: Money,
}

/// What came together over some days.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ActivityTotals {
    /// How often pages were seen.
    pub views: u64,
    /// How often products were chosen from lists.
    pub clicks: u64,
    /// How often products were put into carts.
    pub cart_adds: u64,
    /// How often products became favourites.
    pub favourites: u64,
    /// How many orders had a part of the seller.
    pub orders: u64,
    /// How many pieces were sold.
    pub sold: u64,
    /// What they brought, an amount for each currency, by its code.
    pub revenue: Vec<Money>,
}
