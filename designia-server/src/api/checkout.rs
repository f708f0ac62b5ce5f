//! From a cart to an order and the page to pay it on.

mod from_cart;
mod page;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use designia_core::account::Account;
use designia_core::id::{OrderId, ProductId};
use designia_core::money::{Currency, MoneyError};
use designia_core::order::{Actor, Order, ShippingAddress};
use designia_core::payment::{CloseReason, PaymentMethod};
use designia_core::ports::{PaymentPage, ProductKey};
use designia_core::service::accounts::Accounts;
use designia_core::service::cart::{Carts, PricedCart};
use designia_core::service::{Checkout, CheckoutItem, Engine};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::fields::{email, optional_text, text};
use super::view::when::When;
use crate::http::auth::Caller;
use crate::http::extract::{OptionalJson, Path};
use crate::problem::{Code, Problem, ProblemBody};

/// The header under which a client names its request, so that a repetition is recognised.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// What to order and how to pay for it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub(crate) struct CheckoutBody {
    /// What to order; by default what is in the caller's cart, which is empty afterwards.
    #[serde(alias = "lines", alias = "cart")]
    items: Option<Vec<CartLine>>,
    /// The currency to pay in, as ISO 4217; by default the profile's for a cart, or else that of the first product. Other prices are
    /// converted.
    #[schema(example = "USD")]
    currency: Option<String>,
    /// Where receipts and reminders go; by default the account's address.
    email: Option<String>,
    /// Where to ship to; by default the profile's address, if it is complete.
    shipping_address: Option<AddressBody>,
    /// A note to the sellers.
    buyer_notes: Option<String>,
    /// `card`, or the provider's name of a delayed method.
    #[schema(example = "card")]
    payment_method: Option<String>,
}

/// So many of a product.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub(crate) struct CartLine {
    product_id: Uuid,
    #[schema(minimum = 1, example = 1)]
    quantity: u32,
}

/// Where to ship to.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub(crate) struct AddressBody {
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    #[serde(alias = "line1", alias = "street")]
    #[schema(min_length = 1, max_length = 200)]
    address_line1: String,
    #[serde(alias = "line2")]
    address_line2: Option<String>,
    #[schema(min_length = 1, max_length = 200)]
    city: String,
    state: Option<String>,
    #[serde(alias = "zip")]
    postal_code: Option<String>,
    /// ISO 3166 alpha-2.
    #[schema(example = "DE", min_length = 2, max_length = 2)]
    country: String,
}

/// The order and where to pay it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct CheckoutView {
    order_id: Uuid,
    #[schema(example = "pending_payment")]
    status: &'static str,
    #[schema(example = "49.90")]
    total_amount: String,
    #[schema(example = "USD")]
    currency: &'static str,
    /// The provider's page; absent if the form is embedded, or the provider does not answer just now.
    url: Option<String>,
    /// What the provider's embedded form needs.
    #[serde(rename = "clientSecret")]
    client_secret_camel: Option<String>,
    /// The same under its other name.
    client_secret: Option<String>,
    /// When the page closes.
    expires_at: Option<When>,
    /// Until when the order can be paid.
    payment_deadline: Option<When>,
    /// Where to get the page again.
    retry_url: String,
}

/// Places an order and opens a payment for it. Without a body, or without `items`, it orders what is in the caller's cart, as it is priced now.
///
/// With an `Idempotency-Key` header a repetition gets the same order. If the provider does not answer just now, the order
/// stands and the answer is 202 without a page; `retry_url` gives the page later.
#[utoipa::path(post, path = "/api/payments/checkout_session/", tag = "checkout", security(("token" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Names the request, at most 255 characters")),
    request_body(content = CheckoutBody, description = "May be left out: then the cart is ordered"),
    responses((status = 200, body = CheckoutView), (status = 202, body = CheckoutView),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"), (status = 401, body = ProblemBody, content_type = "application/problem+json"), (status = 409, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn begin(
    State(engine): State<Engine>,
    State(accounts): State<Accounts>,
    State(carts): State<Carts>,
    caller: Caller,
    headers: HeaderMap,
    OptionalJson(body): OptionalJson<CheckoutBody>,
) -> Result<(StatusCode, Json<CheckoutView>), Problem> {
    let account = accounts.account(caller.account).await?;
    let cart = match body.items {
        Some(_) => None,
        None => Some(carts.cart(caller.account).await?),
    };
    let checkout = body.check(&engine, &account, cart.as_ref(), request_key(&headers)?).await?;
    let method = checkout.method.clone();
    let answer = engine.checkout(checkout).await?;
    if let Some(cart) = &cart {
        from_cart::emptied(&carts, &cart.cart).await;
    }
    let (order, page) = page::awaited(&engine, answer.order, answer.page, &method).await?;
    view(&order, page)
}

