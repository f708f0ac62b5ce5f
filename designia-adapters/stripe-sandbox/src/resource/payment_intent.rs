//! PaymentIntents: what is to be paid, and how far that has come.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::api::Call;
use crate::api::list;
use crate::currency;
use crate::error::ApiError;
use crate::instrument::{self, TestCard};
use crate::params::{Kind, PAGE, Param};
use crate::payment;
use crate::resource::charge::Failure;
use crate::resource::{Metadata, customer, metadata};
use crate::world::World;
use crate::world::shelf::Record;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PaymentIntent {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) amount: i64,
    pub(crate) amount_received: i64,
    pub(crate) currency: String,
    pub(crate) status: IntentStatus,
    pub(crate) customer: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) metadata: Metadata,
    pub(crate) transfer_group: Option<String>,
    pub(crate) receipt_email: Option<String>,
    pub(crate) statement_descriptor: Option<String>,
    pub(crate) statement_descriptor_suffix: Option<String>,
    pub(crate) payment_method: Option<String>,
    pub(crate) payment_method_types: Vec<String>,
    pub(crate) automatic: bool,
    pub(crate) latest_charge: Option<String>,
    pub(crate) last_error: Option<Failure>,
    pub(crate) next_action: Option<NextAction>,
    pub(crate) canceled_at: Option<i64>,
    pub(crate) cancellation_reason: Option<String>,
    /// The Checkout Session that owns this intent, if one does.
    pub(crate) session: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum IntentStatus {
    RequiresPaymentMethod,
    RequiresConfirmation,
    RequiresAction,
    Processing,
    Succeeded,
    Canceled,
}

impl IntentStatus {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::RequiresPaymentMethod => "requires_payment_method",
            Self::RequiresConfirmation => "requires_confirmation",
            Self::RequiresAction => "requires_action",
            Self::Processing => "processing",
            Self::Succeeded => "succeeded",
            Self::Canceled => "canceled",
        }
    }
}

impl Record for PaymentIntent {
    fn id(&self) -> &str {
        &self.id
    }
    fn created(&self) -> i64 {
        self.created
    }
}

const CREATE: &[Param] = &[
    Param::new("amount", Kind::Int).required(),
    Param::new("currency", Kind::Text(3)).required(),
    Param::new("automatic_payment_methods", Kind::Hash(AUTOMATIC)),
    Param::new("allowed_payment_method_types", Kind::List(&Kind::Text(50))),
    Param::new("capture_method", Kind::OneOf(&["automatic", "automatic_async"])),
    Param::new("confirmation_method", Kind::OneOf(&["automatic"])),
    Param::new("confirm", Kind::Bool),
    Param::new("payment_method", Kind::Text(255)),
    Param::new("return_url", Kind::Url),
    Param::new("off_session", Kind::Bool),
    Param::new("customer", Kind::Text(255)),
    Param::new("description", Kind::Text(1_000)),
    Param::new("metadata", Kind::Metadata),
    Param::new("receipt_email", Kind::Email),
    Param::new("statement_descriptor", Kind::Text(22)),
    Param::new("statement_descriptor_suffix", Kind::Text(22)),
    Param::new("transfer_group", Kind::Text(255)),
];
const AUTOMATIC: &[Param] =
    &[Param::new("enabled", Kind::Bool).required(), Param::new("allow_redirects", Kind::OneOf(&["always", "never"]))];
const CONFIRM: &[Param] = &[
    Param::new("payment_method", Kind::Text(255)),
    Param::new("return_url", Kind::Url),
    Param::new("off_session", Kind::Bool),
    Param::new("receipt_email", Kind::Email),
];
/// What the buyer has to do before the payment goes on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct NextAction {
    /// Such as `use_stripe_sdk` or `multibanco_display_details`.
    pub(crate) kind: String,
    /// When a voucher lapses.
    pub(crate) expires_at: Option<i64>,
}

impl NextAction {
    fn json(&self) -> Value {
        let details = self.expires_at.map_or_else(|| json!({}), |at| json!({ "expires_at": at }));
        json!({ "type": self.kind, self.kind.as_str(): details })
    }
}

