//! What a new Checkout Session may look like.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{IntentData, LineItem, Session, SessionStatus, rendered};
use crate::api::Call;
use crate::currency;
use crate::error::ApiError;
use crate::form::Fields;
use crate::instrument;
use crate::params::{Kind, Param};
use crate::resource::{customer, metadata};
use crate::world::World;
use crate::world::timers::Due;

const SHORTEST_LIFE: i64 = 30 * 60;
const LONGEST_LIFE: i64 = 24 * 60 * 60;
const MOST_LINES: usize = 100;

const CREATE: &[Param] = &[
    Param::new("mode", Kind::OneOf(&["payment"])),
    Param::new("ui_mode", Kind::OneOf(&["hosted_page", "embedded_page"])),
    Param::new("line_items", Kind::List(&Kind::Hash(LINE_ITEM))),
    Param::new("currency", Kind::Text(3)),
    Param::new("success_url", Kind::Url),
    Param::new("cancel_url", Kind::Url),
    Param::new("return_url", Kind::Url),
    Param::new("redirect_on_completion", Kind::OneOf(&["always", "if_required", "never"])),
    Param::new("client_reference_id", Kind::Text(200)),
    Param::new("customer", Kind::Text(255)),
    Param::new("customer_creation", Kind::OneOf(&["if_required"])),
    Param::new("customer_email", Kind::Email),
    Param::new("expires_at", Kind::Int),
    Param::new("locale", Kind::OneOf(LOCALES)),
    Param::new("metadata", Kind::Metadata),
    Param::new("submit_type", Kind::OneOf(&["auto", "book", "donate", "pay"])),
    Param::new("adaptive_pricing", Kind::Hash(&[Param::new("enabled", Kind::Bool)])),
    Param::new("payment_intent_data", Kind::Hash(INTENT_DATA)),
    Param::new("allowed_payment_method_types", Kind::List(&Kind::Text(50))),
    Param::new("excluded_payment_method_types", Kind::List(&Kind::Text(50))),
    Param::new("payment_method_options", Kind::Hash(METHOD_OPTIONS)),
];
const LINE_ITEM: &[Param] = &[
    Param::new("price_data", Kind::Hash(PRICE_DATA)).required(),
    Param::new("quantity", Kind::Int).required(),
    Param::new("metadata", Kind::Metadata),
];
const PRICE_DATA: &[Param] = &[
    Param::new("currency", Kind::Text(3)).required(),
    Param::new("product_data", Kind::Hash(PRODUCT_DATA)).required(),
    Param::new("unit_amount", Kind::Int).required(),
    Param::new("tax_behavior", Kind::OneOf(&["exclusive", "inclusive", "unspecified"])),
];
const PRODUCT_DATA: &[Param] = &[
    Param::new("name", Kind::Text(250)).required(),
    Param::new("description", Kind::Text(500)),
    Param::new("images", Kind::List(&Kind::Url)),
    Param::new("metadata", Kind::Metadata),
    Param::new("tax_code", Kind::Text(50)),
];
const INTENT_DATA: &[Param] = &[
    Param::new("capture_method", Kind::OneOf(&["automatic", "automatic_async"])),
    Param::new("description", Kind::Text(1_000)),
    Param::new("metadata", Kind::Metadata),
    Param::new("receipt_email", Kind::Email),
    Param::new("statement_descriptor", Kind::Text(22)),
    Param::new("statement_descriptor_suffix", Kind::Text(22)),
    Param::new("transfer_group", Kind::Text(255)),
];
const VOUCHER: &[Param] = &[Param::new("expires_after_days", Kind::Int)];
const METHOD_OPTIONS: &[Param] = &[
    Param::new("boleto", Kind::Hash(VOUCHER)),
    Param::new("konbini", Kind::Hash(VOUCHER)),
    Param::new("oxxo", Kind::Hash(VOUCHER)),
    Param::new(
        "card",
        Kind::Hash(&[Param::new("request_three_d_secure", Kind::OneOf(&["any", "automatic", "challenge"]))]),
    ),
];
const LOCALES: &[&str] = &[
    "auto", "bg", "cs", "da", "de", "el", "en", "en-GB", "es", "es-419", "et", "fi", "fil", "fr", "fr-CA", "hi-IN",
    "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "ms", "mt", "nb", "nl", "pl", "pt", "pt-BR", "ro", "ru", "sk",
    "sl", "sv", "th", "tr", "vi", "zh", "zh-HK", "zh-TW",
];

