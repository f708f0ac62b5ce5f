//! Two stores, and a life for the first of them that leaves something in every state.

use std::sync::Arc;

use super::shop::Around;
use crate::account::{Account, AccountEventKind, ApplicationState, Purpose, Standing};
use crate::catalog::Product;
use crate::effect::{EffectOutcome, EffectSettlement};
use crate::exchange::{RateBatch, Source};
use crate::id::OrderId;
use crate::ports::{
    AccountArchive, AccountCommit, AccountStore, AuditLog, CartStore, CatalogSearch, CatalogStore, ChatStore, Claim,
    Commit, FavouriteStore, Import, Inbox, InboxOutcome, InboxRecord, MailStore, NotificationStore, OrderArchive,
    OrderQueries, OrderStore, RateKey, RateStore, Record, RequestKey, ReviewStore, ShopFigures, TaskConsole, Topic,
};
use crate::testing::conformance::Stores;
use crate::testing::conformance::account_stores::{
    application, challenge, event as event_of, person, session, stranger,
};
use crate::testing::conformance::steps::{LATER, at_most, pay};
use crate::testing::conformance::threads::Work;
use crate::testing::fixtures::{
    buyer, claim, commit, currency, day, event, order_id, placed, placement, product, rates,
};
use crate::testing::lives::lives;
use crate::time::{DAY, HOUR, MINUTE};

/// Every port of a store that has something to copy.
pub trait Everything:
    OrderStore
    + OrderQueries
    + CatalogStore
    + CatalogSearch
    + ReviewStore
    + FavouriteStore
    + CartStore
    + ShopFigures
    + ChatStore
    + TaskConsole
    + MailStore
    + NotificationStore
    + Inbox
    + RateStore
    + AccountStore
    + AuditLog
    + Import
{
}

impl<S> Everything for S where
    S: OrderStore
        + OrderQueries
        + CatalogStore
        + CatalogSearch
        + ReviewStore
        + FavouriteStore
        + CartStore
        + ShopFigures
        + ChatStore
        + TaskConsole
        + MailStore
        + NotificationStore
        + Inbox
        + RateStore
        + AccountStore
        + AuditLog
        + Import
{
}

/// Two new, empty stores: what is filled and taken out, and what it is put into. They may be of different adapters.
#[derive(Debug)]
pub struct Archives {
    /// The store that is copied, by its other ports.
    pub(super) source: Stores,
    /// The store that is copied into, by its other ports.
    pub(super) target: Stores,
    /// The accounts of both.
    pub(super) accounts: [Arc<dyn AccountStore>; 2],
    /// What is around the orders of both.
    pub(super) around: [Around; 2],
    pub(super) from: Arc<dyn Import>,
    pub(super) to: Arc<dyn Import>,
}

/// Everything that a store gives away.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Contents {
    pub(super) products: Vec<Product>,
    pub(super) orders: Vec<OrderArchive>,
    pub(super) events: Vec<InboxRecord>,
    pub(super) rates: Vec<RateBatch>,
    pub(super) accounts: Vec<AccountArchive>,
    pub(super) records: Vec<Record>,
    pub(super) settings: Vec<(String, String)>,
}

/// The order that a request placed, and that a webhook event was folded into.
pub(super) const REQUESTED: u32 = 20;

impl Archives {
    /// Two new, empty stores.
    #[must_use]
    pub fn of<S, T>(source: S, target: T) -> Self
    where
        S: Everything,
        T: Everything,
    {
        let (source, target) = (Arc::new(source), Arc::new(target));
        Self {
            source: Stores::of(Arc::clone(&source)),
            target: Stores::of(Arc::clone(&target)),
            accounts: [source.clone(), target.clone()],
            around: [Around::of(&source), Around::of(&target)],
            from: source,
            to: target,
        }
    }

    /// The same stores, taken out and put in by something else over the same data.
    #[must_use]
    pub fn through(self, from: Arc<dyn Import>, to: Arc<dyn Import>) -> Self {
        Self { from, to, ..self }
    }

    /// Keeps a value for as long as the stores live: a temporary directory, a database to be dropped.
    #[must_use]
    pub fn guarded_by(self, guard: impl std::any::Any) -> Self {
        Self { target: self.target.guarded_by(guard), ..self }
    }

    /// Says how to drive a future on another thread. The suite's macro does this.
    #[doc(hidden)]
    #[must_use]
    pub fn driven_by(self, block_on: impl Fn(Work) + Send + Sync + Clone + 'static) -> Self {
        let source = self.source.driven_by(block_on.clone());
        Self { source, target: self.target.driven_by(block_on), ..self }
    }