const CANCEL: &[Param] = &[Param::new(
    "cancellation_reason",
    Kind::OneOf(&["abandoned", "duplicate", "fraudulent", "requested_by_customer"]),
)];
const LIST: &[Param] = &[Param::new("customer", Kind::Text(255))];

pub(crate) fn create(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.check(&[CREATE])?;
    let form = &call.form;
    let amount = form.int("amount").unwrap_or_default();
    let currency = currency::parse(form.text("currency").unwrap_or_default(), "currency")?;
    let types = form.texts("allowed_payment_method_types");
    for (index, name) in types.iter().enumerate() {
        instrument::check_type(name, &currency, &format!("allowed_payment_method_types[{index}]"))?;
    }
    currency::check_unit(amount, &currency, "amount")?;
    currency::check_charge(amount, &currency, "amount", types.is_empty() || types.iter().any(|name| name == "card"))?;
    let card = form.text("payment_method").map(card_of).transpose()?;
    let confirm = form.flag("confirm").unwrap_or(false);
    if confirm && card.is_none() {
        return Err(needs_method().unstored());
    }
    if let Some(id) = form.text("customer") {
        customer::find(call.world, id, "customer")?;
    }

    let id = call.world.ids.next("pi_");
    let intent = PaymentIntent {
        id: id.clone(),
        created: call.cause.now,
        amount,
        amount_received: 0,
        status: if card.is_some() { IntentStatus::RequiresConfirmation } else { IntentStatus::RequiresPaymentMethod },
        customer: form.owned("customer"),
        description: form.owned("description"),
        metadata: metadata(form),
        transfer_group: form.owned("transfer_group"),
        receipt_email: form.owned("receipt_email"),
        statement_descriptor: form.owned("statement_descriptor"),
        statement_descriptor_suffix: form.owned("statement_descriptor_suffix"),
        payment_method: form.owned("payment_method"),
        automatic: types.is_empty(),
        payment_method_types: if types.is_empty() { instrument::offered(&currency) } else { types },
        currency,
        latest_charge: None,
        last_error: None,
        next_action: None,
        canceled_at: None,
        cancellation_reason: None,
        session: None,
    };
    call.world.emit(call.cause, "payment_intent.created", intent.render());
    call.world.intents.push(intent);
    if let Some(card) = card.filter(|_| confirm) {
        payment::charge_card(call.world, call.cause, &id, card)?;
    }
    rendered(call.world, &id)
}

pub(crate) fn retrieve(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.check(&[&[Param::new("client_secret", Kind::Text(500))]])?;
    find(call.world, call.id(), "intent").map(PaymentIntent::render)
}

pub(crate) fn list(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.check(&[PAGE, LIST])?;
    let customer = call.form.text("customer");
    let keep = |intent: &PaymentIntent| customer.is_none() || intent.customer.as_deref() == customer;
    let url = "/v1/payment_intents";
    list::page(&call.world.intents, &call.form, "payment_intent", url, keep, PaymentIntent::render)
}

pub(crate) fn confirm(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.check(&[CONFIRM])?;
    let id = call.id().to_owned();
    let given = call.form.text("payment_method").map(card_of).transpose()?;
    let intent = find(call.world, &id, "intent")?;
    refuse_owned(intent, "confirm")?;
    match intent.status {
        IntentStatus::RequiresPaymentMethod | IntentStatus::RequiresConfirmation | IntentStatus::RequiresAction => {}
        IntentStatus::Processing | IntentStatus::Succeeded | IntentStatus::Canceled => {
            let message =
                format!("This PaymentIntent's status is {}, so it cannot be confirmed.", intent.status.name());
            return Err(unexpected_state(intent, message));
        }
    }
    let kept = intent.payment_method.as_deref().and_then(TestCard::by_token);
    let card = given.or(kept).ok_or_else(needs_method)?;
    payment::charge_card(call.world, call.cause, &id, card)?;
    rendered(call.world, &id)
}

