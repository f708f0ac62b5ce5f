//! The ports that can be made to fail.

use std::sync::Arc;

use async_trait::async_trait;

use super::Faulty;
use crate::catalog::{Category, CategoryId, NewCategory, Product, ProductCard};
use crate::effect::{ClaimedEffect, EffectRecord, EffectSettlement};
use crate::exchange::{RateBatch, RateRefusal};
use crate::id::{OrderId, ProductId};
use crate::ledger::Account;
use crate::money::Currency;
use crate::order::{Order, Recorded};
use crate::payment::ProviderRefs;
use crate::ports::{
    Agenda, CatalogStore, Claim, ClaimedEvent, Commit, CommitError, Counts, DeadCause, Decide, DueOrder, Figures,
    Inbox, InboxEvent, InboxFigures, InboxFilter, InboxMark, InboxOutcome, InboxRecord, OpenEffects, OrderFilter,
    OrderQueries, OrderStore, Page, PageRequest, PaymentList, ProductKey, PutError, RateStore, StoreError,
};
use crate::time::{Date, Timestamp};

#[async_trait]
impl<S: OrderStore> OrderStore for Faulty<S> {
    async fn load(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
        self.call(self.inner.load(id)).await
    }

    async fn commit(&self, commit: Commit) -> Result<(), CommitError> {
        self.call(self.inner.commit(commit)).await
    }

    async fn locate(&self, refs: &ProviderRefs) -> Result<Option<OrderId>, StoreError> {
        self.call(self.inner.locate(refs)).await
    }

    async fn change_due(&self, claim: Claim, decide: Decide<'_>) -> Result<Vec<DueOrder>, StoreError> {
        self.call(self.inner.change_due(claim, decide)).await
    }

    async fn claim_effects(&self, of: Option<OrderId>, claim: Claim) -> Result<Vec<ClaimedEffect>, StoreError> {
        self.call(self.inner.claim_effects(of, claim)).await
    }

    async fn settle_effect(&self, settlement: EffectSettlement) -> Result<bool, StoreError> {
        self.call(self.inner.settle_effect(settlement)).await
    }
}

#[async_trait]
impl<S: OrderQueries> OrderQueries for Faulty<S> {
    async fn orders(&self, filter: &OrderFilter, page: PageRequest) -> Result<Page<Order>, StoreError> {
        self.call(self.inner.orders(filter, page)).await
    }

    async fn history(&self, order: OrderId) -> Result<Vec<Recorded>, StoreError> {
        self.call(self.inner.history(order)).await
    }

    async fn effects(&self, order: OrderId) -> Result<Vec<EffectRecord>, StoreError> {
        self.call(self.inner.effects(order)).await
    }

    async fn counts(&self, now: Timestamp) -> Result<Counts, StoreError> {
        self.call(self.inner.counts(now)).await
    }

    async fn agenda(&self, of: Agenda, page: PageRequest) -> Result<Page<Order>, StoreError> {
        self.call(self.inner.agenda(of, page)).await
    }

    async fn figures(&self, now: Timestamp) -> Result<Figures, StoreError> {
        self.call(self.inner.figures(now)).await
    }

    async fn order_of_refund(&self, provider_id: &str) -> Result<Option<OrderId>, StoreError> {
        self.call(self.inner.order_of_refund(provider_id)).await
    }

    async fn trial_balance(&self) -> Result<Vec<(Account, Currency, i64)>, StoreError> {
        self.call(self.inner.trial_balance()).await
    }

    async fn effects_in(&self, of: OpenEffects, page: PageRequest) -> Result<Page<EffectRecord>, StoreError> {
        self.call(self.inner.effects_in(of, page)).await
    }

    async fn with_payments(
        &self,
        of: PaymentList,
        below: Option<OrderId>,
        limit: u32,
    ) -> Result<Vec<Order>, StoreError> {
        self.call(self.inner.with_payments(of, below, limit)).await
    }
}

#[async_trait]
impl<S: CatalogStore> CatalogStore for Faulty<S> {
    async fn product(&self, key: &ProductKey) -> Result<Option<Product>, StoreError> {
        self.call(self.inner.product(key)).await
    }

