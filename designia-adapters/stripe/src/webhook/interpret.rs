//! What an authentic event says about an order's money.
//!
//! Each event carries a snapshot of one object, and the snapshot is what counts: events come late, twice and in any
//! order, so what is reported is always a statement that stays true ("so much has been captured so far"), never a step.

use designia_core::payment::{CloseReason, Decline, PaymentNews, ProviderRefs};
use designia_core::ports::{PaymentLocator, PaymentStanding, WebhookError, WebhookSubject};
use serde::de::DeserializeOwned;

use crate::currency::{AmountError, from_stripe};
use crate::wire::{Event, PaymentIntent, Refund};
use crate::{names, standing};

/// The types of events that say something about an order's money. The endpoint at Stripe should send these; of any other it
/// gets an answer and nothing more.
pub const EVENT_TYPES: [&str; 14] = [
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.processing",
    "payment_intent.requires_action",
    "payment_intent.canceled",
    "payment_intent.partially_funded",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.refund.updated",
];

/// Reads an event. A type that is not listed above concerns no order.
pub(super) fn interpret(event: &Event<'_>) -> Result<WebhookSubject, WebhookError> {
    match event.kind.as_str() {
        "checkout.session.completed" | "checkout.session.async_payment_succeeded" | "checkout.session.expired" => {
            let session = object(event)?;
            told(names::locate_session(&session), standing::of_session(&session))
        }
        "checkout.session.async_payment_failed" => {
            // The snapshot alone does not tell this from a payment that is still on its way.
            let locator = names::locate_session(&object(event)?);
            Ok(WebhookSubject::Payment { locator, news: PaymentNews::Closed(CloseReason::SettlementFailed) })
        }
        "payment_intent.payment_failed" => {
            let intent = object(event)?;
            Ok(WebhookSubject::Payment { locator: locate(&intent), news: PaymentNews::Declined(decline(&intent)) })
        }
        "payment_intent.succeeded"
        | "payment_intent.processing"
        | "payment_intent.requires_action"
        | "payment_intent.canceled"
        | "payment_intent.partially_funded" => {
            let intent = object(event)?;
            match standing::of_intent(&intent) {
                // Behind a page, the page says when the buyer is done and the rest is waiting.
                Ok(PaymentStanding::Settling { .. }) if !names::is_pageless(&intent) => {
                    Ok(WebhookSubject::Payment { locator: locate(&intent), news: PaymentNews::Open })
                }
                standing => told(locate(&intent), standing),
            }
        }
        "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated" => refund(&object(event)?),
        _ => Ok(WebhookSubject::Unrelated),
    }
}

fn told(
    locator: PaymentLocator,
    standing: Result<PaymentStanding, AmountError>,
) -> Result<WebhookSubject, WebhookError> {
    match standing {
        Ok(standing) => Ok(WebhookSubject::Payment { locator, news: news(standing) }),
        Err(error) => foreign_or_malformed(&locator, &error),
    }
}

fn refund(refund: &Refund) -> Result<WebhookSubject, WebhookError> {
    let payment = refund.payment_intent.as_ref().map(|intent| intent.id().to_owned());
    let locator = names::locate(&refund.metadata, ProviderRefs { session: None, payment });
    match from_stripe(refund.amount, &refund.currency) {
        Ok(amount) => Ok(WebhookSubject::Refund {
            locator,
            refund: names::refund_no(refund),
            provider_id: refund.id.clone(),
            amount,
            state: standing::of_refund(refund.status.as_ref()),
        }),
        Err(error) => foreign_or_malformed(&locator, &error),
    }
}

/// Others may use the same Stripe account, for subscriptions or in currencies that the core does not have. An amount that
/// can't be read concerns us only on an object that carries our notes.
fn foreign_or_malformed(locator: &PaymentLocator, error: &AmountError) -> Result<WebhookSubject, WebhookError> {
    match locator.order {
        None => Ok(WebhookSubject::Unrelated),
        Some(_) => Err(WebhookError::Malformed(error.to_string())),
    }
}

fn locate(intent: &PaymentIntent) -> PaymentLocator {
    names::locate(&intent.metadata, ProviderRefs { session: None, payment: Some(intent.id.clone()) })
}

/// Of money and closing in one snapshot the money is told: that the attempt is closed is told again by a look-up.
fn news(standing: PaymentStanding) -> PaymentNews {
    match standing {
        PaymentStanding::Captured { total } => PaymentNews::Captured { total },
        PaymentStanding::Open { captured } | PaymentStanding::Closed { captured, .. } if captured.is_positive() => {
            PaymentNews::Captured { total: captured }
        }
        PaymentStanding::Open { .. } => PaymentNews::Open,
        PaymentStanding::Settling { by } => PaymentNews::Settling { by },
        PaymentStanding::Closed { reason, .. } => PaymentNews::Closed(reason),
    }
}

fn decline(intent: &PaymentIntent) -> Decline {
    let error = intent.last_payment_error.as_ref();
    let charge = error.and_then(|error| error.charge.clone());
    let latest = || intent.latest_charge.as_ref().map(|charge| charge.id().to_owned());
    let code = error.and_then(|error| error.decline_code.clone().or_else(|| error.code.clone()));
    Decline {
        reference: charge.or_else(latest).unwrap_or_else(|| intent.id.clone()),
        code: code.unwrap_or_else(|| "unknown".to_owned()),
    }
}

fn object<T: DeserializeOwned>(event: &Event<'_>) -> Result<T, WebhookError> {
    serde_json::from_str(event.data.object.get()).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        WebhookError::Malformed(format!("the object of {} can't be read at line {line} column {column}", event.kind))
    })
}

#[cfg(test)]
mod tests;
