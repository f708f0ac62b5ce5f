//! From Stripe's objects to how an attempt or a refund stands, in the core's words.
//!
//! Two questions that Stripe keeps apart must not be mixed up: a session's `status` says whether the page is done, its
//! `payment_status` whether the money is there. Money that is there wins over everything else, so that a paid attempt is
//! never reported as closed unpaid.

use std::time::Duration;

use designia_core::money::Money;
use designia_core::payment::{CloseReason, RefundState};
use designia_core::ports::PaymentStanding;
use designia_core::time::{DAY, Timestamp};

use crate::currency::{AmountError, from_stripe};
use crate::wire::{CheckoutSession, PaymentIntent, PaymentIntentStatus, PaymentStatus, RefundStatus, SessionStatus};

/// How long after a voucher has run out a payment made at the last moment may still turn up: Multibanco's buffer, the
/// longest that Stripe documents.
const VOUCHER_BUFFER: Duration = Duration::from_secs(4 * DAY.as_secs());

/// How a session stands, by itself and by the payment behind it if that was expanded.
pub(crate) fn of_session(session: &CheckoutSession) -> Result<PaymentStanding, AmountError> {
    let intent = session.payment_intent.as_ref().and_then(|intent| intent.object());
    if let Some(intent) = intent
        && intent.status == PaymentIntentStatus::Succeeded
    {
        return of_intent(intent);
    }
    if matches!(session.payment_status, PaymentStatus::Paid | PaymentStatus::NoPaymentRequired) {
        return Ok(PaymentStanding::Captured { total: session_total(session)? });
    }
    let captured = match intent {
        Some(intent) => received(intent)?,
        None => Money::zero(session_total(session)?.currency()),
    };
    Ok(match session.status {
        Some(SessionStatus::Expired) => PaymentStanding::Closed { reason: CloseReason::Unpaid, captured },
        Some(SessionStatus::Complete) => match intent.map(|intent| &intent.status) {
            // The page is done, so nobody can try another method on this payment.
            Some(PaymentIntentStatus::RequiresPaymentMethod | PaymentIntentStatus::Canceled) => {
                PaymentStanding::Closed { reason: CloseReason::SettlementFailed, captured }
            }
            _ => PaymentStanding::Settling { by: intent.and_then(settles_by) },
        },
        // With a word that we don't know the attempt counts as payable: that is asked about again, and voided in the end.
        Some(SessionStatus::Open | SessionStatus::Unknown(_)) | None => PaymentStanding::Open { captured },
    })
}

/// How a payment without a session stands.
pub(crate) fn of_intent(intent: &PaymentIntent) -> Result<PaymentStanding, AmountError> {
    let captured = received(intent)?;
    Ok(match &intent.status {
        PaymentIntentStatus::Succeeded => PaymentStanding::Captured { total: captured },
        PaymentIntentStatus::Canceled => PaymentStanding::Closed { reason: CloseReason::Unpaid, captured },
        PaymentIntentStatus::Processing | PaymentIntentStatus::RequiresCapture => {
            PaymentStanding::Settling { by: settles_by(intent) }
        }
        PaymentIntentStatus::RequiresAction if is_delayed(intent) => {
            PaymentStanding::Settling { by: settles_by(intent) }
        }
        PaymentIntentStatus::RequiresPaymentMethod
        | PaymentIntentStatus::RequiresConfirmation
        | PaymentIntentStatus::RequiresAction
        | PaymentIntentStatus::Unknown(_) => PaymentStanding::Open { captured },
    })
}

/// How far a refund has come. What is not known to have failed or succeeded is under way.
pub(crate) const fn of_refund(status: Option<&RefundStatus>) -> RefundState {
    match status {
        Some(RefundStatus::Succeeded) => RefundState::Succeeded,
        Some(RefundStatus::Failed | RefundStatus::Canceled) => RefundState::Failed,
        Some(RefundStatus::Pending | RefundStatus::RequiresAction | RefundStatus::Unknown(_)) | None => {
            RefundState::Pending
        }
    }
}

/// The whole sum of a session.
pub(crate) fn session_total(session: &CheckoutSession) -> Result<Money, AmountError> {
    // Both are absent only on sessions that set up a future payment, which Designia never makes.
    from_stripe(session.amount_total.unwrap_or_default(), session.currency.as_deref().unwrap_or_default())
}

/// What a payment has captured so far.
pub(crate) fn received(intent: &PaymentIntent) -> Result<Money, AmountError> {
    from_stripe(intent.amount_received, &intent.currency)
}

/// When the voucher that the buyer holds will have been settled or not, if there is one.
pub(crate) fn settles_by(intent: &PaymentIntent) -> Option<Timestamp> {
    let expires_at = intent.next_action.as_ref()?.voucher_expires_at()?;
    Some(Timestamp::from_secs(expires_at) + VOUCHER_BUFFER)
}

fn is_delayed(intent: &PaymentIntent) -> bool {
    intent.next_action.as_ref().is_some_and(crate::wire::NextAction::is_delayed)
}

#[cfg(test)]
mod tests;
