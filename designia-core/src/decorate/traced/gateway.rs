//! Calls to the payment provider, by order and key.

use async_trait::async_trait;
use tracing::debug_span;
use tracing::field::Empty;

use super::{Traced, within};
use crate::effect::{IdempotencyKey, OpenPayment, PaymentRef, RefundPayment};
use crate::ports::{EventPage, EventWindow, GatewayError, PaymentGateway, PaymentSnapshot, RefundSnapshot};
use crate::time::Timestamp;

#[async_trait]
impl<S: PaymentGateway> PaymentGateway for Traced<S> {
    async fn open(&self, request: &OpenPayment, key: &IdempotencyKey) -> Result<PaymentSnapshot, GatewayError> {
        let span = debug_span!("payment_gateway.open", order = %request.payment.order, %key, outcome = Empty);
        within(span, self.inner.open(request, key)).await
    }

    async fn look_up(&self, payment: &PaymentRef) -> Result<Option<PaymentSnapshot>, GatewayError> {
        let span = debug_span!("payment_gateway.look_up", order = %payment.order, outcome = Empty);
        within(span, self.inner.look_up(payment)).await
    }

    async fn find_sent(
        &self,
        payment: &PaymentRef,
        sent_at: Timestamp,
    ) -> Result<Option<PaymentSnapshot>, GatewayError> {
        let span = debug_span!("payment_gateway.find_sent", order = %payment.order, %sent_at, outcome = Empty);
        within(span, self.inner.find_sent(payment, sent_at)).await
    }

    async fn void(&self, payment: &PaymentRef, key: &IdempotencyKey) -> Result<Option<PaymentSnapshot>, GatewayError> {
        let span = debug_span!("payment_gateway.void", order = %payment.order, %key, outcome = Empty);
        within(span, self.inner.void(payment, key)).await
    }

    async fn refund(&self, request: &RefundPayment, key: &IdempotencyKey) -> Result<RefundSnapshot, GatewayError> {
        let span = debug_span!("payment_gateway.refund", order = %request.payment.order, %key, outcome = Empty);
        within(span, self.inner.refund(request, key)).await
    }

    async fn look_up_refund(&self, request: &RefundPayment) -> Result<Option<RefundSnapshot>, GatewayError> {
        let span = debug_span!("payment_gateway.look_up_refund", order = %request.payment.order, outcome = Empty);
        within(span, self.inner.look_up_refund(request)).await
    }

    async fn events(&self, window: EventWindow, after: Option<&str>) -> Result<EventPage, GatewayError> {
        let EventWindow { from, until } = window;
        let span = debug_span!("payment_gateway.events", %from, %until, after, outcome = Empty);
        within(span, self.inner.events(window, after)).await
    }

    async fn check(&self) -> Result<(), GatewayError> {
        within(debug_span!("payment_gateway.check", outcome = Empty), self.inner.check()).await
    }
}
