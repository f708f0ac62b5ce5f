//! A node's ports with cut points between the engine and its adapters: where a decision meets the store, and an answer the
//! engine. The adapters themselves are the real ones.

use std::sync::Arc;

use async_trait::async_trait;
use designia_core::effect::{
    ClaimedEffect, EffectRequest, EffectSettlement, IdempotencyKey, OpenPayment, PaymentRef, RefundPayment,
};
use designia_core::id::OrderId;
use designia_core::order::Order;
use designia_core::payment::ProviderRefs;
use designia_core::ports::{
    Claim, ClaimedEvent, Commit, CommitError, DeadCause, Decide, DueOrder, EventPage, EventWindow, GatewayError, Inbox,
    InboxEvent, InboxFigures, InboxFilter, InboxMark, InboxOutcome, InboxRecord, OrderStore, Page, PageRequest,
    PaymentGateway, PaymentSnapshot, Ports, RefundSnapshot, StoreError,
};
use designia_core::time::Timestamp;

use crate::cut::{Cut, Cuts};

/// The same ports, deadly at one place.
pub(crate) fn with_cuts(ports: Ports, cuts: &Cuts) -> Ports {
    Ports {
        orders: Arc::new(Orders(Arc::clone(&ports.orders), cuts.clone())),
        inbox: Arc::new(Events(Arc::clone(&ports.inbox), cuts.clone())),
        gateway: Arc::new(Gateway(Arc::clone(&ports.gateway), cuts.clone())),
        ..ports
    }
}

#[derive(Debug)]
struct Orders(Arc<dyn OrderStore>, Cuts);

#[async_trait]
impl OrderStore for Orders {
    async fn load(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
        self.0.load(id).await
    }

    async fn commit(&self, commit: Commit) -> Result<(), CommitError> {
        let calls = commit.changes.effects.iter().any(|effect| !matches!(effect.request, EffectRequest::Notify(_)));
        self.1.pass(Cut::BeforeCommit);
        self.0.commit(commit).await?;
        self.1.pass(Cut::AfterCommit);
        if calls {
            self.1.pass(Cut::AfterEffectPlanned);
        }
        Ok(())
    }

    async fn locate(&self, refs: &ProviderRefs) -> Result<Option<OrderId>, StoreError> {
        self.0.locate(refs).await
    }

    async fn change_due(&self, claim: Claim, decide: Decide<'_>) -> Result<Vec<DueOrder>, StoreError> {
        let deadly = |order: &Order| {
            let commit = decide(order);
            if commit.is_some() {
                self.1.pass(Cut::InSweep);
            }
            commit
        };
        self.0.change_due(claim, &deadly).await
    }

    async fn claim_effects(&self, of: Option<OrderId>, claim: Claim) -> Result<Vec<ClaimedEffect>, StoreError> {
        let claimed = self.0.claim_effects(of, claim).await?;
        if !claimed.is_empty() {
            self.1.pass(Cut::AfterClaim);
        }
        Ok(claimed)
    }

    async fn settle_effect(&self, settlement: EffectSettlement) -> Result<bool, StoreError> {
        self.0.settle_effect(settlement).await
    }
}

#[derive(Debug)]
struct Events(Arc<dyn Inbox>, Cuts);

#[async_trait]
impl Inbox for Events {
    async fn accept(&self, event: InboxEvent) -> Result<bool, StoreError> {
        let is_new = self.0.accept(event).await?;
        self.1.pass(Cut::AfterWebhookStored);
        Ok(is_new)
    }

    async fn claim_events(&self, claim: Claim) -> Result<Vec<ClaimedEvent>, StoreError> {
        self.0.claim_events(claim).await
    }

    async fn settle_event(&self, mark: InboxMark, outcome: InboxOutcome) -> Result<bool, StoreError> {
        self.0.settle_event(mark, outcome).await
    }

    async fn revive(&self, id: &str, now: Timestamp) -> Result<bool, StoreError> {
        self.0.revive(id, now).await
    }

    async fn events(&self, filter: &InboxFilter, page: PageRequest) -> Result<Page<InboxRecord>, StoreError> {
        self.0.events(filter, page).await
    }

    async fn event(&self, id: &str) -> Result<Option<InboxRecord>, StoreError> {
        self.0.event(id).await
    }

    async fn events_of(&self, order: OrderId) -> Result<Vec<InboxRecord>, StoreError> {
        self.0.events_of(order).await
    }

    async fn dead_causes(&self, limit: u32) -> Result<Vec<DeadCause>, StoreError> {
        self.0.dead_causes(limit).await
    }

    async fn inbox_figures(&self, now: Timestamp) -> Result<InboxFigures, StoreError> {
        self.0.inbox_figures(now).await
    }

    async fn reconciled_until(&self) -> Result<Option<Timestamp>, StoreError> {
        self.0.reconciled_until().await
    }

    async fn note_reconciled(&self, until: Timestamp) -> Result<(), StoreError> {
        self.0.note_reconciled(until).await
    }
}

#[derive(Debug)]
struct Gateway(Arc<dyn PaymentGateway>, Cuts);

#[async_trait]
impl PaymentGateway for Gateway {
    async fn open(&self, request: &OpenPayment, key: &IdempotencyKey) -> Result<PaymentSnapshot, GatewayError> {
        let reply = self.0.open(request, key).await?;
        self.1.pass(Cut::AfterReply);
        Ok(reply)
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

    async fn void(&self, payment: &PaymentRef, key: &IdempotencyKey) -> Result<Option<PaymentSnapshot>, GatewayError> {
        let reply = self.0.void(payment, key).await?;
        self.1.pass(Cut::AfterReply);
        Ok(reply)
    }

    async fn refund(&self, request: &RefundPayment, key: &IdempotencyKey) -> Result<RefundSnapshot, GatewayError> {
        let reply = self.0.refund(request, key).await?;
        self.1.pass(Cut::AfterReply);
        Ok(reply)
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
