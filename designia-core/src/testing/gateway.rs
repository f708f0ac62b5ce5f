//! A payment provider in memory: truthful about money, and failing on demand.

mod provider;
mod script;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use self::provider::Provider;
use self::script::Script;
pub use self::script::{Call, Fault, Method};
use crate::effect::{IdempotencyKey, OpenPayment, PaymentRef, RefundPayment};
use crate::id::{AttemptNo, OrderId, RefundNo};
use crate::money::Money;
use crate::payment::{ProviderRefs, RefundState};
use crate::ports::{
    EventPage, EventWindow, GatewayError, GatewayErrorKind, ListedEvent, PaymentGateway, PaymentSnapshot,
    RefundSnapshot, WebhookSubject,
};
use crate::time::Timestamp;

/// Few, so that tests with a handful of events see several pages.
const EVENTS_PER_PAGE: usize = 3;

/// A [`PaymentGateway`] with a small provider inside: sessions that can be paid, refunds that move money, keys that are
/// executed once. Clones share it.
///
/// Tests play the buyer with [`pay`](Self::pay), [`decline`](Self::decline), [`promise`](Self::promise) and the like; each
/// answers with what the provider's webhook would say, or `None` if the provider would not allow it. Faults are scripted
/// per method with [`script`](Self::script), and every call is in the log.
#[derive(Clone, Default)]
pub struct ScriptedGateway {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    provider: Provider,
    record: Vec<ListedEvent>,
    script: Script,
}

/// The buyer's, the provider's and the dashboard's side.
impl ScriptedGateway {
    /// A provider without sessions, and without faults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The next calls of this method meet these faults, one each; `None` lets one through.
    pub fn script(&self, method: Method, faults: impl IntoIterator<Item = Option<Fault>>) {
        self.lock().script.extend(method, faults);
    }

    /// The next call of this method meets this fault.
    pub fn fail_next(&self, method: Method, fault: Fault) {
        self.script(method, [Some(fault)]);
    }

    /// Every call so far, oldest first.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.lock().script.calls().to_vec()
    }

    /// Forgets all idempotency keys, as a provider does after a day: from here on only a look-up prevents a second
    /// execution.
    pub fn forget_keys(&self) {
        self.lock().provider.forget_keys();
    }

    /// The buyer pays the attempt in full, or the delayed payment arrives.
    pub fn pay(&self, order: OrderId, attempt: AttemptNo) -> Option<WebhookSubject> {
        self.lock().provider.pay(order, attempt)
    }

    /// The money of an attempt that had closed lands after all.
    pub fn land(&self, order: OrderId, attempt: AttemptNo) -> Option<WebhookSubject> {
        self.lock().provider.land(order, attempt)
    }

    /// The buyer promises to pay by a delayed method.
    pub fn promise(&self, order: OrderId, attempt: AttemptNo, by: Option<Timestamp>) -> Option<WebhookSubject> {
        self.lock().provider.promise(order, attempt, by)
    }

    /// A delayed payment that was promised fails.
    pub fn fail_settlement(&self, order: OrderId, attempt: AttemptNo) -> Option<WebhookSubject> {
        self.lock().provider.fail_settlement(order, attempt)
    }

    /// The buyer's card is declined; the page stays open.
    pub fn decline(&self, order: OrderId, attempt: AttemptNo, code: &str) -> Option<WebhookSubject> {
        self.lock().provider.decline(order, attempt, code)
    }

    /// The page closes by itself.
    pub fn expire(&self, order: OrderId, attempt: AttemptNo) -> Option<WebhookSubject> {
        self.lock().provider.expire(order, attempt)
    }

    /// Refunds stay pending until [`move_refund`](Self::move_refund), instead of succeeding at once.
    pub fn leave_refunds_pending(&self) {
        self.lock().provider.leave_refunds_pending();
    }

    /// A refund that the order asked for succeeds or fails.
    pub fn move_refund(&self, order: OrderId, refund: RefundNo, to: RefundState) -> Option<WebhookSubject> {
        self.lock().provider.move_refund(order, refund, to)
    }

    /// Somebody gives money back in the provider's dashboard.
    pub fn refund_by_hand(&self, order: OrderId, attempt: AttemptNo, amount: Money) -> Option<WebhookSubject> {
        self.lock().provider.refund_by_hand(order, attempt, amount)
    }

    /// The provider's names for every session that was opened for an order, oldest first.
    #[must_use]
    pub fn sessions(&self, order: OrderId) -> Vec<ProviderRefs> {
        self.lock().provider.sessions(order)
    }

    /// Every refund of an order's money, oldest first.
    #[must_use]
    pub fn refunds(&self, order: OrderId) -> Vec<RefundSnapshot> {
        self.lock().provider.refunds(order)
    }

    /// Puts an event on the record that [`events`](PaymentGateway::events) lists, in pages of three, newest first. What
    /// happens here is not put there by itself: it would need a clock.
    pub fn put_on_record(&self, event: ListedEvent) {
        self.lock().record.push(event);
    }

    /// What the provider holds of an order's money, in minor units: captured and not given back.
    #[must_use]
    pub fn holds(&self, order: OrderId) -> i64 {
        self.lock().provider.holds(order)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Executes a call, unless its fault prevents it, and answers, unless its fault hides the answer.
    fn call<T>(
        &self,
        call: Call,
        execute: impl FnOnce(&mut Provider) -> Result<T, GatewayError>,
    ) -> Result<T, GatewayError> {
        let mut inner = self.lock();
        let fault = inner.script.begin(call);
        let error = |kind, message: &str| Err(GatewayError::new(kind, message));
        match fault {
            None => execute(&mut inner.provider),
            Some(Fault::LostReply) => {
                let _hidden = execute(&mut inner.provider);
                error(GatewayErrorKind::Unknown, "the reply was lost")
            }
            Some(Fault::LostRequest) => error(GatewayErrorKind::Unknown, "the request was lost, as it turns out"),
            Some(Fault::NotSent) => error(GatewayErrorKind::NotSent, "the provider is busy"),
            Some(Fault::Misconfigured) => error(GatewayErrorKind::Misconfigured, "the key was revoked"),
            Some(Fault::Refused(code)) => Err(provider::refused(&code)),
        }
    }
}

