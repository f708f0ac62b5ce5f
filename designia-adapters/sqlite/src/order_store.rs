//! [`OrderStore`] on SQLite.

use async_trait::async_trait;
use designia_core::effect::{ClaimedEffect, EffectSettlement};
use designia_core::id::OrderId;
use designia_core::order::Order;
use designia_core::payment::ProviderRefs;
use designia_core::ports::{Claim, Commit, CommitError, Decide, DueOrder, OrderStore, StoreError};

use crate::commit;
use crate::effects;
use crate::error::store_error;
use crate::row::{self, StoredId, micros};
use crate::sql::{orders as sql, queries};
use crate::store::SqliteStore;
use crate::sweep;

#[async_trait]
impl OrderStore for SqliteStore {
    async fn load(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
        let query = sqlx::query_scalar(sql::LOAD).bind(id.bytes());
        let state: Option<String> = query.fetch_optional(&mut *self.reader().await?).await.map_err(store_error)?;
        state.map(|state| row::order(&id.bytes(), &state)).transpose()
    }

    async fn commit(&self, commit: Commit) -> Result<(), CommitError> {
        let statement = commit::statement(&commit)?;
        self.lane().await?.execute(statement).await.map_err(commit::commit_error)?;
        Ok(())
    }

    async fn locate(&self, refs: &ProviderRefs) -> Result<Option<OrderId>, StoreError> {
        let query = sqlx::query_scalar(sql::LOCATE).bind(refs.session.clone()).bind(refs.payment.clone());
        let id: Option<Vec<u8>> = query.fetch_optional(&mut *self.reader().await?).await.map_err(store_error)?;
        id.map(|id| row::order_id(&id)).transpose()
    }

    async fn change_due(&self, claim: Claim, decide: Decide<'_>) -> Result<Vec<DueOrder>, StoreError> {
        if !self.is_any_due(queries::OLDEST_DUE_ORDER, claim).await? {
            return Ok(Vec::new());
        }
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = sweep::change_due(transaction.connection(), claim, decide).await;
        let due = transaction.end(outcome).await?;
        row::readable(due.into_iter())
    }

    async fn claim_effects(&self, of: Option<OrderId>, claim: Claim) -> Result<Vec<ClaimedEffect>, StoreError> {
        if of.is_none() && !self.is_any_due(queries::OLDEST_DUE_EFFECT, claim).await? {
            return Ok(Vec::new());
        }
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = effects::claim(transaction.connection(), of, claim).await;
        let due = transaction.end(outcome).await?;
        row::readable(due.into_iter().map(|due| due.claimed(claim)))
    }

    async fn settle_effect(&self, settlement: EffectSettlement) -> Result<bool, StoreError> {
        let settled = self.lane().await?.execute(effects::settle(&settlement)).await.map_err(store_error)?;
        Ok(settled.rows_affected() > 0)
    }
}

impl SqliteStore {
    /// Whether there is anything to claim. Asked of a reader, so that an idle worker's polls keep nobody from writing.
    pub(crate) async fn is_any_due(&self, statement: &'static str, claim: Claim) -> Result<bool, StoreError> {
        let query = sqlx::query_scalar::<_, i64>(statement).bind(micros(claim.now));
        let due = query.fetch_optional(&mut *self.reader().await?).await.map_err(store_error)?;
        Ok(due.is_some() && claim.limit > 0)
    }
}
