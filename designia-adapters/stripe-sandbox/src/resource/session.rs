//! Checkout Sessions: one attempt of one buyer to pay for some lines.

pub(crate) mod buyer;
pub(crate) mod create;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::api::Call;
use crate::api::list;
use crate::error::ApiError;
use crate::params::{Kind, PAGE, Param};
use crate::payment;
use crate::resource::Metadata;
use crate::resource::payment_intent::IntentStatus;
use crate::world::shelf::Record;
use crate::world::{Cause, World};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) expires_at: i64,
    pub(crate) status: SessionStatus,
    pub(crate) paid: bool,
    pub(crate) ui_mode: String,
    pub(crate) success_url: Option<String>,
    pub(crate) cancel_url: Option<String>,
    pub(crate) return_url: Option<String>,
    pub(crate) redirect_on_completion: Option<String>,
    pub(crate) currency: String,
    pub(crate) amount: i64,
    pub(crate) items: Vec<LineItem>,
    pub(crate) client_reference_id: Option<String>,
    pub(crate) metadata: Metadata,
    pub(crate) customer: Option<String>,
    pub(crate) customer_email: Option<String>,
    pub(crate) locale: Option<String>,
    pub(crate) submit_type: Option<String>,
    pub(crate) adaptive_pricing: bool,
    pub(crate) payment_method_types: Vec<String>,
    pub(crate) excluded_payment_method_types: Option<Vec<String>>,
    pub(crate) voucher_days: BTreeMap<String, i64>,
    pub(crate) intent_data: IntentData,
    pub(crate) payment_intent: Option<String>,
    /// What the buyer chose to pay with.
    pub(crate) method: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SessionStatus {
    Open,
    Complete,
    Expired,
}

impl SessionStatus {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Complete => "complete",
            Self::Expired => "expired",
        }
    }
}

/// What the session's PaymentIntent will carry once there is one.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct IntentData {
    pub(crate) description: Option<String>,
    pub(crate) metadata: Metadata,
    pub(crate) receipt_email: Option<String>,
    pub(crate) statement_descriptor: Option<String>,
    pub(crate) statement_descriptor_suffix: Option<String>,
    pub(crate) transfer_group: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct LineItem {
    pub(crate) id: String,
    pub(crate) price: String,
    pub(crate) product: String,
    pub(crate) name: String,
    pub(crate) unit_amount: i64,
    pub(crate) quantity: i64,
    pub(crate) total: i64,
    pub(crate) metadata: Metadata,
}

impl Record for Session {
    fn id(&self) -> &str {
        &self.id
    }
    fn created(&self) -> i64 {
        self.created
    }
}

const LIST: &[Param] = &[
    Param::new("payment_intent", Kind::Text(255)),
    Param::new("customer", Kind::Text(255)),
    Param::new("status", Kind::OneOf(&["open", "complete", "expired"])),
];

pub(crate) fn retrieve(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.check(&[])?;
    rendered(call.world, call.id())
}

pub(crate) fn list(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.check(&[PAGE, LIST])?;
    let intent = call.form.text("payment_intent");
    let customer = call.form.text("customer");
    let status = call.form.text("status");
    let keep = |session: &Session| {
        (intent.is_none() || session.payment_intent.as_deref() == intent)
            && (customer.is_none() || session.customer.as_deref() == customer)
            && status.is_none_or(|status| session.status.name() == status)
    };
    let render = |session: &Session| session.render(&call.world.base_url);
    list::page(&call.world.sessions, &call.form, "checkout.session", "/v1/checkout/sessions", keep, render)
}

pub(crate) fn line_items(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.check(&[PAGE])?;
    let id = call.id();
    let session = find(call.world, id, "session")?;
    let cursor = call.form.text("starting_after");
    let skip = cursor.and_then(|cursor| session.items.iter().position(|item| item.id == cursor)).map_or(0, |at| at + 1);
    let limit = list::limit(&call.form)?;
    let mut items = session.items.iter().skip(skip).map(|item| item.render(&session.currency, session.created));
    let data = items.by_ref().take(limit).collect();
    Ok(list::list(data, items.next().is_some(), &format!("/v1/checkout/sessions/{id}/line_items")))
}

pub(crate) fn expire(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.check(&[])?;
    let id = call.id().to_owned();
    let status = find(call.world, &id, "session")?.status;
    if status != SessionStatus::Open {
        let message = format!(
            "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of `{}`.",
            status.name()
        );
        return Err(ApiError::refused(message));
    }
    close(call.world, call.cause, &id);
    rendered(call.world, &id)
}

/// The session's time is over, unless it came to its end before.
pub(crate) fn expire_when_due(world: &mut World, cause: &Cause, id: &str) {
    if world.sessions.get(id).is_some_and(|session| session.status == SessionStatus::Open) {
        close(world, cause, id);
    }
}

fn close(world: &mut World, cause: &Cause, id: &str) {
    let Some(session) = world.sessions.get_mut(id) else { return };
    session.status = SessionStatus::Expired;
    if let Some(intent) = session.payment_intent.clone()
        && world.intents.get(&intent).is_some_and(|intent| intent.status != IntentStatus::Canceled)
    {
        payment::cancel(world, cause, &intent, Some("expired".to_owned()));
    }
    announce(world, cause, id, "checkout.session.expired");
}

/// A delayed payment of this intent came to its end.
pub(crate) fn settled(world: &mut World, cause: &Cause, intent: &str, paid: bool) {
    let owner = world.intents.get(intent).and_then(|intent| intent.session.clone());
    let Some(session) = owner.as_deref().and_then(|id| world.sessions.get_mut(id)) else { return };
    session.paid = paid;
    let id = session.id.clone();
    let kind = if paid { "checkout.session.async_payment_succeeded" } else { "checkout.session.async_payment_failed" };
    announce(world, cause, &id, kind);
}

