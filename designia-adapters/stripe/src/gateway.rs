//! The payment gateway: attempts as Checkout Sessions or PaymentIntents, refunds, finding either again, and Stripe's record of it
//! all.

mod events;
mod fault;
mod find;
mod open;
mod options;
mod refund;
mod snapshot;
mod void;

use async_trait::async_trait;
use designia_core::effect::{IdempotencyKey, OpenPayment, PaymentRef, RefundPayment};
use designia_core::ports::{EventPage, EventWindow, GatewayError, PaymentGateway, PaymentSnapshot, RefundSnapshot};
use designia_core::time::Timestamp;

pub use options::{CheckoutPage, GatewayOptions};

use crate::client::StripeClient;
use crate::form::Form;
use crate::wire::{CheckoutSession, List};

/// Stripe as a [`PaymentGateway`].
///
/// It holds no state but the connection pool, and is cheap to clone.
#[derive(Clone, Debug)]
pub struct StripeGateway {
    client: StripeClient,
    options: GatewayOptions,
}

impl StripeGateway {
    /// A gateway over this client.
    #[must_use]
    pub const fn new(client: StripeClient, options: GatewayOptions) -> Self {
        Self { client, options }
    }
}

#[async_trait]
impl PaymentGateway for StripeGateway {
    async fn open(&self, request: &OpenPayment, key: &IdempotencyKey) -> Result<PaymentSnapshot, GatewayError> {
        self.open_attempt(request, key).await
    }

    async fn look_up(&self, payment: &PaymentRef) -> Result<Option<PaymentSnapshot>, GatewayError> {
        self.find(payment).await?.map(snapshot::of_attempt).transpose()
    }

    async fn find_sent(
        &self,
        payment: &PaymentRef,
        sent_at: Timestamp,
    ) -> Result<Option<PaymentSnapshot>, GatewayError> {
        self.find_lost(payment, sent_at).await?.map(snapshot::of_attempt).transpose()
    }

    async fn void(&self, payment: &PaymentRef, _key: &IdempotencyKey) -> Result<Option<PaymentSnapshot>, GatewayError> {
        self.void_attempt(payment).await
    }

    async fn refund(&self, request: &RefundPayment, key: &IdempotencyKey) -> Result<RefundSnapshot, GatewayError> {
        self.give_back(request, key).await
    }

    async fn look_up_refund(&self, request: &RefundPayment) -> Result<Option<RefundSnapshot>, GatewayError> {
        self.find_refund(request).await
    }

    async fn events(&self, window: EventWindow, after: Option<&str>) -> Result<EventPage, GatewayError> {
        self.list_events(window, after).await
    }

    async fn check(&self) -> Result<(), GatewayError> {
        // A read that needs the very permission that opening a session is going to need.
        let query = Form::new().with("limit", 1_i64);
        let _: List<CheckoutSession> = self.client.get("/v1/checkout/sessions", &query).await.map_err(fault::read)?;
        Ok(())
    }
}
