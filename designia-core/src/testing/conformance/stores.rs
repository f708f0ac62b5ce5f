//! The stores under test, and the steps that cases are made of.

use std::any::Any;
use std::sync::Arc;

use super::steps;
use super::threads::Threads;
use crate::effect::{ClaimedEffect, EffectRecord};
use crate::id::OrderId;
use crate::ledger::Account;
use crate::money::Currency;
use crate::order::{Decision, Order, Placement, Recorded};
use crate::ports::{
    Agenda, CatalogStore, Claim, Commit, CommitError, Counts, DueOrder, Figures, Inbox, InboxFilter, InboxRecord,
    InboxState, OrderQueries, OrderStore, PageRequest, ProductKey, RateStore,
};
use crate::testing::{block_on, fixtures};
use crate::time::{DAY, Timestamp};

/// The stores under test. All but `rates` share their data, as their contracts demand.
///
/// An adapter of some of them alone takes the others from elsewhere: make `Stores::of(MemoryStore::new())` and replace a
/// field.
#[non_exhaustive]
pub struct Stores {
    /// Orders.
    pub orders: Arc<dyn OrderStore>,
    /// Orders, for people.
    pub queries: Arc<dyn OrderQueries>,
    /// Products and stock.
    pub catalog: Arc<dyn CatalogStore>,
    /// Webhook events.
    pub inbox: Arc<dyn Inbox>,
    /// Exchange rates.
    pub rates: Arc<dyn RateStore>,
    threads: Threads,
    _guard: Box<dyn Any>,
}

impl Stores {
    /// One adapter that is all of them.
    #[must_use]
    pub fn of(store: impl OrderStore + OrderQueries + CatalogStore + Inbox + RateStore) -> Self {
        let store = Arc::new(store);
        Self {
            orders: store.clone(),
            queries: store.clone(),
            catalog: store.clone(),
            inbox: store.clone(),
            rates: store,
            threads: Threads::driven_by(block_on),
            _guard: Box::new(()),
        }
    }
}

super::under_test::stores_under_test!(Stores, orders);

/// Everything that can be seen of the orders and what hangs on them. Equal before and after what must leave no trace.
#[derive(Debug, PartialEq)]
pub(super) struct Trace {
    orders: Vec<Option<Order>>,
    history: Vec<Vec<Recorded>>,
    effects: Vec<Vec<EffectRecord>>,
    stock: Vec<Option<u32>>,
    balance: Vec<(Account, Currency, i64)>,
    counts: Counts,
    agendas: Vec<Vec<Order>>,
    figures: Figures,
    events: Vec<InboxRecord>,
}

impl Trace {
    /// Whether the orders and what belongs to them alone are the same.
    pub(super) fn same_orders(&self, other: &Self) -> bool {
        (&self.orders, &self.history, &self.effects) == (&other.orders, &other.history, &other.effects)
    }
}

/// The steps that cases are made of: each does one thing and expects it to work.
impl Stores {
    /// Puts products 1 and 2 on the shelf, a thousand of each.
    pub(super) async fn shelve(&self) {
        for number in [1, 2] {
            self.catalog.put(&fixtures::product(number)).await.expect("a product is stored");
        }
    }

    /// Places the order of this number, with products to serve it.
    pub(super) async fn place(&self, order: u32) -> Order {
        self.shelve().await;
        self.place_as(fixtures::placement(order)).await
    }

    pub(super) async fn place_as(&self, placement: Placement) -> Order {
        self.keep(fixtures::placed(placement)).await
    }

    /// Commits a decision.
    pub(super) async fn keep(&self, decision: Decision) -> Order {
        let order = decision.order.clone();
        self.commit(fixtures::commit(decision)).await;
        order
    }

    pub(super) async fn commit(&self, commit: Commit) {
        self.orders.commit(commit).await.expect("the commit is stored");
    }

    pub(super) async fn refused(&self, commit: Commit) -> CommitError {
        self.orders.commit(commit).await.expect_err("the commit is refused")
    }

