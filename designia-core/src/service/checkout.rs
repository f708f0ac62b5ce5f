//! From a list of products to an order with a page to pay it on.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use uuid::Uuid;

use super::orders::uncommitted;
use super::{Engine, Error};
use crate::catalog::ProductCard;
use crate::exchange::Quote;
use crate::id::{BuyerId, OrderId, ProductId, SellerId};
use crate::money::{Currency, Money};
use crate::order::{Actor, Cause, Command, Line, Order, Placement, Refusal, ShippingAddress};
use crate::payment::PaymentMethod;
use crate::ports::{Commit, CommitError, PaymentPage, RequestKey};
use crate::time::Timestamp;

/// What a buyer wants to order and how to pay for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkout {
    /// Who orders.
    pub buyer: BuyerId,
    /// The buyer's e-mail address, for receipts and reminders.
    pub email: Option<String>,
    /// The currency to pay in. Prices in other currencies are converted, and the rates pinned.
    pub currency: Currency,
    /// What to order. A product that is named twice is ordered once, with the sum.
    pub items: Vec<CheckoutItem>,
    /// Where to ship to.
    pub ship_to: Option<ShippingAddress>,
    /// A note from the buyer.
    pub notes: String,
    /// How to pay.
    pub method: PaymentMethod,
    /// The key under which a repetition of this request is recognised.
    pub request_key: Option<String>,
}

/// So many of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CheckoutItem {
    /// Which.
    pub product: ProductId,
    /// How many.
    pub quantity: u32,
}

/// The order, and where to pay it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckoutAnswer {
    /// The order. It stands even when the page is missing.
    pub order: Order,
    /// Where to pay; missing if the provider could not be reached just now. [`Engine::pay`] gives it later.
    pub page: Option<PaymentPage>,
    /// Whether this repeats the answer to an earlier request with the same key.
    pub repeated: bool,
}

impl Engine {
    /// Places an order, reserves its stock, and opens a payment for it.
    ///
    /// # Errors
    /// [`Error::Refused`] naming the field and rule, [`Error::NotForSale`], [`Error::OutOfStock`], [`Error::Exchange`] or
    /// [`Error::NoRates`] if a price can't be converted, [`Error::RequestKeyReused`], or a store error. Nothing has changed
    /// then.
    pub async fn checkout(&self, checkout: Checkout) -> Result<CheckoutAnswer, Error> {
        let now = self.ports.clock.now();
        let answers = checkout.request_key.clone().map(|key| RequestKey {
            buyer: checkout.buyer,
            key,
            fingerprint: fingerprint(&checkout),
        });
        let (buyer, method) = (checkout.buyer, checkout.method.clone());
        let placement = self.placement(checkout, now).await?;
        let placed = Order::place(placement, now)?;
        let started = placed.order.decide(&Command::StartPayment { method: method.clone() }, now)?;
        let mut commit = Commit::of(placed.then(started), &Cause::Request(Actor::Buyer(buyer)));
        commit.answers.clone_from(&answers);
        let id = commit.order.id();
        match self.ports.orders.commit(commit).await {
            Ok(()) => {
                let page = self.run_effects_of(id).await;
                Ok(CheckoutAnswer { order: self.order(id).await?, page, repeated: false })
            }
            Err(CommitError::Repeated { order, fingerprint }) => {
                if answers.is_none_or(|answers| answers.fingerprint != fingerprint) {
                    return Err(Error::RequestKeyReused);
                }
                match self.pay(order, Actor::Buyer(buyer), method).await {
                    Ok(answer) => Ok(CheckoutAnswer { order: answer.order, page: answer.page, repeated: true }),
                    // The order has gone on since: its state is the answer.
                    Err(Error::Refused(_)) => {
                        Ok(CheckoutAnswer { order: self.order(order).await?, page: None, repeated: true })
                    }
                    Err(error) => Err(error),
                }
            }
            Err(error) => Err(uncommitted(error)),
        }
    }

