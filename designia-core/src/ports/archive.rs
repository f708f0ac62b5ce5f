//! Taking a whole store out, and putting it into another: what moving house and a copy for inspection need.
//!
//! The other ports can't do that. A commit plans effects anew, moves stock and forgets claims; what moves house has to
//! arrive in the middle of whatever it was doing, with every token, deadline and note. So the records here are those that
//! every store holds, in terms of the domain, and are put back as they were.

mod accounts;
mod record;
mod totals;

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

pub use accounts::AccountArchive;
pub use record::{FieldKind, KeyPart, Record, RecordKey, Topic};
pub use totals::{Total, Totals};

use super::{InboxRecord, RequestKey, StoreError};
use crate::catalog::Product;
use crate::effect::EffectRecord;
use crate::exchange::RateBatch;
use crate::id::{AccountId, OrderId, ProductId};
use crate::ledger::Journal;
use crate::money::Currency;
use crate::order::{Order, Recorded, StockMovement};
use crate::time::{Date, Timestamp};

/// Gives away everything that a store holds, page by page.
///
/// # Contract
/// - Pages are keyset pages by rising key: whatever exists throughout is on exactly one page, and a page that is shorter than
///   was asked for is the last one.
/// - A page is of one moment: no order on it is half in one version and half in another.
/// - Everything is told as it is stored: inactive products, claims that have run out, events that nobody could fold.
/// - `totals` counts rows, not counters that were kept of them, and may walk through everything. Every commit, claim,
///   settlement of an effect and change of stock shows in it.
#[async_trait]
pub trait Export: fmt::Debug + Send + Sync + 'static {
    /// Products with their present stock and figures, active or not, by id.
    async fn export_products(&self, after: Option<ProductId>, limit: u32) -> Result<Vec<Product>, StoreError>;

    /// Orders with all that belongs to them, by id.
    async fn export_orders(&self, after: Option<OrderId>, limit: u32) -> Result<Vec<OrderArchive>, StoreError>;

    /// Webhook events in any state, by the bytes of their id.
    async fn export_events(&self, after: Option<&str>, limit: u32) -> Result<Vec<InboxRecord>, StoreError>;

    /// Exchange rates of every day and publisher, by [`RateKey`].
    async fn export_rates(&self, after: Option<&RateKey>, limit: u32) -> Result<Vec<RateBatch>, StoreError>;

    /// Accounts with all that belongs to them but sessions and challenges, by id.
    async fn export_accounts(&self, after: Option<AccountId>, limit: u32) -> Result<Vec<AccountArchive>, StoreError>;

    /// Plain records of a topic, by key.
    async fn export_records(
        &self,
        topic: Topic,
        after: Option<&RecordKey>,
        limit: u32,
    ) -> Result<Vec<Record>, StoreError>;

    /// What the host keeps beside its orders, by the bytes of the name; without what [`Import::note_progress`] keeps.
    async fn export_settings(&self) -> Result<Vec<(String, String)>, StoreError>;

    /// How much there is of everything.
    async fn totals(&self) -> Result<Totals, StoreError>;
}

/// Takes in what another store gave away.
///
/// # Contract
/// - A call is one transaction: all its records are stored, or none.
/// - A record that is here already, exactly the same, is passed over: importing a page twice is importing it once.
/// - A record that is here already and differs is [`Invalid`](super::StoreErrorKind::Invalid), with its name in the
///   error, and so is one that takes another's unique name. Nothing is ever overwritten.
/// - Nothing follows from an import but counters and balances: no effect is planned, and no stock is moved, because products
///   come with the stock that the orders have left.
/// - Whatever refers to something comes after it: products after their categories and the scales of their prices, orders after the
///   products whose stock they moved, webhook events after the orders that they changed, records in the order of [`Topic::ALL`].
/// - Figures that are stored with what they count, such as a product's rating, come with it; what a store derives for itself, such
///   as indexes and badges, follows from an import as it follows from everything else.
#[async_trait]
pub trait Import: Export {
    /// Stores products, stock included.
    async fn import_products(&self, products: &[Product]) -> Result<(), StoreError>;

    /// Stores orders with all that belongs to them. Each must be consistent in itself: see [`OrderArchive::check`].
    async fn import_orders(&self, orders: &[OrderArchive]) -> Result<(), StoreError>;

    /// Stores webhook events in whatever state they are.
    async fn import_events(&self, events: &[InboxRecord]) -> Result<(), StoreError>;

    /// Stores exchange rates.
    async fn import_rates(&self, batches: &[RateBatch]) -> Result<(), StoreError>;

    /// Stores accounts with all that belongs to them but sessions and challenges. Each must be consistent in itself: see
    /// [`AccountArchive::check`].
    async fn import_accounts(&self, accounts: &[AccountArchive]) -> Result<(), StoreError>;

    /// Stores plain records of a topic; all categories at once.
    async fn import_records(&self, topic: Topic, records: &[Record]) -> Result<(), StoreError>;

    /// Stores what a host keeps beside its orders, as names and values.
    async fn import_settings(&self, settings: &[(String, String)]) -> Result<(), StoreError>;

