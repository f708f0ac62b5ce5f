//! The store: one lock around all tables, and the ports on top of it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::accounts::Accounts;
use super::audit::Audit;
use super::chat::Chats;
use super::commit;
use super::effects::Effects;
use super::events::Events;
use super::mails::Mails;
use super::notifications::Notifications;
use super::orders::Orders;
use super::rates::Rates;
use super::request_log::Requests;
use super::schedules::Schedules;
use super::shop::Shop;
use super::stock::Stock;
use super::tasks::Tasks;
use crate::effect::{ClaimedEffect, EffectRecord, EffectSettlement};
use crate::exchange::{RateBatch, RateRefusal};
use crate::id::OrderId;
use crate::ledger::Account;
use crate::money::Currency;
use crate::order::{Order, Recorded};
use crate::payment::ProviderRefs;
use crate::ports::{
    Agenda, Claim, ClaimedEvent, Commit, CommitError, Counts, DeadCause, Decide, DueOrder, Figures, Inbox, InboxEvent,
    InboxFigures, InboxFilter, InboxMark, InboxOutcome, InboxRecord, OpenEffects, OrderFilter, OrderQueries,
    OrderStore, Page, PageRequest, PaymentList, RECONCILED_SETTING, RateStore, StoreError, check_rate_days,
    reconciled_until,
};
use crate::time::{Date, Timestamp};

/// Orders, products, webhook events, exchange rates and tasks in memory. Clones share their data.
#[derive(Clone, Default)]
pub struct MemoryStore {
    tables: Arc<Mutex<Tables>>,
}

#[derive(Default)]
pub(super) struct Tables {
    pub(super) accounts: Accounts,
    pub(super) orders: Orders,
    pub(super) effects: Effects,
    pub(super) mails: Mails,
    pub(super) notifications: Notifications,
    pub(super) stock: Stock,
    pub(super) shop: Shop,
    pub(super) events: Events,
    pub(super) rates: Rates,
    pub(super) requests: Requests,
    pub(super) tasks: Tasks,
    pub(super) schedules: Schedules,
    pub(super) settings: BTreeMap<String, String>,
    pub(super) chats: Chats,
    pub(super) audit: Audit,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Every method takes the lock once, computes, and lets go of it without awaiting anything. What is written is
    /// checked before it is written, so a lock that somebody panicked under still guards whole data.
    pub(super) fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}

#[async_trait]
impl OrderStore for MemoryStore {
    async fn load(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
        Ok(self.tables().orders.order(id).cloned())
    }

    async fn commit(&self, commit: Commit) -> Result<(), CommitError> {
        commit::commit(&mut self.tables(), commit)
    }

    async fn locate(&self, refs: &ProviderRefs) -> Result<Option<OrderId>, StoreError> {
        Ok(self.tables().orders.names().locate(refs))
    }

    async fn change_due(&self, claim: Claim, decide: Decide<'_>) -> Result<Vec<DueOrder>, StoreError> {
        Ok(commit::change_due(&mut self.tables(), claim, decide))
    }

    async fn claim_effects(&self, of: Option<OrderId>, claim: Claim) -> Result<Vec<ClaimedEffect>, StoreError> {
        Ok(self.tables().effects.claim(of, claim))
    }

    async fn settle_effect(&self, settlement: EffectSettlement) -> Result<bool, StoreError> {
        Ok(self.tables().effects.settle(&settlement))
    }
}

#[async_trait]
impl OrderQueries for MemoryStore {
    async fn orders(&self, filter: &OrderFilter, page: PageRequest) -> Result<Page<Order>, StoreError> {
        self.tables().orders.page(filter, &page)
    }

    async fn history(&self, order: OrderId) -> Result<Vec<Recorded>, StoreError> {
        Ok(self.tables().orders.history(order).to_vec())
    }

    async fn effects(&self, order: OrderId) -> Result<Vec<EffectRecord>, StoreError> {
        Ok(self.tables().effects.of(order).cloned().collect())
    }

    async fn counts(&self, now: Timestamp) -> Result<Counts, StoreError> {
        let tables = self.tables();
        Ok(Counts {
            orders: tables.orders.by_status(),
            effects: tables.effects.by_state(),
            oldest_due_order: tables.orders.oldest_due(now),
            oldest_due_effect: tables.effects.oldest_due(now),
        })
    }

