//! Giving money back, and finding out whether it was.

use designia_core::effect::{IdempotencyKey, RefundPayment};
use designia_core::ports::{GatewayError, GatewayErrorKind, RefundSnapshot};

use super::snapshot::Attempt;
use super::{StripeGateway, fault, snapshot};
use crate::client::object;
use crate::currency::to_stripe;
use crate::error::StripeError;
use crate::form::Form;
use crate::names;
use crate::wire::Refund;

impl StripeGateway {
    pub(super) async fn give_back(
        &self,
        request: &RefundPayment,
        key: &IdempotencyKey,
    ) -> Result<RefundSnapshot, GatewayError> {
        let amount = to_stripe(request.amount).map_err(fault::unrepresentable)?;
        let payment = self.payment_id(request).await?.ok_or_else(nothing_paid)?;
        // Stripe's `reason` stays unset: its few words are for card networks, and none of them is "paid too late".
        let form = Form::new()
            .with("payment_intent", payment)
            .with("amount", amount)
            .with("metadata", names::refund_notes(request));
        match self.client.post::<Refund>("/v1/refunds", &form, Some(key.as_str())).await {
            Ok(refund) => snapshot::of_refund(refund),
            Err(error) if is_already_refunded(&error) => match self.find_refund(request).await? {
                Some(refund) => Ok(refund),
                None => Err(fault::write(error)),
            },
            Err(error) => Err(fault::write(error)),
        }
    }

    pub(super) async fn find_refund(&self, request: &RefundPayment) -> Result<Option<RefundSnapshot>, GatewayError> {
        if let Some(id) = &request.provider_id {
            let refund = match object("refunds", id, None) {
                Ok(path) => fault::absent(self.client.get(&path, &Form::new()).await)?,
                Err(_) => None,
            };
            return refund.map(snapshot::of_refund).transpose();
        }
        let Some(payment) = self.payment_id(request).await? else { return Ok(None) };
        let query = Form::new().with("payment_intent", payment);
        let search = self.search("/v1/refunds", &query, |refund| names::names_refund(refund, request));
        let found = self.in_time(search).await?;
        found.map(snapshot::of_refund).transpose()
    }

    /// The payment behind the attempt, if there is one.
    async fn payment_id(&self, request: &RefundPayment) -> Result<Option<String>, GatewayError> {
        if let Some(id) = &request.payment.refs.payment {
            return Ok(Some(id.clone()));
        }
        Ok(match self.find(&request.payment).await? {
            Some(Attempt::Session(session)) => names::session_refs(&session).payment,
            Some(Attempt::Intent(intent)) => Some(intent.id),
            None => None,
        })
    }
}

fn nothing_paid() -> GatewayError {
    let mut error = GatewayError::new(GatewayErrorKind::Refused, "the attempt has no payment that could be given back");
    error.code = Some("no_payment".to_owned());
    error
}

fn is_already_refunded(error: &StripeError) -> bool {
    error.code() == Some("charge_already_refunded")
}