pub(crate) fn create(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let draft = Draft::read(call)?;
    if let Some(id) = &draft.customer {
        customer::find(call.world, id, "customer")?;
    }
    let id = call.world.ids.next("cs_test_");
    let session = draft.into_session(call, &id);
    call.world.timers.set(session.expires_at, Due::SessionExpires(id.clone()));
    call.world.sessions.push(session);
    rendered(call.world, &id)
}

/// A request that has passed validation.
struct Draft {
    ui_mode: String,
    lines: Vec<Line>,
    currency: String,
    amount: i64,
    expires_at: i64,
    customer: Option<String>,
    offered: Vec<String>,
    excluded: Option<Vec<String>>,
}

struct Line {
    name: String,
    unit_amount: i64,
    quantity: i64,
    total: i64,
    metadata: crate::resource::Metadata,
}

impl Draft {
    fn read(call: &Call<'_>) -> Result<Self, ApiError> {
        call.check(&[CREATE])?;
        let form = &call.form;
        if form.text("mode").is_none() {
            return Err(ApiError::missing_param("mode"));
        }
        let ui_mode = form.text("ui_mode").unwrap_or("hosted_page");
        check_urls(form, ui_mode)?;
        let expires_at = expires_at(form, call.cause.now)?;
        let (lines, currency) = lines(form)?;
        let amount = lines.iter().try_fold(0_i64, |sum, line| sum.checked_add(line.total));
        let amount =
            amount.ok_or_else(|| ApiError::invalid("Amount is too large.", "line_items").code("amount_too_large"))?;
        let (offered, excluded) = methods(form, &currency)?;
        currency::check_charge(amount, &currency, "line_items", offered.iter().any(|name| name == "card"))?;
        if form.text("customer").is_some() && form.text("customer_email").is_some() {
            let message = "You may only specify one of these parameters: customer, customer_email.";
            return Err(ApiError::invalid(message, "customer").code("parameters_exclusive"));
        }
        Ok(Self {
            ui_mode: ui_mode.to_owned(),
            lines,
            currency,
            amount,
            expires_at,
            customer: form.owned("customer"),
            offered,
            excluded,
        })
    }

    fn into_session(self, call: &mut Call<'_>, id: &str) -> Session {
        let form = &call.form;
        let items = self.lines.into_iter().map(|line| line.into_item(call.world)).collect();
        Session {
            id: id.to_owned(),
            created: call.cause.now,
            expires_at: self.expires_at,
            status: SessionStatus::Open,
            paid: false,
            redirect_on_completion: (self.ui_mode == "embedded_page")
                .then(|| form.text("redirect_on_completion").unwrap_or("always").to_owned()),
            ui_mode: self.ui_mode,
            success_url: form.owned("success_url"),
            cancel_url: form.owned("cancel_url"),
            return_url: form.owned("return_url"),
            currency: self.currency,
            amount: self.amount,
            items,
            client_reference_id: form.owned("client_reference_id"),
            metadata: metadata(form),
            customer: self.customer,
            customer_email: form.owned("customer_email"),
            locale: form.owned("locale"),
            submit_type: form.owned("submit_type"),
            // Stripe's own default: an account may present another currency unless it is told not to.
            adaptive_pricing: form.hash("adaptive_pricing").and_then(|hash| hash.flag("enabled")).unwrap_or(true),
            payment_method_types: self.offered,
            excluded_payment_method_types: self.excluded,
            voucher_days: voucher_days(form),
            intent_data: form.hash("payment_intent_data").map(|hash| IntentData::read(&hash)).unwrap_or_default(),
            payment_intent: None,
            method: None,
        }
    }
}

impl Line {
    fn into_item(self, world: &mut World) -> LineItem {
        LineItem {
            id: world.ids.next("li_"),
            price: world.ids.next("price_"),
            product: world.ids.next("prod_"),
            name: self.name,
            unit_amount: self.unit_amount,
            quantity: self.quantity,
            total: self.total,
            metadata: self.metadata,
        }
    }
}

impl IntentData {
    fn read(fields: &Fields<'_>) -> Self {
        Self {
            description: fields.owned("description"),
            metadata: metadata(fields),
            receipt_email: fields.owned("receipt_email"),
            statement_descriptor: fields.owned("statement_descriptor"),
            statement_descriptor_suffix: fields.owned("statement_descriptor_suffix"),
            transfer_group: fields.owned("transfer_group"),
        }
    }
}