fn announce(world: &mut World, cause: &Cause, id: &str, kind: &str) {
    if let Ok(value) = rendered(world, id) {
        world.emit(cause, kind, value);
    }
}

pub(crate) fn find<'w>(world: &'w World, id: &str, param: &str) -> Result<&'w Session, ApiError> {
    world.sessions.get(id).ok_or_else(|| ApiError::no_such("checkout.session", id, param))
}

pub(crate) fn rendered(world: &World, id: &str) -> Result<Value, ApiError> {
    find(world, id, "session").map(|session| session.render(&world.base_url))
}

impl Session {
    pub(crate) fn items_list(&self, id: &str) -> Value {
        let data = self.items.iter().map(|item| item.render(&self.currency, self.created)).collect();
        list::list(data, false, &format!("/v1/checkout/sessions/{id}/line_items"))
    }

    /// Where the buyer pays, whatever the `ui_mode`: an embedded page has no URL at Stripe, but a test needs a door.
    pub(crate) fn page(&self, base_url: &str) -> String {
        format!("{base_url}/c/pay/{}", self.id)
    }

    pub(crate) fn is_embedded(&self) -> bool {
        self.ui_mode == "embedded_page"
    }

    fn shows_url(&self) -> bool {
        self.status == SessionStatus::Open && !self.is_embedded()
    }

    pub(crate) fn render(&self, base_url: &str) -> Value {
        let details = json!({
            "address": null, "business_name": null, "email": self.customer_email, "individual_name": null,
            "name": null, "phone": null, "tax_exempt": "none", "tax_ids": [],
        });
        json!({
            "id": self.id,
            "object": "checkout.session",
            "adaptive_pricing": { "enabled": self.adaptive_pricing },
            "after_expiration": null,
            "allow_promotion_codes": null,
            "amount_subtotal": self.amount,
            "amount_total": self.amount,
            "automatic_tax": { "enabled": false, "liability": null, "provider": null, "status": null },
            "billing_address_collection": null,
            "cancel_url": self.cancel_url,
            "client_reference_id": self.client_reference_id,
            "client_secret": (self.is_embedded() && self.status == SessionStatus::Open).then(|| format!("{}_secret_sandbox", self.id)),
            "collected_information": null,
            "consent": null,
            "consent_collection": null,
            "created": self.created,
            "currency": self.currency,
            "currency_conversion": null,
            "custom_fields": [],
            "custom_text": { "after_submit": null, "shipping_address": null, "submit": null, "terms_of_service_acceptance": null },
            "customer": self.customer,
            "customer_creation": "if_required",
            "customer_details": (self.status == SessionStatus::Complete || self.customer_email.is_some()).then_some(details),
            "customer_email": self.customer_email,
            "discounts": [],
            "excluded_payment_method_types": self.excluded_payment_method_types,
            "expires_at": self.expires_at,
            "invoice": null,
            "invoice_creation": { "enabled": false, "invoice_data": { "account_tax_ids": null, "custom_fields": null, "description": null, "footer": null, "issuer": null, "metadata": {}, "rendering_options": null } },
            "livemode": false,
            "locale": self.locale,
            "metadata": self.metadata,
            "mode": "payment",
            "origin_context": null,
            "payment_intent": self.payment_intent,
            "payment_link": null,
            "payment_method_collection": "if_required",
            "payment_method_configuration_details": null,
            "payment_method_options": self.voucher_days.iter().map(|(name, days)| (name.clone(), json!({ "expires_after_days": days }))).collect::<serde_json::Map<_, _>>(),
            "payment_method_types": self.payment_method_types,
            "payment_status": if self.paid { "paid" } else { "unpaid" },
            "permissions": null,
            "phone_number_collection": { "enabled": false },
            "presentment_details": null,
            "recovered_from": null,
            "redirect_on_completion": self.redirect_on_completion,
            "return_url": self.return_url,
            "saved_payment_method_options": null,
            "setup_intent": null,
            "shipping_address_collection": null,
            "shipping_cost": null,
            "shipping_options": [],
            "status": self.status,
            "submit_type": self.submit_type,
            "subscription": null,
            "success_url": self.success_url,
            "total_details": { "amount_discount": 0, "amount_shipping": 0, "amount_tax": 0 },
            "ui_mode": self.ui_mode,
            "url": self.shows_url().then(|| self.page(base_url)),
            "wallet_options": null,
        })
    }
}

impl LineItem {
    fn render(&self, currency: &str, created: i64) -> Value {
        json!({
            "id": self.id,
            "object": "item",
            "adjustable_quantity": null,
            "amount_discount": 0,
            "amount_subtotal": self.total,
            "amount_tax": 0,
            "amount_total": self.total,
            "currency": currency,
            "description": self.name,
            "metadata": self.metadata,
            "price": {
                "id": self.price,
                "object": "price",
                "active": false,
                "billing_scheme": "per_unit",
                "created": created,
                "currency": currency,
                "custom_unit_amount": null,
                "livemode": false,
                "lookup_key": null,
                "metadata": {},
                "nickname": null,
                "product": self.product,
                "recurring": null,
                "tax_behavior": "unspecified",
                "tiers_mode": null,
                "transform_quantity": null,
                "type": "one_time",
                "unit_amount": self.unit_amount,
                "unit_amount_decimal": self.unit_amount.to_string(),
            },
            "quantity": self.quantity,
        })
    }
}