impl fmt::Debug for ScriptedGateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScriptedGateway").field("calls", &self.lock().script.calls().len()).finish_non_exhaustive()
    }
}

#[async_trait]
impl PaymentGateway for ScriptedGateway {
    async fn open(&self, request: &OpenPayment, key: &IdempotencyKey) -> Result<PaymentSnapshot, GatewayError> {
        let call = Call::new(Method::Open, Some(request.payment.order), Some(key));
        self.call(call, |provider| provider.open(request, key))
    }

    async fn look_up(&self, payment: &PaymentRef) -> Result<Option<PaymentSnapshot>, GatewayError> {
        self.call(Call::new(Method::LookUp, Some(payment.order), None), |provider| Ok(provider.look_up(payment)))
    }

    async fn void(&self, payment: &PaymentRef, key: &IdempotencyKey) -> Result<Option<PaymentSnapshot>, GatewayError> {
        self.call(Call::new(Method::Void, Some(payment.order), Some(key)), |provider| Ok(provider.void(payment)))
    }

    async fn refund(&self, request: &RefundPayment, key: &IdempotencyKey) -> Result<RefundSnapshot, GatewayError> {
        let call = Call::new(Method::Refund, Some(request.payment.order), Some(key));
        self.call(call, |provider| provider.refund(request, key))
    }

    async fn look_up_refund(&self, request: &RefundPayment) -> Result<Option<RefundSnapshot>, GatewayError> {
        let call = Call::new(Method::LookUpRefund, Some(request.payment.order), None);
        self.call(call, |provider| Ok(provider.look_up_refund(request)))
    }

    async fn events(&self, window: EventWindow, after: Option<&str>) -> Result<EventPage, GatewayError> {
        self.call(Call::new(Method::Events, None, None), |_| Ok(()))?;
        let mut events = self.lock().record.clone();
        events.retain(|it| (window.from..=window.until).contains(&it.event.created_at));
        events.sort_by(|one, other| {
            (other.event.created_at, &other.event.id).cmp(&(one.event.created_at, &one.event.id))
        });
        let begin = after.map_or(0, |after| events.iter().take_while(|it| it.event.id != after).count() + 1);
        let mut events = events.split_off(begin.min(events.len()));
        let is_last = events.len() <= EVENTS_PER_PAGE;
        events.truncate(EVENTS_PER_PAGE);
        let next = events.last().filter(|_| !is_last).map(|it| it.event.id.clone());
        Ok(EventPage { events, next })
    }

    async fn check(&self) -> Result<(), GatewayError> {
        self.call(Call::new(Method::Check, None, None), |_| Ok(()))
    }
}

#[cfg(test)]
mod tests;
