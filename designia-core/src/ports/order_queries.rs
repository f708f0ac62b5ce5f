//! Reading orders for people: pages, histories, counts.

use std::fmt;
use std::str::FromStr;

use async_trait::async_trait;

use super::StoreError;
use crate::effect::{EffectRecord, EffectState};
use crate::id::{BuyerId, OrderId, SellerId};
use crate::ledger::Account;
use crate::money::Currency;
use crate::order::{Order, OrderStatus, Recorded};
use crate::time::Timestamp;

/// Reads orders for people. What it answers is for looking at, never for deciding.
///
/// # Contract
/// - Pages are keyset pages, newest first: each order that exists throughout is on exactly one page.
/// - The cost of a page or a count doesn't grow with the number of orders stored.
#[async_trait]
pub trait OrderQueries: fmt::Debug + Send + Sync + 'static {
    /// One page of orders, newest first.
    async fn orders(&self, filter: &OrderFilter, page: PageRequest) -> Result<Page<Order>, StoreError>;

    /// Everything that happened to an order, oldest first; empty if there is no such order.
    async fn history(&self, order: OrderId) -> Result<Vec<Recorded>, StoreError>;

    /// Every effect that an order has planned, oldest first.
    async fn effects(&self, order: OrderId) -> Result<Vec<EffectRecord>, StoreError>;

    /// How many there are of what, as of `now`.
    async fn counts(&self, now: Timestamp) -> Result<Counts, StoreError>;

    /// The sum of every account per currency, in minor units; debit is positive. Per currency it sums to zero.
    async fn trial_balance(&self) -> Result<Vec<(Account, Currency, i64)>, StoreError>;
}

/// Which orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct OrderFilter {
    /// Only those of this buyer.
    pub buyer: Option<BuyerId>,
    /// Only those in which this seller has a part.
    pub seller: Option<SellerId>,
    /// Only those in this status.
    pub status: Option<OrderStatus>,
}

/// Which page, and how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// After which row; `None` for the first page.
    pub after: Option<Cursor>,
    /// At most so many rows.
    pub limit: u32,
}

/// Where a page ended: the sort key of its last row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cursor {
    /// When the row was made.
    pub at: Timestamp,
    /// The row's id, for rows made at the same moment.
    pub id: String,
}

impl fmt::Display for Cursor {
    /// Opaque to clients: `micros.id`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at.as_micros(), self.id)
    }
}

/// The text is not a cursor that a page gave out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a cursor that a page gave out")]
pub struct CursorParseError(String);

impl FromStr for Cursor {
    type Err = CursorParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (at, id) = text.split_once('.')?;
            Some(Self { at: Timestamp::from_micros(at.parse().ok()?), id: id.to_owned() })
        };
        parse().ok_or_else(|| CursorParseError(text.to_owned()))
    }
}

/// One page of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Where the next page begins, if there may be one.
    pub next: Option<Cursor>,
}

/// How many there are of what.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Counts {
    /// Orders by status; a status without orders may be missing.
    pub orders: Vec<(OrderStatus, u64)>,
    /// Effects by state; a state without effects may be missing.
    pub effects: Vec<(EffectState, u64)>,
    /// When the longest overdue order was due, if any is.
    pub oldest_due_order: Option<Timestamp>,
    /// When the longest overdue effect was due, if any is.
    pub oldest_due_effect: Option<Timestamp>,
}