    /// What [`Import::note_progress`] kept last, if anything.
    async fn progress(&self) -> Result<Option<String>, StoreError>;

    /// Keeps a note about how far an import has come, in place of the one before.
    async fn note_progress(&self, note: &str) -> Result<(), StoreError>;
}

/// The setting under which stores keep the note of [`Import::note_progress`].
pub const PROGRESS_SETTING: &str = "transfer";

/// One order, and everything that was ever committed with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderArchive {
    /// The order as of its latest version.
    pub order: Order,
    /// When it is next due, or when the present claim on its tick runs out; `None` if it waits for nothing.
    pub due_at: Option<Timestamp>,
    /// Everything that happened to it, oldest first.
    pub history: Vec<Recorded>,
    /// Every effect that it has planned, by id.
    pub effects: Vec<EffectRecord>,
    /// Every stock movement, by product, round and reason.
    pub movements: Vec<StockMovement>,
    /// Every movement of money, by event.
    pub journals: Vec<Journal>,
    /// The requests that it answers, by buyer and key.
    pub requests: Vec<AnsweredRequest>,
}

/// A request that must not be carried out twice, and when it was carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnsweredRequest {
    /// Which.
    pub key: RequestKey,
    /// When.
    pub answered_at: Timestamp,
}

/// What names a batch of exchange rates: a store holds one batch per key. Ordered as it is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RateKey {
    /// The publisher's name.
    pub publisher: String,
    /// Whether the rates came with the program.
    pub bundled: bool,
    /// The currency of which every rate prices one unit.
    pub base: Currency,
    /// The day to which the rates belong.
    pub as_of: Date,
}

impl OrderArchive {
    /// With the parts in the order that their fields promise, whatever order a store reads them in.
    #[must_use]
    pub fn in_order(mut self) -> Self {
        self.history.sort_unstable_by_key(|it| it.seq);
        self.effects.sort_unstable_by_key(|it| it.effect.id);
        self.movements.sort_unstable_by_key(|it| (it.product, it.round, it.reason));
        self.journals.sort_unstable_by_key(|it| it.event);
        self.requests.sort_unstable_by(|a, b| (a.key.buyer, &a.key.key).cmp(&(b.key.buyer, &b.key.key)));
        self
    }

    /// Refuses what no store can have given away. Every import begins with this.
    ///
    /// # Errors
    /// A [`StoreError`] of kind `Invalid`: the history doesn't lead to the order, or a part belongs to another order.
    pub fn check(&self) -> Result<(), StoreError> {
        let id = self.order.id();
        if !self.history.iter().map(|it| it.seq).eq(1..=self.order.version()) {
            let message = format!("the history of order {id} doesn't lead to version {}", self.order.version());
            return Err(StoreError::invalid(message));
        }
        let is_own = self.effects.iter().all(|it| it.effect.id.order == id)
            && self.movements.iter().all(|it| it.order == id)
            && self.journals.iter().all(|it| it.order == id);
        if is_own { Ok(()) } else { Err(StoreError::invalid(format!("a part of order {id} belongs to another order"))) }
    }

    /// Adds this order to totals that a store takes by walking through its orders.
    pub fn count_into(&self, totals: &mut Totals) {
        totals.add(Total::Orders(self.order.status()), 1);
        totals.add(Total::Versions, i64::from(self.order.version()));
        totals.count(Total::Events, self.history.len());
        totals.count(Total::Journals, self.journals.len());
        totals.count(Total::Requests, self.requests.len());
        for row in &self.effects {
            totals.add(Total::Effects(row.state), 1);
            totals.add(Total::EffectClaims, i64::from(row.claims));
        }
        for movement in &self.movements {
            totals.add(Total::Movements(movement.reason), i64::from(movement.quantity));
        }
        for (account, currency, minor) in self.journals.iter().flat_map(Journal::postings) {
            totals.add(Total::Balance(account, currency), minor);
        }
    }
}

impl RateKey {
    /// The key of a batch.
    #[must_use]
    pub fn of(batch: &RateBatch) -> Self {
        Self {
            publisher: batch.source().name().to_owned(),
            bundled: batch.source().is_bundled(),
            base: batch.base(),
            as_of: batch.as_of(),
        }
    }
}

impl fmt::Display for RateKey {
    /// `the rates of ecb for 2026-11-22`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bundled = if self.bundled { " (bundled snapshot)" } else { "" };
        write!(f, "the rates of {}{bundled} per {} for {}", self.publisher, self.base, self.as_of)
    }
}

/// Whether a record is to be stored; `false` if the very same is here already. The same answer for every store.
///
/// # Errors
/// A [`StoreError`] of kind `Invalid` that names the record: something else is here under its name.
pub fn needs_import<T: PartialEq, N: fmt::Display>(
    stored: Option<&T>,
    record: &T,
    name: impl FnOnce() -> N,
) -> Result<bool, StoreError> {
    match stored {
        None => Ok(true),
        Some(stored) if stored == record => Ok(false),
        Some(_) => Err(StoreError::invalid(format!("{} is here already, and differs", name()))),
    }
}