    pub(super) async fn load(&self, id: OrderId) -> Order {
        self.find(id).await.expect("the order is there")
    }

    pub(super) async fn find(&self, id: OrderId) -> Option<Order> {
        self.orders.load(id).await.expect("the store answers")
    }

    pub(super) async fn history(&self, id: OrderId) -> Vec<Recorded> {
        self.queries.history(id).await.expect("the store answers")
    }

    pub(super) async fn effects(&self, id: OrderId) -> Vec<EffectRecord> {
        self.queries.effects(id).await.expect("the store answers")
    }

    pub(super) async fn claim_effects(&self, of: Option<OrderId>, claim: Claim) -> Vec<ClaimedEffect> {
        self.orders.claim_effects(of, claim).await.expect("the store answers")
    }

    /// Which orders are due. Nothing is made of them, so they are due again when the claim runs out.
    pub(super) async fn postpone_due(&self, claim: Claim) -> Vec<OrderId> {
        let due = self.orders.change_due(claim, &|_| None).await.expect("the store answers");
        assert!(due.iter().all(|it| matches!(it.outcome, Ok(false))), "nothing was to be done: {due:?}");
        due.iter().map(|it| it.order).collect()
    }

    /// Lets what is due tick.
    pub(super) async fn tick_due(&self, claim: Claim) -> Vec<DueOrder> {
        let tick = |order: &Order| Some(fixtures::commit(steps::tick(order, claim.now)));
        self.orders.change_due(claim, &tick).await.expect("the store answers")
    }

    pub(super) async fn stock(&self, product: u32) -> Option<u32> {
        let key = ProductKey::Id(fixtures::product_id(product));
        self.catalog.product(&key).await.expect("the store answers").map(|product| product.stock)
    }

    pub(super) async fn set_stock(&self, product: u32, quantity: u32) {
        let is_known =
            self.catalog.set_stock(fixtures::product_id(product), quantity).await.expect("the store answers");
        assert!(is_known, "product {product} is there");
    }

    pub(super) async fn balance(&self) -> Vec<(Account, Currency, i64)> {
        let mut balance = self.queries.trial_balance().await.expect("the store answers");
        balance.retain(|(_, _, sum)| *sum != 0);
        balance.sort_unstable();
        balance
    }

    pub(super) async fn counts(&self, now: Timestamp) -> Counts {
        let mut counts = self.queries.counts(now).await.expect("the store answers");
        counts.orders.retain(|(_, count)| *count > 0);
        counts.orders.sort_unstable();
        counts.effects.retain(|(_, count)| *count > 0);
        counts.effects.sort_unstable();
        counts
    }

    pub(super) async fn events(&self, state: InboxState) -> Vec<InboxRecord> {
        let page = PageRequest { after: None, limit: 1_000 };
        self.inbox.events(&InboxFilter::of(state), page).await.expect("the store answers").rows
    }

    /// What can be seen of these orders and all that hangs on them.
    pub(super) async fn trace(&self, orders: &[OrderId]) -> Trace {
        let mut trace = Trace {
            orders: Vec::new(),
            history: Vec::new(),
            effects: Vec::new(),
            stock: vec![self.stock(1).await, self.stock(2).await],
            balance: self.balance().await,
            counts: self.counts(fixtures::NOW + DAY * 365).await,
            agendas: Vec::new(),
            figures: self.queries.figures(fixtures::NOW + DAY * 365).await.expect("the store answers"),
            events: Vec::new(),
        };
        for id in orders {
            trace.orders.push(self.find(*id).await);
            trace.history.push(self.history(*id).await);
            trace.effects.push(self.effects(*id).await);
        }
        for of in Agenda::ALL {
            let page = PageRequest { after: None, limit: 1_000 };
            trace.agendas.push(self.queries.agenda(of, page).await.expect("the store answers").rows);
        }
        for state in [InboxState::Waiting, InboxState::Folded, InboxState::Dead] {
            trace.events.extend(self.events(state).await);
        }
        trace
    }
}
