//! A cart under the field names that the first backend and its web client use.

use designia_core::money::{Money, MoneyError};
use designia_core::service::Engine;
use designia_core::service::cart::{LineFault, PricedCart, PricedLine};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::view::price::Eyes;
use crate::api::view::product::ProductCard;
use crate::api::view::when::When;
use crate::problem::Problem;

/// A cart as of now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct CartView {
    /// The account's: there is one cart for each.
    id: String,
    user_id: String,
    items: Vec<CartItem>,
    /// How many different products.
    items_count: usize,
    totals: Totals,
    /// Raised with each change.
    version: u64,
    updated_at: When,
}

/// A product in a cart. One that was removed from the catalogue altogether is only among the issues of a check.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct CartItem {
    /// The product's.
    id: Uuid,
    product: ProductCard,
    quantity: u32,
    /// What all of them cost, in the product's currency; absent if it is not for sale any more.
    #[schema(example = "77.00")]
    total_price: Option<String>,
    /// `not_for_sale`, `out_of_stock` or `insufficient_stock`, if it can't be ordered as it stands.
    issue: Option<&'static str>,
    added_at: When,
}

/// What a cart comes to.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Totals {
    /// In `currency`, if everything is in one currency or can be converted to the one asked for; absent otherwise.
    #[schema(example = "101.20")]
    subtotal: Option<String>,
    /// The same as `subtotal`: taxes and shipping are known when there is an address.
    #[schema(example = "101.20")]
    total: Option<String>,
    #[schema(example = "EUR")]
    currency: Option<&'static str>,
    /// Whether prices of other currencies are in it at the rates of the moment. The checkout pins its own.
    is_converted: bool,
    /// The sum of the sellers' prices in each currency.
    by_currency: Vec<Sum>,
    /// How many pieces.
    items_count: u32,
}

/// An amount of one currency.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Sum {
    #[schema(example = "77.00")]
    amount: String,
    #[schema(example = "EUR")]
    currency: &'static str,
}

/// Why something in the cart can't be ordered.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Issue {
    product_id: Uuid,
    product_name: Option<String>,
    /// `not_for_sale`, `out_of_stock` or `insufficient_stock`.
    issue: &'static str,
    message: String,
    requested: u32,
    available: u32,
}

impl CartView {
    /// The cart with the cards of those of its products that exist, in the order of the lines.
    pub(super) async fn of(
        cart: &PricedCart,
        cards: Vec<ProductCard>,
        eyes: &Eyes,
        engine: &Engine,
    ) -> Result<Self, Problem> {
        let existing = cart.lines.iter().filter(|line| line.product.is_some());
        let items = existing.zip(cards).map(|(line, card)| CartItem::of(line, card)).collect::<Result<Vec<_>, _>>();
        let items = items.map_err(|error| Problem::internal(&error))?;
        Ok(Self {
            id: cart.cart.account.to_string(),
            user_id: cart.cart.account.to_string(),
            items_count: items.len(),
            items,
            totals: Totals::of(cart, eyes, engine).await?,
            version: cart.cart.version,
            updated_at: When(cart.cart.updated_at),
        })
    }
}

impl CartItem {
    fn of(line: &PricedLine, product: ProductCard) -> Result<Self, MoneyError> {
        Ok(Self {
            id: line.line.product.as_uuid(),
            product,
            quantity: line.line.quantity,
            total_price: line.total()?.map(Money::amount),
            issue: line.fault().map(issue),
            added_at: When(line.line.added_at),
        })
    }
}

impl Totals {
    async fn of(cart: &PricedCart, eyes: &Eyes, engine: &Engine) -> Result<Self, Problem> {
        let sums = cart.totals().map_err(|error| Problem::internal(&error))?;
        let (total, is_converted) = match (eyes.currency(), &sums[..]) {
            (Some(currency), sums) if sums.iter().any(|sum| sum.currency() != currency) => {
                // Why there is no rate is told by /api/rates/status/.
                (cart.total_in(engine, currency).await.ok(), true)
            }
            (_, [only]) => (Some(*only), false),
            (Some(currency), []) => (Some(Money::zero(currency)), false),
            (Some(_) | None, _) => (None, false),
        };
        let subtotal = total.map(Money::amount);
        Ok(Self {
            total: subtotal.clone(),
            subtotal,
            currency: total.map(|total| total.currency().code()),
            is_converted: is_converted && total.is_some(),
            by_currency: sums.iter().map(|sum| Sum { amount: sum.amount(), currency: sum.currency().code() }).collect(),
            items_count: cart.cart.pieces(),
        })
    }
}

impl Issue {
    pub(super) fn of(line: &PricedLine) -> Option<Self> {
        let fault = line.fault()?;
        let available = line.product.as_ref().filter(|card| card.active).map_or(0, |card| card.stock);
        let message = match fault {
            LineFault::NotForSale => "it is not for sale any more".to_owned(),
            LineFault::OutOfStock => "there is none left".to_owned(),
            LineFault::TooLittle { available } => format!("only {available} left"),
        };
        Some(Self {
            product_id: line.line.product.as_uuid(),
            product_name: line.product.as_ref().map(|card| card.name.clone()),
            issue: issue(fault),
            message,
            requested: line.line.quantity,
            available,
        })
    }
}

/// The word for a fault.
pub(super) const fn issue(fault: LineFault) -> &'static str {
    match fault {
        LineFault::NotForSale => "not_for_sale",
        LineFault::OutOfStock => "out_of_stock",
        LineFault::TooLittle { .. } => "insufficient_stock",
    }
}