/// The page of the order's payment, or of a new one if the last is closed.
#[utoipa::path(get, path = "/api/payments/checkout_session/retry/{id}/", tag = "checkout", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The order")),
    responses((status = 200, body = CheckoutView), (status = 202, body = CheckoutView),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"), (status = 404, body = ProblemBody, content_type = "application/problem+json"), (status = 409, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn resume(
    State(engine): State<Engine>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<(StatusCode, Json<CheckoutView>), Problem> {
    let id = OrderId::from_uuid(id);
    let buyer = caller.account.buyer();
    if engine.order(id).await?.buyer() != buyer {
        return Err(Problem::not_found("order"));
    }
    let method = PaymentMethod::Card;
    let answer = engine.pay(id, Actor::Buyer(buyer), method.clone()).await?;
    let (order, page) = page::awaited(&engine, answer.order, answer.page, &method).await?;
    view(&order, page)
}

/// The same as GET.
#[utoipa::path(post, path = "/api/payments/checkout_session/retry/{id}/", tag = "checkout", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The order")),
    responses((status = 200, body = CheckoutView), (status = 202, body = CheckoutView),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"), (status = 404, body = ProblemBody, content_type = "application/problem+json"), (status = 409, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn retry(
    engine: State<Engine>,
    caller: Caller,
    id: Path<Uuid>,
) -> Result<(StatusCode, Json<CheckoutView>), Problem> {
    resume(engine, caller, id).await
}

fn view(order: &Order, page: Option<PaymentPage>) -> Result<(StatusCode, Json<CheckoutView>), Problem> {
    let refused = order.attempts().last().and_then(|attempt| match attempt.close_reason() {
        Some(CloseReason::Refused(reason)) => Some(reason),
        Some(CloseReason::NeverOpened | CloseReason::SettlementFailed | CloseReason::Unpaid) | None => None,
    });
    if let (Some(reason), None) = (refused, &page) {
        let detail = format!("order {} stands, but the provider refused to open a payment: {reason}", order.id());
        return Err(Problem::new(Code::PaymentRefused, detail));
    }
    let status = if page.is_some() { StatusCode::OK } else { StatusCode::ACCEPTED };
    let (url, secret, expires_at) = match page {
        Some(page) => (page.url, page.client_secret, Some(When(page.expires_at))),
        None => (None, None, None),
    };
    let view = CheckoutView {
        order_id: order.id().as_uuid(),
        status: order.status().as_str(),
        total_amount: order.contents().total.amount(),
        currency: order.currency().code(),
        url,
        client_secret_camel: secret.clone(),
        client_secret: secret,
        expires_at,
        payment_deadline: order.pay_by().map(When),
        retry_url: format!("/api/payments/checkout_session/retry/{}/", order.id()),
    };
    Ok((status, Json(view)))
}

fn request_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| !key.is_empty() && key.len() <= 255);
    let invalid = || Problem::field("Idempotency-Key", "must be 1 to 255 visible ASCII characters");
    key.map(|key| Some(key.to_owned())).ok_or_else(invalid)
}

impl CheckoutBody {
    async fn check(
        self,
        engine: &Engine,
        account: &Account,
        cart: Option<&PricedCart>,
        request_key: Option<String>,
    ) -> Result<Checkout, Problem> {
        let items: Vec<CheckoutItem> = match (&self.items, cart) {
            (Some(lines), _) => lines.iter().map(CartLine::item).collect(),
            (None, Some(cart)) => from_cart::items(cart)?,
            (None, None) => Vec::new(),
        };
        let currency = match (&self.currency, cart.and_then(|cart| from_cart::currency(cart, account))) {
            (Some(code), _) => {
                code.parse().map_err(|error: MoneyError| Problem::field("currency", error.to_string()))?
            }
            (None, Some(currency)) => currency,
            (None, None) => own_currency(engine, &items).await?,
        };
        let ship_to = self.shipping_address.map(AddressBody::check).transpose()?;
        Ok(Checkout {
            buyer: account.id.buyer(),
            email: self
                .email
                .map(|given| email("email", given))
                .transpose()?
                .or_else(|| Some(account.email.to_string())),
            currency,
            items,
            ship_to: ship_to.or_else(|| from_cart::address(account)),
            notes: optional_text("buyer_notes", self.buyer_notes, 2000)?,
            method: method(self.payment_method.as_deref())?,
            request_key: request_key.or_else(|| cart.map(|cart| from_cart::key(&cart.cart))),
        })
    }
}

impl CartLine {
    fn item(&self) -> CheckoutItem {
        CheckoutItem { product: ProductId::from_uuid(self.product_id), quantity: self.quantity }
    }
}

impl AddressBody {
    fn check(self) -> Result<ShippingAddress, Problem> {
        let country = text("shipping_address.country", self.country, 2)?.to_ascii_uppercase();
        if country.len() != 2 || !country.chars().all(|c| c.is_ascii_uppercase()) {
            return Err(Problem::field(
                "shipping_address.country",
                "must be a country as ISO 3166 alpha-2, such as DE",
            ));
        }
        Ok(ShippingAddress {
            name: text("shipping_address.name", self.name, 200)?,
            address_line1: text("shipping_address.address_line1", self.address_line1, 200)?,
            address_line2: optional_text("shipping_address.address_line2", self.address_line2, 200)?,
            city: text("shipping_address.city", self.city, 200)?,
            state: optional_text("shipping_address.state", self.state, 200)?,
            postal_code: optional_text("shipping_address.postal_code", self.postal_code, 20)?,
            country,
        })
    }
}

/// The currency of the first product; that there is one is for the engine to say.
async fn own_currency(engine: &Engine, items: &[CheckoutItem]) -> Result<Currency, Problem> {
    let Some(first) = items.first() else { return Err(Problem::field("items", "must name at least one product")) };
    let product = engine.ports().catalog.product(&ProductKey::Id(first.product)).await?;
    let missing = || Problem::field("items[0].product_id", format!("product {} is not for sale", first.product));
    product.map(|product| product.price.currency()).ok_or_else(missing)
}

fn method(name: Option<&str>) -> Result<PaymentMethod, Problem> {
    match name {
        None | Some("" | "card") => Ok(PaymentMethod::Card),
        Some(name) if name.len() <= 40 && name.chars().all(|c| c.is_ascii_lowercase() || c == '_') => {
            Ok(PaymentMethod::Delayed(name.to_owned()))
        }
        Some(_) => Err(Problem::field("payment_method", "must be card, or the provider's name of a delayed method")),
    }
}
