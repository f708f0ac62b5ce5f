//! Comparing prices of different currencies, for lists only: what a price comes to is decided at the checkout, by a quote.
//!
//! Within one currency the comparison is exact. Across currencies it is as good as the rates were when the scales were last
//! set.

use serde::{Deserialize, Serialize};

use crate::money::{Currency, Money};

/// What one minor unit of a currency is worth, in billionths of a major unit of the marketplace's reference currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PriceScale {
    /// Of which currency.
    pub currency: Currency,
    /// Billionths of the reference currency; at least 1.
    pub nanos: i64,
}

impl PriceScale {
    /// The greatest key there can be.
    pub const MAX_KEY: i64 = 9_000_000_000_000_000_000;

    /// What holds for a currency until its scale was set: as if a major unit were one of the reference currency.
    #[must_use]
    pub fn unset(currency: Currency) -> Self {
        Self { currency, nanos: 10_i64.saturating_pow(9_u32.saturating_sub(u32::from(currency.exponent()))) }
    }

    /// By what a list compares an amount of this currency.
    #[must_use]
    pub fn key(&self, price: Money) -> i64 {
        let nanos = self.nanos.max(1);
        price.minor().min(Self::MAX_KEY / nanos).saturating_mul(nanos)
    }
}
