//! Just enough 256-bit arithmetic for the rare conversion whose intermediate results exceed 128 bits.

/// An unsigned integer of 256 bits. The order of the fields makes the derived comparison numeric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Wide {
    high: u128,
    low: u128,
}

const LOW_HALF: u128 = u64::MAX as u128;

impl Wide {
    pub(super) const ZERO: Self = Self { high: 0, low: 0 };

    /// The full product, by schoolbook multiplication of 64-bit halves.
    pub(super) const fn product(left: u128, right: u128) -> Self {
        let (left_high, left_low) = (left >> 64, left & LOW_HALF);
        let (right_high, right_low) = (right >> 64, right & LOW_HALF);
        let lowest = left_low * right_low;
        let cross = left_high * right_low + (lowest >> 64);
        let middle = left_low * right_high + (cross & LOW_HALF);
        Self {
            high: left_high * right_high + (cross >> 64) + (middle >> 64),
            low: (middle << 64) | (lowest & LOW_HALF),
        }
    }

    /// The product, if it fits.
    pub(super) fn checked_mul(self, factor: u128) -> Option<Self> {
        let low = Self::product(self.low, factor);
        let high = self.high.checked_mul(factor)?.checked_add(low.high)?;
        Some(Self { high, low: low.low })
    }

    /// The difference. `other` must not be the larger.
    pub(super) const fn minus(self, other: Self) -> Self {
        let (low, borrow) = self.low.overflowing_sub(other.low);
        Self { high: self.high - other.high - borrow as u128, low }
    }

    /// The quotient and the rest, by long division in base two.
    ///
    /// `None` if the quotient exceeds 128 bits or the divisor is zero. The divisor must be below 2²⁵⁵, so that the
    /// rest can be doubled.
    pub(super) fn checked_div_rem(self, divisor: Self) -> Option<(u128, Self)> {
        if divisor == Self::ZERO {
            return None;
        }
        let (mut quotient, mut rest) = (0_u128, Self::ZERO);
        for position in (0..256).rev() {
            rest = rest.doubled_plus(self.bit(position));
            let fits = rest >= divisor;
            if fits {
                rest = rest.minus(divisor);
            }
            if quotient >> 127 == 1 {
                return None;
            }
            quotient = (quotient << 1) | u128::from(fits);
        }
        Some((quotient, rest))
    }

    const fn doubled_plus(self, bit: u128) -> Self {
        Self { high: (self.high << 1) | (self.low >> 127), low: (self.low << 1) | bit }
    }

    const fn bit(self, position: u32) -> u128 {
        let half = if position < 128 { self.low } else { self.high };
        (half >> (position % 128)) & 1
    }
}
