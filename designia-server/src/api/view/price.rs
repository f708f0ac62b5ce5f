//! A price as its seller asks for it, and what it comes to in the currency that the buyer thinks in.
//!
//! The second is told with the rate, whose it is and of when, and binds nobody: a checkout pins its own. Without a rate to rely on it is
//! not told at all.

use std::sync::Arc;

use designia_core::exchange::RateBatch;
use designia_core::money::{Currency, Money, Rounding};
use designia_core::service::Engine;
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::Problem;

/// What a price comes to in another currency at the rates of the moment.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Presentment {
    #[schema(example = "54.10")]
    price: String,
    #[schema(example = "USD")]
    currency: &'static str,
    /// What one unit of the seller's currency is worth.
    #[schema(example = "1.0842")]
    rate: String,
    /// Who published the rate.
    source: String,
    /// The day to which it belongs.
    #[schema(example = "2026-11-20")]
    as_of: String,
}

/// The currency that a buyer thinks in, and the rates of the moment.
#[derive(Clone, Debug)]
pub(crate) struct Eyes {
    currency: Option<Currency>,
    rates: Option<(Arc<RateBatch>, Rounding)>,
}

impl Eyes {
    /// With this currency, and the rates that would be used for new prices, if there are any.
    pub(crate) async fn with(engine: &Engine, currency: Option<Currency>) -> Self {
        let rates = match currency {
            // Why there are none is told by /api/rates/status/.
            Some(_) => engine.usable_rates(engine.ports().clock.now()).await.ok(),
            None => None,
        };
        Self { currency, rates: rates.map(|rates| (rates, engine.policy().rounding)) }
    }

    /// The currency that the buyer thinks in.
    pub(crate) const fn currency(&self) -> Option<Currency> {
        self.currency
    }

    /// What the price comes to, unless it is in that currency already or there is no rate.
    pub(crate) fn see(&self, price: Money) -> Option<Presentment> {
        let to = self.currency.filter(|to| *to != price.currency())?;
        let (rates, rounding) = self.rates.as_ref()?;
        let conversion = rates.convert(price, to, *rounding).ok()?;
        Some(Presentment {
            price: conversion.amount.amount(),
            currency: to.code(),
            rate: conversion.rate.value().to_string(),
            source: conversion.source.to_string(),
            as_of: conversion.as_of.to_string(),
        })
    }
}

/// A currency by its code.
pub(crate) fn currency(field: &str, code: &str) -> Result<Currency, Problem> {
    code.trim()
        .to_ascii_uppercase()
        .parse()
        .map_err(|_| Problem::field(field, "must be a currency as ISO 4217, such as EUR"))
}
