//! Comparing prices of different currencies, for lists only: what a price comes to is decided at the checkout, by a quote.
//!
//! Within one currency the comparison is exact. Across currencies it is as good as the rates were when the scales were last
//! set. A currency without a rate is compared with no other: its prices stand together behind all that can be compared.

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

/// So many keys are set apart for each currency without a scale: its prices up to here compare exactly.
const APART: i64 = 1 << 48;

impl PriceScale {
    /// The greatest key of a price whose currency has a scale. The keys of all others are greater.
    pub const MAX_KEY: i64 = 4_000_000_000_000_000_000;

    /// By what a list compares an amount of this currency.
    #[must_use]
    pub fn key(&self, price: Money) -> i64 {
        let nanos = self.nanos.max(1);
        price.minor().min(Self::MAX_KEY / nanos).saturating_mul(nanos)
    }

    /// By what a list compares an amount: with others by the scale of its currency; without one, among its own alone.
    #[must_use]
    pub fn key_of(price: Money, nanos: Option<i64>) -> i64 {
        let currency = price.currency();
        match nanos {
            Some(nanos) => Self { currency, nanos }.key(price),
            None => apart(currency) + price.minor().clamp(0, APART - 1),
        }
    }

    /// The keys that a list of prices from the key `least` to the key `most` may have: of what can be compared with these bounds.
    #[must_use]
    pub fn range(least: Option<i64>, most: Option<i64>) -> (Option<i64>, Option<i64>) {
        let (below, above) = (least.map(together), most.map(together));
        let from = least.into_iter().chain(above.map(|(first, _)| first)).max();
        let to = most.into_iter().chain(below.map(|(_, last)| last)).min();
        (from, to)
    }

    /// The key of a list that begins with the dearest: what can't be compared goes last there, too, with keys below zero.
    #[must_use]
    pub const fn falling(key: i64) -> i64 {
        if key > Self::MAX_KEY { key - i64::MAX } else { key }
    }

    /// The key of which [`PriceScale::falling`] made this one.
    #[must_use]
    pub const fn rising(falling: i64) -> i64 {
        if falling < 0 { falling + i64::MAX } else { falling }
    }
}

/// The first key of a currency without a scale, by its code of three letters.
fn apart(currency: Currency) -> i64 {
    let place = currency.code().bytes().fold(0, |place, letter| place * 26 + i64::from(letter.saturating_sub(b'A')));
    PriceScale::MAX_KEY + 1 + place * APART
}

/// The first and the last of the keys that can be compared with this one.
const fn together(key: i64) -> (i64, i64) {
    if key <= PriceScale::MAX_KEY {
        return (0, PriceScale::MAX_KEY);
    }
    let first = key - (key - PriceScale::MAX_KEY - 1) % APART;
    (first, first + APART - 1)
}
