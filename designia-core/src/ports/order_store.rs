//! Where orders live, with everything that must change together with them.

use std::collections::HashSet;
use std::fmt;

use async_trait::async_trait;

use super::{InboxMark, StoreError};
use crate::effect::{ClaimedEffect, EffectSettlement};
use crate::id::{BuyerId, OrderId, ProductId};
use crate::order::{Cause, Changes, Decision, Order, Recorded};
use crate::payment::ProviderRefs;
use crate::task::Task;
use crate::time::Timestamp;

/// Loads orders, commits what was decided about them, and hands out what is due.
///
/// # Contract
/// - `commit` is one transaction: everything in the [`Commit`] is stored, or nothing is. The version is compared inside it;
///   two commits against the same version can't both succeed.
/// - Events that don't lead from the expected version to the order's, a stock movement, effect or journal that was stored
///   before, and a name of the provider's that two attempts or two refunds of the order share, are
///   [`Invalid`](super::StoreErrorKind::Invalid).
/// - A commit with events says anew when the order is due, whoever has claimed it. One without events leaves the order, its
///   deadline and its claim as they are, and still compares the version.
/// - Orders that are due are changed where they are: nobody needs to hold one between looking at it and changing it, so a
///   caller that dies in the middle holds up nobody.
/// - A claim hands each due thing to one caller at a time, until its lease runs out. Claims are for sharing work between
///   nodes; correctness rests on versions, tokens and unique movements, so a claim that is granted twice does no harm.
/// - Times come from the arguments, never from the store's own clock.
#[async_trait]
pub trait OrderStore: fmt::Debug + Send + Sync + 'static {
    /// The order as of its latest commit; `None` if there is none.
    async fn load(&self, id: OrderId) -> Result<Option<Order>, StoreError>;

    /// Stores what was decided, all or nothing.
    async fn commit(&self, commit: Commit) -> Result<(), CommitError>;

    /// The order of which an attempt carries one of the provider's names.
    async fn locate(&self, refs: &ProviderRefs) -> Result<Option<OrderId>, StoreError>;

    /// Lets orders change whose next tick is due at `claim.now`, at most `claim.limit`, the longest overdue first.
    ///
    /// `decide` is asked about each order as of its latest version, and what it returns is committed at once, each order all or
    /// nothing by itself. An order of which it makes nothing, or whose commit fails, is due again at `claim.until`, and
    /// so is one that can't be read: none stands in the way of the next. `decide` must be quick, and must not call the store.
    async fn change_due(&self, claim: Claim, decide: Decide<'_>) -> Result<Vec<DueOrder>, StoreError>;

    /// Hands out effects that are due at `claim.now`, the longest overdue first, and marks them as sent in the same
    /// transaction: from here on each may have happened. See [`EffectRecord::claim`](crate::effect::EffectRecord::claim).
    async fn claim_effects(&self, of: Option<OrderId>, claim: Claim) -> Result<Vec<ClaimedEffect>, StoreError>;

    /// Records what became of a claimed effect that changed nothing about its order. `false` if a later claim has taken
    /// over. See [`EffectRecord::settle`](crate::effect::EffectRecord::settle).
    async fn settle_effect(&self, settlement: EffectSettlement) -> Result<bool, StoreError>;
}

/// How much to claim, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The time: what is due by then is handed out.
    pub now: Timestamp,
    /// When the claim runs out.
    pub until: Timestamp,
    /// At most so many.
    pub limit: u32,
}

/// What a store asks about each order that is due: what is to be committed, if anything.
pub type Decide<'a> = &'a (dyn Fn(&Order) -> Option<Commit> + Send + Sync);

/// What became of an order that was due.
#[derive(Debug)]
pub struct DueOrder {
    /// Which order.
    pub order: OrderId,
    /// Whether anything was committed, or why it could not be.
    pub outcome: Result<bool, CommitError>,
}