    async fn placement(&self, checkout: Checkout, now: Timestamp) -> Result<Placement, Error> {
        let quantities = merge(&checkout.items)?;
        let ids: Vec<_> = quantities.iter().map(|(product, _)| *product).collect();
        let products: BTreeMap<_, _> =
            self.ports.catalog.cards(&ids).await?.into_iter().map(|product| (product.id, product)).collect();
        let mut pricing = Pricing { engine: self, currency: checkout.currency, now, quotes: BTreeMap::new() };
        let mut consignments: Vec<(SellerId, Vec<Line>, Money)> = Vec::new();
        for (id, quantity) in quantities {
            let product =
                products.get(&id).filter(|product| product.active).ok_or(Error::NotForSale { product: id })?;
            if product.seller.as_uuid() == checkout.buyer.as_uuid() {
                let field = format!("items[{id}].product");
                return Err(Refusal::InvalidPlacement { field, rule: "must not be the buyer's own".to_owned() }.into());
            }
            let line = pricing.line(product, quantity).await?;
            match consignments.iter_mut().find(|(seller, ..)| *seller == product.seller) {
                Some((_, lines, _)) => lines.push(line),
                None => consignments.push((product.seller, vec![line], pricing.shipping().await?)),
            }
        }
        Ok(Placement {
            id: OrderId::from_uuid(self.ports.ids.next()),
            buyer: checkout.buyer,
            email: checkout.email,
            currency: checkout.currency,
            ship_to: checkout.ship_to,
            notes: checkout.notes,
            consignments,
            quotes: pricing.quotes.into_values().collect(),
            terms: self.policy.terms.clone(),
        })
    }
}

/// In the order in which they were first named.
fn merge(items: &[CheckoutItem]) -> Result<Vec<(ProductId, u32)>, Refusal> {
    let mut merged: Vec<(ProductId, u32)> = Vec::with_capacity(items.len());
    for item in items {
        match merged.iter_mut().find(|(product, _)| *product == item.product) {
            Some((_, quantity)) => {
                *quantity = quantity.checked_add(item.quantity).ok_or_else(|| Refusal::InvalidPlacement {
                    field: format!("items[{}].quantity", item.product),
                    rule: "must be from 1 to 100000".to_owned(),
                })?;
            }
            None => merged.push((item.product, item.quantity)),
        }
    }
    Ok(merged)
}

/// Converts prices, each pair of currencies with one pinned quote.
struct Pricing<'a> {
    engine: &'a Engine,
    currency: Currency,
    now: Timestamp,
    quotes: BTreeMap<Currency, Quote>,
}

impl Pricing<'_> {
    async fn line(&mut self, product: &ProductCard, quantity: u32) -> Result<Line, Error> {
        Ok(Line {
            product: product.id,
            title: product.name.clone(),
            quantity,
            list_price: product.price,
            unit_price: self.convert(product.price).await?,
        })
    }

    async fn shipping(&mut self) -> Result<Money, Error> {
        match self.engine.policy.shipping {
            Some(price) => self.convert(price).await,
            None => Ok(Money::zero(self.currency)),
        }
    }

    async fn convert(&mut self, price: Money) -> Result<Money, Error> {
        let from = price.currency();
        if from == self.currency {
            return Ok(price);
        }
        if !self.quotes.contains_key(&from) {
            let rates = self.engine.usable_rates(self.now).await?;
            let quote = rates.quote(from, self.currency, self.now, self.engine.policy.quote_ttl)?;
            self.quotes.insert(from, quote);
        }
        match self.quotes.get(&from) {
            Some(quote) => Ok(quote.convert(price, self.now, self.engine.policy.rounding)?),
            None => Err(Error::NoRates),
        }
    }
}

/// A digest of what is asked, so that a repetition can be told from another request under the same key.
fn fingerprint(checkout: &Checkout) -> String {
    let mut text = format!("{}|{:?}|{}|{:?}", checkout.currency, checkout.method, checkout.notes, checkout.ship_to);
    for item in &checkout.items {
        // Writing to a string can't fail.
        let _ = write!(text, "|{}x{}", item.product, item.quantity);
    }
    Uuid::new_v5(&Uuid::NAMESPACE_OID, text.as_bytes()).simple().to_string()
}
