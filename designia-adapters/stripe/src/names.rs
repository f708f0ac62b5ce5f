//! How an attempt or a refund is recognised at Stripe when its answer was lost: by the names that it carries from us.
//!
//! The same notes go on the session and on the payment behind it, since Stripe does not copy them over. They hold numbers
//! only, nothing about a person.

use designia_core::effect::{PaymentRef, RefundPayment};
use designia_core::id::{AttemptNo, OrderId, RefundNo};
use designia_core::payment::ProviderRefs;
use designia_core::ports::PaymentLocator;

use crate::form::Form;
use crate::wire::{CheckoutSession, Metadata, PaymentIntent, Refund};

const ORDER: &str = "designia_order";
const ATTEMPT: &str = "designia_attempt";
const REFUND: &str = "designia_refund";
const EXPIRES_AT: &str = "designia_expires_at";

/// The notes on a session or payment.
pub(crate) fn payment_notes(payment: &PaymentRef) -> Form {
    Form::new().with(ORDER, payment.order.to_string()).with(ATTEMPT, payment.attempt.to_string())
}

/// The notes on a payment without a session, which has no deadline of its own.
pub(crate) fn intent_notes(payment: &PaymentRef, expires_at: i64) -> Form {
    payment_notes(payment).with(EXPIRES_AT, expires_at.to_string())
}

/// The notes on a refund.
pub(crate) fn refund_notes(request: &RefundPayment) -> Form {
    payment_notes(&request.payment).with(REFUND, request.refund.to_string())
}

/// One text for order and attempt, of 38 to 42 characters; Stripe allows 200.
pub(crate) fn reference(payment: &PaymentRef) -> String {
    format!("{}.{}", payment.order, payment.attempt)
}

/// Whether a session is the one of this attempt.
pub(crate) fn names_session(session: &CheckoutSession, payment: &PaymentRef) -> bool {
    session.client_reference_id.as_deref() == Some(reference(payment).as_str())
        || notes_name(&session.metadata, payment)
}

/// Whether a payment is the one of this attempt.
pub(crate) fn names_intent(intent: &PaymentIntent, payment: &PaymentRef) -> bool {
    notes_name(&intent.metadata, payment)
}

/// Whether a refund is the one with this number.
pub(crate) fn names_refund(refund: &Refund, request: &RefundPayment) -> bool {
    notes_name(&refund.metadata, &request.payment) && refund_no(refund) == Some(request.refund)
}

/// The number that a refund of ours carries.
pub(crate) fn refund_no(refund: &Refund) -> Option<RefundNo> {
    read(&refund.metadata, REFUND)
}

/// Whether a payment was opened without a page around it.
pub(crate) fn is_pageless(intent: &PaymentIntent) -> bool {
    intent.metadata.contains_key(EXPIRES_AT)
}

/// The deadline that a payment without a session carries, in Unix seconds.
pub(crate) fn expires_at(intent: &PaymentIntent) -> Option<i64> {
    read(&intent.metadata, EXPIRES_AT)
}

/// How to find the attempt of a session.
pub(crate) fn locate_session(session: &CheckoutSession) -> PaymentLocator {
    let refs = session_refs(session);
    let mut locator = locate(&session.metadata, refs);
    if locator.order.is_none()
        && let Some((order, attempt)) = session.client_reference_id.as_deref().and_then(split_reference)
    {
        (locator.order, locator.attempt) = (Some(order), Some(attempt));
    }
    locator
}

/// How to find the attempt of an object with notes.
pub(crate) fn locate(metadata: &Metadata, refs: ProviderRefs) -> PaymentLocator {
    let order = read(metadata, ORDER);
    PaymentLocator { order, attempt: order.and_then(|_: OrderId| read(metadata, ATTEMPT)), refs }
}

/// The provider's names in a session.
pub(crate) fn session_refs(session: &CheckoutSession) -> ProviderRefs {
    ProviderRefs {
        session: Some(session.id.clone()),
        payment: session.payment_intent.as_ref().map(|intent| intent.id().to_owned()),
    }
}

fn notes_name(metadata: &Metadata, payment: &PaymentRef) -> bool {
    read(metadata, ORDER) == Some(payment.order) && read(metadata, ATTEMPT) == Some(payment.attempt)
}

fn split_reference(text: &str) -> Option<(OrderId, AttemptNo)> {
    let (order, attempt) = text.split_once('.')?;
    Some((order.parse().ok()?, attempt.parse().ok()?))
}

fn read<T: std::str::FromStr>(metadata: &Metadata, key: &str) -> Option<T> {
    metadata.get(key)?.parse().ok()
}
