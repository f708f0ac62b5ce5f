//! A conversion with everything needed to check it: the same over HTTP and on the command line.

use designia_core::exchange::Conversion;
use serde::Serialize;
use utoipa::ToSchema;

/// A converted amount.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ConversionView {
    result: Amount,
    /// What one unit is worth.
    #[schema(example = "162.35")]
    rate: String,
    /// Who published the rate.
    source: String,
    /// The day to which it belongs.
    #[schema(example = "2026-11-20")]
    as_of: String,
    /// `identity`, `direct`, `inverse` or `cross`.
    path: String,
    /// Whether it came with this program.
    bundled: bool,
}

/// An amount of money.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Amount {
    #[schema(example = "1624")]
    amount: String,
    #[schema(example = "JPY")]
    currency: &'static str,
}

impl ConversionView {
    pub(crate) fn of(conversion: &Conversion) -> Self {
        Self {
            result: Amount { amount: conversion.amount.amount(), currency: conversion.amount.currency().code() },
            rate: conversion.rate.value().to_string(),
            source: conversion.source.to_string(),
            as_of: conversion.as_of.to_string(),
            path: conversion.rate.path().to_string(),
            bundled: conversion.source.is_bundled(),
        }
    }
}
