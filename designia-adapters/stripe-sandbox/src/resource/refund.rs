//! Refunds: money on its way back, which can still fail.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::api::Call;
use crate::api::list;
use crate::currency;
use crate::error::ApiError;
use crate::instrument::RefundCourse;
use crate::params::{Kind, PAGE, Param};
use crate::payment;
use crate::resource::balance::{self, TransactionKind};
use crate::resource::charge::{self, Charge, ChargeStatus};
use crate::resource::{Metadata, metadata, payment_intent};
use crate::world::shelf::Record;
use crate::world::timers::Due;
use crate::world::{Cause, World};

/// When a refund to one of the special test cards turns.
const TURNS_AFTER: i64 = 3_600;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Refund {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) amount: i64,
    currency: String,
    pub(crate) charge: String,
    pub(crate) payment_intent: String,
    status: RefundStatus,
    reason: Option<String>,
    metadata: Metadata,
    failure_reason: Option<String>,
    balance_transaction: String,
    failure_balance_transaction: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RefundStatus {
    Pending,
    Succeeded,
    Failed,
}

impl Record for Refund {
    fn id(&self) -> &str {
        &self.id
    }
    fn created(&self) -> i64 {
        self.created
    }
}

const CREATE: &[Param] = &[
    Param::new("charge", Kind::Text(255)),
    Param::new("payment_intent", Kind::Text(255)),
    Param::new("amount", Kind::Int),
    Param::new("reason", Kind::OneOf(&["duplicate", "fraudulent", "requested_by_customer"])),
    Param::new("metadata", Kind::Metadata),
];
const LIST: &[Param] = &[Param::new("charge", Kind::Text(255)), Param::new("payment_intent", Kind::Text(255))];

pub(crate) fn create(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.check(&[CREATE])?;
    let amount = call.form.int("amount");
    if let Some(amount) = amount.filter(|amount| *amount < 1) {
        let message = format!("Invalid positive integer: {amount}");
        return Err(ApiError::invalid(message, "amount").code("parameter_invalid_integer"));
    }
    let charge = target(call)?.clone();
    if charge.status != ChargeStatus::Succeeded {
        let message = format!("Charge {} has not been paid and cannot be refunded.", charge.id);
        return Err(ApiError::refused(message).code("charge_not_refundable"));
    }
    let left = charge.refundable();
    if left == 0 {
        let message = format!("Charge {} has already been refunded.", charge.id);
        return Err(ApiError::refused(message).code("charge_already_refunded"));
    }
    let amount = amount.unwrap_or(left);
    if amount > left {
        let message = format!(
            "Refund amount ({}) is greater than unrefunded amount on charge ({})",
            currency::display(amount, &charge.currency),
            currency::display(left, &charge.currency)
        );
        return Err(ApiError::refused(message).param("amount"));
    }
    currency::check_multiple(amount, &charge.currency, "amount")?;

    let course = payment::refund_course(&charge);
    let id = call.world.ids.next(if charge.method == "card" { "re_" } else { "pyr_" });
    let pending = call.world.refunds_start_pending || course == RefundCourse::PendingThenSucceeds;
    let balance_transaction =
        balance::book(call.world, call.cause, TransactionKind::Refund, &id, -amount, &charge.currency);
    let refund = Refund {
        id: id.clone(),
        created: call.cause.now,
        amount,
        currency: charge.currency,
        charge: charge.id.clone(),
        payment_intent: charge.payment_intent,
        status: if pending { RefundStatus::Pending } else { RefundStatus::Succeeded },
        reason: call.form.owned("reason"),
        metadata: metadata(&call.form),
        failure_reason: None,
        balance_transaction,
        failure_balance_transaction: None,
    };
    let value = refund.render();
    call.world.refunds.push(refund);
    change_charge(call.world, &charge.id, amount);
    let charged = charge::find(call.world, &charge.id, "charge")?.render();
    call.world.emit(call.cause, "refund.created", value.clone());
    call.world.emit(call.cause, "charge.refunded", charged);
    let succeed = course == RefundCourse::PendingThenSucceeds;
    if course != RefundCourse::AtOnce {
        call.world.timers.set(call.cause.now + TURNS_AFTER, Due::RefundTurns { refund: id, succeed });
    }
    Ok(value)
}