pub(crate) fn cancel(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.check(&[CANCEL])?;
    let id = call.id().to_owned();
    let intent = find(call.world, &id, "intent")?;
    refuse_owned(intent, "cancel")?;
    match intent.status {
        IntentStatus::RequiresPaymentMethod | IntentStatus::RequiresConfirmation | IntentStatus::RequiresAction => {}
        IntentStatus::Processing | IntentStatus::Succeeded | IntentStatus::Canceled => {
            let message = format!(
                "You cannot cancel this PaymentIntent because it has a status of {}. Only a PaymentIntent with one of the following statuses may be canceled: requires_payment_method, requires_capture, requires_confirmation, requires_action, processing.",
                intent.status.name()
            );
            return Err(unexpected_state(intent, message));
        }
    }
    let reason = call.form.owned("cancellation_reason");
    payment::cancel(call.world, call.cause, &id, reason);
    rendered(call.world, &id)
}

/// A Checkout Session's intent is Checkout's to confirm, and ends with the session.
fn refuse_owned(intent: &PaymentIntent, verb: &str) -> Result<(), ApiError> {
    if intent.session.is_none() {
        return Ok(());
    }
    let message = format!(
        "You cannot {verb} this PaymentIntent because it was created by Checkout; expire the Checkout Session instead."
    );
    Err(unexpected_state(intent, message))
}

fn unexpected_state(intent: &PaymentIntent, message: String) -> ApiError {
    ApiError::refused(message).code("payment_intent_unexpected_state").about(intent.render(), None)
}

fn needs_method() -> ApiError {
    ApiError::refused("You cannot confirm this PaymentIntent because it's missing a payment method. To confirm the PaymentIntent, attach a payment method first.")
        .code("payment_intent_unexpected_state")
}

fn card_of(token: &str) -> Result<&'static TestCard, ApiError> {
    TestCard::by_token(token).ok_or_else(|| ApiError::no_such("PaymentMethod", token, "payment_method").unstored())
}

pub(crate) fn find<'w>(world: &'w World, id: &str, param: &str) -> Result<&'w PaymentIntent, ApiError> {
    world.intents.get(id).ok_or_else(|| ApiError::no_such("payment_intent", id, param))
}

fn rendered(world: &World, id: &str) -> Result<Value, ApiError> {
    find(world, id, "intent").map(PaymentIntent::render)
}

impl PaymentIntent {
    pub(crate) fn render(&self) -> Value {
        json!({
            "id": self.id,
            "object": "payment_intent",
            "amount": self.amount,
            "amount_capturable": 0,
            "amount_details": { "tip": {} },
            "amount_received": self.amount_received,
            "application": null,
            "application_fee_amount": null,
            "automatic_payment_methods": self.automatic.then(|| json!({ "allow_redirects": "always", "enabled": true })),
            "canceled_at": self.canceled_at,
            "cancellation_reason": self.cancellation_reason,
            "capture_method": "automatic_async",
            "client_secret": format!("{}_secret_sandbox", self.id),
            "confirmation_method": "automatic",
            "created": self.created,
            "currency": self.currency,
            "customer": self.customer,
            "description": self.description,
            "excluded_payment_method_types": null,
            "last_payment_error": self.last_error.as_ref().map(|failure| self.error_json(failure)),
            "latest_charge": self.latest_charge,
            "livemode": false,
            "metadata": self.metadata,
            "next_action": self.next_action.as_ref().map(NextAction::json),
            "on_behalf_of": null,
            "payment_method": self.payment_method,
            "payment_method_configuration_details": null,
            "payment_method_options": {},
            "payment_method_types": self.payment_method_types,
            "processing": null,
            "receipt_email": self.receipt_email,
            "review": null,
            "setup_future_usage": null,
            "shipping": null,
            "source": null,
            "statement_descriptor": self.statement_descriptor,
            "statement_descriptor_suffix": self.statement_descriptor_suffix,
            "status": self.status,
            "transfer_data": null,
            "transfer_group": self.transfer_group,
        })
    }

    fn error_json(&self, failure: &Failure) -> Value {
        let kind = if failure.decline_code.is_some() { "card_error" } else { "invalid_request_error" };
        json!({
            "type": kind,
            "code": failure.code,
            "decline_code": failure.decline_code,
            "message": failure.message,
            "charge": self.latest_charge,
            "doc_url": format!("https://stripe.com/docs/error-codes/{}", failure.code.replace('_', "-")),
        })
    }
}
