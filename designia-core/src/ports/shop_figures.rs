//! What sellers want to know about their shops, from counters that are kept as things happen.

use std::fmt;

use async_trait::async_trait;

use super::StoreError;
use crate::catalog::{Activity, ActivityTotals, ProductCard, Sale};
use crate::id::{ProductId, SellerId};
use crate::order::OrderStatus;
use crate::time::{Date, Timestamp};

/// Counts by product, by seller and by day.
///
/// # Contract
/// - Each count is an increment within one transaction: none is lost, whoever counts at once.
/// - A sale is counted once for each order, however often it is noted.
/// - The cost of an answer grows with the number of days asked for, never with the number of orders.
#[async_trait]
pub trait ShopFigures: fmt::Debug + Send + Sync + 'static {
    /// Counts what somebody did with products; those that don't exist are passed over. Favourites count themselves.
    async fn note_activity(&self, activity: Activity, products: &[ProductId], now: Timestamp)
    -> Result<(), StoreError>;

    /// Counts what was sold; `false` if that order was counted before.
    async fn note_sale(&self, sale: &Sale) -> Result<bool, StoreError>;

    /// What came together for a seller from one day to another, both included; all there ever was without a first day.
    async fn totals_of(&self, seller: SellerId, from: Option<Date>, until: Date) -> Result<ActivityTotals, StoreError>;

    /// How many products a seller has, and how many of them are active.
    async fn products_of(&self, seller: SellerId) -> Result<(u64, u64), StoreError>;

    /// What of a seller was sold most, at most so many, the most first.
    async fn best_sellers(&self, seller: SellerId, limit: u32) -> Result<Vec<ProductCard>, StoreError>;

    /// How many orders with a part of a seller are in which status, each as far as [`ORDERS_COUNTED`]; a status without orders is
    /// missing.
    async fn orders_by_status(&self, seller: SellerId) -> Result<Vec<(OrderStatus, u32)>, StoreError>;
}

/// So far orders in one status are counted: a screen says "more than" beyond.
pub const ORDERS_COUNTED: u32 = 1_000;
