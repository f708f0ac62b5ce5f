//! Searches that take their time, and what may be concluded from them.
#![cfg(feature = "testing")]
#![expect(clippy::unwrap_used, reason = "test helpers stand outside of #[test] functions")]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use designia_core::effect::{EffectOutcome, IdempotencyKey, OpenPayment, PaymentRef, REPLY_GRACE, RefundPayment};
use designia_core::memory::{MemoryNotifier, MemoryStore};
use designia_core::order::OrderStatus;
use designia_core::payment::PaymentMethod;
use designia_core::ports::{
    CatalogStore, Clock, EventPage, EventWindow, GatewayError, PaymentGateway, PaymentSnapshot, Ports, RefundSnapshot,
    Tasks,
};
use designia_core::service::{Checkout, CheckoutAnswer, CheckoutItem, Engine, Policy};
use designia_core::testing::fixtures::{NOW, buyer, currency, product, product_id};
use designia_core::testing::{
    FakeWebhooks, Fault, FixedClock, FixedRates, Method, ScriptedGateway, SequentialIds, block_on,
};
use designia_core::time::Timestamp;

/// A provider whose lists are long: each search for a lost attempt takes so much time.
#[derive(Debug)]
struct Slow {
    inner: ScriptedGateway,
    clock: FixedClock,
    takes: Duration,
}

#[async_trait]
impl PaymentGateway for Slow {
    async fn open(&self, request: &OpenPayment, key: &IdempotencyKey) -> Result<PaymentSnapshot, GatewayError> {
        self.inner.open(request, key).await
    }

    async fn look_up(&self, payment: &PaymentRef) -> Result<Option<PaymentSnapshot>, GatewayError> {
        self.inner.look_up(payment).await
    }

    async fn find_sent(
        &self,
        payment: &PaymentRef,
        sent_at: Timestamp,
    ) -> Result<Option<PaymentSnapshot>, GatewayError> {
        let found = self.inner.find_sent(payment, sent_at).await;
        self.clock.advance(self.takes);
        found
    }

    async fn void(&self, payment: &PaymentRef, key: &IdempotencyKey) -> Result<Option<PaymentSnapshot>, GatewayError> {
        self.inner.void(payment, key).await
    }

    async fn refund(&self, request: &RefundPayment, key: &IdempotencyKey) -> Result<RefundSnapshot, GatewayError> {
        self.inner.refund(request, key).await
    }

    async fn look_up_refund(&self, request: &RefundPayment) -> Result<Option<RefundSnapshot>, GatewayError> {
        self.inner.look_up_refund(request).await
    }

    async fn events(&self, window: EventWindow, after: Option<&str>) -> Result<EventPage, GatewayError> {
        self.inner.events(window, after).await
    }

    async fn check(&self) -> Result<(), GatewayError> {
        self.inner.check().await
    }
}

/// An order whose page was asked for, by a request of which nobody knows what became.
fn lost(takes: Duration) -> (Engine, ScriptedGateway, FixedClock, CheckoutAnswer) {
    let (store, clock, inner) = (Arc::new(MemoryStore::new()), FixedClock::at(NOW), ScriptedGateway::new());
    let ports = Ports {
        orders: store.clone(),
        queries: store.clone(),
        catalog: store.clone(),
        inbox: store.clone(),
        rates: store.clone(),
        rate_sources: vec![Arc::new(FixedRates::new("test", currency("EUR")))],
        gateway: Arc::new(Slow { inner: inner.clone(), clock: clock.clone(), takes }),
        webhooks: Arc::new(FakeWebhooks::new("secret")),
        notifier: Arc::new(MemoryNotifier::new(100)),
        tasks: Tasks::in_store(store.clone()),
        clock: Arc::new(clock.clone()),
        ids: Arc::new(SequentialIds::new()),
    };
    block_on(store.put(&product(1))).unwrap();
    let engine = Engine::new(ports, Policy::default());
    inner.fail_next(Method::Open, Fault::LostRequest);
    let checkout = Checkout {
        buyer: buyer(1),
        email: None,
        currency: currency("EUR"),
        items: vec![CheckoutItem { product: product_id(1), quantity: 1 }],
        ship_to: None,
        notes: String::new(),
        method: PaymentMethod::Card,
        request_key: None,
    };
    let answer = block_on(engine.checkout(checkout)).unwrap();
    assert_eq!(answer.page, None);
    (engine, inner, clock, answer)
}

fn outcomes(engine: &Engine) -> Vec<EffectOutcome> {
    block_on(engine.effects_turn(10)).unwrap().done.into_iter().filter_map(|it| it.outcome).collect()
}

#[test]
fn a_search_that_began_before_absence_can_be_proved_proves_nothing_however_late_it_ends() {
    let (engine, _, clock, answer) = lost(REPLY_GRACE);
    clock.advance(Duration::from_secs(5));
    let [EffectOutcome::Unknown { at, why }] = &outcomes(&engine)[..] else { panic!("it proved something") };
    assert!(*at > clock.now() && why.contains("not know it yet"), "{why}");
    assert_eq!(block_on(engine.order(answer.order.id())).unwrap().status(), OrderStatus::PendingPayment);
}

#[test]
fn a_search_that_begins_when_absence_can_be_proved_proves_it() {
    let (engine, provider, clock, answer) = lost(Duration::from_secs(20));
    clock.advance(REPLY_GRACE);
    assert!(matches!(outcomes(&engine)[..], [EffectOutcome::NotSent { .. }]));
    assert_eq!(outcomes(&engine), [EffectOutcome::Done]);
    assert_eq!(provider.sessions(answer.order.id()).len(), 1);
}
