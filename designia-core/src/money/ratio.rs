//! A whole number times an exact fraction, rounded once: the arithmetic under every conversion.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::Rounding;
use super::wide::Wide;

/// The exact fraction `numerator / denominator × 10^shift`, never computed before it is applied.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ratio {
    pub(crate) numerator: Decimal,
    /// Zero makes every result `None`.
    pub(crate) denominator: Decimal,
    /// Within ±8, so that a power of ten stays within 128 bits: the widest of [`POWERS`] is the 38th.
    pub(crate) shift: i32,
}

/// A result before rounding: the whole part of its magnitude, and how the rest compares with a half.
///
/// The rest is `None` if the division left nothing.
type Quotient = (u128, Option<Ordering>);

/// 1, 10, 100 … as far as 128 bits go.
const POWERS: [u128; 39] = {
    let mut powers = [1; 39];
    let mut exponent = 1;
    while exponent < powers.len() {
        powers[exponent] = powers[exponent - 1] * 10;
        exponent += 1;
    }
    powers
};

impl Ratio {
    /// `whole` times the fraction, rounded once; `None` if that does not fit 64 bits.
    ///
    /// Nearly always the calculation fits 128 bits. When it does not, the wide one gives the same exact answer.
    pub(crate) fn of(self, whole: i64, rounding: Rounding) -> Option<i64> {
        let negative = (whole < 0) ^ self.numerator.is_sign_negative() ^ self.denominator.is_sign_negative();
        let (quotient, rest) = self.narrow(whole.unsigned_abs()).or_else(|| self.wide(whole.unsigned_abs()))?;
        let up = rest.is_some_and(|half| rounding.away_from_zero(negative, quotient % 2 == 1, half));
        let magnitude = quotient.checked_add(u128::from(up))?;
        if negative {
            0_i64.checked_sub_unsigned(u64::try_from(magnitude).ok()?)
        } else {
            i64::try_from(magnitude).ok()
        }
    }

    /// The quotient in 128 bits; `None` if an intermediate result is wider.
    fn narrow(self, whole: u64) -> Option<Quotient> {
        let (upper, lower) = self.powers()?;
        let numerator = self.numerator.mantissa().unsigned_abs().checked_mul(u128::from(whole))?.checked_mul(upper)?;
        let denominator = self.denominator.mantissa().unsigned_abs().checked_mul(lower)?;
        let quotient = numerator.checked_div(denominator)?;
        let rest = numerator % denominator;
        // What is missing to the next whole number; comparing with it cannot overflow, unlike doubling the rest.
        Some((quotient, (rest != 0).then(|| rest.cmp(&(denominator - rest)))))
    }

    /// The same in 256 bits.
    ///
    /// They are enough. At most one power of ten is above 1. If it multiplies the numerator, the denominator is below
    /// 2⁹⁶, so a product beyond 256 bits means a result beyond 64. If it multiplies the denominator, the numerator is
    /// below 2¹⁶⁰ and the denominator below 2⁹⁶ × 10³⁶ < 2²¹⁶.
    fn wide(self, whole: u64) -> Option<Quotient> {
        let (upper, lower) = self.powers()?;
        let numerator = Wide::product(self.numerator.mantissa().unsigned_abs(), whole.into()).checked_mul(upper)?;
        let denominator = Wide::product(self.denominator.mantissa().unsigned_abs(), lower);
        let (quotient, rest) = numerator.checked_div_rem(denominator)?;
        Some((quotient, (rest != Wide::ZERO).then(|| rest.cmp(&denominator.minus(rest)))))
    }

    /// The powers of ten by which the two mantissas are to be multiplied; one of them is 1.
    fn powers(self) -> Option<(u128, u128)> {
        let scale = |decimal: Decimal| i32::try_from(decimal.scale()).ok();
        let power = scale(self.denominator)? - scale(self.numerator)? + self.shift;
        let magnitude = POWERS.get(usize::try_from(power.unsigned_abs()).ok()?).copied()?;
        Some(if power < 0 { (1, magnitude) } else { (magnitude, 1) })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decimals() -> impl Strategy<Value = Decimal> {
        (0_i128..1 << 96, 0_u32..=28, 0_u32..96)
            .prop_map(|(mantissa, scale, shorter)| Decimal::from_i128_with_scale(mantissa >> shorter, scale))
    }

    proptest! {
        #[test]
        fn the_wide_path_answers_like_the_narrow_one(
            whole in any::<u64>(), bits in 0_u32..64, numerator in decimals(), denominator in decimals(), shift in -4..=4,
        ) {
            let ratio = Ratio { numerator, denominator, shift };
            let whole = whole >> bits;
            if let Some(narrow) = ratio.narrow(whole) {
                prop_assert_eq!(ratio.wide(whole), Some(narrow));
            }
        }
    }

    #[test]
    fn a_zero_denominator_has_no_quotient() {
        let ratio = Ratio { numerator: Decimal::ONE, denominator: Decimal::ZERO, shift: 0 };
        assert_eq!(ratio.of(1, Rounding::HalfEven), None);
    }
}
