//! Closing an attempt so that it can't be paid, or finding out that it has been.
//!
//! Both requests here are sent without an idempotency key. Closing twice is closing, and Stripe would answer a repeated
//! key with the stored outcome of the first try for 24 hours, even if that was a refusal that has long ceased to hold.

use designia_core::effect::PaymentRef;
use designia_core::ports::{GatewayError, PaymentSnapshot};
use serde::de::DeserializeOwned;

use super::snapshot::Attempt;
use super::{StripeGateway, fault, snapshot};
use crate::client::object;
use crate::error::{ErrorKind, StripeError};
use crate::form::Form;
use crate::wire::{CheckoutSession, PaymentIntent};

impl StripeGateway {
    pub(super) async fn void_attempt(&self, payment: &PaymentRef) -> Result<Option<PaymentSnapshot>, GatewayError> {
        if let Some(id) = &payment.refs.session {
            return self.expire(id).await;
        }
        match self.find(payment).await? {
            Some(Attempt::Session(session)) => self.expire(&session.id).await,
            Some(Attempt::Intent(intent)) => self.cancel(&intent.id).await,
            None => Ok(None),
        }
    }

    async fn expire(&self, id: &str) -> Result<Option<PaymentSnapshot>, GatewayError> {
        let form = Form::new().with("expand", vec!["payment_intent"]);
        match self.close::<CheckoutSession>("checkout/sessions", id, "expire", &form).await? {
            Some(session) => snapshot::of_session(session).map(Some),
            // Only an open page can be expired. Which one it is, and whether it was paid, the page itself says.
            None => self.session(id).await?.map(snapshot::of_session).transpose(),
        }
    }

    async fn cancel(&self, id: &str) -> Result<Option<PaymentSnapshot>, GatewayError> {
        let form = Form::new().with("cancellation_reason", "abandoned");
        match self.close::<PaymentIntent>("payment_intents", id, "cancel", &form).await? {
            Some(intent) => snapshot::of_intent(intent).map(Some),
            None => self.intent(id).await?.map(snapshot::of_intent).transpose(),
        }
    }

    /// The closed object, or `None` if Stripe refuses to close it.
    async fn close<T: DeserializeOwned>(
        &self,
        collection: &str,
        id: &str,
        action: &str,
        form: &Form,
    ) -> Result<Option<T>, GatewayError> {
        let result = match object(collection, id, Some(action)) {
            Ok(path) => self.client.post(&path, form, None).await,
            Err(error) => Err(error),
        };
        match result {
            Ok(closed) => Ok(Some(closed)),
            Err(error) if is_refusal(&error) && !fault::in_other_mode(&error) => Ok(None),
            Err(error) => Err(fault::write(error)),
        }
    }
}

fn is_refusal(error: &StripeError) -> bool {
    matches!(error.kind(), ErrorKind::Invalid { .. } | ErrorKind::Card { .. } | ErrorKind::NotFound { .. })
}
