//! Bugs that are planted in the nodes, to see that the campaign finds them.

use std::sync::Arc;

use async_trait::async_trait;
use designia_core::effect::{ClaimedEffect, EffectSettlement, IdempotencyKey, OpenPayment, PaymentRef, RefundPayment};
use designia_core::id::OrderId;
use designia_core::order::Order;
use designia_core::payment::ProviderRefs;
use designia_core::ports::{
    Claim, Commit, CommitError, Decide, DueOrder, EventPage, EventWindow, GatewayError, IdGenerator, OrderStore,
    PaymentGateway, PaymentSnapshot, Ports, RefundSnapshot, StoreError,
};
use designia_core::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What is wrong with the nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Plant {
    /// They are as they should be.
    Nothing,
    /// The retry that everybody writes first: nobody asks what became of the call before, and each try has a key of its own.
    SendsWithoutLooking,
}

impl Plant {
    /// The ports with the bug in them.
    pub(crate) fn in_ports(self, ports: Ports) -> Ports {
        match self {
            Self::Nothing => ports,
            Self::SendsWithoutLooking => Ports {
                orders: Arc::new(Forgetful(Arc::clone(&ports.orders))),
                gateway: Arc::new(FreshKeys(Arc::clone(&ports.gateway), Arc::clone(&ports.ids))),
                ..ports
            },
        }
    }
}

/// Doesn't remember that a call may have been made.
#[derive(Debug)]
struct Forgetful(Arc<dyn OrderStore>);

#[async_trait]
impl OrderStore for Forgetful {
    async fn load(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
        self.0.load(id).await
    }

    async fn commit(&self, commit: Commit) -> Result<(), CommitError> {
        self.0.commit(commit).await
    }

    async fn locate(&self, refs: &ProviderRefs) -> Result<Option<OrderId>, StoreError> {
        self.0.locate(refs).await
    }

    async fn change_due(&self, claim: Claim, decide: Decide<'_>) -> Result<Vec<DueOrder>, StoreError> {
        self.0.change_due(claim, decide).await
    }

    async fn claim_effects(&self, of: Option<OrderId>, claim: Claim) -> Result<Vec<ClaimedEffect>, StoreError> {
        let claimed = self.0.claim_effects(of, claim).await?;
        Ok(claimed.into_iter().map(|effect| ClaimedEffect { maybe_sent_at: None, ..effect }).collect())
    }

    async fn settle_effect(&self, settlement: EffectSettlement) -> Result<bool, StoreError> {
        self.0.settle_effect(settlement).await
    }
}

/// Makes up a key for every try.
#[derive(Debug)]
struct FreshKeys(Arc<dyn PaymentGateway>, Arc<dyn IdGenerator>);

impl FreshKeys {
    fn key(&self) -> IdempotencyKey {
        IdempotencyKey::new(self.1.next().to_string())
    }
}

#[async_trait]
impl PaymentGateway for FreshKeys {
    async fn open(&self, request: &OpenPayment, _: &IdempotencyKey) -> Result<PaymentSnapshot, GatewayError> {
        self.0.open(request, &self.key()).await
    }

    async fn look_up(&self, payment: &PaymentRef) -> Result<Option<PaymentSnapshot>, GatewayError> {
        self.0.look_up(payment).await
    }

    async fn find_sent(
        &self,
        payment: &PaymentRef,
        sent_at: Timestamp,
    ) -> Result<Option<PaymentSnapshot>, GatewayError> {
        self.0.find_sent(payment, sent_at).await
    }

    async fn void(&self, payment: &PaymentRef, _: &IdempotencyKey) -> Result<Option<PaymentSnapshot>, GatewayError> {
        self.0.void(payment, &self.key()).await
    }

    async fn refund(&self, request: &RefundPayment, _: &IdempotencyKey) -> Result<RefundSnapshot, GatewayError> {
        self.0.refund(request, &self.key()).await
    }

    async fn look_up_refund(&self, request: &RefundPayment) -> Result<Option<RefundSnapshot>, GatewayError> {
        self.0.look_up_refund(request).await
    }

    async fn events(&self, window: EventWindow, after: Option<&str>) -> Result<EventPage, GatewayError> {
        self.0.events(window, after).await
    }

    async fn check(&self) -> Result<(), GatewayError> {
        self.0.check().await
    }
}
