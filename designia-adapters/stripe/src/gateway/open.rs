//! Opening an attempt.
//!
//! The parameters follow from the frozen request and the configuration alone, never from the clock, so that a repeated
//! request is the same bytes under the same key.

use std::time::Duration;

use designia_core::effect::{IdempotencyKey, OpenPayment};
use designia_core::money::Money;
use designia_core::payment::PaymentMethod;
use designia_core::ports::{GatewayError, PaymentSnapshot};
use designia_core::time::{DAY, MINUTE, Timestamp};

use super::{CheckoutPage, StripeGateway, fault, snapshot};
use crate::currency::{AmountError, code, to_stripe};
use crate::form::{Form, Value};
use crate::names;
use crate::wire::{CheckoutSession, PaymentIntent};

/// Stripe wants 30 minutes between the arrival of the request and the end of the page; one is for the way there.
const SHORTEST_PAGE: Duration = Duration::from_secs(31 * MINUTE.as_secs());

/// Stripe's longest life of a page.
const LONGEST_PAGE: Duration = DAY;

/// Stripe's limit for the lines of one page.
const MAX_LINES: usize = 100;

/// Stripe's limit for the name of a product, in characters.
const MAX_TITLE: usize = 250;

impl StripeGateway {
    pub(super) async fn open_attempt(
        &self,
        request: &OpenPayment,
        key: &IdempotencyKey,
    ) -> Result<PaymentSnapshot, GatewayError> {
        let key = Some(key.as_str());
        if self.options.page == CheckoutPage::Elements {
            let form = self.intent_form(request).map_err(fault::unrepresentable)?;
            let intent: PaymentIntent =
                self.client.post("/v1/payment_intents", &form, key).await.map_err(fault::write)?;
            return snapshot::of_intent(intent);
        }
        let form = self.session_form(request).map_err(fault::unrepresentable)?;
        let session: CheckoutSession =
            self.client.post("/v1/checkout/sessions", &form, key).await.map_err(fault::write)?;
        snapshot::of_session(session)
    }

    fn session_form(&self, request: &OpenPayment) -> Result<Form, AmountError> {
        let payment = &request.payment;
        let order = payment.order.to_string();
        let url = |template: &str| template.replace("{ORDER_ID}", &order);
        let form = Form::new().with("mode", "payment");
        let form = match &self.options.page {
            CheckoutPage::Embedded { return_url } => {
                form.with("ui_mode", "embedded_page").with("return_url", url(return_url))
            }
            CheckoutPage::Hosted { success_url, cancel_url } => form
                .with("ui_mode", "hosted_page")
                .with("success_url", url(success_url))
                .with_some("cancel_url", cancel_url.as_deref().map(url)),
            CheckoutPage::Elements => form,
        };
        let behind = Form::new()
            .with("description", format!("Order {order}"))
            .with("metadata", names::payment_notes(payment))
            .with("transfer_group", order.clone());
        let form = form
            .with("line_items", lines(request)?)
            .with("expires_at", page_end(request).as_secs())
            .with("client_reference_id", names::reference(payment))
            .with("metadata", names::payment_notes(payment))
            .with("payment_intent_data", behind)
            // Otherwise Stripe may charge in the buyer's currency, and the amounts no longer compare.
            .with("adaptive_pricing", Form::new().with("enabled", false))
            .with_some("customer_email", request.email.as_deref());
        Ok(match &request.method {
            PaymentMethod::Card => self.without_delayed(form),
            PaymentMethod::Delayed(name) => only(form, name),
        })
    }

    fn intent_form(&self, request: &OpenPayment) -> Result<Form, AmountError> {
        let payment = &request.payment;
        let order = payment.order.to_string();
        let form = Form::new()
            .with("amount", to_stripe(request.amount)?)
            .with("currency", code(request.amount.currency()))
            .with("description", format!("Order {order}"))
            .with("metadata", names::intent_notes(payment, request.expires_at.as_secs()))
            .with("transfer_group", order)
            .with_some("receipt_email", request.email.as_deref());
        Ok(match &request.method {
            PaymentMethod::Card => {
                self.without_delayed(form.with("automatic_payment_methods", Form::new().with("enabled", true)))
            }
            PaymentMethod::Delayed(name) => only(form, name),
        })
    }

    fn without_delayed(&self, form: Form) -> Form {
        let excluded = &self.options.excluded_methods;
        form.with_some("excluded_payment_method_types", (!excluded.is_empty()).then(|| excluded.clone()))
    }
}

/// A filter over what Stripe would offer. Its forerunner `payment_method_types` is refused since 2026-09-30.endive.
fn only(form: Form, method: &str) -> Form {
    form.with("allowed_payment_method_types", vec![method])
}

/// When the page is to close: as asked for, as far as Stripe allows it. A page that outlives the attempt is voided by the
/// order's own deadline.
fn page_end(request: &OpenPayment) -> Timestamp {
    let started = request.payment.started_at;
    request.expires_at.clamp(started + SHORTEST_PAGE, started + LONGEST_PAGE)
}

/// The lines that the page shows, or one line over the whole sum if Stripe could not show them or they don't sum to it:
/// what is charged is always the amount.
fn lines(request: &OpenPayment) -> Result<Value, AmountError> {
    Ok(match itemised(request) {
        Some(lines) => Value::from(lines),
        None => {
            let title = format!("Order {}", request.payment.order);
            Value::from(vec![line(&title, 1, to_stripe(request.amount)?, request.amount)])
        }
    })
}

fn itemised(request: &OpenPayment) -> Option<Vec<Form>> {
    if request.lines.is_empty() || request.lines.len() > MAX_LINES {
        return None;
    }
    let total = request.amount;
    let mut sum = Money::zero(total.currency());
    let mut lines = Vec::with_capacity(request.lines.len());
    for item in &request.lines {
        let unit = to_stripe(item.unit_amount).ok().filter(|unit| *unit >= 0)?;
        if item.quantity == 0 || item.title.trim().is_empty() {
            return None;
        }
        sum = sum.checked_add(item.unit_amount.times(item.quantity).ok()?).ok()?;
        lines.push(line(&item.title, item.quantity, unit, total));
    }
    (sum == total).then_some(lines)
}

fn line(title: &str, quantity: u32, unit_amount: i64, total: Money) -> Form {
    let title: String = title.chars().take(MAX_TITLE).collect();
    let price = Form::new()
        .with("currency", code(total.currency()))
        .with("unit_amount", unit_amount)
        .with("product_data", Form::new().with("name", title));
    Form::new().with("price_data", price).with("quantity", quantity)
}

#[cfg(test)]
mod tests;
