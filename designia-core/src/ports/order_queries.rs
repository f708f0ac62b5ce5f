//! Reading orders for people: pages, histories, counts.

mod figures;

use std::fmt;
use std::str::FromStr;

use async_trait::async_trait;

pub use figures::{DayMoney, Figures, HOURS_AHEAD};

use super::{PaymentList, StoreError};
use crate::effect::{EffectId, EffectRecord, EffectState};
use crate::id::{BuyerId, OrderId, SellerId};
use crate::ledger::Account;
use crate::money::{Currency, Money};
use crate::order::{Order, OrderStatus, Recorded};
use crate::time::Timestamp;

/// Reads orders for people. What it answers is for looking at, never for deciding.
///
/// # Contract
/// - Pages are keyset pages: each order that exists throughout, and whose place in the order stays, is on exactly one page.
/// - The cost of a page or a count doesn't grow with the number of orders stored.
/// - Every filter but the total is an index's, and a page that was filtered by those alone is full unless it is the last. A total
///   is a condition on the walk along that index: a page that was filtered by it reads at most [`ORDERS_READ_AT_MOST`] orders,
///   so it may have fewer rows than asked for, or none, and still a `next`: where the walk stopped, and goes on when asked.
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

    /// One page of the orders that wait for a deadline, the earliest first: [`Cursor::at`] is the deadline.
    async fn agenda(&self, of: Agenda, page: PageRequest) -> Result<Page<Order>, StoreError>;

    /// What falls due and what was earned, as of `now`, which is the present: what fell on days more than a week before the
    /// latest on which money moved may have been forgotten.
    async fn figures(&self, now: Timestamp) -> Result<Figures, StoreError>;

    /// The order that knows a refund by this name of the provider's, whether the order asked for it or heard of it. Of several
    /// that heard of the same one, any.
    async fn order_of_refund(&self, provider_id: &str) -> Result<Option<OrderId>, StoreError>;

    /// The sum of every account per currency, in minor units; debit is positive. Per currency it sums to zero.
    async fn trial_balance(&self) -> Result<Vec<(Account, Currency, i64)>, StoreError>;

    /// One page of the effects of all orders that are in a state: those that are open earliest due first, refused ones latest
    /// first, by when the claim that was refused would have run out. The cursor of a row is its `due_at` and its id.
    async fn effects_in(&self, of: OpenEffects, page: PageRequest) -> Result<Page<EffectRecord>, StoreError>;

    /// At most so many of the orders that have a payment on a list, the highest ids first, and only ids below one: with ids that
    /// rise with time, such as those of UUID version 7, the latest first. A page goes on below the last id of the one before.
    async fn with_payments(
        &self,
        of: PaymentList,
        below: Option<OrderId>,
        limit: u32,
    ) -> Result<Vec<Order>, StoreError>;
}

/// Which effects a person may have to look at. Those that are done are read with their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OpenEffects {
    /// [`EffectState::Planned`].
    Planned,
    /// [`EffectState::Sent`].
    Sent,
    /// [`EffectState::Unknown`].
    Unknown,
    /// [`EffectState::Refused`].
    Refused,
}

impl OpenEffects {
    /// Every choice.
    pub const ALL: [Self; 4] = [Self::Planned, Self::Sent, Self::Unknown, Self::Refused];

    /// The state that they are in.
    #[must_use]
    pub const fn state(self) -> EffectState {
        match self {
            Self::Planned => EffectState::Planned,
            Self::Sent => EffectState::Sent,
            Self::Unknown => EffectState::Unknown,
            Self::Refused => EffectState::Refused,
        }
    }
}

/// The cursor of an effect.
#[must_use]
pub fn effect_cursor(row: &EffectRecord) -> Cursor {
    Cursor { at: row.due_at, id: row.effect.id.to_string() }
}

/// The effect at which a page ended.
///
/// # Errors
/// A [`StoreError`] of kind `Invalid` if it is no cursor of an effect.
pub fn effect_of_cursor(cursor: &Cursor) -> Result<(Timestamp, EffectId), StoreError> {
    let id = cursor.id.parse().map_err(|error| StoreError::invalid(format!("not a cursor: {error}")))?;
    Ok((cursor.at, id))
}

/// So many orders does a page read at most that is filtered by a total, and so many overdue ones of one hour does
/// [`OrderQueries::figures`] count at most.
pub const ORDERS_READ_AT_MOST: u32 = 10_000;

/// Which orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct OrderFilter {
    /// Only those of this buyer.
    pub buyer: Option<BuyerId>,
    /// Only those in which this seller has a part.
    pub seller: Option<SellerId>,
    /// Only those in this status.
    pub status: Option<OrderStatus>,
    /// Only those placed then or later.
    pub placed_from: Option<Timestamp>,
    /// Only those placed before.
    pub placed_before: Option<Timestamp>,
    /// Only those that cost so much.
    pub total: Option<AmountRange>,
}

/// Amounts of one currency, in its minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AmountRange {
    /// In which currency.
    pub currency: Currency,
    /// No less than this.
    pub min: Option<i64>,
    /// No more than this.
    pub max: Option<i64>,
}

impl AmountRange {
    /// Whether an amount is in it. One of another currency never is.
    #[must_use]
    pub fn contains(&self, amount: Money) -> bool {
        amount.currency() == self.currency
            && self.min.is_none_or(|min| min <= amount.minor())
            && self.max.is_none_or(|max| amount.minor() <= max)
    }
}

/// A list of orders by deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Agenda {
    /// Those that wait for money, by when they expire: [`Order::expires_at`].
    PaymentDue,
    /// Those that need a person, by the first deadline of [`Order::attention`].
    Attention,
    /// Those that want to be ticked, by when they are due: [`Order::next_tick_at`], or when the claim of whoever looked at one
    /// and made nothing of it runs out.
    Timer,
}

impl Agenda {
    /// Every list.
    pub const ALL: [Self; 3] = [Self::PaymentDue, Self::Attention, Self::Timer];
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