    async fn agenda(&self, of: Agenda, page: PageRequest) -> Result<Page<Order>, StoreError> {
        self.tables().orders.agenda(of, &page)
    }

    async fn figures(&self, now: Timestamp) -> Result<Figures, StoreError> {
        Ok(self.tables().orders.figures(now))
    }

    async fn order_of_refund(&self, provider_id: &str) -> Result<Option<OrderId>, StoreError> {
        Ok(self.tables().orders.names().of_refund(provider_id))
    }

    async fn trial_balance(&self) -> Result<Vec<(Account, Currency, i64)>, StoreError> {
        self.tables().orders.trial_balance()
    }

    async fn effects_in(&self, of: OpenEffects, page: PageRequest) -> Result<Page<EffectRecord>, StoreError> {
        self.tables().effects.page(of, &page)
    }

    async fn with_payments(
        &self,
        of: PaymentList,
        below: Option<OrderId>,
        limit: u32,
    ) -> Result<Vec<Order>, StoreError> {
        Ok(self.tables().orders.with_payments(of, below, limit))
    }
}

#[async_trait]
impl Inbox for MemoryStore {
    async fn accept(&self, event: InboxEvent) -> Result<bool, StoreError> {
        Ok(self.tables().events.accept(event))
    }

    async fn claim_events(&self, claim: Claim) -> Result<Vec<ClaimedEvent>, StoreError> {
        Ok(self.tables().events.claim(claim))
    }

    async fn settle_event(&self, mark: InboxMark, outcome: InboxOutcome) -> Result<bool, StoreError> {
        Ok(self.tables().events.settle(&mark, outcome))
    }

    async fn revive(&self, id: &str, now: Timestamp) -> Result<bool, StoreError> {
        Ok(self.tables().events.revive(id, now))
    }

    async fn events(&self, filter: &InboxFilter, page: PageRequest) -> Result<Page<InboxRecord>, StoreError> {
        Ok(self.tables().events.page(filter, &page))
    }

    async fn event(&self, id: &str) -> Result<Option<InboxRecord>, StoreError> {
        Ok(self.tables().events.row(id).cloned())
    }

    async fn events_of(&self, order: OrderId) -> Result<Vec<InboxRecord>, StoreError> {
        Ok(self.tables().events.of(order))
    }

    async fn dead_causes(&self, limit: u32) -> Result<Vec<DeadCause>, StoreError> {
        Ok(self.tables().events.dead_causes(limit))
    }

    async fn inbox_figures(&self, now: Timestamp) -> Result<InboxFigures, StoreError> {
        Ok(self.tables().events.figures(now))
    }

    async fn reconciled_until(&self) -> Result<Option<Timestamp>, StoreError> {
        self.tables().settings.get(RECONCILED_SETTING).map(|text| reconciled_until(text)).transpose()
    }

    async fn note_reconciled(&self, until: Timestamp) -> Result<(), StoreError> {
        let mut tables = self.tables();
        let known = tables.settings.get(RECONCILED_SETTING).map(|text| reconciled_until(text)).transpose()?;
        if known.is_none_or(|known| known < until) {
            tables.settings.insert(RECONCILED_SETTING.to_owned(), until.as_micros().to_string());
        }
        Ok(())
    }
}

#[async_trait]
impl RateStore for MemoryStore {
    async fn save(&self, batches: &[RateBatch]) -> Result<(), StoreError> {
        self.tables().rates.save(batches);
        Ok(())
    }

    async fn latest(&self) -> Result<Option<Arc<RateBatch>>, StoreError> {
        Ok(self.tables().rates.latest())
    }

    async fn on(&self, day: Date) -> Result<Option<Arc<RateBatch>>, StoreError> {
        Ok(self.tables().rates.on(day))
    }

    async fn batches(&self, from: Date, to: Date) -> Result<Vec<Arc<RateBatch>>, StoreError> {
        check_rate_days(from, to)?;
        Ok(self.tables().rates.batches(from, to))
    }

    async fn note_refusal(&self, refusal: &RateRefusal) -> Result<(), StoreError> {
        self.tables().rates.refuse(refusal);
        Ok(())
    }

    async fn refusals(&self, limit: u32) -> Result<Vec<RateRefusal>, StoreError> {
        Ok(self.tables().rates.refusals(limit))
    }
}
