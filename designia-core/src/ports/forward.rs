//! An `Arc` of an adapter is the adapter, so that wrappers and hosts can share one.

use std::sync::Arc;

use async_trait::async_trait;

use super::{
    CatalogStore, Claim, ClaimedEvent, Commit, CommitError, Counts, Decide, DueOrder, EventArchive, Export, Import,
    Inbox, InboxEvent, InboxMark, InboxOutcome, InboxRecord, InboxState, OrderArchive, OrderFilter, OrderQueries,
    OrderStore, Page, PageRequest, ProductKey, RateKey, RateStore, StoreError, Totals,
};
use crate::catalog::Product;
use crate::effect::{ClaimedEffect, EffectRecord, EffectSettlement};
use crate::exchange::RateBatch;
use crate::id::{OrderId, ProductId};
use crate::ledger::Account;
use crate::money::Currency;
use crate::order::{Order, Recorded};
use crate::payment::ProviderRefs;
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

    async fn trial_balance(&self) -> Result<Vec<(Account, Currency, i64)>, StoreError> {
        (**self).trial_balance().await
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

    async fn events(&self, state: InboxState, page: PageRequest) -> Result<Page<InboxRecord>, StoreError> {
        (**self).events(state, page).await
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
}

#[async_trait]
impl<T: Export + ?Sized> Export for Arc<T> {
    async fn export_products(&self, after: Option<ProductId>, limit: u32) -> Result<Vec<Product>, StoreError> {
        (**self).export_products(after, limit).await
    }

    async fn export_orders(&self, after: Option<OrderId>, limit: u32) -> Result<Vec<OrderArchive>, StoreError> {
        (**self).export_orders(after, limit).await
    }

    async fn export_events(&self, after: Option<&str>, limit: u32) -> Result<Vec<EventArchive>, StoreError> {
        (**self).export_events(after, limit).await
    }

    async fn export_rates(&self, after: Option<&RateKey>, limit: u32) -> Result<Vec<RateBatch>, StoreError> {
        (**self).export_rates(after, limit).await
    }

    async fn export_settings(&self) -> Result<Vec<(String, String)>, StoreError> {
        (**self).export_settings().await
    }

    async fn totals(&self) -> Result<Totals, StoreError> {
        (**self).totals().await
    }
}

#[async_trait]
impl<T: Import + ?Sized> Import for Arc<T> {
    async fn import_products(&self, products: &[Product]) -> Result<(), StoreError> {
        (**self).import_products(products).await
    }

    async fn import_orders(&self, orders: &[OrderArchive]) -> Result<(), StoreError> {
        (**self).import_orders(orders).await
    }

    async fn import_events(&self, events: &[EventArchive]) -> Result<(), StoreError> {
        (**self).import_events(events).await
    }

    async fn import_rates(&self, batches: &[RateBatch]) -> Result<(), StoreError> {
        (**self).import_rates(batches).await
    }

    async fn import_settings(&self, settings: &[(String, String)]) -> Result<(), StoreError> {
        (**self).import_settings(settings).await
    }

    async fn progress(&self) -> Result<Option<String>, StoreError> {
        (**self).progress().await
    }

    async fn note_progress(&self, note: &str) -> Result<(), StoreError> {
        (**self).note_progress(note).await
    }
}
