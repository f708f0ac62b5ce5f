//! How money moves: a card is charged, a delayed method starts and settles, an intent is cancelled.
//!
//! Every path leads through here, whether it began with the API, with a buyer on the page or with a timer, so the order of
//! the events is the same for all of them.

use serde_json::{Value, json};

use crate::error::ApiError;
use crate::instrument::{Behaviour, Course, DelayedMethod, RefundCourse, TestCard};
use crate::resource::balance::{self, TransactionKind};
use crate::resource::charge::{Charge, ChargeStatus, Failure};
use crate::resource::payment_intent::{IntentStatus, NextAction, PaymentIntent};
use crate::resource::session;
use crate::world::timers::Due;
use crate::world::{Cause, World};

/// Charges a card at once. A decline is an error whose traces (charge, events, `last_payment_error`) stay.
pub(crate) fn charge_card(world: &mut World, cause: &Cause, id: &str, card: &TestCard) -> Result<(), ApiError> {
    let intent = edit(world, id)?;
    intent.payment_method = Some(card.token.to_owned());
    intent.next_action = None;
    match card.behaviour {
        Behaviour::Succeeds => {
            let charge = new_charge(world, cause, id, "card", Some(card), ChargeStatus::Succeeded, None)?;
            succeed(world, cause, id, &charge)
        }
        Behaviour::NeedsAction => {
            intent.status = IntentStatus::RequiresAction;
            intent.next_action = Some(NextAction { kind: "use_stripe_sdk".to_owned(), expires_at: None });
            announce(world, cause, id, "payment_intent.requires_action")
        }
        Behaviour::Declines { decline_code, message } => {
            let failure = Failure {
                code: "card_declined".to_owned(),
                decline_code: Some(decline_code.to_owned()),
                message: message.to_owned(),
            };
            let charge = new_charge(world, cause, id, "card", Some(card), ChargeStatus::Failed, Some(failure.clone()))?;
            world.emit(cause, "charge.failed", rendered_charge(world, &charge));
            fail(world, cause, id, failure)?;
            let error = ApiError::card("card_declined", Some(decline_code), message);
            Err(error.about(edit(world, id)?.render(), Some(charge)))
        }
    }
}

/// Starts a method whose money comes later, or never.
pub(crate) fn start_delayed(
    world: &mut World,
    cause: &Cause,
    id: &str,
    method: &DelayedMethod,
    plan: Settlement,
) -> Result<(), ApiError> {
    let token = world.ids.next("pm_");
    let intent = edit(world, id)?;
    intent.payment_method = Some(token);
    let open_until = method.lapses_at(cause.now, plan.open_days);
    match method.course {
        Course::Voucher => {
            intent.status = IntentStatus::RequiresAction;
            intent.next_action =
                Some(NextAction { kind: format!("{}_display_details", method.name), expires_at: Some(open_until) });
            announce(world, cause, id, "payment_intent.requires_action")?;
            world.timers.set(open_until, Due::VoucherLapses(id.to_owned()));
        }
        Course::Debit => {
            intent.status = IntentStatus::Processing;
            let charge = new_charge(world, cause, id, method.name, None, ChargeStatus::Pending, None)?;
            announce(world, cause, id, "payment_intent.processing")?;
            world.emit(cause, "charge.pending", rendered_charge(world, &charge));
        }
    }
    let (at, succeed) = match plan.after {
        Some(seconds) => (cause.now.saturating_add(seconds), plan.succeed),
        None => (method.given_up_at(cause.now, plan.open_days), false),
    };
    world.timers.set(at, Due::PaymentSettles { intent: id.to_owned(), succeed });
    Ok(())
}

/// What becomes of a delayed payment by itself. Without `after`, the money never comes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Settlement {
    pub(crate) after: Option<i64>,
    pub(crate) succeed: bool,
    pub(crate) open_days: Option<i64>,
}

/// The bank or the cash machine has the last word on a delayed payment.
pub(crate) fn settle(world: &mut World, cause: &Cause, id: &str, succeeds: bool) -> Result<(), ApiError> {
    let intent = edit(world, id)?;
    match intent.status {
        IntentStatus::RequiresAction | IntentStatus::Processing => {}
        IntentStatus::RequiresPaymentMethod
        | IntentStatus::RequiresConfirmation
        | IntentStatus::Succeeded
        | IntentStatus::Canceled => {
            return Err(ApiError::refused(format!(
                "Nothing is left to settle: the payment is {}.",
                intent.status.name()
            )));
        }
    }
    intent.next_action = None;
    let pending = intent
        .latest_charge
        .clone()
        .filter(|charge| world.charges.get(charge).is_some_and(|charge| charge.status == ChargeStatus::Pending));
    if succeeds {
        let charge = match pending {
            Some(charge) => charge,
            None => new_charge(world, cause, id, &method_of(world, id), None, ChargeStatus::Pending, None)?,
        };
        if let Some(charge) = world.charges.get_mut(&charge) {
            charge.status = ChargeStatus::Succeeded;
        }
        succeed(world, cause, id, &charge)?;
    } else {
        let failure = Failure {
            code: "payment_intent_payment_attempt_expired".to_owned(),
            decline_code: None,
            message: "The payment was not made in time.".to_owned(),
        };
        if let Some(charge) = pending {
            if let Some(charge) = world.charges.get_mut(&charge) {
                charge.status = ChargeStatus::Failed;
                charge.failure = Some(failure.clone());
            }
            world.emit(cause, "charge.failed", rendered_charge(world, &charge));
        }
        fail(world, cause, id, failure)?;
    }
    session::settled(world, cause, id, succeeds);
    Ok(())
}

