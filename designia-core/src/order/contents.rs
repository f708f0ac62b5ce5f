//! What was ordered, frozen at the moment of ordering: prices, quantities, quotes and terms.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::Refusal;
use super::timeout::Terms;
use crate::exchange::Quote;
use crate::id::{BuyerId, OrderId, ProductId, SellerId};
use crate::money::{Currency, Money, MoneyError};
use crate::time::Timestamp;

/// At most so many different products in one order.
pub(super) const MAX_LINES: usize = 200;

/// At most so many of one product in one order.
pub(super) const MAX_QUANTITY: u32 = 100_000;

/// What a buyer asks to order. Sellers' parts are made from the lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// The id that the order is to have.
    pub id: OrderId,
    /// Who orders.
    pub buyer: BuyerId,
    /// The buyer's e-mail address, for receipts and reminders.
    pub email: Option<String>,
    /// The currency to pay in.
    pub currency: Currency,
    /// Where to ship to, if it is known by now.
    pub ship_to: Option<ShippingAddress>,
    /// A note from the buyer.
    pub notes: String,
    /// Each seller's part.
    pub consignments: Vec<(SellerId, Vec<Line>, Money)>,
    /// The quotes with which list prices in other currencies were converted.
    pub quotes: Vec<Quote>,
    /// The terms on which the order stands.
    pub terms: Terms,
}

/// What was ordered, on which terms.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Contents {
    /// The order's id.
    pub id: OrderId,
    /// Who ordered.
    pub buyer: BuyerId,
    /// The buyer's e-mail address.
    pub email: Option<String>,
    /// The presentment currency. Every amount of the order is in it.
    pub currency: Currency,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// Where to ship to.
    pub ship_to: Option<ShippingAddress>,
    /// A note from the buyer.
    pub notes: String,
    /// Each seller's part, at least one, each seller once.
    pub consignments: Vec<Consignment>,
    /// The pinned rates behind the converted prices.
    pub quotes: Vec<Quote>,
    /// The terms on which the order stands.
    pub terms: Terms,
    /// The sum of everything.
    pub total: Money,
}

/// One seller's part of an order.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Consignment {
    /// Who sells and ships it.
    pub seller: SellerId,
    /// What is in it, each product once.
    pub lines: Vec<Line>,
    /// What shipping it costs the buyer.
    pub shipping: Money,
    /// Lines plus shipping.
    pub total: Money,
}

/// One product in an order.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Line {
    /// Which product.
    pub product: ProductId,
    /// What it was called when it was sold.
    pub title: String,
    /// How many.
    pub quantity: u32,
    /// The seller's price of one, in the seller's currency.
    pub list_price: Money,
    /// The price of one in the order's currency: `list_price`, or what the pinned quote made of it.
    pub unit_price: Money,
}

impl Line {
    /// Unit price times quantity.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] if that is more than money can hold.
    pub fn total(&self) -> Result<Money, MoneyError> {
        self.unit_price.times(i64::from(self.quantity))
    }
}

/// Where to ship to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct ShippingAddress {
    /// The recipient.
    pub name: String,
    /// Street and number.
    pub address_line1: String,
    /// Anything more.
    #[serde(default)]
    pub address_line2: String,
    /// Town.
    pub city: String,
    /// State or region.
    #[serde(default)]
    pub state: String,
    /// Postal code.
    #[serde(default)]
    pub postal_code: String,
    /// Country, as ISO 3166 alpha-2.
    pub country: String,
}

impl Contents {
    /// Checks a placement and freezes it.
    ///
    /// # Errors
    /// [`Refusal::InvalidPlacement`] naming the field and the rule.
    pub(super) fn freeze(placement: Placement, now: Timestamp) -> Result<Self, Refusal> {
        let invalid = |field: String, rule: &str| Refusal::InvalidPlacement { field, rule: rule.to_owned() };
        let Placement { id, buyer, email, currency, ship_to, notes, consignments, quotes, terms } = placement;
        if consignments.is_empty() {
            return Err(invalid("items".to_owned(), "must name at least one product"));
        }
        if consignments.iter().map(|(_, lines, _)| lines.len()).sum::<usize>() > MAX_LINES {
            return Err(invalid("items".to_owned(), "must be at most 200 different products"));
        }
        let mut sellers = HashSet::new();
        let mut products = HashSet::new();
        let mut frozen = Vec::with_capacity(consignments.len());
        for (seller, lines, shipping) in consignments {
            if !sellers.insert(seller) || lines.is_empty() {
                return Err(invalid("items".to_owned(), "must name each seller once, with something to sell"));
            }
            for line in &lines {
                let field = |name: &str| format!("items[{}].{name}", line.product);
                if !products.insert(line.product) {
                    return Err(invalid(field("product"), "must not be named twice"));
                }
                if line.quantity == 0 || line.quantity > MAX_QUANTITY {
                    return Err(invalid(field("quantity"), "must be from 1 to 100000"));
                }
                if line.unit_price.currency() != currency || !line.unit_price.is_positive() {
                    return Err(invalid(field("unit_price"), "must be positive and in the order's currency"));
                }
            }
            if shipping.currency() != currency || shipping.is_negative() {
                return Err(invalid("shipping".to_owned(), "must not be negative, and in the order's currency"));
            }
            let total = consignment_total(&lines, shipping)
                .map_err(|_| invalid("items".to_owned(), "must sum to an amount that money can hold"))?;
            frozen.push(Consignment { seller, lines, shipping, total });
        }
        let total = Money::sum(currency, frozen.iter().map(|consignment| consignment.total))
            .map_err(|_| invalid("items".to_owned(), "must sum to an amount that money can hold"))?;
        Ok(Self {
            id,
            buyer,
            email,
            currency,
            placed_at: now,
            ship_to,
            notes,
            consignments: frozen,
            quotes,
            terms,
            total,
        })
    }
}

fn consignment_total(lines: &[Line], shipping: Money) -> Result<Money, MoneyError> {
    lines.iter().try_fold(shipping, |sum, line| sum.checked_add(line.total()?))
}
