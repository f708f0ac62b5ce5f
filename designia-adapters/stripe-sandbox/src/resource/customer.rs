//! Customers: only what a payment needs of them.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::api::Call;
use crate::api::list;
use crate::error::ApiError;
use crate::params::{Kind, PAGE, Param};
use crate::resource::{Metadata, metadata};
use crate::world::World;
use crate::world::shelf::Record;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Customer {
    id: String,
    created: i64,
    email: Option<String>,
    name: Option<String>,
    phone: Option<String>,
    description: Option<String>,
    metadata: Metadata,
}

impl Record for Customer {
    fn id(&self) -> &str {
        &self.id
    }
    fn created(&self) -> i64 {
        self.created
    }
}

const CREATE: &[Param] = &[
    Param::new("email", Kind::Email),
    Param::new("name", Kind::Text(256)),
    Param::new("phone", Kind::Text(20)),
    Param::new("description", Kind::Text(5_000)),
    Param::new("metadata", Kind::Metadata),
];
const LIST: &[Param] = &[Param::new("email", Kind::Email)];

pub(crate) fn create(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.check(&[CREATE])?;
    let customer = Customer {
        id: call.world.ids.next("cus_"),
        created: call.cause.now,
        email: call.form.owned("email"),
        name: call.form.owned("name"),
        phone: call.form.owned("phone"),
        description: call.form.owned("description"),
        metadata: metadata(&call.form),
    };
    let value = customer.render();
    call.world.customers.push(customer);
    call.world.emit(call.cause, "customer.created", value.clone());
    Ok(value)
}

pub(crate) fn retrieve(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.check(&[])?;
    find(call.world, call.id(), "id").map(Customer::render)
}

pub(crate) fn list(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.check(&[PAGE, LIST])?;
    let email = call.form.text("email");
    let keep = |customer: &Customer| email.is_none() || customer.email.as_deref() == email;
    list::page(&call.world.customers, &call.form, "customer", "/v1/customers", keep, Customer::render)
}

pub(crate) fn find<'w>(world: &'w World, id: &str, param: &str) -> Result<&'w Customer, ApiError> {
    world.customers.get(id).ok_or_else(|| ApiError::no_such("customer", id, param))
}

impl Customer {
    pub(crate) fn render(&self) -> Value {
        json!({
            "id": self.id,
            "object": "customer",
            "address": null,
            "balance": 0,
            "created": self.created,
            "currency": null,
            "default_source": null,
            "delinquent": false,
            "description": self.description,
            "email": self.email,
            "invoice_prefix": null,
            "invoice_settings": { "custom_fields": null, "default_payment_method": null, "footer": null, "rendering_options": null },
            "livemode": false,
            "metadata": self.metadata,
            "name": self.name,
            "next_invoice_sequence": 1,
            "phone": self.phone,
            "preferred_locales": [],
            "shipping": null,
            "tax_exempt": "none",
            "test_clock": null,
        })
    }
}