/// Everything that must be stored together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// The order afterwards.
    pub order: Order,
    /// The version that the decision was made against; 0 for an order that is not to exist yet.
    pub expected_version: u32,
    /// What happened.
    pub events: Vec<Recorded>,
    /// What follows.
    pub changes: Changes,
    /// The effect whose answer this is.
    pub settles: Option<EffectSettlement>,
    /// The webhook event that this folds.
    pub folds: Option<InboxMark>,
    /// The request that this answers, so that its repetition gets the same answer.
    pub answers: Option<RequestKey>,
    /// The background tasks that this asks for: see [`TransactionalTaskQueue`](super::TransactionalTaskQueue). One whose id is
    /// known, or whose unique key is taken, is left out.
    pub tasks: Vec<Task>,
}

impl Commit {
    /// What a decision is to be stored as.
    #[must_use]
    pub fn of(decision: Decision, cause: &Cause) -> Self {
        Self {
            expected_version: decision.expected_version(),
            events: decision.recorded(cause),
            changes: Changes::of(&decision),
            order: decision.order,
            settles: None,
            folds: None,
            answers: None,
            tasks: Vec::new(),
        }
    }

    /// Refuses what no caller may ask, whatever is stored. Every store begins with this.
    ///
    /// # Errors
    /// A [`StoreError`] of kind `Invalid`: the events don't lead from the expected version to the order's, something belongs to
    /// another order, the same effect, journal or stock movement is named twice, or a task is none.
    pub fn check(&self) -> Result<(), StoreError> {
        let Self { order, expected_version, events, changes, settles, folds: _, answers: _, tasks } = self;
        let id = order.id();
        let numbers = u64::from(*expected_version) + 1..=u64::from(order.version());
        if order.version() < *expected_version || !numbers.eq(events.iter().map(|event| u64::from(event.seq))) {
            let message = format!("the events don't lead from version {expected_version} to {}", order.version());
            return Err(StoreError::invalid(message));
        }
        let is_own = changes.stock.iter().all(|movement| movement.order == id)
            && changes.journals.iter().all(|journal| journal.order == id)
            && changes.effects.iter().all(|effect| effect.id.order == id)
            && settles.as_ref().is_none_or(|settlement| settlement.id.order == id);
        if !is_own {
            return Err(StoreError::invalid("a commit changes one order and what belongs to it"));
        }
        let (mut effects, mut booked, mut moved) = (HashSet::new(), HashSet::new(), HashSet::new());
        let is_once = changes.effects.iter().all(|effect| effects.insert(effect.id))
            && changes.journals.iter().all(|journal| booked.insert(journal.event))
            && changes.stock.iter().all(|it| moved.insert((it.product, it.reason, it.round)));
        tasks.iter().try_for_each(Task::check).map_err(StoreError::invalid)?;
        if !is_once {
            return Err(StoreError::invalid("an effect, journal or stock movement is named twice"));
        }
        Ok(())
    }
}

/// A buyer's request that must not be carried out twice, by the key that the buyer's program gave it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestKey {
    /// Whose request. Keys of different buyers are different keys.
    pub buyer: BuyerId,
    /// The key.
    pub key: String,
    /// A digest of what was asked, to tell a repetition from another request under the same key.
    pub fingerprint: String,
}

/// Why nothing was stored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError {
    /// The order has changed since it was loaded, or exists already: load it and decide again.
    #[error("the order has changed meanwhile")]
    Conflict,
    /// A reservation found too little stock.
    #[error("too little stock of product {product}: {available} left")]
    OutOfStock {
        /// Of what.
        product: ProductId,
        /// How many there are.
        available: u32,
    },
    /// The effect or webhook event that this was to settle has been taken over by another worker.
    #[error("another worker has taken over")]
    StaleClaim,
    /// The request was answered before. A caller is told so before anything else that could refuse the commit: the first
    /// time may have changed the order, or taken the last of the stock.
    #[error("the request was answered with order {order}")]
    Repeated {
        /// With which order.
        order: OrderId,
        /// What had been asked then.
        fingerprint: String,
    },
    /// One of the provider's names already belongs to an attempt, or to a refund that was asked for, of another order.
    #[error("`{reference}` already belongs to another order")]
    ForeignReference {
        /// Which name.
        reference: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