    /// The ids of all orders of [`Archives::fill`].
    pub(super) fn ids() -> Vec<OrderId> {
        (1..=9).chain([REQUESTED]).map(order_id).collect()
    }

    /// Which request placed the order [`REQUESTED`].
    pub(super) fn request() -> RequestKey {
        RequestKey { buyer: buyer(1), key: "Key – 1 ".to_owned(), fingerprint: "sha256:1".to_owned() }
    }

    /// Fills the source: every life, and everything that hangs on orders in every state that it can be in.
    ///
    /// # Panics
    /// If the store doesn't do what its other ports promise.
    pub async fn fill(&self) {
        let Self { source, from, target: _, to: _, accounts: _, around: _ } = self;
        source.shelve().await;
        let inactive = Product { active: false, stock: 7, ..product(3) };
        source.catalog.put(&inactive).await.expect("a product is stored");
        source.set_stock(2, 654).await;
        for commit in lives().into_iter().flat_map(|life| life.commits) {
            source.commit(commit).await;
        }
        let placed = placed(placement(REQUESTED));
        let order = placed.order.clone();
        source.commit(Commit { answers: Some(Self::request()), ..commit(placed) }).await;
        self.settle_effects().await;
        self.receive_events(pay(&order)).await;
        source.postpone_due(at_most(2, LATER + DAY * 60)).await;
        let snapshot = RateBatch::new(
            currency("EUR"),
            day(2),
            day(2).start() + HOUR,
            Source::bundled("ecb"),
            [(currency("USD"), rust_decimal::Decimal::new(108, 2))],
        );
        let batches = [rates(day(0)), rates(day(1)), snapshot.expect("rates that are in order")];
        source.rates.save(&batches).await.expect("rates are stored");
        self.register().await;
        self.around[0].live().await;
        let settings = [("demo".to_owned(), "off".to_owned()), ("título".to_owned(), "50% 'a\"\n".to_owned())];
        from.import_settings(&settings).await.expect("settings are stored");
    }

    /// Asks both stores the same by every port but the two that copy.
    ///
    /// # Panics
    /// If they answer differently.
    pub async fn assert_alike(&self) {
        assert_eq!(self.target.trace(&Self::ids()).await, self.source.trace(&Self::ids()).await);
        let [from, to] = &self.around;
        assert_eq!(to.answers().await, from.answers().await);
    }

    /// An account with something of everything, one with nothing, and one that has left.
    async fn register(&self) {
        let accounts = &self.accounts[0];
        let commit = async |commit: AccountCommit| {
            let account = commit.account.clone();
            accounts.commit_account(commit).await.expect("the commit is stored");
            account
        };
        let happened = |kind| event_of(1, kind, LATER);
        let new = AccountCommit {
            opens: Some(session(1, 1)),
            challenges: Some(challenge(1, 1, Purpose::LogIn)),
            application: Some(application(1, 1)),
            events: vec![happened(AccountEventKind::Registered), happened(AccountEventKind::Verified)],
            ..AccountCommit::of(person(1), LATER)
        };
        let account = commit(new).await;
        let approved = application(1, 1).moved(ApplicationState::Approved).expect("it was pending");
        let events = vec![happened(AccountEventKind::RoleChanged)];
        commit(AccountCommit { application: Some(approved), events, ..AccountCommit::of(account, LATER + DAY) }).await;
        let left = Account { standing: Standing::Deleted { at: LATER }, ..stranger(3) };
        for account in [stranger(2), left] {
            commit(AccountCommit::of(account, LATER)).await;
        }
    }

    /// One of each outcome, one claim that is held, and one that was held twice.
    async fn settle_effects(&self) {
        let claimed = self.source.claim_effects(None, at_most(6, LATER)).await;
        assert_eq!(claimed.len(), 6, "there are more effects than that");
        let (at, why) = (LATER + HOUR, "the line was «cut»".to_owned());
        let outcomes = [
            EffectOutcome::Done,
            EffectOutcome::Refused("no such account".to_owned()),
            EffectOutcome::NotSent { at, why: why.clone() },
            EffectOutcome::Unknown { at, why },
        ];
        for (claimed, outcome) in claimed.iter().zip(outcomes) {
            let settlement = EffectSettlement { id: claimed.effect.id, token: claimed.token, outcome };
            assert!(self.source.orders.settle_effect(settlement).await.expect("the store answers"));
        }
        let taken_over = &claimed[5];
        let again = self.source.claim_effects(Some(taken_over.effect.id.order), claim(taken_over.lease_until)).await;
        assert!(again.iter().any(|it| it.effect == taken_over.effect && it.token == 2), "a claim has run out");
    }