    async fn products(&self, ids: &[ProductId]) -> Result<Vec<Product>, StoreError> {
        self.call(self.inner.products(ids)).await
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<Product>, StoreError> {
        self.call(self.inner.page(after, limit)).await
    }

    async fn put(&self, product: &Product) -> Result<(), StoreError> {
        self.call(self.inner.put(product)).await
    }

    async fn set_stock(&self, product: ProductId, quantity: u32) -> Result<bool, StoreError> {
        self.call(self.inner.set_stock(product, quantity)).await
    }

    async fn cards(&self, ids: &[ProductId]) -> Result<Vec<ProductCard>, StoreError> {
        self.call(self.inner.cards(ids)).await
    }

    async fn add(&self, product: &Product) -> Result<bool, PutError> {
        self.call(self.inner.add(product)).await
    }

    async fn change(&self, product: &Product) -> Result<u64, PutError> {
        self.call(self.inner.change(product)).await
    }

    async fn categories(&self) -> Result<Vec<Category>, StoreError> {
        self.call(self.inner.categories()).await
    }

    async fn add_category(&self, category: &NewCategory) -> Result<CategoryId, PutError> {
        self.call(self.inner.add_category(category)).await
    }

    async fn change_category(&self, id: CategoryId, category: &NewCategory) -> Result<(), PutError> {
        self.call(self.inner.change_category(id, category)).await
    }
}

#[async_trait]
impl<S: Inbox> Inbox for Faulty<S> {
    async fn accept(&self, event: InboxEvent) -> Result<bool, StoreError> {
        self.call(self.inner.accept(event)).await
    }

    async fn claim_events(&self, claim: Claim) -> Result<Vec<ClaimedEvent>, StoreError> {
        self.call(self.inner.claim_events(claim)).await
    }

    async fn settle_event(&self, mark: InboxMark, outcome: InboxOutcome) -> Result<bool, StoreError> {
        self.call(self.inner.settle_event(mark, outcome)).await
    }

    async fn revive(&self, id: &str, now: Timestamp) -> Result<bool, StoreError> {
        self.call(self.inner.revive(id, now)).await
    }

    async fn events(&self, filter: &InboxFilter, page: PageRequest) -> Result<Page<InboxRecord>, StoreError> {
        self.call(self.inner.events(filter, page)).await
    }

    async fn event(&self, id: &str) -> Result<Option<InboxRecord>, StoreError> {
        self.call(self.inner.event(id)).await
    }

    async fn events_of(&self, order: OrderId) -> Result<Vec<InboxRecord>, StoreError> {
        self.call(self.inner.events_of(order)).await
    }

    async fn dead_causes(&self, limit: u32) -> Result<Vec<DeadCause>, StoreError> {
        self.call(self.inner.dead_causes(limit)).await
    }

    async fn inbox_figures(&self, now: Timestamp) -> Result<InboxFigures, StoreError> {
        self.call(self.inner.inbox_figures(now)).await
    }

    async fn reconciled_until(&self) -> Result<Option<Timestamp>, StoreError> {
        self.call(self.inner.reconciled_until()).await
    }

    async fn note_reconciled(&self, until: Timestamp) -> Result<(), StoreError> {
        self.call(self.inner.note_reconciled(until)).await
    }
}

#[async_trait]
impl<S: RateStore> RateStore for Faulty<S> {
    async fn save(&self, batches: &[RateBatch]) -> Result<(), StoreError> {
        self.call(self.inner.save(batches)).await
    }

    async fn latest(&self) -> Result<Option<Arc<RateBatch>>, StoreError> {
        self.call(self.inner.latest()).await
    }

    async fn on(&self, day: Date) -> Result<Option<Arc<RateBatch>>, StoreError> {
        self.call(self.inner.on(day)).await
    }

    async fn batches(&self, from: Date, to: Date) -> Result<Vec<Arc<RateBatch>>, StoreError> {
        self.call(self.inner.batches(from, to)).await
    }

    async fn note_refusal(&self, refusal: &RateRefusal) -> Result<(), StoreError> {
        self.call(self.inner.note_refusal(refusal)).await
    }

    async fn refusals(&self, limit: u32) -> Result<Vec<RateRefusal>, StoreError> {
        self.call(self.inner.refusals(limit)).await
    }
}
