//! The stores.

use std::sync::Arc;

use async_trait::async_trait;

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
impl<T: OrderStore + ?Sized> OrderStore for Arc<T> {
    async fn load(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
        (**self).load(id).await
    }

    async fn commit(&self, commit: Commit) -> Result<(), CommitError> {
        (**self).commit(commit).await
    }

    async fn locate(&self, refs: &ProviderRefs) -> Result<Option<OrderId>, StoreError> {
        (**self).locate(refs).await
    }

    async fn change_due(&self, claim: Claim, decide: Decide<'_>) -> Result<Vec<DueOrder>, StoreError> {
        (**self).change_due(claim, decide).await
    }

    async fn claim_effects(&self, of: Option<OrderId>, claim: Claim) -> Result<Vec<ClaimedEffect>, StoreError> {
        (**self).claim_effects(of, claim).await
    }

    async fn settle_effect(&self, settlement: EffectSettlement) -> Result<bool, StoreError> {
        (**self).settle_effect(settlement).await
    }
}

#[async_trait]
impl<T: OrderQueries + ?Sized> OrderQueries for Arc<T> {
    async fn orders(&self, filter: &OrderFilter, page: PageRequest) -> Result<Page<Order>, StoreError> {
        (**self).orders(filter, page).await
    }

    async fn history(&self, order: OrderId) -> Result<Vec<Recorded>, StoreError> {
        (**self).history(order).await
    }

    async fn effects(&self, order: OrderId) -> Result<Vec<EffectRecord>, StoreError> {
        (**self).effects(order).await
    }

    async fn counts(&self, now: Timestamp) -> Result<Counts, StoreError> {
        (**self).counts(now).await
    }

    async fn agenda(&self, of: Agenda, page: PageRequest) -> Result<Page<Order>, StoreError> {
        (**self).agenda(of, page).await
    }

    async fn figures(&self, now: Timestamp) -> Result<Figures, StoreError> {
        (**self).figures(now).await
    }

    async fn order_of_refund(&self, provider_id: &str) -> Result<Option<OrderId>, StoreError> {
        (**self).order_of_refund(provider_id).await
    }

    async fn trial_balance(&self) -> Result<Vec<(Account, Currency, i64)>, StoreError> {
        (**self).trial_balance().await
    }

    async fn effects_in(&self, of: OpenEffects, page: PageRequest) -> Result<Page<EffectRecord>, StoreError> {
        (**self).effects_in(of, page).await
    }

    async fn with_payments(
        &self,
        of: PaymentList,
        below: Option<OrderId>,
        limit: u32,
    ) -> Result<Vec<Order>, StoreError> {
        (**self).with_payments(of, below, limit).await
    }
}

#[async_trait]
impl<T: CatalogStore + ?Sized> CatalogStore for Arc<T> {
    async fn product(&self, key: &ProductKey) -> Result<Option<Product>, StoreError> {
        (**self).product(key).await
    }

    async fn products(&self, ids: &[ProductId]) -> Result<Vec<Product>, StoreError> {
        (**self).products(ids).await
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<Product>, StoreError> {
        (**self).page(after, limit).await
    }

    async fn put(&self, product: &Product) -> Result<(), StoreError> {
        (**self).put(product).await
    }

    async fn set_stock(&self, product: ProductId, quantity: u32) -> Result<bool, StoreError> {
        (**self).set_stock(product, quantity).await
    }

    async fn cards(&self, ids: &[ProductId]) -> Result<Vec<ProductCard>, StoreError> {
        (**self).cards(ids).await
    }

    async fn add(&self, product: &Product) -> Result<bool, PutError> {
        (**self).add(product).await
    }

    async fn change(&self, product: &Product) -> Result<u64, PutError> {
        (**self).change(product).await
    }

    async fn categories(&self) -> Result<Vec<Category>, StoreError> {
        (**self).categories().await
    }

    async fn add_category(&self, category: &NewCategory) -> Result<CategoryId, PutError> {
        (**self).add_category(category).await
    }

    async fn change_category(&self, id: CategoryId, category: &NewCategory) -> Result<(), PutError> {
        (**self).change_category(id, category).await
    }
}

#[async_trait]
impl<T: Inbox + ?Sized> Inbox for Arc<T> {
    async fn accept(&self, event: InboxEvent) -> Result<bool, StoreError> {
        (**self).accept(event).await
    }

    async fn claim_events(&self, claim: Claim) -> Result<Vec<ClaimedEvent>, StoreError> {
        (**self).claim_events(claim).await
    }

    async fn settle_event(&self, mark: InboxMark, outcome: InboxOutcome) -> Result<bool, StoreError> {
        (**self).settle_event(mark, outcome).await
    }

    async fn revive(&self, id: &str, now: Timestamp) -> Result<bool, StoreError> {
        (**self).revive(id, now).await
    }

    async fn events(&self, filter: &InboxFilter, page: PageRequest) -> Result<Page<InboxRecord>, StoreError> {
        (**self).events(filter, page).await
    }

    async fn event(&self, id: &str) -> Result<Option<InboxRecord>, StoreError> {
        (**self).event(id).await
    }

    async fn events_of(&self, order: OrderId) -> Result<Vec<InboxRecord>, StoreError> {
        (**self).events_of(order).await
    }

    async fn dead_causes(&self, limit: u32) -> Result<Vec<DeadCause>, StoreError> {
        (**self).dead_causes(limit).await
    }

    async fn inbox_figures(&self, now: Timestamp) -> Result<InboxFigures, StoreError> {
        (**self).inbox_figures(now).await
    }

    async fn reconciled_until(&self) -> Result<Option<Timestamp>, StoreError> {
        (**self).reconciled_until().await
    }

    async fn note_reconciled(&self, until: Timestamp) -> Result<(), StoreError> {
        (**self).note_reconciled(until).await
    }
}

#[async_trait]
impl<T: RateStore + ?Sized> RateStore for Arc<T> {
    async fn save(&self, batches: &[RateBatch]) -> Result<(), StoreError> {
        (**self).save(batches).await
    }

    async fn latest(&self) -> Result<Option<Arc<RateBatch>>, StoreError> {
        (**self).latest().await
    }

    async fn on(&self, day: Date) -> Result<Option<Arc<RateBatch>>, StoreError> {
        (**self).on(day).await
    }

    async fn batches(&self, from: Date, to: Date) -> Result<Vec<Arc<RateBatch>>, StoreError> {
        (**self).batches(from, to).await
    }

    async fn note_refusal(&self, refusal: &RateRefusal) -> Result<(), StoreError> {
        (**self).note_refusal(refusal).await
    }

    async fn refusals(&self, limit: u32) -> Result<Vec<RateRefusal>, StoreError> {
        (**self).refusals(limit).await
    }
}