/// The buyer answers the bank's question, or fails to.
pub(crate) fn authenticate(world: &mut World, cause: &Cause, id: &str, passes: bool) -> Result<(), ApiError> {
    let intent = edit(world, id)?;
    if intent.status != IntentStatus::RequiresAction {
        return Err(ApiError::refused(format!(
            "Nobody asks the buyer anything: the payment is {}.",
            intent.status.name()
        )));
    }
    intent.next_action = None;
    if !passes {
        let failure = Failure {
            code: "payment_intent_authentication_failure".to_owned(),
            decline_code: None,
            message: "The provided payment method has failed authentication. You can provide payment_method_data or a new PaymentMethod to attempt to fulfill this PaymentIntent again.".to_owned(),
        };
        return fail(world, cause, id, failure);
    }
    let card = intent.payment_method.as_deref().and_then(TestCard::by_token);
    let charge = new_charge(world, cause, id, "card", card, ChargeStatus::Succeeded, None)?;
    succeed(world, cause, id, &charge)
}

/// A voucher nobody paid in time: the provider still waits for transfers that are on their way.
pub(crate) fn voucher_lapses(world: &mut World, cause: &Cause, id: &str) {
    let Some(intent) = world.intents.get_mut(id) else { return };
    if intent.status == IntentStatus::RequiresAction {
        intent.status = IntentStatus::Processing;
        intent.next_action = None;
        announce(world, cause, id, "payment_intent.processing").unwrap_or_default();
    }
}

/// Cancels an intent that nothing has been paid on.
pub(crate) fn cancel(world: &mut World, cause: &Cause, id: &str, reason: Option<String>) {
    let Some(intent) = world.intents.get_mut(id) else { return };
    intent.status = IntentStatus::Canceled;
    intent.canceled_at = Some(cause.now);
    intent.cancellation_reason = reason;
    intent.next_action = None;
    announce(world, cause, id, "payment_intent.canceled").unwrap_or_default();
}

fn succeed(world: &mut World, cause: &Cause, id: &str, charge: &str) -> Result<(), ApiError> {
    let intent = edit(world, id)?;
    intent.status = IntentStatus::Succeeded;
    intent.amount_received = intent.amount;
    intent.latest_charge = Some(charge.to_owned());
    intent.last_error = None;
    intent.canceled_at = None;
    intent.cancellation_reason = None;
    let (amount, currency) = (intent.amount, intent.currency.clone());
    let booked = balance::book(world, cause, TransactionKind::Charge, charge, amount, &currency);
    if let Some(charge) = world.charges.get_mut(charge) {
        charge.balance_transaction = Some(booked);
    }
    world.emit(cause, "charge.succeeded", rendered_charge(world, charge));
    announce(world, cause, id, "payment_intent.succeeded")
}

fn fail(world: &mut World, cause: &Cause, id: &str, failure: Failure) -> Result<(), ApiError> {
    let intent = edit(world, id)?;
    intent.status = IntentStatus::RequiresPaymentMethod;
    intent.payment_method = None;
    intent.last_error = Some(failure);
    announce(world, cause, id, "payment_intent.payment_failed")
}

fn new_charge(
    world: &mut World,
    cause: &Cause,
    id: &str,
    method: &str,
    card: Option<&TestCard>,
    status: ChargeStatus,
    failure: Option<Failure>,
) -> Result<String, ApiError> {
    let charge_id = world.ids.next(if card.is_some() { "ch_" } else { "py_" });
    let intent = edit(world, id)?;
    intent.latest_charge = Some(charge_id.clone());
    let charge = Charge {
        id: charge_id.clone(),
        created: cause.now,
        amount: intent.amount,
        amount_refunded: 0,
        currency: intent.currency.clone(),
        status,
        payment_intent: id.to_owned(),
        customer: intent.customer.clone(),
        description: intent.description.clone(),
        metadata: intent.metadata.clone(),
        transfer_group: intent.transfer_group.clone(),
        balance_transaction: None,
        payment_method: intent.payment_method.clone().unwrap_or_default(),
        method: method.to_owned(),
        last4: card.map(|card| card.last4().to_owned()),
        failure,
        receipt_email: intent.receipt_email.clone(),
    };
    world.charges.push(charge);
    Ok(charge_id)
}

/// The course of refunds to what this charge was paid with.
pub(crate) fn refund_course(charge: &Charge) -> RefundCourse {
    TestCard::by_token(&charge.payment_method).map_or(RefundCourse::AtOnce, |card| card.refund)
}

/// The method that a delayed intent was started with: its session knows.
fn method_of(world: &World, id: &str) -> String {
    let session = world.intents.get(id).and_then(|intent| world.sessions.get(intent.session.as_deref()?));
    session.and_then(|session| session.method.clone()).unwrap_or_else(|| "card".to_owned())
}

fn announce(world: &mut World, cause: &Cause, id: &str, kind: &str) -> Result<(), ApiError> {
    let object = edit(world, id)?.render();
    world.emit(cause, kind, object);
    Ok(())
}

fn rendered_charge(world: &World, id: &str) -> Value {
    world.charges.get(id).map_or(json!(null), Charge::render)
}

fn edit<'w>(world: &'w mut World, id: &str) -> Result<&'w mut PaymentIntent, ApiError> {
    world.intents.get_mut(id).ok_or_else(|| ApiError::no_such("payment_intent", id, "intent"))
}
