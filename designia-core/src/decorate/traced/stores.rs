//! Calls to stores, by order, event or count.

use std::sync::Arc;

use async_trait::async_trait;
use tracing::debug_span;
use tracing::field::Empty;

use super::{Traced, within};
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
    Inbox, InboxEvent, InboxFigures, InboxFilter, InboxMark, InboxOutcome, InboxRecord, InboxState, OpenEffects,
    OrderFilter, OrderQueries, OrderStore, Page, PageRequest, PaymentList, ProductKey, PutError, RateStore, StoreError,
};
use crate::time::{Date, Timestamp};

#[async_trait]
impl<S: OrderStore> OrderStore for Traced<S> {
    async fn load(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
        within(debug_span!("order_store.load", order = %id, outcome = Empty), self.inner.load(id)).await
    }

    async fn commit(&self, commit: Commit) -> Result<(), CommitError> {
        let span = debug_span!(
            "order_store.commit",
            order = %commit.order.id(),
            expected_version = commit.expected_version,
            events = commit.events.len(),
            effects = commit.changes.effects.len(),
            outcome = Empty
        );
        within(span, self.inner.commit(commit)).await
    }

    async fn locate(&self, refs: &ProviderRefs) -> Result<Option<OrderId>, StoreError> {
        within(debug_span!("order_store.locate", outcome = Empty), self.inner.locate(refs)).await
    }

    async fn change_due(&self, claim: Claim, decide: Decide<'_>) -> Result<Vec<DueOrder>, StoreError> {
        let span = debug_span!("order_store.change_due", now = %claim.now, limit = claim.limit, outcome = Empty);
        within(span, self.inner.change_due(claim, decide)).await
    }

    async fn claim_effects(&self, of: Option<OrderId>, claim: Claim) -> Result<Vec<ClaimedEffect>, StoreError> {
        let span = debug_span!("order_store.claim_effects", now = %claim.now, limit = claim.limit, outcome = Empty);
        within(span, self.inner.claim_effects(of, claim)).await
    }

    async fn settle_effect(&self, settlement: EffectSettlement) -> Result<bool, StoreError> {
        let state = settlement.outcome.state().as_str();
        let span = debug_span!("order_store.settle_effect", effect = %settlement.id, state, outcome = Empty);
        within(span, self.inner.settle_effect(settlement)).await
    }
}

#[async_trait]
impl<S: OrderQueries> OrderQueries for Traced<S> {
    async fn orders(&self, filter: &OrderFilter, page: PageRequest) -> Result<Page<Order>, StoreError> {
        let span = debug_span!("order_queries.orders", limit = page.limit, outcome = Empty);
        within(span, self.inner.orders(filter, page)).await
    }

    async fn history(&self, order: OrderId) -> Result<Vec<Recorded>, StoreError> {
        within(debug_span!("order_queries.history", %order, outcome = Empty), self.inner.history(order)).await
    }

    async fn effects(&self, order: OrderId) -> Result<Vec<EffectRecord>, StoreError> {
        within(debug_span!("order_queries.effects", %order, outcome = Empty), self.inner.effects(order)).await
    }

    async fn counts(&self, now: Timestamp) -> Result<Counts, StoreError> {
        within(debug_span!("order_queries.counts", outcome = Empty), self.inner.counts(now)).await
    }

    async fn agenda(&self, of: Agenda, page: PageRequest) -> Result<Page<Order>, StoreError> {
        let span = debug_span!("order_queries.agenda", ?of, limit = page.limit, outcome = Empty);
        within(span, self.inner.agenda(of, page)).await
    }

    async fn figures(&self, now: Timestamp) -> Result<Figures, StoreError> {
        let span = debug_span!("order_queries.figures", outcome = Empty);
        within(span, self.inner.figures(now)).await
    }