fn target<'w>(call: &'w Call<'_>) -> Result<&'w Charge, ApiError> {
    let (charge, intent) = (call.form.text("charge"), call.form.text("payment_intent"));
    if let Some(id) = charge {
        let found = charge::find(call.world, id, "charge")?;
        return match intent {
            Some(intent) if intent != found.payment_intent => {
                let message = format!("Charge {id} does not belong to PaymentIntent {intent}.");
                Err(ApiError::refused(message).param("payment_intent"))
            }
            Some(_) | None => Ok(found),
        };
    }
    let Some(id) = intent else {
        let message = "One of the following params should be provided for this request: payment_intent or charge.";
        return Err(ApiError::refused(message).code("parameter_missing").unstored());
    };
    let latest = payment_intent::find(call.world, id, "payment_intent")?.latest_charge.as_deref();
    let paid =
        latest.and_then(|id| call.world.charges.get(id)).filter(|charge| charge.status == ChargeStatus::Succeeded);
    paid.ok_or_else(|| {
        ApiError::refused(format!("This PaymentIntent ({id}) does not have a successful charge to refund."))
    })
}

pub(crate) fn retrieve(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.check(&[])?;
    find(call.world, call.id(), "id").map(Refund::render)
}

pub(crate) fn list(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.check(&[PAGE, LIST])?;
    let (charge, intent) = (call.form.text("charge"), call.form.text("payment_intent"));
    let keep = |refund: &Refund| {
        charge.is_none_or(|id| refund.charge == id) && intent.is_none_or(|id| refund.payment_intent == id)
    };
    list::page(&call.world.refunds, &call.form, "refund", "/v1/refunds", keep, Refund::render)
}

fn find<'w>(world: &'w World, id: &str, param: &str) -> Result<&'w Refund, ApiError> {
    world.refunds.get(id).ok_or_else(|| ApiError::no_such("refund", id, param))
}

/// The buyer's bank answers: a pending refund arrives, or any refund comes back.
pub(crate) fn turn(world: &mut World, cause: &Cause, id: &str, succeed: bool) -> Result<(), ApiError> {
    let refund = find(world, id, "id")?.clone();
    let from = match (refund.status, succeed) {
        (RefundStatus::Pending, _) | (RefundStatus::Succeeded, false) => refund.status,
        (RefundStatus::Succeeded, true) | (RefundStatus::Failed, _) => {
            return Err(ApiError::refused(format!("Refund {id} has already come to its end.")));
        }
    };
    let returned = (!succeed).then(|| {
        // What did not reach the buyer is the merchant's again, and can be refunded once more.
        change_charge(world, &refund.charge, -refund.amount);
        balance::book(world, cause, TransactionKind::RefundFailure, id, refund.amount, &refund.currency)
    });
    let Some(refund) = world.refunds.get_mut(id) else { return Ok(()) };
    refund.status = if succeed { RefundStatus::Succeeded } else { RefundStatus::Failed };
    refund.failure_reason = (!succeed).then(|| "expired_or_canceled_card".to_owned());
    refund.failure_balance_transaction = returned;
    let value = refund.render();
    let previous = json!({ "status": from });
    world.emit_changed(cause, "refund.updated", value.clone(), Some(previous.clone()));
    world.emit_changed(cause, "charge.refund.updated", value.clone(), Some(previous));
    if !succeed {
        world.emit(cause, "refund.failed", value);
    }
    Ok(())
}

fn change_charge(world: &mut World, id: &str, by: i64) {
    if let Some(charge) = world.charges.get_mut(id) {
        charge.amount_refunded += by;
    }
}

impl Refund {
    pub(crate) fn render(&self) -> Value {
        json!({
            "id": self.id,
            "object": "refund",
            "amount": self.amount,
            "balance_transaction": self.balance_transaction,
            "charge": self.charge,
            "created": self.created,
            "currency": self.currency,
            "destination_details": { "card": { "reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund" }, "type": "card" },
            "failure_balance_transaction": self.failure_balance_transaction,
            "failure_reason": self.failure_reason,
            "metadata": self.metadata,
            "payment_intent": self.payment_intent,
            "pending_reason": (self.status == RefundStatus::Pending).then_some("processing"),
            "reason": self.reason,
            "receipt_number": null,
            "source_transfer_reversal": null,
            "status": self.status,
            "transfer_reversal": null,
        })
    }
}
