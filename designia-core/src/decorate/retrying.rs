//! Reads that are tried again.

mod accounts;
mod console;
mod tasks;

use std::num::NonZeroU32;
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
    Agenda, CatalogStore, Claim, Commit, CommitError, Counts, Decide, DueOrder, Figures, OpenEffects, OrderFilter,
    OrderQueries, OrderStore, Page, PageRequest, PaymentList, ProductKey, PutError, RateStore, StoreError,
    StoreErrorKind,
};
use crate::time::{Date, Timestamp};

/// A store whose reads are tried again at once when the store was unavailable, as after a restart of a database that leaves
/// dead connections in a pool.
///
/// Only what can be repeated without a difference is: reads, saving rates, appending to the audit log, and renewing leases. A commit whose reply was lost
/// may have been stored, so its caller must load and decide again; a claim whose reply was lost comes back when it runs out; a
/// correction of stock that is repeated could undo a reservation made in between. Those are passed through, and fail if they
/// fail.
///
/// There is no waiting between tries: who must wait has a schedule, and this is not it.
#[derive(Clone, Debug)]
pub struct Retrying<S> {
    inner: S,
    tries: NonZeroU32,
}

impl<S> Retrying<S> {
    /// Tries reads at most so often in all.
    pub const fn new(inner: S, tries: NonZeroU32) -> Self {
        Self { inner, tries }
    }

    async fn read<T, R>(&self, read: impl Fn() -> R + Send + Sync) -> Result<T, StoreError>
    where
        R: Future<Output = Result<T, StoreError>> + Send,
    {
        let mut tried = 1;
        loop {
            match read().await {
                Err(error) if error.kind == StoreErrorKind::Unavailable && tried < self.tries.get() => tried += 1,
                answer => return answer,
            }
        }
    }
}

#[async_trait]
impl<S: OrderStore> OrderStore for Retrying<S> {
    async fn load(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
        self.read(|| self.inner.load(id)).await
    }

    async fn commit(&self, commit: Commit) -> Result<(), CommitError> {
        self.inner.commit(commit).await
    }

    async fn locate(&self, refs: &ProviderRefs) -> Result<Option<OrderId>, StoreError> {
        self.read(|| self.inner.locate(refs)).await
    }

    async fn change_due(&self, claim: Claim, decide: Decide<'_>) -> Result<Vec<DueOrder>, StoreError> {
        self.inner.change_due(claim, decide).await
    }

    async fn claim_effects(&self, of: Option<OrderId>, claim: Claim) -> Result<Vec<ClaimedEffect>, StoreError> {
        self.inner.claim_effects(of, claim).await
    }

    async fn settle_effect(&self, settlement: EffectSettlement) -> Result<bool, StoreError> {
        self.inner.settle_effect(settlement).await
    }
}

#[async_trait]
impl<S: OrderQueries> OrderQueries for Retrying<S> {
    async fn orders(&self, filter: &OrderFilter, page: PageRequest) -> Result<Page<Order>, StoreError> {
        self.read(|| self.inner.orders(filter, page.clone())).await
    }

    async fn history(&self, order: OrderId) -> Result<Vec<Recorded>, StoreError> {
        self.read(|| self.inner.history(order)).await
    }

    async fn effects(&self, order: OrderId) -> Result<Vec<EffectRecord>, StoreError> {
        self.read(|| self.inner.effects(order)).await
    }

    async fn counts(&self, now: Timestamp) -> Result<Counts, StoreError> {
        self.read(|| self.inner.counts(now)).await
    }

    async fn agenda(&self, of: Agenda, page: PageRequest) -> Result<Page<Order>, StoreError> {
        self.read(|| self.inner.agenda(of, page.clone())).await
    }

    async fn figures(&self, now: Timestamp) -> Result<Figures, StoreError> {
        self.read(|| self.inner.figures(now)).await
    }

    async fn order_of_refund(&self, provider_id: &str) -> Result<Option<OrderId>, StoreError> {
        self.read(|| self.inner.order_of_refund(provider_id)).await
    }

    async fn trial_balance(&self) -> Result<Vec<(Account, Currency, i64)>, StoreError> {
        self.read(|| self.inner.trial_balance()).await
    }

    async fn effects_in(&self, of: OpenEffects, page: PageRequest) -> Result<Page<EffectRecord>, StoreError> {
        self.read(|| self.inner.effects_in(of, page.clone())).await
    }

    async fn with_payments(
        &self,
        of: PaymentList,
        below: Option<OrderId>,
        limit: u32,
    ) -> Result<Vec<Order>, StoreError> {
        self.read(|| self.inner.with_payments(of, below, limit)).await
    }
}

#[async_trait]
impl<S: CatalogStore> CatalogStore for Retrying<S> {
    async fn product(&self, key: &ProductKey) -> Result<Option<Product>, StoreError> {
        self.read(|| self.inner.product(key)).await
    }

    async fn products(&self, ids: &[ProductId]) -> Result<Vec<Product>, StoreError> {
        self.read(|| self.inner.products(ids)).await
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<Product>, StoreError> {
        self.read(|| self.inner.page(after, limit)).await
    }

    async fn put(&self, product: &Product) -> Result<(), StoreError> {
        self.inner.put(product).await
    }

    async fn set_stock(&self, product: ProductId, quantity: u32) -> Result<bool, StoreError> {
        self.inner.set_stock(product, quantity).await
    }

    async fn cards(&self, ids: &[ProductId]) -> Result<Vec<ProductCard>, StoreError> {
        self.read(|| self.inner.cards(ids)).await
    }

    async fn add(&self, product: &Product) -> Result<bool, PutError> {
        self.inner.add(product).await
    }

    async fn change(&self, product: &Product) -> Result<u64, PutError> {
        self.inner.change(product).await
    }

    async fn categories(&self) -> Result<Vec<Category>, StoreError> {
        self.read(|| self.inner.categories()).await
    }

    async fn add_category(&self, category: &NewCategory) -> Result<CategoryId, PutError> {
        self.inner.add_category(category).await
    }

    async fn change_category(&self, id: CategoryId, category: &NewCategory) -> Result<(), PutError> {
        self.inner.change_category(id, category).await
    }
}

#[async_trait]
impl<S: RateStore> RateStore for Retrying<S> {
    async fn save(&self, batches: &[RateBatch]) -> Result<(), StoreError> {
        self.read(|| self.inner.save(batches)).await
    }

    async fn latest(&self) -> Result<Option<Arc<RateBatch>>, StoreError> {
        self.read(|| self.inner.latest()).await
    }

    async fn on(&self, day: Date) -> Result<Option<Arc<RateBatch>>, StoreError> {
        self.read(|| self.inner.on(day)).await
    }

    async fn batches(&self, from: Date, to: Date) -> Result<Vec<Arc<RateBatch>>, StoreError> {
        self.read(|| self.inner.batches(from, to)).await
    }

    async fn note_refusal(&self, refusal: &RateRefusal) -> Result<(), StoreError> {
        self.read(|| self.inner.note_refusal(refusal)).await
    }

    async fn refusals(&self, limit: u32) -> Result<Vec<RateRefusal>, StoreError> {
        self.read(|| self.inner.refusals(limit)).await
    }
}
