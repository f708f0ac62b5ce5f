//! Stripe's objects as the port's snapshots.

use designia_core::payment::ProviderRefs;
use designia_core::ports::{GatewayError, PaymentPage, PaymentSnapshot, PaymentStanding, RefundSnapshot};
use designia_core::time::{DAY, Timestamp};

use super::fault;
use crate::currency::from_stripe;
use crate::wire::{CheckoutSession, PaymentIntent, Private, Refund};
use crate::{names, standing};

/// An attempt as it is at Stripe.
#[derive(Clone, Debug)]
pub(super) enum Attempt {
    /// A page, with the payment behind it expanded if there is one yet.
    Session(CheckoutSession),
    /// A payment without a page.
    Intent(PaymentIntent),
}

pub(super) fn of_attempt(attempt: Attempt) -> Result<PaymentSnapshot, GatewayError> {
    match attempt {
        Attempt::Session(session) => of_session(session),
        Attempt::Intent(intent) => of_intent(intent),
    }
}

pub(super) fn of_session(session: CheckoutSession) -> Result<PaymentSnapshot, GatewayError> {
    let standing = standing::of_session(&session).map_err(fault::impossible)?;
    let refs = names::session_refs(&session);
    let page = PaymentPage {
        url: session.url.map(Private::reveal),
        client_secret: session.client_secret.map(Private::reveal),
        expires_at: Timestamp::from_secs(session.expires_at),
    };
    Ok(PaymentSnapshot { page: while_open(&standing, page), refs, standing })
}

pub(super) fn of_intent(intent: PaymentIntent) -> Result<PaymentSnapshot, GatewayError> {
    let standing = standing::of_intent(&intent).map_err(fault::impossible)?;
    let expires_at =
        names::expires_at(&intent).map_or(Timestamp::from_secs(intent.created) + DAY, Timestamp::from_secs);
    let page = PaymentPage { url: None, client_secret: intent.client_secret.map(Private::reveal), expires_at };
    let refs = ProviderRefs { session: None, payment: Some(intent.id) };
    Ok(PaymentSnapshot { page: while_open(&standing, page), refs, standing })
}

pub(super) fn of_refund(refund: Refund) -> Result<RefundSnapshot, GatewayError> {
    Ok(RefundSnapshot {
        amount: from_stripe(refund.amount, &refund.currency).map_err(fault::impossible)?,
        state: standing::of_refund(refund.status.as_ref()),
        provider_id: refund.id,
    })
}

fn while_open(standing: &PaymentStanding, page: PaymentPage) -> Option<PaymentPage> {
    match standing {
        PaymentStanding::Open { .. } => Some(page),
        PaymentStanding::Settling { .. } | PaymentStanding::Captured { .. } | PaymentStanding::Closed { .. } => None,
    }
}