fn check_urls(form: &Fields<'_>, ui_mode: &str) -> Result<(), ApiError> {
    let hosted = ui_mode == "hosted_page";
    let foreign: &[&str] =
        if hosted { &["return_url", "redirect_on_completion"] } else { &["success_url", "cancel_url", "submit_type"] };
    if let Some(name) = foreign.iter().find(|name| form.node(name).is_some()) {
        return Err(ApiError::invalid(format!("`{name}` is not allowed when `ui_mode` is `{ui_mode}`."), *name));
    }
    let never = form.text("redirect_on_completion") == Some("never");
    match (hosted, never) {
        (true, _) if form.node("success_url").is_none() => Err(ApiError::missing_param("success_url")),
        (false, false) if form.node("return_url").is_none() => Err(ApiError::missing_param("return_url")),
        (false, true) if form.node("return_url").is_some() => {
            let message = "`return_url` is not allowed when `redirect_on_completion` is `never`.";
            Err(ApiError::invalid(message, "return_url"))
        }
        (true | false, _) => Ok(()),
    }
}

fn expires_at(form: &Fields<'_>, now: i64) -> Result<i64, ApiError> {
    let Some(at) = form.int("expires_at") else { return Ok(now + LONGEST_LIFE) };
    let life = at.saturating_sub(now);
    if life < SHORTEST_LIFE {
        let message = "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.";
        return Err(ApiError::invalid(message, "expires_at"));
    }
    if life > LONGEST_LIFE {
        let message = "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.";
        return Err(ApiError::invalid(message, "expires_at"));
    }
    Ok(at)
}

fn lines(form: &Fields<'_>) -> Result<(Vec<Line>, String), ApiError> {
    let items = form.hashes("line_items");
    if items.is_empty() {
        return Err(ApiError::missing_param("line_items"));
    }
    if items.len() > MOST_LINES {
        return Err(ApiError::invalid(format!("You can have at most {MOST_LINES} line items."), "line_items"));
    }
    let mut currency = form.text("currency").map(|code| currency::parse(code, "currency")).transpose()?;
    let lines = items.iter().map(|item| line(item, &mut currency)).collect::<Result<_, _>>()?;
    Ok((lines, currency.unwrap_or_default()))
}

fn line(item: &Fields<'_>, currency: &mut Option<String>) -> Result<Line, ApiError> {
    let price = item.hash("price_data").ok_or_else(|| ApiError::missing_param(&item.path("price_data")))?;
    let product = price.hash("product_data").ok_or_else(|| ApiError::missing_param(&price.path("product_data")))?;
    let code = currency::parse(price.text("currency").unwrap_or_default(), &price.path("currency"))?;
    if currency.get_or_insert_with(|| code.clone()) != &code {
        let message = "All line items of a Checkout Session must have the same currency.";
        return Err(ApiError::invalid(message, price.path("currency")));
    }
    let unit_amount = price.int("unit_amount").unwrap_or_default();
    currency::check_unit(unit_amount, &code, &price.path("unit_amount"))?;
    let quantity = item.int("quantity").unwrap_or_default();
    if !(1..=999_999).contains(&quantity) {
        let message = "This value must be between 1 and 999999.";
        return Err(ApiError::invalid(message, item.path("quantity")).code("parameter_invalid_integer"));
    }
    let total = unit_amount
        .checked_mul(quantity)
        .ok_or_else(|| ApiError::invalid("Amount is too large.", price.path("unit_amount")).code("amount_too_large"))?;
    let name = product.text("name").unwrap_or_default().to_owned();
    Ok(Line { name, unit_amount, quantity, total, metadata: metadata(item) })
}

/// The methods that the buyer is offered, and the ones that the merchant does not want.
fn methods(form: &Fields<'_>, currency: &str) -> Result<(Vec<String>, Option<Vec<String>>), ApiError> {
    let wanted = form.texts("allowed_payment_method_types");
    for (index, name) in wanted.iter().enumerate() {
        instrument::check_type(name, currency, &format!("allowed_payment_method_types[{index}]"))?;
    }
    let excluded = form.texts("excluded_payment_method_types");
    let mut offered = if wanted.is_empty() { instrument::offered(currency) } else { wanted };
    offered.retain(|name| !excluded.contains(name));
    if offered.is_empty() {
        let message = "No payment method types are left for this Checkout Session.";
        return Err(ApiError::invalid(message, "excluded_payment_method_types"));
    }
    Ok((offered, (!excluded.is_empty()).then_some(excluded)))
}

fn voucher_days(form: &Fields<'_>) -> BTreeMap<String, i64> {
    let Some(options) = form.hash("payment_method_options") else { return BTreeMap::new() };
    let days = |name: &&str| options.hash(name).and_then(|hash| hash.int("expires_after_days"));
    ["boleto", "konbini", "oxxo"].iter().filter_map(|name| Some(((*name).to_owned(), days(name)?))).collect()
}
