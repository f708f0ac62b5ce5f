//! What a buyer does on the page of a Checkout Session, or a test in the buyer's place.

use super::{Session, SessionStatus, announce, find};
use crate::error::ApiError;
use crate::instrument::{Behaviour, DelayedMethod, TestCard};
use crate::payment::{self, Settlement};
use crate::resource::payment_intent::{IntentStatus, PaymentIntent};
use crate::world::{Cause, World};

/// What the buyer pays with.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tender {
    Card(&'static TestCard),
    Delayed(&'static DelayedMethod, Settlement),
}

impl Tender {
    fn method(&self) -> &'static str {
        match self {
            Self::Card(_) => "card",
            Self::Delayed(method, _) => method.name,
        }
    }
}

/// The buyer pays. `force` is the payment that was already on its way when the session expired: it lands all the same.
pub(crate) fn pay(world: &mut World, cause: &Cause, id: &str, tender: Tender, force: bool) -> Result<(), ApiError> {
    let session = find(world, id, "session")?;
    let status = session.status;
    let late = match status {
        SessionStatus::Open => false,
        SessionStatus::Expired if force => true,
        SessionStatus::Expired | SessionStatus::Complete => {
            let message = format!("This Checkout Session is {}, so it can no longer be paid.", status.name());
            return Err(ApiError::refused(message));
        }
    };
    let method = tender.method();
    if !session.payment_method_types.iter().any(|name| name == method) {
        return Err(ApiError::refused(format!("This Checkout Session does not offer {method}.")));
    }
    let open_days = session.voucher_days.get(method).copied();
    let intent = intent_of(world, cause, id, late)?;
    if let Some(session) = world.sessions.get_mut(id) {
        session.method = Some(method.to_owned());
    }
    let paid = match tender {
        Tender::Card(card) => {
            payment::charge_card(world, cause, &intent, card)?;
            if card.behaviour == Behaviour::NeedsAction {
                return Ok(());
            }
            true
        }
        Tender::Delayed(method, settlement) => {
            payment::start_delayed(world, cause, &intent, method, Settlement { open_days, ..settlement })?;
            false
        }
    };
    complete(world, cause, id, paid, late);
    Ok(())
}

/// The buyer's bank answers: the voucher was paid or not, the debit went through or not, 3-D Secure was passed or not.
pub(crate) fn settle(world: &mut World, cause: &Cause, id: &str, succeed: bool) -> Result<(), ApiError> {
    let session = find(world, id, "session")?;
    let status = session.status;
    let intent = session.payment_intent.clone();
    let Some(intent) = intent else {
        return Err(ApiError::refused("Nothing is left to settle: the buyer has not paid."));
    };
    if status == SessionStatus::Open {
        return authenticate(world, cause, id, &intent, succeed);
    }
    payment::settle(world, cause, &intent, succeed)
}

/// 3-D Secure happens while the session is still open.
fn authenticate(world: &mut World, cause: &Cause, id: &str, intent: &str, succeed: bool) -> Result<(), ApiError> {
    payment::authenticate(world, cause, intent, succeed)?;
    if succeed {
        complete(world, cause, id, true, false);
    }
    Ok(())
}

fn complete(world: &mut World, cause: &Cause, id: &str, paid: bool, late: bool) {
    let Some(session) = world.sessions.get_mut(id) else { return };
    session.paid = paid;
    if !late {
        session.status = SessionStatus::Complete;
        announce(world, cause, id, "checkout.session.completed");
    }
}

/// The session's PaymentIntent, which begins to exist when the buyer first tries to pay.
fn intent_of(world: &mut World, cause: &Cause, id: &str, late: bool) -> Result<String, ApiError> {
    let session = find(world, id, "session")?;
    if let Some(id) = session.payment_intent.clone() {
        if late {
            revive(world, &id)?;
        }
        return Ok(id);
    }
    let session = session.clone();
    let intent = new_intent(world.ids.next("pi_"), cause.now, session);
    let intent_id = intent.id.clone();
    world.emit(cause, "payment_intent.created", intent.render());
    world.intents.push(intent);
    if let Some(session) = world.sessions.get_mut(id) {
        session.payment_intent = Some(intent_id.clone());
    }
    Ok(intent_id)
}

/// The session took its intent with it when it expired; late money brings the intent back, once.
fn revive(world: &mut World, id: &str) -> Result<(), ApiError> {
    let Some(intent) = world.intents.get_mut(id) else { return Ok(()) };
    match intent.status {
        IntentStatus::Canceled | IntentStatus::RequiresPaymentMethod => {
            intent.status = IntentStatus::RequiresPaymentMethod;
            Ok(())
        }
        IntentStatus::RequiresConfirmation
        | IntentStatus::RequiresAction
        | IntentStatus::Processing
        | IntentStatus::Succeeded => Err(ApiError::refused(format!(
            "The late payment of this Checkout Session is {} already.",
            intent.status.name()
        ))),
    }
}

fn new_intent(id: String, now: i64, session: Session) -> PaymentIntent {
    let data = session.intent_data;
    PaymentIntent {
        id,
        created: now,
        amount: session.amount,
        amount_received: 0,
        currency: session.currency,
        status: IntentStatus::RequiresPaymentMethod,
        customer: session.customer,
        description: data.description,
        metadata: data.metadata,
        transfer_group: data.transfer_group,
        receipt_email: data.receipt_email,
        statement_descriptor: data.statement_descriptor,
        statement_descriptor_suffix: data.statement_descriptor_suffix,
        payment_method: None,
        payment_method_types: session.payment_method_types,
        automatic: false,
        latest_charge: None,
        last_error: None,
        next_action: None,
        canceled_at: None,
        cancellation_reason: None,
        session: Some(session.id),
    }
}
