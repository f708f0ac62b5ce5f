//! [`OrderStore`] on PostgreSQL.

use async_trait::async_trait;
use designia_core::effect::{ClaimedEffect, EffectSettlement};
use designia_core::id::OrderId;
use designia_core::order::Order;
use designia_core::payment::ProviderRefs;
use designia_core::ports::{Claim, Commit, CommitError, Decide, DueOrder, OrderStore, StoreError};
use uuid::Uuid;

use crate::effects::{self, Due};
use crate::instant::JsonText;
use crate::row;
use crate::sql::orders as sql;
use crate::statement::statement;
use crate::store::PostgresStore;

#[async_trait]
impl OrderStore for PostgresStore {
    async fn load(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
        let state: Option<(JsonText,)> = self.first(statement(sql::LOAD).bind(id.as_uuid())).await?;
        state.map(|(state,)| row::order(id.as_uuid(), &state)).transpose()
    }

    async fn commit(&self, commit: Commit) -> Result<(), CommitError> {
        self.commit_one(&commit).await
    }

    async fn locate(&self, refs: &ProviderRefs) -> Result<Option<OrderId>, StoreError> {
        let query = statement(sql::LOCATE).bind(refs.session.clone()).bind(refs.payment.clone());
        let id: Option<(Uuid,)> = self.first(query).await?;
        Ok(id.map(|(id,)| OrderId::from_uuid(id)))
    }

    async fn change_due(&self, claim: Claim, decide: Decide<'_>) -> Result<Vec<DueOrder>, StoreError> {
        self.change_all_due(claim, decide).await
    }

    async fn claim_effects(&self, of: Option<OrderId>, claim: Claim) -> Result<Vec<ClaimedEffect>, StoreError> {
        let mut due: Vec<Due> = self.all(effects::claim(of, claim)).await?;
        Due::sort(&mut due);
        row::readable(due.into_iter().map(|due| due.claimed(claim)))
    }

    async fn settle_effect(&self, settlement: EffectSettlement) -> Result<bool, StoreError> {
        self.is_any_changed(effects::settle(&settlement)).await
    }
}
