//! Stripe's idea of a minor unit, which is neither ISO 4217's nor CLDR's.
//!
//! An amount that is ×100 wrong is the classic defect of payment adapters, and the króna and the Ugandan shilling are
//! where it hides: without decimals in ISO and in Stripe's own list, yet sent with two. The rules are those of
//! docs.stripe.com/currencies as of July 2026, and the rule for three decimals that the page had until December 2022.

use designia_core::money::{Currency, Money, MoneyError};

/// An amount that can't be told to Stripe, or was told by Stripe and can't be held.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AmountError {
    /// Stripe charges this currency in coarser steps.
    #[error("{amount} can't be charged at Stripe, which takes {} in steps of {step} minor units", amount.currency())]
    TooFine {
        /// The amount.
        amount: Money,
        /// The step, in the minor units of ISO 4217.
        step: i64,
    },
    /// The amount does not fit 64 bits in Stripe's minor unit.
    #[error("{0} is too large for Stripe's minor unit")]
    TooLarge(Money),
    /// Stripe names a currency that the core does not have.
    #[error(transparent)]
    Currency(#[from] MoneyError),
    /// Stripe names an amount finer, or larger, than the core can hold.
    #[error("{amount} in Stripe's minor unit of {currency} is not a whole number of ISO's, or too many")]
    Foreign {
        /// The amount as Stripe gave it.
        amount: i64,
        /// Its currency.
        currency: Currency,
    },
}

/// How Stripe counts one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Unit {
    /// Decimal digits of Stripe's minor unit.
    exponent: u8,
    /// Of how many minor units a charge must be a multiple.
    step: i64,
}

/// The official list of sixteen zero-decimal currencies includes the UGX, and a special case then overrides it.
const fn unit(currency: Currency) -> Unit {
    match currency {
        Currency::ISK | Currency::UGX => Unit { exponent: 2, step: 100 },
        Currency::BIF
        | Currency::CLP
        | Currency::DJF
        | Currency::GNF
        | Currency::JPY
        | Currency::KMF
        | Currency::KRW
        | Currency::MGA
        | Currency::PYG
        | Currency::RWF
        | Currency::VND
        | Currency::VUV
        | Currency::XAF
        | Currency::XOF
        | Currency::XPF => Unit { exponent: 0, step: 1 },
        Currency::BHD | Currency::JOD | Currency::KWD | Currency::OMR | Currency::TND => Unit { exponent: 3, step: 10 },
        _ => Unit { exponent: 2, step: 1 },
    }
}

/// The amount in Stripe's minor unit.
///
/// # Errors
///
/// [`AmountError::TooFine`] rather than rounding: 1.005 KWD is 1.000 or 1.010 at Stripe, and only the seller can say
/// which. [`AmountError::TooLarge`] beyond 64 bits; Stripe's own, lower limits depend on the payment method and are left
/// to it (`amount_too_large`).
pub fn to_stripe(amount: Money) -> Result<i64, AmountError> {
    let currency = amount.currency();
    let unit = unit(currency);
    let scaled = match scale(currency, unit) {
        Scale::Up(factor) => amount.minor().checked_mul(factor).ok_or(AmountError::TooLarge(amount))?,
        Scale::Down(factor) if amount.minor() % factor == 0 => amount.minor() / factor,
        Scale::Down(step) => return Err(AmountError::TooFine { amount, step }),
    };
    if scaled % unit.step == 0 { Ok(scaled) } else { Err(AmountError::TooFine { amount, step: unit.step }) }
}

/// The amount that Stripe means.
///
/// The steps in which Stripe charges are not asked for: what was charged is a fact, whatever it is.
///
/// # Errors
///
/// [`AmountError::Currency`] for a currency that the core does not have, [`AmountError::Foreign`] for an amount that has no
/// exact counterpart.
pub fn from_stripe(amount: i64, currency: &str) -> Result<Money, AmountError> {
    let currency: Currency = currency.parse()?;
    let minor = match scale(currency, unit(currency)) {
        Scale::Up(factor) => (amount % factor == 0).then(|| amount / factor),
        Scale::Down(factor) => amount.checked_mul(factor),
    };
    minor.map(|minor| Money::new(minor, currency)).ok_or(AmountError::Foreign { amount, currency })
}

/// The currency's code as Stripe writes it.
#[must_use]
pub fn code(currency: Currency) -> String {
    currency.code().to_ascii_lowercase()
}

/// From ISO's minor unit to Stripe's.
enum Scale {
    Up(i64),
    Down(i64),
}

fn scale(currency: Currency, unit: Unit) -> Scale {
    let iso = currency.exponent();
    if unit.exponent >= iso {
        Scale::Up(10_i64.pow(u32::from(unit.exponent - iso)))
    } else {
        Scale::Down(10_i64.pow(u32::from(iso - unit.exponent)))
    }
}

#[cfg(test)]
mod tests;
