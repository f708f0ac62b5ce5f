//! Charges: one per attempt that reached a card or a bank.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::api::Call;
use crate::api::list;
use crate::error::ApiError;
use crate::params::{Kind, PAGE, Param};
use crate::resource::Metadata;
use crate::world::World;
use crate::world::shelf::Record;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Charge {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) amount: i64,
    pub(crate) amount_refunded: i64,
    pub(crate) currency: String,
    pub(crate) status: ChargeStatus,
    pub(crate) payment_intent: String,
    pub(crate) customer: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) metadata: Metadata,
    pub(crate) transfer_group: Option<String>,
    pub(crate) balance_transaction: Option<String>,
    pub(crate) payment_method: String,
    pub(crate) method: String,
    pub(crate) last4: Option<String>,
    pub(crate) failure: Option<Failure>,
    pub(crate) receipt_email: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ChargeStatus {
    Pending,
    Succeeded,
    Failed,
}

/// Why money did not move.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub(crate) code: String,
    pub(crate) decline_code: Option<String>,
    pub(crate) message: String,
}

impl Record for Charge {
    fn id(&self) -> &str {
        &self.id
    }
    fn created(&self) -> i64 {
        self.created
    }
}

const LIST: &[Param] = &[
    Param::new("payment_intent", Kind::Text(255)),
    Param::new("transfer_group", Kind::Text(255)),
    Param::new("customer", Kind::Text(255)),
];

pub(crate) fn retrieve(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.check(&[])?;
    find(call.world, call.id(), "id").map(Charge::render)
}

pub(crate) fn list(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.check(&[PAGE, LIST])?;
    let intent = call.form.text("payment_intent");
    let group = call.form.text("transfer_group");
    let customer = call.form.text("customer");
    let keep = |charge: &Charge| {
        intent.is_none_or(|id| charge.payment_intent == id)
            && (group.is_none() || charge.transfer_group.as_deref() == group)
            && (customer.is_none() || charge.customer.as_deref() == customer)
    };
    list::page(&call.world.charges, &call.form, "charge", "/v1/charges", keep, Charge::render)
}

pub(crate) fn find<'w>(world: &'w World, id: &str, param: &str) -> Result<&'w Charge, ApiError> {
    world.charges.get(id).ok_or_else(|| ApiError::no_such("charge", id, param))
}

impl Charge {
    pub(crate) fn refundable(&self) -> i64 {
        self.amount - self.amount_refunded
    }

    pub(crate) fn render(&self) -> Value {
        let paid = self.status == ChargeStatus::Succeeded;
        let address =
            json!({ "city": null, "country": null, "line1": null, "line2": null, "postal_code": null, "state": null });
        json!({
            "id": self.id,
            "object": "charge",
            "amount": self.amount,
            "amount_captured": if paid { self.amount } else { 0 },
            "amount_refunded": self.amount_refunded,
            "application": null,
            "application_fee": null,
            "application_fee_amount": null,
            "balance_transaction": self.balance_transaction,
            "billing_details": { "address": address, "email": self.receipt_email, "name": null, "phone": null, "tax_id": null },
            "calculated_statement_descriptor": "DESIGNIA SANDBOX",
            "captured": paid,
            "created": self.created,
            "currency": self.currency,
            "customer": self.customer,
            "description": self.description,
            "disputed": false,
            "failure_balance_transaction": null,
            "failure_code": self.failure.as_ref().map(|failure| &failure.code),
            "failure_message": self.failure.as_ref().map(|failure| &failure.message),
            "fraud_details": {},
            "livemode": false,
            "metadata": self.metadata,
            "on_behalf_of": null,
            "outcome": self.outcome(),
            "paid": paid,
            "payment_intent": self.payment_intent,
            "payment_method": self.payment_method,
            "payment_method_details": self.method_details(),
            "radar_options": {},
            "receipt_email": self.receipt_email,
            "receipt_number": null,
            "receipt_url": null,
            "refunded": paid && self.refundable() == 0,
            "review": null,
            "shipping": null,
            "source_transfer": null,
            "statement_descriptor": null,
            "statement_descriptor_suffix": null,
            "status": self.status,
            "transfer_data": null,
            "transfer_group": self.transfer_group,
        })
    }

    fn outcome(&self) -> Value {
        match (&self.failure, self.status) {
            (None, ChargeStatus::Pending) => Value::Null,
            (None, ChargeStatus::Succeeded | ChargeStatus::Failed) => json!({
                "advice_code": null, "network_advice_code": null, "network_decline_code": null,
                "network_status": "approved_by_network", "reason": null, "risk_level": "normal",
                "seller_message": "Payment complete.", "type": "authorized",
            }),
            (Some(failure), _) => json!({
                "advice_code": null, "network_advice_code": null, "network_decline_code": null,
                "network_status": "declined_by_network", "reason": failure.decline_code, "risk_level": "normal",
                "seller_message": failure.message, "type": "issuer_declined",
            }),
        }
    }

    fn method_details(&self) -> Value {
        if self.method != "card" {
            return json!({ "type": self.method, &self.method: {} });
        }
        json!({
            "type": "card",
            "card": {
                "amount_authorized": self.amount,
                "brand": "visa",
                "checks": { "address_line1_check": null, "address_postal_code_check": null, "cvc_check": "pass" },
                "country": "US",
                "exp_month": 12,
                "exp_year": 2034,
                "fingerprint": null,
                "funding": "credit",
                "installments": null,
                "last4": self.last4,
                "mandate": null,
                "network": "visa",
                "three_d_secure": null,
                "wallet": null,
            },
        })
    }
}