    /// One event in every state that it can be in.
    async fn receive_events(&self, paying: crate::order::Decision) {
        let inbox = &self.source.inbox;
        for number in 1..=6 {
            assert!(inbox.accept(event(number)).await.expect("the store answers"));
        }
        let claimed = inbox.claim_events(Claim { limit: 5, ..claim(LATER) }).await.expect("the store answers");
        assert_eq!(claimed.len(), 5, "five of six");
        let outcomes = [
            InboxOutcome::Ignored("nobody's".to_owned()),
            InboxOutcome::Later { at: LATER + MINUTE * 5, why: "too early".to_owned() },
            InboxOutcome::Dead("unreadable".to_owned()),
        ];
        for (claimed, outcome) in claimed.iter().zip(outcomes) {
            assert!(inbox.settle_event(claimed.mark(LATER), outcome).await.expect("the store answers"));
        }
        self.source.commit(Commit { folds: Some(claimed[3].mark(LATER)), ..commit(paying) }).await;
    }

    /// Fills the source and copies it.
    pub(super) async fn copied(&self) {
        self.fill().await;
        put(&self.to, &contents(&self.from, 1_000).await).await;
    }
}

/// Everything that a store gives away, on pages of this length.
pub(super) async fn contents(store: &Arc<dyn Import>, limit: u32) -> Contents {
    let mut all = Contents::default();
    let full = usize::try_from(limit).expect("a page fits into memory");
    loop {
        let after = all.products.last().map(|it| it.id);
        let page = store.export_products(after, limit).await.expect("the store answers");
        let is_last = page.len() < full;
        all.products.extend(page);
        if is_last {
            break;
        }
    }
    loop {
        let after = all.orders.last().map(|it| it.order.id());
        let page = store.export_orders(after, limit).await.expect("the store answers");
        let is_last = page.len() < full;
        all.orders.extend(page);
        if is_last {
            break;
        }
    }
    loop {
        let after = all.events.last().map(|it| it.event.id.as_str());
        let page = store.export_events(after, limit).await.expect("the store answers");
        let is_last = page.len() < full;
        all.events.extend(page);
        if is_last {
            break;
        }
    }
    loop {
        let after = all.rates.last().map(RateKey::of);
        let page = store.export_rates(after.as_ref(), limit).await.expect("the store answers");
        let is_last = page.len() < full;
        all.rates.extend(page);
        if is_last {
            break;
        }
    }
    loop {
        let after = all.accounts.last().map(|it| it.account.id);
        let page = store.export_accounts(after, limit).await.expect("the store answers");
        let is_last = page.len() < full;
        all.accounts.extend(page);
        if is_last {
            break;
        }
    }
    for topic in Topic::ALL {
        let limit = topic.at_a_time(limit);
        let mut after = None;
        loop {
            let page = store.export_records(*topic, after.as_ref(), limit).await.expect("the store answers");
            let is_last = page.len() < usize::try_from(limit).expect("a page fits into memory");
            after = page.last().map(Record::key);
            all.records.extend(page);
            if is_last {
                break;
            }
        }
    }
    all.settings = store.export_settings().await.expect("the store answers");
    all
}

/// Puts everything into a store.
pub(super) async fn put(store: &Arc<dyn Import>, all: &Contents) {
    let (before_products, after_accounts) = Topic::ALL.split_at(2);
    put_records(store, &all.records, before_products).await;
    store.import_products(&all.products).await.expect("products are stored");
    store.import_orders(&all.orders).await.expect("orders are stored");
    store.import_events(&all.events).await.expect("webhook events are stored");
    store.import_rates(&all.rates).await.expect("rates are stored");
    store.import_accounts(&all.accounts).await.expect("accounts are stored");
    put_records(store, &all.records, after_accounts).await;
    store.import_settings(&all.settings).await.expect("settings are stored");
}

/// Puts the records of these topics into a store.
pub(super) async fn put_records(store: &Arc<dyn Import>, all: &[Record], topics: impl IntoIterator<Item = &Topic>) {
    for topic in topics {
        let own: Vec<_> = all.iter().filter(|record| record.topic() == *topic).cloned().collect();
        store.import_records(*topic, &own).await.expect("records are stored");
    }
}