    async fn order_of_refund(&self, provider_id: &str) -> Result<Option<OrderId>, StoreError> {
        let span = debug_span!("order_queries.order_of_refund", outcome = Empty);
        within(span, self.inner.order_of_refund(provider_id)).await
    }

    async fn trial_balance(&self) -> Result<Vec<(Account, Currency, i64)>, StoreError> {
        within(debug_span!("order_queries.trial_balance", outcome = Empty), self.inner.trial_balance()).await
    }

    async fn effects_in(&self, of: OpenEffects, page: PageRequest) -> Result<Page<EffectRecord>, StoreError> {
        let state = of.state().as_str();
        let span = debug_span!("order_queries.effects_in", state, limit = page.limit, outcome = Empty);
        within(span, self.inner.effects_in(of, page)).await
    }

    async fn with_payments(
        &self,
        of: PaymentList,
        below: Option<OrderId>,
        limit: u32,
    ) -> Result<Vec<Order>, StoreError> {
        let state = of.state();
        let span = debug_span!("order_queries.with_payments", state, limit, outcome = Empty);
        within(span, self.inner.with_payments(of, below, limit)).await
    }
}

#[async_trait]
impl<S: CatalogStore> CatalogStore for Traced<S> {
    async fn product(&self, key: &ProductKey) -> Result<Option<Product>, StoreError> {
        within(debug_span!("catalog_store.product", outcome = Empty), self.inner.product(key)).await
    }

    async fn products(&self, ids: &[ProductId]) -> Result<Vec<Product>, StoreError> {
        let span = debug_span!("catalog_store.products", ids = ids.len(), outcome = Empty);
        within(span, self.inner.products(ids)).await
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<Product>, StoreError> {
        within(debug_span!("catalog_store.page", limit, outcome = Empty), self.inner.page(after, limit)).await
    }

    async fn put(&self, product: &Product) -> Result<(), StoreError> {
        let span = debug_span!("catalog_store.put", product = %product.id, outcome = Empty);
        within(span, self.inner.put(product)).await
    }

    async fn set_stock(&self, product: ProductId, quantity: u32) -> Result<bool, StoreError> {
        let span = debug_span!("catalog_store.set_stock", %product, outcome = Empty);
        within(span, self.inner.set_stock(product, quantity)).await
    }

    async fn cards(&self, ids: &[ProductId]) -> Result<Vec<ProductCard>, StoreError> {
        let span = debug_span!("catalog_store.cards", ids = ids.len(), outcome = Empty);
        within(span, self.inner.cards(ids)).await
    }

    async fn add(&self, product: &Product) -> Result<bool, PutError> {
        let span = debug_span!("catalog_store.add", product = %product.id, outcome = Empty);
        within(span, self.inner.add(product)).await
    }

    async fn change(&self, product: &Product) -> Result<u64, PutError> {
        let span = debug_span!("catalog_store.change", product = %product.id, outcome = Empty);
        within(span, self.inner.change(product)).await
    }

    async fn categories(&self) -> Result<Vec<Category>, StoreError> {
        let span = debug_span!("catalog_store.categories", outcome = Empty);
        within(span, self.inner.categories()).await
    }

    async fn add_category(&self, category: &NewCategory) -> Result<CategoryId, PutError> {
        let span = debug_span!("catalog_store.add_category", slug = %category.slug, outcome = Empty);
        within(span, self.inner.add_category(category)).await
    }

    async fn change_category(&self, id: CategoryId, category: &NewCategory) -> Result<(), PutError> {
        let span = debug_span!("catalog_store.change_category", category = %id, outcome = Empty);
        within(span, self.inner.change_category(id, category)).await
    }
}

#[async_trait]
impl<S: Inbox> Inbox for Traced<S> {
    async fn accept(&self, event: InboxEvent) -> Result<bool, StoreError> {
        let span = debug_span!("inbox.accept", event = %event.id, kind = %event.kind, outcome = Empty);
        within(span, self.inner.accept(event)).await
    }

    async fn claim_events(&self, claim: Claim) -> Result<Vec<ClaimedEvent>, StoreError> {
        let span = debug_span!("inbox.claim_events", now = %claim.now, limit = claim.limit, outcome = Empty);
        within(span, self.inner.claim_events(claim)).await
    }

    async fn settle_event(&self, mark: InboxMark, outcome: InboxOutcome) -> Result<bool, StoreError> {
        let span = debug_span!("inbox.settle_event", event = %mark.event, outcome = Empty);
        within(span, self.inner.settle_event(mark, outcome)).await
    }

    async fn revive(&self, id: &str, now: Timestamp) -> Result<bool, StoreError> {
        within(debug_span!("inbox.revive", event = id, outcome = Empty), self.inner.revive(id, now)).await
    }

    async fn events(&self, filter: &InboxFilter, page: PageRequest) -> Result<Page<InboxRecord>, StoreError> {
        let state = filter.state.map(InboxState::as_str);
        let span = debug_span!("inbox.events", state, limit = page.limit, outcome = Empty);
        within(span, self.inner.events(filter, page)).await
    }

    async fn event(&self, id: &str) -> Result<Option<InboxRecord>, StoreError> {
        within(debug_span!("inbox.event", event = id, outcome = Empty), self.inner.event(id)).await
    }

    async fn events_of(&self, order: OrderId) -> Result<Vec<InboxRecord>, StoreError> {
        within(debug_span!("inbox.events_of", %order, outcome = Empty), self.inner.events_of(order)).await
    }

    async fn dead_causes(&self, limit: u32) -> Result<Vec<DeadCause>, StoreError> {
        within(debug_span!("inbox.dead_causes", limit, outcome = Empty), self.inner.dead_causes(limit)).await
    }

    async fn inbox_figures(&self, now: Timestamp) -> Result<InboxFigures, StoreError> {
        within(debug_span!("inbox.inbox_figures", outcome = Empty), self.inner.inbox_figures(now)).await
    }

    async fn reconciled_until(&self) -> Result<Option<Timestamp>, StoreError> {
        within(debug_span!("inbox.reconciled_until", outcome = Empty), self.inner.reconciled_until()).await
    }

    async fn note_reconciled(&self, until: Timestamp) -> Result<(), StoreError> {
        within(debug_span!("inbox.note_reconciled", %until, outcome = Empty), self.inner.note_reconciled(until)).await
    }
}

#[async_trait]
impl<S: RateStore> RateStore for Traced<S> {
    async fn save(&self, batches: &[RateBatch]) -> Result<(), StoreError> {
        let span = debug_span!("rate_store.save", batches = batches.len(), outcome = Empty);
        within(span, self.inner.save(batches)).await
    }

    async fn latest(&self) -> Result<Option<Arc<RateBatch>>, StoreError> {
        within(debug_span!("rate_store.latest", outcome = Empty), self.inner.latest()).await
    }

    async fn on(&self, day: Date) -> Result<Option<Arc<RateBatch>>, StoreError> {
        within(debug_span!("rate_store.on", %day, outcome = Empty), self.inner.on(day)).await
    }

    async fn batches(&self, from: Date, to: Date) -> Result<Vec<Arc<RateBatch>>, StoreError> {
        within(debug_span!("rate_store.batches", %from, %to, outcome = Empty), self.inner.batches(from, to)).await
    }

    async fn note_refusal(&self, refusal: &RateRefusal) -> Result<(), StoreError> {
        let span = debug_span!("rate_store.note_refusal", source = refusal.source(), outcome = Empty);
        within(span, self.inner.note_refusal(refusal)).await
    }

    async fn refusals(&self, limit: u32) -> Result<Vec<RateRefusal>, StoreError> {
        within(debug_span!("rate_store.refusals", limit, outcome = Empty), self.inner.refusals(limit)).await
    }
}
